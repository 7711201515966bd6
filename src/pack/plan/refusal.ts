/** The words for a package that Lambda would not take: how far over, what weighs most, what would help. Pure. */
import { SlimError } from '../../errors.js';
import { limits, runtimeDistributions } from '../../limits.js';
import type { Beside, BuildRequest, Rejection, StagedFile } from '../../model.js';
import { settingFor } from './nest.js';
import { unzippedLimit } from './room.js';
import { bytesText, groupedText } from '../../text/units.js';
import { unzippedSize } from '../zip/size.js';

type RefusedRequest = Pick<BuildRequest, 'prune' | 'excludeRuntime' | 'strategy'> & {
  readonly beside?: Beside;
};

/**
 * @param unzippedBytes of all files together
 * @returns SlimError `does-not-fit`
 */
export function refusal(
  files: readonly StagedFile[],
  unzippedBytes: number,
  rejected: readonly Rejection[],
  request: RefusedRequest,
): SlimError {
  const over = unzippedBytes - unzippedLimit(request.beside) + 1;
  const others = request.beside?.layers ?? 0;
  const weights = [...Map.groupBy(files, ownerOf)]
    .map(([name, own]) => ({ name, bytes: unzippedSize(own) }))
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  return new SlimError(
    'does-not-fit',
    `Unzipped it is ${exact(unzippedBytes)}: ${exact(over)} too much. Lambda takes less than ${exact(limits.unzipped)} for a function and its layers${others === 0 ? '' : `, and its other layers have ${exact(others)}`}.`,
    {
      hint: helps(files, rejected, request),
      details: [
        'Heaviest, unzipped:',
        ...weights.slice(0, 5).map(({ name, bytes }) => `  ${name}  ${exact(bytes)}`),
        'Tried:',
        ...[...Map.groupBy(rejected, numbers)].map(
          ([text, alike]) => `  ${alike.map((one) => one.strategy).join(', ')}: ${text}`,
        ),
      ],
    },
  );
}

function numbers({ actualBytes, limitBytes, limit, overBytes }: Rejection): string {
  return `${exact(actualBytes)}, limit ${exact(limitBytes)} (${limit}), ${exact(overBytes)} over`;
}

function helps(
  files: readonly StagedFile[],
  rejected: readonly Rejection[],
  request: RefusedRequest,
): string {
  const ways: string[] = [];
  const ephemeral = rejected.filter(({ limit }) => limit === 'ephemeral-storage');
  const setting = settingFor(Math.min(...ephemeral.map((one) => one.actualBytes)));
  if (ephemeral.length > 0 && setting <= limits.ephemeralStorage.max) {
    ways.push(
      `--ephemeral-storage ${setting} nests more, which is unpacked into /tmp at start (give the function the same setting; SnapStart takes no more than ${limits.ephemeralStorage.default})`,
    );
  }
  if (request.strategy === 'direct' || request.strategy === 'layer') {
    ways.push(
      `without --strategy ${request.strategy} the heaviest files go into a payload that is opened at start`,
    );
  }
  if (request.prune === 'safe') ways.push('--prune aggressive gives up features that few functions use');
  const shipped = unzippedSize(
    files.filter((file) => runtimeDistributions.includes(file.distribution ?? '')),
  );
  if (!request.excludeRuntime && shipped > 0) {
    ways.push(`--exclude-runtime leaves out what Lambda has already (${exact(shipped)})`);
  }
  const bytecode = unzippedSize(files.filter((file) => file.origin === 'bytecode'));
  if (bytecode > 0) ways.push(`--pyc none leaves out bytecode (${exact(bytecode)})`);
  ways.push('--exclude PKG or --drop GLOB takes away what the function does not use');
  return `${ways.join('; ')}. A container image holds up to 10 GB (--format directory makes the folder for it).`;
}

function ownerOf(file: StagedFile): string {
  if (file.place === 'function') return "the function's code";
  return file.distribution ?? file.path.split('/')[0] ?? file.path;
}

/** `300.1 MiB (314,678,123 bytes)`; below one KiB only the bytes. */
function exact(bytes: number): string {
  return bytes < 1024 ? bytesText(bytes) : `${bytesText(bytes)} (${groupedText(bytes)} bytes)`;
}
