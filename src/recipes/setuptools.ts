import type { Recipe } from './recipe.js';

export default {
  name: 'setuptools',
  source:
    'wheels setuptools 70.0.0, 78.1.0, 80.9.0, 84.2.1 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=70,<85',
  // Its launchers for Windows go by the base rules; _vendor is imported.
  rules: [],
  probe: `
import importlib.util
import warnings

warnings.simplefilter('ignore')
import setuptools
from setuptools import Extension, find_packages
from setuptools.dist import Distribution

assert Distribution({'name': 'probe', 'version': '1.0'}).get_version() == '1.0'
assert Extension('a', ['a.c']).sources == ['a.c']
assert isinstance(find_packages('.'), list)
import distutils.sysconfig  # setuptools brings it back where Python has none
if importlib.util.find_spec('pkg_resources'):
    import pkg_resources
    assert pkg_resources.parse_version('1.10') > pkg_resources.parse_version('1.9')
`,
} satisfies Recipe;
