/** Facts that `publish-layer` finds: their arguments and words. `findings.ts` puts them with the others. Pure. */
import type { FindingTexts } from './row.js';

export interface PublishFindingKinds {
  'build-has-errors': { count: number };
  'layer-not-published': { layer: string; region: string; because: string; hint: string };
  'layer-not-finished': { layer: string; region: string; what: string; because: string; hint: string };
  'function-not-updated': { name: string; region: string; because: string; hint: string };
  'attached-size-not-known': { name: string; region: string; what: string; because: string };
  'payload-variable-needed': { value: string; bucket: string; key: string; region: string };
  'payload-elsewhere': { bucket: string; region: string; regions: readonly string[] };
  'function-in-stack': { name: string; region: string; stack: string };
  'attached-python-path': { name: string; region: string };
  'other-parts-attached': { name: string; region: string; layers: readonly string[] };
}

/** Severity and words for each code. */
export const publishFindingTexts: FindingTexts<PublishFindingKinds> = {
  'build-has-errors': {
    severity: 'warning',
    meaning: 'The build that is published has findings that are errors.',
    more: '',
    sentence: (a) =>
      `The build has ${a.count === 1 ? 'an error' : `${a.count} errors`}: it will hardly work.`,
    hint: () =>
      'Look at them with "lambda-slim report", build again, and prove it with "lambda-slim verify".',
  },
  'layer-not-published': {
    severity: 'error',
    meaning: 'A layer was not published in a Region, although others were.',
    more: '',
    sentence: (a) => `${a.layer} was not published in ${a.region}: ${a.because}`,
    hint: (a) => `${a.hint} Then run the same command again: what was published is not published twice.`,
  },
  'layer-not-finished': {
    severity: 'error',
    meaning: 'A layer was published, but a permission could not be set or old versions could not be deleted.',
    more: '',
    sentence: (a) => `${a.layer} is published in ${a.region}, but ${a.what}: ${a.because}`,
    hint: (a) => `${a.hint} Then run the same command again: only what is missing is done.`,
  },
  'function-not-updated': {
    severity: 'error',
    meaning: 'The layer was published, but a function of --attach could not be given it.',
    more: '',
    sentence: (a) => `${a.name} in ${a.region} was not updated: ${a.because}`,
    hint: (a) => `${a.hint} Then run the same command again: the layer is not published twice.`,
  },
  'attached-size-not-known': {
    severity: 'warning',
    meaning: 'What a function has besides the layer could not be looked into, so the limit was not checked.',
    more: '',
    sentence: (a) => `How large ${a.what} of ${a.name} in ${a.region} is unzipped is not known: ${a.because}`,
    hint: () => 'AWS checks it when the function is updated: all together must be smaller than 250 MiB.',
  },
  'payload-variable-needed': {
    severity: 'warning',
    meaning: 'The build did not know the bucket of its payload, so functions must be told.',
    more: '',
    sentence: (a) =>
      `Functions with this layer in ${a.region} need the variable LAMBDA_SLIM_PAYLOAD=${a.value}, and a role that may read it.`,
    hint: (a) =>
      `Allow s3:GetObject on arn:aws:s3:::${a.bucket}/${a.key}. To do without the variable build with --upload ${a.value}.`,
  },
  'payload-elsewhere': {
    severity: 'warning',
    meaning: 'The payload lies in a bucket of another Region than the layer.',
    more: '',
    sentence: (a) =>
      `The payload lies in ${a.bucket} in ${a.region}, and functions in ${a.regions.join(', ')} would read it from there at each cold start.`,
    hint: () =>
      'That is slow and billed as traffic. Build without --upload, and publish with a --bucket that holds {region}.',
  },
  'function-in-stack': {
    severity: 'warning',
    meaning: 'A function of --attach belongs to a CloudFormation stack.',
    more: '',
    sentence: (a) =>
      `${a.name} in ${a.region} belongs to the stack ${a.stack}, whose template says which layers it has.`,
    hint: () =>
      'The next deployment of the stack may take the layer away: put the ARN into the template. When packages move from the code into a layer, CloudFormation attaches the layer before it changes the code: for that moment both count towards the 250 MiB.',
  },
  'attached-python-path': {
    severity: 'warning',
    meaning: 'A function of --attach has PYTHONPATH set, which keeps the payload from being opened.',
    more: '',
    sentence: (a) =>
      `${a.name} in ${a.region} has the variable PYTHONPATH, so Python does not read the .pth file that opens the payload.`,
    hint: () => 'Remove the variable, or begin the handler with "import lambda_slim_boot".',
  },
  'other-parts-attached': {
    severity: 'warning',
    meaning: 'A function of --attach still has layers of an earlier build that had another number of them.',
    more: '',
    sentence: (a) =>
      `${a.name} in ${a.region} still has ${a.layers.join(', ')}, which looks like an earlier build of the same.`,
    hint: () => 'Take it off the function when it is: it counts towards the 250 MiB and the five layers.',
  },
};
