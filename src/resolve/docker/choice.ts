/**
 * What pip or uv would install in the container: the part of the cache key that an index can change. It holds no
 * address in clear, so that it may be stored. Pure.
 */
import type { Finding } from '../../findings/findings.js';
import { cacheKey } from '../../text/cache-key.js';
import { normalizeName } from '../../python/names.js';
import { pinsOfReport, type Pin } from '../pins.js';

export interface Choice {
  /** One sorted row for each distribution: name, version, and the file's hash (or a hash of its address). */
  readonly rows: readonly string[];
  /** `name==version` for what comes from an index: constraints, so that the install takes what was chosen. */
  readonly constraints: readonly string[];
  /** PyTorch's CPU builds were taken. */
  readonly cpu: boolean;
  readonly findings: readonly Finding[];
  /** For people, e.g. `pip 25.0`. */
  readonly installer: string;
  /** Only an edited file can change it. */
  readonly settled: boolean;
}

/** Reduce pins to what identifies them. Local files are in the inputs' own digest, and their copies move. */
export function choiceOf(
  pins: readonly Pin[],
  more: Pick<Choice, 'cpu' | 'findings' | 'installer' | 'settled'>,
): Choice {
  const rows = pins.map((pin) => {
    const from = pin.hash ?? (pin.url.startsWith('file:') ? '' : cacheKey({ url: pin.url }));
    return `${pin.name}==${pin.version} ${pin.direct && pin.url.startsWith('file:') ? '' : from}`;
  });
  const constraints = pins.filter((pin) => !pin.direct).map((pin) => `${pin.name}==${pin.version}`);
  return { rows: rows.sort(), constraints: constraints.sort(), ...more };
}

/**
 * Read what docker_install.py left: pip's report, or what `uv pip compile` wrote.
 * @returns null when neither is there: the image's pip is too old to tell beforehand
 */
export function pinsOfAnswer(report: string | null, compiled: string | null): readonly Pin[] | null {
  if (report !== null) return pinsOfReport(report);
  return compiled === null ? null : pinsOfCompiled(compiled);
}

/** `name==version` and `name @ url` lines, with hashes on continued lines. */
function pinsOfCompiled(text: string): Pin[] {
  return text
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .flatMap((line) => {
      const match = /^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*(==|@)\s*(\S+)(.*)$/.exec(line.trim());
      if (!match) return [];
      const [, name = '', relation, value = '', rest = ''] = match;
      const direct = relation === '@';
      const hash = [...rest.matchAll(/--hash=(\S+)/g)].map((one) => one[1]).sort().join(','); // prettier-ignore
      return [
        {
          name: normalizeName(name),
          version: direct ? '' : value,
          file: '',
          hash: hash === '' ? null : hash,
          url: direct ? value : '',
          direct,
        },
      ];
    });
}
