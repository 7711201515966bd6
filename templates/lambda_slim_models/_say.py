"""The lines that this module writes to standard error, each in one write, so that lines of several processes do not mix."""

from __future__ import annotations

import os
import sys


def warn(text: str) -> None:
    """One line of words: something went wrong, and the function goes on."""
    _write("lambda-slim: " + " ".join(text.split()))


def debug(facts: dict) -> None:
    """Under LAMBDA_SLIM_DEBUG, one line of JSON."""
    if os.environ.get("LAMBDA_SLIM_DEBUG") in (None, "", "0"):
        return
    import json

    _write(json.dumps({"lambda-slim-model": facts}))


def _write(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
