import { describe, expect, test } from '@jest/globals';
import type { ContainerRun } from '../../src/container/plan.js';
import {
  folderToShow,
  hidesImage,
  imageFor,
  mountText,
  mountsOf,
  pathInside,
  planRun,
} from '../../src/container/plan.js';
import type { Engine } from '../../src/container/engine.js';

const docker: Engine = {
  command: 'docker',
  family: 'docker',
  version: '28.1.0',
  rootless: false,
  remapped: false,
  selinux: false,
  architecture: 'x86_64',
};

function argsOf(engine: Partial<Engine>, more: Partial<ContainerRun> = {}): readonly string[] {
  return planRun({
    engine: { ...docker, ...engine },
    image: 'image',
    architecture: 'x86_64',
    name: 'lambda-slim-1',
    owner: { uid: 1000, gid: 100 },
    mounts: [],
    settings: {},
    secrets: {},
    hostNetwork: false,
    command: ['/bin/sh', 'script'],
    ...more,
  }).args;
}

/** The value after each occurrence of an option. */
const valuesOf = (args: readonly string[], option: string): readonly string[] =>
  args.filter((_, index) => args[index - 1] === option);

test.each([
  ['rootful docker: the caller', {}, {}, '1000:100', []],
  ['rootful docker, called by root', {}, { owner: { uid: 0, gid: 0 } }, '0:0', []],
  ['rootless docker: root is the caller', { rootless: true }, {}, '0:0', []],
  ['docker that maps users away', { remapped: true }, {}, '1000:100', ['host']],
  ['rootless podman', { family: 'podman', rootless: true }, {}, '0:0', ['host']],
  ['rootful podman', { family: 'podman' }, {}, '1000:100', ['host']],
  ['rootless nerdctl', { family: 'nerdctl', rootless: true }, {}, '0:0', []],
  ['rootful nerdctl or finch', { family: 'nerdctl' }, {}, '1000:100', []],
  ['giving files back', {}, { asRoot: true }, '0:0', []],
] as const)('user: %s', (_name, engine, more, user, namespace) => {
  const args = argsOf(engine, more);
  expect(valuesOf(args, '--user')).toEqual([user]);
  expect(valuesOf(args, '--userns')).toEqual(namespace);
});

test.each([
  ['always removed', {}, {}, ['--rm'], []],
  ['docker has an init', {}, {}, ['--init'], []],
  ['podman may lack it', { family: 'podman' }, {}, [], ['--init']],
  ['the other architecture', {}, { architecture: 'arm64' }, ['linux/arm64'], ['linux/amd64']],
  ['SELinux', { selinux: true }, {}, ['--security-opt', 'label=disable'], []],
  ['no SELinux', {}, {}, [], ['--security-opt']],
  ['a proxy on localhost', {}, { hostNetwork: true }, ['--network', 'host'], []],
  ['otherwise the default network', {}, {}, [], ['--network']],
] as const)('flags: %s', (_name, engine, more, has, lacks) => {
  const args = argsOf(engine, more);
  expect(args).toEqual(expect.arrayContaining([...has]));
  for (const one of lacks) expect(args).not.toContain(one);
});

test('the whole command line, and secrets that are not on it', () => {
  const planned = planRun({
    engine: docker,
    image: 'image',
    architecture: 'x86_64',
    name: 'lambda-slim-1',
    owner: { uid: 1000, gid: 100 },
    mounts: [{ source: '/a', target: '/b', writable: false }],
    settings: { HOME: '/home' },
    secrets: { PIP_INDEX_URL: 'https://user:hunter22@index/simple' },
    hostNetwork: false,
    command: ['/bin/sh', 'script', 'resolve'],
  });
  expect(planned.args.join(' ')).toBe(
    'run --rm --name lambda-slim-1 --label lambda-slim --platform linux/amd64 --init --user 1000:100 --workdir /' +
      ' --mount type=bind,source=/a,target=/b,readonly --env HOME=/home --env PIP_INDEX_URL' +
      ' --entrypoint /bin/sh image script resolve',
  );
  expect(planned.environment).toEqual({ PIP_INDEX_URL: 'https://user:hunter22@index/simple' });
});

describe('mounts', () => {
  test.each([
    ['plain', '/a', 'type=bind,source=/a,target=/a,readonly'],
    ['spaces and other letters', '/a b/ü', 'type=bind,source=/a b/ü,target=/a b/ü,readonly'],
    ['a colon', '/a:b', 'type=bind,source=/a:b,target=/a:b,readonly'],
    ['a comma', '/a,b', 'type=bind,"source=/a,b","target=/a,b",readonly'],
    ['a quote', '/a"b', 'type=bind,"source=/a""b","target=/a""b",readonly'],
  ])('%s', (_name, folder, text) => {
    expect(mountText({ source: folder, target: folder, writable: false })).toBe(text);
  });

  test('writable ones do not say readonly', () => {
    expect(mountText({ source: '/a', target: '/b', writable: true })).toBe('type=bind,source=/a,target=/b');
  });

  test('each path once, and none within another', () => {
    const mounts = mountsOf(['/a/b', '/a', '/ab', '/a', '/covered/x'], ['/covered']);
    expect(mounts.map((mount) => mount.source)).toEqual(['/a', '/ab']);
  });

  test.each([
    ['/home/me/wheels', '/home/me/wheels'],
    ['C:\\Users\\me', '/C:/Users/me'],
  ])('%s lies at %s inside', (host, inside) => {
    expect(pathInside(host)).toBe(inside);
  });

  test.each([
    ['/srv/pypi/simple', '/srv/pypi'],
    ['/srv/pypi/simple/', '/srv/pypi'],
    ['/opt/simple', '/opt/simple'],
    ['/srv/wheels', '/srv/wheels'],
  ])('to read %s, %s is shown', (host, folder) => {
    expect(folderToShow(host)).toBe(folder);
  });

  test.each([
    ['/', true],
    ['/usr/', true],
    ['/srv/wheels', false],
    ['/home/me', false],
  ])('%s hides a part of the image: %s', (host, hides) => {
    expect(hidesImage(host)).toBe(hides);
  });
});

test('the image is AWS’s own for Python and architecture', () => {
  expect(imageFor('3.13', 'arm64')).toBe('public.ecr.aws/sam/build-python3.13:latest-arm64');
});
