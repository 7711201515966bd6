/** What comments of src/ say: the files that they name are there, and functions throw what their comments list. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { errorTexts } from '../src/error-texts.js';
import { findingTexts } from '../src/findings/findings.js';
import { codesOf, reach, throwersOf, type Thrower } from './setup/throws.js';

const throwers = throwersOf();
const known = new Set<string>(Object.keys(errorTexts));

/** Whatever works can be stopped, fill the disk, and meet a cache that is locked: a list may leave these out. */
const everywhere = new Set(['interrupted', 'disk-full', 'cache-unwritable']);

/** What `olderThanInputs` meets in what it compares. */
const unread = ['bad-config', 'bad-requirements', 'lock-export-failed', 'nothing-to-build'];

/** Codes that a function meets and does not let out, which the graph cannot see. */
const kept: Readonly<Record<string, readonly string[]>> = {
  // No build yet is an answer for it.
  'src/commands/init.ts runInit': ['no-manifest'],
  // They look whether there is a manifest before they read it.
  'src/check/measure.ts measurePlace': ['no-manifest'],
  'src/api/diff.ts diffPlaces': ['no-manifest'],
  'src/commands/diff.ts runDiff': ['no-manifest'],
  // It is returned.
  'src/models/find.ts aliasesOf': ['bad-pointer'],
  // A file that cannot be read is none of ours.
  'src/init/renew.ts staleExamples': ['not-found'],
  // What was measured is worth less than the answer; what a build was made from may be broken since, which is no error then.
  'src/verify/verify.ts verify': ['output-unwritable', ...unread],
  'src/commands/report.ts runReport': unread,
  'src/commands/why.ts runWhy': unread,
  // It asks for `auto`, which refuses nothing.
  'src/doctor/examine.ts examine': ['not-confined'],
  'src/commands/doctor.ts runDoctor': ['not-confined'],
  // It becomes a finding.
  'src/publish/publish-region.ts publishIn': ['cannot-attach'],
};

/** Functions that call one that was made for them in a function that does much more, which the graph takes for called. */
const closures = new Set(['src/publish/payload.ts storePayload', 'src/verify/runtime/execution.ts launch']);

const named = ({ throws }: Thrower): readonly string[] =>
  throws.flatMap((text) => [...text.matchAll(/`([A-Za-z][\w-]*)`/g)].map(([, word = '']) => word));

/** The codes of a list; a function that it names brings those that this can throw. */
function listed(one: Thrower): ReadonlySet<string> {
  const words = named(one);
  const others = [...reach(one)].filter(({ name }) => words.includes(name));
  const brought = codesOf(others.flatMap((other) => [...reach(other)]));
  return new Set([...words.filter((word) => known.has(word)), ...brought]);
}

/** "of the settings", "of AWS": they say in words what would be a long list. */
const isOpen = ({ throws }: Thrower): boolean =>
  /\bof (?:the|what|AWS)\b|every code but/.test(throws.join(' '));

const speaking = throwers.filter(({ throws }) => throws.length > 0);

describe('what is said to be thrown', () => {
  test('there are lists', () => {
    expect(speaking.length).toBeGreaterThan(80);
  });

  test('every word of a list is a code, or a function that is called', () => {
    const wrong = speaking.flatMap((one) => {
      const called = new Set([...reach(one)].map(({ name }) => name));
      return named(one).flatMap((word) =>
        known.has(word) || called.has(word) ? [] : [`${one.where}: ${word}`],
      );
    });
    expect(wrong).toEqual([]);
  });

  test('every code of a list can be thrown', () => {
    const wrong = speaking.flatMap((one) => {
      const can = codesOf(reach(one));
      return named(one).flatMap((word) =>
        known.has(word) && !can.has(word) ? [`${one.where}: ${word}`] : [],
      );
    });
    expect(wrong).toEqual([]);
  });

  test('what a function throws itself, or a helper of its file, is in its list', () => {
    const wrong = throwers.flatMap((one) => {
      if (!one.exported || one.makesErrors || one.name.includes('#')) return [];
      const own = codesOf(reach(one, (next) => !next.exported && next.file === one.file));
      const list = listed(one);
      const missing = [...own].filter((code) => !list.has(code) && !everywhere.has(code));
      return missing
        .filter((code) => kept[one.where]?.includes(code) !== true)
        .map((code) => `${one.where}: ${code}`);
    });
    expect(wrong).toEqual([]);
  });

  test('what it calls throws is there, too, unless words say so', () => {
    const wrong = speaking.flatMap((one) => {
      if (!one.exported || isOpen(one) || closures.has(one.where)) return [];
      const list = listed(one);
      const missing = [...codesOf(reach(one))].filter((code) => !list.has(code) && !everywhere.has(code));
      return missing
        .filter((code) => kept[one.where]?.includes(code) !== true)
        .map((code) => `${one.where}: ${code}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe('what is published is made', () => {
  const files = readdirSync('src', { recursive: true })
    .map((name) => path.join('src', String(name)))
    .filter((name) => name.endsWith('.ts'));

  test('every error', () => {
    const made = codesOf(throwers);
    // Before there is anything of ours that could throw.
    const entry = /const code = '([a-z-]+)'/.exec(readFileSync('bin/lambda-slim.js', 'utf8'))?.[1];
    expect([...known].filter((code) => !made.has(code) && code !== entry)).toEqual([]);
  });

  test('every finding', () => {
    const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
    const made = new Set([...text.matchAll(/\bfinding\(\s*'([a-z0-9-]+)'/g)].map(([, code]) => code));
    expect(Object.keys(findingTexts).filter((code) => !made.has(code))).toEqual([]);
  });

  test('files that comments name are there', () => {
    const all = ['src', 'test', 'templates', 'bin'].flatMap((folder) =>
      readdirSync(folder, { recursive: true }).map((name) => path.posix.join(folder, String(name))),
    );
    const isThere = (name: string): boolean =>
      existsSync(name) || all.some((one) => one === name || one.endsWith(`/${name}`));
    const wrong = files.flatMap((file) => {
      const names = commentsOf(readFileSync(file, 'utf8')).flatMap((comment) => [
        ...comment.matchAll(/(?<![\w./*-])[\w./-]*\w\.(?:ts|js|mjs)(?![\w-])/g),
      ]);
      return names.flatMap(([name]) => (isThere(name) ? [] : [`${file}: ${name}`]));
    });
    expect(wrong).toEqual([]);
  });
});

function commentsOf(text: string): readonly string[] {
  const source = ts.createSourceFile('one.ts', text, ts.ScriptTarget.Latest, true);
  const found = new Map<number, string>();
  const look = (node: ts.Node): void => {
    for (const range of [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ])
      found.set(range.pos, text.slice(range.pos, range.end));
    ts.forEachChild(node, look);
  };
  look(source);
  return [...found.values()];
}
