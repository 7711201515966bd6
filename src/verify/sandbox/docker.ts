/**
 * A sandbox by a container engine. In AWS's own image everything is Lambda's: system, interpreter, libraries, boto3 and
 * the runtime client. In another image, the Python there runs at Lambda's paths with the client that we bring.
 */
import type { Secrets } from '../../text/secrets.js';
import { randomUUID } from 'node:crypto';
import { cp, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';
import type { Cache } from '../../io/cache.js';
import { isReadable, letOthersRead } from '../../io/readable.js';
import { run } from '../../io/run.js';
import { quoted } from '../../text/shell.js';
import { templatePath } from '../../io/templates.js';
import type { Environment, PythonVersion, Target } from '../../model.js';
import { runContainer, runEngine } from '../../container/run.js';
import { ensureImage } from '../../container/image.js';
import { planRun, platformOf, type Mount, type Owner } from '../../container/plan.js';
import type { Engine } from '../../container/engine.js';
import type { Progress } from '../../progress.js';
import { commandOf } from '../runtime/environment.js';
import { launch } from '../runtime/execution.js';
import { initCommand, initFolder } from './host.js';
import type { Sandbox, SandboxSpec } from '../model.js';
import { makeEtc, sandboxUser } from '../../confine/etc.js';
import { makeVar, makeVirtual } from './root-folders.js';

export interface ContainerContext {
  readonly engine: Engine;
  readonly target: Target;
  readonly cache: Cache;
  readonly progress: Progress;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly secrets: Secrets;
  /** Folders with the runtime client and boto3, for an image that is not AWS's. */
  readonly runtime: () => Promise<{ readonly client: string; readonly boto: string }>;
}

/** AWS's image of the runtime. https://gallery.ecr.aws/lambda/python, read 2026-11. */
export function runtimeImage(python: PythonVersion): string {
  return `public.ecr.aws/lambda/python:${python}`;
}

/** Whether the engine has this image for the target's processor. Nothing is fetched. */
export async function hasImage(context: ContainerContext, image: string): Promise<boolean> {
  const { engine, target } = context;
  const answer = await runEngine(
    engine,
    ['image', 'inspect', '--format', '{{.Architecture}}', image],
    context,
  );
  return answer.ok && `linux/${answer.stdout.trim()}` === platformOf(target.architecture);
}

/** What an image is. */
interface Contents {
  readonly isRuntime: boolean;
  /** Absolute path of its Python of the target's version. */
  readonly python: string;
}

const look =
  'test -x /var/runtime/bootstrap && echo runtime || echo other; ' +
  'for python in "/var/lang/bin/python$1" "python$1" "/usr/local/bin/python$1" python3; do ' +
  'if command -v "$python" >/dev/null 2>&1; then exec "$python" -I -S -c ' +
  '"import os,sys; print(\'%d.%d\' % sys.version_info[:2]); print(os.path.realpath(sys.executable))"; fi; done';

/**
 * @param image fetched when it is not here
 * @throws SlimError `container-failed`, `sandbox-failed`, `interrupted`, and what `runtimeClient` throws
 */
export async function container(image: string, context: ContainerContext): Promise<Sandbox> {
  const { engine, target, cache, environment } = context;
  const id = await ensureImage(engine, image, target, context, (text) => context.secrets.hide(text));
  // nerdctl takes names only.
  const named = engine.family === 'nerdctl' ? image : id;
  const contents = await contentsOf(named, image, context);
  const work = await cache.workFolder('sandbox');
  const mounts = await mountsOf(contents, work, context);
  const python = contents.isRuntime ? contents.python : `/var/lang/bin/python${target.python}`;
  const runtime = contents.isRuntime ? ['/var/runtime/bootstrap'] : [python, '/var/runtime/bootstrap.py'];
  return {
    name: 'docker',
    description: `${engine.command} ${engine.version} with ${image}`,
    notChecked: contents.isRuntime ? [] : ['Amazon Linux and its Python: the image is another one.'],
    start: async (spec, signal) => {
      const name = `lambda-slim-${randomUUID()}`;
      const all = [...mounts, bind(spec.task, '/var/task'), bind(spec.opt, '/opt')];
      const planned = planRun({
        engine,
        image: named,
        architecture: target.architecture,
        name,
        owner: await openTo(sandboxUser, all),
        mounts: all,
        settings: {},
        secrets: {},
        hostNetwork: spec.network === 'host',
        probing: { workdir: '/var/task' },
        options: optionsFor(engine, spec),
        command: initCommand(contents.python),
      });
      // A client that ended well has waited for the removal (`--rm`); asking again costs seconds while others are being removed.
      const remove = async (well: boolean): Promise<void> => {
        if (well) return;
        await run(engine.command, ['rm', '--force', name], {
          env: environment,
          onlyEnv: true,
          timeout: 30_000,
          signal: null,
        });
      };
      return launch(
        {
          name: 'docker',
          program: engine.command,
          args: planned.args,
          environment,
          // AWS's bootstrap starts a wrapper itself.
          command: contents.isRuntime ? runtime : commandOf(spec, runtime),
          cleanUp: remove,
        },
        spec,
        signal,
      );
    },
  };
}

/** The container's own limit is for what goes wrong faster than init's meter sees it: /tmp counts there as memory. */
function optionsFor(engine: Engine, { tmpBytes, memory }: SandboxSpec): readonly string[] {
  const most = String(tmpBytes + (memory + 512) * 2 ** 20);
  return [
    '--read-only',
    ...['--tmpfs', `/tmp:rw,exec,nosuid,nodev,mode=1777,size=${tmpBytes}`],
    ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    // Without cgroups of its own a rootless engine refuses the option.
    ...(engine.rootless ? [] : ['--memory', most, '--memory-swap', most]),
    // No /dev/shm, as in Lambda.
    ...(engine.family === 'nerdctl' ? [] : ['--ipc', 'none']),
    // Engines mount a file system of message queues there, in which everybody can make files.
    ...['--tmpfs', '/dev/mqueue:ro,size=4k'],
  ];
}

async function contentsOf(named: string, image: string, context: ContainerContext): Promise<Contents> {
  const { engine, target } = context;
  const result = await runContainer(
    {
      engine,
      image: named,
      architecture: target.architecture,
      name: `lambda-slim-${randomUUID()}`,
      owner: sandboxUser,
      mounts: [],
      settings: {},
      secrets: {},
      hostNetwork: false,
      probing: { workdir: '/' },
      command: ['/bin/sh', '-c', look, 'sh', target.python],
    },
    context,
  );
  const [kind = '', version = 'none', python = ''] = result.stdout.split('\n');
  if (result.ok && version === target.python) return { isRuntime: kind === 'runtime', python };
  throw new SlimError('sandbox-failed', `The image ${image} cannot run Python ${target.python}.`, {
    hint: `Name an image that has it with --image, such as ${runtimeImage(target.python)}.`,
    details: [result.ok ? `its Python: ${version}` : (result.stderr.split('\n').at(-1) ?? '')],
  });
}

async function mountsOf(
  contents: Contents,
  work: string,
  context: ContainerContext,
): Promise<readonly Mount[]> {
  const etc = await makeEtc(path.join(work, 'etc'));
  // A copy: the folder that lambda-slim is installed in may be closed to others, and is not ours to open.
  const rapid = path.join(work, 'rapid');
  await cp(path.dirname(templatePath('verify/init.py')), rapid, { recursive: true });
  const own = [
    bind(rapid, initFolder),
    bind(path.join(etc, 'passwd'), '/etc/passwd'),
    bind(path.join(etc, 'group'), '/etc/group'),
  ];
  if (contents.isRuntime) return own;
  const { client, boto } = await context.runtime();
  const { python } = context.target;
  const folder = path.join(work, 'var');
  await mkdir(folder);
  await makeVar(folder, boto);
  const lang = path.join(folder, 'lang');
  await makeVirtual(lang, python, contents.python);
  return [
    ...own,
    bind(lang, '/var/lang'),
    bind(path.join(folder, 'runtime'), '/var/runtime'),
    bind(boto, '/var/boto'),
    bind(client, `/var/lang/lib/python${python}/site-packages`),
  ];
}

const bind = (source: string, target: string): Mount => ({ source, target, writable: false });

/**
 * Lambda's own user reads all that is mounted, whatever the caller's umask was when it was written: it is our own, in the
 * cache or the output folder.
 * @throws SlimError `sandbox-failed` for what cannot be opened
 */
async function openTo(user: Owner & { readonly name: string }, mounts: readonly Mount[]): Promise<Owner> {
  for (const { source } of mounts) {
    if (isReadable(await stat(source))) continue;
    await letOthersRead(source).catch((cause: unknown) => {
      throw new SlimError(
        'sandbox-failed',
        `Only its owner can read ${source}, and the function is ${user.name}.`,
        {
          hint: `Let others read it, for example with: chmod -R go+rX ${quoted(source)}`,
          cause,
        },
      );
    });
  }
  return user;
}
