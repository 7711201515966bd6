import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '../../program.js';
import { silent } from '../../../src/progress.js';
import { packFiles } from '../../../src/pack/compress/pack-files.js';
import { listZip, readBack } from '../../../src/pack/zip/unzip.js';
import { writeZip } from '../../../src/pack/zip/zip.js';
import { zipSize, type ArchiveFile } from '../../../src/pack/zip/size.js';
import { listTree, openCache, packed, scratch, stage, type Tree } from '../helpers.js';

const folder = scratch();

const tree: Tree = {
  'pkg/__init__.py': '',
  'pkg/text.py': 'x = 1\n'.repeat(1000),
  'pkg/random.bin': randomBytes(3000),
  'pkg/bin/tool': ['#!/bin/sh\necho ran\n'.repeat(5)],
  'pkg/lib.so.1': 'library '.repeat(500),
  'pkg/lib.so': { link: 'lib.so.1' },
  'pkg/grüße/日本語 file.txt': 'hello',
  'a!b/z': 'sorts between',
  'a/z': 'by code unit',
};

let entries: readonly ArchiveFile[];
let zip: string;

beforeAll(async () => {
  const root = await folder();
  const cache = await openCache(path.join(root, 'cache'));
  const files = await packFiles(await stage(path.join(root, 'tree'), tree), { cache, progress: silent });
  entries = files.map((file) => ({ ...file, archivePath: `python/${file.path}` }));
  zip = path.join(root, 'layer.zip');
  await writeZip(zip, entries);
  await cache.close();
});

