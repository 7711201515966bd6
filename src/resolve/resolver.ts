/** What every resolver takes and gives. `index.ts` prepares the inputs, picks the resolver and fills in the rest. */
import type { Finding } from '../findings/findings.js';
import type { BuildRequest, Target } from '../model.js';
import type { World } from '../world.js';
import type { BuildPlaces } from './inputs/build-places.js';
import type { Claim } from './inputs/name-sources.js';

/** A project or source archive that must be built into a wheel: `-e ./engine`, `./engine`, `git+https://…`, `x.tar.gz`. */
export interface SourceProject {
  /** PEP 503-normalized name; null when only building it can tell (a bare setup.py). */
  readonly name: string | null;
  /** What the user wrote, free of secrets, for messages. */
  readonly written: string;
  /** Absolute path of our own copy (a folder, or an sdist file) inside `RequirementInputs.folder`: builds may write there. */
  readonly copy: string;
}

/**
 * Requirements made self-contained: nothing in here depends on the working folder or on the user's project any more.
 *
 * Every local path in `files` and `constraints` lies in `folder` or in one of `localPaths`, spelled absolutely (paths)
 * or as a `file://` URL (percent-encoded). A container that mounts those folders at the same paths can therefore hand
 * the files to pip as they are. `${VARIABLE}` stays as written: pip and uv read it from the environment, so a
 * secret is not copied.
 */
export interface RequirementInputs {
  /** For people: where the requirements come from, e.g. `requirements.txt` or `uv.lock (uv export)`. */
  readonly source: string;
  /** Our own folder (mode 0700, goes with the build) that holds everything below. It is writable. */
  readonly folder: string;
  /** Absolute paths of requirements files for `-r`. `-r` and `-c` lines are already followed, so none are left. */
  readonly files: readonly string[];
  /** Absolute paths of constraints files for `-c`. */
  readonly constraints: readonly string[];
  /** Option lines that stand at the head of `files`: `--index-url …`, `--find-links …`, `--pre`, `--trusted-host …`. */
  readonly options: readonly string[];
  /** Folders and files outside `folder` that the files name: `--find-links`, `file://` indexes. Only to be read. */
  readonly localPaths: readonly string[];
  /**
   * Projects that `files` name as `[name @ ]file://…/copy`. Host resolvers get them replaced by built wheels
   * (then this is empty); Docker builds them as part of its install.
   */
  readonly projects: readonly SourceProject[];
  /** Folder inside `folder` with local wheels that `files` name by `file://` URL (user's own, and built projects). */
  readonly localWheels: string;
  /** Names that may not come from just anywhere: see `refuseClaimed`. */
  readonly claims: readonly Claim[];
  /** What projects say about where their builds' needs come from, by the absolute path of our copy. Default: nothing. */
  readonly builds?: ReadonlyMap<string, BuildPlaces>;
  /** Normalized names of the top-level requirements, sorted. A project whose name only its build tells is missing. */
  readonly requested: readonly string[];
  /** True when nothing is asked for: the tree is empty (only function code travels). */
  readonly empty: boolean;
  /** True when every line is exact (a lock, or a hash on each line): the same input always resolves to the same pins. */
  readonly locked: boolean;
  /** Normalized names of packages whose version only an edit of the files can change: `==`, a hash, a lock. */
  readonly pinned: readonly string[];
  /** True when the files say `--no-binary`: something must be compiled, which host resolvers refuse. */
  readonly compiles: boolean;
  /**
   * sha256 (hex) over every content that matters: requirement lines with variables expanded, constraints, local wheels
   * and projects. Not over what an index answers today.
   */
  readonly digest: string;
}

/** What a resolver gives back; `index.ts` adds `resolver` and `requested`. */
export interface ResolvedTree {
  /** Absolute path of the folder of installed distributions: a cache entry, read-only from now on. */
  readonly root: string;
  /** For people, e.g. `uv 0.13.8` or `docker 28.1, pip 25.0 in public.ecr.aws/sam/build-python3.13`. */
  readonly resolverVersion: string;
  /** Identifies the tree's bytes; also the cache key. Holds no secret. */
  readonly key: string;
  readonly findings: readonly Finding[];
}

/**
 * Turn requirements into a tree for the target.
 * @throws SlimError `no-wheel`, `needs-newer-python`, `resolution-failed`, `index-unreachable`, `hash-mismatch`,
 *   `no-resolver`, `no-container-engine`, `container-failed`, `disk-full`, `interrupted`
 */
export type Resolver = (
  inputs: RequirementInputs,
  request: BuildRequest,
  target: Target,
  context: World,
) => Promise<ResolvedTree>;
