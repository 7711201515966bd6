/** What pip and uv honour, our own requests honour, too: logins, proxies, certificates. Against real servers. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Environment } from '../../src/model.js';
import { locationsOf } from '../../src/resolve/host/simple-index.js';
import { webOf } from '../../src/resolve/web.js';
import { findProgram } from '../../src/resolve/tools.js';
import { Secrets } from '../../src/text/secrets.js';
import { environment, failure, project, quickTool, wheels } from './helper.js';
import { throughToTheIndex } from './web-cases.js';
import { makeCertificates, startIndex, startProxy, type Certificates, type Started } from './web-servers.js';

jest.setTimeout(60_000);

const password = 'correct-horse-11';
let certificates: Certificates;
/** Behind the login, over HTTP and HTTPS; open over HTTPS; only for clients with a certificate. */
const servers: Record<'plain' | 'secure' | 'open' | 'mutual', Started> = {} as never;
const proxies: Record<'free' | 'closed', Started> = {} as never;

beforeAll(async () => {
  certificates = await makeCertificates();
  servers.plain = await startIndex(wheels, { login: `me:${password}` });
  servers.secure = await startIndex(wheels, { login: `me:${password}`, certificates });
  servers.open = await startIndex(wheels, { login: null, certificates });
  servers.mutual = await startIndex(wheels, { login: null, certificates, mutual: true });
  proxies.free = await startProxy();
  proxies.closed = await startProxy('proxy-user:proxy-pass-22');
});
const all = (): readonly Started[] => [...Object.values(servers), ...Object.values(proxies)];
afterAll(() => Promise.all(all().map((one) => one.stop())));
afterEach(() => all().forEach((one) => one.log.splice(0)));

/** `{plain}` and the like are hosts, `{ca}` and `{client}` files. */
const filled = (text: string): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const started: Readonly<Record<string, Started | undefined>> = { ...servers, ...proxies };
    const files: Readonly<Record<string, string | undefined>> = { ...certificates };
    return started[name]?.host ?? files[name] ?? name;
  });

interface Home {
  readonly files?: Readonly<Record<string, string>>;
  readonly variables?: Environment;
  /** Programs of this name in front of PATH. */
  readonly programs?: Readonly<Record<string, string>>;
}

async function around({ files = {}, variables = {}, programs = {} }: Home): Promise<Environment> {
  const home = await mkdtemp(path.join(tmpdir(), 'slim-home-'));
  for (const [name, text] of Object.entries({ ...files, 'bin/.keep': '' })) {
    await mkdir(path.dirname(path.join(home, name)), { recursive: true });
    await writeFile(path.join(home, name), filled(text));
  }
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(path.join(home, 'bin', name), text.replaceAll('HOME', home));
    await chmod(path.join(home, 'bin', name), 0o755);
  }
  const given = Object.entries(variables).map(
    ([name, value = '']) => [name, filled(value).replaceAll('HOME', home)] as const,
  );
  const own: Readonly<Record<string, string>> = Object.fromEntries(given);
  return {
    PATH: `${path.join(home, 'bin')}:${environment['PATH'] ?? ''}`,
    HOME: home,
    ...own,
  };
}

/** The answer's status, or what went wrong. */
async function ask(
  url: string,
  variables: Environment,
  secrets = new Secrets(variables),
): Promise<number | string> {
  const web = webOf({ environment: variables, secrets });
  try {
    const answer = await web(filled(url), { signal: AbortSignal.timeout(20_000) });
    await answer.text();
    return answer.status;
  } catch (error) {
    const cause =
      error instanceof Error ? (error.cause as { code?: string; message?: string } | undefined) : null;
    return cause?.code ?? cause?.message ?? String(error);
  }
}

const page = '/simple/slim-plain/';
const netrc = `machine 127.0.0.1 login me password ${password}\n`;

/** As `uv auth login` writes it. */
const uvStore = `[[credential]]\nservice = "http://{plain}/"\nusername = "me"\nscheme = "basic"\npassword = "${password}"\n`;

