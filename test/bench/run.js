// `npm run bench`: ratios against named baselines, each section measured in one run, into BENCHMARKS.md.
// `npm run bench -- payload` (or build) measures that section alone and leaves the other as it is.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { benchBuild } from './build.js';
import { benchPayload } from './payload.js';
import { say } from './shared.js';

const document = 'BENCHMARKS.md';
/** In the document's order; each returns a section with a heading of the second level. */
const parts = { build: benchBuild, payload: benchPayload };
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !Object.hasOwn(parts, name));
if (unknown) throw new Error(`There is no part ${unknown}; the parts are ${Object.keys(parts).join(', ')}.`);

const heading = (section) => section.split('\n', 1)[0];
const before = await readFile(document, 'utf8').catch(() => '');
const sections = new Map(
  before
    .split(/^(?=## )/m)
    .slice(1)
    .map((text) => [heading(text), text]),
);
const fresh = [];
for (const name of Object.keys(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const work = await mkdtemp(path.join(tmpdir(), 'lambda-slim-bench-'));
  try {
    const section = await parts[name](work);
    const when = new Date().toISOString().slice(0, 10);
    const where = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
    const machine = `Measured on ${when} in one run on one machine (${where}), Node ${process.versions.node}.`;
    fresh.push(section.replace('\n\n', `\n\n${machine}\n\n`));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
for (const section of fresh) sections.set(heading(section), `${section.trimEnd()}\n\n`);
const text = `# Benchmarks\n\nMade by \`npm run bench\`.\n\n${[...sections.values()].join('').trimEnd()}\n`;
say(text);
await writeFile(document, text);
