/** The module that reads models, on every other Python of this machine. */
import { describe, test } from '@jest/globals';
import { anyPython, pythons } from '../boot/helper.js';
import { casesFor } from './cases.js';

const others = pythons.filter(([, program]) => program !== anyPython);
for (const [version, program] of others) describe(version, () => casesFor(program));
if (others.length === 0) test.skip('this machine has one Python', () => {});
