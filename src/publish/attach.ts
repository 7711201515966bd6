/** Gives layer versions to functions: looks and checks first, updates later. */
import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { SlimError } from '../errors.js';
import { finding, type Finding } from '../findings/findings.js';
import { limits } from '../limits.js';
import { withRemoteZip } from '../pack/zip/contents.js';
import {
  checkTogether,
  planAttachment,
  type Attachment,
  type FunctionView,
  type OwnLayer,
  type SizedPart,
} from './attach-plan.js';
import type { ControlPlane } from './control-plane.js';
import { isBusy, isNetwork, readAwsError } from '../aws/failure.js';
import { functionConfiguration, functionDetails, layerLocation, updateFunction } from './lambda.js';
import { explainLambda } from './lambda-failure.js';
import type { AccountLimits, AttachedFunction, PublicationPlan } from './model.js';

/** What is known of a function before anything changes. */
export interface LookedAt {
  readonly view: FunctionView;
  /** What it would have; ours stand as they would be then. */
  readonly planned: AttachedFunction;
  readonly findings: readonly Finding[];
}

/**
 * Read the function and what it has, and refuse what Lambda would refuse. Changes nothing.
 * @param own with the ARNs that they have, or will have
 * @param payload what the function must be told; null for nothing
 * @throws SlimError `aws-refused`, `no-credentials`, `aws-unreachable`, `bad-archive`, `cannot-attach`,
 *   `does-not-fit`
 */
export async function lookAtFunction(
  plane: ControlPlane,
  name: string,
  own: readonly OwnLayer[],
  plan: PublicationPlan,
  baseName: string,
  payload: string | null,
  { unzipped }: AccountLimits,
): Promise<LookedAt> {
  const view = viewOf(await functionConfiguration(plane, name), name);
  const attachment = planAttachment(view, own, plan, baseName, payload);
  const { region } = plane;
  const code = await codeOf(plane, name);
  const layers = await Promise.all(attachment.others.map((arn) => layerSize(plane, arn)));
  const parts: readonly Looked[] = [code, ...layers];
  const unzippedBytes = checkTogether(
    name,
    [...parts, ...plan.layers.map((one) => ({ what: `${one.name} (this build)`, bytes: one.unzippedBytes }))],
    unzipped,
    region,
  );
  const { changed, ephemeralStorage, leftOver } = attachment;
  return {
    view,
    planned: {
      name,
      state: changed ? 'planned' : 'unchanged',
      layers: attachment.layers,
      ephemeralStorage,
      payload: toldOf(attachment),
      unzippedBytes,
    },
    findings: [
      ...parts.flatMap(({ what, because }) =>
        because === null ? [] : [finding('attached-size-not-known', { name, region, what, because })],
      ),
      ...(code.stack === null ? [] : [finding('function-in-stack', { name, region, stack: code.stack })]),
      ...(plan.nested && view.variables?.PYTHONPATH !== undefined
        ? [finding('attached-python-path', { name, region })]
        : []),
      ...(leftOver.length > 0 ? [finding('other-parts-attached', { name, region, layers: leftOver })] : []),
    ],
  };
}

/** Without the function's other variables. */
function toldOf({ payload }: Attachment): AttachedFunction['payload'] {
  return payload === null
    ? null
    : { from: payload.from, to: payload.to, alone: Object.keys(payload.variables).length === 1 };
}

interface Looked extends SizedPart {
  /** Why it is not known. */
  readonly because: string | null;
}

/** Its code's size, and the stack that it belongs to. */
async function codeOf(
  plane: ControlPlane,
  name: string,
): Promise<Looked & { readonly stack: string | null }> {
  const what = 'the code';
  try {
    const { Code, Tags } = await functionDetails(plane, name);
    const stack = Tags?.['aws:cloudformation:stack-name'] ?? null;
    return { ...(await zipSize(plane, what, Code?.Location ?? null)), stack };
  } catch (error) {
    return { what, bytes: null, because: reason(error, plane), stack: null };
  }
}

async function layerSize(plane: ControlPlane, arn: string): Promise<Looked> {
  try {
    return await zipSize(plane, arn, await layerLocation(plane, arn));
  } catch (error) {
    return { what: arn, bytes: null, because: reason(error, plane) };
  }
}

/** AWS tells only the zipped size, so the zip's directory is read. */
async function zipSize(plane: ControlPlane, what: string, address: string | null): Promise<Looked> {
  if (address === null || !/^https?:/.test(address)) {
    return { what, bytes: null, because: 'AWS gives no address for it.' };
  }
  try {
    const bytes = await withRemoteZip(address, plane.signal, ({ files }) =>
      Promise.resolve(files.reduce((sum, file) => sum + file.bytes, 0)),
    );
    return { what, bytes, because: null };
  } catch (error) {
    plane.signal.throwIfAborted();
    return { what, bytes: null, because: `its zip cannot be read (${(error as Error).message}).` };
  }
}

