import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { codeFolder, filesOf } from './helper.js';

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
  const found = await filesOf(await codeFolder({ ...secrets, ...others }));
  expect(found.secrets).toEqual(Object.keys(secrets).sort());
  expect(found.files.map((one) => one.path)).toEqual(Object.keys(others).sort());
});

test('--keep takes one along', async () => {
  const found = await filesOf(await codeFolder({ '.env': 'A=1', '.netrc': 'x', 'app.py': '' }), {
    keep: ['.env'],
  });
  expect(found.packed).toEqual(['.env']);
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
  const { files } = await filesOf(folder);
  expect(files.map((one) => one.path)).toEqual(['app.py', 'tools/lib.py']);
});

const pathsOf = ({ files }: { readonly files: readonly { readonly path: string }[] }): readonly string[] =>
  files.map((one) => one.path);

describe('rules of a .gitignore', () => {
  const files = {
    'app.py': '',
    'data/big.csv': '',
    'data/small.csv': '',
    'notes/a.md': '',
    'deep/notes/b.md': '',
    '.env': 'A=1',
    'config/.env': 'A=1',
    '.aws/credentials': 'x',
    '.aws/config': 'x',
    '.git/config': '',
    'Upper.TXT': '',
  };
  const all = ['Upper.TXT', 'app.py', 'data/big.csv', 'data/small.csv', 'deep/notes/b.md', 'notes/a.md'];
  const without = (...names: readonly string[]): readonly string[] =>
    all.filter((one) => !names.includes(one));

  test.each<readonly [string, string, readonly string[], readonly string[]]>([
    ['nothing', '', [], all],
    ['a folder anywhere', 'notes/\n', [], without('notes/a.md', 'deep/notes/b.md')],
    ['a folder at the top', '/notes\n', [], without('notes/a.md')],
    ['a glob, and one that comes back', '*.csv\n!small.csv\n', [], without('data/big.csv')],
    [
      'a folder gives nothing back',
      'data/\n!data/small.csv\n',
      [],
      without('data/big.csv', 'data/small.csv'),
    ],
    [
      'comments, spaces and line ends of Windows',
      '# x\r\nnotes/  \r\n',
      [],
      without('notes/a.md', 'deep/notes/b.md'),
    ],
    ['letters count as they are', 'upper.txt\n', [], all],
    [
      'options come after the file',
      '*.csv\n',
      ['!small.csv', '/deep'],
      without('data/big.csv', 'deep/notes/b.md'),
    ],
    ['secrets are not named by everything', '!*\n!**/*\n!config/\n!config/**\n', [], all],
  ])('%s', async (_name, text, exclude, expected) => {
    const found = await filesOf(await codeFolder({ ...files, '.lambdaignore': text }), { exclude });
    expect(pathsOf(found)).toEqual(expected);
    expect(found.packed).toEqual([]);
    expect(found.history).toEqual(['.git']);
    expect(found.secrets).toEqual(['.aws/config', '.aws/credentials', '.env', 'config/.env']);
  });

  test.each<readonly [string, readonly string[]]>([
    ['!.env', ['.env', 'config/.env']],
    ['!/.env', ['.env']],
    ['!config/.env', ['config/.env']],
    ['!.aws/', ['.aws/config', '.aws/credentials']],
    ['!.aws/config', ['.aws/config']],
    ['!.git', ['.git/config']],
    ['!.git/config', ['.git/config']],
  ])('%s brings back what it names, and that is told', async (line, expected) => {
    const found = await filesOf(await codeFolder({ ...files, '.lambdaignore': `${line}\n` }));
    expect(found.packed).toEqual(expected);
    expect(pathsOf(found)).toEqual([...all, ...expected].sort());
  });

  test("the project's own file is for the code in it, too", async () => {
    const project = await codeFolder({
      '.lambdaignore': '/src/data\n*.md\n',
      'src/app.py': '',
      'src/data/x': '',
      'src/a.md': '',
    });
    expect(pathsOf(await filesOf(path.join(project, 'src'), { project }))).toEqual(['app.py']);
  });
});

describe('links', () => {
  /** A repository with code that shares files with other code in it. */
  async function repository(links: Readonly<Record<string, string>>): Promise<string> {
    const root = await codeFolder({
      'orders/app.py': '',
      'orders/own/x.py': '',
      'shared/util.py': 'value = 1\n',
      'shared/deep/more.py': '',
      'shared/.env': 'A=1',
      '.env': 'A=1',
    });
    await mkdir(path.join(root, '.git'));
    for (const [name, target] of Object.entries(links))
      await symlink(target.replace('ROOT', root), path.join(root, name));
    return path.join(root, 'orders');
  }

  test('out of the folder, within the project: what they lead to is packed', async () => {
    const folder = await repository({
      'orders/shared': '../shared',
      'orders/util.py': '../shared/util.py',
      'orders/absolute': 'ROOT/orders/own',
      'orders/same.py': 'own/x.py',
      'orders/again.py': '../orders/own/x.py',
      'orders/settings.txt': '../.env',
      'shared/link.py': 'util.py',
    });
    const found = await filesOf(folder);
    const said = found.files.map(({ path: name, link }) =>
      link === undefined ? name : `${name} -> ${link}`,
    );
    expect(said).toEqual([
      'absolute/x.py',
      'again.py',
      'app.py',
      'own/x.py',
      'same.py -> own/x.py',
      'shared/deep/more.py',
      'shared/link.py',
      'shared/util.py',
      'util.py',
    ]);
    expect(found.files.find(({ path: name }) => name === 'util.py')).toMatchObject({ bytes: 10 });
    // A harmless name hides no secret.
    expect(found.secrets).toEqual(['settings.txt', 'shared/.env']);
  });

  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    [
      'out of the project',
      { 'orders/passwd': '/etc/passwd' },
      'passwd leads out of the project, to /etc/passwd',
    ],
    ['to nothing outside', { 'orders/gone': '../nowhere' }, 'gone leads to ../nowhere, which is not there'],
    ['to itself', { 'orders/me': 'me' }, 'me leads in a circle'],
    ['to what is around it', { 'orders/own/up': '..' }, 'own/up leads in a circle, to ..'],
    ['to the whole project', { 'orders/all': '..' }, 'all leads in a circle, to ..'],
    [
      'to each other, in folders that are followed',
      { 'orders/shared': '../shared', 'shared/orders': '../orders' },
      'shared/orders leads in a circle, to ../orders',
    ],
  ])('%s: refused by name', async (_name, links, said) => {
    await expect(filesOf(await repository(links))).rejects.toMatchObject({
      code: 'unusable-file',
      details: [said],
    });
  });

  test('a rule leaves one out', async () => {
    const folder = await repository({ 'orders/passwd': '/etc/passwd', 'orders/all': '..' });
    expect(pathsOf(await filesOf(folder, { exclude: ['passwd', 'all/'] }))).toEqual(['app.py', 'own/x.py']);
  });
});
