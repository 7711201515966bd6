"""Open zstd frames with the bootstrap's codec and the extension beside it.

Usage: open_frames.py FOLDER FRAME...
FOLDER holds lambda_slim_boot. Prints one JSON line: sha256 of each frame's content, opened on one thread and on two,
and whether another thread can run meanwhile.
"""

import concurrent.futures
import hashlib
import json
import sys
import threading

sys.path.insert(0, sys.argv[1])

from lambda_slim_boot import _codec

frames = []
for name in sys.argv[2:]:
    with open(name, "rb") as file:
        frames.append(file.read())


def digest(frame):
    total = hashlib.sha256()
    for piece in _codec.decoder_for("zstd")(frame):
        total.update(piece)
    return total.hexdigest()


def runs_beside():
    """No thread is made to give up the GIL, so this one can only see the work unfinished when the work lets go of it."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        begun = threading.Event()
        done = []

        def work():
            begun.set()
            for frame in frames:
                decompressor = _codec._zstd_decompressor()()
                decompressor.decompress(frame)
            done.append(True)

        thread = threading.Thread(target=work)
        thread.start()
        begun.wait()
        seen = not done
        thread.join()
        return seen
    finally:
        sys.setswitchinterval(before)


with concurrent.futures.ThreadPoolExecutor(2) as pool:
    print(
        json.dumps(
            {
                "alone": [digest(frame) for frame in frames],
                "threads": list(pool.map(digest, frames)),
                # A busy machine may wake this thread too late, now and then.
                "beside": any(runs_beside() for _ in range(20)),
            }
        )
    )
