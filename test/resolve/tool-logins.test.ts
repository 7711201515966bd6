/** The login of a named index from where Poetry and PDM keep it, and from variables, for uv and for pip. Against a real index with a login. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Environment } from '../../src/model.js';
import { withToolLogins } from '../../src/resolve/tool-logins.js';
import { Secrets } from '../../src/text/secrets.js';
import {
  distributions,
  environment,
  failure,
  hostTools,
  project,
  quickTool,
  resolved,
  wheels,
} from './helper.js';
import { startIndex, type Started } from './web-servers.js';

jest.setTimeout(90_000);

const password = 'correct/horse-11';
let index: Started;
beforeAll(async () => {
  index = await startIndex(wheels, { login: `me:${password}` });
});
afterAll(() => index.stop());
afterEach(() => {
  index.log.length = 0;
});

async function home(files: Readonly<Record<string, string>>, more: Environment = {}): Promise<Environment> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slim-home-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  const given = Object.entries(more).map(([name, value]) => [name, value?.replace('HOME', folder)] as const);
  return { ...environment, XDG_CONFIG_HOME: undefined, ...Object.fromEntries(given), HOME: folder };
}

const login = `username = "me"\npassword = "${password}"\n`;
const poetry = `[http-basic.my-corp]\n${login}`;
const pdm = `[pypi.my-corp]\nurl = "https://h.example"\n${login}`;
const variables = { POETRY_HTTP_BASIC_MY_CORP_USERNAME: 'me', POETRY_HTTP_BASIC_MY_CORP_PASSWORD: password };

/** One index, in place of the public one: pip can be told, too. */
const poetryProject = (): string =>
  `[project]\nname = "app"\nversion = "1"\ndependencies = ["slim-plain"]\n[[tool.poetry.source]]\nname = "my-corp"\nurl = "http://${index.host}/simple/"\npriority = "primary"\n`;

describe.each(quickTool)('a build, with %s, has the login', (resolver) => {
  test.each<readonly [string, Readonly<Record<string, string>>, Environment]>([
    ["of Poetry's auth.toml", { '.config/pypoetry/auth.toml': poetry }, {}],
    ['of POETRY_CONFIG_DIR', { 'p/auth.toml': poetry }, { POETRY_CONFIG_DIR: 'HOME/p' }],
    ["of PDM's config.toml", { '.config/pdm/config.toml': pdm }, {}],
    ['of PDM_CONFIG_FILE', { 'mine.toml': pdm }, { PDM_CONFIG_FILE: 'HOME/mine.toml' }],
  ])('%s', async (_what, files, more) => {
    const at = await project({ 'pyproject.toml': poetryProject() });
    const own = await home(files, more);
    const secrets = new Secrets();
    const tree = await resolved(at, { resolver, refresh: true }, { environment: own, secrets });
    expect(await distributions(tree.root)).toEqual(['slim_plain-2.0']);
    expect(index.log).toContain(`GET /simple/slim-plain/ me:${password}`);
    expect(secrets.hide(`it is ${password}.`)).toBe('it is ****.');
  });

  test('of nobody', async () => {
    const at = await project({ 'pyproject.toml': poetryProject() });
    const other = await home({ '.config/pypoetry/auth.toml': poetry.replace('my-corp', 'other') });
    const asked = { resolver, refresh: true };
    expect(await failure(at, asked, { environment: other })).toMatchObject({ code: 'index-unreachable' });
  });
});

describe.each(hostTools.filter((one) => one === 'pip'))('with %s', (resolver) => {
  test('the one index of a project has the login of its name', async () => {
    const at = await project({ 'pyproject.toml': poetryProject() });
    const own = await home({}, variables);
    const tree = await resolved(at, { resolver, refresh: true }, { environment: own });
    expect(await distributions(tree.root)).toEqual(['slim_plain-2.0']);
    expect(index.log).toContain(`GET /simple/slim-plain/ me:${password}`);
  });
});

describe('what becomes a variable', () => {
  type Row = readonly [string, Readonly<Record<string, string>>, Environment, Environment];
  const user = { POETRY_HTTP_BASIC_MY_CORP_USERNAME: 'me' };
  test.each<Row>([
    ['nothing', {}, {}, {}],
    [
      'the files of both tools',
      {
        '.config/pypoetry/auth.toml': `[http-basic.other]\nusername = "you"\n`,
        '.config/pdm/config.toml': pdm,
      },
      {},
      { ...variables, POETRY_HTTP_BASIC_OTHER_USERNAME: 'you' },
    ],
    ['a user alone', { '.config/pypoetry/auth.toml': '[http-basic.my-corp]\nusername = "me"\n' }, {}, user],
    [
      'nothing over a variable',
      { '.config/pypoetry/auth.toml': poetry },
      { UV_INDEX_MY_CORP_USERNAME: 'you' },
      {},
    ],
    [
      'not what publishes to PyPI',
      {
        '.config/pypoetry/auth.toml': `[http-basic.pypi]\n${login}`,
        '.config/pdm/config.toml': `[pypi]\n${login}`,
      },
      {},
      {},
    ],
    [
      "not the login of PDM's mirror, which would go to PyPI",
      { '.config/pdm/config.toml': `[pypi]\nurl = "https://h.example/simple"\n${login}` },
      {},
      {},
    ],
    [
      "a variable within PDM's",
      { '.config/pdm/config.toml': pdm.replace(password, '${PDM_WORD}') },
      { PDM_WORD: password },
      variables,
    ],
    ['nothing of what is no TOML', { '.config/pypoetry/auth.toml': '[http-basic' }, {}, {}],
  ])('%s', async (_what, files, more, wanted) => {
    const own = await home(files, more);
    const all = await withToolLogins('/nowhere', { environment: own, secrets: new Secrets() });
    expect(all).toEqual({ ...own, ...wanted });
  });

  test("the project's pdm.toml, over the user's", async () => {
    const own = await home({ '.config/pdm/config.toml': pdm.replace('"me"', '"you"') });
    const at = await project({ 'pdm.toml': pdm });
    expect(await withToolLogins(at, { environment: own, secrets: new Secrets() })).toMatchObject(variables);
  });
});
