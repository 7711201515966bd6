"""Run by lambda-slim-wrapper with the runtime's own interpreter, before the runtime: open the payloads, and print what
the runtime's environment needs: one line for LD_LIBRARY_PATH, one for PYTHONPATH (each a colon-separated list, or empty).

Usage: python -I -S _wrapper.py
Exit 0: all is open. Exit 1: it failed, and standard error says why.
"""

import os
import sys
import types


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    task = os.environ.get("LAMBDA_TASK_ROOT", "/var/task")
    sys.path[:0] = [task, *(entry for entry in os.environ.get("PYTHONPATH", "").split(":") if entry)]
    # The package without its __init__, which would also load the libraries: this process has no use for them.
    package = types.ModuleType("lambda_slim_boot")
    package.__path__ = [here]
    sys.modules["lambda_slim_boot"] = package
    from lambda_slim_boot import _door, _index

    libraries = []
    trees = []
    try:
        for site, folder in _index.find(set()):
            payload = _index.read(site, folder)
            opened, facts, clock = _door.open_one(payload)
            _door.tell(payload, facts, clock)
            if os.path.isdir(os.path.join(opened, "lib")):
                libraries.append(os.path.join(opened, "lib"))
            if payload.index["tree"] is not None:
                trees.append(os.path.join(opened, "python"))
    except Exception as error:
        sys.stderr.write("LambdaSlimError: %s\n" % _door.explain(error))
        return 1
    print(":".join(libraries))
    print(":".join(trees))
    return 0


if __name__ == "__main__":
    sys.exit(main())
