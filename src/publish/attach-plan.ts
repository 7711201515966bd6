/** What a function of `--attach` will have. Pure. */
import { SlimError } from '../errors.js';
import { limits } from '../limits.js';
import { bytesText, countText, groupedText } from '../text/units.js';
import type { PublicationPlan } from './model.js';

/** What we read of a function's configuration. */
export interface FunctionView {
  readonly name: string;
  /** e.g. `arn:aws:lambda:eu-central-1:123456789012:layer`: layers of the function's own account begin so. */
  readonly layerPrefix: string;
  readonly image: boolean;
  readonly runtime: string | null;
  readonly architecture: string;
  /** Version ARNs, in the order in which they are laid over each other. */
  readonly layers: readonly string[];
  /** MiB. */
  readonly ephemeralStorage: number;
  readonly snapStart: boolean;
  /** Null: there are some, and we may not read them. */
  readonly variables: Readonly<Record<string, string>> | null;
  readonly revision: string | null;
}

/** A layer of ours; `arn` of the version. */
export interface OwnLayer {
  readonly name: string;
  readonly arn: string;
}

export interface Attachment {
  readonly layers: readonly string[];
  /** Those of them that are not ours. */
  readonly others: readonly string[];
  /** Of an earlier build of the same name that had more or fewer parts. */
  readonly leftOver: readonly string[];
  readonly ephemeralStorage: { readonly from: number; readonly to: number } | null;
  /** The function learns where its payload lies; null: it knows, or need not know. */
  readonly payload: TellPayload | null;
  readonly changed: boolean;
}

/** The variable from which the bootstrap takes the address of a payload that the build did not know. */
export const payloadVariable = 'LAMBDA_SLIM_PAYLOAD';

