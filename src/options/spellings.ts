/** How Docker, uname, Windows, wheels and Lambda itself write what an option calls by one name. Pure. */
import { pythonVersions } from '../limits.js';

export const architectureSpellings: ReadonlyMap<string, string> = new Map([
  ...['amd64', 'x64', 'x86-64', 'linux/amd64', 'linux/x86_64'].map((one) => [one, 'x86_64'] as const),
  ...['aarch64', 'arm64v8', 'linux/arm64', 'linux/aarch64'].map((one) => [one, 'arm64'] as const),
]);

/** `python3.13` (of Lambda and its images), `py3.13`, `cp313`. */
export const pythonSpellings: ReadonlyMap<string, string> = new Map(
  pythonVersions.flatMap((one) =>
    [`python${one}`, `py${one}`, `cp${one.replace('.', '')}`].map((written) => [written, one] as const),
  ),
);
