"""The opened folder: made beside its place, then renamed. Law 9: atomic, locked, named by digest.

`<temporary folder>/lambda-slim/<digest>/` is whole when it has the mark; the mark is written last, before the rename.
`<digest>.lock` is held while a folder is made. `<digest>.<pid>.<random>.part` are drafts.
"""

import os
import stat

from . import _space
from ._errors import LambdaSlimError, from_system

# Holds the path of the package that the tree's links lead to.
MARK = ".whole"


def temporary_folder():
    """/tmp: TMPDIR often names something else, and only /tmp has the size that the plan counted on."""
    return os.environ.get("LAMBDA_SLIM_TMP") or "/tmp"


class Store:
    """The place of one payload's opened folder."""

    def __init__(self, payload):
        self.payload = payload
        self.temporary = temporary_folder()
        self.base = os.path.join(self.temporary, "lambda-slim")
        self.opened = os.path.join(self.base, payload.digest)

    def is_whole(self):
        """Marked, for this package, and every file is there with its size: something in /tmp may have been deleted."""
        try:
            if _read_mark(os.path.join(self.opened, MARK)) != self.payload.site:
                return False
            for file in self.payload.index["files"]:
                status = os.lstat(os.path.join(self.opened, file["path"]))
                if "link" not in file and (not stat.S_ISREG(status.st_mode) or status.st_size != file["bytes"]):
                    return False
            tree = self.payload.index["tree"]
            for path in () if tree is None else tree["links"]:
                os.lstat(os.path.join(self.opened, "python", path))
        except OSError:
            return False
        return True

    def make(self, fill):
        """Call `fill(draft)` to make the folder, unless another process does it meanwhile. True when it was called.

        Raises LambdaSlimError; nothing of the draft is left then.
        """
        try:
            self._make_base()
            lock = self._lock()
            try:
                if self.is_whole():
                    return False
                self._sweep()
                _space.check(self.payload.index, self.temporary, self.base)
                self._fill(fill)
                return True
            finally:
                # Closing it gives the lock back; the file stays, or two processes could lock two files of one name.
                os.close(lock)
        except OSError as error:
            if _space.is_full(error):
                raise _space.too_small(self.payload.index, self.temporary, self.base) from None
            raise from_system(error, "The payload cannot be opened in %s" % self.temporary) from None

    def _fill(self, fill):
        draft = self._draft_name()
        try:
            os.mkdir(draft, 0o755)
            fill(draft)
            self._mark(draft)
            os.rename(draft, self.opened)
        except BaseException:
            remove(draft)
            raise

    def _draft_name(self):
        return "%s.%d.%s.part" % (self.opened, os.getpid(), os.urandom(4).hex())

    def _mark(self, draft):
        with open(os.path.join(draft, MARK), "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(self.payload.site)

    def _make_base(self):
        os.makedirs(self.temporary, exist_ok=True)
        try:
            os.mkdir(self.base, 0o755)
        except FileExistsError:
            pass
        status = os.lstat(self.base)
        # Whoever owns the folder could put other code there than was checked.
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (0, os.geteuid()):
            raise LambdaSlimError(
                "%s is a link, a file or another user's folder. Remove it, or set LAMBDA_SLIM_TMP to another folder."
                % self.base
            )

    def _lock(self):
        """Wait for the process that makes this folder. The system gives the lock back when its holder dies."""
        import fcntl

        lock = os.open(self.opened + ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except BaseException:
            os.close(lock)
            raise
        return lock

    def _sweep(self):
        """Remove what would take room: a folder that is not whole any more, and the drafts of killed runs.

        Only who holds the lock makes a draft of this digest, so each is a dead one's. A process that has mapped files
        of the old folder keeps them.
        """
        try:
            # At one stroke, so that nobody sees half of it.
            os.rename(self.opened, self._draft_name())
        except FileNotFoundError:
            pass
        digest = self.payload.digest + "."
        for name in os.listdir(self.base):
            if name.startswith(digest) and name.endswith(".part"):
                remove(os.path.join(self.base, name))


def _read_mark(path):
    """Its text; None when it is no file. A pipe in its place would block for ever, and a device has no end."""
    mark = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(mark).st_mode):
            return None
        return os.read(mark, 65536).decode("utf-8", "surrogateescape")
    finally:
        os.close(mark)


def remove(folder):
    """Remove a folder with all that is in it, without following links. What cannot be removed stays.

    Without recursion: paths may be deeper than Python's stack.
    """
    folders = [folder]
    for path in folders:
        try:
            if path is folder and (os.path.islink(folder) or not os.path.isdir(folder)):
                os.unlink(folder)
                return
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        _quietly(os.unlink, entry.path)
        except OSError:
            pass
    for path in reversed(folders):
        _quietly(os.rmdir, path)


def _quietly(remove_one, path):
    try:
        remove_one(path)
    except OSError:
        pass
