/** `lambda-slim.json`: how commands hand over. Written last, so that its presence means a whole output folder. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from './errors.js';
import type { Manifest } from './model.js';

export const manifestName = 'lambda-slim.json';

/**
 * @param out the output folder of a build
 * @throws SlimError `no-manifest`, `bad-manifest`
 */
export async function readManifest(out: string): Promise<Manifest> {
  const file = path.join(out, manifestName);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SlimError('no-manifest', `There is no build in ${out}: ${manifestName} is not there.`, {
      hint: 'Run "lambda-slim build" first, or name its output folder with --out.',
      cause,
    });
  });
  const document = parse(text) as Partial<Manifest> | null;
  if (document?.manifestVersion !== 1) {
    throw new SlimError('bad-manifest', `${file} is not a manifest that this version of lambda-slim reads.`, {
      hint: 'Build again with this version.',
    });
  }
  return document as Manifest;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** The manifest's text: the same manifest gives the same bytes. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 1)}\n`;
}
