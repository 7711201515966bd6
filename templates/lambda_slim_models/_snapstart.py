"""SnapStart: what was loaded before the snapshot stays; behind it only the pointers are looked at."""

from __future__ import annotations

import os


def initialization() -> str:
    """`on-demand`, `provisioned-concurrency`, `snap-start`, …; empty outside Lambda."""
    return os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", "")


def register(restored) -> None:
    """Call `restored` behind each restore, if there will be one."""
    if initialization() != "snap-start":
        return
    try:
        # Of Lambda's runtime from Python 3.12 on.
        from snapshot_restore_py import register_after_restore
    except ImportError:
        return
    register_after_restore(restored)
