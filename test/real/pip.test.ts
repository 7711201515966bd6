/** What the fast tests hold against the quicker of uv and pip, with pip: it takes a second for each of its steps. */
import { describe, jest } from '@jest/globals';
import { hostTool } from '../resolve/host/host-cases.js';
import { sourceWheels } from '../resolve/host/source-wheels-cases.js';
import { fromElsewhere } from '../resolve/inputs/projects-elsewhere-cases.js';
import { throughToTheIndex } from '../resolve/web-cases.js';

jest.setTimeout(180_000);

describe('on this machine', () => hostTool('pip'));
describe('from sources', () => sourceWheels('pip'));
describe('from a folder, a repository or a file', () => fromElsewhere('pip'));
describe('from an index behind a login', () => throughToTheIndex('pip'));
