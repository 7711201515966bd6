/**
 * Which error codes the functions of src/ can throw, by what they call: a graph over symbols, made with the compiler's
 * own program. It takes a code that is caught on the way for thrown, so it finds what is too much in a list, and what
 * a function throws itself; not what others throw that a list leaves out.
 */
import path from 'node:path';
import ts from 'typescript';
import { errorTexts } from '../../src/error-texts.js';

const codes = new Set<string>(Object.keys(errorTexts));

/** A function of src/, with what is inside of it. */
export interface Thrower {
  /** `src/x/y.ts name` */
  readonly where: string;
  readonly name: string;
  readonly file: string;
  readonly exported: boolean;
  /** It gives an error back instead of throwing it. */
  readonly makesErrors: boolean;
  /** Its `@throws` that are about SlimErrors, and what its `@returns` says of a promise that rejects. */
  readonly throws: readonly string[];
  /** Codes that stand where only a code can: it makes an error of them. */
  readonly makes: ReadonlySet<string>;
  readonly calls: ReadonlySet<Thrower>;
}

type Mutable = { -readonly [Key in keyof Thrower]: Thrower[Key] } & {
  makes: Set<string>;
  calls: Set<Thrower>;
};

function programOf(): ts.Program {
  const read = ts.readConfigFile('tsconfig.build.json', (file) => ts.sys.readFile(file));
  const { fileNames, options } = ts.parseJsonConfigFileContent(read.config, ts.sys, '.');
  return ts.createProgram(fileNames, { ...options, noEmit: true });
}

/** Every function that has a name of its own at the top of a file, and every method. Those inside belong to it. */
export function throwersOf(): readonly Thrower[] {
  const program = programOf();
  const checker = program.getTypeChecker();
  const sources = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.includes('/src/') && !fileName.includes('node_modules'));
  const owners = new Map<ts.Node, Mutable>();
  const tops: { node: ts.Node; thrower: Mutable }[] = [];
  for (const source of sources) {
    const file = path.relative(process.cwd(), source.fileName);
    for (const statement of source.statements) {
      for (const { node, name, doc } of named(statement)) {
        const thrower: Mutable = {
          where: `${file} ${name}`,
          name,
          file,
          exported: isExported(statement),
          makesErrors: givesErrors(node, checker),
          throws: throwsOf(doc),
          makes: new Set(),
          calls: new Set(),
        };
        tops.push({ node, thrower });
        const own = (inner: ts.Node): void => {
          owners.set(inner, thrower);
          ts.forEachChild(inner, own);
        };
        own(node);
      }
    }
  }
  const implementers = implementersOf(sources, checker);
  const ownersOfSymbol = (symbol: ts.Symbol | undefined): readonly Mutable[] => {
    if (symbol === undefined) return [];
    const real = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const nodes = [...(real.declarations ?? []), ...(implementers.get(real) ?? [])];
    return nodes.flatMap((node) => owners.get(node) ?? []);
  };
  for (const { node, thrower } of tops) {
    const look = (inner: ts.Node): void => {
      if (ts.isTypeNode(inner)) return;
      if (ts.isStringLiteral(inner) && codes.has(inner.text) && isCodeOnly(checker.getContextualType(inner)))
        thrower.makes.add(inner.text);
      if (ts.isIdentifier(inner) || ts.isPrivateIdentifier(inner)) {
        const type = checker.getTypeAtLocation(ts.isPrivateIdentifier(inner) ? inner.parent : inner);
        // Data leads nowhere, whoever made it.
        const runs = type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0;
        const symbol = runs || isConstant(inner, checker) ? checker.getSymbolAtLocation(inner) : undefined;
        const through = runs ? type.getSymbol() : undefined;
        for (const other of [...ownersOfSymbol(symbol), ...ownersOfSymbol(through)])
          if (other !== thrower) thrower.calls.add(other);
      }
      ts.forEachChild(inner, look);
    };
    look(node);
  }
  return tops.map(({ thrower }) => thrower);
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false)
  );
}

