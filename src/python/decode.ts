/**
 * A requirements file's bytes as text, in pip's order: a byte order mark, else a PEP 263 comment in the first two lines,
 * else UTF-8. Pure.
 * https://pip.pypa.io/en/stable/reference/requirements-file-format/#encoding
 */

export type Decoded = { readonly text: string } | { readonly because: string; readonly binary?: true };

/** How files begin that are taken for a requirements file by mistake. */
const binaries: readonly (readonly [begin: string, what: string])[] = [
  ['PK\x03\x04', 'is a zip file, such as a wheel,'],
  ['\x1f\x8b', 'is a compressed archive,'],
  ['\xfd7zXZ', 'is a compressed archive,'],
  ['\x7fELF', 'is a program,'],
];

/** The longer mark first: UTF-16 LE's is the beginning of UTF-32 LE's. */
const marks: readonly (readonly [mark: readonly number[], decode: (bytes: Uint8Array) => Decoded])[] = [
  [[0xef, 0xbb, 0xbf], (bytes) => decodeWith('utf-8', bytes)],
  [[0xff, 0xfe, 0x00, 0x00], (bytes) => decodeWide(bytes, true)],
  [[0x00, 0x00, 0xfe, 0xff], (bytes) => decodeWide(bytes, false)],
  [[0xff, 0xfe], (bytes) => decodeWith('utf-16le', bytes)],
  [[0xfe, 0xff], (bytes) => decodeWith('utf-16be', bytes)],
];

/** @returns the text without its mark; else why it cannot be read, as a clause */
export function decodeRequirements(bytes: Uint8Array): Decoded {
  for (const [mark, decode] of marks) {
    if (mark.every((byte, index) => bytes[index] === byte)) return decode(bytes.subarray(mark.length));
  }
  const begin = Buffer.from(bytes.subarray(0, 8)).toString('latin1');
  const binary = binaries.find(([one]) => begin.startsWith(one));
  if (binary) return { because: `${binary[1]} and no text`, binary: true };
  const named = namedEncoding(bytes);
  const decoded = named === null ? decodeWith('utf-8', bytes) : decodeNamed(named, bytes);
  const hasNul = bytes.includes(0);
  if ('text' in decoded && hasNul)
    return { because: 'holds NUL characters, as UTF-16 without a byte order mark does' };
  return 'because' in decoded && hasNul && named === null ? { because: 'is no text', binary: true } : decoded;
}

/** PEP 263: `# -*- coding: latin-1 -*-` in one of the first two lines. */
function namedEncoding(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, 4096)).toString('latin1');
  for (const line of head.split('\n').slice(0, 2)) {
    const name = line.startsWith('#') ? /coding[:=]\s*([-\w.]+)/.exec(line)?.[1] : undefined;
    if (name !== undefined) return name;
  }
  return null;
}

/** Python's spellings of what `TextDecoder` calls by another name. */
const aliases: Readonly<Record<string, string>> = {
  utf8: 'utf-8',
  u8: 'utf-8',
  cp65001: 'utf-8',
  'utf-8-sig': 'utf-8',
  mbcs: 'windows-1252',
  ansi: 'windows-1252',
  cp932: 'shift_jis',
  'shift-jis': 'shift_jis',
  sjis: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
  cp866: 'ibm866',
};

function decodeNamed(name: string, bytes: Uint8Array): Decoded {
  const key = name.toLowerCase().replaceAll('_', '-');
  if (/^(latin-?1|l1|iso-?8859-1|8859|cp819)$/.test(key))
    return { text: Buffer.from(bytes).toString('latin1') };
  if (/^(us-)?ascii$|^646$/.test(key)) {
    return bytes.every((byte) => byte < 0x80)
      ? { text: Buffer.from(bytes).toString('latin1') }
      : { because: `says that it is ${name}, and has other characters` };
  }
  const label =
    aliases[key] ?? key.replace(/^cp(125\d|874)$/, 'windows-$1').replace(/^iso8859-/, 'iso-8859-');
  return decodeWith(label, bytes, name);
}

function decodeWith(label: string, bytes: Uint8Array, named: string = label.toUpperCase()): Decoded {
  try {
    return { text: new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_ENCODING_NOT_SUPPORTED'
      ? { because: `says that it is ${named}, an encoding that is not known here` }
      : { because: `is not ${named}` };
  }
}

/** UTF-32, which `TextDecoder` does not read. */
function decodeWide(bytes: Uint8Array, little: boolean): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length % 4 !== 0) return { because: 'is not UTF-32' };
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const point = view.getUint32(at, little);
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return { because: 'is not UTF-32' };
    text += String.fromCodePoint(point);
  }
  return { text };
}
