"""Makes an opened folder usable in this process and its children."""

import os
import sys

from ._errors import LambdaSlimError

# Keeps the handles: what was loaded stays loaded.
_loaded = []


def add_to_path(payload, opened):
    """Put the tree on sys.path before the package's folder, so that it is found first; /var/task stays before it."""
    if payload.index["tree"] is None:
        return
    tree = os.path.join(opened, "python")
    if tree in sys.path:
        return
    for position, entry in enumerate(sys.path):
        if os.path.realpath(entry or ".") == payload.site:
            sys.path.insert(position, tree)
            return
    sys.path.insert(0, tree)


def set_library_path(payload, opened):
    """For child processes: the loader read this process's own value when it started."""
    folder = os.path.join(opened, "lib")
    if not os.path.isdir(folder):
        return
    before = [entry for entry in os.environ.get("LD_LIBRARY_PATH", "").split(":") if entry and entry != folder]
    os.environ["LD_LIBRARY_PATH"] = ":".join([folder, *before])


def load_libraries(payload, opened):
    """Load by path, each after what it needs: the loader then finds it by its SONAME for all that need it."""
    if not payload.index["libraries"]:
        return
    import ctypes

    for library in payload.index["libraries"]:
        path = os.path.join(opened if library["nested"] else payload.site, library["path"])
        try:
            _loaded.append(ctypes.CDLL(path))
        except OSError as error:
            raise LambdaSlimError(
                "The library %s does not load: %s. Build for this runtime and architecture (--python, --architecture), "
                "and put every library that it needs in the package." % (path, str(error).replace(path + ": ", ""))
            ) from None
