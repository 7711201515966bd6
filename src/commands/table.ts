/** The commands, in the order of `--help`: what the command line shows of each, and what runs. */
import type { Finding } from '../findings/findings.js';
import { kindNames } from '../init/kinds.js';
import { modelActions } from '../models/model.js';
import {
  cacheOptions,
  checkOptions,
  diffOptions,
  doctorOptions,
  initOptions,
  modelsOptions,
  publishOptions,
  reportOptions,
  verifyOptions,
} from '../options/table.js';
import { buildOptions } from '../options/build.js';
import { runBuild } from './build.js';
import { cacheActions, runCache } from './cache.js';
import { runCheck } from './check.js';
import { runCompletion, shells } from './completion.js';
import type { CommandWords } from '../reference/command-words.js';
import type { CommandContext } from './context.js';
import { runDiff } from './diff.js';
import { runDoctor } from './doctor.js';
import { runExplain } from './explain.js';
import { runInit } from './init.js';
import { runModels } from './models.js';
import { runPublishLayer } from './publish-layer.js';
import { runReport } from './report.js';
import { runVerify } from './verify.js';
import { runWhy } from './why.js';

export interface CommandRow extends CommandWords {
  /** @returns what was found: an error among it makes the exit code 1 */
  readonly run: (args: readonly string[], context: CommandContext) => Promise<readonly Finding[]>;
}

/** What reads a build finds it in the folder that was built. */
const builtFolder = {
  name: '[folder]',
  help: 'the folder that was built, or its output folder',
  default: '.',
};

const build: CommandRow = {
  name: 'build',
  arguments: [
    {
      name: '[folder]',
      help: 'where requirements and config are looked for, and where the build goes',
      default: '.',
    },
  ],
  summary: 'resolve, prune, strip, pack and prove',
  description: 'From requirements to zips that Lambda takes, proved to import.',
  examples: [
    'lambda-slim build                                    # the requirements in this folder, as a layer',
    'lambda-slim build -r requirements.txt --python 3.13 --arch arm64',
    'lambda-slim build --code src --exclude-runtime       # one function.zip with your code',
    'lambda-slim build --from ./site-packages --plan      # only look: what would go, what would fit',
    "lambda-slim build --patch 'keras<3:keras.patch' --vendor libs --stub pandas   # change what is packed",
  ],
  notes: `What to do with the result: layer.zip is for "aws lambda publish-layer-version", function.zip for
"aws lambda update-function-code". The manifest lambda-slim.json beside them holds every number.`,
  options: buildOptions,
  judges: true,
  run: runBuild,
};

const verify: CommandRow = {
  name: 'verify',
  arguments: [builtFolder],
  summary: 'run what was built in a sandbox that is like Lambda',
  description:
    'Run the artifacts of the last build as Lambda would, and say what fails, how fast it starts and what it needs.',
  examples: [
    'lambda-slim verify                                              # import and probe all that was built',
    'lambda-slim verify --handler app.handler --event event.json     # invoke the function in function.zip',
    'lambda-slim verify --handler app.handler --code src --runs 10   # with code beside a layer; p50, p95, p99',
    'lambda-slim verify --handler app.handler --event \'{"name": 1}\'   # or - for standard input; --events FOLDER for several',
    'lambda-slim verify --handler app.handler --s3 my-models=./models # a folder as a bucket, for its own boto3',
    'lambda-slim verify --handler app.handler --requests 900 --concurrency 40 # under load: cold and warm times, errors',
    'lambda-slim verify --handler app.handler --serve 8080           # behind http://127.0.0.1:8080/, as API Gateway would',
    'lambda-slim verify --memory 3008 --ephemeral-storage 1024 --env TABLE=orders',
  ],
  notes: `Read-only /var/task and /opt, a /tmp of the function's size, its memory, no network (but --network host), Lambda's
environment variables and its runtime client. The report names the sandbox, and at its end what was not checked.`,
  options: verifyOptions,
  judges: true,
  exits: { 0: 'it works' },
  run: runVerify,
};

