"""The first process of confined package code: sets limits, starts it, measures it, and ends with it.

It has a PID namespace of its own, so when it ends the kernel ends everything that the code has left behind: daemons,
too. What the code answers goes through unchanged.

usage: guard.py LIMITS COMMAND...    LIMITS is JSON: {"memory": bytes, "processes": number, "file": bytes}

Exit code: the command's own, 128 + N when signal N ended it, 137 with a line on standard error for too much memory.
"""

import json
import os
import resource
import select
import signal
import sys
import threading
import time

# Python would look beside this file only when it runs without -I.
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "verify"))

from meter import Meter  # noqa: E402

# Seconds. Import tests are short; what fills the memory takes longer than this.
INTERVAL = 0.1


def main():
    if os.getpid() != 1:
        sys.exit("guard.py ends every process that it sees: run it in a PID namespace of its own")
    end_without_reader()
    leave_group()
    limits = json.loads(sys.argv[1])
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, limits["file"])
    limit(resource.RLIMIT_NPROC, limits["processes"])
    meter = Meter(limits["memory"], "/tmp", others, end_others)
    child = os.fork()
    if child == 0:
        try:
            os.execv(sys.argv[2], sys.argv[2:])
        except OSError as error:
            os.write(2, "{}: {}\n".format(sys.argv[2], error.strerror).encode())
        os._exit(127)
    # This process has nothing to read, and must not keep a pipe open that the child closes.
    os.close(0)
    threading.Thread(target=watch, args=(meter,), daemon=True).start()
    status = wait_for(child)
    if meter.answer()["memoryExceeded"]:
        os.write(2, "stopped for using more than {} MiB of memory\n".format(limits["memory"] >> 20).encode())
        os._exit(137)
    # Not a return: nothing of the interpreter's own end is waited for.
    os._exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))


def end_without_reader():
    """Whoever died before the sandbox could tie itself to it holds the other end of our output no more."""
    poll = select.poll()
    poll.register(1, 0)
    if any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0)):
        os._exit(128 + signal.SIGKILL)


def leave_group():
    """What the code sends to its own process group must not reach who waits for it outside."""
    try:
        os.setsid()
    except OSError:
        # It leads one already.
        pass


def limit(what, most):
    """Never above what the caller has."""
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(what, (most, most))


def watch(meter):
    while True:
        meter.poll()
        time.sleep(INTERVAL)


def wait_for(child):
    """Collect every process that ends (orphans are handed to the first process) until the command does."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child:
            return status


def others():
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]


def end_others():
    for pid in others():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass


if __name__ == "__main__":
    main()
