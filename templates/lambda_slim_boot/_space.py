"""Is there room in /tmp? Asked before anything is written, so that the answer is a number and a setting."""

import errno
import os

from ._errors import LambdaSlimError

MB = 1024 * 1024
# Lambda's ephemeral storage: 512 MB by default, at most 10,240 MB (AWS's MB are MiB).
STEP = 512
MOST = 10240


def is_full(error):
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def needed(index, block):
    """Bytes and inodes that the opened folder takes: whole blocks, one for each folder, and one for each file's extents."""
    files = [file for file in index["files"] if "link" not in file]
    data = sum(-(-file["bytes"] // block) for file in files)
    folders = {"lib", "python"}
    for file in index["files"]:
        parts = file["path"].split("/")
        folders.update("/".join(parts[:count]) for count in range(1, len(parts)))
    tree = index["tree"] or {"folders": [], "links": []}
    folders.update("python/" + path for path in tree["folders"])
    links = len(index["files"]) - len(files) + len(tree["links"]) + len(index["libraries"])
    # The draft itself, the mark and the lock.
    inodes = len(files) + links + len(folders) + 3
    # A large file may need blocks for its own map (ext4: one extent is at most 128 MiB of it).
    maps = sum(file["bytes"] > 32 * MB for file in files)
    return (data + len(folders) + maps + 3) * block, inodes


def check(index, temporary, base):
    """Raises LambdaSlimError when it does not fit below `base`."""
    status = os.statvfs(base)
    size, inodes = needed(index, status.f_frsize)
    if status.f_bavail * status.f_frsize < size:
        raise too_small(index, temporary, base)
    # A file system without a fixed number of inodes says 0.
    if status.f_files > 0 and status.f_favail < inodes:
        raise LambdaSlimError(
            "Opening the payload needs %d files and folders in %s, and its file system has room for %d more: "
            "set a larger ephemeral storage." % (inodes, temporary, status.f_favail)
        )


def too_small(index, temporary, base):
    """The error with what to set: everything that is there, and what is missing, in steps of 512 MB."""
    status = os.statvfs(base)
    size, _ = needed(index, status.f_frsize)
    free = status.f_bavail * status.f_frsize
    used = (status.f_blocks - status.f_bavail) * status.f_frsize
    # After "no space left" although it should have fitted (somebody else wrote, too): more than there is.
    wanted = max(used + size, status.f_blocks * status.f_frsize + 1)
    storage = -(-wanted // (STEP * MB)) * STEP
    if storage <= MOST:
        remedy = "set ephemeral storage to at least %d MB" % storage
    else:
        remedy = "that is more than Lambda's ephemeral storage can be (%d MB): use a container image" % MOST
    return LambdaSlimError(
        "Opening the payload needs %d MB in %s, %d MB free: %s." % (-(-size // MB), temporary, free // MB, remedy)
    )
