import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { codeFiles } from '../../src/code/files.js';
import { codeFolder } from './helper.js';

const key = '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n';
const certificate = '-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n';

const secrets = {
  '.env': 'A=1',
  '.env.production': 'A=1',
  'config/.env': 'A=1',
  '.aws/credentials': '[default]',
  '.ssh/known_hosts': 'x',
  '.netrc': 'machine x',
  '.pypirc': 'x',
  'keys/id_ed25519': 'x',
  'store.p12': 'x',
  'server.key': key,
  'chain.pem': certificate + key,
  'google.json': '{"private_key": "-----BEGIN PRIVATE KEY-----\\nMIIE"}',
};
const others = {
  'app.py': `KEY = "-----BEGIN PRIVATE KEY-----"\n`,
  '.env.example': 'A=',
  'ca.pem': certificate,
  'global-bundle.pem': certificate,
  'environment.json': '{}',
  'env/settings.py': '',
  'public.key': 'ssh-ed25519 AAAA',
};

test('secrets stay behind and are named; what is like them travels', async () => {
  const found = await codeFiles(await codeFolder({ ...secrets, ...others }), '/nowhere');
  expect(found.secrets).toEqual(Object.keys(secrets).sort());
  expect(found.files.map((one) => one.path)).toEqual(Object.keys(others).sort());
});

test('--keep takes one along', async () => {
  const found = await codeFiles(
    await codeFolder({ '.env': 'A=1', '.netrc': 'x', 'app.py': '' }),
    '/nowhere',
    ['.env'],
  );
  expect(found.secrets).toEqual(['.netrc']);
  expect(found.files.map((one) => one.path)).toEqual(['.env', 'app.py']);
});

test('a virtual environment is known by its pyvenv.cfg', async () => {
  const folder = await codeFolder({
    'app.py': '',
    'my environment/lib/python3.13/site-packages/six.py': '',
    'tools/.direnv/python-3.13/bin/python': '',
    'tools/lib.py': '',
  });
  for (const place of ['my environment', 'tools/.direnv/python-3.13'])
    await writeFile(path.join(folder, place, 'pyvenv.cfg'), 'home = /usr/bin\n');
  const { files } = await codeFiles(folder, '/nowhere');
  expect(files.map((one) => one.path)).toEqual(['app.py', 'tools/lib.py']);
});
