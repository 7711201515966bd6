/** Settings → the last build, run as Lambda would. */
import { olderThanInputs } from '../build/inputs.js';
import { readVerifyRequest } from '../verify/request.js';
import { findSandbox } from '../verify/sandbox/find.js';
import type { Verification } from '../verify/verification.js';
import { verify } from '../verify/verify.js';
import type { Call } from './call.js';

/**
 * @param folder that was built, or its output folder; relative to the call's working folder; empty: the working folder
 * @throws SlimError of the settings, and what `verify` throws
 */
export async function verifyBuild(folder: string, call: Call): Promise<Verification> {
  return verify(await readVerifyRequest({ ...call, folder }), {
    ...call,
    findSandbox,
    older: olderThanInputs,
  });
}
