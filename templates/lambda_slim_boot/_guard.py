"""Raises the bootstrap's failure where it helps: at the import of the handler.

`site` prints an exception of a .pth line and goes on, and the function would die of "No module named numpy".
"""

import os
import sys

from ._errors import LambdaSlimError


class Guard:
    """A finder on sys.meta_path that refuses the handler's module and every module that needs the payload."""

    def __init__(self, text, modules):
        self.text = text
        self.modules = frozenset(modules)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.modules:
            # A new one each time: an exception that is raised again collects a longer traceback each time.
            raise LambdaSlimError(self.text)
        return None

    def invalidate_caches(self):
        return None


def handler_module():
    """The top-level module of `_HANDLER`, e.g. `a` of `a/b.c`; None outside Lambda."""
    name = os.environ.get("_HANDLER", "").rpartition(".")[0].replace("/", ".").lstrip(".")
    return name.partition(".")[0] or None


def install(text, modules):
    """Once for each failure; the first one wins."""
    names = set(modules)
    handler = handler_module()
    if handler is not None:
        names.add(handler)
    sys.meta_path.insert(0, Guard(text, names))
