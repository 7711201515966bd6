/** From what uv or pip printed to a sentence that says which requirement, what exists, what the target takes, what to do. */
import { SlimError } from '../../errors.js';
import type { RunResult } from '../../io/run.js';
import type { Environment, Target } from '../../model.js';
import type { CollectedInputs } from '../inputs/input-lines.js';
import { splitRequirement } from '../../python/lines.js';
import { normalizeName } from '../../python/names.js';
import { hashMismatch, mismatchIn } from '../mismatch.js';
import { splitCredentials } from '../secrets.js';
import { whyNotInUvStore } from '../uv-store.js';
import { webOf } from '../web.js';
import { filesOf, locationsOf } from './simple-index.js';
import { distributionOf } from './simple-page.js';
import type { Secrets } from '../../text/secrets.js';
import { findPip, lastLines, runTool, type Tool } from '../tools.js';
import { inUsersWords } from '../user-paths.js';
import { chainsTo, conflictIn, needsIn } from './conflict.js';
import { judgeFiles } from './wheel-report.js';

/** What was asked for, as far as an explanation needs it. */
export type ExplainedInputs = Pick<
  CollectedInputs,
  'lines' | 'options' | 'uv' | 'folder' | 'files' | 'asked' | 'written'
>;

export interface Failure {
  readonly result: RunResult;
  readonly inputs: ExplainedInputs;
  readonly target: Target;
  readonly host: { readonly name: 'uv' | 'pip'; readonly tool: Tool };
  readonly environment: Environment;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  /** Absolute. */
  readonly cacheRoot: string;
}

const unreachable =
  /Failed to (?:fetch|download)|error sending request|Connection refused|Max retries exceeded|NewConnectionError|NameResolutionError|dns error|Name or service not known|Temporary failure in name resolution|Network is unreachable|ConnectTimeout|ReadTimeout|Read timed out|Network connectivity is disabled|connection broken by/i;
