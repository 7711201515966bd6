/** What `doctor` finds so wrong that no build works. `findings.ts` puts it with the others. Pure. */
import type { FindingTexts } from './row.js';

export interface DoctorFindingKinds {
  'machine-cannot-build': { part: string; means: string; remedy: string | null };
}

/** Severity and words for each code. */
export const doctorFindingTexts: FindingTexts<DoctorFindingKinds> = {
  'machine-cannot-build': {
    severity: 'error',
    meaning: 'Something is missing on this machine without which no build works.',
    more: 'lambda-slim installs requirements with uv, with pip, or in a container, and none of them is here. uv is one program without needs of its own, so it is the quickest remedy; "lambda-slim doctor" prints the command for this machine. A folder that is installed already can be slimmed without them, with --from.',
    sentence: (a) => `${a.part}: ${a.means}`,
    hint: (a) => a.remedy,
  },
};
