/** The page's own files: `templates/report/`, and the treemap layout of d3-hierarchy as its package has it for browsers. */
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { templatePath } from './templates.js';

export interface PageParts {
  /** The text of `page.html`. */
  readonly html: string;
  /** Text by the name under which `page.html` links it. */
  readonly parts: ReadonlyMap<string, string>;
}

export async function pageParts(): Promise<PageParts> {
  const folder = templatePath('report');
  const names = (await readdir(folder)).filter((name) => /\.(?:css|js)$/.test(name));
  const own = await Promise.all(
    names.map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')] as const),
  );
  return {
    html: await readFile(path.join(folder, 'page.html'), 'utf8'),
    parts: new Map([...own, ['d3-hierarchy.js', await layoutLibrary()]]),
  };
}

/** With its licence, which wants to travel with every copy. */
async function layoutLibrary(): Promise<string> {
  const dist = path.dirname(createRequire(import.meta.url).resolve('d3-hierarchy'));
  const read = (name: string): Promise<string> => readFile(path.join(dist, name), 'utf8');
  const licence = await read('../LICENSE');
  return `/*\n${licence.trim()}\n*/\n${await read('d3-hierarchy.min.js')}`;
}
