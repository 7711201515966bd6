/**
 * What builds need is held against their projects in a container as it is on the host, also where only the build tells it
 * (`setup_requires`, `get_requires_for_build_wheel`): before pip installs any of it.
 */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathInside } from '../../container/plan.js';
import { templatePath } from '../../io/templates.js';
import { refuseNeeds, type BuildPlaces } from '../inputs/build-places.js';
import { checkedRequires, readBuildSystem } from '../inputs/build-system.js';
import { runScript, type Session } from './session.js';

/**
 * Ask the backends of those projects that take a name from elsewhere; nothing runs where there is none.
 * @throws SlimError `bad-requirements`, what `containerFailure` makes of a failed run, `interrupted`
 */
export async function refuseLateNeeds(session: Session, onLine: (line: string) => void): Promise<void> {
  const { inputs, work } = session;
  const watched = inputs.projects.flatMap((project) => {
    const places = inputs.builds?.get(project.copy);
    return places !== undefined && limitsNames(places) ? [{ project, places }] : [];
  });
  if (watched.length === 0) return;
  const tasks = watched.map(async ({ project }) => {
    const { backend, requires, paths } = await readBuildSystem(project.copy, project.written);
    return { source: pathInside(project.copy), backend, paths: paths.map(pathInside), requires };
  });
  const task = { options: inputs.options, projects: await Promise.all(tasks) };
  await writeFile(path.join(work, 'needs.json'), JSON.stringify(task), { mode: 0o600 });
  await copyFile(templatePath('build_wheel.py'), path.join(work, 'build_wheel.py'));
  await runScript(session, { mode: 'needs', out: null, cpu: false, more: [], onLine });
  const found = JSON.parse(await readFile(path.join(work, 'needs-found.json'), 'utf8')) as readonly unknown[];
  for (const [at, { project, places }] of watched.entries()) {
    const lines = Array.isArray(found[at]) ? found[at].map(String) : [];
    refuseNeeds(checkedRequires(lines, project.written), places);
  }
}

/** Is there a name that may not come from just anywhere? */
const limitsNames = ({ settings }: BuildPlaces): boolean =>
  settings.some(({ sources, owned, barred }) => sources.size + owned.length + barred.length > 0);
