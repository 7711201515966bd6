/**
 * The one option table. Flags, environment variables, the config file, its JSON schema and docs/reference/ are all
 * made from it, and every value goes through one parser, whichever of them it came from. Pure.
 */
import { awsOptions } from './aws.js';
import { ownCheckOptions, ownDiffOptions } from './check.js';
import { ownInitOptions } from './init.js';
import { ownModelsOptions } from './model-store.js';
import { ownPublishOptions } from './publish.js';
import { ownReportOptions } from './report.js';
import { ownVerifyOptions } from './verify.js';
import type { OptionRow } from './row.js';
import { buildOptions, shared } from './build.js';
import { codeOption, handlerOption } from './code.js';
import { commonOptions } from './common.js';
import { envOption } from './variables.js';

/** `--layer` as `build` has it. */
const layerOption = <const Help extends string>(help: Help) =>
  shared(['layers']).map((row) => ({ ...row, help }));

/** Options of `verify`, in the order of `--help`. */
export const verifyOptions = [
  ...shared(['out']),
  {
    ...handlerOption,
    formerly: ['verifyHandler'],
    help: "the function's handler, as Lambda's setting has it. Default: what the build promises is imported and probed",
  },
  { ...codeOption, help: "the folder of the function's own code, when the build is a layer" },
  ...shared(['excludeCode']),
  ...ownVerifyOptions,
  {
    ...envOption,
    help: "an environment variable of the function's settings; repeatable. Those that the build was told count, too",
  },
  ...layerOption(
    'a layer that the function has, too, in its order: it is unpacked before those of the build; repeatable. Default: those that the build was told',
  ),
  ...shared(['containerEngine', 'interpreter', 'cacheDir', 'cacheLimit', 'noCache']),
] as const satisfies readonly OptionRow[];

/** Options of `check`, in the order of `--help`. */
export const checkOptions = [
  ...shared(['out']),
  ...ownCheckOptions,
  ...layerOption(
    'a layer that the function has, too: it counts with what it holds; repeatable. Default: those of the build',
  ),
  ...shared(['reserve']),
  { ...codeOption, help: "with --build: the folder of the function's own code" },
  { ...handlerOption, help: "with --build: the function's handler" },
  ...shared(['cacheDir', 'noCache']),
] as const satisfies readonly OptionRow[];

/** Options of `diff`, in the order of `--help`. */
export const diffOptions = ownDiffOptions;

/** Options of `report`, in the order of `--help`. */
export const reportOptions = [...shared(['out']), ...ownReportOptions];

/** Options of `publish-layer`, in the order of `--help`. */
export const publishOptions = [
  ...shared(['out']),
  ...ownPublishOptions,
  ...awsOptions,
] as const satisfies readonly OptionRow[];

/** Options of `models`, in the order of `--help`. */
export const modelsOptions = [...ownModelsOptions, ...awsOptions] as const satisfies readonly OptionRow[];

/** Options of `cache`, in the order of `--help`. */
export const cacheOptions = shared(['cacheDir', 'cacheLimit']);

/** Options of `doctor`, in the order of `--help`. */
export const doctorOptions = shared([
  'python',
  'arch',
  'interpreter',
  'containerEngine',
  'cacheDir',
  'cacheLimit',
]);

/** Options of `init`, in the order of `--help`. */
export const initOptions = [
  ...shared(['out', 'python', 'arch']),
  {
    ...handlerOption,
    formerly: ['initHandler'],
    help: "the handler of your code in function.zip. Default: the build's. With layers an example function is written",
  },
  { ...codeOption, help: 'the folder of your code, for the build that is to come' },
  ...ownInitOptions,
] as const satisfies readonly OptionRow[];

/** Every row there is, once. */
export const allOptions = (): readonly OptionRow[] => [
  ...buildOptions,
  ...ownVerifyOptions,
  ...ownCheckOptions,
  ...ownReportOptions,
  ...ownPublishOptions,
  ...ownModelsOptions,
  ...awsOptions,
  ...ownInitOptions,
  ...commonOptions,
];

/** One of them, with its own key, type and choices. */
export type AnyOption =
  | (typeof buildOptions)[number]
  | (typeof ownVerifyOptions)[number]
  | (typeof ownCheckOptions)[number]
  | (typeof ownReportOptions)[number]
  | (typeof ownPublishOptions)[number]
  | (typeof ownModelsOptions)[number]
  | (typeof awsOptions)[number]
  | (typeof ownInitOptions)[number]
  | (typeof commonOptions)[number];