/** What pip imports, and what the program does: both answer for one service only, and write down what they are asked. */
const keyringModule = (service: string): string => `
class Found:
    username, password = "me", "${password}"
def get_credential(service, user):
    print(service, user, file=open(__file__ + ".log", "a"))
    return Found if service == "${service}" and user in (None, "me") else None
`;
const pythonWithModule = '#!/bin/sh\nPYTHONPATH=HOME/modules exec REAL "$@"\n';
const keyringProgram = `#!/bin/sh
echo "$@" >> HOME/keyring.log
case "$*" in
  "--mode creds get SERVICE") printf 'me\\n${password}\\n';;
  "get SERVICE me") echo ${password};;
  *) exit 1;;
esac
`;

describe('a login', () => {
  type Row = readonly [name: string, address: string, home: Home | (() => Promise<Home>), status: number];
  const rows: readonly Row[] = [
    ['in the address', `http://me:${password}@{plain}`, {}, 200],
    ['of .netrc', 'http://{plain}', { files: { '.netrc': netrc } }, 200],
    ['of _netrc', 'http://{plain}', { files: { _netrc: netrc } }, 200],
    ['of the file that NETRC names', 'http://{plain}', { files: { 'my/logins': netrc }, variables: { NETRC: 'HOME/my/logins' } }, 200],
    ['of NETRC alone, when it names one', 'http://{plain}', { files: { '.netrc': netrc, other: '' }, variables: { NETRC: 'HOME/other' } }, 401],
    ["of .netrc's default", 'http://{plain}', { files: { '.netrc': `machine h.example login x password y\ndefault login me password ${password}\n` } }, 200],
    ['of another host in .netrc', 'http://{plain}', { files: { '.netrc': netrc.replace('127.0.0.1', '127.0.0.2') } }, 401],
    ['of .netrc, for a user in the address', 'http://me@{plain}', { files: { '.netrc': netrc } }, 200],
    ['in the address before that of .netrc', 'http://you:x@{plain}', { files: { '.netrc': netrc } }, 401],
    ['of uv auth', 'http://{plain}', { files: { '.local/share/uv/credentials/credentials.toml': uvStore } }, 200],
    ['of uv auth, by XDG_DATA_HOME', 'http://{plain}', { files: { 'data/uv/credentials/credentials.toml': uvStore }, variables: { XDG_DATA_HOME: 'HOME/data' } }, 200],
    ['of uv auth, by UV_CREDENTIALS_DIR', 'http://{plain}', { files: { 'c/credentials.toml': uvStore }, variables: { UV_CREDENTIALS_DIR: 'HOME/c' } }, 200],
    ['of uv auth, the narrower one', 'http://{plain}', { files: { 'c/credentials.toml': uvStore.replace('{plain}/', '{plain}/simple/') + uvStore.replace('"me"', '"you"') }, variables: { UV_CREDENTIALS_DIR: 'HOME/c' } }, 200],
    ['of uv auth, for a user in the address', 'http://me@{plain}', { files: { 'c/credentials.toml': uvStore.replace('"me"', '"you"') + uvStore }, variables: { UV_CREDENTIALS_DIR: 'HOME/c' } }, 200],
    ['of uv auth, for another user', 'http://you@{plain}', { files: { 'c/credentials.toml': uvStore }, variables: { UV_CREDENTIALS_DIR: 'HOME/c' } }, 401],
    ['of uv auth, for another path', 'http://{plain}', { files: { 'c/credentials.toml': uvStore.replace('{plain}/', '{plain}/simp') }, variables: { UV_CREDENTIALS_DIR: 'HOME/c' } }, 401],
    ['of uv auth, for another server', 'http://{plain}', { files: { 'c/credentials.toml': uvStore.replace('{plain}', '{open}') }, variables: { UV_CREDENTIALS_DIR: 'HOME/c' } }, 401],
    ['of uv auth, in a file that is none', 'http://{plain}', { files: { 'c/credentials.toml': '[[credential' }, variables: { UV_CREDENTIALS_DIR: 'HOME/c' } }, 401],
    ['of .netrc before uv auth', 'http://{plain}', { files: { '.netrc': netrc, 'c/credentials.toml': uvStore.replace('"me"', '"you"') }, variables: { UV_CREDENTIALS_DIR: 'HOME/c' } }, 200],
    ['of nobody', 'http://{plain}', {}, 401],
  ]; // prettier-ignore
  test.each(rows)('%s', async (_name, address, home, status) => {
    const variables = await around(typeof home === 'function' ? await home() : home);
    const secrets = new Secrets(variables);
    expect(await ask(`${address}${page}`, variables, secrets)).toBe(status);
    if (status === 200) {
      expect(servers.plain.log).toEqual([`GET ${page} me:${password}`]);
      expect(secrets.hide(`it is ${password}.`)).toBe('it is ****.');
    }
  });
});

