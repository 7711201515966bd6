"""Reads the function's own code with the target's Python, without running it. Python 3.9 to 3.15, standard library only.

Task (JSON on standard input): {"files": [{"path": path in the package, "source": base64 of the file}], "own": whether it is the
function's own code}.
Answer: {"modules": [...], "stdlib": [name]}. Each module: {"path", "error": {"line", "text"} or null, "imports": [{"module":
absolute dotted name, or, where it leads out of the code's folder, as written, with its dots, "names": [what "from" takes],
"line", "when": "always" | "lazy" | "perhaps" | "weak"}], "functions":
[{"name", "line", "arguments": [first two names], "takes_two": bool, "awaits": bool, "yields": bool, "certain": bool}], "names": [bound at the top], "open": bool, "path_changes":
bool, "mentions": [words of short strings], "libraries": [{"names": [any of these would do], "line", "when"}]}. Names of
libraries are as the call has them: "libmagic.so.1", or "magic" for find_library. "absent", of own code: names of the imports
that this Python's standard library should have and does not, dotted.

always: importing the module imports it. lazy: a call does. perhaps: under a condition that only a run can answer. weak: its
failure is expected (try/except ImportError, TYPE_CHECKING). What never runs on Lambda (`if __name__ == "__main__"`, another
system or version) is left out.

A weak import that stands in for others (`except ImportError: import b`) has "unless": [[{"module", "names"}]] and "otherwise": when it
happens if of each group something is missing.
"""

import ast
import base64
import collections
import contextlib
import importlib
import json
import os
import re
import sys
import warnings

IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
# Weaker comes later: what is in a weak block stays weak, whatever it is in besides.
ORDER = ["always", "lazy", "perhaps", "weak"]


def weaker(one, other):
    return max(one, other, key=ORDER.index)


def dotted(node):
    """`a.b.c` as written; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return before and before + "." + node.attr
    return ""


def expects_failure(handler):
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(dotted(kind).rpartition(".")[2] in IMPORT_ERRORS for kind in kinds)


def gives_up(handler):
    """`raise`, `sys.exit()`: what failed is needed, and only told in other words."""
    last = handler.body[-1]
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return dotted(last.value.func) in ("sys.exit", "exit", "quit", "os._exit", "os.abort")
    return isinstance(last, ast.Raise)


def suppresses(node):
    """`with contextlib.suppress(ImportError):`"""
    for item in node.items:
        call = item.context_expr
        if isinstance(call, ast.Call) and dotted(call.func).rpartition(".")[2] == "suppress":
            if any(dotted(one).rpartition(".")[2] in IMPORT_ERRORS for one in call.args):
                return True
    return False


COMPARE = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: lambda a, b: a is b,
    ast.IsNot: lambda a, b: a is not b,
}
# What is known of Lambda before anything runs. This Python has the target's version.
KNOWN = {
    "sys.version_info": tuple(sys.version_info),
    "sys.hexversion": sys.hexversion,
    "sys.implementation.name": "cpython",
    "platform.python_implementation()": "CPython",
    "sys.version_info.major": sys.version_info[0],
    "sys.version_info.minor": sys.version_info[1],
    "sys.platform": "linux",
    "os.name": "posix",
    "platform.system()": "Linux",
    "__name__": None,
}


class Known:
    """What names at the top of a module stand for, where each is bound once and for good."""

    def __init__(self, tree):
        self.values = {}
        # Local name -> dotted name of what was imported.
        self.paths = {}
        # They tell whether something could be imported.
        self.hopes = set()
        bound = bindings(tree)
        for node in tree.body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname and bound[alias.asname] == 1:
                        self.paths[alias.asname] = alias.name
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                for alias in node.names:
                    name = alias.asname or alias.name
                    if bound[name] == 1:
                        self.paths[name] = "{}.{}".format(node.module, alias.name)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if len(targets) == 1 and isinstance(targets[0], ast.Name) and bound[targets[0].id] == 1:
                    self.assign(targets[0].id, node.value)
        for node in ast.walk(tree):
            if isinstance(node, ast.Try) and any(expects_failure(one) for one in node.handlers):
                for part in node.body + node.orelse + [one for handler in node.handlers for one in handler.body]:
                    self.hopes.update(bindings(part))

    def assign(self, name, value):
        if self.looks_for(value):
            self.hopes.add(name)
            return
        try:
            found = answer(value, self) if isinstance(value, (ast.Compare, ast.BoolOp, ast.UnaryOp)) else None
            self.values[name] = value_of(value, self) if found is None else found
        except (LookupError, TypeError):
            pass

    def path(self, node):
        """`a.b.c` with the name that was imported in the place of `a`."""
        first, dot, rest = dotted(node).partition(".")
        return self.paths.get(first, first) + dot + rest

    def looks_for(self, node):
        """It asks whether something can be imported, or is made of the answer."""
        return any(
            (isinstance(one, ast.Name) and one.id in self.hopes)
            or (isinstance(one, ast.Call) and self.path(one.func).rpartition(".")[2] in ("find_spec", "find_loader"))
            for one in ast.walk(node)
        )


def bindings(tree):
    """How often each name is bound, in whatever scope."""
    found = collections.Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found[node.id] += 1
        elif isinstance(node, ast.alias):
            found[node.asname or node.name.partition(".")[0]] += 1
        elif isinstance(node, ast.arg):
            found[node.arg] += 1
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            found.update(node.names)
        elif isinstance(getattr(node, "name", None), str):
            found[node.name] += 1
    return found


def value_of(node, known):
    """Raises LookupError for what only a run can answer."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return tuple(value_of(one, known) for one in node.elts)
    if isinstance(node, ast.Subscript) and known.path(node.value) == "sys.version_info":
        index = node.slice
        if isinstance(index, ast.Constant) and isinstance(index.value, int):
            return sys.version_info[index.value]
        if isinstance(index, ast.Slice) and index.lower is None and isinstance(index.upper, ast.Constant):
            return tuple(sys.version_info[: index.upper.value])
        raise LookupError
    if isinstance(node, ast.Call) and not node.args and not node.keywords:
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("lower", "upper"):
            return getattr(value_of(node.func.value, known), node.func.attr)()
        return KNOWN[known.path(node.func) + "()"]
    if isinstance(node, ast.Name) and node.id in known.values:
        return known.values[node.id]
    return KNOWN[known.path(node)]


