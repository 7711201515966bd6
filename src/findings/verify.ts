/** Facts that `verify` finds: their arguments and words. Pure. */
import { bytesText, countText, groupedText } from '../text/units.js';
import type { FindingTexts } from './row.js';

export interface VerifyFindingKinds {
  'verify-import-failed': { module: string; error: string; culprit: FindingCulprit | null };
  'verify-probe-failed': { recipe: string; error: string; culprit: FindingCulprit | null };
  'verify-not-known': { what: string; error: string; because: string };
  'verify-handler-failed': {
    handler: string;
    phase: 'initialization' | 'invocation';
    error: string;
    culprit: FindingCulprit | null;
    hasCode: boolean;
    /** The handler of the build that is spelled nearly like it. */
    meant?: string | null;
  };
  'verify-event-failed': { event: string; error: string; culprit: FindingCulprit | null };
  /** `kinds`: each with its count and an example. */
  'load-failed': { requests: number; failed: number; kinds: readonly string[] };
  's3-not-seen': { version: string; since: string };
  'init-too-slow': { ms: number; limitMs: number; unpackMs: number | null };
  'memory-exceeded': { memory: number; what: string };
  'memory-tight': { memory: number };
  'model-over-memory': { model: string; bytes: number; memory: number; share: number };
  'tmp-full': { bytes: number; limit: number };
  /** `seen`: the layer's folder is in it. `nested`: the layer has a payload that nothing opens. */
  'python-path-set': { value: string; seen: boolean; nested: boolean };
}