describe('a keyring', () => {
  const index = (): string => `http://${servers.plain.host}/simple/`;
  const program = (service: string): Home => ({
    programs: { keyring: keyringProgram.replaceAll('SERVICE', service) },
  });
  const module = async (service: string): Promise<Home> => ({
    files: { 'modules/keyring.py': keyringModule(service) },
    programs: {
      python3: pythonWithModule.replace('REAL', (await findProgram('python3', environment)) ?? ''),
    },
  });
  type Row = readonly [string, () => Promise<Home> | Home, Environment, string, number];
  const rows: readonly Row[] = [
    ['by its module, for the index', () => module(index()), {}, '', 200],
    ['by its module, for the host', () => module(servers.plain.host), {}, '', 200],
    ['by its module, for a user', () => module(index()), {}, 'me@', 200],
    ['by its program, for the index', () => program(index()), {}, 'me@', 200],
    ['by its program, without a user', () => program(servers.plain.host), {}, '', 200],
    ['by its program, as pip is told', () => program(index()), { PIP_KEYRING_PROVIDER: 'subprocess' }, 'me@', 200],
    ['by its program, as uv is told', () => program(index()), { UV_KEYRING_PROVIDER: 'subprocess', PIP_NO_INPUT: '1' }, 'me@', 200],
    ['that does not know the server', () => program('https://h.example/'), {}, 'me@', 401],
    ['that pip is not to ask', () => program(index()), { PIP_KEYRING_PROVIDER: 'disabled' }, 'me@', 401],
    ['that would ask questions', () => program(index()), { PIP_NO_INPUT: '1' }, 'me@', 401],
    ['by its module only, where there is none', () => program(index()), { PIP_KEYRING_PROVIDER: 'import' }, 'me@', 401],
  ]; // prettier-ignore
  test.each(rows)('%s', async (_name, home, variables, user, status) => {
    const whole = await around(await home());
    const secrets = new Secrets();
    const first = await ask(`http://${user}{plain}${page}`, { ...whole, ...variables }, secrets);
    expect(first).toBe(status);
    if (status !== 200) return;
    expect(servers.plain.log.at(-1)).toBe(`GET ${page} me:${password}`);
    expect(secrets.hide(`it is ${password}.`)).toBe('it is ****.');
    // Its answer stands for the run.
    servers.plain.log.splice(0);
    expect(await ask(`http://${user}{plain}${page}`, { ...whole, ...variables }, secrets)).toBe(200);
    expect(servers.plain.log).toEqual([`GET ${page} me:${password}`]);
  });

  test('that pip.conf turns off is not asked', async () => {
    const home = {
      ...program(index()),
      files: { '.pip/pip.conf': '[global]\nkeyring-provider = disabled\n' },
    };
    expect(await ask(`http://me@{plain}${page}`, await around(home))).toBe(401);
  });
});

