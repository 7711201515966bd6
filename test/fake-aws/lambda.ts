/** Lambda's control plane for layers and functions in one account, with AWS's limits, checks and words. */
import { createHash, randomUUID } from 'node:crypto';
import { json, lambdaError, type Answer, type Asked } from './answer.js';
import type { FakeS3 } from './s3.js';
import { unzippedBytes } from './zip-sizes.js';

export const account = '123456789012';

export interface FakeVersion {
  readonly version: number;
  readonly arn: string;
  readonly zip: Buffer;
  readonly sha256: string;
  readonly unzipped: number;
  readonly input: PublishInput;
  readonly statements: Record<string, unknown>[];
}

interface PublishInput {
  readonly Content: {
    readonly ZipFile?: string;
    readonly S3Bucket?: string;
    readonly S3Key?: string;
    readonly S3ObjectVersion?: string;
    readonly S3ObjectStorageMode?: string;
  };
  readonly Description?: string;
  readonly LicenseInfo?: string;
  readonly CompatibleRuntimes?: readonly string[];
  readonly CompatibleArchitectures?: readonly string[];
}

export interface FakeFunction {
  readonly zip: Buffer;
  readonly tags: Readonly<Record<string, string>>;
  readonly configuration: Record<string, unknown> & { Layers: { Arn: string }[] };
  /** How often it is still seen as being updated. */
  busy: number;
}

/** Bytes; lower ones make small files too large. */
export interface FakeLimits {
  unzipped: number;
  zipped: number;
  request: number;
  storage: number;
}

const invalid = (message: string): Answer => lambdaError(400, 'InvalidParameterValueException', message);
const missing = (message: string): Answer => lambdaError(404, 'ResourceNotFoundException', message);

export class FakeLambda {
  readonly limits: FakeLimits = {
    unzipped: 262_144_000,
    zipped: 52_428_800,
    request: 70_167_211,
    storage: 322_122_547_200,
  };
  /** False: only the documentation tells, as with few rights. */
  settingsAllowed = true;
  /** By `region/name`; numbers are never given twice. */
  readonly layers = new Map<string, { last: number; readonly versions: FakeVersion[] }>();
  readonly functions = new Map<string, FakeFunction>();
  readonly #s3: FakeS3;
  /** Of the server itself, for addresses of zips. */
  readonly #origin: () => string;

  constructor(s3: FakeS3, origin: () => string) {
    this.#s3 = s3;
    this.#origin = origin;
  }

  versions(region: string, name: string): FakeVersion[] {
    return this.layers.get(`${region}/${name}`)?.versions ?? [];
  }

  /** A function whose zip has one file of so many bytes (as its directory says). */
  makeFunction(region: string, name: string, zip: Buffer, more: Record<string, unknown> = {}): FakeFunction {
    const made: FakeFunction = {
      zip,
      tags: {},
      busy: 0,
      configuration: {
        ...{ FunctionName: name, FunctionArn: `arn:aws:lambda:${region}:${account}:function:${name}` },
        ...{ Runtime: 'python3.13', Architectures: ['x86_64'], PackageType: 'Zip', Layers: [] },
        ...{ EphemeralStorage: { Size: 512 }, RevisionId: randomUUID(), State: 'Active' },
        ...{ LastUpdateStatus: 'Successful' },
        ...more,
      },
    };
    this.functions.set(`${region}/${name}`, made);
    return made;
  }

  answer(asked: Asked): Answer {
    const { method, path, query } = asked;
    if (path === '/2016-08-19/account-settings') return this.#settings(asked);
    if (path === '/2018-10-31/layers' && query.get('find') === 'LayerVersion') {
      const found = this.#byArn(query.get('Arn') ?? '');
      return found === null
        ? missing('The resource you requested does not exist.')
        : json(200, this.#told(found));
    }
    const [, layer, number, policy] =
      /^\/2018-10-31\/layers\/([^/]+)\/versions(?:\/(\d+)(\/policy)?)?$/.exec(path) ?? [];
    if (layer !== undefined && number === undefined) {
      return method === 'POST' ? this.#publish(asked, layer) : this.#list(asked, layer);
    }
    if (layer !== undefined) return this.#version(asked, layer, Number(number), policy !== undefined);
    const [, name, configuration] = /^\/2015-03-31\/functions\/([^/]+)(\/configuration)?$/.exec(path) ?? [];
    if (name !== undefined) return this.#function(asked, name, configuration !== undefined);
    return lambdaError(404, 'UnknownOperationException', `${method} ${path}`);
  }

  /** Zips behind the addresses that it gave, with ranges. */
  zip(id: string): Buffer | null {
    for (const { versions } of this.layers.values()) {
      const found = versions.find((one) => one.arn === id);
      if (found !== undefined) return found.zip;
    }
    return this.functions.get(id)?.zip ?? null;
  }

  #address(id: string): string {
    return `${this.#origin()}/zips/${encodeURIComponent(id)}?X-Amz-Signature=secret`;
  }

