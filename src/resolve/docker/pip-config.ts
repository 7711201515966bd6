/**
 * The user's pip configuration files as `PIP_…` variables, so that a private index named there is used in a container
 * too. The file itself would not do: it names places of the host. https://pip.pypa.io/en/stable/topics/configuration/
 */
import { readFile } from 'node:fs/promises';
import type { Environment } from '../../model.js';
import { inConfig, inHome } from '../../io/user-folders.js';

/** Configuration files in the order in which later ones win. */
export function pipConfigFiles(environment: Environment): readonly string[] {
  const own = environment['PIP_CONFIG_FILE'];
  if (own === '/dev/null' || own === 'nul') return [];
  const roaming = environment['APPDATA'];
  return [
    '/etc/xdg/pip/pip.conf',
    '/etc/pip.conf',
    ...inHome(environment, '.pip/pip.conf', 'Library/Application Support/pip/pip.conf'),
    ...inConfig(environment, 'pip/pip.conf'),
    ...(roaming === undefined ? [] : [`${roaming}\\pip\\pip.ini`]),
    ...(own === undefined ? [] : [own]),
  ];
}

/** Read the files that exist. Unreadable ones count as not there, as for pip. */
export async function readPipConfig(environment: Environment): Promise<Readonly<Record<string, string>>> {
  const texts = await Promise.all(
    pipConfigFiles(environment).map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  return Object.assign({}, ...texts.map(parsePipConfig)) as Record<string, string>;
}

/**
 * Settings of `[global]` and, over them, `[install]`, e.g. `{ PIP_INDEX_URL: 'https://…' }`. Values of several lines
 * become one with spaces between, as in the environment.
 */
export function parsePipConfig(text: string): Readonly<Record<string, string>> {
  const sections: Record<string, Record<string, string>> = { global: {}, install: {} };
  let section: Record<string, string> | undefined;
  let last: string | null = null;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue;
    const header = /^\[([^\]]+)\]/.exec(line);
    const pair = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*)$/.exec(line);
    if (header) [section, last] = [sections[header[1] ?? ''], null];
    else if (/^\s/.test(line)) {
      if (section && last !== null) section[last] = `${section[last] ?? ''} ${line.trim()}`.trim();
    } else if (pair) {
      last = `PIP_${(pair[1] ?? '').replace(/^--/, '').replaceAll('-', '_').toUpperCase()}`;
      if (section) section[last] = (pair[2] ?? '').trim();
    }
  }
  return { ...sections['global'], ...sections['install'] };
}
