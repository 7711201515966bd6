/** Facts about the layers that a function has besides, and about the room that is left: arguments and words. Pure. */
import { bytesText } from '../text/units.js';
import type { FindingTexts } from './row.js';

export interface LayerFindingKinds {
  /** `nested`: a payload is there already, so that no more can go into it. */
  'reserve-taken': { left: number; reserve: number; nested: boolean };
}

/** Severity and words for each code. */
export const layerFindingTexts: FindingTexts<LayerFindingKinds> = {
  'reserve-taken': {
    severity: 'warning',
    meaning: "What is built leaves less room for the function's own code than was to be kept free.",
    more: 'Function and all its layers share 250 MB, and the code of the function is not known yet: 10 MiB, or what --reserve says, are kept free for it. Bytecode never takes that room, and a payload holds what it can, but here the packages alone need some of it. The deployment fails when code and other layers are larger than what is left; leave something out, nest it (--strategy double-zip), or say --reserve 0 when the code is small.',
    sentence: (a) =>
      `${bytesText(a.left)} are left below the 250 MB for the function's own code; ${bytesText(a.reserve)} were to be kept free.`,
    hint: (a) =>
      `Leave packages out with --exclude${a.nested ? '' : ', put the heaviest into a payload with --strategy double-zip'}, name the code with --code so that it is counted exactly, or give a smaller --reserve.`,
  },
};
