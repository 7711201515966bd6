/** Facts that `publish-layer` finds: their arguments and words. `findings.ts` puts them with the others. Pure. */
import { partitionOf } from '../text/partition.js';
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
    more: 'What is published was built with findings that are errors, so functions with it will hardly work. It is published because you asked for it. Look at them with "lambda-slim report", build again, and prove it with "lambda-slim verify".',
    sentence: (a) =>
      `The build has ${a.count === 1 ? 'an error' : `${a.count} errors`}: it will hardly work.`,
    hint: () =>
      'Look at them with "lambda-slim report", build again, and prove it with "lambda-slim verify".',
  },
  'layer-not-published': {
    severity: 'error',
    meaning: 'A layer was not published in a Region, although others were.',
    more: "AWS refused it in one Region after others had taken it, so that the Regions now differ. The message has AWS's reason and what to do. Then run the same command again: what was published is not published twice.",
    sentence: (a) => `${a.layer} was not published in ${a.region}: ${a.because}`,
    hint: (a) => `${a.hint} Then run the same command again: what was published is not published twice.`,
  },
  'layer-not-finished': {
    severity: 'error',
    meaning: 'A layer was published, but a permission could not be set or old versions could not be deleted.',
    more: 'The version is there, and something after it failed: a permission of --allow, or the deletion of older versions for --keep. Set right what the message names and run the same command again: only what is missing is done.',
    sentence: (a) => `${a.layer} is published in ${a.region}, but ${a.what}: ${a.because}`,
    hint: (a) => `${a.hint} Then run the same command again: only what is missing is done.`,
  },
  'function-not-updated': {
    severity: 'error',
    meaning: 'The layer was published, but a function of --attach could not be given it.',
    more: 'The layer is there, and the function still has what it had before. AWS refused the update, or the function was being changed by somebody else. Set right what the message names and run the same command again: the layer is not published twice.',
    sentence: (a) => `${a.name} in ${a.region} was not updated: ${a.because}`,
    hint: (a) => `${a.hint} Then run the same command again: the layer is not published twice.`,
  },
  'attached-size-not-known': {
    severity: 'warning',
    meaning: 'What a function has besides the layer could not be looked into, so the limit was not checked.',
    more: 'To add up what a function will have, its code and the layers of others are looked into, and here that was not allowed or not possible. The limit was then not checked in advance; AWS checks it when the function is updated. Allow lambda:GetFunction and lambda:GetLayerVersion to have it checked.',
    sentence: (a) => `How large ${a.what} of ${a.name} in ${a.region} is unzipped is not known: ${a.because}`,
    hint: () => 'AWS checks it when the function is updated: all together must be smaller than 250 MiB.',
  },
  'payload-variable-needed': {
    severity: 'warning',
    meaning: 'The build did not know the bucket of its payload, so functions must be told.',
    more: 'The payload went to a bucket that the build did not know, so its bootstrap must be told. Set the variable LAMBDA_SLIM_PAYLOAD in every function with this layer, and let its role read the object. Build with --upload to do without.',
    sentence: (a) =>
      `Functions with this layer in ${a.region} need the variable LAMBDA_SLIM_PAYLOAD=${a.value}, and a role that may read it.`,
    hint: (a) =>
      `Allow s3:GetObject on arn:${partitionOf(a.region)}:s3:::${a.bucket}/${a.key}. To do without the variable build with --upload ${a.value}.`,
  },
  'payload-elsewhere': {
    severity: 'warning',
    meaning: 'The payload lies in a bucket of another Region than the layer.',
    more: 'Functions would read the payload from another Region at each cold start, which is slow and billed as traffic. Build without --upload, and publish with a --bucket whose name holds {region}, so that each Region has its own copy.',
    sentence: (a) =>
      `The payload lies in ${a.bucket} in ${a.region}, and functions in ${a.regions.join(', ')} would read it from there at each cold start.`,
    hint: () =>
      'That is slow and billed as traffic. Build without --upload, and publish with a --bucket that holds {region}.',
  },
  'function-in-stack': {
    severity: 'warning',
    meaning: 'A function of --attach belongs to a CloudFormation stack.',
    more: 'A CloudFormation template says which layers this function has, and the next deployment of the stack sets them again. Put the new ARN into the template. When packages move from the code into a layer, both count for a moment toward the 250 MiB, as CloudFormation attaches the layer before it changes the code.',
    sentence: (a) =>
      `${a.name} in ${a.region} belongs to the stack ${a.stack}, whose template says which layers it has.`,
    hint: () =>
      'The next deployment of the stack may take the layer away: put the ARN into the template. When packages move from the code into a layer, CloudFormation attaches the layer before it changes the code: for that moment both count towards the 250 MiB.',
  },
  'attached-python-path': {
    severity: 'warning',
    meaning: 'A function of --attach has PYTHONPATH set, which keeps the payload from being opened.',
    more: 'With PYTHONPATH set, Lambda\'s Python runs no .pth file of a layer, and that is what opens the payload of a double zip. Remove the variable from the function, or begin its handler with "import lambda_slim_boot".',
    sentence: (a) =>
      `${a.name} in ${a.region} has the variable PYTHONPATH, so Python does not read the .pth file that opens the payload.`,
    hint: () => 'Remove the variable, or begin the handler with "import lambda_slim_boot".',
  },
  'other-parts-attached': {
    severity: 'warning',
    meaning: 'A function of --attach still has layers of an earlier build that had another number of them.',
    more: 'An earlier build had more layers than this one, and the function still has some of them. They count toward the 250 MiB and the five layers, and may bring older versions of the same packages. Take them off the function when they are yours.',
    sentence: (a) =>
      `${a.name} in ${a.region} still has ${a.layers.join(', ')}, which looks like an earlier build of the same.`,
    hint: () => 'Take it off the function when it is: it counts towards the 250 MiB and the five layers.',
  },
};
