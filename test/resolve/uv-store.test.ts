/** What `uv auth login` keeps: our own requests send what uv itself sends, which is asked beside us where it is installed. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Environment } from '../../src/model.js';
import { learnLogins } from '../../src/resolve/login-files.js';
import { findUv } from '../../src/resolve/tools.js';
import { whyNotInUvStore } from '../../src/resolve/uv-store.js';
import { webOf } from '../../src/resolve/web.js';
import { Secrets } from '../../src/text/secrets.js';
import { never } from '../never.js';
import { run } from '../program.js';
import { environment, failure, project } from './helper.js';

jest.setTimeout(60_000);

const token = 'tok-12ab34cd56ef';
const uv = await findUv(environment, never);
let place = '';
const seen: string[] = [];
/** Wants a login, and has nothing. */
const server = http.createServer(({ headers: { authorization = '' } }, response) => {
  seen.push(authorization);
  const status = authorization === '' ? 401 : 404;
  response.writeHead(status, { 'www-authenticate': 'Basic realm="x"' }).end();
});
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`;
const entry = (text: string, where = '/'): string =>
  `[[credential]]\nservice = "http://{place}${where}"\n${text}\n`;
const me = 'username = "me"\nscheme = "basic"\npassword = "pass-77xx"';
const bearer = `scheme = "bearer"\ntoken = "${token}"`;

async function kept(text: string): Promise<Environment> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slim-store-'));
  await writeFile(path.join(folder, 'credentials.toml'), text.replaceAll('{place}', place));
  return { PATH: environment['PATH'] ?? '', HOME: folder, UV_CREDENTIALS_DIR: folder, UV_NO_CONFIG: '1' };
}

describe('what is sent', () => {
  type Row = readonly [name: string, store: string, user: string, sent: string];
  const rows: readonly Row[] = [
    ['a user and a password', entry(me), '', basic('me:pass-77xx')],
    ['without a scheme', entry('username = "me"\npassword = "pass-77xx"'), '', basic('me:pass-77xx')],
    ['what "uv auth login --token" writes', entry(`username = "__token__"\nscheme = "basic"\npassword = "${token}"`), '', basic(`__token__:${token}`)],
    ['an empty user', entry('username = ""\npassword = "pass-77xx"'), '', basic(':pass-77xx')],
    ['a user alone', entry('username = "me"'), '', basic('me:')],
    ['keys that uv does not know', entry(`${me}\nnote = 3`), '', basic('me:pass-77xx')],
    ['a bearer token', entry(bearer), '', `Bearer ${token}`],
    ['a bearer token of a part of the server', entry(me) + entry(bearer, '/simple'), '', `Bearer ${token}`],
    ['a bearer token of another part', entry(bearer, '/simp'), '', ''],
    ['a bearer token of another server', entry(bearer).replace('{place}', 'h.example'), '', ''],
    ['a bearer token and a login of one service', entry(bearer) + entry(me), '', ''],
    ['the same, for the user in the address', entry(bearer) + entry(me), 'me@', basic('me:pass-77xx')],
    ['logins of two users', entry(me) + entry(me.replace('"me"', '"you"')), '', ''],
    ['two logins of one user', entry(me) + entry(me.replace('pass-77xx', 'later-88')), '', basic('me:later-88')],
    ['a bearer token with a user', entry(`username = "me"\n${bearer}`), '', ''],
    ['a bearer token with a password', entry(`password = "pw"\n${bearer}`), '', ''],
    ['a bearer without its token', entry('scheme = "bearer"'), '', ''],
    ['a scheme in capitals', entry(bearer.replace('bearer', 'Bearer')), '', ''],
    ['a login with a token', entry(`${me}\ntoken = "${token}"`), '', ''],
    ['a password without a user', entry('password = "pw"'), '', ''],
    ['beside an entry that is none', entry(me) + entry('scheme = "digest"\nusername = "a"'), '', ''],
    ['beside a service that is no address', entry(me) + entry(me).replace('http://{place}/', 'h.example'), '', ''],
  ]; // prettier-ignore
  test.each(rows)('%s', async (_name, store, user, sent) => {
    const variables = await kept(store);
    const secrets = new Secrets();
    await learnLogins({ environment: variables, secrets });
    seen.splice(0);
    const url = `http://${user}${place}/simple/x/`;
    await (
      await webOf({ environment: variables, secrets })(url, { signal: AbortSignal.timeout(20_000) })
    ).text();
    // A user alone is what the address itself has.
    expect(seen.filter((one) => one !== basic('me:') || sent === one).at(-1) ?? '').toBe(sent);
    expect(secrets.hide(`told ${token} and ${sent}.`)).not.toMatch(sent === '' ? /\0/ : sent);
    if (uv === null) return;
    seen.splice(0);
    const index = `http://${user}${place}/simple/`;
    await run(uv.command, [...uv.first, 'pip', 'compile', '--no-cache', '--index-url', index, '-'], {
      env: { ...variables, UV_PYTHON_DOWNLOADS: 'never' },
      onlyEnv: true,
      input: 'x\n',
    });
    expect(seen.at(-1)).toBe(sent);
  });
});

describe('why a login does not count', () => {
  type Row = readonly [name: string, store: string, more: Environment, why: RegExp | null];
  const rows: readonly Row[] = [
    ['nothing is kept', '', {}, null],
    ['one login', entry(me), {}, null],
    ['an entry that uv does not take', entry(`username = "me"\n${bearer}`), {}, /reads none of the logins in .*credentials\.toml/],
    ['no TOML', '[[credential', {}, /reads none of the logins/],
    ['two logins', entry(me) + entry(bearer), {}, /several logins for 127\.0\.0\.1:\d+: put the user's name/],
    ['in the system', '', { UV_PREVIEW_FEATURES: 'pylock,native-auth' }, /in the system's keyring/],
    ['in the system, with all previews', '', { UV_PREVIEW: 'true' }, /in the system's keyring/],
    ['other previews', '', { UV_PREVIEW_FEATURES: 'pylock' }, null],
  ]; // prettier-ignore
  test.each(rows)('%s', async (_name, store, more, why) => {
    const variables = { ...(await kept(store)), ...more };
    const said = await whyNotInUvStore([`http://${place}/simple/x/`], variables);
    if (why === null) expect(said).toBeNull();
    else expect(said).toMatch(why);
    expect(said ?? '').not.toContain(token);
  });

  test('is said where an archive or the index refuses', async () => {
    const variables = await kept(entry(me) + entry(bearer));
    const archive = await project({ 'requirements.txt': `x @ http://${place}/x-1.0.tar.gz\n` });
    const fetched = await failure(archive, {}, { environment: variables });
    expect(fetched.hint).toMatch(/"uv auth" knows several logins/);
    if (uv === null) return;
    const index = await project({ 'requirements.txt': `--index-url http://${place}/simple/\nx\n` });
    const asked = await failure(index, { resolver: 'uv' }, { environment: variables });
    expect(asked.message).toMatch(/refuses the login/);
    expect(asked.hint).toMatch(/"uv auth" knows several logins/);
  });
});
