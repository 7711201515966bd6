/** Read what every Python file of a tree imports. I/O around the pure scanner. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Inventory } from '../model.js';
import type { Progress } from '../progress.js';
import { scanSource } from './imports.js';
import type { SourceFacts } from './imports.js';
import { countText } from '../text/units.js';

/** Facts by path, for entries of kind `python`. */
export type Sources = ReadonlyMap<string, SourceFacts>;

/** Larger sources are tables (unicode data, parsers); they import nothing below their first part. */
const scannedBytes = 4 * 1024 * 1024;
/** How many files between two looks at the event loop (Ctrl-C, progress). */
const breath = 64;

/**
 * Thousands of small files: reading them one after another without promises takes a third of the time.
 * @throws the file system's error when a file cannot be read
 */
export async function readSources(inventory: Inventory, progress: Progress): Promise<Sources> {
  const files = inventory.entries.filter((entry) => entry.kind === 'python' && entry.link === undefined);
  const step = progress.start('scan imports', files.length);
  const facts = new Map<string, SourceFacts>();
  for (const [index, entry] of files.entries()) {
    const bytes = headOf(path.join(inventory.root, entry.path), entry.bytes);
    facts.set(entry.path, detached(scanSource(bytes.toString('utf8'), entry.path)));
    step.advance(1);
    if (index % breath === 0) await setImmediate();
  }
  step.end(countText(files.length, 'Python file'));
  return facts;
}

function headOf(file: string, bytes: number): Buffer {
  if (bytes <= scannedBytes) return readFileSync(file);
  const descriptor = openSync(file, 'r');
  try {
    const head = Buffer.alloc(scannedBytes);
    return head.subarray(0, readSync(descriptor, head, 0, scannedBytes, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** V8 keeps the whole source alive for each name that was cut out of it: 118 MB for torch's 5,493 files. */
function detached(facts: SourceFacts): SourceFacts {
  return structuredClone(facts);
}
