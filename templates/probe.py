"""Import modules or run a probe from one folder of installed packages, as AWS Lambda would.

Usage: python -I -S -B probe.py < request.json

The request: {"root": folder, "after": [folders], "temp": folder, "items": [{"kind", "name", "code"?}], "trace": bool,
"pycache": folder or null}.
Kinds: "module" (import it), "name" (of `a.b.c` take c from a.b), "probe" (run `code`), "metadata" (ask importlib.metadata for its
version).
Standard output gets one JSON line when an item begins and one when it ends, with what was touched in the tree, in order,
and the shared objects outside of it that are loaded. A process that dies in an item loses that item alone: the caller goes on
after it. With "trace", nothing can be written but in `temp` and /dev, and no other machine can be reached.

Runs on Python 3.9 and later with nothing but the standard library.
"""

import errno
import importlib
import json
import os
import re
import sys
import time

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Positions of the arguments that name what would be changed.
CHANGES = {
    "os.chmod": (0,),
    "os.chown": (0,),
    "os.link": (1,),
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.utime": (0,),
}
# Letters of an exception's text that are read.
LONGEST = 10_000
LOCAL = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "", None)


class Tree:
    """What was touched below the root, in order."""

    def __init__(self, root, pycache):
        self.prefix = os.path.join(root, "")
        self.bytecode = os.path.join(pycache or os.devnull, "")
        self.touched = {}
        self.libraries = {}

    def touch(self, path):
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str):
            return
        if "/." in path or "//" in path:
            path = os.path.normpath(path)
        if path.startswith(self.bytecode):
            # -X pycache_prefix: the source's absolute path below the folder.
            path = os.sep + path[len(self.bytecode) :].rsplit(".", 2)[0] + ".py"
        if path.startswith(self.prefix):
            self.touched.setdefault(path[len(self.prefix) :].replace(os.sep, "/"))

    def touch_loaded(self):
        for module in list(sys.modules.values()):
            try:
                self.touch(getattr(module, "__file__", None))
            except Exception:  # a module may be any object
                pass
        try:
            with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
                for line in maps:
                    parts = line.rstrip("\n").split(None, 5)
                    if len(parts) == 6:
                        self.touch(parts[5])
                        if ".so" in parts[5] and not parts[5].startswith(self.prefix):
                            self.libraries.setdefault(parts[5])
        except OSError:
            pass

    def take(self):
        taken = list(self.touched)
        self.touched.clear()
        return taken

    def relative(self, path):
        path = os.path.normpath(os.fsdecode(path))
        return path[len(self.prefix) :].replace(os.sep, "/") if path.startswith(self.prefix) else None


def guard(tree, folders):
    writable = tuple(os.path.join(folder, "") for folder in folders + ["/dev", "/proc"])

    def refuse_write(path):
        if isinstance(path, int) or path is None:
            return
        full = os.path.abspath(os.fsdecode(path))
        if not (full + os.sep).startswith(writable):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), full)

    def hook(event, args):
        if event == "open":
            if args[2] and args[2] & WRITES:
                refuse_write(args[0])
            else:
                tree.touch(args[0])
        elif event in CHANGES:
            for position in CHANGES[event]:
                refuse_write(args[position])
        elif event == "socket.connect":
            address = args[1]
            if isinstance(address, tuple) and address[0] not in LOCAL:
                raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
        elif event == "socket.getaddrinfo" or event == "socket.gethostbyname":
            if args[0] not in LOCAL:
                raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))

    sys.addaudithook(hook)


def set_path(root, after):
    try:
        import site
    finally:
        # Lambda has the user's folders before the standard library.
        sys.path[:] = [root] + after + sys.path
    try:
        site.ENABLE_USER_SITE = False
        site.setquit()
        site.setcopyright()
        site.sethelper()
        for folder in [root] + after:
            for name in sorted(os.listdir(folder)):
                if name.endswith(".pth"):
                    site.addpackage(folder, name, set(sys.path))
    except Exception as error:
        sys.stderr.write("probe: %s\n" % (error,))


def chain(error):
    """The exception and those that led to it, innermost last."""
    found = []
    while error is not None and error not in found and len(found) < 20:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def words_of(error):
    """The beginning of what it says, as a plain string: the patterns below take a square of its length."""
    try:
        return str.__str__(str(error))[:LONGEST]
    except Exception:
        return ""


