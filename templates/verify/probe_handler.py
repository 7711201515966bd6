"""The handler that `lambda-slim verify` puts into /var/task when the user named none.

It is invoked with what to try, and answers what came of it; a failed import is an answer, not a failed invocation.
Events: {"modules": [names]} imports each; {"recipe": name, "code": source} runs a recipe's probe.
Answer: a list of {"name", "ok", "ms", "error", "causes"}: `error` is "Type: message", `causes` the same for each exception
that led to it, the first cause last.

Modules are imported here and not when this file is loaded, so that a crash in one loses that one alone.
"""

import importlib
import sys
import time


def text_of(error):
    try:
        message = str(error)
    except Exception:  # an exception's own words may fail, too
        message = ""
    return "%s: %s" % (type(error).__name__, message[:4000])


def causes_of(error):
    found = []
    while error is not None and error not in found and len(found) < 20:
        found.append(error)
        error = error.__cause__ or error.__context__
    return [text_of(one) for one in found[1:]]


def run_probe(recipe, code):
    # As a script of its own: some packages look at __main__ (multiprocessing, pickle).
    before = sys.modules.get("__main__")
    module = type(sys)("__main__")
    module.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = module
    try:
        exec(compile(code, "<probe of %s>" % recipe, "exec", dont_inherit=True), module.__dict__)
    except SystemExit as leaving:
        if leaving.code not in (None, 0):
            raise RuntimeError("exit code %s" % (leaving.code,)) from leaving
    finally:
        if before is not None:
            sys.modules["__main__"] = before


def attempt(name, work):
    error = None
    started = time.perf_counter()
    try:
        work()
    except BaseException as raised:  # SystemExit at import would end the whole environment
        error = (text_of(raised), causes_of(raised))
    return {
        "name": name,
        "ok": error is None,
        "ms": (time.perf_counter() - started) * 1000,
        "error": error and error[0],
        "causes": error[1] if error else [],
    }


def handler(event, context):
    if "code" in event:
        return [attempt(event["recipe"], lambda: run_probe(event["recipe"], event["code"]))]
    return [attempt(name, lambda: importlib.import_module(name)) for name in event["modules"]]
