/** What uv and pip have in common, as `host.ts` uses them. */
import type { Pin } from '../pins.js';
import type { RunResult } from '../../io/run.js';
import type { Tool, ToolRun } from '../tools.js';
import type { Finding } from '../../findings/findings.js';
import type { CollectedInputs } from '../inputs/input-lines.js';

export interface PinOptions {
  /** Take PyTorch's CPU builds. */
  readonly cpu: boolean;
  /** `offline`: only what the tool has in its own cache. `refresh`: the tool's cache is not believed. */
  readonly network: 'any' | 'offline' | 'refresh';
  readonly run: ToolRun;
}

export interface InstallOptions extends PinOptions {
  /** Every line has a hash: have the tool insist. */
  readonly hashes: boolean;
}

/** What installing needs to know of the inputs. */
export type InstallInputs = Pick<CollectedInputs, 'folder' | 'uv' | 'exact'>;

export type PinAnswer =
  { readonly ok: true; readonly pins: readonly Pin[] } | { readonly ok: false; readonly result: RunResult };

/** What differs between uv and pip. */
export interface HostTool {
  readonly name: 'uv' | 'pip';
  readonly tool: Tool;
  /** e.g. `uv 0.13.8`. */
  readonly label: string;
  /** Facts about the choice of this tool for this target. */
  readonly findings: readonly Finding[];
  pin(inputs: CollectedInputs, options: PinOptions): Promise<PinAnswer>;
  /** @param folder an empty folder that gets the tree */
  install(file: string, folder: string, options: InstallOptions, inputs: InstallInputs): Promise<RunResult>;
}
