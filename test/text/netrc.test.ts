import { expect, test } from '@jest/globals';
import { writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../program.js';
import { netrcEntry, parseNetrc } from '../../src/text/netrc.js';

const files: Readonly<Record<string, string>> = {
  'on one line': 'machine h.example login me password secret-1\n',
  'over lines': 'machine h.example\n  login me\n\tpassword secret-1\n',
  'CRLF and no last line end': 'machine h.example\r\nlogin me\r\npassword secret-1',
  quoted: 'machine h.example login "my self" password "with \\"quotes\\" and spaces"\n',
  escaped: 'machine h.example login me password a\\ b\\\\c\n',
  'words of the format as values': 'machine machine login password password machine\nmachine h.example login default password login\n', // prettier-ignore
  'a password that begins with #': 'machine h.example login me password #hash # said\n',
  comments: '# mine\n#theirs machine x.example\nmachine h.example # one\nlogin me #two\npassword secret-1\n# machine h.example login x password y\n', // prettier-ignore
  'a default': 'machine other.example login you password secret-2\ndefault login anonymous password guest\n',
  'user for login, and an account': 'machine h.example user me account team password secret-1\n',
  'no login': 'machine h.example password secret-1\n',
  'twice: the last one counts':
    'machine h.example login a password b\nmachine h.example login c password d\n',
  'a macro': 'macdef init\ncd /machine h.example login no password no\nbye\n\nmachine h.example login me password secret-1\n', // prettier-ignore
  'another host': 'machine example login me password secret-1\n',
  nothing: '\n',
};

const code = `
import json, netrc, sys
print(json.dumps([netrc.netrc(file).authenticators("h.example") for file in sys.argv[1:]]))
`;

test('every form means what it means to Python', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'slim-netrc-'));
  const names = Object.keys(files).map((_, at) => path.join(folder, `${at}`));
  for (const [at, text] of Object.values(files).entries()) await writeFile(names[at] ?? '', text);
  const python = await run('python3', ['-c', code, ...names]);
  const wanted = (JSON.parse(python.stdout) as ([string, string, string] | null)[]).map(
    (one) => one && [one[0], one[2]],
  );
  const found = Object.values(files).map((text) => {
    const entry = netrcEntry(parseNetrc(text), 'h.example');
    return entry && [entry.login, entry.password];
  });
  expect(Object.fromEntries(Object.keys(files).map((name, at) => [name, found[at]]))).toEqual(
    Object.fromEntries(Object.keys(files).map((name, at) => [name, wanted[at]])),
  );
});

test.each([
  ['an unknown word', 'machine h.example protocol https login me password secret-1'],
  ['an open quotation mark', 'machine h.example login me password "secret-1'],
  ['something in front', 'nonsense machine h.example login me password secret-1'],
])('with %s the secret is known all the same', (_name, text) => {
  expect(parseNetrc(text)).toEqual([{ host: 'h.example', login: 'me', password: 'secret-1' }]);
});