const init: CommandRow = {
  name: 'init',
  arguments: [{ name: '<what>', help: kindNames.join(', ') }],
  summary: 'write a small example that deploys what was built',
  description:
    'Write a small working example beside your files that deploys the zips of the last build as they are, or a workflow.',
  examples: [
    'lambda-slim init sam                             # template.yaml and an example function with the layers',
    'lambda-slim init cdk                             # an app in Python that reads lambda-slim.json',
    'lambda-slim init terraform --handler app.handler # for a function.zip, which holds your code',
    'lambda-slim init sam --update                     # after another build: template.yaml for its layers and /tmp',
    'lambda-slim init action                           # .github/workflows/lambda-slim.yml',
  ],
  notes: `Runtime, architecture and /tmp are those of the build; without one, --python and --arch say what will be built.
No file of yours is changed: when one is there where the example would go, nothing is written. With --update the files
that name the build's zips and numbers are written again, as long as they are as init wrote them.`,
  options: initOptions,
  run: runInit,
};

const why: CommandRow = {
  name: 'why',
  arguments: [
    { name: '<path|package>', help: 'a path in the package, a glob, or a distribution name' },
    builtFolder,
  ],
  summary: 'say why a file or package was kept or dropped',
  description: 'Read the manifest of the last build and say what happened to a path or package, and why.',
  examples: [
    'lambda-slim why sklearn/tests/test_base.py    # what happened to this file, and by which rule',
    'lambda-slim why numpy                         # who needs this package, and where its bytes went',
    'lambda-slim why "torch/lib/*.so"              # a glob: every file that it names',
  ],
  options: buildOptions.filter((row) => row.key === 'out'),
  run: runWhy,
};

const check: CommandRow = {
  name: 'check',
  arguments: [
    {
      name: '[what]',
      help: 'a folder that was built, a manifest, an output folder, a zip, or a folder of packages; default: the last build',
    },
  ],
  summary: "compare sizes with AWS's limits, with budgets and with a baseline",
  description:
    "For CI: measure a build, a zip or a folder, hold it against AWS's limits and your budgets, and show what has grown.",
  examples: [
    "lambda-slim check                                          # the last build against AWS's limits",
    'lambda-slim check layer.zip --budget unzipped=200MiB       # any zip; only its directory is read',
    'lambda-slim check --budget init=5s --budget memory=1024MiB # what the last verify of this build measured',
    'lambda-slim check function.zip --layer arn:aws:lambda:eu-central-1:123456789012:layer:base:7',
    'lambda-slim check --write-baseline lambda-slim-baseline.json',
    'lambda-slim check --build --baseline git:origin/main --max-growth 2%',
  ],
  notes: `Budgets are best kept in the config file: "budgets": [{ "what": "unzipped", "max": "240 MiB", "message": "…" }].`,
  options: checkOptions,
  judges: true,
  exits: { 0: 'within all limits' },
  run: runCheck,
};

const diff: CommandRow = {
  name: 'diff',
  arguments: [
    {
      name: '<before>',
      help: 'a folder that was built, a manifest, an output folder, a zip, a folder of packages, or a baseline',
    },
    { name: '<after>', help: 'another one' },
  ],
  summary: 'show what changed between two builds, by package',
  description:
    'Compare two builds: packages that came, went, grew and shrank, totals, strategy and findings.',
  examples: [
    'lambda-slim diff old/lambda-slim.json .                # two builds',
    'lambda-slim diff before.zip after.zip                  # any two zips',
    'lambda-slim diff lambda-slim-baseline.json . --markdown -',
  ],
  options: diffOptions,
  run: runDiff,
};

const report: CommandRow = {
  name: 'report',
  arguments: [builtFolder],
  summary: 'make a page of where the bytes are, and where they went',
  description:
    'Make one HTML page of the last build: a treemap of packages and files before and after, limits, savings, findings.',
  examples: [
    'lambda-slim report                                # .lambda-slim/report.html',
    'lambda-slim report --html size.html --open        # somewhere else, and show it',
    'lambda-slim report --json                         # the data of the page',
  ],
  notes: `The page is one file that loads nothing: open it, send it, keep it as an artifact of a CI job. It prints, too.`,
  options: reportOptions,
  run: runReport,
};

const publishLayer: CommandRow = {
  name: 'publish-layer',
  arguments: [builtFolder],
  summary: 'publish what was built as a Lambda layer',
  description:
    'Publish the layers of the last build: to one Region or more, through S3 where they must, and give them to functions.',
  examples: [
    'lambda-slim publish-layer --dry-run                        # look and check, print the calls, change nothing',
    'lambda-slim publish-layer --name ml --region eu-central-1 --region us-east-1',
    'lambda-slim publish-layer --bucket "my-artifacts-{region}" --prefix layers --allow o-a1b2c3d4e5',
    'lambda-slim publish-layer --attach my-function --keep 3    # update the function, delete older versions',
  ],
  notes: `A version that has the same contents already is not published again: running it twice changes nothing.
Credentials are those of the AWS SDK's standard chain; GITHUB_OUTPUT gets "arn" and "arns".`,
  options: publishOptions,
  judges: true,
  exits: { 1: 'a part failed', 2: 'nothing was published' },
  run: runPublishLayer,
};

