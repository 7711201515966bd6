import { describe, expect, test } from '@jest/globals';
import path from 'node:path';
import type { SlimError } from '../../../src/errors.js';
import { collectInputs } from '../../../src/resolve/inputs/inputs.js';
import { fillContext } from '../../../src/resolve/inputs/other-tools.js';
import { contextFor, project, requestFor } from '../helper.js';

async function collect(files: Record<string, string>): ReturnType<typeof collectInputs> {
  return collectInputs(requestFor(await project(files)), await contextFor());
}

const setup = '[project]\nname = "x"\nversion = "1"\n';

describe('lines that another tool wrote', () => {
  test.each([
    ['PDM', 'x @ file:///${PROJECT_ROOT}/libs/x'],
    ['PDM, editable', '-e file:///${PROJECT_ROOT}/libs/x#egg=x'],
    ['a path of it', '${PROJECT_ROOT}/libs/x'],
    ['hatch', 'x @ {root:uri}/libs/x'],
    ['hatch, above and below', 'x @ {root:uri}/libs/../libs/x'],
  ])('%s: %s', async (_tool, line) => {
    const { projects } = await collect({ 'requirements.txt': `${line}\n`, 'libs/x/pyproject.toml': setup });
    expect(projects).toMatchObject([{ name: 'x' }]);
  });

  test("hatch's fields", () => {
    const fill = (url: string): string =>
      fillContext(url, { project: '/srv/my app/fn', home: '/home/me' }, { LIBS: 'libs' });
    expect(fill('{root:uri}/x')).toBe('file:///srv/my%20app/fn/x');
    expect(fill('{root:parent:uri}/x')).toBe('file:///srv/my%20app/x');
    expect(fill('{root:parent:parent}/x')).toBe('/srv/x');
    expect(fill('{home}/{env:LIBS}/{env:GONE:other}')).toBe('/home/me/libs/other');
    expect(fill('file://${PROJECT_ROOT}/x')).toBe('file:///srv/my%20app/fn/x');
  });

  test.each(['pkg-resources==0.0.0', 'pkg_resources==0.0.0'])(
    "Debian's freeze: %s names no package",
    async (line) => {
      const inputs = await collect({ 'requirements.txt': `idna\n${line}\n` });
      expect(inputs.requested).toEqual(['idna']);
      expect(inputs.ignored).toMatchObject([{ text: line, origin: { file: 'requirements.txt', line: 2 } }]);
    },
  );

  test.each([
    [
      'six @ file:///home/conda/feedstock_root/build_artifacts/six_1620240208055/work',
      /line 2: six @ .* is conda's/,
      /pip list --format=freeze/,
    ],
    ['six @ file:///tmp/build/80754af9/six_1644875935023/work', /is conda's/, /pip list/],
    ['six @ file:///croot/six_1677/work', /is conda's/, /pip list/],
    ['six @ file:///C:/ci/six_1605205426665/work', /is conda's/, /pip list/],
    ['six @ file:///opt/conda/conda-bld/six_1/work ; python_version > "3"', /is conda's/, /pip list/],
    ['six=1.16.0=pyhd3eb1b0_1', /is a line of "conda list --export"/, /pip list/],
    ['python>=3.9', /line 2: python>=3\.9 asks for Python itself/, /--python, requires-python/],
    [
      'x @ git+git@h.example:o/r.git@v1',
      /has an address as ssh writes it/,
      /Write it as x @ git\+ssh:\/\/git@h\.example\/o\/r\.git@v1\./,
    ],
    ['git://h.example/o/r.git', /line 2: nothing is fetched from git:\/\/ addresses/, /git\+git:\/\/…/],
    ['x @ ssh://git@h.example/o/r.git', /nothing is fetched from ssh:\/\//, /git\+ssh:\/\/…/],
    ['x @ s3://bucket/x-1.0-py3-none-any.whl', /nothing is fetched from s3:\/\//, /download the file/],
    ['x @ ftp://h.example/x-1.0.tar.gz', /nothing is fetched from ftp:\/\//, /download the file/],
    ['six=1.0', /line 2: "six=1.0" is not a requirement: one "=" is not an operator/, /write six==1\.0\./],
    [
      'google-colab @ file:///colabtools/dist/google_colab-1.0.0.tar.gz',
      /is a file of Google Colab/,
      /Take the line out/,
    ],
  ])('%s', async (line, message, hint) => {
    const error = await collect({ 'requirements.txt': `idna\n${line}\n` }).then(
      () => null,
      (one: unknown) => one as SlimError,
    );
    expect(error?.code).toBe('bad-requirements');
    expect(error?.message).toMatch(message);
    expect(error?.hint).toMatch(hint);
  });

  test('a path that only looks like theirs is taken when it is there', async () => {
    const folder = await project({ 'ci/x/pyproject.toml': setup });
    const file = path.join(folder, 'ci', 'x');
    const { projects } = await collect({ 'requirements.txt': `x @ file://${encodeURI(file)}\n` });
    expect(projects).toMatchObject([{ name: 'x' }]);
  });
});
