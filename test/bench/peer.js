// serverless-python-requirements, as its README says to use it: slim, strip, zip of one function.
import { existsSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { measured } from './measured.js';

export const peerVersions = { serverless: '3.40.0', 'serverless-python-requirements': '6.1.2' };

/** Install the peer into a folder of its own, once. */
export function installPeer(folder) {
  if (existsSync(path.join(folder, 'node_modules', 'serverless-python-requirements'))) return;
  execFileSync('mkdir', ['-p', folder]);
  const specs = Object.entries(peerVersions).map(([name, version]) => `${name}@${version}`);
  execFileSync('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', ...specs], {
    stdio: 'inherit',
  });
}

/**
 * Package once.
 * @returns {Promise<{seconds: number, peak: number, zip: string}>}
 */
export async function runPeer({ folder, work, requirements, python, version }) {
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  await cp(requirements, path.join(work, 'requirements.txt'));
  await writeFile(path.join(work, 'handler.py'), 'def handler(event, context):\n    return "ok"\n');
  await writeFile(path.join(work, 'package.json'), '{"name": "peer", "version": "1.0.0", "private": true}\n');
  await writeFile(
    path.join(work, 'serverless.yml'),
    `service: peer
frameworkVersion: '3'
configValidationMode: off
provider:
  name: aws
  runtime: python${version}
  region: us-east-1
functions:
  main:
    handler: handler.handler
package:
  patterns:
    - '!node_modules/**'
plugins:
  - serverless-python-requirements
custom:
  pythonRequirements:
    slim: true
    strip: true
    zip: false
    dockerizePip: false
    useStaticCache: false
    useDownloadCache: true
    pythonBin: ${python}
`,
  );
  await rm(path.join(work, 'node_modules'), { force: true, recursive: true });
  execFileSync('ln', ['-s', path.join(folder, 'node_modules'), path.join(work, 'node_modules')]);
  const run = await measured(path.join(folder, 'node_modules', '.bin', 'serverless'), ['package'], {
    cwd: work,
    env: { SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off' },
  });
  return { ...run, zip: path.join(work, '.serverless', 'peer.zip') };
}
