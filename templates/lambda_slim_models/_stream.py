"""A file object over an object: it reads ranges when they are asked for, and keeps a few MiB in memory."""

from __future__ import annotations

import io

from ._pieces import SPAN, Damaged, decoded, stored
from ._places import place_of
from ._versions import Part

# Bytes that the first read asks for; reading on in order asks for twice as many each time, up to SPAN.
FIRST = 256 * 1024


def open_url(url: str) -> io.BufferedReader:
    """`s3://bucket/key` or `file://path` as it lies there."""
    place = place_of(url, "the stream")
    return open_part(Part(url.rpartition("/")[2], place, place.look()))


def open_part(part: Part) -> io.BufferedReader:
    """The part's unpacked bytes. All of them belong to one version: an object that is replaced meanwhile raises an error."""
    raw = _Frames(part) if part.encoding is not None and part.frames else _Ranges(part)
    if part.encoding is not None and not part.frames:
        raw = _Forward(part)
    return io.BufferedReader(raw, 64 * 1024)


class _Raw(io.RawIOBase):
    """What is common: a position, and `_at(position)`, which gives the bytes from there on that are at hand."""

    def __init__(self, part: Part, size: int) -> None:
        self.name = part.place.name
        self.part = part
        self.size = size
        self.position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.size}[whence]
        if begin + offset < 0:
            raise ValueError("negative seek position %d" % (begin + offset))
        self.position = begin + offset
        return self.position

    def readinto(self, target) -> int:
        if self.position >= self.size:
            return 0
        given = self._at(self.position)[: len(target)]
        target[: len(given)] = given
        self.position += len(given)
        return len(given)

    def _at(self, position: int):
        raise NotImplementedError


class _Ranges(_Raw):
    """Of an object that is stored as it is."""

    def __init__(self, part: Part) -> None:
        super().__init__(part, part.size)
        self.begin = 0
        self.data = b""
        self.ahead = FIRST

    def readinto(self, target) -> int:
        length = min(len(target), self.size - self.position)
        if length < 2 * SPAN:
            return super().readinto(target)
        # Large reads by several threads at once.
        at = 0
        for piece in stored(self.part, self.position, self.position + length):
            target[at : at + len(piece)] = piece
            at += len(piece)
        self.position += at
        return at

    def _at(self, position: int):
        end = self.begin + len(self.data)
        if not self.begin <= position < end:
            self.ahead = min(SPAN, self.ahead * 2) if position == end else FIRST
            self.data = self.part.place.read(position, min(self.ahead, self.size - position), self.part.etag)
            self.begin = position
        return memoryview(self.data)[position - self.begin :]


class _Frames(_Raw):
    """Of an object that was packed in frames: one of them is unpacked at a time."""

    def __init__(self, part: Part) -> None:
        super().__init__(part, sum(frame[1] for frame in part.frames))
        self.begin = 0
        self.data = b""

    def _at(self, position: int):
        if not self.begin <= position < self.begin + len(self.data):
            packed_at = at = 0
            for packed, unpacked in self.part.frames:
                if position < at + unpacked:
                    break
                packed_at += packed
                at += unpacked
            pieces = stored(self.part, packed_at, packed_at + packed)
            self.data = b"".join(decoded(pieces, self.part.encoding, self.name))
            if len(self.data) != unpacked:
                raise Damaged("A frame of %s has %d bytes instead of %d." % (self.name, len(self.data), unpacked))
            self.begin = at
        return memoryview(self.data)[position - self.begin :]


class _Forward(_Raw):
    """Of an object that is packed in one: it is read in order."""

    def __init__(self, part: Part) -> None:
        super().__init__(part, 0)
        self.pieces = decoded(stored(part), part.encoding, part.place.name)
        self.left = memoryview(b"")

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        raise io.UnsupportedOperation("%s is packed in one: it can only be read in order" % self.name)

    def readinto(self, target) -> int:
        if not self.left:
            self.left = memoryview(next(self.pieces, b""))
        given = self.left[: len(target)]
        target[: len(given)] = given
        self.left = self.left[len(given) :]
        self.position += len(given)
        return len(given)