describe('a proxy', () => {
  type Row = readonly [string, string, Home, readonly string[]];
  const http = `GET http://{plain}${page} -`;
  const tunnel = 'CONNECT {open} -';
  const dead = 'http://127.0.0.1:9';
  const rows: readonly Row[] = [
    ['none', 'http://{plain}', {}, []],
    ['HTTP_PROXY', 'http://{plain}', { variables: { HTTP_PROXY: 'http://{free}' } }, [http]],
    ['http_proxy before HTTP_PROXY', 'http://{plain}', { variables: { http_proxy: 'http://{free}', HTTP_PROXY: dead } }, [http]],
    ['ALL_PROXY', 'http://{plain}', { variables: { ALL_PROXY: 'http://{free}' } }, [http]],
    ['without a scheme', 'http://{plain}', { variables: { HTTP_PROXY: '{free}' } }, [http]],
    ['PIP_PROXY before all others', 'http://{plain}', { variables: { PIP_PROXY: 'http://{free}', HTTP_PROXY: dead } }, [http]],
    ['of pip.conf', 'http://{plain}', { files: { '.pip/pip.conf': '[global]\nproxy = http://{free}\n' } }, [http]],
    ['HTTPS_PROXY for plain HTTP', 'http://{plain}', { variables: { HTTPS_PROXY: dead } }, []],
    ['HTTP_PROXY for HTTPS', 'https://{open}', { variables: { HTTP_PROXY: dead, PIP_CERT: '{ca}' } }, []],
    ['HTTPS_PROXY', 'https://{open}', { variables: { HTTPS_PROXY: 'http://{free}', PIP_CERT: '{ca}' } }, [tunnel]],
    ['NO_PROXY of the host', 'http://{plain}', { variables: { HTTP_PROXY: dead, NO_PROXY: 'h.example, 127.0.0.1' } }, []],
    ['NO_PROXY of the port', 'http://{plain}', { variables: { HTTP_PROXY: dead, NO_PROXY: '{plain}' } }, []],
    ['NO_PROXY of everything', 'http://{plain}', { variables: { HTTP_PROXY: dead, no_proxy: '*' } }, []],
    ['NO_PROXY of the network', 'http://{plain}', { variables: { HTTP_PROXY: dead, NO_PROXY: '10.0.0.0/8,127.0.0.0/8' } }, []],
    ['NO_PROXY of others', 'http://{plain}', { variables: { HTTP_PROXY: 'http://{free}', NO_PROXY: '10.0.0.0/8,h.example' } }, [http]],
  ]; // prettier-ignore
  test.each(rows)('%s', async (_name, address, home, seen) => {
    const variables = await around(home);
    expect(await ask(`${address}${page}`, variables)).toBe(address.includes('plain') ? 401 : 200);
    expect(proxies.free.log).toEqual(seen.map(filled));
  });

  test.each([
    ['over HTTP', 'http://{plain}', 'HTTP_PROXY', 401],
    ['over HTTPS', 'https://{open}', 'HTTPS_PROXY', 200],
  ])('with a login, %s', async (_name, address, name, status) => {
    const proxy = 'http://proxy-user:proxy-pass-22@{closed}';
    const variables = await around({ variables: { [name]: proxy, PIP_CERT: '{ca}' } });
    expect(await ask(`${address}${page}`, variables)).toBe(status);
    expect(proxies.closed.log[0]).toMatch(/ proxy-user:proxy-pass-22$/);
    expect(new Secrets(variables).hide('proxy-pass-22')).toBe('****');
  });
});

