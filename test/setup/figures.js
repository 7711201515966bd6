// `npm run figures`: the house in numbers, counted from the sources. Exits with 1 when a number that must be 0 is not.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { floors } from './lint/house.js';

const files = readdirSync('src', { recursive: true })
  .map((name) => name.split(path.sep).join('/'))
  .filter((name) => name.endsWith('.ts'))
  .sort();
const trees = new Map(
  files.map((file) => {
    const text = readFileSync(path.join('src', file), 'utf8');
    return [file, ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)];
  }),
);

/** Every import of our own files, types included, also those that are loaded later. */
const imports = new Map(files.map((file) => [file, importsOf(file)]));

function importsOf(file) {
  const found = new Set();
  const note = (name) => {
    if (name.startsWith('.'))
      found.add(path.posix.join(path.posix.dirname(file), name).replace(/\.js$/, '.ts'));
  };
  const visit = (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier)
      note(node.moduleSpecifier.text);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      note(node.arguments[0].text);
    if (ts.isImportTypeNode(node)) note(node.argument.literal.text);
    ts.forEachChild(node, visit);
  };
  visit(trees.get(file));
  return [...found];
}

/** Tarjan's strongly connected components that have more than one member. */
export function circles(graph) {
  const [index, low, stack, result] = [new Map(), new Map(), [], []];
  const visit = (node) => {
    index.set(node, index.size);
    low.set(node, index.get(node));
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node), low.get(next)));
    }
    if (low.get(node) !== index.get(node)) return;
    const circle = stack.splice(stack.indexOf(node));
    if (circle.length > 1) result.push(circle.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return result;
}

const partOf = (file) => file.split('/')[0];
const heightOf = (file) => floors.findIndex((parts) => parts.includes(partOf(file)));
const edges = [...imports].flatMap(([from, targets]) => targets.map((to) => [from, to]));
const upward = edges.filter(([from, to]) => partOf(from) !== partOf(to) && heightOf(to) >= heightOf(from));
const parts = new Map();
for (const [from, to] of edges) {
  const of = partOf(from);
  parts.set(of, (parts.get(of) ?? new Set()).add(partOf(to)));
}
for (const [part, targets] of parts) targets.delete(part);

function functions() {
  const found = [];
  for (const [file, tree] of trees) {
    const visit = (node) => {
      if (ts.isFunctionLike(node) && node.body) {
        const line = (position) => tree.getLineAndCharacterOfPosition(position).line;
        const name = node.name?.getText() ?? node.parent.name?.getText() ?? 'a function';
        found.push({ name, file, lines: line(node.end) - line(node.getStart()) + 1 });
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
  }
  return found.sort((a, b) => b.lines - a.lines);
}

const lineCount = (file) => readFileSync(file, 'utf8').split('\n').length - 1;
const byPart = Object.groupBy(files, partOf);
const linesOf = (some) => some.reduce((sum, file) => sum + lineCount(path.join('src', file)), 0);
const allLines = linesOf(files);
const [largest, its] = Object.entries(byPart)
  .map(([part, some]) => [part, linesOf(some)])
  .sort((a, b) => b[1] - a[1])[0];
const longestFile = files
  .map((file) => [file, lineCount(path.join('src', file))])
  .sort((a, b) => b[1] - a[1])[0];
const [longest] = functions();
const readme = readFileSync('README.md');
const zeros = {
  'circles of files': circles(imports).length,
  'circles of parts': circles(parts).length,
  'upward imports': upward.length,
};

const rows = {
  ...zeros,
  'files, lines': `${files.length}, ${allLines}`,
  'parts, floors': `${Object.keys(byPart).length}, ${floors.length}`,
  'largest part': `${largest}, ${Math.round((100 * its) / allLines)} % of the lines`,
  'longest file': `${longestFile[0]}, ${longestFile[1]} lines`,
  'longest function': `${longest.name} in ${longest.file}, ${longest.lines} lines`,
  README: `${lineCount('README.md')} lines, ${readme.length} bytes`,
};
for (const [name, value] of Object.entries(rows)) console.log(`${name.padEnd(18)} ${value}`);
for (const [from, to] of upward) console.log(`  up: ${from} → ${to}`);
process.exitCode = Object.values(zeros).every((count) => count === 0) ? 0 : 1;
