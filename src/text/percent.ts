/** Percent-encoding of addresses. Pure. */

/** Decoded where it can be; else as it is. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
