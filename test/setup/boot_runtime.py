"""Start a handler's module as Lambda's runtime does: its sys.path, its site folders, its import. No Runtime API.

Usage: python boot_runtime.py TASK LAYER    with _HANDLER in the environment
Prints one line of JSON: {"ok": what handler() returned} or {"error": type, "text"}, and {"path": sys.path, "libraries":
LD_LIBRARY_PATH}. LAYER is what /opt is in Lambda.
"""

import importlib
import json
import os
import site
import sys


def main():
    task, layer = sys.argv[1:]
    os.environ["LAMBDA_TASK_ROOT"] = task
    folder = os.path.join(layer, "python")
    # The runtime leaves a layer out once PYTHONPATH is set.
    layers = [] if "PYTHONPATH" in os.environ else [folder]
    del sys.path[0]
    sys.path[:0] = [task, *layers]
    for path in [task, *layers]:
        site.addsitedir(path)
    answer = {}
    try:
        module, name = os.environ["_HANDLER"].rsplit(".", 1)
        answer["ok"] = getattr(importlib.import_module(module.replace("/", ".")), name)()
    except Exception as error:
        answer["error"] = type(error).__name__
        answer["text"] = str(error)
    answer["path"] = sys.path
    answer["libraries"] = os.environ.get("LD_LIBRARY_PATH")
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
