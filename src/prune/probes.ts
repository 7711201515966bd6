/** Runs `templates/probe.py` over a tree: one fresh interpreter for each group, so that a crash loses only its group. */
import { availableParallelism } from 'node:os';
import pMap from 'p-map';
import type { Interpreter } from '../io/interpreter.js';
import { templatePath } from '../io/templates.js';

/** What is missing, as far as the error tells. Paths are relative to the tree. */
export type Missing = { readonly module: string } | { readonly file: string } | { readonly library: string };

export type ProbeKind = 'module' | 'probe' | 'metadata' | 'dlopen';

export interface ProbeAnswer {
  readonly kind: ProbeKind;
  /** Module, recipe or distribution name, or path. */
  readonly name: string;
  readonly ok: boolean;
  /** Wall time. */
  readonly ms: number;
  /** `ModuleNotFoundError: No module named 'x'`; only when it failed. */
  readonly error?: string;
  readonly missing?: Missing | null;
}

/** What one fresh interpreter does, in this order: import modules, run probes, ask for versions, load shared objects. */
export interface ProbeGroup {
  /** The distribution that it is about. */
  readonly name: string;
  readonly modules: readonly string[];
  readonly probes: readonly { readonly recipe: string; readonly code: string }[];
  /** Names that `importlib.metadata.version` must answer for. */
  readonly metadata: readonly string[];
  readonly dlopen?: readonly string[];
}

export interface GroupAnswer {
  readonly group: string;
  readonly answers: readonly ProbeAnswer[];
  /** Files of the tree that were opened or loaded, sorted. */
  readonly touched: readonly string[];
}

export interface ProbeOptions {
  readonly interpreter: Interpreter;
  /** Absolute path of what Lambda (or another layer) brings besides the tree; null for nothing. */
  readonly provided: string | null;
  /** An empty folder that the probed code may write into. */
  readonly home: string;
  readonly signal?: AbortSignal | undefined;
  readonly advance?: () => void;
}

/** Importing TensorFlow takes about ten seconds on a slow disk; a probe that needs this long hangs. */
const groupTimeout = 300_000;

/** @returns one answer for each group, in order; what a crashed or hung process did not answer is a failure by name */
export async function runProbes(
  root: string,
  groups: readonly ProbeGroup[],
  options: ProbeOptions,
): Promise<readonly GroupAnswer[]> {
  return pMap(
    groups,
    async (group) => {
      const answer = await runGroup(root, group, options);
      options.advance?.();
      return answer;
    },
    { concurrency: Math.max(2, availableParallelism()) },
  );
}

async function runGroup(root: string, group: ProbeGroup, options: ProbeOptions): Promise<GroupAnswer> {
  const { interpreter, provided, home, signal } = options;
  const { modules, probes, metadata, dlopen = [] } = group;
  const result = await interpreter.run(['-I', '-S', '-B', templatePath('probe.py')], {
    input: JSON.stringify({ root, provided, modules, probes, metadata, dlopen }),
    env: lambdaLike(home),
    timeout: groupTimeout,
    ...(signal === undefined ? {} : { signal }),
  });
  const lines = result.stdout.split('\n').flatMap(parseLine);
  const answers = lines.flatMap((line) => (line.kind === 'touched' ? [] : [line]));
  const touched = lines.flatMap((line) => (line.kind === 'touched' ? line.files : []));
  const ended = result.timedOut
    ? `did not end within ${groupTimeout / 1000} s`
    : result.signal === null
      ? `ended with exit code ${result.exitCode ?? 'unknown'}: ${result.stderr.trim().split('\n').at(-1) ?? ''}`
      : `was ended by ${result.signal}`;
  return {
    group: group.name,
    answers: [
      ...answers,
      ...unanswered(group, answers).map((one) => ({
        ...one,
        ok: false,
        ms: 0,
        error: `The interpreter ${ended}`,
        missing: null,
      })),
    ],
    touched: [...new Set(touched)].sort(),
  };
}

function unanswered(
  group: ProbeGroup,
  answers: readonly ProbeAnswer[],
): readonly Pick<ProbeAnswer, 'kind' | 'name'>[] {
  const asked: Pick<ProbeAnswer, 'kind' | 'name'>[] = [
    ...group.modules.map((name) => ({ kind: 'module' as const, name })),
    ...group.probes.map(({ recipe }) => ({ kind: 'probe' as const, name: recipe })),
    ...group.metadata.map((name) => ({ kind: 'metadata' as const, name })),
    ...(group.dlopen ?? []).map((name) => ({ kind: 'dlopen' as const, name })),
  ];
  return asked.filter(
    ({ kind, name }) => !answers.some((answer) => answer.kind === kind && answer.name === name),
  );
}

type Line = ProbeAnswer | { readonly kind: 'touched'; readonly files: readonly string[] };

function parseLine(line: string): readonly Line[] {
  try {
    return [JSON.parse(line) as Line];
  } catch {
    // The last line of a process that died.
    return [];
  }
}

/** As Lambda sets it, as far as packages look at it. */
function lambdaLike(home: string): Record<string, string> {
  return {
    HOME: home,
    TMPDIR: home,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: 'probe',
    AWS_EC2_METADATA_DISABLED: 'true',
    PYTHONHASHSEED: '0',
  };
}