/** What a statement declares, each with the node that has its doc comment. */
function named(statement: ts.Statement): readonly { node: ts.Node; name: string; doc: ts.Node }[] {
  if (ts.isFunctionDeclaration(statement))
    return [{ node: statement, name: statement.name?.text ?? 'default', doc: statement }];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map((one) => ({
      node: one,
      name: one.name.getText(),
      doc: statement,
    }));
  if (ts.isClassDeclaration(statement))
    return statement.members.map((one) => ({
      node: one,
      name: `${statement.name?.text ?? ''}.${one.name?.getText() ?? 'constructor'}`,
      doc: one,
    }));
  return [];
}

function throwsOf(node: ts.Node): readonly string[] {
  return ts
    .getJSDocTags(node)
    .map((tag) => ({ name: tag.tagName.text, text: ts.getTextOfJSDocComment(tag.comment) ?? '' }))
    .filter(({ name, text }) => (name === 'throws' || /^rejects/.test(text)) && text.includes('SlimError'))
    .map(({ text }) => text);
}

function givesErrors(node: ts.Node, checker: ts.TypeChecker): boolean {
  return checker
    .getTypeAtLocation(node)
    .getCallSignatures()
    .some((one) => /\bSlimError\b|^unknown$/.test(checker.typeToString(one.getReturnType())));
}

/** A table at the top of a file may hold functions. */
function isConstant(node: ts.Identifier | ts.PrivateIdentifier, checker: ts.TypeChecker): boolean {
  const symbol = checker.getSymbolAtLocation(node);
  const real = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const [declaration] = real?.declarations ?? [];
  return (
    declaration !== undefined &&
    ts.isVariableDeclaration(declaration) &&
    ts.isSourceFile(declaration.parent.parent.parent)
  );
}

/** A type that allows codes and nothing else. */
function isCodeOnly(type: ts.Type | undefined): boolean {
  if (type === undefined) return false;
  const parts = type.isUnion() ? type.types : [type];
  return parts.every((one) => one.isStringLiteral() && codes.has(one.value));
}

/** Members of types → the functions that stand for them in object literals of that type. */
function implementersOf(
  sources: readonly ts.SourceFile[],
  checker: ts.TypeChecker,
): ReadonlyMap<ts.Symbol, readonly ts.Node[]> {
  const found = new Map<ts.Symbol, ts.Node[]>();
  const look = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const type = checker.getContextualType(node);
      for (const one of node.properties) {
        const member = one.name && type?.getProperty(one.name.getText());
        if (!member || checker.getTypeAtLocation(one).getCallSignatures().length === 0) continue;
        found.set(member, [...(found.get(member) ?? []), ...bodiesOf(one, checker)]);
      }
    }
    ts.forEachChild(node, look);
  };
  sources.forEach(look);
  return found;
}

/** Where the code of a member stands: in the literal, or where a name leads. */
function bodiesOf(member: ts.ObjectLiteralElementLike, checker: ts.TypeChecker): readonly ts.Node[] {
  const value = ts.isShorthandPropertyAssignment(member)
    ? checker.getShorthandAssignmentValueSymbol(member)
    : ts.isPropertyAssignment(member) && ts.isIdentifier(member.initializer)
      ? checker.getSymbolAtLocation(member.initializer)
      : undefined;
  if (value === undefined) return [member];
  const real = value.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(value) : value;
  return real.declarations ?? [];
}

/** All that a function can come to, itself included. `within`: only through functions for which it is true. */
export function reach(from: Thrower, within: (one: Thrower) => boolean = () => true): ReadonlySet<Thrower> {
  const seen = new Set<Thrower>([from]);
  for (const one of seen) for (const next of one.calls) if (within(next)) seen.add(next);
  return seen;
}

export const codesOf = (throwers: Iterable<Thrower>): ReadonlySet<string> =>
  new Set([...throwers].flatMap(({ makes }) => [...makes]));
