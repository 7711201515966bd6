"""Frames → files, on as many threads as help."""

import os

from ._codec import decoder_for
from ._errors import LambdaSlimError, damaged


def processors():
    """How many processors this process may use."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except (AttributeError, OSError):
        return max(1, os.cpu_count() or 1)


def unpack(index, source, draft):
    """Write the payload's files below the folder `draft`, which is empty. Returns the number of threads.

    Every frame is verified, by its own checksum or by its sha256 as well (`remote` in _source.py), with its length, and in
    the end every file's size. Raises LambdaSlimError, or OSError when it cannot write.
    """
    decode = decoder_for(index["codec"])
    _make_folders(index, draft)
    tasks = _tasks(index, source.batch)
    threads = max(1, min(len(tasks), max(processors(), source.threads)))
    _Crew(source, decode, draft, tasks).work(threads)
    _check_sizes(index, draft)
    return threads


def _make_folders(index, draft):
    """The folders of all files, and the files that have no bytes."""
    made = {""}
    for file in index["files"]:
        parts = file["path"].split("/")[:-1]
        for count in range(1, len(parts) + 1):
            folder = "/".join(parts[:count])
            if folder not in made:
                made.add(folder)
                os.mkdir(os.path.join(draft, folder), 0o755)
        if "link" not in file and file["bytes"] == 0:
            os.close(_create(draft, file))


def _create(draft, file):
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(os.path.join(draft, file["path"]), flags, file["mode"])


class _Frame:
    """One frame, and the pieces of files that lie in it: (file, offset in the file, begin and end in the frame)."""

    __slots__ = ("bytes", "number", "offset", "packed", "segments", "sha256")

    def __init__(self, number, offset, frame):
        self.number = number
        self.offset = offset
        self.packed, self.bytes, self.sha256 = frame
        self.segments = []


def _frames(index):
    """All frames with their segments, in one pass over frames and files."""
    files = [file for file in index["files"] if "link" not in file and file["bytes"] > 0]
    files.sort(key=lambda file: file["at"])
    frames = []
    packed_at = at = current = 0
    for number, frame in enumerate(index["frames"]):
        made = _Frame(number, packed_at, frame)
        end = at + made.bytes
        while current < len(files) and files[current]["at"] < end:
            file = files[current]
            file_end = file["at"] + file["bytes"]
            begin = max(file["at"], at)
            made.segments.append((file, begin - file["at"], begin - at, min(file_end, end) - at))
            if file_end > end:
                break
            current += 1
        frames.append(made)
        packed_at += made.packed
        at = end
    return frames


def _tasks(index, batch):
    """Frames that are read together: neighbours, up to `batch` packed bytes. Frames without a file's bytes are left out."""
    tasks = []
    size = 0
    for frame in _frames(index):
        if not frame.segments:
            continue
        last = tasks[-1][-1] if tasks else None
        joined = last is not None and last.number + 1 == frame.number and size + frame.packed <= batch
        if joined:
            tasks[-1].append(frame)
            size += frame.packed
        else:
            tasks.append([frame])
            size = frame.packed
    return tasks


class _Crew:
    """The threads that share the tasks. The first failure stops all of them."""

    def __init__(self, source, decode, draft, tasks):
        self.sha256 = None
        if source.remote:
            import hashlib

            self.sha256 = hashlib.sha256
        self.source = source
        self.decode = decode
        self.draft = draft
        self.left = iter(tasks)
        self.failure = None

    def work(self, threads):
        """Do all tasks. This thread is one of them, so one processor means no other thread at all."""
        others = []
        if threads > 1:
            import threading

            self.lock = threading.Lock()
            for _ in range(threads - 1):
                thread = threading.Thread(target=self._run, daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    # The system gives no more threads: those that are there do it.
                    break
                others.append(thread)
        else:
            self.lock = _NoLock()
        try:
            self._run()
        except BaseException as error:
            # An interrupt in this thread: the others must not go on writing into a draft that is being removed.
            self.failure = self.failure or error
        for thread in others:
            thread.join()
        if self.failure is not None:
            raise self.failure

    def _run(self):
        try:
            while self.failure is None:
                with self.lock:
                    task = next(self.left, None)
                if task is None:
                    return
                self._do(task)
        except Exception as error:
            self.failure = self.failure or error

    def _do(self, task):
        first = task[0].offset
        data = memoryview(self.source.read(first, sum(frame.packed for frame in task)))
        for frame in task:
            begin = frame.offset - first
            packed = data[begin : begin + frame.packed]
            if self.sha256 is not None and self.sha256(packed).hexdigest() != frame.sha256:
                packed = self._again(frame)
            self._write(frame, packed)

    def _again(self, frame):
        """It may have been damaged on its way: ask for this frame alone, once."""
        packed = self.source.read(frame.offset, frame.packed)
        if self.sha256(packed).hexdigest() == frame.sha256:
            return packed
        raise self._damaged(frame)

    def _damaged(self, frame, error=None):
        because = "its bytes are not those that were built" + ("" if error is None else " (%s)" % error)
        return damaged(self._place(frame), because, self.source.remedy)

    def _write(self, frame, packed):
        """Unpack one frame into its files, each at its place. A large file's frames come in any order."""
        segments = iter(frame.segments)
        output = -1
        segment = next(segments)
        position = 0
        try:
            for piece in self._pieces(frame, packed):
                view = memoryview(piece)
                after = position + len(view)
                if after > frame.bytes:
                    position = after
                    break
                while segment is not None and segment[2] < after:
                    file, offset, begin, end = segment
                    if output < 0:
                        output = _create(self.draft, file)
                    start = max(begin, position)
                    _write_at(output, view[start - position : min(end, after) - position], offset + start - begin)
                    if end > after:
                        break
                    os.close(output)
                    output = -1
                    segment = next(segments, None)
                position = after
        finally:
            if output >= 0:
                os.close(output)
        if position != frame.bytes:
            raise damaged(self._place(frame), "it does not unpack to %d bytes" % frame.bytes, self.source.remedy)

    def _pieces(self, frame, packed):
        pieces = self.decode(packed)
        while True:
            try:
                piece = next(pieces)
            except StopIteration:
                return
            except (OSError, MemoryError, LambdaSlimError):
                raise
            except Exception as error:
                # zlib.error, ZstdError, or what decoders find.
                raise self._damaged(frame, error) from None
            yield piece

    def _place(self, frame):
        return "%s, frame %d (bytes %d to %d)," % (
            self.source.name,
            frame.number,
            frame.offset,
            frame.offset + frame.packed,
        )


class _NoLock:
    """For one thread."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


def _write_at(output, view, offset):
    while len(view) > 0:
        written = os.pwrite(output, view, offset)
        view = view[written:]
        offset += written


def _check_sizes(index, draft):
    for file in index["files"]:
        if "link" not in file:
            actual = os.lstat(os.path.join(draft, file["path"])).st_size
            if actual != file["bytes"]:
                raise LambdaSlimError(
                    "%s was written with %d bytes instead of %d." % (file["path"], actual, file["bytes"])
                )