def answer(test, known):
    """True, False, None (only a run can tell), or "types" for TYPE_CHECKING."""
    if known.path(test).rpartition(".")[2] == "TYPE_CHECKING":
        return "types"
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = answer(test.operand, known)
        return "runs" if inner == "types" else None if inner is None or inner == "runs" else not inner
    if isinstance(test, ast.BoolOp):
        found = [answer(one, known) for one in test.values]
        deciding = isinstance(test.op, ast.Or)
        if any(one is deciding for one in found):
            return deciding
        if "types" in found and not deciding:
            return "types"
        return (not deciding) if all(one is (not deciding) for one in found) else None
    try:
        if isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.func.attr == "startswith":
            if len(test.args) != 1 or test.keywords:
                return None
            return value_of(test.func.value, known).startswith(value_of(test.args[0], known))
        if isinstance(test, ast.Constant):
            return bool(test.value)
        if isinstance(test, ast.Name) and test.id in known.values:
            return bool(known.values[test.id])
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            left, right = test.left, test.comparators[0]
            if dotted(left) == "__name__" or dotted(right) == "__name__":
                other = right if dotted(left) == "__name__" else left
                if not (isinstance(other, ast.Constant) and other.value == "__main__"):
                    return None
                return {ast.Eq: False, ast.NotEq: True}.get(type(test.ops[0]))
            return COMPARE[type(test.ops[0])](value_of(left, known), value_of(right, known))
    except (LookupError, TypeError, IndexError, AttributeError):
        pass
    return None


