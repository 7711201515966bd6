/** Settings → the last build, run as Lambda would. */
import { olderThanInputs } from '../build/inputs.js';
import type { Finding } from '../findings/findings.js';
import { readVerifyRequest } from '../verify/request.js';
import { findSandbox } from '../verify/sandbox/find.js';
import type { ServeWish } from '../verify/serve/model.js';
import { serve, type ServeEars } from '../verify/serve/serve.js';
import type { Verification, VerifyRequest } from '../verify/verification.js';
import { verify } from '../verify/verify.js';
import type { Call } from './call.js';

/**
 * @param folder that was built, or its output folder; relative to the call's working folder; empty: the working folder
 * @throws SlimError of the settings, and what `verify` throws
 */
export async function verifyBuild(folder: string, call: Call): Promise<Verification> {
  return verifyRequested(await readVerifyRequest({ ...call, folder }), call);
}

/** @throws SlimError what `verify` throws */
export async function verifyRequested(request: VerifyRequest, call: Call): Promise<Verification> {
  return verify(request, { ...call, findSandbox, older: olderThanInputs });
}

/**
 * Until the call's signal is aborted.
 * @throws SlimError what `serve` throws
 */
export async function serveRequested(
  request: VerifyRequest,
  wish: ServeWish,
  call: Call,
  ears: ServeEars,
): Promise<readonly Finding[]> {
  return serve(request, wish, { ...call, findSandbox, older: olderThanInputs }, ears);
}