export interface TellPayload {
  /** Null: it had none. */
  readonly from: string | null;
  readonly to: string;
  /** All of the function's variables, with this one. May hold secrets: never shown. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Ours take the place of their older versions; new ones come last, so that they lie over the others.
 * @param payload `s3://BUCKET/PREFIX` for a function that must be told; null for others
 * @throws SlimError `cannot-attach`
 */
export function planAttachment(
  view: FunctionView,
  own: readonly OwnLayer[],
  plan: Pick<PublicationPlan, 'layers' | 'ephemeralStorage'>,
  baseName: string,
  payload: string | null,
): Attachment {
  refuse(view, plan);
  const told = payload === null ? null : tellPayload(view, payload);
  const nameOf = (arn: string): string | null =>
    arn.startsWith(`${view.layerPrefix}:`)
      ? (arn.slice(view.layerPrefix.length + 1).split(':')[0] ?? null)
      : null;
  const byName = new Map(own.map((one) => [one.name, one.arn]));
  const taken = new Set<string>();
  const kept = view.layers.flatMap((arn) => {
    const name = nameOf(arn);
    const ours = name === null ? undefined : byName.get(name);
    if (name === null || ours === undefined) return [arn];
    if (taken.has(name)) return [];
    taken.add(name);
    return [ours];
  });
  const layers = [...kept, ...own.filter((one) => !taken.has(one.name)).map((one) => one.arn)];
  if (layers.length > limits.layersPerFunction) throw tooMany(view.name, layers, own);
  const ours = new Set(own.map((one) => one.arn));
  const others = layers.filter((arn) => !ours.has(arn));
  const needed = plan.ephemeralStorage ?? 0;
  const ephemeralStorage =
    needed > view.ephemeralStorage ? { from: view.ephemeralStorage, to: needed } : null;
  return {
    layers,
    others,
    leftOver: others.filter((arn) => isPartOf(nameOf(arn), baseName)),
    ephemeralStorage,
    payload: told,
    changed: ephemeralStorage !== null || told !== null || layers.join() !== view.layers.join(),
  };
}

/** Its other variables stay as they are, so they must be known. */
function tellPayload({ name, variables }: FunctionView, to: string): TellPayload | null {
  if (variables === null) {
    throw new SlimError(
      'cannot-attach',
      `The function ${name} must be told where its payload lies (${payloadVariable}=${to}), and its other variables, which would be lost, cannot be read.`,
      {
        hint: 'Allow kms:Decrypt on the key with which they are encrypted; or build with --upload, so that the layer knows where its payload lies.',
      },
    );
  }
  const from = variables[payloadVariable] ?? null;
  if (from?.replace(/\/+$/, '') === to) return null;
  const all = { ...variables, [payloadVariable]: to };
  const bytes = Buffer.byteLength(JSON.stringify(all));
  if (bytes > limits.variablesBytes) {
    throw new SlimError(
      'cannot-attach',
      `With ${payloadVariable} the variables of the function ${name} have ${groupedText(bytes)} bytes, and Lambda takes ${groupedText(limits.variablesBytes)}.`,
      {
        hint: `Make the others shorter by ${countText(bytes - limits.variablesBytes, 'byte')}; or build with --upload, so that the layer knows where its payload lies.`,
      },
    );
  }
  return { from, to, variables: all };
}

/** `demo` and `demo-2` come of builds that are called `demo`. */
const isPartOf = (name: string | null, baseName: string): boolean =>
  name !== null &&
  (name === baseName || (name.startsWith(`${baseName}-`) && /^\d+$/.test(name.slice(baseName.length + 1))));

function refuse(
  view: FunctionView,
  { layers: [layer], ephemeralStorage }: Pick<PublicationPlan, 'layers' | 'ephemeralStorage'>,
): void {
  const { name, image, runtime, architecture, snapStart } = view;
  const cannot = (sentence: string, hint: string): SlimError =>
    new SlimError('cannot-attach', sentence, { hint });
  if (image) {
    throw cannot(
      `The function ${name} is a container image, and layers are for functions that are zips.`,
      'Copy the packages into the image instead: "lambda-slim build --format directory".',
    );
  }
  const [runtimes, architectures] = [layer?.runtimes ?? [], layer?.architectures ?? []];
  if (runtimes.length > 0 && !runtimes.includes(runtime ?? '')) {
    throw cannot(
      `The function ${name} runs ${runtime ?? 'no runtime of Lambda’s'}, and this build is for ${runtimes.join(', ')}.`,
      pythonHint(runtime),
    );
  }
  if (!architectures.includes(architecture)) {
    throw cannot(
      `The function ${name} is ${architecture}, and this build is for ${architectures.join(', ')}.`,
      `Build again with --arch ${architecture}, or change the function.`,
    );
  }
  if (snapStart && ephemeralStorage !== null) {
    throw cannot(
      `The function ${name} has SnapStart, which takes no more than ${limits.ephemeralStorage.default} MB of /tmp, and this build needs ${ephemeralStorage} MB.`,
      'Switch SnapStart off, or leave packages out until less must be opened into /tmp.',
    );
  }
}

function pythonHint(runtime: string | null): string {
  const version = /^python(\d\.\d+)$/.exec(runtime ?? '')?.[1];
  return version === undefined
    ? 'Name another function.'
    : `Build again with --python ${version}, or change the function’s runtime.`;
}

function tooMany(name: string, layers: readonly string[], own: readonly OwnLayer[]): SlimError {
  const ours = new Set(own.map((one) => one.arn));
  return new SlimError(
    'cannot-attach',
    `The function ${name} would have ${layers.length} layers, and Lambda allows ${limits.layersPerFunction}.`,
    {
      hint: 'Take one of the others off the function first, or put its packages into this build.',
      details: layers.map((arn) => `${arn}${ours.has(arn) ? ' (new)' : ''}`),
    },
  );
}

/** Something that counts towards the limit; null: not known. */
export interface SizedPart {
  readonly what: string;
  readonly bytes: number | null;
}

/**
 * Hold everything that the function will have against the limit.
 * @returns the sum of what is known
 * @throws SlimError `does-not-fit`
 */
export function checkTogether(
  name: string,
  parts: readonly SizedPart[],
  unzipped: number,
  region: string,
): number {
  const sum = parts.reduce((total, part) => total + (part.bytes ?? 0), 0);
  if (sum < unzipped) return sum;
  const least = parts.some((part) => part.bytes === null) ? 'at least ' : '';
  throw new SlimError(
    'does-not-fit',
    `The function ${name} and its layers would have ${least}${groupedText(sum)} bytes unzipped in ${region}, and Lambda takes fewer than ${groupedText(unzipped)}: ${countText(sum - unzipped + 1, 'byte')} too many.`,
    {
      hint: 'Nothing was published. Take another layer or what is in this one out of the function, or build with --strategy double-zip.',
      details: parts.map(
        ({ what, bytes }) =>
          `${what}: ${bytes === null ? 'not known' : `${bytesText(bytes)} (${groupedText(bytes)})`}`,
      ),
    },
  );
}
