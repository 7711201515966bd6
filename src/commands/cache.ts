/** `lambda-slim cache WHAT`: where the cache is, how large it is, and making it smaller. */
import { SlimError } from '../errors.js';
import { defaultCacheFolder } from '../io/cache-folder.js';
import { census, clean, prune } from '../io/cache-store.js';
import { paintFor } from '../io/screen.js';
import { cacheOptions } from '../options/table.js';
import { readSettings } from '../options/command-line.js';
import { parseSize } from '../options/sizes.js';
import { cacheSizes, prunedText, sizeText } from '../report/cache-text.js';
import type { CommandContext } from './context.js';
import { jsonText } from '../text/json.js';
import { terminal } from '../text/terminal.js';

/** What it can be asked. */
export const cacheActions = ['dir', 'size', 'prune', 'clean'] as const;
type Action = (typeof cacheActions)[number];

const isAction = (text: string): text is Action => (cacheActions as readonly string[]).includes(text);

/** @throws SlimError `bad-option`, `bad-config`, `cache-unwritable` */
export async function runCache(args: readonly string[], context: CommandContext): Promise<readonly []> {
  const { manners, colourful, wrapAt, print } = context;
  const action = args[0] ?? '';
  if (!isAction(action)) {
    throw new SlimError('bad-option', `cache does not know "${action}".`, {
      hint: `It knows: ${cacheActions.join(', ')}.`,
    });
  }
  const { settings } = await readSettings(cacheOptions, context);
  const folder = settings.cacheDir ?? defaultCacheFolder(context.environment);
  const limit = parseSize(settings.cacheLimit) ?? 0;
  const show = <Document extends object>(document: Document, write: (shown: Document) => string): void =>
    print(manners.json ? jsonText(document) : terminal(document, (shown) => `${write(shown)}\n`));
  if (action === 'dir') show({ folder }, (one) => one.folder);
  else if (action === 'size') {
    const sizes = cacheSizes(folder, limit, await census(folder));
    show(sizes, (shown) => sizeText(shown, settings.cacheLimit, paintFor(colourful), wrapAt));
  } else {
    const pruned = await (action === 'clean' ? clean(folder) : prune(folder, limit)).catch(
      (cause: unknown) => {
        throw new SlimError(
          'cache-unwritable',
          `The cache folder ${folder} cannot be written: ${(cause as Error).message}`,
          { hint: 'Run it as the user whose cache it is, or name another folder with --cache-dir.', cause },
        );
      },
    );
    show({ folder, limit, ...pruned }, prunedText);
  }
  return [];
}
