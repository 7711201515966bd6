/** Which of the function's own modules a handler reaches, and how surely. Pure. */
import type { CodeImport, CodeModule, When } from './read.js';

/** The function's own modules by their dotted names; a package's name stands for its `__init__.py`. */
export type OwnModules = ReadonlyMap<string, CodeModule>;

/** An import of the function's own code that can happen in a call of a handler. */
export interface ReachedImport extends CodeImport {
  /** The module that has it. */
  readonly from: CodeModule;
}

const order: readonly When[] = ['always', 'lazy', 'perhaps', 'weak'];

function weaker(one: When, other: When): When {
  return order.indexOf(one) > order.indexOf(other) ? one : other;
}

/** `shop/orders.py` → `shop.orders`, `shop/__init__.py` → `shop`. Lambda takes names that are no identifiers, too. */
export const dottedName = (path: string): string =>
  path.replace(/(?:(?:^|\/)__init__)?\.py$/, '').replaceAll('/', '.');

export function ownModules(modules: readonly CodeModule[]): OwnModules {
  return new Map(modules.map((module) => [dottedName(module.path), module]));
}

/** `shop.orders`, and the packages that Python imports on the way: `shop`. */
export function onTheWay(module: string): readonly string[] {
  const parts = module.split('.');
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
}

/**
 * Own modules that the roots lead to, with how surely: as surely as the surest way to each.
 * @param roots dotted names of own modules → how surely Lambda imports them
 */
export function reachedModules(own: OwnModules, roots: ReadonlyMap<string, When>): ReadonlyMap<string, When> {
  const reached = new Map<string, When>();
  const queue = order.map((): string[] => []);
  const add = (module: string, when: When): void => {
    for (const name of onTheWay(module)) if (own.has(name)) queue[order.indexOf(when)]?.push(name);
  };
  for (const [root, when] of roots) add(root, when);
  // The surest first, so that each module is looked at once.
  for (const [level, when] of order.entries()) {
    for (let name = queue[level]?.pop(); name !== undefined; name = queue[level]?.pop()) {
      if (reached.has(name)) continue;
      reached.set(name, when);
      for (const one of own.get(name)?.imports ?? []) {
        const surely = weaker(when, one.when);
        add(one.module, surely);
        for (const taken of one.names) add(`${one.module}.${taken}`, surely);
      }
    }
  }
  return reached;
}

/** Every import that the roots lead to, with how surely it happens. */
export function reachedImports(own: OwnModules, roots: ReadonlyMap<string, When>): readonly ReachedImport[] {
  return [...reachedModules(own, roots)].flatMap(([name, when]) => {
    const from = own.get(name);
    return from === undefined
      ? []
      : from.imports.map((one) => ({
          ...one,
          when: weaker(when, one.when),
          ...(one.otherwise === undefined ? {} : { otherwise: weaker(when, one.otherwise) }),
          from,
        }));
  });
}
