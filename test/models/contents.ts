/** What lies in a bucket: pushed models, archives, tensors. */
import { createHash } from 'node:crypto';

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

interface PointedFile {
  readonly name: string;
  /** As it is stored. */
  readonly data: string | Uint8Array;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Immutable contents, and a pointer to them. */
export function pushed(
  model: string,
  files: readonly PointedFile[],
  { alias = 'prod', kind = null }: { readonly alias?: string; readonly kind?: string | null } = {},
): Readonly<Record<string, string | Uint8Array>> {
  const listed = files.map(({ name, data, more = {} }) => ({
    ...{ name, key: `sha256/${sha256(data)}`, bytes: Buffer.byteLength(data), sha256: sha256(data) },
    ...more,
  }));
  const digest = sha256(JSON.stringify(listed));
  return {
    ...Object.fromEntries(files.map(({ data }) => [`sha256/${sha256(data)}`, data])),
    [`${model}/${alias}.json`]: JSON.stringify({ format: 1, digest, kind, files: listed }),
  };
}

/** The three lines of a tar of regular files, without a library. */
export function tar(files: Readonly<Record<string, string>>, type = '0'): Buffer {
  const blocks = Object.entries(files).map(([name, text]) => {
    const header = Buffer.alloc(512);
    const put = (at: number, value: string): number => header.write(value, at, 'latin1');
    put(0, name);
    put(100, '0000644\0');
    put(124, `${Buffer.byteLength(text).toString(8).padStart(11, '0')}\0`);
    put(136, '00000000000\0');
    put(148, '        ');
    put(156, type);
    put(257, 'ustar\x0000');
    put(
      148,
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
    );
    return Buffer.concat([header, Buffer.from(text), Buffer.alloc(-Buffer.byteLength(text) & 511)]);
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A safetensors file of two tensors. */
export function safetensors(): Buffer {
  const header = Buffer.from(
    JSON.stringify({
      __metadata__: { made: 'here' },
      bias: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
      weight: { dtype: 'F32', shape: [2, 2], data_offsets: [8, 24] },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeUInt32LE(header.length);
  return Buffer.concat([length, header, Buffer.from(new Float32Array([1, 2, 3, 4, 5, 6]).buffer)]);
}
