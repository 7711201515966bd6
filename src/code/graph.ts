/** Which of the function's own modules a handler reaches, and how surely. Pure. */
import type { CodeImport, CodeModule, When } from './read.js';

/** The function's own modules by their dotted names. */
export interface OwnModules {
  /** Of a module, or of a package's `__init__.py`. */
  readonly byName: ReadonlyMap<string, CodeModule>;
  /** Dotted names of folders with Python files somewhere below, with or without `__init__.py`. */
  readonly folders: ReadonlySet<string>;
}

/** An import of the function's own code that can happen in a call of a handler. */
export interface ReachedImport extends CodeImport {
  /** The file that has it. */
  readonly path: string;
  /** Whether that file changes `sys.path`, or one on the way to it does. */
  readonly pathChanges: boolean;
}

const order: readonly When[] = ['always', 'lazy', 'perhaps', 'weak'];

function weaker(one: When, other: When): When {
  return order.indexOf(one) > order.indexOf(other) ? one : other;
}

export function ownModules(modules: readonly CodeModule[]): OwnModules {
  const byName = new Map<string, CodeModule>();
  const folders = new Set<string>();
  for (const module of modules) {
    const parts = module.path.replace(/\.py$/, '').split('/');
    if (parts.at(-1) === '__init__') parts.pop();
    byName.set(parts.join('.'), module);
    const inside = module.path.split('/').slice(0, -1);
    inside.forEach((_, index) => folders.add(inside.slice(0, index + 1).join('.')));
  }
  return { byName, folders };
}

/** `shop.orders`, and the packages that Python imports on the way: `shop`. */
function onTheWay(module: string): readonly string[] {
  const parts = module.split('.');
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
}

/**
 * Every import that the roots lead to, with how surely it happens: as surely as the surest way to it.
 * @param roots dotted names of own modules → how surely Lambda imports them
 */
export function reachedImports(own: OwnModules, roots: ReadonlyMap<string, When>): readonly ReachedImport[] {
  const reached = new Map<string, When>();
  const changesPath = [...own.byName.values()].some(({ pathChanges }) => pathChanges);
  const queue = order.map((): string[] => []);
  const add = (module: string, when: When): void => {
    for (const name of onTheWay(module)) if (own.byName.has(name)) queue[order.indexOf(when)]?.push(name);
  };
  for (const [root, when] of roots) add(root, when);
  // The surest first, so that each module is looked at once.
  for (const [level, when] of order.entries()) {
    for (let name = queue[level]?.pop(); name !== undefined; name = queue[level]?.pop()) {
      if (reached.has(name)) continue;
      reached.set(name, when);
      for (const one of own.byName.get(name)?.imports ?? []) {
        const surely = weaker(when, one.when);
        add(one.module, surely);
        for (const taken of one.names) add(`${one.module}.${taken}`, surely);
      }
    }
  }
  return [...reached].flatMap(([name, when]) => {
    const module = own.byName.get(name);
    return (module?.imports ?? []).map((one) => ({
      ...one,
      when: weaker(when, one.when),
      path: module?.path ?? '',
      pathChanges: changesPath,
    }));
  });
}
