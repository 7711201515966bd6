/** Puts a build's values into the YAML templates, as documents: comments and order stay. Pure. */
import { parseDocument, Scalar, type Document, type Pair, type YAMLMap } from 'yaml';
import { defaultPython } from '../limits.js';
import { defaultOut } from '../text/own-names.js';
import type { Plug } from './plug.js';

/** `!Ref NAME` of CloudFormation. */
function reference(name: string): Scalar {
  const scalar = new Scalar(name);
  scalar.tag = '!Ref';
  return scalar;
}

/** Lists as short as these stay on one line. */
function inline(document: Document, values: readonly unknown[]): unknown {
  return document.createNode(values, { flow: true });
}

function edit(template: string, change: (document: Document) => void): string {
  // The tags of CloudFormation are kept as they are, and are no warning.
  const document = parseDocument(template, { logLevel: 'error' });
  change(document);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false, singleQuote: true });
}

/** `packages`, or `packages1`, `packages2` … where there are several. */
function numbered(name: string, count: number): readonly string[] {
  return count === 1 ? [name] : Array.from({ length: count }, (_, index) => `${name}${index + 1}`);
}

/** In the place of an entry of a map, one like it for each name. */
function multiply(
  document: Document,
  parent: readonly string[],
  name: string,
  names: readonly string[],
): void {
  const map = document.getIn(parent) as YAMLMap<Scalar<string>>;
  const at = map.items.findIndex((pair) => pair.key.value === name);
  const copies = names.map((one) => {
    const pair = map.items[at]?.clone() as Pair<Scalar<string>>;
    pair.key.value = one;
    return pair;
  });
  map.items.splice(at, 1, ...copies);
  // Entries are a line apart, but the first is not one from what it is in.
  for (const [index, pair] of map.items.entries()) pair.key.spaceBefore = index > 0;
}

/** The text at a place in a YAML file of anybody; null when there is none. */
export function textAt(yaml: string, place: readonly string[]): string | null {
  const found = parseDocument(yaml, { logLevel: 'silent' }).getIn(place);
  return typeof found === 'string' ? found : null;
}

/** `template.yaml` of SAM. */
export function fillSam(template: string, plug: Plug): string {
  return edit(template, (document) => {
    const resource = ['Resources', 'Example', 'Properties'];
    const runtime = `python${plug.python}`;
    const names = numbered('Packages', plug.layers.length);
    multiply(document, ['Resources'], 'Packages', names);
    for (const [index, name] of names.entries()) {
      const layer = ['Resources', name, 'Properties'];
      document.setIn([...layer, 'ContentUri'], `${plug.build}/${plug.layers[index] ?? ''}`);
      document.setIn([...layer, 'CompatibleRuntimes'], inline(document, [runtime]));
      document.setIn([...layer, 'CompatibleArchitectures'], inline(document, [plug.architecture]));
    }
    document.setIn([...resource, 'Runtime'], runtime);
    document.setIn([...resource, 'Architectures'], inline(document, [plug.architecture]));
    document.setIn([...resource, 'EphemeralStorage', 'Size'], plug.ephemeralStorage);
    const attached = [...plug.others, ...names.map(reference)];
    if (attached.length === 0) document.deleteIn([...resource, 'Layers']);
    else document.setIn([...resource, 'Layers'], inline(document, attached));
    if (plug.code !== null) {
      document.setIn([...resource, 'CodeUri'], `${plug.build}/${plug.code}`);
      document.setIn([...resource, 'Handler'], plug.handler);
    }
    if (plug.payload !== null) {
      const allowed = `arn:\${AWS::Partition}:s3:::${plug.payload.bucket}/${plug.payload.key}`;
      document.setIn(
        [...resource, 'Policies'],
        document.createNode([
          {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: { 'Fn::Sub': allowed } }],
          },
        ]),
      );
    }
  });
}

/** `serverless.yml`. Runtime and architecture are read from the manifest when it is deployed. */
export function fillServerless(template: string, plug: Plug): string {
  return edit(template, (document) => {
    const fromManifest = (key: string): string => `\${file(${plug.build}/lambda-slim.json):target.${key}}`;
    document.setIn(['provider', 'runtime'], `python${fromManifest('python')}`);
    document.setIn(['provider', 'architecture'], fromManifest('architecture'));
    const names = numbered('packages', plug.layers.length);
    multiply(document, ['layers'], 'packages', names);
    for (const [index, name] of names.entries()) {
      document.setIn(['layers', name, 'name'], `\${self:service}-${name}`);
      document.setIn(['layers', name, 'package', 'artifact'], `${plug.build}/${plug.layers[index] ?? ''}`);
    }
    const example = ['functions', 'example'];
    document.setIn([...example, 'ephemeralStorageSize'], plug.ephemeralStorage);
    // Serverless names a layer's resource so.
    const resources = names.map((name) => reference(`P${name.slice(1)}LambdaLayer`));
    const attached = [...plug.others, ...resources];
    if (names.length === 0) document.delete('layers');
    if (attached.length > 0) document.setIn([...example, 'layers'], inline(document, attached));
    else document.deleteIn([...example, 'layers']);
    if (plug.code !== null) {
      document.delete('package');
      document.setIn([...example, 'handler'], plug.handler);
      document.setIn([...example, 'package'], { artifact: `${plug.build}/${plug.code}` });
    }
    if (plug.payload !== null) {
      const allowed = { 'Fn::Sub': `arn:\${AWS::Partition}:s3:::${plug.payload.bucket}/${plug.payload.key}` };
      document.setIn(
        ['provider', 'iam', 'role', 'statements'],
        document.createNode([{ Effect: 'Allow', Action: 's3:GetObject', Resource: allowed }]),
      );
    }
  });
}

/** The workflow: the build's Python to prove with, a machine of its architecture, and `verify` after the action. */
export function fillWorkflow(template: string, plug: Plug, version: string): string {
  return edit(template, (document) => {
    const job = ['jobs', 'size'];
    const { steps } = (document.toJSON() as { jobs: { size: { steps: { uses?: string; id?: string }[] } } })
      .jobs.size;
    const python = steps.findIndex((step) => step.uses?.startsWith('actions/setup-python@'));
    const size = steps.findIndex((step) => step.id === 'size');
    const quoted = document.createNode(plug.python) as unknown as Scalar;
    quoted.type = Scalar.QUOTE_SINGLE;
    document.setIn([...job, 'steps', python, 'with', 'python-version'], quoted);
    const target = {
      ...(plug.python === defaultPython ? {} : { LAMBDA_SLIM_PYTHON: quoted }),
      ...(plug.architecture === 'x86_64' ? {} : { LAMBDA_SLIM_ARCH: plug.architecture }),
      ...(plug.build === defaultOut ? {} : { LAMBDA_SLIM_OUT: plug.build }),
    };
    if (Object.keys(target).length > 0) {
      // Above the steps, where it is looked for.
      const map = document.getIn(job) as YAMLMap;
      map.items.splice(1, 0, document.createPair('env', target));
    }
    if (plug.architecture === 'arm64') document.setIn([...job, 'runs-on'], 'ubuntu-24.04-arm');
    const list = document.getIn([...job, 'steps']) as { items: unknown[] };
    list.items.splice(
      size + 1,
      0,
      document.createNode({
        name: 'Run it as Lambda would',
        run: `npx --yes lambda-slim@${version} verify`,
      }),
    );
  });
}
