/** Answers of probes that are kept in the cache: the same files and the same questions give the same answer. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cache } from '../io/cache.js';

/** Carries an answer past the cache: on a machine that is less busy it would be another. */
class Fleeting extends Error {
  constructor(readonly answer: unknown) {
    super('not kept');
  }
}

/**
 * @param key from `cacheKey`, over everything that the answer depends on
 * @param isLasting false: use the answer, and ask again next time
 */
export async function remember<Answer>(
  cache: Cache,
  key: string,
  make: () => Promise<Answer>,
  isLasting: (answer: Answer) => boolean,
): Promise<Answer> {
  try {
    const entry = await cache.folder('probes', key, async (folder) => {
      const answer = await make();
      if (!isLasting(answer)) throw new Fleeting(answer);
      await writeFile(path.join(folder, 'answer.json'), JSON.stringify(answer));
    });
    return JSON.parse(await readFile(path.join(entry.path, 'answer.json'), 'utf8')) as Answer;
  } catch (error) {
    if (error instanceof Fleeting) return error.answer as Answer;
    throw error;
  }
}
