/** What changes something at AWS, as lines for its command line. Pure. */
import { quoted } from '../text/shell.js';
import { payloadVariable } from './attach-plan.js';
import type { GrantStatement } from './grants.js';
import type { AttachedFunction, LayerPlan, StoredObject } from './model.js';

/** Stands for a version that is not there yet. */
export const newVersion = 'NEW';

function line(
  region: string,
  words: readonly string[],
  settings: Readonly<Record<string, string | null>>,
): string {
  const given = Object.entries(settings).flatMap(([name, value]) =>
    value === null ? [] : [`--${name}`, ...value.split('\0').map(quoted)],
  );
  return ['aws', ...words, ...given, '--region', region].join(' ');
}

/** @param place the file, relative to the working folder */
export const uploadCall = (
  region: string,
  place: string,
  { bucket, key }: Omit<StoredObject, 'version'>,
): string => line(region, ['s3', 'cp', quoted(place), quoted(`s3://${bucket}/${key}`)], {});

/** @param stored where Lambda fetches it; null: it is sent from `place` */
export function publishCall(
  region: string,
  layer: LayerPlan,
  place: string,
  stored: StoredObject | null,
  mode: 'copy' | 'reference' | null,
): string {
  const content =
    stored === null
      ? null
      : [
          `S3Bucket=${stored.bucket}`,
          `S3Key=${stored.key}`,
          ...(stored.version === null ? [] : [`S3ObjectVersion=${stored.version}`]),
          ...(mode === 'reference' ? ['S3ObjectStorageMode=REFERENCE'] : []),
        ].join(',');
  return line(region, ['lambda', 'publish-layer-version'], {
    'layer-name': layer.name,
    'zip-file': stored === null ? `fileb://${place}` : null,
    content,
    'compatible-runtimes': layer.runtimes.length === 0 ? null : layer.runtimes.join('\0'),
    'compatible-architectures': layer.architectures.join('\0'),
    description: layer.description,
    'license-info': layer.license,
  });
}

export const permissionCall = (
  region: string,
  name: string,
  version: number | null,
  { StatementId, Principal, OrganizationId }: GrantStatement,
): string =>
  line(region, ['lambda', 'add-layer-version-permission'], {
    'layer-name': name,
    'version-number': String(version ?? newVersion),
    'statement-id': StatementId,
    action: 'lambda:GetLayerVersion',
    principal: Principal,
    'organization-id': OrganizationId ?? null,
  });

export const deleteCall = (region: string, name: string, version: number): string =>
  line(region, ['lambda', 'delete-layer-version'], {
    'layer-name': name,
    'version-number': String(version),
  });

export function attachCall(
  region: string,
  { name, layers, ephemeralStorage, payload }: Pick<AttachedFunction, AttachedKey>,
): string {
  const call = line(region, ['lambda', 'update-function-configuration'], {
    'function-name': name,
    layers: layers.join('\0'),
    'ephemeral-storage': ephemeralStorage === null ? null : `Size=${ephemeralStorage.to}`,
  });
  return payload === null ? call : `${call} --environment ${environmentWord(region, name, payload)}`;
}

type AttachedKey = 'name' | 'layers' | 'ephemeralStorage' | 'payload';

/** The function's other variables may be secrets: they are not in the line, but fetched when it is run. */
function environmentWord(
  region: string,
  name: string,
  { to, alone }: NonNullable<AttachedFunction['payload']>,
): string {
  if (alone) return quoted(`Variables={${payloadVariable}=${to}}`);
  const ours = JSON.stringify({ [payloadVariable]: to });
  const merged = line(region, ['lambda', 'get-function-configuration'], {
    'function-name': name,
    query: `{Variables: merge(Environment.Variables, \`${ours}\`)}`,
    output: 'json',
  });
  return `"$(${merged})"`;
}
