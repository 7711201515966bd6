/** The nouns of S3 inside a sandbox. Sizes are bytes. Pure. */

/** A folder of this machine that stands for a bucket: `--s3 BUCKET=FOLDER`. */
export interface BucketFolder {
  readonly bucket: string;
  /** Absolute. */
  readonly folder: string;
}

/** An object, from the folder or written by the function. */
export interface StoredObject {
  /** Where its bytes are, absolute. */
  readonly file: string;
  readonly bytes: number;
  /** With its quotes. */
  readonly etag: string;
  readonly modified: Date;
  /** `content-type`, `cache-control` and the like, and `x-amz-meta-*`; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What came of a bucket, for the report. */
export interface BucketUse {
  readonly bucket: string;
  readonly requests: number;
  /** What the function wrote, by key, as it was at the end: it is gone with the sandbox. */
  readonly written: readonly {
    readonly key: string;
    readonly bytes: number;
    readonly metadata: Readonly<Record<string, string>>;
  }[];
  readonly deleted: readonly string[];
  /** Keys that were asked for and are not there; at most twenty. */
  readonly missing: readonly string[];
}

/** What is answered: a document, or nothing when it was sent already. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** S3's own words for a refusal: what clients make their exceptions of. */
export class S3Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly more: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export const refusals = {
  noBucket: (bucket: string) =>
    new S3Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist', { BucketName: bucket }),
  noKey: (key: string) => new S3Refusal(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key }),
  noUpload: () =>
    new S3Refusal(
      404,
      'NoSuchUpload',
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    ),
  denied: () => new S3Refusal(403, 'AccessDenied', 'Access Denied'),
  precondition: (condition: string) =>
    new S3Refusal(
      412,
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      {
        Condition: condition,
      },
    ),
  badRange: (bytes: number) =>
    new S3Refusal(416, 'InvalidRange', 'The requested range is not satisfiable', {
      ActualObjectSize: String(bytes),
    }),
  badDigest: (what: string) =>
    new S3Refusal(400, 'BadDigest', `The ${what} you specified did not match the calculated checksum.`),
  badXml: () =>
    new S3Refusal(
      400,
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    ),
  badPart: () =>
    new S3Refusal(
      400,
      'InvalidPart',
      "One or more of the specified parts could not be found. The part might not have been uploaded, or the specified entity tag might not have matched the part's entity tag.",
    ),
  badArgument: (message: string) => new S3Refusal(400, 'InvalidArgument', message),
  badUri: () => new S3Refusal(400, 'InvalidURI', "Couldn't parse the specified URI."),
  notHere: (what: string) =>
    new S3Refusal(501, 'NotImplemented', `${what} is not among what verify --s3 imitates of S3.`),
} as const;
