"""What every door does: find the payloads, open each once, keep a failure for the handler's import."""

import os
import sys
import time

from . import _index
from ._errors import LambdaSlimError

# Of this process: digests of payloads that were looked at, what was opened ((payload, folder), …), and the failure.
_seen = set()
opened = []
_failure = None


def open_payloads():
    """Open every payload that is on sys.path and not open yet. Safe to call again.

    Called by `site` (a .pth or .start file) it never raises: the failure comes at the handler's import. Otherwise it
    raises LambdaSlimError.
    """
    _open_all()
    if _failure is not None and _called_by_site():
        # A later `import lambda_slim_boot` runs the package again, and so raises.
        sys.modules.pop(__package__, None)
    else:
        _raise_failure()


def open_at_import():
    """The same, while the package itself is being imported."""
    _open_all()
    if not _called_by_site():
        _raise_failure()


def _raise_failure():
    if _failure is not None:
        # A new one each time: an exception that is raised again collects a longer traceback each time.
        raise LambdaSlimError(_failure)


def _open_all():
    global _failure
    if _failure is not None:
        return
    modules = set()
    try:
        for site, folder in list(_index.find(_seen)):
            _seen.add(os.path.basename(folder))
            payload = _index.read(site, folder)
            modules.update(payload.index["modules"])
            use(payload, *open_one(payload))
    except Exception as error:
        from . import _guard

        _failure = explain(error)
        _guard.install(_failure, modules)


def open_one(payload):
    """Make the payload's folder unless it is there. Returns (folder, what the debug line says)."""
    from ._store import Store

    clock = _Clock()
    store = Store(payload)
    facts = {"threads": 0, "source": "already-open"}
    if not store.is_whole():
        from ._link import make_links
        from ._open import unpack
        from ._source import source_for

        def fill(draft):
            clock.step("check")
            source = source_for(payload)
            try:
                facts["threads"] = unpack(payload.index, source, draft)
                facts["source"] = source.kind
            finally:
                source.close()
            clock.step("unpack")
            make_links(payload, draft)
            clock.step("link")

        if not store.make(fill):
            clock.step("check")
    else:
        clock.step("check")
    return store.opened, facts, clock


def use(payload, folder, facts, clock):
    """Let this process and its children import from the opened folder."""
    from . import _use

    _use.add_to_path(payload, folder)
    _use.set_library_path(payload, folder)
    clock.step("link")
    _use.load_libraries(payload, folder)
    clock.step("load")
    opened.append((payload, folder))
    tell(payload, facts, clock)


def tell(payload, facts, clock):
    """Under LAMBDA_SLIM_DEBUG, one line of JSON on standard error, in one write: several processes' lines do not mix."""
    if os.environ.get("LAMBDA_SLIM_DEBUG") in (None, "", "0"):
        return
    import json

    line = {
        "digest": payload.digest,
        "bytes": payload.index["unpackedBytes"],
        "packedBytes": payload.index["payload"]["bytes"],
        "ms": round(sum(clock.steps.values()), 1),
        **facts,
        "steps": {name: round(ms, 1) for name, ms in clock.steps.items()},
    }
    sys.stderr.write(json.dumps({"lambda-slim": line}) + "\n")
    sys.stderr.flush()


class _Clock:
    """Milliseconds of each step."""

    def __init__(self):
        self.last = time.perf_counter()
        self.steps = {"check": 0.0, "unpack": 0.0, "link": 0.0, "load": 0.0}

    def step(self, name):
        now = time.perf_counter()
        self.steps[name] += (now - self.last) * 1000
        self.last = now


def explain(error):
    """The failure's text: cause, remedy, and a hint when PYTHONPATH changes which door works."""
    if isinstance(error, LambdaSlimError):
        text = str(error)
    else:
        text = "The payload cannot be opened: %s: %s" % (type(error).__name__, error)
    if "PYTHONPATH" in os.environ:
        text += (
            " (PYTHONPATH is set: Lambda's runtime then runs no layer's .pth file, so the payload is opened only by"
            ' "import lambda_slim_boot" as the handler\'s first line or by AWS_LAMBDA_EXEC_WRAPPER=/opt/lambda-slim-wrapper.)'
        )
    return text


def _called_by_site():
    """`site` is below us on the stack: an exception would be printed there and forgotten."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") == "site":
            return True
        frame = frame.f_back
    return False