const explain: CommandRow = {
  name: 'explain',
  arguments: [{ name: '[code]', help: 'a code, e.g. needs-newer-python; default: list them all' }],
  summary: 'say what a finding or an error means, and what to do',
  description: 'Say what the code of a finding or an error means, why it happens, and what to do about it.',
  examples: [
    'lambda-slim explain                        # every code, with its meaning',
    'lambda-slim explain needs-newer-python     # one of them, in full',
  ],
  options: [],
  run: runExplain,
};

const cache: CommandRow = {
  name: 'cache',
  arguments: [{ name: '<what>', help: cacheActions.join(', ') }],
  summary: 'say where the cache is and how large, and make it smaller',
  description:
    'dir: where it is. size: what it holds. prune: down to its limit, the least recently used first. clean: all of it.',
  examples: [
    'lambda-slim cache dir                         # for "restore" and "save" steps of a CI',
    'lambda-slim cache size --json',
    'lambda-slim cache prune --cache-limit 1GiB    # take away what was not used for the longest time',
    'lambda-slim cache clean',
  ],
  notes:
    'What a running build uses stays, so every one of these may be run at any time. Every build prunes at its end.',
  options: cacheOptions,
  run: runCache,
};

const models: CommandRow = {
  name: 'models',
  arguments: [
    { name: '<what>', help: modelActions.join(', ') },
    { name: '[words...]', help: 'push: files or a folder; otherwise the name of the model, and aliases' },
  ],
  summary: 'send models to S3, and say which version functions use',
  description:
    'Versions of models in S3, and aliases such as dev and prod: what a function with lambda_slim_models loads, without a deploy.',
  examples: [
    'lambda-slim models push model.onnx --name classifier --store s3://my-models  # a version, and the alias dev for it',
    'lambda-slim models promote classifier dev prod       # one write: the next look of a warm function finds it',
    'lambda-slim models rollback classifier prod          # what prod was before',
    'lambda-slim models list                              # stores come from [models.NAME] of the config file, too',
    'lambda-slim models show classifier prod',
    'lambda-slim models gc --keep 3 --dry-run             # what no alias names, and is not among the newest',
    'lambda-slim models pull classifier prod --to ./model',
  ],
  notes: `Files lie under their sha256 and never change; an alias is a small object that names them, written last, in one piece.
Running a push again sends only what is missing, and goes on within a large file. Credentials are those of the AWS SDK's
standard chain.`,
  options: modelsOptions,
  run: runModels,
};

const doctor: CommandRow = {
  name: 'doctor',
  arguments: [],
  summary: 'say what of this machine works, what is missing, and what brings it',
  description:
    'Look at what builds and sandboxes need of this machine: Node, uv, pip, Pythons, sandbox, container engine, AWS, cache.',
  examples: [
    'lambda-slim doctor                         # for the Python and architecture of your config, or the default ones',
    'lambda-slim doctor --python 3.12 --arch arm64',
    'lambda-slim doctor --json                  # for a bug report, or a check of a CI image',
  ],
  notes: 'Nothing is installed or changed. Credentials are looked for and never shown.',
  options: doctorOptions,
  judges: true,
  exits: { 0: 'builds work', 1: 'no build works' },
  run: runDoctor,
};

const completion: CommandRow = {
  name: 'completion',
  arguments: [{ name: '<shell>', help: shells.join(', ') }],
  summary: 'print a script with which your shell completes commands and options',
  description:
    'Print the script that makes a shell complete the commands, their options and the values that these can have.',
  examples: [
    'lambda-slim completion bash > ~/.local/share/bash-completion/completions/lambda-slim',
    'lambda-slim completion zsh > ~/.zfunc/_lambda-slim      # a folder of your fpath',
    'lambda-slim completion fish > ~/.config/fish/completions/lambda-slim.fish',
    'source <(lambda-slim completion bash)                   # for this terminal alone',
  ],
  notes: 'Open a new terminal afterwards. After an update of lambda-slim write it again.',
  options: [],
  run: (args, context) => runCompletion(args, context, commands),
};

/** Every command. */
export const commands: readonly CommandRow[] = [
  build,
  verify,
  check,
  diff,
  report,
  publishLayer,
  models,
  init,
  why,
  explain,
  cache,
  doctor,
  completion,
];
