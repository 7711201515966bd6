/**
 * Runs the steps of a GitHub workflow, and of the action in this repository, on this machine: `run` steps by bash as GitHub's
 * runner calls it, with expressions put in. Steps that use other actions are only told.
 */
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { run } from '../program.js';
import { environment, program } from './helper.js';

export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  readonly run?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly 'working-directory'?: string;
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string | number | boolean }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

export interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

const repository = fileURLToPath(new URL('../../', import.meta.url));
const read = async (file: string): Promise<unknown> =>
  parse(await readFile(path.join(repository, file), 'utf8')) as unknown;

export const action = (await read('action.yml')) as Action;
export const workflow = (await read('templates/github-workflow.yml')) as Workflow;
export const { version } = (await read('package.json')) as { version: string };
/** How a workflow names the action of this repository. */
export const ownAction = `lambda-slim/lambda-slim@v${version}`;

export interface Job {
  readonly cwd: string;
  /** GitHub's own variables. */
  readonly env: Readonly<Record<string, string>>;
  /** `github.token`. */
  readonly token: string;
}

export interface Ran {
  readonly step: string;
  readonly exitCode: number | null;
  readonly output: string;
}

type Values = Readonly<Record<string, string>>;

/** Run a job's steps in order; after one that failed only those with `always()`. */
export async function runJob(steps: readonly Step[], job: Job): Promise<readonly Ran[]> {
  const values: Record<string, string> = { 'github.token': job.token };
  return runSteps(steps, job, values);
}

async function runSteps(steps: readonly Step[], job: Job, values: Record<string, string>): Promise<Ran[]> {
  const ran: Ran[] = [];
  for (const step of steps) {
    const failed = ran.some((one) => one.exitCode !== 0);
    if (failed && step.if !== 'always()') continue;
    if (step.uses === ownAction) {
      const { inner, outputs } = await runAction(step, job, values);
      ran.push(...inner);
      for (const [name, value] of Object.entries(outputs)) {
        values[`steps.${step.id ?? ''}.outputs.${name}`] = value;
      }
    } else if (step.run !== undefined) ran.push(await runStep(step, job, values));
  }
  return ran;
}

async function runAction(
  step: Step,
  job: Job,
  values: Values,
): Promise<{ inner: readonly Ran[]; outputs: Values }> {
  const inside: Record<string, string> = { 'github.token': values['github.token'] ?? '' };
  for (const [name, input] of Object.entries(action.inputs)) {
    const given = step.with?.[name] ?? input.default ?? '';
    inside[`inputs.${name}`] = filled(String(given), values);
  }
  const inner = await runSteps(action.runs.steps, job, inside);
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => [name, filled(value, inside)]);
  return { inner, outputs: Object.fromEntries(outputs) as Values };
}

async function runStep(step: Step, job: Job, values: Record<string, string>): Promise<Ran> {
  const place = await mkdtemp(path.join(environment.HOME ?? '', 'step-'));
  const [script, output] = [path.join(place, 'script.sh'), path.join(place, 'output')];
  await writeFile(script, filled(step.run ?? '', values));
  await writeFile(output, '');
  const own = Object.entries(step.env ?? {}).map(([name, value]) => [name, filled(value, values)]);
  const result = await run('/bin/bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    cwd: path.join(job.cwd, filled(step['working-directory'] ?? '.', values)),
    onlyEnv: true,
    env: {
      ...environment,
      ...job.env,
      ...(Object.fromEntries(own) as Values),
      GITHUB_OUTPUT: output,
      PATH: `${await npxFolder()}:${path.dirname(process.execPath)}:${environment.PATH ?? ''}`,
    },
  });
  for (const [, name = '', value = ''] of (await readFile(output, 'utf8')).matchAll(/^(\w+)=(.*)$/gm)) {
    values[`steps.${step.id ?? ''}.outputs.${name}`] = value;
  }
  return {
    step: step.name ?? step.id ?? '',
    exitCode: result.exitCode,
    output: `${result.stdout}\n${result.stderr}`,
  };
}

/** An output that no step has set is empty; any other unknown name is a mistake. */
function filled(text: string, values: Values): string {
  return text.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_all, name: string) => {
    const value = values[name] ?? (/^steps\.\w+\.outputs\.\w+$/.test(name) ? '' : null);
    if (value === null) throw new Error(`Unknown expression: ${name}`);
    return value;
  });
}

/** An `npx` that has this version of ours, and refuses everything else. */
async function npxFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(environment.HOME ?? '', 'npx-'));
  const file = path.join(folder, 'npx');
  await writeFile(
    file,
    `#!/bin/sh
[ "$1 $2" = "--yes lambda-slim@${version}" ] || { echo "npx $*: not that" >&2; exit 99; }
shift 2
exec '${process.execPath}' '${program}' "$@"
`,
  );
  await chmod(file, 0o755);
  return folder;
}
