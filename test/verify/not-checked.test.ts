import { expect, test } from '@jest/globals';
import { notChecked } from '../../src/verify/not-checked.js';
import { exampleManifest } from '../report/example.js';

const asked = { network: 'none', s3: [], environment: {}, load: null } as const;
const load = { requests: 60, concurrency: 8 };

test.each([
  ['no requests were asked for', asked, false, false],
  ['they were sent', { ...asked, load }, true, false],
  ['the first one failed', { ...asked, load }, false, true],
] as const)('requests of a load: %s', (_name, request, loaded, said) => {
  const found = notChecked(request, exampleManifest(), { notChecked: [] }, 0, loaded);
  expect(found.includes('the 60 requests of --requests, as one alone fails')).toBe(said);
});
