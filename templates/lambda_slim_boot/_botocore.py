"""Borrows the runtime's botocore. Alone it is ready about 30 ms sooner than with boto3, and it warns of nothing."""

import importlib
import os
import sys

from ._errors import LambdaSlimError

# What botocore brings along. All of it is pure Python, so it can be forgotten and imported again.
NAMES = ("botocore", "dateutil", "jmespath", "six", "urllib3")


class Borrowed:
    """botocore's modules for one payload, imported when this is made; `give_back` after the last use.

    The payload may hold a botocore, urllib3, … of the function's own. That one cannot be used before the payload is
    open, and must be found by the handler: so the runtime's is taken, and forgotten afterwards.
    """

    def __init__(self, index):
        self.before = set(sys.modules)
        self.forget = "botocore" not in self.before and _is_nested(index)
        try:
            self.session, self.config, self.exceptions = _import(_runtime_folders() if self.forget else [])
        except ImportError:
            _forget(self.before)
            try:
                # A package's botocore may be incomplete; and the wrapper's interpreter does not see the runtime's folders.
                self.session, self.config, self.exceptions = _import(_runtime_folders())
            except ImportError as error:
                _forget(self.before)
                raise LambdaSlimError(
                    "The payload lies in S3, and botocore, which reads it, cannot be imported (%s). Lambda's Python "
                    "runtimes have it; elsewhere, put boto3 into the requirements." % error
                ) from None

    def give_back(self):
        if self.forget:
            _forget(self.before)


def _import(first):
    """(botocore.session, botocore.config, botocore.exceptions), with the folders `first` before all others."""
    saved = list(sys.path)
    sys.path[:0] = first
    try:
        return tuple(importlib.import_module("botocore." + name) for name in ("session", "config", "exceptions"))
    finally:
        sys.path[:] = saved


def _runtime_folders():
    """Where Lambda's runtimes have boto3: up to 3.11 beside the runtime client, later in the interpreter's folder."""
    version = "python%d.%d" % sys.version_info[:2]
    folders = (
        os.environ.get("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        os.path.join(sys.prefix, "lib", version, "site-packages"),
    )
    return [folder for folder in folders if os.path.isdir(folder)]


def _is_nested(index):
    """Something of botocore or of what it needs is in the payload."""
    tree = index["tree"] or {"folders": [], "links": []}
    paths = [file["path"].partition("/")[2] for file in index["files"] if file["path"].startswith("python/")]
    tops = {path.partition("/")[0].partition(".")[0] for path in paths + tree["folders"] + tree["links"]}
    return not tops.isdisjoint(NAMES)


def _forget(before):
    """Remove the modules that came since, so that the next import finds what is on sys.path then."""
    for name in list(sys.modules):
        if name not in before and name.partition(".")[0] in NAMES:
            del sys.modules[name]
