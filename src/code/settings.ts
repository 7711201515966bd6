/** Handlers as the project's own deployment files set them: SAM, Serverless, CDK's output, Terraform, Dockerfiles. */
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
const dockerFiles = /^(?:Dockerfile(?:\.[\w-]+)?|[\w-]+\.Dockerfile)$/;
const terraformFiles = /\.tf(?:\.json)?$/;
/** Beyond it, a file is no template that somebody wrote. */
const mostBytes = 4 * 2 ** 20;

/** Where the code that deploys often lies, beside the code that is deployed. */
const asideFolders = /^(?:terraform|tf|infra|infrastructure|iac|cdk|deploy|deployment)$/;
/** How deep files may name others. */
const mostNested = 8;

/**
 * @param folder absolute path of the project
 * @returns in the order of the files' names; what cannot be read says nothing
 */
export async function setHandlers(folder: string): Promise<readonly SetHandler[]> {
  const names = await readdir(folder).catch(() => []);
  const aside = await Promise.all(
    names
      .filter((name) => asideFolders.test(name))
      .map(async (name) => [
        ...(await namesIn(folder, name, terraformFiles)),
        ...(await namesIn(folder, `${name}/cdk.out`, cdkFiles)),
      ]),
  );
  const files = [...names, ...(await namesIn(folder, 'cdk.out', cdkFiles)), ...aside.flat()].sort();
  const texts = new Map<string, string>();
  for (const file of files) if (readerOf(file) !== null) texts.set(file, (await textIn(folder, file)) ?? '');
  const found: SetHandler[] = [];
  for (const [file, text] of texts) {
    const own = path.posix.dirname(file);
    const beside = [...texts].filter(([other]) => path.posix.dirname(other) === own).map(([, one]) => one);
    const around = { folder, file, beside, depth: 0 };
    found.push(...((await readerOf(file)?.(text, around)) ?? []));
  }
  return found;
}

async function namesIn(folder: string, inner: string, kind: RegExp): Promise<readonly string[]> {
  const names = await readdir(path.join(folder, inner)).catch(() => []);
  return names.filter((name) => kind.test(name)).map((name) => `${inner}/${name}`);
}

async function textIn(folder: string, file: string): Promise<string | null> {
  const bytes = await readFile(path.join(folder, file)).catch(() => null);
  return bytes === null || bytes.length > mostBytes ? null : bytes.toString('utf8');
}

interface Around {
  readonly folder: string;
  /** Relative to the folder, with forward slashes. */
  readonly file: string;
  /** Texts of the files of that kind in the same folder, which are one program for Terraform. */
  readonly beside: readonly string[];
  readonly depth: number;
}

type Reader = (text: string, around: Around) => Promise<readonly SetHandler[]>;

function readerOf(file: string): Reader | null {
  const name = path.posix.basename(file);
  const isCdk = path.posix.basename(path.posix.dirname(file)) === 'cdk.out';
  if (isCdk || samFiles.test(name)) return (text, around) => fromCloudFormation(parsed(text), around);
  if (serverlessFiles.test(name)) return (text, around) => fromServerless(parsed(text), around);
  if (dockerFiles.test(name)) return (text, { file: from }) => Promise.resolve(fromDocker(text, from));
  if (name.endsWith('.tf.json'))
    return (text, { file: from }) => Promise.resolve(fromTerraformJson(parsed(text), from));
  // HCL has no small parser; a handler of one line is what people write.
  if (terraformFiles.test(name)) return (text, around) => Promise.resolve(fromTerraform(text, around));
  return null;
}

