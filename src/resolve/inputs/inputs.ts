/** From the request to self-contained requirements: detected or named files are read, followed and made absolute. */
import path from 'node:path';
import type { BuildRequest } from '../../model.js';
import { normalizeName } from '../../python/names.js';
import type { World } from '../../world.js';
import { sourcesOf, type Source } from './detect.js';
import { exportLock, projectNames } from './locks.js';
import type { CollectedInputs } from './input-lines.js';
import { Preparation } from './preparing.js';
import { parsePylock, pylockLines } from './pylock.js';
import { readPyproject } from './pyproject.js';
import {
  readRequirementsFile,
  readRequirementsText,
  readText,
  type ReadContext,
  type ReadEntry,
} from './reading.js';

/**
 * Read everything that the request names.
 * @throws SlimError `not-found`, `nothing-to-build`, `bad-requirements`, `lock-tool-missing`, `lock-export-failed`
 */
export async function collectInputs(request: BuildRequest, context: World): Promise<CollectedInputs> {
  const folder = await context.cache.workFolder('requirements');
  const preparation = new Preparation(folder, request, context);
  const { sources, others } = await sourcesOf(request);
  for (const source of sources) await addSource(source, preparation, request, context);
  return { ...(await preparation.finish()), others };
}

async function addSource(
  source: Source,
  preparation: Preparation,
  request: BuildRequest,
  context: World,
): Promise<void> {
  const name = path.basename(source.file);
  const reading: ReadContext = { folder: request.folder, environment: context.environment };
  const add = async (entries: readonly ReadEntry[], exact: boolean, topLevel: boolean): Promise<void> => {
    for (const entry of entries) {
      if (entry.kind === 'source') await addSource(entry.source, preparation, request, context);
      else await preparation.add(entry, { exact, topLevel });
    }
  };
  switch (source.kind) {
    case 'requirements':
      preparation.label(name);
      return add(await readRequirementsFile(source.file, reading), false, true);
    case 'pyproject.toml': {
      preparation.label(name);
      const { lines } = readPyproject(await readText(source.file), name, request.extras, request.groups);
      return add(await readRequirementsText(lines.join('\n'), source.file, reading), false, true);
    }
    case 'pylock.toml': {
      preparation.label(name);
      const lock = parsePylock(await readText(source.file), name);
      const top = await projectNames(path.dirname(source.file), request);
      preparation.requests(top.length > 0 ? top : lock.packages.map((one) => normalizeName(one.name)));
      const text = pylockLines(lock, request.extras, request.groups).join('\n');
      return add(await readRequirementsText(text, source.file, reading), true, false);
    }
    case 'uv.lock':
    case 'poetry.lock':
    case 'pdm.lock':
    case 'Pipfile.lock': {
      await readText(source.file);
      const exported = await exportLock({ ...source, kind: source.kind }, request, context);
      preparation.label(exported.label);
      preparation.requests(exported.requested);
      return add(await readRequirementsText(exported.text, source.file, reading), true, false);
    }
  }
}
