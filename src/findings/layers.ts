/** Facts about the layers that a function has besides, and about the room that is left: arguments and words. Pure. */
import { bytesText } from '../text/units.js';
import type { FindingTexts } from './row.js';

export interface LayerFindingKinds {
  /** `nested`: a payload is there already, so that no more can go into it. */
  'reserve-taken': { left: number; reserve: number; nested: boolean };
  'layer-other-version': { distribution: string; version: string; layer: string; other: string; wins: Wins };
  'layer-copy-differs': { distribution: string; version: string; layer: string; because: string; wins: Wins };
  'layer-other-target': { layer: string; because: string; python: string; architecture: string };
  'layer-not-declared': { layer: string; declared: readonly string[]; python: string; architecture: string };
  'layer-absent': { layer: string; distributions: readonly string[] };
}

/**
 * Whose copy Python imports. `task`: the build's, in the function's zip. `last`: the build's, in a layer that must come
 * behind the other. `layer`: the other's, as it lies where Python looks first.
 */
type Wins = 'task' | 'last' | 'layer';

const winner = (wins: Wins, layer: string): string =>
  ({
    task: "Python imports this build's copy, as it looks into /var/task before /opt",
    last: "Python imports this build's copy when its layer is attached behind the other: later layers overwrite earlier ones",
    layer: `Python imports the copy of ${layer}, as it looks into its folder of site-packages before /opt/python`,
  })[wins];

/** Severity and words for each code. */
export const layerFindingTexts: FindingTexts<LayerFindingKinds> = {
  'reserve-taken': {
    severity: 'warning',
    meaning: "What is built leaves less room for the function's own code than was to be kept free.",
    more: 'Function and all its layers share 250 MiB, and the code of the function is not known yet: 10 MiB, or what --reserve says, are kept free for it. Bytecode never takes that room, and a payload holds what it can, but here the packages alone need some of it. The deployment fails when code and other layers are larger than what is left; leave something out, nest it (--strategy double-zip), or say --reserve 0 when the code is small.',
    sentence: (a) =>
      `${bytesText(a.left)} are left below the 250 MiB for the function's own code; ${bytesText(a.reserve)} were to be kept free.`,
    hint: (a) =>
      `Leave packages out with --exclude${a.nested ? '' : ', put the heaviest into a payload with --strategy double-zip'}, name the code with --code so that it is counted exactly, or give a smaller --reserve.`,
  },
  'layer-other-version': {
    severity: 'warning',
    meaning: 'A layer of the function has another version of a package that the build brings.',
    more: 'A package is left to a layer only when it is the very same there, so this one stays in the build, and the function has both. Python imports one of them: /var/task comes before /opt, and in /opt later layers overwrite earlier ones, file by file, so that modules which only the older version has stay behind. Pin the version that the layer has, or take the package out of the layer.',
    sentence: (a) =>
      `${a.layer} has ${a.distribution} ${a.other}, and this build brings ${a.version}. ${winner(a.wins, a.layer)}.`,
    hint: (a) =>
      `Require ${a.distribution}==${a.other} to leave it to the layer, or take the package out of the layer.`,
  },
  'layer-copy-differs': {
    severity: 'warning',
    meaning:
      'A layer has the same version of a package, but not all that the build would bring of it, or from another wheel.',
    more: 'Name, version and RECORD must agree, and every file that the build keeps must be there; a part of a package counts as absent. The layer may have been built with other options (--drop, --service, --prune aggressive), from another wheel of that version, or its files lie in a payload. The build brings its own copy then, which costs its bytes and nothing else.',
    sentence: (a) =>
      `${a.layer} has ${a.distribution} ${a.version}, too, but ${a.because}; so this build brings its own. ${winner(a.wins, a.layer)}.`,
    hint: () => 'Build the layer again with the options of this build, and from the same index.',
  },
  'layer-other-target': {
    severity: 'error',
    meaning: 'A layer is for another Python or processor than the function.',
    more: "Extension modules load in one Python version on one processor, and Python looks into its own version's folder only. The layer says itself what it was built for, or the names of its files do. Build it, or take its version, for the Python and architecture of the function.",
    sentence: (a) => `${a.layer} ${a.because}; this function has Python ${a.python} on ${a.architecture}.`,
    hint: (a) =>
      `Name the layer for Python ${a.python} on ${a.architecture}, or build for the other with --python and --arch.`,
  },
  'layer-not-declared': {
    severity: 'warning',
    meaning:
      "The owner of a layer does not name the function's runtime or architecture among those that it is for.",
    more: 'A layer version has a list of compatible runtimes and architectures. AWS does not hold a function to it, but its owner has tried no others. See whether there is a version of the layer for yours.',
    sentence: (a) =>
      `${a.layer} is for ${a.declared.join(', ')} by its owner's word, and this function has python${a.python} on ${a.architecture}.`,
    hint: () => 'Look for the layer of that runtime and architecture; "verify" shows whether this one works.',
  },
  'layer-absent': {
    severity: 'error',
    meaning: 'The build left packages to a layer that is not among those of the function.',
    more: 'A build with --layer leaves out what the layer brings, so without that layer the function fails with "No module named". Name every layer of the function with --layer, in its order, or none: then those count that the build was told.',
    sentence: (a) =>
      `This build left ${a.distributions.join(', ')} to ${a.layer}, and none of the layers named now has it.`,
    hint: (a) => `Name ${a.layer} with --layer, too, or build again without it.`,
  },
};