def says_no(test):
    """`not has_x`, `x is None`: what is there is in the other branch."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Is, ast.Eq)):
        return isinstance(test.comparators[0], ast.Constant) and not test.comparators[0].value
    return isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)


LIBRARY_ERRORS = IMPORT_ERRORS | {"OSError", "IOError", "EnvironmentError", "AttributeError"}
SHARED_OBJECT = re.compile(r"lib[\w+.-]*\.so[\d.]*")
PLAIN_NAME = re.compile(r"[A-Za-z][\w+.-]*")


def does_without(handlers):
    """A library that cannot be opened is no failure: something else is tried, or the feature is not there."""
    for handler in handlers:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        if any(kind is None or dotted(kind).rpartition(".")[2] in LIBRARY_ERRORS for kind in kinds):
            if not isinstance(handler.body[-1], ast.Raise):
                return True
    return False


def strings(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, (ast.Tuple, ast.List)):
        return [one for element in node.elts for one in strings(element)]
    return []


def opened_by(call):
    """The names of a library of which such a call needs one; none for other calls."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)
    if name not in ("CDLL", "PyDLL", "LoadLibrary", "find_library") and not name.endswith("dlopen"):
        return []
    if any(isinstance(one.value, ast.Constant) and one.value.value is True for one in call.keywords):
        # `allow_fail=True`, `optional=True`
        if any(re.search("fail|optional|missing", one.arg or "") for one in call.keywords):
            return []
    given = [one for argument in call.args for one in strings(argument)]
    objects = [one for one in given if SHARED_OBJECT.fullmatch(one)]
    if objects or name in ("CDLL", "PyDLL"):
        return objects
    return [one for one in given if PLAIN_NAME.fullmatch(one) and not one.endswith((".dll", ".dylib"))]


