/** Every decided file must be one that the requirements allow by its hash; and when it is not, why. */
import { SlimError } from '../../errors.js';
import { pythonVersions, targetFor } from '../../limits.js';
import type { Environment, Target } from '../../model.js';
import { splitRequirement } from '../../python/lines.js';
import { normalizeName } from '../../python/names.js';
import { fits, parseWheelName } from '../../python/wheels.js';
import type { CollectedInputs, InputLine } from '../inputs/input-lines.js';
import type { Pin } from '../pins.js';
import { indexWithLogin } from '../secrets.js';
import { hashMismatch } from '../mismatch.js';
import { webOf } from '../web.js';
import { chainsTo } from './conflict.js';
import type { World } from '../../world.js';
import { filesOf, locationsOf } from './simple-index.js';

/**
 * uv resolves without comparing hashes, so this does.
 * @throws SlimError `hash-mismatch`; `no-wheel` when the hashes are those of other systems' files
 */
export async function checkHashes(
  pins: readonly Pin[],
  inputs: Pick<CollectedInputs, 'asked' | 'lines' | 'options' | 'uv' | 'source'>,
  target: Target,
  tool: 'uv' | 'pip',
  context: Pick<World, 'environment' | 'secrets'>,
): Promise<void> {
  const wanted = wantedHashes(inputs.lines);
  for (const pin of pins) {
    const hashes = wanted.get(pin.name);
    const sameKind = hashes?.some((hash) => hash.startsWith('sha256:')) ?? false;
    if (hashes === undefined || !sameKind || (pin.hash !== null && hashes.includes(pin.hash))) continue;
    const { environment } = context;
    const options = [...inputs.options, ...indexOf(pin.name, inputs.lines, environment)];
    const locations = await locationsOf(tool, { ...inputs, options }, environment);
    const { files } = await filesOf(pin.name, locations, webOf(context));
    const known = files.filter((file) => file.hash !== null && hashes.includes(file.hash));
    throw (
      notForTarget(
        pin,
        known.map((file) => file.file),
        inputs.source,
        target,
      ) ??
      hashMismatch({ what: pin.file, expected: hashes, got: pin.hash }, chainsTo(pin.name, inputs.asked, ''))
    );
  }
}

/**
 * The hashes belong to files that are as they were: nobody changed anything, and only none of them is for the target.
 * @param known files of the index whose hashes are allowed
 */
function notForTarget(pin: Pin, known: readonly string[], source: string, target: Target): SlimError | null {
  if (known.length === 0 || known.includes(pin.file)) return null;
  const wheels = known.filter((file) => file.endsWith('.whl'));
  const others = pythonVersions.filter((python) => {
    const other = targetFor(python, target.architecture);
    return wheels.some((wheel) => fits(wheel, other).fits);
  });
  const has = wheels.length === 0 ? 'only its source' : `wheels for ${tagsOf(wheels)}`;
  const fitting = wheels.some((wheel) => fits(wheel, target).fits);
  if (fitting) {
    return new SlimError('hash-mismatch', `${pin.file} was published after ${source} was made.`, {
      hint: `Write ${source} anew with its tool, so that it has the hash of the wheel that fits best.`,
      details: [`its hashes are those of ${known.slice(0, 6).join(', ')}${known.length > 6 ? ', …' : ''}`],
    });
  }
  const way =
    others.length === 0
      ? ''
      : `Build for a Python that it was made for: --python ${[...others].reverse().join(' or ')}. `;
  return new SlimError(
    'no-wheel',
    `${source} has no wheel of ${pin.name} ${pin.version} for Python ${target.python} on ${target.architecture}.`,
    {
      hint: `${way}Or make it anew, for this Python, too.`,
      details: [`it has ${has}`],
    },
  );
}

function tagsOf(wheels: readonly string[]): string {
  const tags = [...new Set(wheels.flatMap((wheel) => parseWheelName(wheel)?.pythons ?? []))].sort();
  return tags.slice(0, 8).join(', ');
}

function wantedHashes(lines: readonly InputLine[]): ReadonlyMap<string, readonly string[]> {
  const wanted = new Map<string, string[]>();
  for (const line of lines) {
    if (!('text' in line)) continue;
    const hashes = [...line.text.matchAll(/--hash[=\s]+(\S+)/g)].map((match) => match[1] ?? '');
    const name = nameIn(line.text);
    if (name === null || hashes.length === 0) continue;
    wanted.set(name, [...(wanted.get(name) ?? []), ...hashes]);
  }
  return wanted;
}

const nameIn = (text: string): string | null => {
  const { name } = splitRequirement(text.replace(/\s--hash[=\s].*$/, ''));
  return name === null ? null : normalizeName(name);
};

/** Its own index, as an option. */
function indexOf(name: string, lines: readonly InputLine[], environment: Environment): string[] {
  return lines.flatMap((line) =>
    'text' in line && line.index !== undefined && nameIn(line.text) === name
      ? [`--extra-index-url ${indexWithLogin(line.index.name, line.index.url, environment)}`]
      : [],
  );
}
