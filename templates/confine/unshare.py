"""Makes a sandbox with the kernel's namespaces alone, then becomes init.py in it.

For machines without bubblewrap. Run by the same Python that the sandbox will run, as root or, where the kernel lets
everybody have user namespaces, as anybody.

All modules are imported at the head: the standard library goes out of sight with the old root.

usage: unshare.py PLAN        PLAN is JSON: {"mounts": [...], "uid": 993, "gid": 990, "folder": "/tmp", "command": [...],
                              "network": "none" or "host"}
"""

import ctypes
import fcntl
import json
import os
import re
import select
import signal
import socket
import struct
import sys

# <linux/sched.h>, <sys/mount.h>, <sys/prctl.h>, <net/if.h>
NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x20000,
    0x2000000,
    0x4000000,
    0x8000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
READ_ONLY, NO_SUID, NO_DEV, NO_EXEC, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
NO_ATIME, NO_DIRATIME, RELATIME = 1024, 2048, 1 << 21
DETACH = 2
SET_PARENT_DEATH_SIGNAL = 1
SET_NO_NEW_PRIVILEGES = 38
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

libc = ctypes.CDLL(None, use_errno=True)


def main():
    # Whoever started us may be killed: then nobody waits for an answer.
    end_with_parent()
    plan = json.loads(sys.argv[1])
    for one in plan["mounts"]:
        # Absolute links would lead astray once the old root is elsewhere.
        if one["kind"] in ("bind", "writable"):
            one["source"] = os.path.realpath(one["source"])
    alone = plan["network"] == "none"
    enter_namespaces(alone)
    child = os.fork()
    if child != 0:
        # The PID namespace begins with the child; this process stands for it outside.
        _, status = os.waitpid(child, 0)
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
        sys.exit(code)
    end_with_parent()
    if alone:
        start_loopback()
    make_root(plan["mounts"])
    become(plan["uid"], plan["gid"])
    # Another user is another process to the kernel, which forgets it.
    end_with_parent()
    os.chdir(plan["folder"])
    os.execve(plan["command"][0], plan["command"], os.environ)


def end_with_parent():
    """A parent that is dead already sends no signal: then nobody holds the other end of our output any more."""
    libc.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    poll = select.poll()
    poll.register(1, 0)
    if any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0)):
        os._exit(128 + signal.SIGKILL)


def check(result, what):
    if result != 0:
        code = ctypes.get_errno()
        sys.exit("{}: {}".format(what, os.strerror(code)))


def enter_namespaces(alone):
    """In a user namespace of our own we may do the rest. Where there are none, root may do it without."""
    rest = NEWNS | NEWUTS | NEWIPC | NEWPID | (NEWNET if alone else 0)
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(NEWUSER | rest) == 0:
        map_user(0, uid, 0, gid)
    elif uid == 0:
        check(libc.unshare(rest), "unshare")
    else:
        check(-1, "user namespaces")
    # Root may be in a group of cgroups that nobody else may leave: not worth a failure.
    libc.unshare(NEWCGROUP)


def map_user(inside_uid, uid, inside_gid, gid):
    for name, text in [
        ("uid_map", "{} {} 1".format(inside_uid, uid)),
        ("setgroups", "deny"),
        ("gid_map", "{} {} 1".format(inside_gid, gid)),
    ]:
        try:
            with open("/proc/self/" + name, "w") as file:
                file.write(text)
        except OSError as error:
            sys.exit("user namespaces: {}: {}".format(name, error.strerror))


