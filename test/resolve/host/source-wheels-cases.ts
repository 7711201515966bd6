/** What is published as source only, what was taken in its place, and what is asked again. Local folders stand for indexes. */
import { expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { renderFinding } from '../../../src/findings/findings.js';
import { Cache } from '../../../src/io/cache.js';
import { hashFile } from '../../../src/io/hash.js';
import { run } from '../../program.js';
import type { World } from '../../../src/world.js';
import { distributions, environment, failure, project, resolved } from '../helper.js';

/** Writes wheels and source archives whose build needs nothing but Python: `name version kind requires…`. */
const maker = `
import io, os, sys, tarfile, zipfile
folder = sys.argv[1]
backend = '''
import os, zipfile
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with open(os.environ["BUILDS"], "a") as log: log.write("NAME VERSION\\\\n")
    if "KIND" == "broken": raise SystemExit("it needs a compiler")
    tag = "cp313-cp313-linux_x86_64" if "KIND" == "compiled" else "py3-none-any"
    name = "NAME-VERSION-" + tag + ".whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as archive: fill(archive, tag)
    return name
def fill(archive, tag):
    def add(path, text): archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), text)
    info = "NAME-VERSION.dist-info"
    add("NAME.py", "version = 'VERSION'\\\\n")
    add(info + "/METADATA", "Metadata-Version: 2.1\\\\nName: NAME\\\\nVersion: VERSION\\\\nREQUIRES")
    add(info + "/WHEEL", "Wheel-Version: 1.0\\\\nGenerator: x\\\\nRoot-Is-Purelib: true\\\\nTag: " + tag + "\\\\n")
    add(info + "/RECORD", "NAME.py,,\\\\n" + info + "/METADATA,,\\\\n" + info + "/WHEEL,,\\\\n" + info + "/RECORD,,\\\\n")
'''
for line in sys.argv[2:]:
    name, version, kind, *requires = line.split()
    lines = "".join("Requires-Dist: %s\\\\n" % one for one in requires)
    text = backend.replace("NAME", name).replace("VERSION", version).replace("KIND", kind).replace("REQUIRES", lines)
    if kind.startswith("wheel"):
        tag = kind[6:] or "py3-none-any"
        scope = {}
        exec(text, scope)
        with zipfile.ZipFile(os.path.join(folder, "%s-%s-%s.whl" % (name, version, tag)), "w") as archive: scope["fill"](archive, tag)
        continue
    project = '[build-system]\\nrequires = []\\nbuild-backend = "backend"\\nbackend-path = ["."]\\n[project]\\nname = "%s"\\nversion = "%s"\\n' % (name, version)
    with tarfile.open(os.path.join(folder, "%s-%s.tar.gz" % (name, version)), "w:gz") as archive:
        for inner, content in [("pyproject.toml", project), ("backend.py", text), ("PKG-INFO", "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n" % (name, version))]:
            data = content.encode()
            facts = tarfile.TarInfo("%s-%s/%s" % (name, version, inner))
            facts.size = len(data)
            archive.addfile(facts, io.BytesIO(data))
`;

interface Index {
  readonly folder: string;
  readonly options: string;
  readonly add: (...files: readonly string[]) => Promise<void>;
  /** What was built, in order. */
  readonly builds: () => Promise<readonly string[]>;
  /** A world with a cache of the index's own. */
  readonly world: () => Promise<Partial<World>>;
}

async function index(...files: readonly string[]): Promise<Index> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slim-index-'));
  const log = path.join(await mkdtemp(path.join(tmpdir(), 'slim-builds-')), 'log');
  await writeFile(log, '');
  const add = async (...more: readonly string[]): Promise<void> => {
    const made = await run('python3', ['-c', maker, folder, ...more]);
    if (!made.ok) throw new Error(made.stderr);
  };
  await add(...files);
  const cacheFolder = await mkdtemp(path.join(tmpdir(), 'slim-cache-'));
  return {
    ...{ folder, add, options: `--no-index\n--find-links ${folder}\n` },
    builds: async () => (await readFile(log, 'utf8')).trim().split('\n').filter(Boolean),
    world: async () => ({
      cache: await Cache.open(cacheFolder, true),
      environment: { ...environment, BUILDS: log },
    }),
  };
}

const codes = (findings: readonly { readonly code: string }[]): readonly string[] =>
  findings.map((one) => one.code);