describe('an archive', () => {
  test('has exactly the planned size, and the digest of its bytes', async () => {
    const again = `${zip}.again`;
    const written = await writeZip(again, [...entries].reverse());
    const bytes = await readFile(zip);
    expect(written.bytes).toBe(zipSize(entries));
    expect((await stat(zip)).size).toBe(zipSize(entries));
    expect(written.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(Buffer.from(written.sha256Base64, 'base64').toString('hex')).toBe(written.sha256);
    expect((await readFile(again)).equals(bytes)).toBe(true);
  });

  test('is sorted, without folders, with fixed modes, and stores what does not get smaller', async () => {
    const rows = (await listZip(zip)).map(
      (one) => `${one.mode.toString(8)} ${one.method} ${one.archivePath}`,
    );
    expect(rows).toEqual([
      '100644 store python/a!b/z',
      '100644 store python/a/z',
      '100644 store python/pkg/__init__.py',
      '100755 deflate python/pkg/bin/tool',
      '100644 store python/pkg/grüße/日本語 file.txt',
      '120777 store python/pkg/lib.so',
      '100644 deflate python/pkg/lib.so.1',
      '100644 store python/pkg/random.bin',
      '100644 deflate python/pkg/text.py',
    ]);
  });

  test("is taken by Python's zipfile: CRCs, contents, dates, names", async () => {
    const script = `
import sys, zipfile, json
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps([[i.filename, i.date_time, i.extra.hex(), i.flag_bits, i.file_size] for i in z.infolist()]))
`;
    const result = await run('python3', ['-c', script, zip]);
    expect(result.stderr).toBe('');
    const rows = JSON.parse(result.stdout) as [string, number[], string, number, number][];
    expect(rows.map((row) => row[0])).toEqual((await listZip(zip)).map((one) => one.archivePath));
    expect(new Set(rows.map((row) => JSON.stringify([row[1], row[2]])))).toEqual(
      new Set(['[[1980,1,1,0,0,0],""]']),
    );
    // Only names that are not ASCII carry the UTF-8 flag, and no entry has a data descriptor.
    expect(rows.filter((row) => row[3] !== 0).map((row) => [row[0], row[3]])).toEqual([
      ['python/pkg/grüße/日本語 file.txt', 0x800],
    ]);
  });

  test('unzipped, keeps the executable bit, the link and the names', async () => {
    const target = path.join(await folder(), 'out');
    const result = await run('unzip', ['-q', zip, '-d', target], { env: { LC_ALL: 'C.UTF-8' } });
    if (result.missing) {
      // unzip is not everywhere; Python's zipfile restores no modes, so only the names are checked.
      await run('python3', ['-m', 'zipfile', '-e', zip, target]);
      expect((await listTree(target)).map((row) => row.replace(/ (->|\d+).*$/, '')).length).toBe(
        entries.length,
      );
      return;
    }
    expect(result.stderr).toBe('');
    expect(await listTree(path.join(target, 'python'))).toEqual([
      'a!b/z 644',
      'a/z 644',
      'pkg/__init__.py 644',
      'pkg/bin/tool 755',
      'pkg/grüße/日本語 file.txt 644',
      'pkg/lib.so -> lib.so.1',
      'pkg/lib.so.1 644',
      'pkg/random.bin 644',
      'pkg/text.py 644',
    ]);
  });

  test('of stored entries has these very bytes on every machine, in every time zone and under every umask', async () => {
    const root = await folder();
    const source = path.join(root, 'x');
    await writeFile(source, 'hello\n');
    const entry = {
      ...packed('x', { bytes: 6, crc32: 0x363a3020, packedSource: source, source }),
      archivePath: 'python/ü/x',
    };
    const written: string[] = [];
    for (const [zone, mask] of [
      ['Pacific/Kiritimati', 0o077],
      ['America/New_York', 0o002],
      ['UTC', 0],
    ] as const) {
      const before = { zone: process.env['TZ'], mask: process.umask(mask) };
      process.env['TZ'] = zone;
      written.push((await writeZip(path.join(root, `${written.length}.zip`), [entry])).sha256);
      process.umask(before.mask);
      if (before.zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before.zone;
    }
    expect(new Set(written)).toEqual(
      new Set(['0b4104d3289f44d9345f85c19022b7bb9ba76c0a687931700525de5831d5ec0b']),
    );
  });
});

describe('names that no archive may have', () => {
  const named = (...names: readonly string[]): ArchiveFile[] =>
    names.map((archivePath) => ({ ...packed('x', { bytes: 0 }), archivePath }));
  test.each([
    ['twice', named('a/b', 'c', 'a/b'), /a\/b is in the archive twice/],
    ['a file and a folder', named('a', 'a!', 'a/b'), /a is a file and a folder/],
    ['absolute', named('/etc/passwd'), /cannot be put/],
    ['upwards', named('a/../../b'), /cannot be put/],
    ['backslash', named('a\\b'), /cannot be put/],
    ['drive', named('C:/x'), /cannot be put/],
    ['empty part', named('a//b'), /cannot be put/],
    ['folder', named('a/'), /cannot be put/],
    ['half a surrogate', named('a\ud800'), /cannot be put/],
  ])('%s', async (_name, wrong, message) => {
    await expect(writeZip(path.join(await folder(), 'x.zip'), wrong)).rejects.toThrow(message);
  });

  test('more files than the format counts are refused before writing', () => {
    const many = (count: number): ArchiveFile[] =>
      Array.from({ length: count }, (_, index) => ({
        ...packed('x', { bytes: 0 }),
        archivePath: String(index),
      }));
    expect(zipSize(many(65_535))).toBeGreaterThan(0);
    expect(() => zipSize(many(65_536))).toThrow(/65,536 files/);
  });
});

describe('reading back', () => {
  test('accepts what was written', async () => {
    await expect(readBack(zip, entries)).resolves.toBeUndefined();
  });

  test('finds any flipped byte', async () => {
    const bytes = await readFile(zip);
    const target = path.join(await folder(), 'flipped.zip');
    const missed: number[] = [];
    // The step visits headers, names, both kinds of data, the directory and the end.
    for (let position = 0; position < bytes.length; position += 31) {
      const copy = Buffer.from(bytes);
      copy[position]! ^= 0x10;
      await writeFile(target, copy);
      const error = await readBack(target, entries).then(
        () => null,
        (caught: unknown) => caught as { code?: string },
      );
      if (error?.code !== 'archive-differs') missed.push(position);
    }
    expect(missed).toEqual([]);
  }, 30_000);

  test.each([
    ['another mode', (one: ArchiveFile) => ({ ...one, mode: 0o755 }), /mode 100644 instead of 100755/],
    ['another CRC', (one: ArchiveFile) => ({ ...one, crc32: 1 }), /CRC \d+ instead of 1/],
    ['another name', (one: ArchiveFile) => ({ ...one, archivePath: `${one.archivePath}0` }), /name/],
  ])('finds %s', async (_name, change, message) => {
    const wrong = entries.map((one) => (one.archivePath.endsWith('text.py') ? change(one) : one));
    const error: unknown = await readBack(zip, wrong).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'archive-differs', details: [expect.stringMatching(message)] });
  });

  test('finds a missing entry, a cut-off file and what is no zip', async () => {
    const root = await folder();
    const cut = path.join(root, 'cut.zip');
    await writeFile(cut, (await readFile(zip)).subarray(0, -1));
    const text = path.join(root, 'text.zip');
    await writeFile(text, 'not a zip');
    await expect(readBack(zip, entries.slice(1))).rejects.toMatchObject({ code: 'archive-differs' });
    await expect(readBack(cut, entries)).rejects.toMatchObject({ code: 'archive-differs' });
    await expect(readBack(text, entries)).rejects.toMatchObject({ code: 'archive-differs' });
  });
});

