/** Where secrets come from, an index over HTTP that has all its ways to fail, and tools that tell everybody all they were given. */
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { folder, wheels } from './helper.js';

export const secret = 'Zq7-hidden-pw';
/** Random enough to be known for a token wherever it stands. */
export const token = `${secret}Ab3dE5fG7hI9`;
/** Everything by which one could still tell it. */
export const traces = /Zq7-hidden|Zq7%2Dhidden|WnE3LWhpZGRlbi|hidden-pw/i;

export interface Source {
  readonly lines?: string;
  /** Files of the project. */
  readonly file?: Readonly<Record<string, string>>;
  /** Files of the user's home. */
  readonly home?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** It is refused before any tool runs, in words of our own; a switched-off redactor changes nothing. */
  readonly refused?: boolean;
  /** Only these tools know of it. */
  readonly tools?: readonly Tool[];
}
export type Tool = 'uv' | 'pip' | 'docker';

const project = (text: string): string =>
  `[project]\nname = "p"\nversion = "1"\ndependencies = ["slim-plain"]\n${text}`;
const base64 = Buffer.from(`me:${secret}`).toString('base64');

/** @param at host, port and perhaps a folder: a server of ours */
export function sourcesAt(at: string): Readonly<Record<string, Source>> {
  const login = `http://me:${secret}@${at}/simple`;
  const plain = 'slim-plain\n';
  const lines = (text: string): Source => ({ lines: `${text}\n` });
  const variable = (name: string, value: string, tools?: readonly Tool[]): Source => ({
    lines: `--index-url http://${at}/simple\n${plain}`,
    env: { [name]: value },
    ...(tools === undefined ? {} : { tools }),
  });
  const home = (name: string, text: string, tools?: readonly Tool[]): Source => ({
    lines: `--index-url http://${at}/simple\n${plain}`,
    home: { [name]: text },
    ...(tools === undefined ? {} : { tools }),
  });
  return {
    '-i': lines(`-i ${login}\nslim-plain`),
    '--extra-index-url': lines(`--extra-index-url ${login}\nslim-plain`),
    '--find-links': lines(`-i http://${at}/simple\n--find-links ${login}/\nslim-plain`),
    '-r': { ...lines(`-r ${login}/r.txt`), refused: false },
    '-c': lines(`slim-plain\n-c ${login}/c.txt`),
    'an unescaped /': { ...lines(`-i http://me:x/${secret}@${at}/simple\nslim-plain`), refused: true },
    'an unescaped @': lines(`-i http://me:x@${secret}@${at}/simple\nslim-plain`),
    'a token as the user': lines(`-i http://${token}@${at}/simple\nslim-plain`),
    "a token in an index's path": lines(`-i http://${at}/${token}/simple\nslim-plain`),
    'a variable in a line': {
      ...lines('-i http://me:${PW}@' + `${at}/simple\nslim-plain`),
      env: { PW: secret },
    },
    'a wheel': lines(`x @ http://me:${secret}@${at}/x-1-py3-none-any.whl`),
    'a wheel with a token': lines(`x @ http://${at}/x-1-py3-none-any.whl?token=${token}`),
    'a signed wheel': lines(`x @ http://${at}/x-1-py3-none-any.whl?X-Amz-Signature=${token}&X-Amz-Date=1`),
    'a source archive': lines(`x @ http://me:${secret}@${at}/x-1.tar.gz`),
    'git+http': lines(`x @ git+http://me:${secret}@${at}/x.git@v1`),
    'git+http, a token': lines(`x @ git+http://${token}@${at}/x.git`),
    'git+ssh': { ...lines(`x @ git+ssh://me:${secret}@127.0.0.1:9/x.git`) },
    'a line that is none': lines(`x @@ http://me:${secret}@${at}/x.tar.gz`),
    '--index': { lines: plain, args: ['--index', login] },
    '--upload': { lines: plain, args: ['--upload', `s3://me:${secret}@bucket/key`] },
    'the config file': { lines: plain, file: { 'lambda-slim.json': JSON.stringify({ indexes: [login] }) } },
    LAMBDA_SLIM_INDEXES: { lines: plain, env: { LAMBDA_SLIM_INDEX: login } },
    PIP_INDEX_URL: { lines: plain, env: { PIP_INDEX_URL: login }, tools: ['pip', 'docker'] },
    PIP_EXTRA_INDEX_URL: variable('PIP_EXTRA_INDEX_URL', login, ['pip', 'docker']),
    UV_DEFAULT_INDEX: { lines: plain, env: { UV_DEFAULT_INDEX: login }, tools: ['uv', 'docker'] },
    UV_INDEX: variable('UV_INDEX', `own=${login}`),
    UV_FIND_LINKS: variable('UV_FIND_LINKS', login),
    UV_INDEX_OWN_PASSWORD: {
      lines: plain,
      env: {
        UV_INDEX: `own=http://${at}/simple`,
        UV_INDEX_OWN_USERNAME: 'me',
        UV_INDEX_OWN_PASSWORD: secret,
      },
    },
    'pip.conf': home('.config/pip/pip.conf', `[global]\nextra-index-url = ${login}\n`, ['pip', 'docker']),
    'uv.toml': {
      ...lines('slim-plain'),
      file: { 'uv.toml': `[[index]]\nurl = "${login}"\n` },
      tools: ['uv'],
    },
    "uv's index": {
      file: { 'pyproject.toml': project(`[[tool.uv.index]]\nname = "own"\nurl = "${login}"\n`) },
      tools: ['uv'],
    },
    "Poetry's source": {
      file: { 'pyproject.toml': project(`[[tool.poetry.source]]\nname = "own"\nurl = "${login}"\n`) },
    },
    "PDM's source": {
      file: { 'pyproject.toml': project(`[[tool.pdm.source]]\nname = "pypi"\nurl = "${login}"\n`) },
    },
    'pylock.toml': {
      file: {
        'pylock.toml': `lock-version = "1.0"\n[[packages]]\nname = "slim-plain"\nversion = "1.0"\nindex = "${login}"\n[[packages.wheels]]\nurl = "http://me:${secret}@${at}/slim_plain-1.0-py3-none-any.whl"\nhashes = {sha256 = "${'0'.repeat(64)}"}\n`,
      },
    },
    netrc: home('.netrc', `machine 127.0.0.1 login me password ${secret}\n`),
    'a token of CodeArtifact': variable('CODEARTIFACT_AUTH_TOKEN', token),
    'a session of AWS': variable('AWS_SESSION_TOKEN', `IQoJ${token}/+=`),
    'a key of AWS': variable('AWS_SECRET_ACCESS_KEY', token),
    DOCKER_HOST: variable('DOCKER_HOST', `ssh://me:${secret}@127.0.0.1:9`, ['docker']),
    'docker login': home('.docker/config.json', JSON.stringify({ auths: { 'r.example': { auth: base64 } } })),
    DOCKER_AUTH_CONFIG: variable('DOCKER_AUTH_CONFIG', JSON.stringify({ auths: { r: { auth: base64 } } })),
    'a proxy': variable('HTTPS_PROXY', `http://me:${secret}@127.0.0.1:9`),
    'a proxy without a scheme': variable('https_proxy', `me:${secret}@127.0.0.1:9`),
    '.git-credentials': home('.git-credentials', `http://me:${secret}@h.example\n`),
    "Poetry's login": variable('POETRY_HTTP_BASIC_OWN_PASSWORD', secret),
    GITHUB_TOKEN: variable('GITHUB_TOKEN', token),
  };
}

