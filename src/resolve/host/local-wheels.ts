/** The user's own wheels and projects: wheels are checked, projects are built, and the files then name wheels only. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { SlimError } from '../../errors.js';
import { hashFile } from '../../io/hash.js';
import { parseWheelName, fits } from '../../python/wheels.js';
import { buildWheel, type WheelOptions } from '../inputs/build-wheel.js';
import { fileOptions, writeLines, type CollectedInputs } from '../inputs/input-lines.js';
import { buildingNote } from '../inputs/run-backend.js';

export interface LocalWheels {
  readonly inputs: CollectedInputs;
  /** `name version` of each project that was built. */
  readonly built: readonly string[];
}

/** @throws SlimError `no-wheel` (a wheel that does not fit, a project that compiles something), and what `buildWheel` throws */
export async function withLocalWheels(inputs: CollectedInputs, options: WheelOptions): Promise<LocalWheels> {
  const { target, note } = options;
  for (const line of inputs.lines) {
    const file = 'text' in line ? /\/([^/\s]+\.whl)(?=\s|$)/.exec(line.text)?.[1] : undefined;
    if (file === undefined) continue;
    const name = decodeURIComponent(file);
    const fit = fits(name, target);
    // A marker may leave it out; only pip and uv judge markers.
    if (fit.fits || ('text' in line && line.text.includes(' ; '))) continue;
    throw new SlimError('no-wheel', `${name} does not fit: ${fit.because}.`, {
      hint: `Name a wheel for CPython ${target.python}, ${target.architecture}, glibc ${target.glibc} or older.`,
    });
  }
  if (inputs.projects.length === 0) return { inputs, built: [] };
  const needsHashes = inputs.lines.some((line) => 'text' in line && line.text.includes('--hash'));
  const wheels = new Map<string, { url: string; name: string; hash: string }>();
  const written = new Map(inputs.written);
  for (const project of inputs.projects) {
    note(buildingNote(project.written));
    const wheel = await buildWheel(project, options);
    const hash = needsHashes ? ` --hash=sha256:${await hashFile(wheel)}` : '';
    const name = path.basename(wheel).split('-')[0] ?? '';
    written.set(wheel, project.written);
    wheels.set(project.copy, { url: pathToFileURL(wheel).href, name, hash });
  }
  const lines = inputs.lines.map((line) => {
    if ('text' in line) return line;
    const wheel = wheels.get(line.project.copy);
    const marker = line.marker === '' ? '' : ` ; ${line.marker}`;
    const text = `${wheel?.name ?? ''}${line.extras} @ ${wheel?.url ?? ''}${marker}${wheel?.hash ?? ''}`;
    return { text, origin: line.origin };
  });
  const file = path.join(inputs.folder, 'requirements-built.txt');
  await writeLines(file, fileOptions(inputs.options, lines), lines);
  return {
    inputs: { ...inputs, files: [file], lines, projects: [], written },
    built: [...wheels.values()].map(({ url }) => builtName(url)),
  };
}

function builtName(url: string): string {
  const wheel = parseWheelName(path.posix.basename(decodeURIComponent(url)));
  return `${wheel?.name ?? ''} ${wheel?.version ?? ''}`;
}
