import { expect, test } from '@jest/globals';
import type { When } from '../../src/code/read.js';
import { syntaxFaults } from '../../src/code/syntax.js';
import { facts } from './helper.js';

const bad = 'def (:\n';

test.each<
  readonly [
    string,
    Readonly<Record<string, string>>,
    Readonly<Record<string, When>>,
    boolean,
    readonly string[],
  ]
>([
  ['the handler’s own file', { 'app.py': bad }, { app: 'always' }, true, ['app.py!']],
  ['a file that it imports', { 'app.py': 'import p.m', 'p/m.py': bad }, { app: 'always' }, true, ['p/m.py!']],
  ['in a call', { 'app.py': 'def f():\n  import m', 'm.py': bad }, { app: 'always' }, true, ['m.py!']],
  [
    'under a condition',
    { 'app.py': 'import os\nif os.sep:\n  import m', 'm.py': bad },
    { app: 'always' },
    true,
    ['m.py'],
  ],
  [
    'a folder of an older Python',
    { 'app.py': '', 'old/x.py': 'print "x"\n' },
    { app: 'always' },
    false,
    ['old/x.py'],
  ],
  [
    'data of a test',
    { 'app.py': '', 'tests/data/bad.py': bad },
    { app: 'always' },
    false,
    ['tests/data/bad.py'],
  ],
  [
    'a template',
    { 'app.py': '', 'templates/{{name}}.py': '{% if x %}\n' },
    { app: 'always' },
    false,
    ['templates/{{name}}.py'],
  ],
  [
    'a file that may hold a handler, too',
    { 'app.py': '', 'other.py': bad },
    { app: 'always' },
    false,
    ['other.py!'],
  ],
  [
    'a file beside the handler that was named',
    { 'app.py': '', 'other.py': bad },
    { app: 'always' },
    true,
    ['other.py'],
  ],
  ['a test at the top', { 'app.py': '', 'test_app.py': bad }, { app: 'always' }, false, ['test_app.py']],
  ['any where no handler is known', { 'src/app.py': bad }, { 'src.app': 'perhaps' }, false, ['src/app.py!']],
])('%s', async (_name, files, roots, told, expected) => {
  const { facts: read } = await facts(files);
  const found = syntaxFaults(read, new Map(Object.entries(roots)), told);
  expect(found.map(({ path, sure }) => `${path}${sure ? '!' : ''}`)).toEqual(expected);
});
