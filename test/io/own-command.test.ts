import { expect, test } from '@jest/globals';
import { ownCommand } from '../../src/io/own-command.js';

test.each([
  ['fetched by npx', '/home/me/.npm/_npx/0f3a/node_modules/lambda-slim/dist/io/x.js', 'npx lambda-slim'],
  ['of this project', '/work/app/node_modules/lambda-slim/dist/io/x.js', 'npx lambda-slim'],
  ['of the workspace above', '/work/node_modules/lambda-slim/dist/io/x.js', 'npx lambda-slim'],
  [
    'of this project, by pnpm',
    '/work/app/node_modules/.pnpm/lambda-slim@1/node_modules/lambda-slim/dist/io/x.js',
    'npx lambda-slim',
  ],
  ['for all projects', '/usr/local/lib/node_modules/lambda-slim/dist/io/x.js', 'lambda-slim'],
  ['of a neighbour', '/work/ap/node_modules/lambda-slim/dist/io/x.js', 'lambda-slim'],
  ['a working copy', '/src/lambda-slim/dist/io/x.js', 'lambda-slim'],
])('%s', (_where, file, expected) => {
  expect(ownCommand('/work/app', file)).toBe(expected);
});