describe('a certificate', () => {
  const unknown = /UNABLE_TO|SELF_SIGNED/;
  type Row = readonly [string, string, Home, number | RegExp];
  const rows: readonly Row[] = [
    ['of nobody that is known', '{open}', {}, unknown],
    ...['PIP_CERT', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'SSL_CERT_FILE'].map(
      (name): Row => [`that ${name} vouches for`, '{open}', { variables: { [name]: '{ca}' } }, 200],
    ),
    ['that pip.conf vouches for', '{open}', { files: { '.pip/pip.conf': '[global]\ncert = {ca}\n' } }, 200],
    ['when the bundle is missing', '{open}', { variables: { PIP_CERT: '/nowhere/ca.pem' } }, unknown],
    ['when the bundle is none', '{open}', { files: { 'ca.pem': 'no certificate' }, variables: { PIP_CERT: 'HOME/ca.pem' } }, unknown],
    ['of a host that pip trusts', '{open}', { variables: { PIP_TRUSTED_HOST: 'h.example 127.0.0.1' } }, 200],
    ['of a host and port that uv trusts', '{open}', { variables: { UV_INSECURE_HOST: '{open}' } }, 200],
    ['of a host, when another one is trusted', '{open}', { variables: { PIP_TRUSTED_HOST: 'h.example' } }, unknown],
    ['of our own', '{mutual}', { variables: { PIP_CERT: '{ca}', PIP_CLIENT_CERT: '{client}' } }, 200],
    ['of our own, missing', '{mutual}', { variables: { PIP_CERT: '{ca}' } }, /./],
  ]; // prettier-ignore
  test.each(rows)('%s', async (_name, host, home, wanted) => {
    const answer = await ask(`https://${host}${page}`, await around(home));
    if (typeof wanted === 'number') expect(answer).toBe(wanted);
    else expect(String(answer)).toMatch(wanted);
  });
});

describe('a certificate of nobody that is known, of a server that has no such archive', () => {
  const line = 'x @ https://{open}/files/none.tar.gz';
  const pyproject = (settings: string): string =>
    `[project]\nname = "app"\nversion = "1"\ndependencies = ["${line}"]\n${settings}`;
  const uvList = (host: string): string => `[tool.uv]\nallow-insecure-host = ["${host}"]\n`;
  const trusted = 'answers 404';
  type Row = readonly [string, Readonly<Record<string, string>>, Home, string];
  const rows: readonly Row[] = [
    ['trusted by nobody', { 'requirements.txt': `${line}\n` }, {}, 'does not answer'],
    ['--trusted-host of another host', { 'requirements.txt': `--trusted-host h.example\n${line}\n` }, {}, 'does not answer'],
    ['--trusted-host', { 'requirements.txt': `--trusted-host 127.0.0.1\n${line}\n` }, {}, trusted],
    ['--trusted-host with a port', { 'requirements.txt': `--trusted-host={open}\n${line}\n` }, {}, trusted],
    ['--trusted-host below the line', { 'requirements.txt': `${line}\n--trusted-host 127.0.0.1\n` }, {}, trusted],
    ['--trusted-host of a nested file', { 'requirements.txt': `${line}\n-r more.txt\n`, 'more.txt': '--trusted-host 127.0.0.1\n' }, {}, trusted],
    ['allow-insecure-host', { 'pyproject.toml': pyproject(uvList('127.0.0.1')) }, {}, trusted],
    ['allow-insecure-host with a port', { 'pyproject.toml': pyproject(uvList('{open}')) }, {}, trusted],
    ['allow-insecure-host as an address', { 'pyproject.toml': pyproject(uvList('https://{open}')) }, {}, trusted],
    ['allow-insecure-host of another host', { 'pyproject.toml': pyproject(uvList('h.example')) }, {}, 'does not answer'],
    ["allow-insecure-host of the project's uv.toml", { 'pyproject.toml': pyproject(''), 'uv.toml': 'allow-insecure-host = ["127.0.0.1"]\n' }, {}, trusted],
    ["allow-insecure-host of the user's uv.toml", { 'pyproject.toml': pyproject('') }, { files: { '.config/uv/uv.toml': 'allow-insecure-host = ["127.0.0.1"]\n' } }, trusted],
    ['allow-insecure-host under UV_NO_CONFIG', { 'pyproject.toml': pyproject(uvList('127.0.0.1')) }, { variables: { UV_NO_CONFIG: '1' } }, 'does not answer'],
    ['UV_INSECURE_HOST as an address', { 'requirements.txt': `${line}\n` }, { variables: { UV_INSECURE_HOST: 'https://{open}' } }, trusted],
    ['PIP_TRUSTED_HOST', { 'requirements.txt': `${line}\n` }, { variables: { PIP_TRUSTED_HOST: '127.0.0.1' } }, trusted],
  ]; // prettier-ignore
  test.each(rows)('%s', async (_name, files, home, wanted) => {
    const at = await project(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [name, filled(text)])),
    );
    const { code, message } = await failure(at, {}, { environment: await around(home) });
    expect(`${code}: ${message}`).toMatch(`index-unreachable: "x @ `);
    expect(message).toContain(wanted);
  });
});

