"""Archives, member by member: a tar is read while it arrives, a zip by ranges. The archive itself is kept nowhere."""

from __future__ import annotations

import os

from ._errors import LambdaSlimError
from ._pieces import Damaged, decoded, verified
from ._stream import open_part
from ._versions import Part, is_safe

PIECE = 1024 * 1024


def read(part: Part, wants, memory: int | None) -> dict:
    """The wanted members by name. `memory`: bytes that they may take together."""

    def take(members):
        found = {}
        total = 0
        for name, size, pieces in members:
            if not wants(name):
                continue
            total += size
            if memory is not None and total > memory:
                from ._files import too_much

                raise too_much("%s!%s" % (part.place.name, name), total, memory)
            found[name] = b"".join(pieces)
        return found

    return _through(part, take)


def extract(part: Part, folder: str) -> None:
    """All of them into a folder."""

    def write(members):
        for name, _, pieces in members:
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                for piece in pieces:
                    file.write(piece)

    _through(part, write)


def _through(part: Part, use):
    """`use(members)` with (name, bytes, pieces) of every regular file."""
    if part.name.endswith(".zip"):
        return use(_zip(part))
    return verified(part, lambda pieces: _used(part, pieces, use))


def _used(part: Part, pieces, use):
    raw = _Reader(_unpacked(part, pieces))
    result = use(_tar(part, raw))
    # The rest is verified, too; and it shows whether all of it came.
    while raw.read(PIECE):
        pass
    return result


def _unpacked(part: Part, pieces):
    """The tar's bytes. (A part that was packed when it was sent is unpacked already.)"""
    if part.name.endswith((".tar.gz", ".tgz")):
        return decoded(pieces, "gzip", part.place.name)
    if part.name.endswith(".tar.zst"):
        return decoded(pieces, "zstd", part.place.name)
    return pieces


class _Reader:
    """What tarfile needs of a file: read(n)."""

    def __init__(self, pieces) -> None:
        self.pieces = iter(pieces)
        self.left = memoryview(b"")

    def read(self, size: int) -> bytes:
        parts = []
        while size > 0:
            if not self.left:
                piece = next(self.pieces, None)
                if piece is None:
                    break
                self.left = memoryview(piece)
            parts.append(self.left[:size])
            size -= len(parts[-1])
            self.left = self.left[len(parts[-1]) :]
        return parts[0].tobytes() if len(parts) == 1 else b"".join(parts)


def _tar(part: Part, raw: _Reader):
    import tarfile

    try:
        with tarfile.open(fileobj=raw, mode="r|") as archive:
            for member in archive:
                if not member.isfile():
                    if member.isdir():
                        continue
                    raise LambdaSlimError("%s holds %s, which is no regular file." % (part.place.name, member.name))
                yield _name(part, member.name), member.size, _pieces(archive.extractfile(member), member.size)
    except tarfile.TarError as error:
        raise Damaged("%s cannot be read as a tar: %s." % (part.place.name, error)) from None


def _zip(part: Part):
    """zipfile compares each member with its CRC-32."""
    import zipfile

    try:
        with open_part(part) as file, zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    with archive.open(member) as data:
                        yield _name(part, member.filename), member.file_size, _pieces(data, member.file_size)
    except zipfile.BadZipFile as error:
        raise Damaged("%s cannot be read as a zip: %s." % (part.place.name, error)) from None


def _pieces(file, size: int):
    while True:
        piece = file.read(PIECE)
        if not piece:
            break
        size -= len(piece)
        yield piece
    if size != 0:
        raise Damaged("A member of the archive is not whole.")


def _name(part: Part, name: str) -> str:
    plain = name[2:] if name.startswith("./") else name
    if not is_safe(plain):
        raise LambdaSlimError("%s holds %r, which would leave its folder." % (part.place.name, name))
    return plain
