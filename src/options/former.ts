/** Spellings of earlier versions: each is read as the one of today, and told. */
import { statSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../model.js';
import { codeOption, handlerOption } from './code.js';
import { environmentName, type OptionRow } from './row.js';

type Table = Readonly<Record<string, unknown>>;

/** Where values come from; see `settle`. */
export interface Sources {
  /** Values as the command line gave them, by option key; absent when not given. */
  readonly flags: Table;
  readonly environment: Environment;
  readonly config: { readonly file: string; readonly values: Table } | null;
  readonly cwd: string;
  /** What defaults that are paths start from: the folder that was named. Absent: `cwd`. */
  readonly folder?: string;
  /** How errors name the flags; see `Given`. With `keys` they are the API's, which has no earlier version. */
  readonly spelling?: 'flags' | 'keys';
  /** Gets a sentence for each old spelling; absent: nobody wants to know. */
  readonly note?: ((sentence: string) => void) | undefined;
}

/** `verifyHandler` → `LAMBDA_SLIM_VERIFY_HANDLER`. */
export function formerVariable(key: string): string {
  return `LAMBDA_SLIM_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}

/** The same sources as they are written today. */
export function modernized(rows: readonly OptionRow[], sources: Sources): Sources {
  const { cwd, config, note = () => {} } = sources;
  let { flags, environment } = sources;
  let values = config?.values ?? {};
  if (rows.some((row) => row.key === handlerOption.key)) {
    const [handler, code] = [handlerOption, codeOption].map(environmentName) as [string, string];
    if (sources.spelling !== 'keys')
      flags = folderAsCode(flags, cwd, ['handler', 'code'], (folder) => {
        note(
          `--handler ${folder} names a folder: write --code ${folder}. --handler is the function's handler now, ${likeThis}.`,
        );
      });
    environment = folderAsCode(environment, cwd, [handler, code], (folder) => {
      note(
        `${handler}=${folder} names a folder: write ${code}=${folder}. ${handler} is the function's handler now, ${likeThis}.`,
      );
    });
    values = folderAsCode(values, path.dirname(config?.file ?? cwd), ['handler', 'code'], (folder) => {
      note(
        `"handler" in ${config?.file ?? ''} names the folder ${folder}: its key is "code" now, and "handler" is the function's handler, ${likeThis}.`,
      );
    });
  }
  for (const row of rows) {
    for (const former of row.formerly ?? []) {
      const [today, before] = [environmentName(row), formerVariable(former)];
      environment = renamed(environment, before, today, () => {
        note(`${before} is called ${today} now.`);
      });
      values = renamed(values, former, row.key, () => {
        note(`"${former}" in ${config?.file ?? ''} is called "${row.key}" now.`);
      });
    }
  }
  return { ...sources, flags, environment, config: config && { ...config, values } };
}

const likeThis = 'such as app.handler';

/** `handler` was the folder of the code, before it became what Lambda calls so. */
function folderAsCode<T extends Table>(
  values: T,
  base: string,
  [handler, code]: readonly [handler: string, code: string],
  tell: (folder: string) => void,
): T {
  const folder = values[handler];
  if (typeof folder !== 'string' || folder === '' || isSet(values[code])) return values;
  if (statSync(path.resolve(base, folder), { throwIfNoEntry: false })?.isDirectory() !== true) return values;
  tell(folder);
  return { ...values, [handler]: undefined, [code]: folder };
}

function renamed<T extends Table>(values: T, before: string, today: string, tell: () => void): T {
  if (!isSet(values[before])) return values;
  tell();
  return isSet(values[today]) ? values : { ...values, [today]: values[before] };
}

const isSet = (value: unknown): boolean => value !== undefined && value !== '';
