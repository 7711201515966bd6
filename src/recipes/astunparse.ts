import type { Recipe } from './recipe.js';

export default {
  name: 'astunparse',
  source: 'wheel astunparse 1.6.3 (with tensorflow-cpu 2.21.0, CPython 3.12), measured 2026-11',
  provedOn: '>=1.6.3,<1.7',
  rules: [],
  leaveOut: [
    {
      distribution: 'wheel',
      because: 'its metadata asks for what only building it needs; no module imports it',
    },
  ],
  probe: `
import ast
import astunparse

tree = ast.parse("def f(x, *a, y=1):\\n    return [i ** 2 for i in x if i] + [y]\\n")
scope = {}
exec(astunparse.unparse(tree), scope)
assert scope["f"]([1, 0, 3]) == [1, 9, 1]
assert "FunctionDef" in astunparse.dump(tree)
`,
} satisfies Recipe;
