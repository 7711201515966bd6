"""Run pip with environment markers of another machine.

Usage: python pip_target.py MARKERS_JSON pip-arguments...

pip takes wheels for another platform (--platform, --python-version), but judges markers such as
``sys_platform == "win32"`` by the Python that runs it: on macOS or Windows, or with another minor version, it would
choose other distributions than Lambda needs. So the one function that all markers ask is replaced before pip starts.
"""

import json
import os
import sys

# This file's folder must not shadow the standard library.
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.getcwd()) != here]
sys.dont_write_bytecode = True


def main():
    values = json.loads(sys.argv[1])

    from pip._vendor.packaging import markers

    original = markers.default_environment

    def default_environment():
        environment = original()
        environment.update(values)
        return environment

    markers.default_environment = default_environment

    # Loaded only now, so that whoever copies the function copies ours.
    from pip._internal.cli.main import main as pip_main

    return pip_main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