describe('the indexes that are asked', () => {
  const uv = { resolve: '', install: '', build: '', environment: {}, buildEnvironment: {}, ignored: null };
  type Row = readonly [string, 'uv' | 'pip', Home, string, readonly string[]];
  const rows: readonly Row[] = [
    ['nothing said', 'uv', {}, '', ['https://pypi.org/simple']],
    ['UV_DEFAULT_INDEX', 'uv', { variables: { UV_DEFAULT_INDEX: 'https://h.example/a' } }, '', ['https://h.example/a']],
    ['a named index of uv', 'uv', { variables: { UV_INDEX: 'my-corp=https://h.example/a', UV_INDEX_MY_CORP_USERNAME: 'me', UV_INDEX_MY_CORP_PASSWORD: 'p/w' } }, '', ['https://pypi.org/simple', 'https://me:p%2Fw@h.example/a']],
    ['a named default of uv', 'uv', { variables: { UV_DEFAULT_INDEX: 'corp=https://h.example/a', UV_INDEX_CORP_PASSWORD: 'pw' } }, '', ['https://:pw@h.example/a']],
    ["Poetry's variables", 'uv', { variables: { UV_INDEX: 'corp=https://h.example/a', POETRY_HTTP_BASIC_CORP_USERNAME: 'me', POETRY_HTTP_BASIC_CORP_PASSWORD: 'pw' } }, '', ['https://pypi.org/simple', 'https://me:pw@h.example/a']],
    ['a default of the project', 'uv', { variables: { UV_INDEX_CORP_USERNAME: 'me', UV_INDEX_CORP_PASSWORD: 'pw' } }, '[[index]]\nname = "corp"\nurl = "https://h.example/a"\ndefault = true\n', ['https://me:pw@h.example/a']],
    ['an explicit one of the project', 'uv', {}, '[[index]]\nname = "corp"\nurl = "https://h.example/a"\nexplicit = true\n', ['https://pypi.org/simple']],
    ["the user's own uv.toml", 'uv', { files: { '.config/uv/uv.toml': 'index-url = "https://h.example/a"\nextra-index-url = ["https://h.example/b"]\n' } }, '', ['https://h.example/a', 'https://h.example/b']],
    ['UV_NO_CONFIG', 'uv', { files: { '.config/uv/uv.toml': 'index-url = "https://h.example/a"\n' }, variables: { UV_NO_CONFIG: '1' } }, '', ['https://pypi.org/simple']],
    ['PIP_INDEX_URL', 'pip', { variables: { PIP_INDEX_URL: 'https://h.example/a', UV_DEFAULT_INDEX: 'https://h.example/no' } }, '', ['https://h.example/a']],
    ['pip.conf', 'pip', { files: { '.config/pip/pip.conf': '[global]\nindex-url = https://h.example/a\nextra-index-url =\n  https://h.example/b\n  https://h.example/c\n' } }, '', ['https://h.example/a', 'https://h.example/b', 'https://h.example/c']],
  ]; // prettier-ignore
  test.each(rows)('%s', async (_name, tool, home, resolve, indexes) => {
    const found = await locationsOf(tool, { options: [], uv: { ...uv, resolve } }, await around(home));
    expect(found.indexes).toEqual(indexes);
  });
});

describe('an index behind a login and our own certificate', () => throughToTheIndex(quickTool[0] ?? 'pip'));
