import { describe, expect, test } from '@jest/globals';
import { containerEnvironment, localPath } from '../../../src/resolve/docker/environment.js';
import { parsePipConfig, pipConfigFiles } from '../../../src/resolve/docker/pip-config.js';

function with_(
  environment: Record<string, string>,
  more: { pipConfig?: Record<string, string>; texts?: string[]; missing?: string[] } = {},
) {
  return containerEnvironment({
    environment,
    pipConfig: more.pipConfig ?? {},
    requirementTexts: more.texts ?? [],
    home: '/home/me',
    exists: (file) => !['/home/me/.netrc', ...(more.missing ?? [])].includes(file),
  });
}

describe('values that may be secret', () => {
  test.each([
    [
      'proxies, both cases',
      { HTTPS_PROXY: 'http://u:p@proxy', no_proxy: 'a' },
      { HTTPS_PROXY: 'http://u:p@proxy', no_proxy: 'a' },
    ],
    ['indexes', { PIP_INDEX_URL: 'https://u:p@i' }, { PIP_INDEX_URL: 'https://u:p@i' }],
    [
      'places of the host do not',
      { PIP_USER: '1', PIP_TARGET: '/x', PIP_CACHE_DIR: '/y', HOME: '/z', PATH: '/q' },
      {},
    ],
    ['cloud credentials do not', { AWS_SECRET_ACCESS_KEY: 'x' }, {}],
    ['empty ones do not', { HTTP_PROXY: '' }, {}],
    [
      "uv's index in pip's words",
      { UV_INDEX_URL: 'https://i' },
      { UV_INDEX_URL: 'https://i', PIP_INDEX_URL: 'https://i' },
    ],
  ])('%s', (_name, environment, secrets) => {
    expect(with_(environment).secrets).toEqual(secrets);
  });

  test('credentials of a named index are put into its URL', () => {
    const { secrets } = with_({
      UV_INDEX: 'my-own=https://host/simple',
      UV_INDEX_MY_OWN_USERNAME: 'me',
      UV_INDEX_MY_OWN_PASSWORD: 'p@ss',
    });
    expect(secrets['PIP_EXTRA_INDEX_URL']).toBe('https://me:p%40ss@host/simple');
  });

  test('pip.conf counts, the environment wins', () => {
    const pipConfig = { PIP_INDEX_URL: 'https://conf', PIP_TIMEOUT: '5', PIP_USER: 'true' };
    expect(with_({ PIP_TIMEOUT: '9' }, { pipConfig }).secrets).toEqual({
      PIP_INDEX_URL: 'https://conf',
      PIP_TIMEOUT: '9',
    });
  });

  test('variables that requirement lines name', () => {
    const { secrets } = with_({ TOKEN: 't', OTHER: 'o' }, { texts: ['a @ https://${TOKEN}@host/a.whl'] });
    expect(secrets).toEqual({ TOKEN: 't' });
  });
});

describe('files', () => {
  test('one CA bundle serves every program, mounted read-only', () => {
    const { settings, mounts } = with_({ SSL_CERT_FILE: '/etc/ca, x.pem' });
    expect(new Set(Object.values(settings)).size).toBe(1);
    expect(Object.keys(settings)).toEqual([
      'PIP_CERT',
      'REQUESTS_CA_BUNDLE',
      'SSL_CERT_FILE',
      'CURL_CA_BUNDLE',
    ]);
    expect(mounts).toEqual([{ source: '/etc/ca, x.pem', target: settings['PIP_CERT'], writable: false }]);
  });

  test('different bundles stay different', () => {
    const { settings, mounts } = with_({ SSL_CERT_FILE: '/a.pem', PIP_CERT: '/b.pem' });
    const sourceOf = (name: string) => mounts.find((mount) => mount.target === settings[name])?.source;
    expect([sourceOf('PIP_CERT'), sourceOf('SSL_CERT_FILE'), sourceOf('CURL_CA_BUNDLE')]).toEqual([
      '/b.pem',
      '/a.pem',
      '/b.pem',
    ]);
  });

  test('a bundle that is not there is not mounted', () => {
    expect(with_({ SSL_CERT_FILE: '/a.pem' }, { missing: ['/a.pem'] })).toMatchObject({
      settings: {},
      mounts: [],
    });
  });

  test('.netrc is mounted, never copied', () => {
    const { settings, mounts, secrets } = with_({ NETRC: '/home/me/netrc' });
    expect(mounts).toEqual([{ source: '/home/me/netrc', target: settings['NETRC'], writable: false }]);
    expect(secrets).toEqual({});
  });

  test('local indexes and folders of wheels', () => {
    const { localPaths } = with_({
      PIP_FIND_LINKS: '/wheels https://host/x',
      PIP_EXTRA_INDEX_URL: 'file:///my%20index/simple',
      UV_FIND_LINKS: '/a,/b',
    });
    expect(localPaths).toEqual(['/my index/simple', '/wheels', '/a', '/b']);
  });
});

test.each([
  ['http://localhost:3128', true],
  ['127.0.0.1:3128', true],
  ['http://[::1]:80', true],
  ['http://proxy.example:80', false],
  ['', false],
])('a proxy at %p needs the host’s network: %p', (proxy, hostNetwork) => {
  expect(with_({ HTTPS_PROXY: proxy }).hostNetwork).toBe(hostNetwork);
});

test.each([
  ['/wheels', '/wheels'],
  ['file:///a%20b', '/a b'],
  ['https://host', null],
  ['file://%', null],
])('local path of %s', (value, expected) => {
  expect(localPath(value)).toBe(expected);
});

describe('pip.conf', () => {
  test.each([
    ['[global]\nindex-url = https://i\n', { PIP_INDEX_URL: 'https://i' }],
    ['[global]\ntimeout: 5\n[install]\ntimeout=9\n', { PIP_TIMEOUT: '9' }],
    [
      '[global]\nextra-index-url =\n    https://a\n    https://b\n',
      { PIP_EXTRA_INDEX_URL: 'https://a https://b' },
    ],
    ['# x\n; y\n[freeze]\ntimeout = 10\n', {}],
    ['[global]\n--index_url = x\n', { PIP_INDEX_URL: 'x' }],
  ])('%j', (text, expected) => {
    expect(parsePipConfig(text)).toEqual(expected);
  });

  test('PIP_CONFIG_FILE wins, and /dev/null switches all off', () => {
    expect(pipConfigFiles({ HOME: '/h', PIP_CONFIG_FILE: '/own' }).at(-1)).toBe('/own');
    expect(pipConfigFiles({ HOME: '/h', PIP_CONFIG_FILE: '/dev/null' })).toEqual([]);
  });
});
