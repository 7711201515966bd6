/** The handler that is meant when nobody named any. Pure. */
import { SlimError } from '../errors.js';
import type { Manifest } from '../model.js';
import type { VerifyRequest } from './verification.js';

/** What Lambda would call, when the function has one handler and nobody named any. */
export function onlyHandler({ handler = null, handlers = [] }: Manifest): string | null {
  return handler ?? (handlers.length === 1 ? (handlers[0] ?? null) : null);
}

/**
 * The same request with a handler: the one that was named, or the function's only one.
 * @param option that needs it
 * @throws SlimError `bad-option` when there is none, or more than one
 */
export function withHandler(request: VerifyRequest, manifest: Manifest, option: string): VerifyRequest {
  const handler = request.handler ?? onlyHandler(manifest);
  if (handler !== null) return { ...request, handler };
  const { handlers = [] } = manifest;
  throw new SlimError('bad-option', `${option} is for a handler of yours, but --handler is not given.`, {
    hint:
      handlers.length === 0
        ? "Name it as the function's setting does, for example --handler app.handler; for a layer, with --code FOLDER."
        : `Name one: --handler ${handlers[0] ?? ''}.`,
    details: handlers.length > 1 ? [`in your code: ${handlers.join(', ')}`] : [],
  });
}
