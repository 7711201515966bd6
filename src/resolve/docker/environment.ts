/**
 * What of the host's settings reaches the build container: indexes, credentials, proxies, the CA bundle.
 *
 * Files are mounted read-only, never copied, so that no secret is stored; values that may hold one are handed over by
 * name (see container/plan.ts). Pure: the caller reads pip's configuration and tells which paths exist.
 */
import type { Mount } from '../../container/plan.js';
import { pathInside } from '../../container/plan.js';
import type { Environment } from '../../model.js';
import { indexWithLogin } from '../secrets.js';

export interface HostFacts {
  readonly environment: Environment;
  /** Settings of the user's pip.conf as `PIP_…` names; the environment wins over them. */
  readonly pipConfig: Readonly<Record<string, string>>;
  /** Texts of requirements files: `${NAME}` in them is read from the environment. */
  readonly requirementTexts: readonly string[];
  /** The caller's home folder, where `.netrc` may be; null when unknown. */
  readonly home: string | null;
  readonly exists: (file: string) => boolean;
}

export interface ContainerEnvironment {
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Certificates and the like. */
  readonly mounts: readonly Mount[];
  /** Existing local indexes and folders of wheels that variables name. */
  readonly localPaths: readonly string[];
  readonly hostNetwork: boolean;
}

/** pip options that mean the same inside a container; those that name places or interpreters of the host do not. */
const pipOptions = [
  'CONFIG_SETTINGS',
  'DEFAULT_TIMEOUT',
  'EXTRA_INDEX_URL',
  'FIND_LINKS',
  'GLOBAL_OPTION',
  'INDEX_URL',
  'NO_BINARY',
  'NO_BUILD_ISOLATION',
  'NO_INDEX',
  'ONLY_BINARY',
  'PRE',
  'PROXY',
  'REQUIRE_HASHES',
  'RETRIES',
  'TIMEOUT',
  'TRUSTED_HOST',
  'UPLOADED_PRIOR_TO',
];

const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'];
const alsoLowerCase = (names: readonly string[]): readonly string[] =>
  names.flatMap((name) => [name, name.toLowerCase()]);

/** uv's options about indexes and their credentials, and versions that source archives without git need. */
const otherNames =
  /^(?:UV_(?:DEFAULT_INDEX|INDEX.*|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|INSECURE_HOST|HTTP_TIMEOUT|EXCLUDE_NEWER|PRERELEASE)|SETUPTOOLS_SCM_PRETEND_VERSION.*|PBR_VERSION)$/;

/** Programs' names for a CA bundle, the most telling one first. */
const bundleNames = ['PIP_CERT', 'REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE', 'CURL_CA_BUNDLE'];

/** Folder in the container below which single files of the host appear. */
export const hostFiles = '/lambda-slim/host';

/** Choose what reaches the container. Pure. */
export function containerEnvironment(facts: HostFacts): ContainerEnvironment {
  const { environment, exists } = facts;
  const secrets: Record<string, string> = {};
  const put = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') secrets[name] = value;
  };
  for (const name of pipOptions.map((option) => `PIP_${option}`)) {
    put(name, environment[name] ?? facts.pipConfig[name]);
  }
  for (const [name, value] of Object.entries(indexesOfUv(environment))) {
    if (secrets[name] === undefined) put(name, value);
  }
  for (const name of alsoLowerCase(proxies)) put(name, environment[name]);
  for (const name of Object.keys(environment)) if (otherNames.test(name)) put(name, environment[name]);
  for (const name of namesIn(facts.requirementTexts)) put(name, environment[name]);

  const files = mountedFiles(facts);
  const indexes = [secrets['PIP_INDEX_URL'], secrets['PIP_EXTRA_INDEX_URL'], secrets['PIP_FIND_LINKS']]
    .filter((value) => value !== undefined)
    .flatMap((value) => value.split(/\s+/));
  const local = [...indexes, ...(secrets['UV_FIND_LINKS'] ?? '').split(',')]
    .map(localPath)
    .filter((one): one is string => one !== null && exists(one));
  const named = facts.requirementTexts.flatMap((text) =>
    [...text.matchAll(/^--(?:extra-)?index-url (\S+)|^--find-links (\S+)/gm)].map(
      ([, index, links]) => index ?? links ?? '',
    ),
  );
  const routes = [...alsoLowerCase(proxies.slice(0, 3)).map((name) => secrets[name] ?? ''), ...indexes];
  return {
    settings: files.settings,
    secrets,
    mounts: files.mounts,
    localPaths: local,
    hostNetwork: [...routes, ...named, secrets['PIP_PROXY'] ?? ''].some(isLoopback),
  };
}

