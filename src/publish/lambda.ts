/** The calls to Lambda that we need, each with AWS's errors as words. */
import {
  AddLayerVersionPermissionCommand,
  DeleteLayerVersionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  UpdateFunctionConfigurationCommand,
  type FunctionConfiguration,
  type GetFunctionResponse,
  type PublishLayerVersionCommandInput,
  type UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { limits } from '../limits.js';
import type { ControlPlane, Repeat } from './control-plane.js';
import { isBusy, readAwsError } from '../aws/failure.js';
import type { GrantStatement } from './grants.js';
import { explainLambda } from './lambda-failure.js';
import type { AccountLimits } from './model.js';

/** A version that is there. */
export interface LayerVersion {
  readonly arn: string;
  readonly version: number;
  readonly codeSha256: string;
  readonly runtimes: readonly string[];
  readonly architectures: readonly string[];
  /** Lambda reads it in a bucket of the owner's. */
  readonly referenced: boolean;
}

/** The limits of the account where it may be asked; else those of the documentation. */
export async function accountLimits(plane: ControlPlane): Promise<AccountLimits> {
  try {
    const { AccountLimit } = await plane.call((client, options) =>
      client.send(new GetAccountSettingsCommand({}), options),
    );
    return {
      unzipped: AccountLimit?.CodeSizeUnzipped ?? limits.unzipped,
      zipped: AccountLimit?.CodeSizeZipped ?? limits.directUpload,
      from: 'account',
    };
  } catch (error) {
    plane.signal.throwIfAborted();
    const said = readAwsError(error);
    // Without credentials or a network everything else would fail, too: say that now.
    if (said.status === null || isBusy(said) || /Token|Signature|UnrecognizedClient/.test(said.name)) {
      throw explainLambda(error, attemptOf(plane, "the account's settings", 'GetAccountSettings'));
    }
    return { unzipped: limits.unzipped, zipped: limits.directUpload, from: 'documentation' };
  }
}

/** Null when the layer has none. */
export async function newestVersion(plane: ControlPlane, name: string): Promise<LayerVersion | null> {
  const [number] = await versionNumbers(plane, name, 1);
  if (number === undefined) return null;
  return asking(plane, `the layer ${name}`, 'GetLayerVersion', async () => {
    const found = await plane
      .call((client, options) =>
        client.send(new GetLayerVersionCommand({ LayerName: name, VersionNumber: number }), options),
      )
      .catch((error: unknown) => {
        // Somebody deleted it between the two calls.
        if (readAwsError(error).name === 'ResourceNotFoundException') return null;
        throw error;
      });
    if (found === null) return null;
    return {
      arn: found.LayerVersionArn ?? '',
      version: number,
      codeSha256: found.Content?.CodeSha256 ?? '',
      runtimes: found.CompatibleRuntimes ?? [],
      architectures: found.CompatibleArchitectures ?? [],
      referenced: found.Content?.ResolvedS3Object !== undefined,
    };
  });
}

/** Newest first. */
export async function versionNumbers(
  plane: ControlPlane,
  name: string,
  most = Number.POSITIVE_INFINITY,
): Promise<readonly number[]> {
  return asking(plane, `the layer ${name}`, 'ListLayerVersions', async () => {
    const numbers: number[] = [];
    let Marker: string | undefined;
    do {
      const input = { LayerName: name, Marker, MaxItems: Math.min(50, most) };
      const page = await plane.call((client, options) =>
        client.send(new ListLayerVersionsCommand(input), options),
      );
      numbers.push(...(page.LayerVersions ?? []).map((one) => one.Version ?? 0));
      Marker = page.NextMarker === '' ? undefined : page.NextMarker;
    } while (Marker !== undefined && numbers.length < most);
    return numbers.sort((a, b) => b - a);
  });
}

/** Throws the SDK's own error, as whoever publishes must know whether to look before trying again. */
export async function publishVersion(
  plane: ControlPlane,
  input: PublishLayerVersionCommandInput,
): Promise<{ readonly arn: string; readonly version: number; readonly codeSha256: string }> {
  const made = await plane.call(
    (client, options) => client.send(new PublishLayerVersionCommand(input), options),
    'once',
  );
  return {
    arn: made.LayerVersionArn ?? '',
    version: made.Version ?? 0,
    codeSha256: made.Content?.CodeSha256 ?? '',
  };
}

/** JSON; null when the version has none. */
export async function versionPolicy(
  plane: ControlPlane,
  name: string,
  version: number,
): Promise<string | null> {
  return asking(plane, `the layer ${name}:${version}`, 'GetLayerVersionPolicy', async () => {
    const input = { LayerName: name, VersionNumber: version };
    const found = await plane
      .call((client, options) => client.send(new GetLayerVersionPolicyCommand(input), options))
      .catch((error: unknown) => {
        if (readAwsError(error).name === 'ResourceNotFoundException') return null;
        throw error;
      });
    return found?.Policy ?? null;
  });
}

export async function addPermission(
  plane: ControlPlane,
  name: string,
  version: number,
  statement: GrantStatement,
): Promise<void> {
  await asking(plane, `the layer ${name}:${version}`, 'AddLayerVersionPermission', async () => {
    const input = { LayerName: name, VersionNumber: version, Action: 'lambda:GetLayerVersion', ...statement };
    await plane
      .call((client, options) => client.send(new AddLayerVersionPermissionCommand(input), options))
      .catch((error: unknown) => {
        // The identifier is made of what it says: it is there already, maybe by a call whose answer was lost.
        if (readAwsError(error).name !== 'ResourceConflictException') throw error;
      });
  });
}

export async function deleteVersion(plane: ControlPlane, name: string, version: number): Promise<void> {
  await asking(plane, `the layer ${name}:${version}`, 'DeleteLayerVersion', () =>
    plane.call((client, options) =>
      client.send(new DeleteLayerVersionCommand({ LayerName: name, VersionNumber: version }), options),
    ),
  );
}

export async function functionConfiguration(
  plane: ControlPlane,
  name: string,
): Promise<FunctionConfiguration> {
  return asking(plane, `the function ${name}`, 'GetFunctionConfiguration', () =>
    plane.call((client, options) =>
      client.send(new GetFunctionConfigurationCommand({ FunctionName: name }), options),
    ),
  );
}

/** Its code's address and its tags. */
export async function functionDetails(plane: ControlPlane, name: string): Promise<GetFunctionResponse> {
  return asking(plane, `the code of the function ${name}`, 'GetFunction', () =>
    plane.call((client, options) => client.send(new GetFunctionCommand({ FunctionName: name }), options)),
  );
}

/** A presigned address; null when AWS gives none. */
export async function layerLocation(plane: ControlPlane, arn: string): Promise<string | null> {
  return asking(plane, `the layer ${arn}`, 'GetLayerVersion', async () => {
    const { Content } = await plane.call((client, options) =>
      client.send(new GetLayerVersionByArnCommand({ Arn: arn }), options),
    );
    return Content?.Location ?? null;
  });
}

/** Throws the SDK's own error: a conflict is looked at again. */
export async function updateFunction(
  plane: ControlPlane,
  input: UpdateFunctionConfigurationCommandInput,
  repeat: Repeat = 'once',
): Promise<FunctionConfiguration> {
  return plane.call(
    (client, options) => client.send(new UpdateFunctionConfigurationCommand(input), options),
    repeat,
  );
}

function attemptOf(
  { region }: ControlPlane,
  subject: string,
  action: string,
): Parameters<typeof explainLambda>[1] {
  return { subject, region, actions: [`lambda:${action}`] };
}

async function asking<Result>(
  plane: ControlPlane,
  subject: string,
  action: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    plane.signal.throwIfAborted();
    throw explainLambda(error, attemptOf(plane, subject, action));
  }
}
