/** Which of uv and pip resolves on this machine. */
import { SlimError } from '../../errors.js';
import type { BuildRequest, Target } from '../../model.js';
import type { World } from '../../world.js';
import { findUv, findPip, type Tool } from '../tools.js';
import { oldestPip, pipIsUsable, pipTool } from './pip.js';
import type { HostTool } from './tool.js';
import { uvPlatform, uvIsUsable, uvTool, oldestUv } from './uv.js';

/**
 * uv when it is there; pip where uv has no platform with exactly the target's glibc, because uv would then not see the
 * wheels between its platform and the ceiling.
 * @throws SlimError `bad-requirements`, `no-resolver`
 */
export async function chooseHost(
  request: Pick<BuildRequest, 'resolver'>,
  target: Target,
  context: Pick<World, 'environment' | 'signal'>,
): Promise<HostTool> {
  const { environment, signal } = context;
  const wanted = request.resolver;
  const uv = wanted === 'pip' ? null : await findUv(environment, signal);
  const platform = uvPlatform(target);
  const usableUv = uv !== null && uvIsUsable(uv) && platform !== null ? uv : null;
  if (usableUv !== null && (wanted === 'uv' || platform?.exact === true)) return uvTool(usableUv, target);
  // Starting Python takes a while, so pip is looked for only where it may be taken.
  const pip = wanted === 'uv' ? null : await findPip(environment, signal);
  if (pip !== null && pipIsUsable(pip)) {
    return pipTool(pip, target);
  }
  if (usableUv !== null) return uvTool(usableUv, target);
  throw noResolver(wanted, uv, pip);
}

export function noResolver(wanted: BuildRequest['resolver'], uv: Tool | null, pip: Tool | null): SlimError {
  const old =
    wanted !== 'pip' && uv !== null
      ? `uv ${uv.version} is too old (or has no platform for this glibc): ${oldestUv} or later is needed.`
      : wanted !== 'uv' && pip !== null
        ? `pip ${pip.version} is too old: ${oldestPip} or later is needed, for its installation report.`
        : null;
  return new SlimError(
    'no-resolver',
    old ?? (wanted === 'auto' ? 'Neither uv nor a Python with pip is on PATH.' : `${wanted} is not on PATH.`),
    {
      hint: 'Install uv (https://docs.astral.sh/uv/), or update pip with "python3 -m pip install --upgrade pip", or build in a container: --resolver docker.',
    },
  );
}
