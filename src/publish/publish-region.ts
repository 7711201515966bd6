/** Publishes in one Region: layers, permissions, functions, and last the older versions. */
import pMap from 'p-map';
import { SlimError } from '../errors.js';
import { finding, type Finding } from '../findings/findings.js';
import { attach } from './attach.js';
import { attachCall, deleteCall, newVersion, permissionCall } from './calls.js';
import type { ControlPlane } from './control-plane.js';
import { grantStatement, grantText, missingGrants } from './grants.js';
import { addPermission, deleteVersion, versionNumbers, versionPolicy } from './lambda.js';
import type { AttachedFunction, PublishedLayer, PublishedRegion, StoredObject } from './model.js';
import { payloadAddress, type Shared, type View } from './region.js';
import { nothing, publishOne } from './version.js';

/** How one Region ended: what is done, what is not and why. */
export interface Ended {
  readonly region: PublishedRegion;
  readonly findings: readonly Finding[];
  /** Why layers could not be published. */
  readonly failures: readonly SlimError[];
}

/**
 * Publish every layer; then, when all are there, permissions, functions, and last the older versions.
 * @returns rejects only when stopped, or with our own bug
 */
export async function publishIn(
  view: View,
  shared: Shared,
  stored: ReadonlyMap<string, StoredObject>,
  note: (text: string) => void,
): Promise<Ended> {
  const { plan, request } = shared;
  const { plane, limits } = view;
  const findings: Finding[] = view.functions.flatMap((one) => one.findings);
  const failures: SlimError[] = [];
  let layers: PublishedLayer[] = [];
  for (const layer of plan.layers) {
    try {
      layers.push(await publishOne(layer, view, shared, stored.get(layer.name) ?? null, note));
    } catch (error) {
      const failure = refusal(error, plane);
      failures.push(failure);
      findings.push(
        finding('layer-not-published', {
          ...{ layer: layer.name, region: plane.region, because: wholeOf(failure), hint: failure.hint },
        }),
      );
      layers.push({ ...nothing(layer.name), state: 'failed', stored: stored.get(layer.name) ?? null });
    }
  }
  let functions: readonly AttachedFunction[] = view.functions.map((one) => one.planned);
  if (failures.length > 0) {
    functions = functions.map((one) => (one.state === 'planned' ? { ...one, state: 'failed' } : one));
    return { region: { region: plane.region, limits, layers, functions }, findings, failures };
  }
  const unfinished = (layer: string, what: string, error: unknown): void => {
    const failure = refusal(error, plane);
    const { hint } = failure;
    findings.push(
      finding('layer-not-finished', { layer, region: plane.region, what, because: wholeOf(failure), hint }),
    );
  };
  layers = await pMap(layers, (one) => allow(one, view, shared, unfinished), { concurrency: 1 });
  functions = await attachAll(layers, view, shared, note, findings);
  if (request.keep !== null && functions.some((one) => one.state === 'failed')) {
    // A function cannot be changed any more once a version that it has is gone.
    const waiting = new SlimError('cannot-attach', 'a function may still have one of them.', {
      hint: 'See why the function was not updated.',
    });
    for (const { name } of layers) unfinished(name, 'older versions were not deleted', waiting);
  } else if (request.keep !== null) {
    layers = await pMap(layers, (one) => deleteOld(one, view, shared, unfinished), { concurrency: 1 });
  }
  return { region: { region: plane.region, limits, layers, functions }, findings, failures };
}

/** @throws what AWS is not the cause of, and the signal's reason */
function refusal(error: unknown, { signal }: ControlPlane): SlimError {
  signal.throwIfAborted();
  if (error instanceof SlimError) return error;
  throw error;
}

/** A finding has one sentence: AWS's own words go behind ours. */
const wholeOf = ({ message, details }: SlimError): string => [message, ...details].join(' ');

type Unfinished = (layer: string, what: string, error: unknown) => void;

