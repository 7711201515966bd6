/** Which loader a file is for, by its first bytes: names lie (`libgfortran-….so.5.0.0`, `tool.exe.txt`). Pure. */

export type BinaryFormat = 'elf' | 'Mach-O' | 'PE';

const peHeaderPointer = 0x3c;
/** Universal binaries hold a few architectures; a Java class has its version in the same place, 45 and up. */
const firstJavaVersion = 0x2d;

/**
 * @param head the file's first bytes: 64 are enough for all but PE, which is only certain up to `e_lfanew` + 4. When the
 *   head ends before that, a DOS header that points past 64 counts as PE.
 */
export function identify(head: Uint8Array): BinaryFormat | null {
  if (head.length < 4) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  switch (view.getUint32(0)) {
    case 0x7f454c46:
      return 'elf';
    case 0xfeedface:
    case 0xfeedfacf:
    case 0xcefaedfe:
    case 0xcffaedfe:
      return 'Mach-O';
    case 0xcafebabe:
    case 0xcafebabf:
      return isUniversal(view) ? 'Mach-O' : null;
    default:
      return isPortableExecutable(view) ? 'PE' : null;
  }
}

function isUniversal(view: DataView): boolean {
  if (view.byteLength < 8) return false;
  const architectures = view.getUint32(4);
  return architectures > 0 && architectures < firstJavaVersion;
}

function isPortableExecutable(view: DataView): boolean {
  if (view.getUint16(0) !== 0x4d5a || view.byteLength < peHeaderPointer + 4) return false;
  const header = view.getUint32(peHeaderPointer, true);
  if (header < peHeaderPointer + 4) return false;
  if (header + 4 > view.byteLength) return header < 0x10000;
  return view.getUint32(header) === 0x50450000;
}
