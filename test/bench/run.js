// `npm run bench`: prints ratios against named baselines, all measured in this one run, and writes BENCHMARKS.md.
// `npm run bench -- payload` (or build) prints that part alone and writes nothing.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { benchBuild } from './build.js';
import { benchPayload } from './payload.js';
import { say } from './shared.js';

const parts = { build: benchBuild, payload: benchPayload };
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !Object.hasOwn(parts, name));
if (unknown) throw new Error(`There is no part ${unknown}; the parts are ${Object.keys(parts).join(', ')}.`);
const names = wanted.length === 0 ? Object.keys(parts) : wanted;

const sections = [];
for (const name of names) {
  const work = await mkdtemp(path.join(tmpdir(), 'lambda-slim-bench-'));
  try {
    sections.push(await parts[name](work));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
const text = `# Benchmarks

Made by \`npm run bench\`; every number is from one run on one machine (${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'},
${Math.round(totalmem() / 2 ** 30)} GiB), Node ${process.versions.node}.

${sections.join('\n')}`;
say(text);
if (wanted.length === 0) await writeFile('BENCHMARKS.md', text);