async function allow(
  layer: PublishedLayer,
  { plane }: View,
  { request, ledger }: Shared,
  unfinished: Unfinished,
): Promise<PublishedLayer> {
  const { name, version } = layer;
  const { region } = plane;
  const allowed: string[] = [];
  if (request.allow.length === 0) return layer;
  try {
    const policy = layer.state === 'reused' ? await versionPolicy(plane, name, version ?? 0) : null;
    for (const grant of missingGrants(request.allow, policy)) {
      const statement = grantStatement(grant);
      const call = permissionCall(region, name, version, statement);
      if (request.dryRun || version === null) ledger.plan(region, call);
      else {
        await ledger.make(
          { region, call, begun: `${grantText(grant)} for ${name} in ${region}` },
          () => addPermission(plane, name, version, statement),
          () => `allowed ${grantText(grant)} to use ${name}:${version} in ${region}`,
        );
      }
      allowed.push(grantText(grant));
    }
  } catch (error) {
    const missing = request.allow.map(grantText).filter((one) => !allowed.includes(one));
    unfinished(name, `${missing.join(', ')} may not use it yet`, error);
  }
  return { ...layer, allowed };
}

async function attachAll(
  layers: readonly PublishedLayer[],
  { plane, functions, bucket }: View,
  { request, plan, ledger }: Shared,
  note: (text: string) => void,
  findings: Finding[],
): Promise<readonly AttachedFunction[]> {
  const own = layers.map(({ name, arn }) => ({ name, arn: arn ?? `${name}:${newVersion}` }));
  const { region } = plane;
  const payload = payloadAddress(plan.payload, bucket);
  return pMap(
    functions,
    async ({ planned }) => {
      const { name } = planned;
      if (planned.state === 'unchanged') return planned;
      if (request.dryRun) {
        ledger.plan(region, attachCall(region, planned));
        return planned;
      }
      const real = planned.layers.map(
        (arn) => own.find((one) => `${one.name}:${newVersion}` === arn)?.arn ?? arn,
      );
      const call = attachCall(region, { ...planned, layers: real });
      try {
        const done = await ledger.make(
          { region, call, begun: `the update of ${name} in ${region}` },
          () => attach(plane, name, own, plan, request.name, payload, note),
          () => `updated ${name} in ${region}`,
        );
        return { ...planned, ...done };
      } catch (error) {
        const failure = refusal(error, plane);
        const { hint } = failure;
        findings.push(finding('function-not-updated', { name, region, because: wholeOf(failure), hint }));
        return { ...planned, state: 'failed' as const };
      }
    },
    { concurrency: 4 },
  );
}

/** All but the newest ones; the version that was just published or reused is among those that stay. */
async function deleteOld(
  layer: PublishedLayer,
  { plane }: View,
  { request, progress, ledger }: Shared,
  unfinished: Unfinished,
): Promise<PublishedLayer> {
  const { name, version } = layer;
  const { region } = plane;
  const deleted: number[] = [];
  try {
    const numbers = (await versionNumbers(plane, name)).filter((one) => one !== version);
    const old = numbers.slice((request.keep ?? 1) - 1).sort((a, b) => a - b);
    if (old.length === 0) return layer;
    // People see which before the first is gone.
    const list = old.map((number) => `${name}:${number}`).join(', ');
    progress.start('older versions').end(`${list} (${region})`);
    for (const number of old) {
      const call = deleteCall(region, name, number);
      if (request.dryRun) ledger.plan(region, call);
      else {
        await ledger.make(
          { region, call, begun: `deletion of ${name}:${number} in ${region}` },
          () => deleteVersion(plane, name, number),
          () => `deleted ${name}:${number} in ${region}`,
        );
      }
      deleted.push(number);
    }
  } catch (error) {
    unfinished(name, 'older versions are still there', error);
  }
  return { ...layer, deleted };
}