/** A project and a home that have the source, and a cache of its own. */
export async function placed({ lines, file = {}, home = {}, env = {} }: Source): Promise<{
  readonly cwd: string;
  readonly cache: string;
  readonly env: Readonly<Record<string, string>>;
}> {
  const own = await folder(home);
  const cwd = await folder({ ...(lines === undefined ? {} : { 'requirements.txt': lines }), ...file });
  const quick = { PIP_RETRIES: '0', PIP_DEFAULT_TIMEOUT: '1', UV_HTTP_TIMEOUT: '1', UV_HTTP_RETRIES: '0' };
  const config = { PIP_CONFIG_FILE: path.join(own, 'none'), GIT_CONFIG_NOSYSTEM: '1' };
  return { cwd, cache: path.join(cwd, 'cache'), env: { HOME: own, ...quick, ...config, ...env } };
}

/** Everything below a folder, archives too, as text. */
export async function textsIn(place: string): Promise<string> {
  const names = await readdir(place, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = names.filter((one) => one.isFile());
  const texts = await Promise.all(
    files.map((one) => readFile(path.join(one.parentPath, one.name), 'latin1').catch(() => '')),
  );
  return [...names.map((one) => one.name), ...texts].join('\n');
}

/**
 * An index that answers below `/401`, `/404`, `/500` and `/hang` as their names say, telling what it was asked; elsewhere it has the
 * fixture wheels for everybody who has a login, or whose path has the token.
 */
export async function startIndex(): Promise<{
  readonly host: string;
  readonly stop: () => Promise<void>;
  readonly logins: () => readonly string[];
}> {
  const files = (await readdir(wheels)).filter((name) => name.endsWith('.whl'));
  const logins: string[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    const { authorization = '' } = request.headers;
    if (authorization !== '') logins.push(authorization);
    const [, mode = ''] = /^\/(401|403|404|500|hang)\//.exec(url) ?? [];
    if (mode === 'hang') return;
    const echo = `you asked ${url} with ${authorization} ${Buffer.from(authorization.slice(6), 'base64').toString()}`;
    const known = authorization !== '' || url.includes(secret);
    if (mode !== '' || !known) {
      const status = mode === '' ? 401 : Number(mode);
      response
        .writeHead(status, { 'www-authenticate': 'Basic realm="x"', 'content-type': 'text/plain' })
        .end(echo);
      return;
    }
    const name = path.basename(decodeURIComponent(url.replace(/[?#].*/, '')));
    if (files.includes(name)) {
      void readFile(path.join(wheels, name)).then((bytes) => response.end(bytes));
      return;
    }
    const wanted = files.filter((file) => file.split('-')[0]?.replaceAll('_', '-') === name);
    if (wanted.length === 0) {
      response.writeHead(404).end(echo);
      return;
    }
    response.setHeader('content-type', 'text/html');
    // With its own address, as some indexes do.
    response.end(
      wanted.map((file) => `<a href="${url.replace(/[^/]*\/?$/, '')}${file}">${file}</a>`).join('\n'),
    );
  });
  // Without any test there is nobody who stops it.
  server.unref().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    logins: () => logins,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** All that a program has: variables, arguments, the files that these name, and what lies in the home. */
const tell = `{ env; echo "$0 $*"
for one in "$@"; do
  case "$one" in *source=*) one=$(printf %s "$one" | sed 's/.*source=\\([^,"]*\\).*/\\1/');; esac
  if [ -d "$one" ]; then cat "$one"/*.txt "$one"/*.toml; elif [ -f "$one" ]; then cat "$one"; fi
done
cat "$HOME/.netrc" "$HOME/.git-credentials" "$HOME/.docker/config.json" "$HOME/.config/pip/pip.conf" uv.toml "$UV_CONFIG_FILE"
} 2>/dev/null >&3; exit 1`;

/**
 * A folder of programs that fail and tell everybody all they have: uv, `python3 -m pip`, git and docker.
 * @returns its path
 */
export async function talkative(): Promise<string> {
  const place = path.join(await folder(), 'bin');
  await mkdir(place);
  const engine = JSON.stringify({ ServerVersion: '28.1.0', ClientInfo: {}, SecurityOptions: [] });
  const programs = {
    uv: `[ "$1" = --version ] && { echo 'uv 0.13.8'; exit 0; }\n${tell}`,
    python3: `case "$*" in *--version*) echo 'pip 25.0 from /x (python 3.13)'; exit 0;; esac\n${tell}`,
    git: tell,
    docker: `case "$1" in info) echo '${engine}'; exit 0;; image) echo '[{"Id":"sha256:abc","Architecture":"amd64"}]'; exit 0;; rm|ps) exit 0;; esac\n${tell}`,
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(path.join(place, name), `#!/bin/sh\nexec 3>&2\n${text}\n`);
    await chmod(path.join(place, name), 0o755);
  }
  return place;
}