describe('a large file', () => {
  test('of many blocks comes back as it was', async () => {
    const root = await folder();
    await mkdir(path.join(root, 'tree'));
    const big = path.join(root, 'tree', 'big.so');
    const handle = await open(big, 'w');
    const hash = createHash('sha256');
    const noise = randomBytes(1 << 20);
    for (let index = 0; index < 64; index++) {
      // Repeats within 32 KiB across the cuts, so that blocks really use the bytes before them.
      const block = Buffer.concat([
        noise.subarray(index * 100, index * 100 + 20_000),
        Buffer.alloc((1 << 20) - 20_000 + 7, index),
      ]);
      hash.update(block);
      await handle.write(block);
    }
    await handle.close();
    const { size } = await stat(big);
    const staged = {
      path: 'big.so',
      place: 'python',
      source: big,
      bytes: size,
      mode: 0o644,
      distribution: null,
      origin: 'tree',
    } as const;
    const results = [];
    for (const threads of [1, 5]) {
      const own = await openCache(path.join(root, `cache-${threads}`));
      results.push(...(await packFiles([staged], { cache: own, progress: silent, threads })));
      await own.close();
    }
    const [one, other] = results;
    expect(one?.sha256).toBe(hash.digest('hex'));
    expect((await readFile(one!.packedSource)).equals(await readFile(other!.packedSource))).toBe(true);
    const archive = path.join(root, 'big.zip');
    const planned = [{ ...one!, archivePath: 'big.so' }];
    await writeZip(archive, planned);
    await readBack(archive, planned);
    const result = await run('python3', [
      '-c',
      'import sys,zipfile,hashlib;print(hashlib.sha256(zipfile.ZipFile(sys.argv[1]).read("big.so")).hexdigest())',
      archive,
    ]);
    expect(result.stdout).toBe(one?.sha256);

    // One damaged byte far inside is found, too.
    const damaged = await open(archive, 'r+');
    await damaged.write(Buffer.from([0x55, 0xaa]), 0, 2, Math.trunc(planned[0]!.packedBytes / 2));
    await damaged.close();
    await expect(readBack(archive, planned)).rejects.toMatchObject({ code: 'archive-differs' });
  }, 30_000);
});
