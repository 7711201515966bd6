import type { Recipe } from './recipe.js';

export default {
  name: 'sympy',
  source: 'wheels sympy 1.12.1, 1.13.3, 1.14.0 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=1.12.1,<1.15',
  rules: [
    {
      name: 'benchmarks',
      files: ['sympy/**/benchmarks/**', 'sympy/parsing/autolev/test-examples/**'],
      because: 'Benchmarks and examples for the developers of sympy; nothing imports them.',
    },
    {
      name: 'physics',
      files: ['sympy/physics/{biomechanics,continuum_mechanics,control,hep,mechanics,optics,vector}/**'],
      because:
        'Nothing outside these imports them, except printers of their own objects and the Autolev parser, inside a function (units, which simplify imports, and quantum stay).',
      level: 'aggressive',
      loses:
        'sympy.physics.mechanics, vector, control, optics, hep, biomechanics and continuum_mechanics; parse_autolev',
      overVeto: true,
    },
  ],
  probe: `
import pickle
import sympy as sp

x, y = sp.symbols('x y')
assert sp.simplify(sp.sin(x) ** 2 + sp.cos(x) ** 2) == 1
assert sp.diff(x ** 3, x) == 3 * x ** 2
assert sp.integrate(sp.exp(-x ** 2), (x, -sp.oo, sp.oo)) == sp.sqrt(sp.pi)
assert sp.solve(x ** 2 - 4, x) == [-2, 2]
assert sp.factor(x ** 2 - y ** 2) == (x - y) * (x + y)
assert sp.limit(sp.sin(x) / x, x, 0) == 1
assert sp.series(sp.exp(x), x, 0, 3).removeO() == 1 + x + x ** 2 / 2
assert sp.Matrix([[1, 2], [3, 4]]).det() == -2
assert sp.lambdify((x, y), x + sp.sqrt(y), 'math')(1, 4) == 3
assert sp.sympify('2*x + 1').subs(x, 3) == 7
assert sp.latex(x / y) and sp.pretty(x / y) and sp.ccode(x ** 2)
assert sp.N(sp.pi, 30) > 3.14
assert sp.factorint(360) == {2: 3, 3: 2, 5: 1}
assert pickle.loads(pickle.dumps(x + y)) == x + y
f = sp.Function('f')
assert sp.dsolve(f(x).diff(x) - f(x)).rhs.has(sp.exp(x))
`,
} satisfies Recipe;