def missing_of(error, tree):
    """What the exception says is not there."""
    text = words_of(error)
    found = []
    if isinstance(error, ImportError):
        for pattern in (r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'",):
            for name, package in re.findall(pattern, text):
                found.append(("module", package + "." + name))
    if type(error).__name__ == "PackageNotFoundError":
        found.append(("distribution", str(error.args[0] if error.args else "")))
    elif isinstance(error, ModuleNotFoundError) and error.name:
        found.append(("module", error.name))
    for name in re.findall(r"No module named '?([\w.]+)'?", text):
        found.append(("module", name))
    for package, name in re.findall(r"module '([\w.]+)' has no attribute '(\w+)'", text):
        found.append(("module", package + "." + name))
    for name in (getattr(error, "filename", None), getattr(error, "filename2", None)):
        if isinstance(name, (str, bytes)):
            path = tree.relative(name)
            if path:
                found.append(("file", path))
    for name in re.findall(r"([^\s/'\":]+\.so(?:\.[\w.]+)?): cannot open shared object file", text):
        found.append(("library", name))
    for name in re.findall(re.escape(tree.prefix) + r"([^'\"\n:]+)", text):
        found.append(("file", os.path.normpath(name).replace(os.sep, "/")))
    return found


def describe(error, tree):
    missing = {}
    frames = []
    errors = chain(error)
    for one in errors:
        for kind, name in missing_of(one, tree):
            missing.setdefault((kind, name))
    for one in reversed(errors):
        trace = one.__traceback__
        while trace is not None:
            path = tree.relative(trace.tb_frame.f_code.co_filename)
            if path and path not in frames:
                frames.append(path)
            trace = trace.tb_next
    return {
        # What a probe raises that has nothing to try here.
        "type": "Skipped" if type(error).__name__ == "SkipTest" else type(error).__name__,
        "message": words_of(error)[:2000].replace(tree.prefix, ""),
        "missing": [{"kind": kind, "name": name} for kind, name in missing],
        "frames": frames,
    }


def do(item):
    kind, name = item["kind"], item["name"]
    if kind == "module":
        importlib.import_module(name)
    elif kind == "name":
        module, _, taken = name.rpartition(".")
        exec("from %s import %s" % (module, taken), {})
    elif kind == "probe":
        module = type(sys)("__main__")
        module.__dict__["__builtins__"] = __builtins__
        sys.modules["__main__"] = module
        sys.argv[:] = ["probe"]
        try:
            exec(compile(item["code"], "<probe of %s>" % name, "exec", dont_inherit=True), module.__dict__)
        except SystemExit as leaving:
            if leaving.code not in (None, 0):
                raise RuntimeError("exit code %s" % (leaving.code,)) from leaving
    elif kind == "metadata":
        from importlib import metadata

        if not metadata.version(name):
            raise metadata.PackageNotFoundError(name)
    else:
        raise ValueError(kind)


def main():
    request = json.load(sys.stdin)
    root, temp = request["root"], request["temp"]
    # What packages print must not mix with the answer.
    answer = os.dup(1)
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    # As they are now: a package may replace them.
    write, dumps, clock, leave = os.write, json.dumps, time.perf_counter, os._exit

    def say(**line):
        data = (dumps(line) + "\n").encode()
        while data:
            data = data[write(answer, data) :]

    os.chdir(temp)
    pycache = request["pycache"]
    tree = Tree(root, pycache)
    if request["trace"]:
        guard(tree, [temp, pycache] if pycache else [temp])
    set_path(root, request["after"])
    for index, item in enumerate(request["items"]):
        say(event="begin", index=index)
        error = None
        started = clock()
        try:
            do(item)
        except BaseException as raised:
            error = describe(raised, tree)
            del raised
        ms = (clock() - started) * 1000
        if request["trace"]:
            tree.touch_loaded()
        say(event="end", index=index, ms=ms, error=error, touched=tree.take(), libraries=list(tree.libraries))
    sys.stderr.flush()
    # Without the packages' own exit handlers: they prove nothing, and some hang.
    leave(0)


main()
