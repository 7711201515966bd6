/** `lambda-slim init WHAT`: a small example beside the user's files that deploys what was built. */
import { isTyped, readSettings } from '../options/command-line.js';
import { SlimError } from '../errors.js';
import { deploysFunction, isKind, kindNames, renewedBy, type KindName } from '../init/kinds.js';
import { checkFunction, plugFor, type Plug } from '../init/plug.js';
import { planFor, renew } from '../init/renew.js';
import { writeNew } from '../init/write.js';
import { readManifest } from '../manifest/manifest.js';
import { defaultPython } from '../limits.js';
import type { Manifest } from '../model.js';
import { initOptions } from '../options/table.js';
import type { CommandContext } from './context.js';
import { jsonText } from '../text/json.js';
import { relativePath } from '../text/relative-path.js';
import { terminal } from '../text/terminal.js';

/**
 * @throws SlimError `unusable-file`, `bad-option`, `bad-config`, `bad-manifest`, `file-exists`, `output-unwritable`; with
 *   `--update` `no-manifest`, `not-found`, `file-edited`
 */
export async function runInit(args: readonly string[], context: CommandContext): Promise<readonly []> {
  const { flags, cwd, manners, version, print } = context;
  const kind = args[0] ?? '';
  if (!isKind(kind)) {
    throw new SlimError('bad-option', `init does not know "${kind}".`, {
      hint: `It writes: ${kindNames.join(', ')}.`,
    });
  }
  const { settings } = await readSettings(initOptions, context);
  const out = settings.out;
  const update = settings.update === true;
  const plug = plugFor(update ? await readManifest(out) : await lastBuild(out), {
    build: relativeTo(cwd, out),
    python: settings.python ?? defaultPython,
    architecture: settings.arch,
    handler: settings.handler ?? null,
    codeFolder: settings.code === undefined ? null : relativeTo(cwd, settings.code),
    typed: {
      python: flags.python !== undefined,
      arch: flags.arch !== undefined,
      handler: isTyped(context, 'handler'),
    },
  });
  if (update) return runUpdate(kind, plug, context);
  if (deploysFunction(kind)) checkFunction(plug);
  const { files, next } = await planFor(kind, plug, version);
  await writeNew(cwd, files);
  const written = files.map((file) => file.path);
  if (manners.json) print(jsonText({ written, next }));
  else {
    const facts = { written, next };
    const lines = (shown: typeof facts): readonly string[] => [
      ...['written', ...indented(shown.written), ''],
      ...['next', ...indented(shown.next), ''],
    ];
    print(terminal(facts, (shown) => lines(shown).join('\n')));
  }
  return [];
}

/** `init WHAT --update`. */
async function runUpdate(kind: KindName, plug: Plug, context: CommandContext): Promise<readonly []> {
  const { cwd, manners, version, print } = context;
  const facts = await renew(cwd, kind, plug, version);
  const lines = ({ renewed, unchanged }: typeof facts): readonly string[] => [
    ...(renewed.length === 0 ? [] : ['renewed', ...indented(renewed)]),
    ...(unchanged.length === 0 ? [] : ['unchanged', ...indented(unchanged)]),
    ...(renewedBy(kind).length === 0
      ? [`Nothing to renew: what init ${kind} writes reads the build's manifest at each deployment.`]
      : []),
    '',
  ];
  print(manners.json ? jsonText(facts) : terminal(facts, (shown) => lines(shown).join('\n')));
  return [];
}

const relativeTo = (cwd: string, place: string): string => relativePath(cwd, place) || '.';

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

/** Null when there is none yet; a manifest that cannot be read is an error. */
async function lastBuild(out: string): Promise<Manifest | null> {
  return readManifest(out).catch((error: unknown) => {
    if (error instanceof SlimError && error.code === 'no-manifest') return null;
    throw error;
  });
}
