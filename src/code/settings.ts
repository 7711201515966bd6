/** Handlers as the project's own deployment files set them: SAM, Serverless, CDK's output, Terraform. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseDocument } from 'yaml';

export interface SetHandler {
  /** As written, e.g. `src/app.handler`. */
  readonly handler: string;
  /** The file that sets it, relative to the folder. */
  readonly file: string;
  /** The folder of that function's code, relative to the folder, as the file says; null where it does not. */
  readonly code: string | null;
}

const samFiles = /^(?:template|sam|cloudformation)(?:\.[\w-]+)?\.(?:ya?ml|json)$/;
const serverlessFiles = /^serverless\.(?:ya?ml|json)$/;
const cdkFiles = /\.template\.json$/;
const terraformFiles = /\.tf(?:\.json)?$/;
/** Beyond it, a file is no template that somebody wrote. */
const mostBytes = 4 * 2 ** 20;

/**
 * @param folder absolute path of the project
 * @returns in the order of the files' names; what cannot be read says nothing
 */
export async function setHandlers(folder: string): Promise<readonly SetHandler[]> {
  const names = await readdir(folder).catch(() => []);
  const output = await readdir(path.join(folder, 'cdk.out')).catch(() => []);
  const found: SetHandler[] = [];
  for (const file of [
    ...names,
    ...output.filter((name) => cdkFiles.test(name)).map((name) => `cdk.out/${name}`),
  ].sort()) {
    const reader = readerOf(path.basename(file), file.startsWith('cdk.out/'));
    if (reader === null) continue;
    const bytes = await readFile(path.join(folder, file)).catch(() => null);
    if (bytes === null || bytes.length > mostBytes) continue;
    found.push(...reader(bytes.toString('utf8')).map((one) => ({ ...one, file })));
  }
  return found;
}

type Reader = (text: string) => readonly Omit<SetHandler, 'file'>[];

function readerOf(name: string, isCdk: boolean): Reader | null {
  if (isCdk || samFiles.test(name)) return (text) => fromCloudFormation(parsed(text));
  if (serverlessFiles.test(name)) return (text) => fromServerless(parsed(text));
  if (name.endsWith('.tf.json')) return (text) => fromTerraformJson(parsed(text));
  // HCL has no small parser; a literal handler of one line is what people write.
  if (terraformFiles.test(name)) return fromTerraform;
  return null;
}

/** YAML and JSON alike; CloudFormation's tags (`!Ref`) are values as any. */
function parsed(text: string): unknown {
  const document = parseDocument(text, { logLevel: 'silent' });
  try {
    return document.errors.length > 0 ? null : (document.toJS() as unknown);
  } catch {
    return null;
  }
}

type Table = Readonly<Record<string, unknown>>;

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const tableOf = (value: unknown): Table => (isTable(value) ? value : {});
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const isPython = (runtime: unknown): boolean => typeof runtime !== 'string' || runtime.startsWith('python');

function fromCloudFormation(document: unknown): ReturnType<Reader> {
  const { Resources, Globals } = tableOf(document);
  const common = tableOf(tableOf(Globals).Function);
  return Object.values(tableOf(Resources)).flatMap((resource) => {
    const { Type, Properties } = tableOf(resource);
    if (Type !== 'AWS::Serverless::Function' && Type !== 'AWS::Lambda::Function') return [];
    const { Handler, Runtime, CodeUri } = { ...common, ...tableOf(Properties) };
    const handler = textOf(Handler);
    return handler === null || !isPython(Runtime) ? [] : [{ handler, code: textOf(CodeUri) }];
  });
}

function fromServerless(document: unknown): ReturnType<Reader> {
  const { functions, provider } = tableOf(document);
  const common = tableOf(provider).runtime;
  // A list of tables is merged by Serverless.
  const tables = Array.isArray(functions) ? functions.map(tableOf) : [tableOf(functions)];
  return tables.flatMap((table) =>
    Object.values(table).flatMap((one) => {
      const { handler, runtime = common } = tableOf(one);
      const text = textOf(handler);
      return text === null || !isPython(runtime) ? [] : [{ handler: text, code: null }];
    }),
  );
}

function fromTerraformJson(document: unknown): ReturnType<Reader> {
  const functions = tableOf(tableOf(tableOf(document).resource).aws_lambda_function);
  return Object.values(functions).flatMap((one) => {
    const { handler, runtime } = tableOf(one);
    const text = textOf(handler);
    return text === null || !isPython(runtime) ? [] : [{ handler: text, code: null }];
  });
}

function fromTerraform(text: string): ReturnType<Reader> {
  return [...text.matchAll(/^[ \t]*handler[ \t]*=[ \t]*"([\w./-]+\.\w+)"[ \t]*(?:#.*|\/\/.*)?$/gm)].map(
    ([, handler = '']) => ({
      handler,
      code: null,
    }),
  );
}

/**
 * Those that are functions of this code, as its package names them.
 * @param folder absolute path of the project; `code`: of the function's own code
 * @param has whether the package holds a file
 */
export function handlersFor(
  set: readonly SetHandler[],
  folder: string,
  code: string,
  has: (file: string) => boolean,
): readonly string[] {
  const found = set.flatMap(({ handler, code: own }) => {
    if (own !== null && path.resolve(folder, own) !== code) return [];
    const inside = path.relative(folder, code).split(path.sep).join('/');
    const forms =
      inside !== '' && handler.startsWith(`${inside}/`)
        ? [handler.slice(inside.length + 1), handler]
        : [handler];
    return forms
      .filter((one) => {
        const file = one.slice(0, one.lastIndexOf('.')).replaceAll('.', '/');
        return has(`${file}.py`) || has(`${file}/__init__.py`);
      })
      .slice(0, 1);
  });
  return [...new Set(found)].sort();
}
