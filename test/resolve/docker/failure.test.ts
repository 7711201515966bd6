import { expect, test } from '@jest/globals';
import { targetFor } from '../../../src/limits.js';
import { pullFailure } from '../../../src/container/image.js';
import { brokenRequirement, containerFailure } from '../../../src/resolve/docker/failure.js';
import type { ImageFacts } from '../../../src/resolve/docker/failure.js';

const facts: ImageFacts = {
  implementation: 'CPython',
  python: '3.13',
  version: '3.13.0',
  machine: 'x86_64',
  libc: ['glibc', '2.34'],
  pip: '25.0.0',
  uv: null,
};

function failure(exitCode: number, text: string, more: Partial<ImageFacts> = {}) {
  const target = targetFor('3.13', 'x86_64');
  const lines = text.split('\n');
  return containerFailure({
    engine: 'docker',
    image: 'img',
    target,
    exitCode,
    lines,
    facts: { ...facts, ...more },
  });
}

test.each([
  [1, 'exec /bin/sh: exec format error', 'container-failed', 'cannot run linux/amd64 containers'],
  [1, 'OSError: [Errno 28] No space left on device', 'disk-full', 'no room left'],
  [
    125,
    'docker: Error response from daemon: invalid mount config for type "bind": bind source path does not exist: /x',
    'container-failed',
    'cannot see',
  ],
  [
    125,
    'docker: image with reference x was found but does not match the specified platform: wanted linux/amd64, actual: linux/arm64.',
    'container-failed',
    'is for linux/arm64',
  ],
  [90, 'no python3.13', 'container-failed', 'has no Python.'],
  [127, 'exec: "/bin/sh": stat /bin/sh: no such file or directory', 'container-failed', 'no shell'],
  [126, 'crun: cgroups not supported', 'container-failed', 'cannot start a container'],
  [92, '', 'container-failed', 'neither pip nor uv'],
  [137, '', 'container-failed', 'memory'],
  [1, 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES', 'hash-mismatch', 'hash'],
  [
    1,
    'ERROR: In --require-hashes mode, all requirements must have …',
    'bad-requirements',
    'others have none',
  ],
  [1, 'ERROR: 401 Client Error: Unauthorized for url', 'index-unreachable', 'refuses the login'],
  [1, 'NewConnectionError: Temporary failure in name resolution', 'index-unreachable', 'did not answer'],
  [1, 'ERROR: No matching distribution found for x', 'resolution-failed', 'contradict'],
  [
    1,
    "  Building wheel for tiny (pyproject.toml): finished with status 'error'",
    'container-failed',
    'tiny could not be built in img',
  ],
  [7, 'who knows', 'container-failed', 'exit code 7'],
])('exit %d, %j', (exitCode, text, code, sentence) => {
  const error = failure(exitCode, text);
  expect(error.code).toBe(code);
  expect(error.message).toContain(sentence);
  expect(error.hint).not.toBe('');
});

test.each([
  [{ python: '3.9' }, 'CPython 3.9 on x86_64, but'],
  [{ machine: 'aarch64' }, 'CPython 3.13 on aarch64, but'],
  [{ libc: ['', ''] }, 'CPython 3.13 on x86_64 without glibc, but'],
  [{ implementation: 'PyPy' }, 'PyPy 3.13 on x86_64, but'],
])('an image with %j is refused', (more, has) => {
  expect(failure(91, '', more).message).toBe(
    `The image img has ${has} the target is CPython 3.13 on x86_64 with glibc.`,
  );
});

test('the last twenty lines are shown', () => {
  const text = Array.from({ length: 50 }, (_, index) => `line ${index}`).join('\n\n');
  expect(failure(1, text).details).toHaveLength(20);
  expect(failure(1, text).details.at(-1)).toBe('line 49');
});

test.each([
  ['ERROR: Failed building wheel for my-pkg', 'my-pkg'],
  ['ERROR: Failed to build installable wheels for some pyproject.toml based projects (my-pkg)', null],
  ['× Encountered error while generating package metadata.\n╰─> my-pkg', 'my-pkg'],
  ['  × Failed to build `my-pkg==1.0`', 'my-pkg'],
  ['all is well', null],
])('who broke in %j', (text, name) => {
  expect(brokenRequirement(text)).toBe(name);
});

test.each([
  ['manifest unknown', 'it is not there, or you may not read it'],
  ['dial tcp: i/o timeout', 'cannot get the image img for linux/amd64.'],
])('pull: %s', (text, sentence) => {
  expect(pullFailure('docker', 'img', targetFor('3.13', 'x86_64'), [text]).message).toContain(sentence);
});

test('what --no-build forbids is said in a container, too', () => {
  const failed = (wheelsOnly: boolean) =>
    containerFailure({
      ...{
        engine: 'docker',
        image: 'img',
        target: targetFor('3.13', 'x86_64'),
        exitCode: 1,
        facts,
        wheelsOnly,
      },
      lines: ['ERROR: No matching distribution found for docopt==0.6.2'],
    }).hint;
  expect(failed(true)).toMatch(
    /published as source only would have to be built, and --no-build forbids that\.$/,
  );
  expect(failed(false)).not.toContain('--no-build');
});
