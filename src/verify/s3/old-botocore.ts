/** A botocore of the package's own that does not look where S3 is imitated. Pure. */
import { finding, type Finding } from '../../findings/findings.js';
import type { Manifest } from '../../model.js';
import { takesVersion } from '../../python/ranges.js';
import type { VerifyRequest } from '../verification.js';

/** Its first version that reads AWS_ENDPOINT_URL_S3. */
const since = '1.31.0';

export function oldBotocore(
  { s3 }: Pick<VerifyRequest, 's3'>,
  { packages }: Pick<Manifest, 'packages'>,
): readonly Finding[] {
  const packed = packages.find(({ distribution, kept }) => distribution === 'botocore' && kept > 0)?.version;
  if (s3.length === 0 || packed === undefined || packed === null) return [];
  return takesVersion(`<${since}`, packed) ? [finding('s3-not-seen', { version: packed, since })] : [];
}
