"""Models in /tmp: made beside their place, then renamed; named by digest, so that the next process finds them.

`<tmp>/lambda-slim-models/<digest>/` is whole when it is there with its mark, which tells the sizes of its files.
`<digest>.lock` is held while a folder is made, `<digest>.use` (shared) by every process that uses it: what nobody uses goes
first when there is no room. `<digest>.<pid>.<random>.part` are drafts. The system gives locks back when a process dies.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import stat

from ._errors import LambdaSlimError, NoRoom

MARK = ".whole"
MIB = 1024 * 1024
# Lambda's ephemeral storage: steps that are easy to set, and the most that there is (AWS's MB are MiB).
STEP = 512
MOST = 10240


def temporary_folder() -> str:
    """/tmp: TMPDIR often names something else, and only /tmp has the size that was set."""
    return os.environ.get("LAMBDA_SLIM_TMP") or "/tmp"


class Held:
    """A folder in /tmp that stays as long as this is held."""

    def __init__(self, path: str, lock: int, was_there: bool) -> None:
        self.path = path
        self.was_there = was_there
        self._lock: int | None = lock

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    __del__ = release


def hold(key: str, size: int, budget: int | None, fill) -> Held:
    """The folder of that name; `fill(draft)` writes it when it is not there. `size`: bytes that it will take, as far as it is
    known; `budget`: bytes that all of them may take together. Raises LambdaSlimError; nothing of the draft is left then."""
    base = _base()
    place = os.path.join(base, key)
    use = _lock(place + ".use", fcntl.LOCK_SH)
    try:
        was_there = _is_whole(place)
        if not was_there:
            making = _lock(place + ".lock", fcntl.LOCK_EX)
            try:
                was_there = _is_whole(place)
                if not was_there:
                    _make(base, place, size, budget, fill)
            finally:
                # Closing it gives the lock back; the file stays, or two processes could lock two files of one name.
                os.close(making)
        # For who looks for what was not used for the longest time.
        os.utime(place)
    except OSError as error:
        os.close(use)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _too_small(base, size) from None
        raise LambdaSlimError("A model cannot be kept in %s: %s" % (base, error)) from None
    except BaseException:
        os.close(use)
        raise
    return Held(place, use, was_there)


def _make(base: str, place: str, size: int, budget: int | None, fill) -> None:
    _sweep(base, place)
    _make_room(base, size, budget)
    draft = _draft(place)
    try:
        os.mkdir(draft, 0o755)
        fill(draft)
        sizes = _sizes(draft)
        with open(os.path.join(draft, MARK), "w", encoding="utf-8") as file:
            json.dump(sizes, file)
        os.rename(draft, place)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _base() -> str:
    base = os.path.join(temporary_folder(), "lambda-slim-models")
    try:
        os.makedirs(base, mode=0o755, exist_ok=True)
        status = os.lstat(base)
    except OSError as error:
        raise LambdaSlimError("%s cannot be made: %s" % (base, error.strerror or error)) from None
    # Whoever owns the folder could put another model there than was verified.
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (0, os.geteuid()):
        raise LambdaSlimError(
            "%s is a link, a file or another user's folder. Remove it, or set LAMBDA_SLIM_TMP to another folder." % base
        )
    return base


def _lock(path: str, how: int) -> int:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, how)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _draft(place: str) -> str:
    return "%s.%d.%s.part" % (place, os.getpid(), os.urandom(4).hex())


def _sizes(folder: str) -> dict:
    """Bytes of each file below it, by relative path."""
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            found[os.path.relpath(path, folder)] = os.lstat(path).st_size
    return found


def _is_whole(place: str) -> bool:
    """Something in /tmp may have been deleted."""
    try:
        with open(os.path.join(place, MARK), encoding="utf-8") as file:
            sizes = json.load(file)
        return all(os.lstat(os.path.join(place, name)).st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


def _sweep(base: str, place: str) -> None:
    """What is not whole any more, and the drafts of killed runs: only who holds the lock makes a draft of this digest."""
    try:
        # At one stroke, so that nobody sees half of it.
        os.rename(place, _draft(place))
    except FileNotFoundError:
        pass
    digest = os.path.basename(place) + "."
    for name in os.listdir(base):
        if name.startswith(digest) and name.endswith(".part"):
            shutil.rmtree(os.path.join(base, name), ignore_errors=True)


def _make_room(base: str, size: int, budget: int | None) -> None:
    """Remove what nobody uses, the least recently used first, until `size` fits. Raises NoRoom."""
    there = _entries(base)
    while not _fits(base, size, budget, there):
        for entry in there:
            if _remove(os.path.join(base, entry[1])):
                there.remove(entry)
                break
        else:
            raise _too_small(base, size, budget)


def _entries(base: str) -> list:
    """(time of the last use, name, bytes) of what is whole, oldest first."""
    found = []
    for name in os.listdir(base):
        path = os.path.join(base, name)
        try:
            if "." not in name and os.path.isdir(path):
                found.append((os.lstat(path).st_mtime, name, sum(_sizes(path).values())))
        except OSError:
            continue
    return sorted(found)


def _fits(base: str, size: int, budget: int | None, there: list) -> bool:
    status = os.statvfs(base)
    if status.f_bavail * status.f_frsize < size:
        return False
    return budget is None or sum(entry[2] for entry in there) + size <= budget


def _remove(place: str) -> bool:
    """False when a process uses it."""
    try:
        lock = _lock(place + ".use", fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    try:
        draft = _draft(place)
        os.rename(place, draft)
        shutil.rmtree(draft, ignore_errors=True)
        return True
    except OSError:
        return False
    finally:
        os.close(lock)


def _too_small(base: str, size: int, budget: int | None = None) -> LambdaSlimError:
    if budget is not None and size > budget:
        return NoRoom(
            "A model needs %d MB in %s, and models may take %d MB there: raise tmp of [models] or LAMBDA_SLIM_MODELS_TMP."
            % (-(-size // MIB), base, budget // MIB)
        )
    status = os.statvfs(base)
    free = status.f_bavail * status.f_frsize
    # What others have there, and this; and more than there is, if somebody else wrote meanwhile.
    wanted = max((status.f_blocks - status.f_bavail) * status.f_frsize + size, status.f_blocks * status.f_frsize + 1)
    storage = -(-wanted // (STEP * MIB)) * STEP
    remedy = "set ephemeral storage to at least %d MB" % storage if storage <= MOST else "no ephemeral storage is that large"
    return NoRoom(
        "A model needs %d MB in %s, %d MB free, and what else is there is in use: %s." % (-(-size // MIB), base, free // MIB, remedy)
    )
