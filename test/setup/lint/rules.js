// Rules of the house that no plugin has.
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { doors, outlets, pureFolders, streamFiles } from './house.js';

/** Modules by which a file would reach the disk, a process, the network or the clock. */
const worldly = [
  'node:child_process',
  'node:cluster',
  'node:dgram',
  'node:dns',
  'node:fs',
  'node:http',
  'node:http2',
  'node:https',
  'node:net',
  'node:os',
  'node:process',
  'node:timers',
  'node:tls',
  'node:worker_threads',
];
const clocks = { Date: ['now'], performance: ['now', 'timeOrigin'] };
const source = path.resolve(import.meta.dirname, '../../../src');

/** The first comment of a file, when it stands before everything else. */
const header = (text) => /^\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? '';

/** Whether the first comment ends in "Pure." or its last line but links does. */
export const isPure = (text) =>
  /(?:^|\s)Pure\.\s*(?:\*\s+https?:\/\/\S+\s*)*\*\/$/.test(header(text)) ||
  /\bPure\.\s*\*\/$/.test(header(text));

const known = new Map();
function fileIsPure(file) {
  if (!known.has(file)) known.set(file, existsSync(file) ? isPure(readFileSync(file, 'utf8')) : true);
  return known.get(file);
}

const matches = (name, module) => name === module || name.startsWith(`${module}/`);

/** A recipe is data; it is pure without saying so. */
const saysNothing = (file) => file.startsWith(path.join(source, 'recipes') + path.sep);

const pure = {
  meta: { type: 'problem', schema: [], messages: { no: '{{what}}' } },
  create(context) {
    const { text } = context.sourceCode;
    const file = context.filename;
    const folder = path.relative(source, file).split(path.sep).join('/');
    const report = (node, what) => context.report({ node, messageId: 'no', data: { what } });
    if (!isPure(text) && !saysNothing(file)) {
      const must = pureFolders.some((one) => folder.startsWith(`${one}/`));
      return must
        ? {
            Program: (node) =>
              report(node, 'Everything in this folder is pure: say so, "Pure.", in its head.'),
          }
        : {};
    }
    return {
      'ImportDeclaration, ExportNamedDeclaration[source], ExportAllDeclaration'(node) {
        const name = node.source.value;
        if (node.importKind === 'type' || node.exportKind === 'type') return;
        if (worldly.some((one) => matches(name, one)) || doors.some((one) => matches(name, one.name)))
          return report(node, `"Pure." is at the head of this file, and ${name} reaches outside.`);
        if (!name.startsWith('.')) return;
        const target = targetOf(file, name);
        if (!fileIsPure(target) && !saysNothing(target))
          report(node, `"Pure." is at the head of this file, and not of ${path.relative(source, target)}.`);
      },
      ImportExpression: (node) =>
        report(node, '"Pure." is at the head of this file: it loads nothing later.'),
      MemberExpression(node) {
        if (node.object.type === 'Identifier' && clocks[node.object.name]?.includes(node.property.name))
          report(node, '"Pure." is at the head of this file: it does not know the time.');
      },
      'NewExpression[callee.name="Date"][arguments.length=0]': (node) =>
        report(node, '"Pure." is at the head of this file: it does not know the time.'),
    };
  },
};

const targetOf = (file, name) => path.resolve(path.dirname(file), name.replace(/\.js$/, '.ts'));

const read = new Map();
/** Files of ours that a file imports, types included, as it is on the disk now. */
function importsOf(file) {
  const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (changed === undefined) return [];
  if (read.get(file)?.changed !== changed) {
    const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'));
    const names = importedFiles.map(({ fileName }) => fileName).filter((name) => name.startsWith('.'));
    read.set(file, { changed, files: names.map((name) => targetOf(file, name)) });
  }
  return read.get(file).files;
}

/** The way from one file to another along imports, both included; null when there is none. */
function wayTo(from, to) {
  const before = new Map([[from, null]]);
  for (const file of before.keys()) {
    if (file === to) {
      const way = [];
      for (let at = file; at !== null; at = before.get(at)) way.unshift(at);
      return way;
    }
    for (const next of importsOf(file)) if (!before.has(next)) before.set(next, file);
  }
  return null;
}

