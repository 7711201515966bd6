/** The module that reads models, on one Python of this machine; `pythons.test.ts` tries the others. */
import { expect, test } from '@jest/globals';
import { modelFormats, formatsInTmp } from '../../src/options/models.js';
import { anyPython } from '../boot/helper.js';
import { repository } from '../real/helper-build.js';
import { casesFor, formatsOfModule } from './cases.js';

casesFor(anyPython);

test('the formats of the config are those of the module', async () => {
  expect(await formatsOfModule(repository)).toEqual([...modelFormats]);
  expect(modelFormats).toEqual(expect.arrayContaining([...formatsInTmp]));
});
