/** What `publish-layer` did, as people read it in a terminal. Pure. */
import { isError } from '../findings/findings.js';
import type { AttachedFunction, Publication, PublishedLayer, PublishedRegion } from '../publish/model.js';
import type { Paint } from '../text/paint.js';
import { findingsText, type TextOptions } from './build-text.js';
import { plainTable } from './plain-table.js';
import { bytesText, countText, groupedText } from '../text/units.js';
import { wrap } from '../text/wrap.js';

export type PublishTextOptions = Pick<TextOptions, 'paint' | 'wrapAt' | 'verbose'>;

/** The whole report. Ends with a newline. */
export function publishText(publication: Publication, options: PublishTextOptions): string {
  const sections = [
    layersTable(publication, options),
    payloads(publication, options),
    ...publication.regions.map((region) => regionText(region, publication.dryRun, options)),
    calls(publication, options),
    findingsText(publication.findings, options),
    outcome(publication, options),
  ];
  const text = sections.filter((section) => section !== '').join('\n\n');
  return `${text.replace(/ +$/gm, '')}\n`;
}

function layersTable({ layers }: Publication, { paint, wrapAt }: PublishTextOptions): string {
  const table = plainTable(['layer', 'file', 'zipped', 'unzipped', 'for'], paint, {
    right: [2, 3],
    wrapAt,
    drop: [4, 2, 1],
  });
  for (const { name, file, zippedBytes, unzippedBytes, runtimes, architectures } of layers) {
    table.push([
      paint.bold(name),
      file,
      bytesText(zippedBytes),
      bytesText(unzippedBytes),
      [...runtimes, ...architectures].join(' '),
    ]);
  }
  return table.toString();
}

function payloads({ payloads: all, dryRun }: Publication, { paint }: PublishTextOptions): string {
  return all
    .map(({ bucket, key, uploaded }) => {
      const did = uploaded ? (dryRun ? 'would be sent' : 'sent') : 'there already';
      return `${paint.dim('payload')}  s3://${bucket}/${key} (${did})`;
    })
    .join('\n');
}

const layerStates: Readonly<Record<PublishedLayer['state'], string>> = {
  published: 'published',
  reused: 'unchanged',
  planned: 'to publish',
  failed: 'failed',
};
const functionStates: Readonly<Record<AttachedFunction['state'], string>> = {
  updated: 'updated',
  unchanged: 'unchanged',
  planned: 'to update',
  failed: 'not updated',
};

function regionText(
  { region, limits, layers, functions }: PublishedRegion,
  dryRun: boolean,
  { paint }: PublishTextOptions,
): string {
  const lines = [paint.bold(region)];
  for (const { name, state, arn, stored, allowed, deleted } of layers) {
    lines.push(`  ${coloured(state, layerStates[state], paint)}  ${arn ?? name}`);
    if (stored !== null) lines.push(detail(paint, 'from', `s3://${stored.bucket}/${stored.key}`));
    if (allowed.length > 0) lines.push(detail(paint, dryRun ? 'to allow' : 'allowed', allowed.join(', ')));
    if (deleted.length > 0)
      lines.push(
        detail(paint, dryRun ? 'to delete' : 'deleted', deleted.map((one) => `${name}:${one}`).join(', ')),
      );
  }
  for (const { name, state, layers: attached, ephemeralStorage, payload, unzippedBytes } of functions) {
    lines.push(`  ${coloured(state, functionStates[state], paint)}  ${name}`);
    for (const arn of attached) lines.push(detail(paint, 'layer', arn));
    if (ephemeralStorage !== null)
      lines.push(detail(paint, '/tmp', `${ephemeralStorage.from} → ${ephemeralStorage.to} MB`));
    if (payload !== null) {
      const before = payload.from === null ? '' : ` (was ${payload.from})`;
      lines.push(detail(paint, 'variable', `LAMBDA_SLIM_PAYLOAD=${payload.to}${before}`));
    }
    if (unzippedBytes !== null)
      lines.push(
        detail(
          paint,
          'unzipped',
          `${bytesText(unzippedBytes)} of ${bytesText(limits.unzipped)} (${groupedText(unzippedBytes)} bytes)`,
        ),
      );
  }
  return lines.join('\n');
}

const detail = (paint: Paint, name: string, text: string): string =>
  `    ${paint.dim(name.padEnd(9))}  ${text}`;

function coloured(
  state: PublishedLayer['state'] | AttachedFunction['state'],
  text: string,
  paint: Paint,
): string {
  const padded = text.padEnd(10);
  if (state === 'failed') return paint.red(padded);
  return state === 'published' || state === 'updated' ? paint.green(padded) : paint.dim(padded);
}

/** Copied and run as they are, so they are never wrapped. */
function calls({ calls: all, dryRun }: Publication, { paint, verbose }: PublishTextOptions): string {
  if (all.length === 0 || (!dryRun && !verbose)) return '';
  return [
    paint.dim(dryRun ? 'calls that would be made' : 'calls that were made'),
    ...all.map((one) => `  ${one}`),
  ].join('\n');
}

function outcome({ dryRun, regions, findings }: Publication, { paint, wrapAt }: PublishTextOptions): string {
  const layers = regions.flatMap((one) => one.layers);
  const count = (state: PublishedLayer['state']): number =>
    layers.filter((one) => one.state === state).length;
  const errors = findings.filter(isError).length;
  const parts = (['published', 'planned', 'reused', 'failed'] as const)
    .filter((state) => count(state) > 0)
    .map((state, index) => {
      const many = index === 0 ? countText(count(state), 'layer version') : groupedText(count(state));
      return `${many} ${layerStates[state]}`;
    });
  const where = `in ${countText(regions.length, 'Region')}`;
  if (errors > 0) {
    return wrap(
      paint.red(`✖ ${parts.join(', ')} ${where}; ${countText(errors, 'error')} above (exit code 1).`),
      wrapAt,
    );
  }
  const head = dryRun
    ? `${parts.join(', ')} ${where}. Nothing was changed (--dry-run).`
    : `${parts.join(', ')} ${where}.`;
  return wrap(dryRun ? head : paint.green(`✔ ${head}`), wrapAt);
}
