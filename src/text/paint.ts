/**
 * The colours that reports use. Chalk fits; `plainPaint` leaves text alone. Meaning never hangs on colour alone. Pure.
 */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const same = (text: string): string => text;

export const plainPaint: Paint = { bold: same, dim: same, red: same, yellow: same, green: same, cyan: same };