/** YAML and JSON alike; CloudFormation's tags (`!Ref`) are values as any. */
function parsed(text: string): unknown {
  const document = parseDocument(text, { logLevel: 'silent', merge: true });
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

/** With the templates of the project that it nests. */
async function fromCloudFormation(document: unknown, around: Around): Promise<readonly SetHandler[]> {
  const { Resources, Globals } = tableOf(document);
  const common = tableOf(tableOf(Globals).Function);
  const home = path.posix.dirname(around.file);
  const found = await Promise.all(
    Object.values(tableOf(Resources)).map(async (resource): Promise<readonly SetHandler[]> => {
      const { Type, Properties } = tableOf(resource);
      const { Location, TemplateURL } = tableOf(Properties);
      if (Type === 'AWS::Serverless::Application' || Type === 'AWS::CloudFormation::Stack')
        return nestedIn(textOf(Type.endsWith('Stack') ? TemplateURL : Location), around);
      if (Type !== 'AWS::Serverless::Function' && Type !== 'AWS::Lambda::Function') return [];
      const { Handler, Runtime, CodeUri } = { ...common, ...tableOf(Properties) };
      const [handler, code] = [textOf(Handler), textOf(CodeUri)];
      if (handler === null || !isPython(Runtime)) return [];
      return [{ handler, file: around.file, code: code === null || home === '.' ? code : `${home}/${code}` }];
    }),
  );
  return found.flat();
}

async function nestedIn(place: string | null, around: Around): Promise<readonly SetHandler[]> {
  if (place === null || place.includes('://') || around.depth === mostNested) return [];
  const file = path.posix.join(path.posix.dirname(around.file), place);
  const text = await textIn(around.folder, file);
  return text === null ? [] : fromCloudFormation(parsed(text), { ...around, file, depth: around.depth + 1 });
}

async function fromServerless(document: unknown, around: Around): Promise<readonly SetHandler[]> {
  const { functions: told, provider } = tableOf(document);
  const common = tableOf(provider).runtime;
  const functions = await elsewhere(told, around);
  // A list of tables is merged by Serverless.
  const tables = Array.isArray(functions) ? functions : [functions];
  const found: SetHandler[] = [];
  for (const table of tables)
    for (const one of Object.values(tableOf(await elsewhere(table, around)))) {
      const { handler, runtime = common } = tableOf(await elsewhere(one, around));
      const text = textOf(handler);
      if (text !== null && isPython(runtime)) found.push({ handler: text, file: around.file, code: null });
    }
  return found;
}

/** What `${file(functions.yml):key}` stands for; any other value as it is. */
async function elsewhere(value: unknown, { folder, file }: Around): Promise<unknown> {
  const [, place = '', key] = /^\$\{file\(([^()]+)\)(?::([\w.-]+))?\}$/.exec(textOf(value) ?? '') ?? [];
  if (place === '' || !/\.(?:ya?ml|json)$/.test(place)) return value;
  const text = await textIn(folder, path.posix.join(path.posix.dirname(file), place));
  const whole = text === null ? null : parsed(text);
  return key === undefined ? whole : key.split('.').reduce((one, part) => tableOf(one)[part], whole);
}

function fromTerraformJson(document: unknown, file: string): readonly SetHandler[] {
  const functions = tableOf(tableOf(tableOf(document).resource).aws_lambda_function);
  return Object.values(functions).flatMap((one) => {
    const { handler, runtime } = tableOf(one);
    const text = textOf(handler);
    return text === null || !isPython(runtime) ? [] : [{ handler: text, file, code: null }];
  });
}

/** What the runtime of an image gets as its only word; the last one counts. */
function fromDocker(text: string, file: string): readonly SetHandler[] {
  const words = [...text.matchAll(/^[ \t]*CMD[ \t]+\[[ \t]*"([\w./-]+\.\w+)"[ \t]*\][ \t]*$/gim)];
  return words.slice(-1).map(([, handler = '']) => ({ handler, file, code: null }));
}

const handlerLine =
  /^[ \t]*handler[ \t]*=[ \t]*(?:"([\w./-]+\.\w+)"|(local|var)\.([\w-]+))[ \t]*(?:#.*|\/\/.*)?$/gm;

/** A name may stand for a text that another file of the folder has. */
function fromTerraform(text: string, { file, beside }: Around): readonly SetHandler[] {
  return [...text.matchAll(handlerLine)].flatMap(([, written, kind, name = '']): readonly SetHandler[] => {
    const handler = written ?? (kind === 'local' ? localIn(beside, name) : defaultIn(beside, name));
    return handler === null ? [] : [{ handler, file, code: null }];
  });
}

function localIn(texts: readonly string[], name: string): string | null {
  const blocks = texts.flatMap((text) =>
    [...text.matchAll(/^locals\s*\{(.*?)^\}/gms)].map(([, one = '']) => one),
  );
  return setTo(blocks, name);
}

function defaultIn(texts: readonly string[], name: string): string | null {
  const blocks = texts.flatMap((text) =>
    [...text.matchAll(/^variable\s+"([\w-]+)"\s*\{(.*?)^\}/gms)].flatMap(([, own, one = '']) =>
      own === name ? [one] : [],
    ),
  );
  return setTo(blocks, 'default');
}

function setTo(blocks: readonly string[], name: string): string | null {
  for (const block of blocks)
    for (const [, key, value = ''] of block.matchAll(/^\s*([\w-]+)\s*=\s*"([\w./-]+\.\w+)"/gm))
      if (key === name) return value;
  return null;
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
