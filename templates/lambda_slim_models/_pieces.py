"""The bytes of a part in their order: ranges asked for by several threads ahead, unpacked while they arrive, verified.

Never more than `threads` ranges are in memory, whatever the object's size.
"""

from __future__ import annotations

import collections
import hashlib
import itertools
import zlib

from ._errors import LambdaSlimError
from ._versions import Part

MIB = 1024 * 1024
# Bytes of one range. A connection gives some tens of MB/s, so it takes much longer than its first byte; larger ones would
# only take memory.
SPAN = 4 * MIB
# Unpacked bytes that are handed on at once.
PIECE = MIB
# A wrong byte is found at the end: then all of it is read again.
TRIES = 3


class Damaged(LambdaSlimError):
    """What came is not what was stored."""

    __module__ = "lambda_slim_models"


def verified(part: Part, make):
    """`make(pieces)` with the part's unpacked bytes; once more when what came was damaged. Raises LambdaSlimError."""
    for attempt in range(1, TRIES + 1):
        try:
            return make(_checked(part))
        except Damaged as error:
            if attempt == TRIES:
                raise Damaged("%s It was read %d times." % (error, TRIES)) from None
    raise AssertionError


def stored(part: Part, begin: int = 0, end: int | None = None):
    """The stored bytes from `begin` to `end`, as they are."""
    end = part.size if end is None else end
    spans = [(at, min(SPAN, end - at)) for at in range(begin, end, SPAN)]
    threads = min(part.place.threads, len(spans))
    if threads <= 1:
        for at, length in spans:
            yield part.place.read(at, length, part.etag)
        return
    # Only here: it takes some milliseconds to import.
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(threads, thread_name_prefix="lambda-slim-models")
    try:
        left = iter(spans)
        ahead = collections.deque(
            pool.submit(part.place.read, at, length, part.etag) for at, length in itertools.islice(left, threads)
        )
        while ahead:
            data = ahead.popleft().result()
            following = next(left, None)
            if following is not None:
                ahead.append(pool.submit(part.place.read, following[0], following[1], part.etag))
            yield data
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _checked(part: Part):
    """Unpacked pieces. The last one comes only after all of them were compared with the part's digest or checksum."""
    check = _Check(part)
    packed = check.through(stored(part))
    total = 0
    last = None
    for piece in packed if part.encoding is None else decoded(packed, part.encoding, part.place.name):
        if last is not None:
            yield last
        last = piece
        total += len(piece)
        if part.unpacked is not None and total > part.unpacked:
            break
    check.finish()
    if part.unpacked is not None and total != part.unpacked:
        raise Damaged("%s has %d bytes instead of %d." % (part.place.name, total, part.unpacked))
    if last is not None:
        yield last


class _Check:
    """Compares what goes through with the best that is known: sha256, MD5, CRC-32, or the number of bytes."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.seen = 0
        self.crc: int | None = None
        self.hash = None
        facts = part.facts
        if facts.sha256 is not None:
            self.hash, self.wanted = hashlib.sha256(), facts.sha256
        elif facts.md5 is not None:
            self.hash, self.wanted = hashlib.new("md5", usedforsecurity=False), facts.md5
        elif facts.crc32 is not None:
            self.crc = 0

    def through(self, pieces):
        for piece in pieces:
            self.seen += len(piece)
            if self.hash is not None:
                self.hash.update(piece)
            elif self.crc is not None:
                self.crc = zlib.crc32(piece, self.crc)
            yield piece

    def finish(self) -> None:
        part = self.part
        right = self.seen == part.size and (self.hash is None or self.hash.hexdigest() == self.wanted)
        if not right or (self.crc is not None and self.crc != part.facts.crc32):
            raise Damaged("%s came with other bytes than were stored." % part.place.name)


def decoded(pieces, encoding: str, name: str):
    """Packed pieces → unpacked ones, of any number of frames or members one behind the other."""
    make = _decoder(encoding, name)
    stream = None
    for packed in pieces:
        while packed:
            if stream is None:
                stream = make()
            try:
                yield from stream.feed(packed)
            except Exception as error:
                raise Damaged("%s cannot be unpacked as %s: %s." % (name, encoding, error)) from None
            packed = stream.rest
            if stream.eof:
                stream = None
    if stream is not None:
        raise Damaged("%s ends within a frame." % name)


class _Gzip:
    def __init__(self) -> None:
        # 15 bits of window; 16 more mean a gzip member with its CRC.
        self.stream = zlib.decompressobj(31)
        self.rest = b""

    @property
    def eof(self) -> bool:
        return self.stream.eof

    def feed(self, packed: bytes):
        while packed and not self.stream.eof:
            piece = self.stream.decompress(packed, PIECE)
            packed = self.stream.unconsumed_tail
            if piece:
                yield piece
        self.rest = self.stream.unused_data


class _Zstd:
    def __init__(self, make) -> None:
        self.stream = make()
        self.rest = b""

    @property
    def eof(self) -> bool:
        return self.stream.eof

    def feed(self, packed: bytes):
        piece = self.stream.decompress(packed, PIECE)
        while True:
            if piece:
                yield piece
            if self.stream.eof or self.stream.needs_input:
                break
            piece = self.stream.decompress(b"", PIECE)
        self.rest = self.stream.unused_data if self.stream.eof else b""


def _decoder(encoding: str, name: str):
    if encoding == "gzip":
        return _Gzip
    if encoding == "zstd":
        make = _zstd(name)
        return lambda: _Zstd(make)
    raise LambdaSlimError("%s is packed with %s, which this version of lambda-slim does not read." % (name, encoding))


def _zstd(name: str):
    try:
        # In the standard library from 3.14 on.
        from _zstd import ZstdDecompressor

        return ZstdDecompressor
    except ImportError:
        pass
    try:
        # The extension module of the backports.zstd wheel, which the build puts here.
        from ._zstd import ZstdDecompressor

        return ZstdDecompressor
    except ImportError as error:
        first = error
    try:
        from backports.zstd import ZstdDecompressor

        return ZstdDecompressor
    except ImportError:
        raise LambdaSlimError(
            "%s is packed with zstd, and nothing here opens it (%s). Build without --codec gzip, for the function's own "
            "Python version and architecture; on your own machine install backports.zstd." % (name, first)
        ) from None
