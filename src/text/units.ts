/** Sizes as people read them. AWS's "MB" is 1,048,576 bytes, so we say MiB and mean it. Pure. */

const MIB = 1024 * 1024;

/** `262144000` → `250.0 MiB`; below one MiB, KiB; below one KiB, bytes. */
export function bytesText(bytes: number): string {
  const size = Math.abs(bytes);
  if (size >= MIB) return `${(bytes / MIB).toFixed(1)} MiB`;
  if (size >= 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${bytes} ${size === 1 ? 'byte' : 'bytes'}`;
}

/** `262144000` → `262,144,000`. Locale-free, so that output does not change with LANG. */
export function groupedText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `12 ms`, `1.23 s`. */
export function timeText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** `0.5 %`, `12 %`: two digits, and no trailing zeros. */
export function percentText(percent: number): string {
  return `${Number(percent.toFixed(2))} %`;
}

/** `1 file`, `2,345 files`. */
export function countText(count: number, one: string): string {
  return `${groupedText(count)} ${one}${count === 1 ? '' : 's'}`;
}

const conjunction = new Intl.ListFormat('en-GB', { style: 'long', type: 'conjunction' });

/** `Windows, macOS and iOS`. */
export function listText(items: readonly string[]): string {
  return conjunction.format(items);
}
