/** A library that this machine has in the loader's folders and that Lambda lacks: no test may put one there. */
import { test } from '@jest/globals';
import { run } from './program.js';
import { targetFor } from '../src/limits.js';

/** What Python's own modules need of a system, which a sandbox shows. */
const ofPython =
  /^lib(?:ffi|ssl|crypto|sqlite3|bz2|lzma|expat|uuid|mpdec|readline|history|edit|ncursesw?|panelw?|tinfo|gdbm|gdbm_compat|db|tirpc|zstd|python[\d.]+|selinux|pcre.*|acl|attr|gmp|cap)\b/;

/** @returns its SONAME, e.g. `libmagic.so.1`; null when there is none */
async function libraryOfThisMachine(): Promise<string | null> {
  const list = await run('/sbin/ldconfig', ['-p'], { timeout: 20_000 });
  const provided = targetFor('3.13', 'x86_64').providedLibraries;
  const names = [...list.stdout.matchAll(/^\s*(lib[\w+-]+\.so\.\d+) \(libc6,(?:x86-64|AArch64)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => !provided.includes(name) && !ofPython.test(name) && !/^lib(?:c|nss)_/.test(name));
  // Small and known ones first: a few run code of their own when they are loaded.
  const first = /^lib(?:magic|apt-pkg|systemd|udev|mount|blkid|kmod|seccomp|archive|curl)\b/;
  const sorted = [...new Set(names)].sort((a, b) => Number(first.test(b)) - Number(first.test(a)));
  for (const name of sorted.slice(0, 40)) {
    const loads = await run('python3', ['-c', `import ctypes; ctypes.CDLL("${name}")`], { timeout: 20_000 });
    if (loads.ok) return name;
  }
  return null;
}

/** It, or null where there is none. In CI there must be one: Debian's own `apt` needs some. */
export const library = await libraryOfThisMachine();
if (library === null && process.env['CI'] === 'true')
  throw new Error('This machine has no library that Lambda lacks: install one, for example libmagic1.');

/** For tests that need it. */
export const withLibrary = library === null ? test.skip : test;
/** Belongs into their names. */
export const noLibrary =
  library === null
    ? ' (cannot run here: this machine has no library that Lambda lacks, for example libmagic1)'
    : '';
