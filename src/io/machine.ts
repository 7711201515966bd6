/** The only file that asks what this machine has left. */
import { availableParallelism } from 'node:os';
import { availableMemory } from 'node:process';

/** Bytes that programs can still take, within the limit of a container if there is one. */
export function freeMemory(): number {
  return availableMemory();
}

/** CPUs that this process may use. */
export function cpuCount(): number {
  return availableParallelism();
}
