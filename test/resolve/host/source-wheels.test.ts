/** Wheels that are built from sources, with the quicker of the tools. */
import { describe, jest } from '@jest/globals';
import { quickTool } from '../helper.js';
import { sourceWheels } from './source-wheels-cases.js';

jest.setTimeout(180_000);

describe.each(quickTool)('%s', sourceWheels);