const refused =
  /\b(401|403)\b.{0,40}(Unauthorized|Forbidden|Client Error|error)|status client error \((401|403)|EOFError: EOF when reading a line/i;
const hashless = /require-hashes|--hash|hashes are required/i;

/** The error for a failed resolve or install. Never throws itself. */
export async function explainFailure(failure: Failure): Promise<SlimError> {
  const { result, secrets } = failure;
  const text = secrets.hide(`${result.stderr}\n${result.stdout}`);
  const copies = { ...failure.inputs, cacheRoot: failure.cacheRoot };
  const details = lastLines(result, secrets).map((line) => inUsersWords(line, copies));
  const mismatch = mismatchIn(text);
  if (mismatch !== null) {
    const { asked } = failure.inputs;
    const name = distributionOf(mismatch.what ?? '') || (splitRequirement(mismatch.what ?? '').name ?? '');
    return hashMismatch(mismatch, chainsTo(normalizeName(name), asked, ''));
  }
  if (refused.test(text)) return loginRefused(text, details, failure);
  const candidates = namedBy(text);
  if (
    unreachable.test(text) &&
    (failure.host.name === 'uv' || /from versions: none/.test(text) || candidates.length === 0)
  ) {
    return new SlimError('index-unreachable', `The package index cannot be reached${hosts(text)}.`, {
      hint: 'Check the network, the proxy (HTTPS_PROXY) and the index URL, then build again.',
      details,
    });
  }
  const conflict = conflictIn(text, failure.inputs.asked);
  if (conflict !== null) {
    const wheelless = await explainPackage(conflict, failure, details, text);
    if (wheelless !== null && ['no-wheel', 'needs-newer-python'].includes(wheelless.code)) return wheelless;
    return new SlimError(
      'resolution-failed',
      `The requirements contradict each other about ${conflict.name}: no version is all that is asked of it.`,
      { hint: 'Loosen or correct one of these lines.', details: conflict.chains },
    );
  }
  for (const candidate of candidates) {
    const error = await explainPackage(candidate, failure, details, text);
    if (error !== null) return error;
  }
  if (hashless.test(text) && /all requirements|must have|have no hash/i.test(text)) {
    return new SlimError('bad-requirements', 'Some requirements have a hash and others have none.', {
      hint: 'Give every requirement a hash (for example "uv pip compile --generate-hashes"), or none.',
      details,
    });
  }
  return new SlimError(
    'resolution-failed',
    `${failure.host.name} found no set of versions that fits together.`,
    {
      hint: 'Loosen or correct the versions that are named above.',
      details,
    },
  );
}

async function loginRefused(
  text: string,
  details: readonly string[],
  { host, environment }: Failure,
): Promise<SlimError> {
  const places = [...text.matchAll(/https?:\/\/[^\s'"`)]+/g)].map(([url]) => splitCredentials(url).address);
  const more = host.name === 'uv' ? await whyNotInUvStore(places, environment) : null;
  return new SlimError('index-unreachable', `The package index refuses the login${hosts(text)}.`, {
    hint: `Give the credentials in the index URL, in ~/.netrc, in a keyring, or in UV_INDEX_<NAME>_USERNAME and _PASSWORD.${more === null ? '' : ` ${more}`}`,
    details,
  });
}

interface Candidate {
  readonly name: string;
  readonly specifier: string;
}

const patterns: readonly RegExp[] = [
  // pip
  /No matching distribution found for ([A-Za-z0-9._-]+)(?:\[[^\]]*\])?([^\s(]*)/g,
  // uv
  /([A-Za-z0-9][A-Za-z0-9._-]*)((?:[<>=!~]=?=?[^\s,]+)(?:,[<>=!~]=?[^\s,]+)*)? (?:has|have) no (?:usable )?wheels/g,
  /([A-Za-z0-9][A-Za-z0-9._-]*)() was not found in /g,
  /there (?:is|are) no versions? of ([A-Za-z0-9][A-Za-z0-9._-]*?)((?:[<>=!~]=?=?[^\s,]+)(?:,[<>=!~]=?[^\s,]+)*)?(?=[\s,])/g,
  // The versions there are what exists, not what is asked for.
  /only (?:the following versions of )?([A-Za-z0-9][A-Za-z0-9._-]*?)()(?:(?:[<>=!~]=?=?[^\s,]+)(?:,[<>=!~]=?[^\s,]+)*)? (?:is|are) available/g,
  // With a constraint on it, pip calls it a conflict that nothing fits.
  /The user requested (?:\(constraint\) )?([A-Za-z0-9][A-Za-z0-9._-]*)()/g,
  /Building source distributions (?:for|is disabled).*?`([A-Za-z0-9][A-Za-z0-9._-]*)()/g,
];

/** Distributions that uv's or pip's message is about, each with the versions that it names. */
export function namedBy(text: string): Candidate[] {
  const joined = text.replace(/\s+/g, ' ');
  const seen = new Map<string, Candidate>();
  for (const pattern of patterns) {
    for (const [, name = '', specifier = ''] of joined.matchAll(pattern)) {
      const key = normalizeName(name);
      if (key !== '' && !seen.has(key)) seen.set(key, { name, specifier: specifier.replace(/[,.]$/, '') });
    }
  }
  return [...seen.values()];
}

async function explainPackage(
  candidate: Candidate,
  failure: Failure,
  details: readonly string[],
  text: string,
): Promise<SlimError | null> {
  const { target, inputs, environment, host } = failure;
  const name = normalizeName(candidate.name);
  const configured = host.name === 'pip' ? await pipConfiguration(failure, host.tool) : [];
  const locations = await locationsOf(host.name, inputs, environment, configured);
  const answer = await filesOf(candidate.name, locations, webOf(failure));
  const { files, silent, reached } = answer;
  if (answer.refused.length > 0)
    return loginRefused(failure.secrets.hide(answer.refused.join(' ')), details, failure);
  if (silent.length > 0) {
    return new SlimError(
      'index-unreachable',
      `The package index cannot be reached${hosts(failure.secrets.hide(silent.join(' ')))}.`,
      {
        hint: 'Check the network, the proxy (HTTPS_PROXY) and the index URL, then build again.',
        details,
      },
    );
  }
  if (!reached) return null;
  const hint = await configurationHint(failure);
  const chains = chainsTo(name, inputs.asked, text);
  if (files.length === 0) {
    return new SlimError('resolution-failed', `No index has a package called "${candidate.name}".`, {
      hint: `${systemPackages.has(name) ? systemHint : 'Check the spelling.'}${hint}`,
      details: chains,
    });
  }
  const asked = inputs.asked.some((one) => one.name === name && !one.constraint);
  const judged = specifiersOf(candidate, inputs, text).map((specifier) =>
    judgeFiles(candidate.name, specifier, files, target, { chains, asked, hint }),
  );
  return judged.find((error) => error !== null) ?? null;
}

/** What Debian and Ubuntu install without any index, so that "pip freeze" of the system's Python names it. */
const systemPackages: ReadonlySet<string> = new Set([
  'command-not-found',
  'distro-info',
  'language-selector',
  'netifaces-plus',
  'python-apt',
  'python-debian',
  'ssh-import-id',
  'systemd-python',
  'ubuntu-advantage-tools',
  'ubuntu-drivers-common',
  'ubuntu-pro-client',
  'ufw',
  'unattended-upgrades',
  'usb-creator',
  'xkit',
]);

const systemHint =
  'It is a part of Debian or Ubuntu, which "pip freeze" of the system\'s Python names: take it out, and freeze in a virtual environment next time.';

/** What the requirements and what needs it say about it; then what the tool's message says, which may be its own conclusion. */
function specifiersOf(candidate: Candidate, inputs: ExplainedInputs, text: string): readonly string[] {
  const name = normalizeName(candidate.name);
  const known = [...inputs.asked, ...needsIn(text)].filter((one) => one.name === name);
  const said = known.map(({ specifier }) => specifier).filter((specifier) => specifier !== '');
  return [...new Set([...(known.length > 0 ? [[...new Set(said)].join(',')] : []), candidate.specifier])];
}

/** uv does not read pip's configuration: packages that only pip would find are the usual surprise. */
async function configurationHint(failure: Failure): Promise<string> {
  if (failure.host.name !== 'uv') return '';
  const pip = await findPip(failure.environment, failure.signal);
  const configured = pip === null ? [] : await pipConfiguration(failure, pip);
  const named = configured.map(([key]) => key.replace(/^.*\./, '').replaceAll('_', '-'));
  const keys = [...new Set(named)].filter((key) => /^(extra-)?index-url$|^find-links$/.test(key));
  return keys.length === 0
    ? ''
    : ` pip is configured with ${keys.join(' and ')}, which uv does not read: name them in the requirements (--extra-index-url, --find-links), or build with --resolver pip.`;
}

async function pipConfiguration(failure: Failure, pip: Tool): Promise<(readonly [string, string])[]> {
  const result = await runTool(pip, ['config', 'list'], {
    environment: failure.environment,
    secrets: failure.secrets,
    signal: failure.signal,
    cwd: failure.inputs.folder,
    onErrorLine: () => {},
    onOutputLine: () => {},
  });
  return [...result.stdout.matchAll(/^(\S+?)=(['"])(.*)\2$/gm)].map(
    ([, key = '', , value = '']) => [key, value.replaceAll('\\n', ' ')] as const,
  );
}

function hosts(text: string): string {
  const found = [...text.matchAll(/https?:\/\/(?:\*{4}@)?([A-Za-z0-9.-]+(?::\d+)?)/g)].map(
    (match) => match[1],
  );
  const pip = [...text.matchAll(/host='([^']+)'(?:, port=(\d+))?/g)].map(([, host, port]) =>
    port === undefined || port === '443' ? host : `${host}:${port}`,
  );
  const unique = [...new Set([...pip, ...found])].filter(
    (host) => host !== undefined && !/docs?\.|pip\.pypa\.io/.test(host),
  );
  return unique.length === 0 ? '' : ` (${unique.slice(0, 3).join(', ')})`;
}