class Reader:
    def __init__(self, path, known):
        parts = path.split("/")
        self.known = known
        self.package = parts[:-1]
        self.imports = []
        self.names = set()
        self.functions = {}
        # Names that are bound by something else than a definition, too.
        self.rebound = set()
        # Names may be bound that nobody can see here.
        self.open = False
        self.path_changes = False
        self.libraries = []
        # How many blocks around expect that a library may be missing.
        self.without = 0
        # Imports of the blocks around in whose place this one stands, and when it happens if they fail; None: never, or as it stands.
        self.missed = []
        self.otherwise = None

    def block(self, body, when, top):
        for node in body:
            self.statement(node, when, top)

    def add(self, module, names, node, when):
        if module:
            one = {"module": module, "names": names, "line": node.lineno, "when": when}
            if self.missed and self.otherwise is not None:
                one.update(unless=self.missed, otherwise=self.otherwise)
            self.imports.append(one)

    @contextlib.contextmanager
    def standing_in(self, missed, otherwise):
        before = self.missed, self.otherwise
        self.missed, self.otherwise = missed, otherwise
        yield
        self.missed, self.otherwise = before

    def less_sure(self, when):
        return self.standing_in(self.missed, self.otherwise and weaker(self.otherwise, when))

    def absolute(self, node):
        if node.level == 0:
            return node.module or ""
        if node.level > len(self.package):
            # Lambda imports by the folder: above it there is no package.
            return "." * node.level + (node.module or "")
        base = self.package[: len(self.package) - node.level + 1]
        return ".".join(base + ([node.module] if node.module else []))

    def statement(self, node, when, top):
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.add(alias.name, [], node, when)
                if top:
                    self.names.add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names if alias.name != "*"]
            self.add(self.absolute(node), names, node, when)
            if top:
                self.open = self.open or len(names) < len(node.names)
                self.names.update(alias.asname or alias.name for alias in node.names if alias.name != "*")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if top:
                self.names.add(node.name)
                self.functions[node.name] = self.function(node)
            for one in node.decorator_list + node.args.defaults + [one for one in node.args.kw_defaults if one]:
                self.expressions(one, when)
            with self.less_sure("lazy"):
                self.block(node.body, weaker(when, "lazy"), False)
        elif isinstance(node, ast.ClassDef):
            if top:
                self.names.add(node.name)
            for one in node.decorator_list + node.bases:
                self.expressions(one, when)
            self.block(node.body, when, False)
        elif isinstance(node, ast.If):
            self.condition(node, when, top)
        elif isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            self.attempt(node, when, top)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                self.expressions(item.context_expr, when)
            self.block(node.body, weaker(when, "weak") if suppresses(node) else when, top)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            for field in ("target", "iter", "test"):
                if getattr(node, field, None) is not None:
                    self.expressions(getattr(node, field), when)
            if top and hasattr(node, "target"):
                self.bind(node.target)
            with self.less_sure("perhaps"):
                self.block(node.body, weaker(when, "perhaps"), top)
                self.block(node.orelse, weaker(when, "perhaps"), top)
        elif type(node).__name__ == "Match":
            self.expressions(node.subject, when)
            with self.less_sure("perhaps"):
                for case in node.cases:
                    self.block(case.body, weaker(when, "perhaps"), top)
        else:
            if top:
                targets = getattr(node, "targets", None) or ([node.target] if hasattr(node, "target") else [])
                for target in targets:
                    self.bind(target)
            self.expressions(node, when)

    def attempt(self, node, when, top):
        expecting = [one for one in node.handlers if expects_failure(one)]
        inner = weaker(when, "weak") if expecting else when
        if expecting and all(gives_up(one) for one in expecting):
            # Whether a call comes there, nobody knows; the words say that it may not.
            inner = when if when == "always" else weaker(when, "perhaps")
        excused = does_without(node.handlers)
        before = len(self.imports)
        self.without += excused
        with self.standing_in(self.missed, None if inner == "weak" else self.otherwise):
            self.block(node.body, inner, top)
        self.without -= excused
        tried = [{"module": one["module"], "names": one["names"]} for one in self.imports[before:]]
        for handler in node.handlers:
            # What stands in for a failed import is not needed where that works.
            if inner == "weak" and handler in expecting and tried:
                otherwise = self.otherwise if self.missed else when
                with self.standing_in(self.missed + [tried], otherwise):
                    self.block(handler.body, inner, top)
            else:
                self.block(handler.body, inner if inner == "weak" else weaker(when, "perhaps"), top)
        with self.standing_in(self.missed, None if inner == "weak" else self.otherwise):
            self.block(node.orelse, inner, top)
        self.block(node.finalbody, when, top)

    def condition(self, node, when, top):
        found = answer(node.test, self.known)
        self.expressions(node.test, when)
        body, orelse = weaker(when, "perhaps"), weaker(when, "perhaps")
        sure = found in ("types", "runs", True, False)
        if found == "types":
            body, orelse = weaker(when, "weak"), when
        elif found == "runs":
            body, orelse = when, weaker(when, "weak")
        elif found is not None:
            # What a constant of the code's own turns off is there to be turned on.
            own = any(isinstance(one, ast.Name) and one.id in self.known.values for one in ast.walk(node.test))
            never = weaker(when, "weak") if own else None
            body, orelse = (when, never) if found else (never, when)
        elif self.known.looks_for(node.test):
            weak = weaker(when, "weak")
            body, orelse = (body, weak) if says_no(node.test) else (weak, orelse)
        with self.less_sure("always" if sure else "perhaps"):
            if body:
                self.block(node.body, body, top)
            if orelse:
                self.block(node.orelse, orelse, top)

    def bind(self, target):
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                self.names.add(node.id)
                self.rebound.add(node.id)

    def function(self, node):
        plain = [one.arg for one in node.args.posonlyargs + node.args.args]
        needed = len(plain) - len(node.args.defaults)
        required = any(default is None for default in node.args.kw_defaults)
        most = None if node.args.vararg else len(plain)
        two = not required and needed <= 2 and (most is None or most >= 2)
        return {
            "name": node.name,
            "line": node.lineno,
            "arguments": plain[:2],
            "takes_two": two and isinstance(node, ast.FunctionDef),
            "awaits": isinstance(node, ast.AsyncFunctionDef),
            "yields": yields(node),
            # A decorator may make anything of it.
            "certain": not node.decorator_list,
        }

    def expressions(self, root, when):
        """Imports by call, and what makes names or paths that cannot be read."""
        for node in ast.walk(root):
            if isinstance(node, ast.Attribute) and dotted(node) == "sys.path":
                self.path_changes = True
            if isinstance(node, ast.Attribute) and dotted(node) == "sys.modules":
                self.open = True
            if not isinstance(node, ast.Call):
                continue
            names = opened_by(node)
            if names:
                self.libraries.append(
                    {"names": names, "line": node.lineno, "when": "weak" if self.without else when}
                )
            name = self.known.path(node.func).rpartition(".")[2]
            if name in ("globals", "vars", "exec", "setattr"):
                self.open = True
            if dotted(node.func) in ("site.addsitedir", "addsitedir"):
                self.path_changes = True
            if name not in ("import_module", "__import__") or not node.args:
                continue
            try:
                first = value_of(node.args[0], self.known)
            except (LookupError, TypeError, AttributeError):
                continue
            if isinstance(first, str) and not first.startswith("."):
                self.add(first, [], node, when)


