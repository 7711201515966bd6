/** The words for a package that Lambda would not take: how far over, what weighs most, what would help. */
import { SlimError } from '../errors.js';
import { limits, runtimeDistributions } from '../limits.js';
import type { BuildRequest, Rejection, StagedFile } from '../model.js';
import { bytesText, groupedText } from '../report/units.js';
import { entryBytes } from './zip-size.js';

/**
 * @param unzippedBytes of all files together
 * @returns SlimError `does-not-fit`
 */
export function refusal(
  files: readonly StagedFile[],
  unzippedBytes: number,
  rejected: readonly Rejection[],
  request: Pick<BuildRequest, 'level' | 'excludeRuntime'>,
): SlimError {
  const over = unzippedBytes - limits.unzipped + 1;
  const weights = [...Map.groupBy(files, ownerOf)]
    .map(([name, own]) => ({ name, bytes: sizeOf(own) }))
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  return new SlimError(
    'does-not-fit',
    `Unzipped it is ${exact(unzippedBytes)}: ${exact(over)} too much. Lambda takes less than ${exact(limits.unzipped)} for a function and its layers.`,
    {
      hint: helps(files, request),
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
  request: Pick<BuildRequest, 'level' | 'excludeRuntime'>,
): string {
  const ways: string[] = [];
  if (request.level === 'safe') ways.push('--level aggressive gives up features that few functions use');
  const shipped = sizeOf(files.filter((file) => runtimeDistributions.includes(file.distribution ?? '')));
  if (!request.excludeRuntime && shipped > 0) {
    ways.push(`--exclude-runtime leaves out what Lambda has already (${exact(shipped)})`);
  }
  const bytecode = sizeOf(files.filter((file) => file.origin === 'bytecode'));
  if (bytecode > 0) ways.push(`--pyc none leaves out bytecode (${exact(bytecode)})`);
  ways.push('--exclude PKG or --drop GLOB takes away what the function does not use');
  return `${ways.join('; ')}. Unpacking a part into /tmp at start (double zip) is not available yet; until then a container image holds up to 10 GB (--format directory makes the folder for it).`;
}

function ownerOf(file: StagedFile): string {
  if (file.place === 'function') return "the function's code";
  return file.distribution ?? file.path.split('/')[0] ?? file.path;
}

const sizeOf = (files: readonly StagedFile[]): number =>
  files.reduce((sum, file) => sum + entryBytes(file), 0);

/** `300.1 MiB (314,678,123 bytes)`; below one KiB only the bytes. */
function exact(bytes: number): string {
  return bytes < 1024 ? bytesText(bytes) : `${bytesText(bytes)} (${groupedText(bytes)} bytes)`;
}
