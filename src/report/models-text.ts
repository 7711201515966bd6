/** What `models` did or found, for people. Pure. */
import type {
  AliasSaid,
  Collected,
  FileSaid,
  Listed,
  ModelsSaid,
  Moved,
  Pulled,
  Pushed,
  Shown,
} from '../models/model.js';
import type { Paint } from '../text/paint.js';
import { bytesText, countText, groupedText } from '../text/units.js';
import { plainTable } from './plain-table.js';

/** @param wrapAt columns; `Infinity` when nobody watches */
export function modelsText(said: ModelsSaid, paint: Paint, wrapAt: number): string {
  switch (said.action) {
    case 'push':
      return pushedText(said, paint, wrapAt);
    case 'promote':
    case 'rollback':
      return movedText(said, paint);
    case 'list':
      return listedText(said, paint, wrapAt);
    case 'show':
      return shownText(said, paint, wrapAt);
    case 'gc':
      return collectedText(said);
    case 'pull':
      return pulledText(said);
  }
}

/** As much of a digest as tells versions apart. */
const short = (digest: string): string => digest.slice(0, 12);
const day = (time: string | null): string => time?.slice(0, 16).replace('T', ' ') ?? '';

function pushedText(
  { store, model, alias, version, files, before, changed, dryRun }: Pushed,
  paint: Paint,
  wrapAt: number,
): string {
  const table = plainTable(['file', 'size', 'stored', 'sent'], paint, {
    right: [1, 2],
    wrapAt,
    drop: [2, 1],
  });
  table.push(
    ...files.map((one) => [
      one.name,
      bytesText(one.bytes),
      storedText(one),
      one.uploaded ? (dryRun ? 'would be' : 'yes') : 'was there',
    ]),
  );
  const now = `${model} ${alias}: ${paint.bold(short(version))}`;
  const end = !changed
    ? `${now}, as before`
    : `${now}${dryRun ? ' would be set' : ''}${before === null ? ', a new alias' : `, before ${short(before)}`}`;
  return [trimmed(table.toString()), '', `${end}  ${paint.dim(store)}`].join('\n');
}

function movedText({ model, from, alias, version, before, changed, dryRun }: Moved, paint: Paint): string {
  const now = `${model} ${alias}: ${paint.bold(short(version))}`;
  if (!changed) return `${now}, as before: nothing to do`;
  const how = from === null ? '' : `, as ${from} is`;
  return `${now}${how}${dryRun ? ' (would be set)' : ''}${before === null ? '; a new alias' : `; before ${short(before)}`}`;
}

const aliasRows = (aliases: readonly AliasSaid[]): readonly (readonly string[])[] =>
  aliases.map((one) => [
    one.alias,
    short(one.version),
    one.kind ?? '',
    groupedText(one.files),
    bytesText(one.bytes),
    day(one.setAt),
  ]);

function listedText({ store, models }: Listed, paint: Paint, wrapAt: number): string {
  if (models.length === 0)
    return `${store} has no models yet. "lambda-slim models push FILE --name NAME --alias dev" makes one.`;
  const table = plainTable(['model', 'alias', 'version', 'format', 'files', 'size', 'set (UTC)'], paint, {
    ...{ right: [4, 5], wrapAt, drop: [4, 3, 6, 5] },
  });
  for (const { model, aliases } of models)
    table.push(
      ...(aliases.length === 0
        ? [[model, '(none)', '', '', '', '', '']]
        : aliasRows(aliases).map((row) => [model, ...row])),
    );
  return [store, '', trimmed(table.toString())].join('\n');
}

function shownText(
  { store, model, version, kind, createdAt, files, aliases, versions }: Shown,
  paint: Paint,
  wrapAt: number,
): string {
  const own = plainTable(['file', 'size', 'stored', 'sha256'], paint, {
    right: [1, 2],
    wrapAt,
    drop: [2, 3],
  });
  own.push(...files.map((one) => [one.name, bytesText(one.bytes), storedText(one), short(one.sha256)]));
  const named = plainTable(['version', 'aliases', 'size', 'made (UTC)'], paint, {
    right: [2],
    wrapAt,
    drop: [3],
  });
  named.push(
    ...versions.map((one) => [
      short(one.version),
      aliases
        .filter((alias) => alias.version === one.version)
        .map((alias) => alias.alias)
        .join(', '),
      bytesText(one.bytes),
      day(one.createdAt),
    ]),
  );
  const facts = [kind, createdAt === null ? null : `made ${day(createdAt)}`].filter((one) => one !== null);
  return [
    `${model} ${paint.bold(version.slice(0, 64))}${facts.length === 0 ? '' : `, ${facts.join(', ')}`}`,
    paint.dim(store),
    '',
    trimmed(own.toString()),
    ...(versions.length === 0 ? [] : ['', trimmed(named.toString())]),
  ].join('\n');
}

const storedText = ({ encoding, storedBytes }: FileSaid): string =>
  encoding === null ? '' : `${bytesText(storedBytes)} ${encoding}`;

function collectedText({ store, removed, left, young, dryRun }: Collected): string {
  const went = dryRun ? 'would go' : 'taken away';
  const uploads = removed.uploads === 0 ? '' : `, ${countText(removed.uploads, 'unfinished upload')}`;
  const lines = [
    `${countText(removed.files, 'file')} (${bytesText(removed.bytes)}) and ${countText(removed.versions, 'version')}${uploads} ${went}.`,
    `${countText(left.files, 'file')} (${bytesText(left.bytes)}) and ${countText(left.versions, 'version')} stay in ${store}.`,
  ];
  if (young > 0)
    lines.push(
      `${countText(young, 'file')} that nothing names ${young === 1 ? 'is' : 'are'} younger than a day: a push may be under way.`,
    );
  return lines.join('\n');
}

const pulledText = ({ model, version, folder, files }: Pulled): string =>
  `${model} ${short(version)}: ${countText(files.length, 'file')}, ${bytesText(files.reduce((sum, one) => sum + one.bytes, 0))}, in ${folder}`;

const trimmed = (text: string): string => text.replace(/ +$/gm, '');
