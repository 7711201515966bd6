"""Run pip as if on another machine.

Usage: python pip_target.py MARKERS_JSON pip-arguments...

pip takes wheels for another platform (--platform, --python-version), but judges markers such as
``sys_platform == "win32"`` by the Python that runs it: on macOS or Windows, or with another minor version, it would
choose other distributions than Lambda needs. So the one function that all markers ask is replaced before pip starts.
``pip install`` (unlike ``pip download``) also compares Requires-Python with its own Python while it resolves: it gets
the version that --python-version names.
"""

import json
import os
import signal
import sys

# This file's folder must not shadow the standard library.
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.getcwd()) != here]
sys.dont_write_bytecode = True


# <linux/prctl.h>
SET_PARENT_DEATH_SIGNAL = 1


def end_with_parent():
    """A run that was killed cannot stop pip, which would go on downloading for nobody."""
    if sys.platform != "linux":
        return
    try:
        import ctypes

        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    except (ImportError, OSError, AttributeError):
        # A Python without ctypes: then it ends by itself.
        pass


def main():
    end_with_parent()
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
    from pip._internal.cli.req_command import RequirementCommand

    make_resolver = RequirementCommand.make_resolver.__func__

    def make_resolver_for_target(cls, *args, **kwargs):
        version = tuple(int(part) for part in values["python_full_version"].split("."))
        kwargs.setdefault("py_version_info", version)
        return make_resolver(cls, *args, **kwargs)

    RequirementCommand.make_resolver = classmethod(make_resolver_for_target)

    return pip_main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
