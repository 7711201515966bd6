"""Compiles Python files to unchecked-hash bytecode, the same bytes every time. Python 3.9 to 3.14, standard library only.

Task (JSON on standard input): {"jobs": [{"source": absolute path, "path": path in the tree, "target": absolute path}],
"workers": number}. Answer: {"skipped": [path in the tree]}, the files that are not valid Python (templates, Python 2).

How marshal writes an object depends on how often it is referenced, and so on what the process has interned before. Each
file is therefore compiled in a fork of one process that has compiled nothing: the same state for each, in any order.
"""

import json
import os
import py_compile
import sys
import warnings

MODE = py_compile.PycInvalidationMode.UNCHECKED_HASH


def compile_one(job):
    """The path in the tree goes into the code objects; Python replaces it by the real one when it loads them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            py_compile.compile(
                job["source"], cfile=job["target"], dfile=job["path"], doraise=True, optimize=0, invalidation_mode=MODE
            )
    except (py_compile.PyCompileError, SyntaxError, ValueError, RecursionError, UnicodeDecodeError):
        return 1
    return 0


def main():
    task = json.load(sys.stdin)
    running = {}
    skipped = []

    def reap():
        pid, status = os.wait()
        path = running.pop(pid)
        if status == 1 << 8:
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
