/** Which files of the function's own code travel: rules of our own, and those of `.lambdaignore` and `--exclude-code`. Pure. */
import ignore from 'ignore';
import picomatch from 'picomatch';

/** Never part of a function: version control, caches, environments, what other tools make. */
const never = [
  '**/.git',
  '**/.hg',
  '**/.svn',
  '**/__pycache__',
  '**/*.py[co]',
  // Virtual environments are known by their pyvenv.cfg; these also without one.
  '**/.venv',
  '**/venv',
  '**/node_modules',
  '**/.lambda-slim',
  '**/.lambda-slim-*',
  '**/.pytest_cache',
  '**/.mypy_cache',
  '**/.ruff_cache',
  '**/.aws-sam',
  '**/.serverless',
  '**/cdk.out',
  '**/.terraform',
  '**/.DS_Store',
  '**/.lambdaignore',
];
const isNever = picomatch(never, { dot: true });
const isHistory = picomatch(['**/.git', '**/.hg', '**/.svn'], { dot: true });

/** Each line of gitignore's kind, as a list that begins at one folder. */
export interface Rules {
  /** Where the folder of the code lies in the folder of the rules: empty, or with a slash at its end. */
  readonly inside: string;
  readonly lines: readonly string[];
}

export interface Choice {
  /** A folder (without a slash at its end) that nothing travels of. */
  readonly leavesFolder: (name: string) => boolean;
  /** A file that does not travel. */
  readonly leavesFile: (name: string) => boolean;
  /** What must not travel by itself was asked for: a line with `!` names it, or a glob of `--keep`. */
  readonly asksFor: (name: string) => boolean;
}

/** A name that was written, not only a wildcard that takes everything. */
const names = (line: string): boolean =>
  /[\p{L}\p{N}]/u.test(line.replace(/\/$/, '').split('/').at(-1) ?? '');

/** `config/.env` → `config`, `config/.env`. */
const onTheWay = (name: string): readonly string[] =>
  name.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));

const gitignore = () => ignore({ ignorecase: false });

/**
 * @param rules the later ones prevail
 * @param keep globs of `--keep`
 */
export function chooser(rules: readonly Rules[], keep: readonly string[]): Choice {
  const lists = rules.map(({ inside, lines }) => ({ inside, list: gitignore().add([...lines]) }));
  const asked = rules.flatMap(({ inside, lines }) =>
    lines
      .filter((line) => line.startsWith('!') && names(line.slice(1)))
      .map((line) => ({ inside, line: line.slice(1).trimEnd(), list: gitignore().add(line.slice(1)) })),
  );
  const kept = picomatch([...keep], { dot: true });
  const ignored = (name: string, end: string): boolean =>
    lists.reduce((left, { inside, list }) => {
      const { ignored: out, unignored: back } = list.test(`${inside}${name}${end}`);
      return out || (left && !back);
    }, false);
  // What a line says of a folder around it is not said of what must not travel.
  const asksFor = (name: string, end: '' | '/' = ''): boolean => {
    const way = onTheWay(name);
    const guarded = way.findIndex(isGuarded);
    const above = way[(guarded === -1 ? way.length : guarded + 1) - 2];
    return (
      kept(name) ||
      asked.some(
        ({ inside, list }) =>
          list.ignores(`${inside}${name}${end}`) &&
          (above === undefined || !list.ignores(`${inside}${above}/`)),
      )
    );
  };
  const leadsTo = (folder: string): boolean =>
    asked.some(({ inside, line }) => line.replace(/^\//, '').startsWith(`${inside}${folder}/`));
  return {
    leavesFolder: (name) => (isNever(name) && !asksFor(name, '/') && !leadsTo(name)) || ignored(name, '/'),
    leavesFile: (name) => ignored(name, '') || (onTheWay(name).some((one) => isNever(one)) && !asksFor(name)),
    asksFor,
  };
}

/** Folders that are secret or left out as they are. */
const isGuarded = (name: string): boolean =>
  isNever(name) || /(?:^|\/)\.(?:aws|ssh|gnupg|docker|kube)$/.test(name);

/** Version control: with the whole history of the code, among it what was taken out. */
export const isVersionControl = (name: string): boolean => onTheWay(name).some((one) => isHistory(one));