/** @throws what is no refusal of AWS's */
function reason(error: unknown, { signal }: ControlPlane): string {
  signal.throwIfAborted();
  if (error instanceof SlimError && error.code === 'aws-refused') return error.message;
  throw error;
}

/** How long an update may take, in steps of at most `pollMs`; functions in a VPC need minutes. */
const polls = 200;
const pollMs = 1500;
/** Others may change the function at the same time. */
const attempts = 4;

/**
 * Update it, and wait until it is done. What somebody else changed meanwhile is kept: then it is planned anew.
 * @param own with their ARNs
 * @throws SlimError `aws-refused`, `aws-unreachable`, `no-credentials`, `does-not-fit`, `cannot-attach`
 */
export async function attach(
  plane: ControlPlane,
  name: string,
  own: readonly OwnLayer[],
  plan: PublicationPlan,
  baseName: string,
  payload: string | null,
  note: (text: string) => void,
): Promise<Pick<AttachedFunction, 'state' | 'layers' | 'ephemeralStorage' | 'payload'>> {
  for (let attempt = 1; ; attempt++) {
    const view = viewOf(await settled(plane, name, note, 'others'), name);
    const planned = planAttachment(view, own, plan, baseName, payload);
    const { layers, ephemeralStorage } = planned;
    const then = { layers, ephemeralStorage, payload: toldOf(planned) };
    if (!planned.changed) return { state: attempt === 1 ? 'unchanged' : 'updated', ...then };
    try {
      await updateFunction(plane, {
        FunctionName: name,
        Layers: [...layers],
        ...(ephemeralStorage === null ? {} : { EphemeralStorage: { Size: ephemeralStorage.to } }),
        ...(planned.payload === null ? {} : { Environment: { Variables: { ...planned.payload.variables } } }),
        ...(view.revision === null ? {} : { RevisionId: view.revision }),
      });
    } catch (error) {
      plane.signal.throwIfAborted();
      if (attempt < attempts && isWorthAnother(error)) continue;
      throw explainLambda(error, {
        subject: `the function ${name}`,
        region: plane.region,
        actions: ['lambda:UpdateFunctionConfiguration', 'lambda:GetLayerVersion'],
      });
    }
    await settled(plane, name, note, 'ours');
    return { state: 'updated', ...then };
  }
}

/** Somebody else was faster, or the answer was lost: the function is read again then. */
function isWorthAnother(error: unknown): boolean {
  const said = readAwsError(error);
  return (
    /^(?:PreconditionFailed|ResourceConflict)/.test(said.name) ||
    (said.status === null ? isNetwork(said) : isBusy(said))
  );
}

/**
 * Wait until no update is going on.
 * @throws SlimError `aws-refused` when it was ours and failed, `aws-unreachable` when it takes too long
 */
async function settled(
  plane: ControlPlane,
  name: string,
  note: (text: string) => void,
  whose: 'ours' | 'others',
): Promise<FunctionConfiguration> {
  for (let poll = 1; poll <= polls; poll++) {
    const configuration = await functionConfiguration(plane, name);
    const { State, LastUpdateStatus, LastUpdateStatusReason, LastUpdateStatusReasonCode } = configuration;
    if (LastUpdateStatus === 'Failed' && whose === 'ours') {
      throw new SlimError(
        'aws-refused',
        `Lambda could not update the function ${name} in ${plane.region}: ${LastUpdateStatusReason ?? 'it does not say why'}`,
        {
          hint: 'It runs as it did before. Remove the cause, then run it again.',
          details: LastUpdateStatusReasonCode === undefined ? [] : [LastUpdateStatusReasonCode],
        },
      );
    }
    if (State !== 'Pending' && LastUpdateStatus !== 'InProgress') return configuration;
    note(`${name} is being updated`);
    await plane.sleep(Math.min(pollMs, 100 * 2 ** poll));
  }
  throw new SlimError(
    'aws-unreachable',
    `The update of the function ${name} in ${plane.region} does not end.`,
    {
      hint: `Look at it with: aws lambda get-function-configuration --function-name ${name} --region ${plane.region}`,
    },
  );
}

function viewOf(found: FunctionConfiguration, name: string): FunctionView {
  return {
    name,
    layerPrefix: (found.FunctionArn ?? '').split(':').slice(0, 5).concat('layer').join(':'),
    image: found.PackageType === 'Image',
    runtime: found.Runtime ?? null,
    architecture: found.Architectures?.[0] ?? 'x86_64',
    layers: (found.Layers ?? []).map((one) => one.Arn ?? ''),
    ephemeralStorage: found.EphemeralStorage?.Size ?? limits.ephemeralStorage.default,
    snapStart: found.SnapStart?.ApplyOn === 'PublishedVersions',
    variables: found.Environment?.Error === undefined ? (found.Environment?.Variables ?? {}) : null,
    revision: found.RevisionId ?? null,
  };
}
