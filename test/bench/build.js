// A whole build, its parts and a rebuild, against `zip -9`, archiver and serverless-python-requirements.
import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipArchive } from 'archiver';
import { imports, measured } from './measured.js';
import { installPeer, peerVersions, runPeer } from './peer.js';
import { matchingPython } from './python.js';
import { goalsTable, manifestOf, mb, ours as build, say, seconds, table, tools } from './shared.js';

const version = '3.13';
const requirementsText = 'scikit-learn\npandas\nboto3\n';
const probe =
  'import numpy, scipy.stats, pandas, sklearn.ensemble, boto3\nprint(numpy.linalg.inv(numpy.eye(2)))';
async function sizeOfZips(out) {
  const names = (await readdir(out)).filter((name) => name.endsWith('.zip'));
  const sizes = await Promise.all(names.map(async (name) => (await stat(path.join(out, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function extract(zips, place) {
  await mkdir(place, { recursive: true });
  for (const zip of zips) execFileSync('python3', ['-m', 'zipfile', '-e', zip, place]);
}

/** @returns the section of BENCHMARKS.md, in Markdown */
export async function benchBuild(work) {
  const python = matchingPython(version);
  const requirements = path.join(work, 'requirements.txt');
  await writeFile(requirements, requirementsText);
  const ours = (out, cache, args) =>
    build(work, { out, cache, args: ['--python', version, '--interpreter', python, ...args] });

  say('warming the download caches …');
  await ours(path.join(work, 'warm'), path.join(work, 'cache-warm'), [
    '-r',
    requirements,
    '--pyc',
    'none',
    '--format',
    'directory',
  ]);
  const raw = path.join(work, 'raw');
  say('one raw tree, by pip …');
  execFileSync(
    python,
    [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-compile',
      '--target',
      raw,
      '-r',
      requirements,
    ],
    { stdio: 'inherit' },
  );

  say('baseline: zip -9 -r of the raw tree …');
  const zipRaw = await measured('zip', ['-9', '-q', '-r', path.join(work, 'raw.zip'), '.'], { cwd: raw });
  const zipRawBytes = (await stat(path.join(work, 'raw.zip'))).size;

  say('ours: prune + strip + pack of the same tree …');
  const out = path.join(work, 'out');
  const slim = await ours(out, path.join(work, 'cache-1'), ['--from', raw, '--no-proof', '--pyc', 'none']);
  const slimManifest = await manifestOf(out);
  const slimBytes = await sizeOfZips(out);
  const prunePackMs = slimManifest.times.reduce((sum, step) => sum + step.ms, 0);

  say('the same kept files by zip -9 and by archiver -9 …');
  const kept = path.join(work, 'kept');
  await extract(
    (await readdir(out)).filter((name) => name.endsWith('.zip')).map((name) => path.join(out, name)),
    kept,
  );
  const zipKept = await measured('zip', ['-9', '-q', '-r', path.join(work, 'kept.zip'), '.'], { cwd: kept });
  const zipKeptBytes = (await stat(path.join(work, 'kept.zip'))).size;
  const began = Date.now();
  const archive = new ZipArchive({ zlib: { level: 9 } });
  archive.directory(kept, false);
  await Promise.all([
    pipeline(archive, createWriteStream(path.join(work, 'archiver.zip'))),
    archive.finalize(),
  ]);
  const archiverSeconds = (Date.now() - began) / 1000;
  const ourImports = await imports(python, path.join(kept, 'python'), probe);

  say('peer: serverless-python-requirements, warm download cache …');
  installPeer(path.join(tools, 'peer'));
  const peerArgs = {
    folder: path.join(tools, 'peer'),
    work: path.join(work, 'peer'),
    requirements,
    python,
    version,
  };
  await runPeer(peerArgs);
  const peer = await runPeer(peerArgs);
  const peerBytes = (await stat(peer.zip)).size;
  await extract([peer.zip], path.join(work, 'peer-tree'));
  const peerImports = await imports(python, path.join(work, 'peer-tree'), probe);

  say('ours: whole build, warm download cache …');
  const wholeOut = path.join(work, 'whole');
  const whole = await ours(wholeOut, path.join(work, 'cache-2'), ['-r', requirements]);
  const wholeBytes = await sizeOfZips(wholeOut);
  say("ours: the peer's share of it …");
  const plainOut = path.join(work, 'plain');
  const same = await ours(plainOut, path.join(work, 'cache-4'), [
    '-r',
    requirements,
    '--no-proof',
    '--pyc',
    'none',
  ]);
  const sameBytes = await sizeOfZips(plainOut);
  await extract(
    (await readdir(plainOut))
      .filter((name) => name.endsWith('.zip'))
      .map((name) => path.join(plainOut, name)),
    path.join(work, 'plain-tree'),
  );
  const sameImports = await imports(python, path.join(work, 'plain-tree', 'python'), probe);
  const wholeTimes = (await manifestOf(wholeOut)).times;
  say('ours: rebuild without change …');
  const again = await ours(wholeOut, path.join(work, 'cache-2'), ['-r', requirements]);

  say('ours: the largest stack, for memory …');
  const large = await ours(path.join(work, 'large'), path.join(work, 'cache-3'), [
    ...['-r', path.resolve('fixtures/stacks/tensorflow.txt'), '--format', 'directory'],
  ]);
  const largeManifest = await manifestOf(path.join(work, 'large'));

  const rows = [
    ['`zip -9 -r` of the raw tree', seconds(zipRaw.seconds), mb(zipRawBytes), mb(zipRaw.peak), 'yes'],
    ['`zip -9 -r` of what we keep', seconds(zipKept.seconds), mb(zipKeptBytes), mb(zipKept.peak), 'yes'],
    [
      'archiver 8, level 9, of what we keep',
      seconds(archiverSeconds),
      mb((await stat(path.join(work, 'archiver.zip'))).size),
      '',
      'yes',
    ],
    [
      'lambda-slim: prune + strip + pack',
      seconds(prunePackMs / 1000),
      mb(slimBytes),
      mb(slim.peak),
      ourImports.works ? 'yes' : `no: ${ourImports.error}`,
    ],
    ['lambda-slim: the same, the whole process', seconds(slim.seconds), mb(slimBytes), mb(slim.peak), ''],
    [
      `serverless-python-requirements ${peerVersions['serverless-python-requirements']}: whole build`,
      seconds(peer.seconds),
      mb(peerBytes),
      mb(peer.peak),
      peerImports.works ? 'yes' : `**no**: ${peerImports.error}`,
    ],
    [
      'lambda-slim: whole build, with bytecode and proof',
      seconds(whole.seconds),
      mb(wholeBytes),
      mb(whole.peak),
      '',
    ],
    [
      'lambda-slim: whole build, without proof and bytecode (`--no-proof --pyc none`)',
      seconds(same.seconds),
      mb(sameBytes),
      mb(same.peak),
      sameImports.works ? 'yes' : `no: ${sameImports.error}`,
    ],
    ['lambda-slim: rebuild without change', seconds(again.seconds), mb(wholeBytes), mb(again.peak), ''],
    [
      `lambda-slim: TensorFlow (${mb(largeManifest.sizes.raw)} installed), as a folder, with proof`,
      seconds(large.seconds),
      '',
      mb(large.peak),
      largeManifest.proof.state === 'proven' ? 'yes' : `**${largeManifest.proof.state}**`,
    ],
  ];
  const goals = [
    [
      'prune + strip + pack, time against `zip -9` of the raw tree',
      prunePackMs / 1000 / zipRaw.seconds,
      1 / 3,
    ],
    ['size against `zip -9` of the same files', slimBytes / zipKeptBytes, 1.01],
    [
      "whole build with the peer's steps (no proof, no bytecode), time against the peer",
      same.seconds / peer.seconds,
      1 / 5,
    ],
    [
      'whole build with proof and bytecode, which the peer has not, time against the peer',
      whole.seconds / peer.seconds,
      null,
    ],
    ['rebuild without change, time against the peer', again.seconds / peer.seconds, 1 / 50],
    ['peak memory against 400 MB', Math.max(slim.peak, whole.peak, again.peak, large.peak) / 400e6, 1],
  ];
  return `## Building

The tree: ${requirementsText.trim().split('\n').join(', ')} for Python ${version} on x86_64, the newest wheels of the day. Memory is the
peak of the largest process; for lambda-slim that of its own, without the Python processes in which the packages are imported.

Where the time of a whole build goes: ${wholeTimes.map(({ step, ms }) => `${step} ${(ms / 1000).toFixed(1)} s`).join(', ')}.

${table(['what', 'time', 'zipped', 'peak memory', 'imports'], rows)}

${goalsTable(goals)}
`;
}
