/** What `init` writes: for each kind its files, the templates that they are made from, and what to do then. Pure. */
import { defaultOut } from '../text/own-names.js';
import { quoted } from '../text/shell.js';
import { fillSam, fillServerless, fillWorkflow, textAt } from './fill-yaml.js';
import type { Plug } from './plug.js';
import { stamped } from './stamp.js';

export type KindName = 'sam' | 'cdk' | 'serverless' | 'terraform' | 'action';

interface InitFile {
  /** Relative to the working folder. */
  readonly path: string;
  /** Relative to `templates/`. */
  readonly template: string;
  /** Puts values in; absent: the file reads them from the manifest itself. */
  readonly fill?: (template: string, plug: Plug, version: string) => string;
  /** Only for a build without code. */
  readonly example?: true;
  /** It holds facts of the build, so that another build makes it stale: `--update` writes it again. */
  readonly renewed?: true;
  /** Where it names the function's handler. */
  readonly handler?: readonly string[];
}

interface InitKind {
  readonly files: readonly InitFile[];
  /** Commands, one a line. */
  readonly next: readonly string[];
  /** False: it deploys no function. */
  readonly deploys: boolean;
}

const exampleCode: InitFile = { path: 'slim_example/app.py', template: 'init/example/app.py', example: true };

/** CDK's context and Terraform's variables: a JSON document with our settings in it. */
function fillJson(template: string, plug: Plug): string {
  const settings = { build: plug.build, handler: plug.handler ?? 'app.handler' };
  const replace = (key: string, value: unknown): unknown =>
    key === 'lambda-slim' || key === 'lambda_slim' ? settings : value;
  return `${JSON.stringify(JSON.parse(template), replace, 2)}\n`;
}

const kinds: Readonly<Record<KindName, InitKind>> = {
  sam: {
    files: [
      {
        path: 'template.yaml',
        template: 'init/sam/template.yaml',
        fill: fillSam,
        renewed: true,
        handler: ['Resources', 'Example', 'Properties', 'Handler'],
      },
      exampleCode,
    ],
    next: ['sam deploy --guided'],
    deploys: true,
  },
  cdk: {
    files: [
      { path: 'cdk.json', template: 'init/cdk/cdk.json', fill: fillJson },
      { path: 'cdk_app.py', template: 'init/cdk/cdk_app.py' },
      { path: 'requirements-cdk.txt', template: 'init/cdk/requirements-cdk.txt' },
      exampleCode,
    ],
    next: ['pip install -r requirements-cdk.txt', 'npx aws-cdk@2 deploy'],
    deploys: true,
  },
  serverless: {
    files: [
      {
        path: 'serverless.yml',
        template: 'init/serverless/serverless.yml',
        fill: fillServerless,
        renewed: true,
        handler: ['functions', 'example', 'handler'],
      },
      exampleCode,
    ],
    next: ['npx serverless deploy'],
    deploys: true,
  },
  terraform: {
    files: [
      { path: 'lambda_slim.tf', template: 'init/terraform/lambda_slim.tf' },
      {
        path: 'lambda_slim.auto.tfvars.json',
        template: 'init/terraform/lambda_slim.auto.tfvars.json',
        fill: fillJson,
      },
      exampleCode,
    ],
    next: ['terraform init', 'terraform apply'],
    deploys: true,
  },
  action: {
    files: [
      {
        path: '.github/workflows/lambda-slim.yml',
        template: 'github-workflow.yml',
        fill: fillWorkflow,
        renewed: true,
      },
    ],
    next: [
      'lambda-slim check --write-baseline lambda-slim-baseline.json',
      'git add .github/workflows/lambda-slim.yml lambda-slim-baseline.json',
    ],
    deploys: false,
  },
};

/** In the order of `--help`. */
export const kindNames = Object.keys(kinds) as readonly KindName[];

export function isKind(name: string): name is KindName {
  return Object.hasOwn(kinds, name);
}

/** True when it deploys a function, so that its zips and its handler must be known. */
export const deploysFunction = (kind: KindName): boolean => kinds[kind].deploys;

/** Templates that `planInit` wants, relative to `templates/`. */
export const templatesOf = (kind: KindName): readonly string[] =>
  kinds[kind].files.map((one) => one.template);

/** Files that `--update` writes again, relative to the working folder. The others read the manifest at each deployment. */
export const renewedBy = (kind: KindName): readonly string[] =>
  kinds[kind].files.filter((one) => one.renewed).map((one) => one.path);

/** The handler that a file of this kind names. */
export function handlerIn(kind: KindName, text: string): string | null {
  const place = kinds[kind].files.find((one) => one.handler)?.handler;
  return place === undefined ? null : textAt(text, place);
}

/** What writes them again. */
export const updateCommand = (kind: KindName): string => `lambda-slim init ${kind} --update`;

export interface InitPlan {
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Commands, one a line. */
  readonly next: readonly string[];
}

/**
 * @param templates their texts, by name
 * @param version of lambda-slim
 */
export function planInit(
  kind: KindName,
  plug: Plug,
  templates: ReadonlyMap<string, string>,
  version: string,
): InitPlan {
  const files = kinds[kind].files.filter((one) => one.example !== true || plug.code === null);
  return {
    files: files.map(({ path, template, fill, renewed }) => {
      const raw = templates.get(template) ?? '';
      const text = fill ? fill(raw, plug, version) : raw;
      return { path, text: renewed ? stamped(text, updateCommand(kind)) : text };
    }),
    next: [...(plug.built ? [] : [buildCommand(plug)]), ...kinds[kind].next],
  };
}

/** The build that the example expects. */
function buildCommand({ python, architecture, code, codeFolder, handler, build }: Plug): string {
  const out = build === defaultOut ? '' : ` --out ${quoted(build)}`;
  const told = handler === null ? '' : ` --handler ${quoted(handler)}`;
  const own = code === null ? '' : ` --code ${quoted(codeFolder ?? 'FOLDER')}${told} --format function`;
  return `lambda-slim build --python ${python} --arch ${architecture}${out}${own}`;
}