/** The tests, with one of the tools. */
export function sourceWheels(resolver: 'uv' | 'pip'): void {
  test('what is published as source only is built once, taken, and said', async () => {
    const place = await index('alone 1.0 source', 'top 1.0 wheel alone==1.*');
    const folder = await project({ 'requirements.txt': `${place.options}top==1.0\nalone==1.0\n` });
    const first = await resolved(folder, { confine: 'none', resolver }, await place.world());
    expect(await distributions(first.root)).toEqual(['alone-1.0', 'top-1.0']);
    const built = { code: 'built-from-source', args: { distributions: ['alone 1.0'] } };
    const unconfined = { code: 'unconfined', args: { because: '--confine none was given' } };
    expect(first.findings).toEqual([built, unconfined]);
    const other = await resolved(folder, { confine: 'none', resolver, refresh: true }, await place.world());
    // Nothing runs for what is built already.
    expect([other.root, other.findings]).toEqual([first.root, [built]]);
    expect(await place.builds()).toEqual(['alone 1.0']);
  });

  test('one that only another package needs, in the version that it wants', async () => {
    const place = await index(
      ...['deep 4.9 source', 'deep 4.9.3 source', 'deep 4.11 wheel', 'deep 4.12 source'],
      'top 1.0 wheel deep==4.9.*',
    );
    const folder = await project({ 'requirements.txt': `${place.options}top\n` });
    const { root } = await resolved(folder, { confine: 'none', resolver }, await place.world());
    expect(await distributions(root)).toEqual(['deep-4.9.3', 'top-1.0']);
  });

  test('the newest of what was asked for is taken, although it needs something to be built', async () => {
    const place = await index('alone 1.0 source', 'top 1.0 wheel', 'top 2.0 wheel alone');
    const folder = await project({ 'requirements.txt': `${place.options}top\n` });
    const { root, findings } = await resolved(folder, { confine: 'none', resolver }, await place.world());
    expect(await distributions(root)).toEqual(['alone-1.0', 'top-2.0']);
    expect(codes(findings)).toEqual(['built-from-source', 'unconfined']);
  });

  test('one on which there is a constraint, which pip takes for a conflict', async () => {
    const place = await index('alone 1.0 source', 'alone 2.0 source');
    const folder = await project({
      'requirements.txt': `${place.options}alone\n-c limits.txt\n`,
      'limits.txt': 'alone<2\n',
    });
    const { root } = await resolved(folder, { confine: 'none', resolver }, await place.world());
    expect(await distributions(root)).toEqual(['alone-1.0']);
  });

  test('an older version is taken with a word', async () => {
    const place = await index('top 0.5 wheel', 'top 0.6 source');
    const folder = await project({ 'requirements.txt': `${place.options}top\n` });
    const { root, findings } = await resolved(folder, { confine: 'none', resolver }, await place.world());
    expect(await distributions(root)).toEqual(['top-0.5']);
    expect(findings.map(renderFinding)).toMatchObject([
      {
        code: 'older-version',
        severity: 'warning',
        sentence: 'top 0.5 was taken, although 0.6 is the newest: only its source is published.',
        hint: 'Ask for top==0.6 to have it built from its source, which runs its code. Or write top==0.5 to say that this version is meant.',
      },
    ]);
    expect(await place.builds()).toEqual([]);
    const forbidden = { confine: 'none', resolver, buildSources: false } as const;
    expect(
      (await resolved(folder, forbidden, await place.world())).findings.map(renderFinding),
    ).toMatchObject([
      { hint: expect.stringContaining('Ask for top==0.6, without --no-build, to have it built') },
    ]);
    await writeFile(path.join(folder, 'requirements.txt'), `${place.options}top==0.5\n`);
    expect(
      codes((await resolved(folder, { confine: 'none', resolver }, await place.world())).findings),
    ).toEqual([]);
    await writeFile(path.join(folder, 'requirements.txt'), `${place.options}top<0.6\n`);
    expect(
      codes((await resolved(folder, { confine: 'none', resolver }, await place.world())).findings),
    ).toEqual([]);
  });

  test('an older version because of the target, and none because of another package', async () => {
    const place = await index(
      ...['low 1.0 wheel', 'low 2.0 wheel:cp312-cp312-manylinux_2_34_x86_64'],
      ...['held 1.0 wheel', 'held 2.0 source', 'top 1.0 wheel held<2'],
    );
    const folder = await project({ 'requirements.txt': `${place.options}low\ntop\n` });
    const { findings } = await resolved(
      folder,
      { confine: 'none', resolver, python: '3.11' },
      await place.world(),
    );
    const said = findings.filter((one) => one.code === 'older-version').map(renderFinding);
    expect(said.map((one) => one.sentence)).toEqual([
      'low 1.0 was taken, although 2.0 is the newest: its wheels are for Python 3.12 and need glibc 2.34.',
    ]);
    expect(said[0]?.hint).toMatch(
      /^Build for Python 3\.12 \(--python 3\.12\): low 2\.0 has a wheel for it.*Or write low==1\.0/,
    );
  });

  test.each([
    ['compiled', /^alone 1\.0 is published as source only, and it compiles something/],
    ['broken', /^alone 1\.0 is published as source only, and it cannot be built on this machine\.$/],
  ])('a source that is %s leads to a container', async (kind, sentence) => {
    const place = await index(`alone 1.0 ${kind}`);
    const folder = await project({ 'requirements.txt': `${place.options}alone\n` });
    const error = await failure(folder, { confine: 'none', resolver }, await place.world());
    expect(error.code).toBe('no-wheel');
    expect(error.message).toMatch(sentence);
    expect(error.hint).toMatch(/--resolver docker/);
  });

  test('what cannot be built or may not be is told with who wants it', async () => {
    const place = await index('deep 1.0 broken', 'top 1.0 wheel deep');
    const folder = await project({ 'requirements.txt': `${place.options}top\n` });
    const chain = 'requirements.txt, line 3 asks for top, which needs deep';
    const given = { confine: 'none', resolver } as const;
    const forbidden = await failure(folder, { ...given, buildSources: false }, await place.world());
    expect([forbidden.code, forbidden.details]).toEqual(['build-forbidden', [chain]]);
    expect(await place.builds()).toEqual([]);
    const broken = await failure(folder, given, await place.world());
    expect([broken.code, broken.details[0]]).toEqual(['no-wheel', chain]);
  });

  test('--no-build runs nobody’s code', async () => {
    const place = await index('alone 1.0 source');
    const folder = await project({
      'requirements.txt': `${place.options}alone\n`,
      'project.txt': '--no-index\n./own\n',
      'own/pyproject.toml': '[project]\nname = "own"\nversion = "1"\n',
    });
    const error = await failure(
      folder,
      { confine: 'none', resolver, buildSources: false },
      await place.world(),
    );
    expect([error.code, error.message, error.details]).toEqual([
      'build-forbidden',
      '"alone==1.0" would have to be built from its source, which runs its code, and --no-build forbids that.',
      ['requirements.txt, line 3 asks for alone'],
    ]);
    const requirements = [path.join(folder, 'project.txt')];
    const own = await failure(
      folder,
      { confine: 'none', resolver, buildSources: false, requirements },
      await place.world(),
    );
    expect([own.code, own.message]).toEqual(['build-forbidden', expect.stringMatching(/^"\.\/own" would/)]);
    expect(await place.builds()).toEqual([]);
  });

  test('a hash is that of the source; another one is refused before anything runs', async () => {
    const place = await index('alone 1.0 source', 'other 1.0 wheel');
    const hash = await hashFile(path.join(place.folder, 'alone-1.0.tar.gz'));
    const otherHash = await hashFile(path.join(place.folder, 'other-1.0-py3-none-any.whl'));
    const lines = (one: string): string =>
      `${place.options}alone==1.0 --hash=sha256:${one}\nother==1.0 --hash=sha256:${otherHash}\n`;
    const folder = await project({ 'requirements.txt': lines(hash) });
    const { root } = await resolved(folder, { confine: 'none', resolver }, await place.world());
    expect(await distributions(root)).toEqual(['alone-1.0', 'other-1.0']);
    await writeFile(path.join(folder, 'requirements.txt'), lines('0'.repeat(64)));
    expect((await failure(folder, { confine: 'none', resolver }, await place.world())).code).toBe(
      'hash-mismatch',
    );
    expect(await place.builds()).toEqual(['alone 1.0']);
  });

  test('pinned: the index is not asked again; unpinned: a new version is noticed; --refresh asks', async () => {
    const place = await index('one 1.0 wheel', 'two 1.0 wheel one');
    const folder = await project({ 'requirements.txt': `${place.options}two==1.0\none==1.0\n` });
    const first = await resolved(folder, { confine: 'none', resolver }, await place.world());
    await rm(path.join(place.folder, 'one-1.0-py3-none-any.whl'));
    expect((await resolved(folder, { confine: 'none', resolver }, await place.world())).root).toBe(
      first.root,
    );
    expect(
      (await failure(folder, { confine: 'none', resolver, refresh: true }, await place.world())).code,
    ).toMatch(/^(?:resolution-failed|no-wheel)$/);
    await place.add('one 1.0 wheel', 'one 1.1 wheel');
    await writeFile(path.join(folder, 'requirements.txt'), `${place.options}two==1.0\n`);
    expect(
      await distributions((await resolved(folder, { confine: 'none', resolver }, await place.world())).root),
    ).toEqual(['one-1.1', 'two-1.0']);
    await place.add('one 1.2 wheel');
    expect(
      await distributions((await resolved(folder, { confine: 'none', resolver }, await place.world())).root),
    ).toEqual(['one-1.2', 'two-1.0']);
  });

  test('--offline: what was resolved last, pinned or not; else what is missing', async () => {
    const place = await index('one 1.0 wheel');
    const folder = await project({ 'requirements.txt': `${place.options}one\n` });
    const first = await resolved(folder, { confine: 'none', resolver }, await place.world());
    await place.add('one 1.1 wheel');
    expect(
      (await resolved(folder, { confine: 'none', resolver, offline: true }, await place.world())).root,
    ).toBe(first.root);
    await writeFile(path.join(folder, 'requirements.txt'), 'surely-in-no-cache==7.0\n');
    const error = await failure(folder, { confine: 'none', resolver, offline: true }, await place.world());
    expect([error.code, error.message]).toEqual([
      'not-in-cache',
      'surely-in-no-cache cannot be found in the cache.',
    ]);
    expect(error.hint).toMatch(/Build once without --offline/);
    await writeFile(path.join(folder, 'requirements.txt'), 'x @ https://127.0.0.1:1/x-1.0.tar.gz\n');
    expect(
      (await failure(folder, { confine: 'none', resolver, offline: true }, await place.world())).message,
    ).toBe('"x @ https://127.0.0.1:1/x-1.0.tar.gz" is not in the cache.');
  });
}