  #settings({ region }: Asked): Answer {
    if (!this.settingsAllowed) {
      return lambdaError(
        403,
        'AccessDeniedException',
        `User: arn:aws:iam::${account}:user/ci is not authorized to perform: lambda:GetAccountSettings on resource: *`,
      );
    }
    return json(200, {
      AccountLimit: {
        ...{ CodeSizeUnzipped: this.limits.unzipped, CodeSizeZipped: this.limits.zipped },
        TotalCodeSize: this.limits.storage,
      },
      AccountUsage: { FunctionCount: region.length, TotalCodeSize: 0 },
    });
  }

  #byArn(arn: string): FakeVersion | null {
    for (const { versions } of this.layers.values()) {
      const found = versions.find((one) => one.arn === arn);
      if (found !== undefined) return found;
    }
    return null;
  }

  #told({ version, arn, zip, sha256, input }: FakeVersion): Record<string, unknown> {
    const { Content, ...rest } = input;
    return {
      ...rest,
      Version: version,
      LayerVersionArn: arn,
      LayerArn: arn.slice(0, arn.lastIndexOf(':')),
      Content: {
        ...{ CodeSha256: sha256, CodeSize: zip.length, Location: this.#address(arn) },
        ...(Content.S3ObjectStorageMode === 'REFERENCE'
          ? { ResolvedS3Object: { S3Bucket: Content.S3Bucket, S3Key: Content.S3Key } }
          : {}),
      },
    };
  }

  #publish({ region, body }: Asked, name: string): Answer {
    if (body.length >= this.limits.request) {
      return lambdaError(
        413,
        'RequestEntityTooLargeException',
        `Request must be smaller than ${this.limits.request} bytes for the PublishLayerVersion operation`,
      );
    }
    const input = JSON.parse(body.toString()) as PublishInput;
    if ((input.Description?.length ?? 0) > 256) return invalid('Description too long');
    const zip = this.#content(input, region);
    if (!Buffer.isBuffer(zip)) return zip;
    if (input.Content.ZipFile !== undefined && zip.length > this.limits.zipped) {
      const message = `Zipped size must be smaller than ${this.limits.zipped} bytes`;
      return lambdaError(413, 'RequestEntityTooLargeException', message);
    }
    const unzipped = unzippedBytes(zip);
    if (unzipped === null) {
      return invalid('Could not unzip uploaded file. Please check your file, then try to upload again.');
    }
    // Equal is too large, too.
    if (unzipped >= this.limits.unzipped) {
      return invalid(`Unzipped size must be smaller than ${this.limits.unzipped} bytes`);
    }
    const all = [...this.layers.values()].flatMap((one) => one.versions);
    if (all.reduce((sum, one) => sum + one.zip.length, zip.length) > this.limits.storage) {
      return lambdaError(400, 'CodeStorageExceededException', 'Code storage limit exceeded.');
    }
    const id = `${region}/${name}`;
    const layer = this.layers.get(id) ?? { last: 0, versions: [] };
    this.layers.set(id, layer);
    const version = ++layer.last;
    const made: FakeVersion = {
      ...{ version, zip, unzipped, input, statements: [] },
      arn: `arn:aws:lambda:${region}:${account}:layer:${name}:${version}`,
      sha256: createHash('sha256').update(zip).digest('base64'),
    };
    layer.versions.push(made);
    return json(201, this.#told(made));
  }

  #content({ Content }: PublishInput, region: string): Buffer | Answer {
    if (Content.ZipFile !== undefined) return Buffer.from(Content.ZipFile, 'base64');
    const refused = (code: string, message: string): Answer =>
      invalid(`Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: ${message}`);
    const bucket = this.#s3.buckets.get(Content.S3Bucket ?? '');
    if (bucket === undefined) return refused('NoSuchBucket', 'The specified bucket does not exist');
    if (bucket.region !== region) {
      return refused('PermanentRedirect', 'The bucket is in this region: '.concat(bucket.region));
    }
    const object = bucket.objects.get(Content.S3Key ?? '');
    if (object === undefined) return refused('NoSuchKey', 'The specified key does not exist.');
    if (Content.S3ObjectStorageMode === 'REFERENCE' && Content.S3ObjectVersion !== object.version) {
      return invalid('S3ObjectVersion is required for S3ObjectStorageMode REFERENCE');
    }
    return object.content;
  }

  #list({ region, query }: Asked, name: string): Answer {
    const from = Number(query.get('Marker') ?? 0);
    const most = Math.min(50, Number(query.get('MaxItems') ?? 50));
    const all = [...this.versions(region, name)].reverse();
    const page = all.slice(from, from + most);
    return json(200, {
      LayerVersions: page.map(({ arn, version }) => ({ LayerVersionArn: arn, Version: version })),
      ...(from + most < all.length ? { NextMarker: String(from + most) } : {}),
    });
  }

  #version({ method, region, body }: Asked, name: string, number: number, policy: boolean): Answer {
    const versions = this.versions(region, name);
    const found = versions.find((one) => one.version === number);
    if (method === 'DELETE') {
      if (found !== undefined) versions.splice(versions.indexOf(found), 1);
      return { status: 204 };
    }
    if (found === undefined) return missing('The resource you requested does not exist.');
    if (!policy) return json(200, this.#told(found));
    if (method === 'GET') {
      if (found.statements.length === 0) return missing('No policy is associated with the given resource.');
      return json(200, { Policy: JSON.stringify({ Version: '2012-10-17', Statement: found.statements }) });
    }
    const { StatementId, Principal, OrganizationId, Action } = JSON.parse(body.toString()) as Record<
      string,
      string
    >;
    if (found.statements.some((one) => one.Sid === StatementId)) {
      return lambdaError(
        409,
        'ResourceConflictException',
        `The statement id (${StatementId}) provided already exists.`,
      );
    }
    const statement = {
      ...{ Sid: StatementId, Effect: 'Allow', Action, Resource: found.arn },
      Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` },
      ...(OrganizationId === undefined
        ? {}
        : { Condition: { StringEquals: { 'aws:PrincipalOrgID': OrganizationId } } }),
    };
    found.statements.push(statement);
    return json(201, { Statement: JSON.stringify(statement), RevisionId: randomUUID() });
  }

  #function({ method, region, body }: Asked, name: string, configuration: boolean): Answer {
    const short = name.split(':').at(-1) ?? name;
    const found = this.functions.get(`${region}/${short}`);
    const arn = `arn:aws:lambda:${region}:${account}:function:${short}`;
    if (found === undefined) return missing(`Function not found: ${arn}`);
    if (method === 'PUT')
      return this.#update(found, JSON.parse(body.toString()) as Record<string, unknown>, arn);
    if (found.busy > 0 && --found.busy === 0) found.configuration.LastUpdateStatus = 'Successful';
    const told = found.configuration;
    if (configuration) return json(200, told);
    const Location = this.#address(`${region}/${short}`);
    return json(200, { Configuration: told, Code: { RepositoryType: 'S3', Location }, Tags: found.tags });
  }

  #update(found: FakeFunction, input: Record<string, unknown>, arn: string): Answer {
    const { configuration } = found;
    if (input.RevisionId !== undefined && input.RevisionId !== configuration.RevisionId) {
      return lambdaError(
        412,
        'PreconditionFailedException',
        'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
      );
    }
    if (found.busy > 0) {
      return lambdaError(
        409,
        'ResourceConflictException',
        `The operation cannot be performed at this time. An update is in progress for resource: ${arn}`,
      );
    }
    const layers = (input.Layers as string[] | undefined) ?? [];
    if (layers.length > 5) return invalid('Cannot reference more than 5 layers.');
    const versions = layers.map((one) => this.#byArn(one));
    if (versions.includes(null)) return invalid('Layer version does not exist.');
    const code = unzippedBytes(found.zip) ?? 0;
    const sum = versions.reduce((total, one) => total + (one?.unzipped ?? 0), code);
    if (sum >= this.limits.unzipped) {
      return invalid(
        `Function code combined with layers exceeds the maximum allowed size of ${this.limits.unzipped} bytes. The actual size is ${sum} bytes.`,
      );
    }
    configuration.Layers = layers.map((Arn) => ({ Arn }));
    if (input.Environment !== undefined) configuration.Environment = input.Environment;
    if (input.EphemeralStorage !== undefined) configuration.EphemeralStorage = input.EphemeralStorage;
    configuration.RevisionId = randomUUID();
    configuration.LastUpdateStatus = 'InProgress';
    found.busy = 2;
    return json(200, configuration);
  }
}