/** The decision of the build that took away what is missing. */
interface FindingCulprit {
  readonly path: string;
  readonly rule: string;
  readonly because: string;
  /** For `--keep`; null when that does not bring it back. */
  readonly keep: string | null;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** What the build did that explains a failure. */
const blame = (culprit: FindingCulprit | null): string =>
  culprit === null ? '' : ` ${culprit.path} was left out by ${culprit.rule}: ${culprit.because}`;

function bringBack(culprit: FindingCulprit | null): string {
  if (culprit === null)
    return 'The build has dropped nothing that this names: look at the traceback with --verbose.';
  if (culprit.keep !== null) return `Build again with --keep "${culprit.keep}".`;
  return culprit.rule.startsWith('option/')
    ? `Take it out of ${culprit.rule.replace('option/', '')}, or do without it.`
    : 'Name the package in your requirements: then it travels.';
}

/** Severity and words for each code. */
export const verifyFindingTexts: FindingTexts<VerifyFindingKinds> = {
  'verify-import-failed': {
    severity: 'error',
    meaning: 'A module does not import in the sandbox that is like Lambda.',
    more: 'The build promises this module, and in a place like Lambda it does not import. When the build left out what it misses, the message names the rule and the --keep that brings it back; otherwise look at the traceback with --verbose: often it is something that this machine has and Lambda has not.',
    sentence: (a) => `import ${a.module} fails: ${a.error}.${blame(a.culprit)}`,
    hint: (a) => bringBack(a.culprit),
  },
  'verify-probe-failed': {
    severity: 'error',
    meaning: "A recipe's probe fails in the sandbox that is like Lambda.",
    more: 'The package imports, and computing something with it fails in a place like Lambda. The message names what the build left out, if that is the reason. Build again with the --keep that it says, or report it.',
    sentence: (a) => `The probe of recipe ${a.recipe} fails: ${a.error}.${blame(a.culprit)}`,
    hint: (a) => bringBack(a.culprit),
  },
  'verify-not-known': {
    severity: 'warning',
    meaning:
      'Something fails in the sandbox, and it is not sure that it would in Lambda or that it ever worked.',
    more: "It fails here, and there is a reason to think that Lambda differs or that it never worked: it failed on the untouched tree, too, or the sandbox lacks something that Lambda has. If your function needs it, verify with your own --handler, or in AWS's image with --sandbox docker.",
    sentence: (a) => `${a.what} fails: ${a.error}. ${a.because}`,
    hint: () => 'If your function needs it, verify with --handler, or in a container with --sandbox docker.',
  },
  'verify-handler-failed': {
    severity: 'error',
    meaning: 'The handler fails in the sandbox, when it is loaded or when it is invoked.',
    more: 'Your function could not be loaded, or it raised an exception for the event. The message has the exception, and the rule if the build took the file that is missing. A sandbox has no network and no AWS: a handler that calls a service when it is loaded fails here by nature.',
    sentence: (a) => `${a.handler} fails at ${a.phase}: ${a.error}.${blame(a.culprit)}`,
    hint: (a) =>
      a.culprit !== null
        ? bringBack(a.culprit)
        : typeof a.meant === 'string'
          ? `Did you mean ${a.meant}?`
          : a.hasCode
            ? 'The lines that it wrote are shown with --verbose.'
            : 'The build is a layer and has no code of yours: name its folder with --code.',
  },
  'verify-event-failed': {
    severity: 'error',
    meaning: 'The handler fails for one of the events of --events.',
    more: "Your function raised an exception for this event, took too long, or ended. The others were invoked all the same, in a new execution environment if this one ended. Look at the function's lines with --verbose, or try this event alone with --event.",
    sentence: (a) => `${a.event} fails: ${a.error}.${blame(a.culprit)}`,
    hint: (a) =>
      a.culprit === null
        ? 'Try it alone with --event, and --verbose for the lines that the function wrote.'
        : bringBack(a.culprit),
  },
  'load-failed': {
    severity: 'error',
    meaning: 'Requests of --requests failed.',
    more: 'Of the requests of --requests some were not answered: the function raised an exception, took longer than --timeout, or its process ended. The message has each kind with how often it came and its first example; errors in load of --json has the same. What fails only beside others is often shared by the environments (a file, a port, a service with a limit), or a request that came second in one and found what the first had left in /tmp or in a global.',
    sentence: (a) =>
      `${countText(a.failed, 'request')} of ${groupedText(a.requests)} failed: ${a.kinds.join('; ')}.`,
    hint: () => 'Try one alone with --event, and --verbose for the lines that the function wrote.',
  },
  's3-not-seen': {
    severity: 'warning',
    meaning: 'The botocore in the package is too old to see the buckets of --s3.',
    more: 'The buckets of --s3 are found through the variable AWS_ENDPOINT_URL_S3, which botocore reads since 1.31 (July 2023). The package brings an older one, which asks AWS itself and finds no network. Require a newer boto3, or build with --exclude-runtime and use the one of the runtime.',
    sentence: (a) =>
      `The package brings botocore ${a.version}, which does not read AWS_ENDPOINT_URL_S3 (since ${a.since}): its clients do not see the buckets of --s3.`,
    hint: () => "Require boto3>=1.28, or leave it to the runtime's own with --exclude-runtime.",
  },
  'init-too-slow': {
    severity: 'warning',
    meaning: 'Initialization takes longer here than Lambda gives it.',
    more: "Lambda gives initialization 10 s, then stops it and does it again on the time of the first invocation, which is billed and may run into the timeout. Give the function more memory, as it gets more CPU with it; import less at the top of the handler; or use SnapStart. Times here are this machine's.",
    sentence: (a) =>
      `Initialization takes ${seconds(a.ms)}${a.unpackMs === null ? '' : ` (${seconds(a.unpackMs)} of them unpacking)`}; after ${seconds(a.limitMs)} Lambda stops it and starts again, on the time of the first invocation.`,
    hint: () =>
      'Give the function more memory (it gets more CPU with it), import less before the first invocation, or use SnapStart.',
  },
  'memory-exceeded': {
    severity: 'error',
    meaning: 'The function needs more memory than it has, and was stopped.',
    more: 'The process grew beyond the function\'s memory and was stopped, as Lambda would with "Runtime exited with error: signal: killed". Verify with a larger --memory to see what it needs, and set that in the function.',
    sentence: (a) => `${a.what} was stopped for using more than the function's ${a.memory} MB of memory.`,
    hint: () => 'Give the function more memory: verify again with a larger --memory to see what it needs.',
  },
  'model-over-memory': {
    severity: 'warning',
    meaning: 'A model takes more memory than models may have in a function of this size.',
    more: "The model's size, as the config file has it, is more than loaded models may take together: three quarters of the function's memory, or memory of [models]. lambda_slim_models then refuses to load it, in words, before Lambda stops the process. Give the function more memory, or let the model's weights be smaller: half precision, int8.",
    sentence: (a) =>
      `The model ${a.model} is ${bytesText(a.bytes)}, and models may take ${bytesText(a.share)} of the function's ${a.memory} MB of memory.`,
    hint: () => 'Give the function more memory (--memory here), or raise memory of [models].',
  },
  'memory-tight': {
    severity: 'warning',
    meaning: 'All modules and probes together need more memory than the function has; each alone does not.',
    more: "Each module and probe fits into the function's memory, all of them in one process do not. A function that uses only some of them is fine. Verify with your --handler to know, or with a larger --memory.",
    sentence: (a) =>
      `Importing and probing everything in one process needs more than the function's ${a.memory} MB of memory.`,
    hint: () => 'Your function may need less: verify with --handler, or with a larger --memory.',
  },
  'tmp-full': {
    severity: 'error',
    meaning: "The function's /tmp is too small.",
    more: "Something wanted to write into /tmp and there was no room: the payload of a double zip, or files that your code makes. Set the function's ephemeral storage higher, and verify with the same number as --ephemeral-storage.",
    sentence: (a) =>
      `/tmp was full: ${bytesText(a.bytes)} of ${bytesText(a.limit)} were used when something more was to be written.`,
    hint: () => "Set the function's ephemeral storage higher, and verify again with --ephemeral-storage.",
  },
  'python-path-set': {
    severity: 'warning',
    meaning:
      'PYTHONPATH is among the settings, so Lambda leaves the folders of layers and their .pth files out.',
    more: 'Lambda\'s runtime then takes your value in place of the layers\' folders, and runs none of the .pth files, through which a double zip opens itself. Do without PYTHONPATH if you can. Otherwise add /opt/python to it, and begin the handler with "import lambda_slim_boot" or set AWS_LAMBDA_EXEC_WRAPPER=/opt/lambda-slim-wrapper.',
    sentence: (a) =>
      `PYTHONPATH is set to "${a.value}": Lambda's runtime takes it in place of the layers' folders and runs none of their .pth files${a.nested ? ', so nothing opens the payload' : ''}.`,
    hint: (a) => {
      const steps = [
        ...(a.seen ? [] : ['add /opt/python to it']),
        ...(a.nested
          ? [
              'open the payload yourself: make "import lambda_slim_boot" the first line of your handler (and verify with --handler), or set AWS_LAMBDA_EXEC_WRAPPER=/opt/lambda-slim-wrapper',
            ]
          : []),
      ];
      return `Do without PYTHONPATH if you can. If not, ${steps.join(', and ')}.`;
    },
  },
};