def yields(function):
    """Calling it gives a generator, and nothing of it has run."""
    waiting = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def bindable(tree):
    """Every name that the module could come to have; more than that, since inner scopes count, too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.Global):
            found.update(node.names)
        elif isinstance(getattr(node, "name", None), str):
            # Functions, classes, `except … as`, what `match` takes.
            found.add(node.name)
        if isinstance(getattr(node, "rest", None), str):
            found.add(node.rest)
    return sorted(found)


def mentions(tree):
    """Words of strings that may name a module (`"postgresql+psycopg2://"`, Django's settings)."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
            found.update(re.findall(r"[A-Za-z_][\w-]*", node.value))
    return sorted(found)


def read(path, source):
    module = {"path": path, "error": None, "imports": [], "functions": [], "names": [], "bindable": []}
    module.update(open=False, path_changes=False, mentions=[], libraries=[])
    try:
        tree = ast.parse(source, path)
        # The compiler finds what the grammar allows: `return` outside of a function, names that are global too late.
        compile(source, path, "exec", dont_inherit=True)
        reader = Reader(path, Known(tree))
        reader.block(tree.body, "always", True)
    except SyntaxError as error:
        module["error"] = {"line": error.lineno or 1, "text": error.msg}
        return module
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        # NUL bytes before 3.12; nesting that is too deep.
        module["error"] = {"line": 1, "text": str(error) or type(error).__name__}
        return module
    module.update(
        imports=reader.imports,
        functions=[
            dict(one, certain=one["certain"] and one["name"] not in reader.rebound)
            for one in reader.functions.values()
        ],
        names=sorted(reader.names),
        bindable=bindable(tree),
        open=reader.open or "__getattr__" in reader.names,
        path_changes=reader.path_changes,
        mentions=mentions(tree),
        libraries=reader.libraries,
    )
    return module


def standard_library():
    names = getattr(sys, "stdlib_module_names", None)
    if names is not None:
        return sorted(names)
    # Before 3.10.
    found = set(sys.builtin_module_names)
    for folder in (os.path.dirname(os.__file__), os.path.join(os.path.dirname(os.__file__), "lib-dynload")):
        found.update(one.split(".")[0] for one in os.listdir(folder))
    return sorted(found - {"site-packages", "__pycache__"})


# Importing them shows something, or wants what a function has not.
UNASKED = {"antigravity", "idlelib", "test", "this", "tkinter", "turtle", "turtledemo"}
# Debian packs parts of these apart.
UNASKED |= {"distutils", "ensurepip", "lib2to3", "venv"}
# Every Python lists them, and only those of other systems have them.
FOREIGN = {"_msi", "_overlapped", "_scproxy", "_winapi", "_winreg", "msilib", "msvcrt", "nt", "winreg", "winsound"}
# Lambda's Python is built without Tk.
FOREIGN |= {"_tkinter", "idlelib", "tkinter", "turtle", "turtledemo"}


def absent(modules, stdlib):
    """Names that imports take from the standard library and that this version has not (`from collections import Mapping`)."""
    wanted = {(one["module"], name) for module in modules for one in module["imports"] for name in one["names"] + [""]}
    found = set()
    for module, name in sorted(wanted):
        top = module.partition(".")[0]
        if top in stdlib and top in FOREIGN:
            found.add(top)
        if top not in stdlib or top in UNASKED or not (name or "." in module):
            continue
        whole = module + ("." + name if name else "")
        try:
            there = importlib.import_module(module)
            if name and not hasattr(there, name):
                importlib.import_module(whole)
        except ModuleNotFoundError as error:
            if error.name and (whole + ".").startswith(error.name + ".") and error.name != top:
                found.add(error.name)
        except Exception:
            # It is there, and does not work here: what that means on Lambda, nobody knows.
            pass
    return sorted(found)


def main():
    warnings.simplefilter("ignore")
    task = json.load(sys.stdin)
    modules = [read(one["path"], base64.b64decode(one["source"])) for one in task["files"]]
    stdlib = standard_library()
    # What an import prints is no part of the answer.
    with contextlib.redirect_stdout(sys.stderr):
        lacking = absent(modules, set(stdlib)) if task["own"] else []
    json.dump({"modules": modules, "stdlib": stdlib, "absent": lacking}, sys.stdout)


main()
