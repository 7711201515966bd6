// Random numbers that are the same for the same seed, and changes to bytes and texts that often matter.
import { Buffer } from 'node:buffer';

/** xorshift, 32 bits. */
export class Random {
  #state;

  /** @param {number} seed */
  constructor(seed) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) | 0 || 1;
  }

  /** A whole number from 0 to `below` - 1. */
  number(below) {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) % Math.max(1, below);
  }

  pick(list) {
    return list[this.number(list.length)];
  }

  /** One of so many times. */
  chance(of) {
    return this.number(of) === 0;
  }
}

/** What programs mistake: borders of numbers, and what has a meaning somewhere. */
const words = [
  ...[
    '\0',
    '\n',
    '\r\n',
    '\t',
    ' ',
    '\\',
    '/',
    '../',
    '..\\',
    '/etc/passwd',
    'C:/x',
    '"',
    "'",
    '""',
    ',',
    ',,',
    ';',
    '#',
    '@',
  ],
  ...[
    '[',
    ']',
    '{',
    '}',
    '(',
    ')',
    '<',
    '>',
    '=',
    '==',
    '>=',
    '~=',
    '!',
    '*',
    '&a',
    '*a',
    '- ',
    ': ',
    '%00',
    '${X}',
    '$(x)',
  ],
  ...[
    '\u001b[31m',
    '\u001b]0;x\u0007',
    '\u202e',
    '\ufeff',
    '\ud800',
    'ü',
    '日本',
    '::error::',
    '__proto__',
    'constructor',
  ],
  ...[
    'null',
    'true',
    '-1',
    '0',
    '1e999',
    '0.5',
    '9007199254740993',
    '18446744073709551615',
    'NaN',
    'toString',
    '-r',
    '-e',
    '--hash',
  ],
  ...['a'.repeat(300), '['.repeat(300), '('.repeat(300), '"'.repeat(99), ' '.repeat(999), '\n'.repeat(99)],
];

/** What was made last: the input of the case that runs. */
let last = '';
export const lastInput = () => last;

function made(input) {
  last = input;
  return input;
}

/** Some changes to a text. */
export function changeText(random, text) {
  let result = text;
  for (let left = 1 + random.number(4); left > 0; left--) {
    const at = random.number(result.length + 1);
    const to = at + random.number(random.chance(4) ? 200 : 8);
    switch (random.number(5)) {
      case 0:
        result = result.slice(0, at) + result.slice(to);
        break;
      case 1:
        result = result.slice(0, to) + result.slice(at);
        break;
      case 2:
        result = result.slice(0, at) + random.pick(words) + result.slice(to);
        break;
      case 3:
        result = result.slice(0, at) + random.pick(words) + result.slice(at);
        break;
      default:
        result =
          result.slice(0, at) +
          String.fromCharCode(random.number(random.chance(3) ? 65_536 : 128)) +
          result.slice(at + 1);
    }
  }
  return made(result);
}

/** Some changes to bytes. */
export function changeBytes(random, bytes) {
  let result = Buffer.from(bytes);
  for (let left = 1 + random.number(4); left > 0 && result.length > 0; left--) {
    const at = random.number(result.length);
    const length = random.number(random.chance(4) ? 500 : 8);
    switch (random.number(6)) {
      case 0:
        result[at] ^= 1 << random.number(8);
        break;
      case 1:
        result[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, 0x50, 0x4b]);
        break;
      case 2:
        result.fill(random.pick([0, 0xff]), at, Math.min(result.length, at + random.pick([2, 4, 8])));
        break;
      case 3:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)]);
        break;
      case 4:
        result = Buffer.concat([result.subarray(0, at + length), result.subarray(at)]);
        break;
      default:
        result = result.subarray(0, at);
    }
  }
  return made(result);
}

const values = [
  null,
  true,
  -1,
  0,
  0.5,
  1e300,
  2 ** 53,
  '',
  'x',
  '../x',
  '/x',
  '\0',
  '__proto__',
  [],
  [[]],
  {},
  { toString: null },
  { length: 1 },
];

/** Some changes to a document of JSON, as a text. */
export function changeDocument(random, document) {
  const copy = globalThis.structuredClone(document);
  for (let left = 1 + random.number(3); left > 0; left--) {
    let at = copy;
    for (;;) {
      const keys = Object.keys(at);
      if (keys.length === 0) break;
      const key = random.pick(keys);
      const inner = at[key];
      const goesOn =
        typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0 && !random.chance(6);
      if (goesOn) {
        at = inner;
        continue;
      }
      const way = random.number(4);
      if (way === 0) Reflect.deleteProperty(at, key);
      else if (way === 1 && typeof inner === 'string') at[key] = changeText(random, inner);
      else if (way === 2)
        at[Array.isArray(at) ? key : random.pick(['x', '__proto__', 'length', key])] =
          globalThis.structuredClone(inner);
      else at[key] = globalThis.structuredClone(random.pick(values));
      break;
    }
  }
  return random.chance(10) ? changeText(random, JSON.stringify(copy)) : made(JSON.stringify(copy));
}
