"""Gives back what nobody needs in the opened folders any more."""

import os

from . import _door
from ._store import MARK


def release_opened():
    """See `lambda_slim_boot.release`. Bytes are counted in blocks, as the file system does."""
    used = _used_files()
    return sum(_release(folder, used) for _, folder in _door.opened)


def _release(folder, used):
    import fcntl

    try:
        lock = os.open(folder + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError:
        return 0
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            # First, so that a process that is killed here leaves nothing that looks whole.
            os.unlink(os.path.join(folder, MARK))
        except FileNotFoundError:
            # Released before, or another process makes it anew: then it is that one's.
            return 0
        return sum(_remove_unused(folder, used))
    finally:
        os.close(lock)


def _remove_unused(folder, used):
    """Links stay: they take no room, and what they lead to is in the package."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _remove_unused(entry.path, used)
        elif entry.is_file(follow_symlinks=False) and os.path.realpath(entry.path) not in used:
            blocks = entry.stat(follow_symlinks=False).st_blocks
            try:
                os.unlink(entry.path)
            except OSError:
                continue
            # st_blocks counts 512 bytes, whatever the file system's own block is.
            yield blocks * 512


def _used_files():
    """Real paths of the files that this process has mapped or open: deleting one frees nothing until it ends."""
    used = set()
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            fields = line.rstrip("\n").split(None, 5)
            if len(fields) == 6:
                used.add(fields[5])
    for name in os.listdir("/proc/self/fd"):
        try:
            used.add(os.readlink(os.path.join("/proc/self/fd", name)))
        except OSError:
            pass
    return used
