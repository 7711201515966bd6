/** Settings → the last build, run as Lambda would. */
import { readVerifyRequest } from '../verify/request.js';
import { findSandbox } from '../verify/sandbox/find.js';
import type { Verification } from '../verify/verification.js';
import { verify } from '../verify/verify.js';
import type { Call } from './call.js';

/** @throws SlimError of the settings, and what `verify` throws */
export async function verifyBuild(call: Call): Promise<Verification> {
  return verify(await readVerifyRequest(call), { ...call, findSandbox });
}
