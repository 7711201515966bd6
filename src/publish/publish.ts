/**
 * Publishes the layers of a build. All that can be refused is found before anything changes, in every Region; zips are in
 * all buckets before the first version is published.
 */
import path from 'node:path';
import { LambdaClient } from '@aws-sdk/client-lambda';
import pMap from 'p-map';
import { SlimError } from '../errors.js';
import { finding, type Finding } from '../findings/findings.js';
import { hashFile } from '../io/hash.js';
import type { Manifest } from '../model.js';
import type { Progress } from '../progress.js';
import { countText } from '../text/units.js';
import { allOrStop } from '../io/all-or-stop.js';
import { clientSettings, s3Clients } from '../aws/clients.js';
import { controlPlane } from './control-plane.js';
import { Ledger } from './ledger.js';
import type { Publication, PublicationPlan, PublishRequest, StoredObject } from './model.js';
import { storePayload, uploadsAtOnce } from './payload.js';
import { planPublication } from './plan.js';
import { publishIn, type Ended } from './publish-region.js';
import { look, storeLayers, type Shared } from './region.js';

export interface PublishContext {
  /** That the build is older than what it was made from. */
  readonly older: readonly Finding[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Regions at the same time: each has its own rate at AWS. */
const regionsAtOnce = 8;
/** Bytes of zips in memory at the same time; in a request they are half as large again, twice. */
const directBytes = 48 * 1024 * 1024;

/**
 * @throws SlimError when nothing was published: `no-layer`, `bad-option`, `artifact-changed`, `does-not-fit`,
 *   `cannot-attach`, those of AWS; `interrupted` with what was done until then
 */
export async function publish(
  request: PublishRequest,
  manifest: Manifest,
  { progress, signal, older }: PublishContext,
): Promise<Publication> {
  const plan = planPublication(manifest, request);
  await checkFiles(plan, request, progress);
  const regions = request.regions.length > 0 ? request.regions : [await ownRegion(request)];
  refuseElsewhere(request, regions);
  const ledger = new Ledger(regions, signal);
  const clients = await s3Clients(request.environment);
  const shared: Shared = { request, plan, clients, progress, ledger };
  let note: (text: string) => void = () => {};
  const planes = await pMap(regions, (region) =>
    controlPlane({
      ...{ environment: request.environment, region, signal },
      onWait: (text) => note(`${region}: ${text}`),
    }),
  );
  try {
    const looking = progress.start('look at AWS');
    note = (text) => looking.note(text);
    const views = await pMap(planes, (plane) => look(plane, shared), { concurrency: regionsAtOnce });
    looking.end(regions.join(', '));
    const payloads = await storePayload(views, shared, signal);
    const stored = await allOrStop(views, signal, uploadsAtOnce, (view, stop) =>
      storeLayers(view, shared, stop),
    );
    const publishing = progress.start(request.dryRun ? 'plan' : 'publish');
    note = (text) => publishing.note(text);
    const ended = await pMap(
      views.map((view, index) => ({ view, stored: stored[index] ?? new Map<string, StoredObject>() })),
      (one) => publishIn(one.view, shared, one.stored, note),
      { concurrency: atOnce(request, plan), stopOnError: false },
    );
    publishing.end(countText(plan.layers.length, 'layer'));
    refuseTotalFailure(ended);
    return {
      dryRun: request.dryRun,
      layers: plan.layers,
      payloads: payloads.stored,
      regions: ended.map((one) => one.region),
      calls: ledger.calls,
      findings: [
        ...older,
        ...(plan.errors > 0 ? [finding('build-has-errors', { count: plan.errors })] : []),
        ...payloads.findings,
        ...storageFindings(plan, request),
        ...ended.flatMap((one) => one.findings),
      ],
    };
  } catch (error) {
    if (signal.aborted) throw stopped(error, ledger);
    // Where every Region was waited for: our own bug, in one or more of them.
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    for (const plane of planes) plane.close();
  }
}

/** Is everything there as it was built? */
async function checkFiles(
  { layers, payload }: PublicationPlan,
  { out, outName }: PublishRequest,
  progress: Progress,
): Promise<void> {
  const files = [...layers, ...(payload === null ? [] : [payload])];
  const step = progress.start('check files');
  for (const { file, sha256 } of files) {
    step.note(file);
    const actual = await hashFile(path.join(out, file)).catch(() => null);
    if (actual === sha256) continue;
    throw new SlimError(
      'artifact-changed',
      `${outName}/${file} is ${actual === null ? 'not there' : 'not the file that was built'}.`,
      { hint: 'Run "lambda-slim build" again.' },
    );
  }
  step.end(countText(files.length, 'file'));
}

/** The Region that environment or profile name. */
async function ownRegion({ environment }: PublishRequest): Promise<string> {
  const client = new LambdaClient(await clientSettings(environment, null, 'LAMBDA'));
  try {
    return await client.config.region();
  } catch (cause) {
    throw new SlimError('bad-option', 'No Region is named.', {
      hint: 'Name one with --region, e.g. --region eu-central-1, or set AWS_REGION.',
      cause,
    });
  } finally {
    client.destroy();
  }
}

function refuseElsewhere({ attach }: PublishRequest, regions: readonly string[]): void {
  const elsewhere = attach.find(
    (name) => name.startsWith('arn:') && !regions.includes(name.split(':')[3] ?? ''),
  );
  if (elsewhere === undefined) return;
  const region = elsewhere.split(':')[3] ?? '';
  throw new SlimError(
    'bad-option',
    `The function ${elsewhere} is in ${region}, where nothing is published.`,
    {
      hint: `A function takes layers of its own Region: add --region ${region}.`,
    },
  );
}

/** How many Regions publish at a time: zips that are sent with the call are in memory meanwhile. */
function atOnce({ bucket }: PublishRequest, { layers }: PublicationPlan): number {
  if (bucket !== null) return regionsAtOnce;
  const largest = Math.max(1, ...layers.map((one) => one.zippedBytes));
  return Math.min(regionsAtOnce, Math.max(1, Math.floor(directBytes / largest)));
}

/** Functions that are named get it; others must be told. */
function storageFindings(
  { ephemeralStorage: setting, ephemeralBytes: bytes }: PublicationPlan,
  { attach }: PublishRequest,
): readonly Finding[] {
  return setting === null || attach.length > 0
    ? []
    : [finding('ephemeral-storage-needed', { bytes, setting })];
}

/** When nothing at all was published, the request or AWS is at fault: an error, not a report. */
function refuseTotalFailure(ended: readonly Ended[]): void {
  const [first, ...others] = ended.flatMap((one) => one.failures);
  const some = ended.some((one) => one.region.layers.some((layer) => layer.state !== 'failed'));
  if (first === undefined || some) return;
  throw new SlimError(first.code, first.message, {
    hint: first.hint,
    details: [
      ...first.details,
      ...new Set(others.map((one) => one.message).filter((text) => text !== first.message)),
    ],
    cause: first,
  });
}

/** What people must know who have stopped it. */
function stopped(error: unknown, ledger: Ledger): unknown {
  const details = [
    ...ledger.lines,
    ...(error instanceof SlimError && error.code === 'interrupted' ? error.details : []),
  ];
  if (details.length === 0) return error;
  return new SlimError('interrupted', 'Interrupted. Until then:', {
    hint: 'Run the same command again to go on: what is there already is not done twice.',
    details,
    cause: error,
  });
}
