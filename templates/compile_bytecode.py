"""Compiles Python files to unchecked-hash bytecode, the same bytes every time. Python 3.9 to 3.14, standard library only.

Usage: PYTHONHASHSEED=0 python -s -S -X no_debug_ranges compile_bytecode.py (not -I: it would ignore the seed).
Task (JSON on standard input): {"jobs": [{"source": absolute path, "path": path in the tree, "target": absolute path}],
"workers": number}. Answer: {"skipped": [path in the tree]}, the files that are not valid Python (templates, Python 2).

How marshal writes an object depends on how often it is referenced, and so on what the process has interned before. Each
file is therefore compiled in a fork of one process that has compiled nothing: the same state for each, in any order.
Where there is no fork (Windows), the files are compiled one after another, in the order of the task.
"""

import os
import sys

# Without -I this folder is on the path; it must not shadow the standard library.
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.getcwd()) != here]

import gc  # noqa: E402
import json  # noqa: E402
import marshal  # noqa: E402
import warnings  # noqa: E402
from importlib.util import MAGIC_NUMBER, source_hash  # noqa: E402

# PEP 552: bit 0 says that a hash follows, bit 1 would ask to compare it with the source.
UNCHECKED_HASH = (1).to_bytes(4, "little")
NOT_PYTHON = 1


def compile_one(job):
    """The path in the tree goes into the code objects; Python replaces it by the real one when it loads them."""
    with open(job["source"], "rb") as file:
        source = file.read()
    try:
        code = compile(source, job["path"], "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError, OverflowError, MemoryError):
        return NOT_PYTHON
    with open(job["target"], "wb") as file:
        file.write(MAGIC_NUMBER + UNCHECKED_HASH + source_hash(source) + marshal.dumps(code))
    return 0


def main():
    task = json.load(sys.stdin)
    warnings.simplefilter("ignore")
    skipped = []
    if not hasattr(os, "fork"):
        skipped = [job["path"] for job in task["jobs"] if compile_one(job) == NOT_PYTHON]
        json.dump({"skipped": sorted(skipped)}, sys.stdout)
        return
    running = {}
    # Nothing that the parent holds is touched in a child, so its pages stay shared.
    gc.disable()
    gc.freeze()

    def reap():
        pid, status = os.wait()
        path = running.pop(pid)
        if status == NOT_PYTHON << 8:
            skipped.append(path)
        elif status != 0:
            sys.exit("compiling %s ended with status %d" % (path, status))

    for job in task["jobs"]:
        if len(running) >= task["workers"]:
            reap()
        pid = os.fork()
        if pid == 0:
            code = 2
            try:
                code = compile_one(job)
            finally:
                os._exit(code)
        running[pid] = job["path"]
    while running:
        reap()
    json.dump({"skipped": sorted(skipped)}, sys.stdout)


main()
