#!/usr/bin/env node
// Plain syntax that Node 12 reads, too: an old one must get an error in our own form, not a stack trace.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  const code = 'old-node';
  const message = `lambda-slim needs Node 22.15 or newer; this is ${process.versions.node}.`;
  const hint =
    'Install the current Node from https://nodejs.org, or run: npx -p node@22 -p lambda-slim lambda-slim';
  if (process.argv.includes('--json') || /^(?:1|true|yes)$/.test(process.env.LAMBDA_SLIM_JSON || '')) {
    process.stdout.write(`${JSON.stringify({ error: { code, message, hint, details: [] } }, null, 2)}\n`);
  } else {
    process.stderr.write(`✖ ${message}\n  ${hint}\n  (${code})\n`);
  }
  process.exitCode = 2;
} else {
  import('node:os')
    .then(({ availableParallelism }) => {
      // zlib works on libuv's threads: four, unless told otherwise before the first of them is needed.
      if (!process.env.UV_THREADPOOL_SIZE) {
        process.env.UV_THREADPOOL_SIZE = String(Math.max(4, availableParallelism()));
      }
      return import('../dist/cli.js');
    })
    .then(({ main }) => main(process));
}
