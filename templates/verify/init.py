"""The first process of a sandbox: starts the function, carries its Runtime API calls out, measures and ends it.

A sandbox has no network, so lambda-slim and this program talk through standard input and output, in lines of JSON. That
works alike in namespaces of this machine and in a container of another one, and when lambda-slim dies the input ends
and nothing is left running.

    in:  the configuration (first line), {"to": 3, "data": base64}, {"to": 3, "took": 65536}, {"to": 3, "close": true},
         {"stop": true}
    out: {"event": "started"}, {"from": 3, "door": 0, "data": base64}, {"from": 3, "took": 65536},
         {"from": 3, "close": true}, {"event": "usage", ...}, {"event": "exited", ...}

`to` and `from` number the connections that the function made to 127.0.0.1; `door` counts the configuration's doors, the
places where it could make them; `took` says how many bytes were handed on, as neither side sends more than a little
ahead. What the function writes goes to standard error as it is.
"""

import json
import os
import signal
import subprocess
import sys
import threading

# Python would look beside this file only when it runs without -I.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from meter import Meter  # noqa: E402
from relay import Relay  # noqa: E402


def leave_group():
    """What the function sends to its own process group must not reach who waits for it outside."""
    try:
        os.setsid()
    except OSError:
        # It leads one already.
        pass


def main():
    # With the machine's own processes in sight, ending "all others" would end them. Its own number does not tell: an
    # engine's first process may have had threads, which take numbers, too.
    if others():
        sys.exit("init.py ends every process that it sees: run it in a PID namespace of its own")
    leave_group()
    incoming = sys.stdin.buffer
    say = speaker(sys.stdout.buffer)
    config = json.loads(incoming.readline())
    # Only here is it known which port is free.
    relay = Relay(say)
    for number, door in enumerate(config["doors"]):
        port = relay.listen(number, door["port"] or 0)
        config["environment"][door["variable"]] = door["value"].format(port)
    meter = Meter(config["memory"], "/tmp", others, end_others)
    # Of this thread, so the function inherits it and the relay may use the other processors.
    if config["cpus"] is not None:
        os.sched_setaffinity(0, share(sorted(os.sched_getaffinity(0)), config["firstCpu"], config["cpus"]))
    threading.Thread(target=listen, args=(incoming, relay), daemon=True).start()
    threading.Thread(target=meter.run, args=(say,), daemon=True).start()
    say({"event": "started"})
    try:
        ended = ending(wait_for(start(config["command"], config).pid))
    except OSError as error:
        # As a shell says it: a wrapper that is not there is the function's mistake, not the machine's.
        sys.stderr.write("{}: {}\n".format(config["command"][0], error.strerror))
        ended = {"exitCode": 127, "signal": None}
    end_others()
    meter.poll()
    say({"event": "exited", **ended, **meter.answer()})
    sys.stderr.flush()
    # Not a return: the interpreter would wait for the thread that reads the input.
    os._exit(0)


def share(cpus, first, count):
    """So many, counted around: environments beside each other would else crowd on the first ones."""
    at = first % len(cpus)
    return (cpus[at:] + cpus[:at])[:count]


def speaker(output):
    """A function that writes one line; several threads may call it."""
    lock = threading.Lock()

    def say(message):
        line = json.dumps(message).encode() + b"\n"
        with lock:
            output.write(line)
            output.flush()

    return say


def start(command, config):
    """Lambda hands a wrapper to a shell, which runs a script without a first line, too."""
    options = {"env": config["environment"], "cwd": config["folder"], "stdin": subprocess.DEVNULL, "stdout": 2}
    try:
        return subprocess.Popen(command, **options)
    except OSError as error:
        if error.strerror != "Exec format error":
            raise
        return subprocess.Popen(["/bin/sh", *command], **options)


def listen(incoming, relay):
    """Until the input ends or says so; then everything ends."""
    for line in incoming:
        message = json.loads(line)
        if "to" not in message:
            break
        relay.receive(message)
    end_others()


def wait_for(function):
    """Collect every process that ends (orphans are handed to the first process) until the function does."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == function:
            return status


def ending(status):
    killed = os.WIFSIGNALED(status)
    return {
        "exitCode": None if killed else os.WEXITSTATUS(status),
        "signal": signal.Signals(os.WTERMSIG(status)).name if killed else None,
    }


def others():
    """PIDs of all that runs here besides this program (and an engine's own first process)."""
    mine = {1, os.getpid()}
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in mine]


def end_others():
    """A process may start another while it is being ended: again until none is left that can be ended."""
    for _ in range(100):
        alive = [pid for pid in others() if kill(pid)]
        if not alive:
            return


def kill(pid):
    """Whether it was there and running."""
    try:
        with open("/proc/{}/stat".format(pid), "rb") as file:
            # After the name in brackets; Z and X have ended and wait to be collected.
            if file.read().rpartition(b")")[2].split()[0] in (b"Z", b"X"):
                return False
        os.kill(pid, signal.SIGKILL)
        return True
    except OSError:
        return False


if __name__ == "__main__":
    main()
