"""Memory and /tmp of everything that runs in a sandbox, by polling.

Two numbers of memory: what is resident (Lambda's "Max Memory Used" is of that kind) and, for the limit, what is
anonymous: pages of files can be given back, so they alone end no function.
"""

import os
import threading
import time

# Seconds. The first costs about a hundredth of a processor.
INTERVAL = 0.02
REPORT_EVERY = 10


class Meter:
    def __init__(self, limit, folder, processes, end_all):
        """
        limit: bytes of memory at which everything is ended
        folder: whose file system is measured; it holds nothing else
        processes: returns the PIDs to measure
        """
        self._limit = limit
        self._folder = folder
        self._processes = processes
        self._end_all = end_all
        self._lock = threading.Lock()
        self._peak = 0
        self._most_stored = 0
        self._exceeded = False

    def run(self, say):
        """Poll for ever; tell now and then, for the case that this program is killed from outside."""
        count = 0
        while True:
            self.poll()
            count += 1
            if count % REPORT_EVERY == 0:
                say({"event": "usage", **self.answer()})
            time.sleep(INTERVAL)

    def answer(self):
        with self._lock:
            return {
                "peakMemory": self._peak,
                "tmpBytes": self._most_stored,
                "memoryExceeded": self._exceeded or killed_by_kernel(),
            }

    def poll(self):
        with self._lock:
            space = os.statvfs(self._folder)
            self._most_stored = max(self._most_stored, (space.f_blocks - space.f_bfree) * space.f_frsize)
            pids = self._processes()
            facts = [one for one in map(status_of, pids) if one is not None]
            resident = sum(one.get("VmRSS", 0) for one in facts)
            anonymous = sum(one.get("RssAnon", 0) for one in facts)
            # Exact shares are costly to ask for: only where processes share pages and the answer would change something.
            if len(facts) > 1 and (resident > self._peak or anonymous > self._limit):
                shares = [one for one in map(share_of, pids) if one is not None]
                resident = sum(one.get("Pss", 0) for one in shares)
                if all("Pss_Anon" in one for one in shares):
                    anonymous = sum(one["Pss_Anon"] for one in shares)
            # The kernel's own peak of each process knows what came and went between two polls.
            self._peak = max(self._peak, resident, *(one.get("VmHWM", 0) for one in facts))
            if anonymous <= self._limit:
                return
            self._exceeded = True
        self._end_all()


def killed_by_kernel():
    """Whether a container's own limit came before this one."""
    try:
        with open("/sys/fs/cgroup/memory.events", encoding="ascii") as file:
            return any(line.split()[0] == "oom_kill" and line.split()[1] != "0" for line in file)
    except OSError:
        return False


def status_of(pid):
    return numbers_in("/proc/{}/status".format(pid))


def share_of(pid):
    return numbers_in("/proc/{}/smaps_rollup".format(pid))


def numbers_in(path):
    """Bytes by name, from lines such as `VmRSS: 12 kB`; None when the process is gone."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            rows = [line.split() for line in file]
    except OSError:
        return None
    return {row[0][:-1]: int(row[1]) * 1024 for row in rows if len(row) == 3 and row[2] == "kB"}
