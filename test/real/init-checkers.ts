/** The tools that check what `init` wrote, as test/setup/tools.sh installs them. */
import path from 'node:path';
import { environment, repository, start, type Ran } from './helper-build.js';
import { missingServer } from './s3-server.js';

const python = path.join(repository, '.test-tools/iac/bin');
export const sam = path.join(repository, '.test-tools/sam/bin/sam');
const node = path.join(repository, '.test-tools/iac-node/node_modules/.bin');
/** The checkers, before all other programs; node is the one that runs the tests. */
const PATH = [python, node, path.dirname(process.execPath), environment['PATH']].join(path.delimiter);

const runs = async (command: string, args: readonly string[]): Promise<boolean> =>
  start(command, args, { env: { ...environment, PATH } }).then(
    ({ code }) => code === 0,
    () => false,
  );
export const installed =
  (await runs('cfn-lint', ['--version'])) &&
  (await runs('cdk', ['--version'])) &&
  (await runs('osls', ['--version'])) &&
  (await runs(sam, ['--version'])) &&
  missingServer === null;
export const terraform = (await runs('terraform', ['version']))
  ? 'terraform'
  : (await runs('tofu', ['version']))
    ? 'tofu'
    : null;
/** Without its registry there are no providers, and without them it validates nothing. */
export const providers =
  terraform !== null &&
  (await fetch('https://registry.terraform.io/.well-known/terraform.json').then(
    (response) => response.ok,
    () => false,
  ));

export interface CheckSettings {
  readonly input?: string;
  /** Where AWS is. */
  readonly endpoint: string;
}

/** A checker, with AWS answered on this machine and no telemetry. */
export async function checked(
  folder: string,
  command: string,
  args: readonly string[],
  { input = '', endpoint }: CheckSettings,
): Promise<Ran> {
  return start(command, args, {
    input,
    cwd: folder,
    env: {
      ...environment,
      PATH,
      HOME: folder,
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: endpoint,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      SAM_CLI_TELEMETRY: '0',
      SLS_TELEMETRY_DISABLED: '1',
      SLS_NOTIFICATIONS_MODE: 'off',
    },
  });
}