def start_loopback():
    """The new network has nothing else. A flag is set by reading, changing and writing all of them."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as query:
        request = struct.pack("16sh22x", b"lo", 0)
        (flags,) = struct.unpack("16xh22x", fcntl.ioctl(query, GET_FLAGS, request))
        fcntl.ioctl(query, SET_FLAGS, struct.pack("16sh22x", b"lo", flags | UP))


def mount(source, target, kind, flags, data=None):
    words = [None if one is None else os.fsencode(one) for one in (source, target, kind)]
    result = libc.mount(*words, ctypes.c_ulong(flags), None if data is None else data.encode())
    check(result, "mount {}".format(target))


def pivot_root(new, old):
    number = PIVOT_ROOT[os.uname().machine]
    check(libc.syscall(ctypes.c_long(number), new.encode(), old.encode()), "pivot_root")


def make_root(mounts):
    """Twice: first the old root moves aside so that its /tmp can be seen while ours is made, then it goes."""
    mount(None, "/", None, PRIVATE | RECURSIVE)
    mount("tmpfs", "/tmp", "tmpfs", NO_SUID | NO_DEV, "mode=0755")
    os.mkdir("/tmp/old")
    os.mkdir("/tmp/new")
    pivot_root("/tmp", "/tmp/old")
    os.chdir("/")
    mount("tmpfs", "/new", "tmpfs", NO_SUID | NO_DEV, "mode=0755")
    for one in mounts:
        put(one)
    # It was made first, so it comes first of those with this prefix, and the others are not touched.
    mount(None, "/new", None, REMOUNT | BIND | READ_ONLY | NO_SUID | NO_DEV)
    os.chdir("/new")
    pivot_root(".", ".")
    check(libc.umount2(b".", DETACH), "umount")
    os.chdir("/")


def put(one):
    target = "/new" + one["target"]
    if one["kind"] == "bind":
        source = "/old" + one["source"]
        is_folder = os.path.isdir(source)
        make_place(target, is_folder)
        mount(source, target, None, BIND | RECURSIVE)
        for place in mounted_below(target):
            mount(None, place, None, REMOUNT | BIND | READ_ONLY | NO_SUID | kept_flags(place))
    elif one["kind"] == "writable":
        make_place(target, True)
        mount("/old" + one["source"], target, None, BIND)
        mount(None, target, None, REMOUNT | BIND | NO_SUID | kept_flags(target))
    elif one["kind"] == "link":
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(one["to"], target)
    elif one["kind"] == "device":
        source = "/old" + one["target"]
        if os.path.exists(source):
            make_place(target, False)
            mount(source, target, None, BIND)
    elif one["kind"] == "memory":
        make_place(target, True)
        mount("tmpfs", target, "tmpfs", NO_SUID | NO_DEV, "mode=1777,size={}".format(one["bytes"]))
    elif one["kind"] == "processes":
        make_place(target, True)
        mount("proc", target, "proc", NO_SUID | NO_DEV | NO_EXEC)


def make_place(target, is_folder):
    if os.path.exists(target):
        return
    if is_folder:
        os.makedirs(target)
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w"):
        pass


def mounted_below(target):
    """Mount points at and below a place: a read-only mount does not make those in it read-only."""
    with open("/old/proc/self/mountinfo", "rb") as file:
        # Spaces and the like are written as octal numbers.
        words = [re.sub(rb"\\([0-7]{3})", lambda match: bytes([int(match[1], 8)]), line.split()[4]) for line in file]
    places = [os.fsdecode(one) for one in words]
    return [one for one in places if one == target or one.startswith(target + "/")]


def kept_flags(place):
    """What the original mount forbids, a user namespace may not allow again; so it is said again."""
    flags = os.statvfs(place).f_flag
    pairs = [
        (os.ST_NODEV, NO_DEV),
        (os.ST_NOEXEC, NO_EXEC),
        (os.ST_NOATIME, NO_ATIME),
        (os.ST_NODIRATIME, NO_DIRATIME),
        (os.ST_RELATIME, RELATIME),
    ]
    return sum(mine for theirs, mine in pairs if flags & theirs)


def become(uid, gid):
    """Lambda's user, without any privilege from the next exec on."""
    libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if libc.unshare(NEWUSER) == 0:
        map_user(uid, 0, gid, 0)
        return
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


if __name__ == "__main__":
    main()
