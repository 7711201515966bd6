#!/usr/bin/env node
// Plain syntax that any Node reads: an old one must get a sentence, not a stack trace.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(
    `lambda-slim needs Node 22.15 or newer; this is ${process.versions.node}. ` +
      'Install the current Node from https://nodejs.org, or run: npx -p node@22 -p lambda-slim lambda-slim\n',
  );
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