/** Certificates and `.netrc`, each mounted once; variables point to where they are inside. */
function mountedFiles(facts: HostFacts): Pick<ContainerEnvironment, 'settings' | 'mounts'> {
  const settings: Record<string, string> = {};
  const mounts = new Map<string, Mount>();
  const inside = (source: string, name: string): string => {
    const target = mounts.get(source)?.target ?? `${hostFiles}/${name}`;
    mounts.set(source, { source, target, writable: false });
    return target;
  };
  const valueOf = (name: string): string | undefined => {
    const value = facts.environment[name] ?? facts.pipConfig[name];
    return value !== undefined && value !== '' && facts.exists(value) ? value : undefined;
  };
  const bundle = bundleNames.map(valueOf).find((value) => value !== undefined);
  if (bundle !== undefined) {
    for (const name of bundleNames) {
      settings[name] = inside(valueOf(name) ?? bundle, `ca-${name.toLowerCase()}.pem`);
    }
  }
  const certificate = valueOf('PIP_CLIENT_CERT');
  if (certificate !== undefined) settings['PIP_CLIENT_CERT'] = inside(certificate, 'client.pem');
  const constraints = valueOf('PIP_CONSTRAINT');
  if (constraints !== undefined) settings['PIP_CONSTRAINT'] = inside(constraints, 'constraints.txt');
  const netrc = facts.environment['NETRC'] ?? (facts.home === null ? undefined : `${facts.home}/.netrc`);
  if (netrc !== undefined && facts.exists(netrc)) settings['NETRC'] = inside(netrc, 'netrc');
  return { settings, mounts: [...mounts.values()] };
}

/** uv's indexes in pip's words, with the credentials of named indexes put into their URLs. */
function indexesOfUv(environment: Environment): Readonly<Record<string, string>> {
  const extra = (environment['UV_INDEX'] ?? '').split(/\s+/).filter((one) => one !== '');
  const urls = [
    ...extra.map((one) => withCredentials(one, environment)),
    environment['UV_EXTRA_INDEX_URL'] ?? '',
  ];
  const first = environment['UV_DEFAULT_INDEX'] ?? environment['UV_INDEX_URL'];
  return {
    ...(first === undefined ? {} : { PIP_INDEX_URL: withCredentials(first, environment) }),
    PIP_EXTRA_INDEX_URL: urls.filter((one) => one !== '').join(' '),
    PIP_FIND_LINKS: (environment['UV_FIND_LINKS'] ?? '').split(',').join(' '),
  };
}

/** `name=https://…` or a bare URL; a name has its credentials in `UV_INDEX_NAME_USERNAME` and `…_PASSWORD`. */
function withCredentials(index: string, environment: Environment): string {
  const named = /^([A-Za-z0-9._-]+)=(.*)$/.exec(index);
  const [name, address] = [named?.[1], named?.[2]];
  if (name === undefined || address === undefined) return index;
  return indexWithLogin(name, address, environment);
}

/** Variables that requirement lines name: pip replaces `${NAME}` with capital letters only. */
function namesIn(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => [...text.matchAll(/\$\{([A-Z0-9_]+)\}/g)].map((match) => match[1] ?? ''));
}

/** The path of a local folder or `file://` URL; null for anything remote. */
export function localPath(value: string): string | null {
  if (value.startsWith('file://')) {
    try {
      return decodeURIComponent(new URL(value).pathname);
    } catch {
      return null;
    }
  }
  return value.startsWith('/') || pathInside(value) !== value ? value : null;
}

function isLoopback(value: string): boolean {
  const text = value.includes('://') ? value : `http://${value}`;
  if (value === '' || !URL.canParse(text)) return false;
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(text).hostname);
}
