/** What an example needs to know of a build: of the last one, or of the one that is to come. Pure. */
import { SlimError } from '../errors.js';
import { limits } from '../limits.js';
import { customRuntimeLines, customRuntimeWords } from '../manifest/custom-runtime.js';
import type { Architecture, Manifest, PythonVersion } from '../model.js';

export interface Plug {
  /** False: nothing is built yet. */
  readonly built: boolean;
  /** The build's output folder from where the example lies, with forward slashes. */
  readonly build: string;
  readonly python: PythonVersion;
  readonly architecture: Architecture;
  /** The function's /tmp, MiB. */
  readonly ephemeralStorage: number;
  /** File names of zips in the output folder. */
  readonly layers: readonly string[];
  /** ARNs of the function's other layers: they come before its own. */
  readonly others: readonly string[];
  /** File name of the zip with the user's own code; null: the example brings a function. */
  readonly code: string | null;
  /** The user's, for `code`; null when it was not told. */
  readonly handler: string | null;
  /** Folder that `code` is to be built from, with forward slashes; null when it was not told. */
  readonly codeFolder: string | null;
  /** What it is built for, when Lambda's own runtime cannot run it; else null. */
  readonly custom: Manifest['target'] | null;
  /** An object in a bucket that the function reads when it starts; null when all travels in zips. */
  readonly payload: { readonly bucket: string; readonly key: string } | null;
}

/** What the command line says. */
export type PlugChoice = Pick<Plug, 'build' | 'python' | 'architecture' | 'handler' | 'codeFolder'> & {
  /** Options that were typed: they must agree with the build. */
  readonly typed: { readonly python: boolean; readonly arch: boolean; readonly handler: boolean };
};

/**
 * @param manifest of the last build; null: `lambda-slim build` makes a layer, or with code or a handler a function.zip
 * @throws SlimError `bad-option` when the build is for another target, or is nothing that a template can name
 */
export function plugFor(manifest: Manifest | null, choice: PlugChoice): Plug {
  const { build, codeFolder } = choice;
  if (manifest === null) {
    const { handler } = choice;
    const withCode = handler !== null || codeFolder !== null;
    return {
      built: false,
      build,
      python: choice.python,
      architecture: choice.architecture,
      ephemeralStorage: limits.ephemeralStorage.default,
      layers: withCode ? [] : ['layer.zip'],
      others: [],
      code: withCode ? 'function.zip' : null,
      handler,
      codeFolder,
      custom: null,
      payload: null,
    };
  }
  const { python, architecture } = manifest.target;
  if (choice.typed.python && choice.python !== python) throw otherTarget('--python', choice.python, python);
  if (choice.typed.arch && choice.architecture !== architecture) {
    throw otherTarget('--arch', choice.architecture, architecture);
  }
  const named = (kind: 'layer' | 'function'): readonly string[] =>
    manifest.artifacts.filter((one) => one.kind === kind).map((one) => one.file);
  const { nesting } = manifest.plan;
  const code = named('function')[0] ?? null;
  return {
    built: true,
    build,
    python,
    architecture,
    ephemeralStorage: Math.max(manifest.ephemeralStorage, nesting?.ephemeralStorage ?? 0),
    layers: named('layer'),
    others: othersOf(manifest),
    code,
    // A config file's handler may be for code that is deployed in another way.
    handler: code === null && !choice.typed.handler ? null : (choice.handler ?? manifest.handler ?? null),
    codeFolder,
    custom: manifest.target.custom ? manifest.target : null,
    payload: nesting?.s3 ? stored(nesting.s3) : null,
  };
}

/**
 * For templates of functions.
 * @throws SlimError `bad-option` when Lambda's own runtime cannot run it, there is no zip, or the handler does not go with it
 */
export function checkFunction(plug: Plug): void {
  if (plug.custom !== null) {
    const { sentence, hint } = customRuntimeWords(plug.custom);
    const zips = [...plug.layers, ...(plug.code === null ? [] : [plug.code])];
    throw new SlimError(
      'bad-option',
      `${sentence} The example would use that runtime, so nothing was written.`,
      {
        hint,
        details: ['Such a build needs', ...customRuntimeLines(plug.custom, plug.build, zips)],
      },
    );
  }
  if (plug.layers.length === 0 && plug.code === null) {
    throw new SlimError(
      'bad-option',
      `The build in ${plug.build} is a folder, so there is no zip to deploy.`,
      {
        hint: 'Build again without --format directory, or copy the folder into a container image.',
      },
    );
  }
  if (plug.code !== null && plug.handler === null) {
    throw new SlimError('bad-option', `${plug.code} holds your own code, but --handler is not given.`, {
      hint: "Name it as the function's setting does, for example --handler app.handler.",
    });
  }
  if (plug.code === null && plug.handler !== null) {
    throw new SlimError('bad-option', '--handler is for code of yours, but the build holds packages alone.', {
      hint: 'Leave it out, and an example function is written; or build your code, too, with "lambda-slim build --code FOLDER".',
    });
  }
}

/** A template can name what AWS has. */
function othersOf({ layers = [] }: Manifest): readonly string[] {
  const here = layers.filter(({ place }) => !place.startsWith('arn:'));
  const [first] = here;
  if (first === undefined) return layers.map(({ place }) => place);
  throw new SlimError(
    'bad-option',
    `The build counts on the layer ${first.name}, which lies on this machine, so a template cannot name it.`,
    {
      hint: 'Publish it, and build again with its ARN as --layer; "lambda-slim publish-layer" prints it.',
    },
  );
}

function otherTarget(option: string, wanted: string, built: string): SlimError {
  return new SlimError('bad-option', `${option} is ${wanted}, but the last build is for ${built}.`, {
    hint: `Build again with ${option} ${wanted}, or leave the option out.`,
  });
}

function stored(address: NonNullable<NonNullable<Manifest['plan']['nesting']>['s3']>): Plug['payload'] {
  if (address.bucket !== null) return { bucket: address.bucket, key: address.key };
  throw new SlimError('bad-option', 'The build has a payload for a bucket, but was not told which.', {
    hint: 'Build again with --upload s3://BUCKET/PREFIX.',
  });
}