/** import-x's `no-cycle` leaves out imports of types, and so does not see half of our circles. */
const noCircle = {
  meta: { type: 'problem', schema: [], messages: { circle: 'A circle: {{way}}.' } },
  create(context) {
    const file = context.filename;
    const check = (node, name) => {
      if (typeof name !== 'string' || !name.startsWith('.')) return;
      const way = wayTo(targetOf(file, name), file);
      if (way === null) return;
      const names = [file, ...way].map((one) => path.relative(source, one));
      context.report({ node, messageId: 'circle', data: { way: names.join(' → ') } });
    };
    return {
      'ImportDeclaration, ExportNamedDeclaration[source], ExportAllDeclaration, ImportExpression, TSImportType':
        (node) => check(node, node.source.value),
    };
  },
};

/** Like `max-lines-per-function`, but a comment that names the reason ("Long: …") right before it excuses one. */
const functionLength = {
  meta: {
    type: 'suggestion',
    schema: [{ type: 'object', properties: { max: { type: 'integer' } } }],
    messages: {
      long: '{{name}} has {{lines}} lines (at most {{max}}, or a reason: "Long: …" in its comment).',
    },
  },
  create(context) {
    const { max } = context.options[0];
    const check = (node) => {
      const lines = node.loc.end.line - node.loc.start.line + 1;
      if (lines <= max) return;
      const statement = node.parent.type === 'ExportNamedDeclaration' ? node.parent : node;
      const comments = context.sourceCode.getCommentsBefore(statement);
      if (comments.some(({ value }) => /\bLong: \S/.test(value))) return;
      context.report({
        node,
        messageId: 'long',
        data: { name: node.id?.name ?? 'This function', lines, max },
      });
    };
    return { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check };
  },
};

/** Names under which a stream of the process goes about. */
const streams = /^(?:stdout|stderr|stream|tty)$/i;
/** Ways from a text to a stream. */
const writes = /^(?:write|end|writev|pipe)$/;
/** Modules by which one comes to a terminal past `cli.ts`. */
const terminals = /^(?:node:)?(?:console|tty|readline|readline\/promises)$/;

const nameOf = (node) =>
  node.type === 'Identifier' ? node.name : node.type === 'MemberExpression' ? nameOf(node.property) : '';

/**
 * What leaves the program leaves it one way: the streams are written to by those who hide secrets, and the type of each kind of output
 * is given to a text by the file that quotes for it, and by no cast elsewhere.
 */
const oneWayOut = {
  meta: { type: 'problem', schema: [], messages: { no: '{{what}}' } },
  create(context) {
    const file = path.relative(source, context.filename).split(path.sep).join('/');
    const report = (node, what) => context.report({ node, messageId: 'no', data: { what } });
    const past = 'What is written goes through the run: print, printBeside, note or progress.';
    const listeners = {
      'TSAsExpression, TSTypeAssertion'(node) {
        const type = context.sourceCode.getText(node.typeAnnotation);
        if (/\b(?:never|any)\b/.test(type)) report(node, 'A cast to what fits everywhere passes every wall.');
        for (const [name, makers] of Object.entries(outlets))
          if (new RegExp(`\\b${name}\\b`).test(type) && !makers.includes(file))
            report(node, `Only ${makers.join(', ')} may say that a text is ${name}: call what is there.`);
      },
      // A function that says so by its type guard, or a declaration without a value, is a cast by another name.
      TSTypePredicate(node) {
        const type = context.sourceCode.getText(node.typeAnnotation ?? node);
        for (const name of Object.keys(outlets))
          if (new RegExp(`\\b${name}\\b`).test(type))
            report(node, `A text is not ${name} because a function says so.`);
      },
    };
    if (streamFiles.includes(file)) return listeners;
    return {
      ...listeners,
      CallExpression({ callee }) {
        if (
          callee.type === 'MemberExpression' &&
          writes.test(nameOf(callee.property)) &&
          streams.test(nameOf(callee.object))
        )
          report(callee, past);
      },
      ImportDeclaration(node) {
        if (node.importKind !== 'type' && terminals.test(node.source.value)) report(node, past);
      },
      'Identifier[name="console"]': (node) => report(node, past),
    };
  },
};

export const house = {
  rules: { pure, 'no-circle': noCircle, 'function-length': functionLength, 'one-way-out': oneWayOut },
};
