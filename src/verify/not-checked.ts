/** What Lambda has and a sandbox has not: what a green answer says nothing about. Pure. */
import type { Manifest } from '../model.js';
import { countText } from '../text/units.js';
import type { Sandbox } from './model.js';
import type { VerifyRequest } from './verification.js';

/**
 * A few words each, in the order in which they matter.
 * @param layers how many others were mounted
 * @param loaded many requests were sent
 */
export function notChecked(
  { network, s3, environment, load }: Pick<VerifyRequest, 'network' | 's3' | 'environment' | 'load'>,
  { plan, proof }: Pick<Manifest, 'plan' | 'proof'>,
  sandbox: Pick<Sandbox, 'notChecked'>,
  layers: number,
  loaded: boolean,
): readonly string[] {
  const missing = Object.keys(proof.environment ?? {}).filter((name) => environment[name] === undefined);
  return [
    ...(load !== null && !loaded
      ? [`the ${countText(load.requests, 'request')} of --requests, as one alone fails`]
      : []),
    ...(missing.length === 0 ? [] : [`secrets that the build had (--env ${missing.join('=… --env ')}=…)`]),
    ...(network === 'none'
      ? [`network and AWS services${s3.length === 0 ? '' : ' but S3'}`]
      : ["the function's own network (it had this machine's)"]),
    'roles and permissions',
    ...(s3.length === 0 ? [] : ["S3's speed and settings"]),
    layers === 0 ? 'other layers and extensions' : 'extensions',
    ...((plan.nesting?.s3 ?? null) === null ? [] : ['the way of the payload from S3']),
    // AWS's own image differs in nothing.
    ...(sandbox.notChecked.length === 0 ? [] : ['Amazon Linux itself']),
    "the speed of Lambda's processors",
  ];
}
