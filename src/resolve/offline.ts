/** `--offline`: what keeps the tools that a build starts away from the network, beside their own options for it. Pure. */
import type { Environment } from '../model.js';

/** Nobody answers here (the port of "discard"), and what is sent to it never leaves the machine. */
export const deadEnd = 'http://127.0.0.1:9';

const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

/**
 * The caller's variables with all ways out closed: whatever a tool asks by itself fails at once. git takes repositories of
 * this machine only.
 */
export function withoutNetwork(environment: Environment): Environment {
  return {
    ...environment,
    ...Object.fromEntries(proxies.map((name) => [name, deadEnd])),
    NO_PROXY: '',
    no_proxy: '',
    GIT_ALLOW_PROTOCOL: 'file',
  };
}
