/** A zip behind HTTP: what is fetched of it, and what goes wrong. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { openRemoteZip } from '../../../src/pack/zip/remote-zip.js';
import { run } from '../../program.js';
import { folder } from '../../cli/helper.js';
import { serveRanges } from '../../io/range-server.js';

const place = await folder();
const archive = path.join(place, 'layer.zip');
const made = await run('python3', [
  '-c',
  `
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as z:
    z.writestr("python/big.so", os.urandom(3 << 20))
    z.writestr("python/alpha-1.0.dist-info/RECORD", "alpha/__init__.py,,\\n" * 2000, zipfile.ZIP_DEFLATED)
    for i in range(20000):
        z.writestr("python/alpha/module_%05d.py" % i, "")
`,
  archive,
]);
expect(made.stderr).toBe('');
const content = await readFile(archive);
const { signal } = new AbortController();

test('its directory takes few requests, and a file one or two', async () => {
  const server = await serveRanges(content);
  const { zip, bytes } = await openRemoteZip(server.address, signal);
  const names: string[] = [];
  let record = '';
  for await (const entry of zip.eachEntry()) {
    names.push(entry.fileName);
    if (!entry.fileName.endsWith('RECORD')) continue;
    const parts = await (await zip.openReadStreamPromise(entry)).toArray();
    record = Buffer.concat(parts as Buffer[]).toString();
  }
  zip.close();
  expect({ bytes, entries: names.length, last: names.at(-1) }).toEqual({
    bytes: content.length,
    entries: 20_002,
    last: 'python/alpha/module_19999.py',
  });
  expect(record).toBe('alpha/__init__.py,,\n'.repeat(2000));
  expect(server.requests()).toBeLessThan(12);
  expect(server.sent()).toBeLessThan(content.length - (2 << 20));
  await server.close();
});

test.each<readonly [string, Parameters<typeof serveRanges>[1], string]>([
  ['no such object', { status: 404 }, 'HTTP 404'],
  ['an address that has expired', { status: 403 }, 'HTTP 403'],
  ['a server that ignores ranges', { ignoreRange: true }, 'does not answer with the range'],
])('%s', async (_name, behaviour, why) => {
  const server = await serveRanges(content, behaviour);
  await expect(openRemoteZip(server.address, signal)).rejects.toThrow(why);
  await server.close();
});

test('what is no zip is refused', async () => {
  const server = await serveRanges(Buffer.from('<html>not a zip</html>'));
  await expect(openRemoteZip(server.address, signal)).rejects.toThrow(/end of central directory/i);
  await server.close();
});

test('nobody there', async () => {
  const server = await serveRanges(content);
  await server.close();
  await expect(openRemoteZip(server.address, signal)).rejects.toMatchObject({
    name: 'RemoteZipError',
    status: null,
  });
});
