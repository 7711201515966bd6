"""The files of one version, as loaders get them: in memory, in /tmp, in memory with a path, or as a stream of ranges.

A version that is one archive (tar, tar.gz, tar.zst, zip) has its members as files: they are taken out one by one while the
archive arrives, and it lies nowhere as a whole.
"""

from __future__ import annotations

import io
import os

from . import _archive, _disk
from ._errors import LambdaSlimError, NoRoom
from ._pieces import verified
from ._stream import open_part
from ._versions import Part, Version


class Files:
    """What a loader is given. Each method takes the name of a file; without one there must be only one, or the one that the
    config names as `member`."""

    def __init__(self, version: Version, member: str | None, memory: int | None, tmp: int | None) -> None:
        self.version = version
        self.member = member
        # Bytes; None: no bound.
        self.memory = memory
        self.tmp = tmp
        # Suffixes of the format: they tell which member of an archive is meant.
        self.suffixes: tuple = ()
        # What was read, for the debug line.
        self.source = version.parts[0].place.source
        # Of memory that only has a path: closed with this.
        self._descriptors: list = []
        self._held: _disk.Held | None = None
        archives = [part for part in version.parts if part.is_archive]
        self._archive: Part | None = archives[0] if len(version.parts) == 1 and archives else None

    @property
    def names(self) -> list:
        """Of all files, sorted. Those of an archive are known when it was taken out into /tmp."""
        if self._archive is None:
            return sorted(part.name for part in self.version.parts)
        return sorted(_disk_names(self.folder()))

    def bytes(self, name: str | None = None) -> bytes:
        """All of a file, verified."""
        if self._archive is not None:
            found = _archive.read(self._archive, self._wants(name), self.memory)
            return found[self._choose(sorted(found), name)]
        return self._read(self._part(name))

    def members(self) -> dict:
        """Every file by its name, in memory."""
        if self._archive is not None:
            return _archive.read(self._archive, lambda _: True, self.memory)
        return {part.name: self._read(part) for part in self.version.parts}

    def text(self, name: str | None = None) -> str:
        """All of a file as UTF-8."""
        return self.bytes(name).decode("utf-8")

    def open(self, name: str | None = None):
        """A file object that reads ranges, and keeps nothing in /tmp."""
        if self._archive is not None:
            return io.BytesIO(self.bytes(name))
        return open_part(self._part(name))

    def folder(self) -> str:
        """A folder in /tmp with all files."""
        if self._held is None:
            size = self.version.bytes
            self._held = _disk.hold(self.version.id, size, self.tmp, self._fill)
            if self._held.was_there:
                self.source = "tmp"
        return self._held.path

    def path(self, name: str | None = None) -> str:
        """A file in /tmp, with the others of the version beside it."""
        folder = self.folder()
        names = self.names
        return os.path.join(folder, self._choose([one for one in names if self._wants(name)(one)], name))

    def memory_path(self, name: str | None = None) -> str:
        """A path of a file that lies in memory only, for libraries that map it. It works as long as the model is loaded."""
        part = self._part(name) if self._archive is None else None
        descriptor = os.memfd_create("lambda-slim-model", os.MFD_CLOEXEC)
        self._descriptors.append(descriptor)
        if part is None:
            _write(descriptor, [self.bytes(name)])
        else:
            verified(part, lambda pieces: _write(descriptor, pieces))
        return "/proc/self/fd/%d" % descriptor

    def close(self) -> None:
        """Give back what only loading needed: what a library has mapped stays."""
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors = []
        if self._held is not None:
            self._held.release()
            self._held = None

    def _read(self, part: Part) -> bytes:
        if self.memory is not None and part.bytes > self.memory:
            raise too_much(part.place.name, part.bytes, self.memory)
        return verified(part, lambda pieces: _in_memory(part, pieces, self.memory))

    def _fill(self, draft: str) -> None:
        if self._archive is not None:
            verified_archive = self._archive
            _archive.extract(verified_archive, draft)
            return
        for part in self.version.parts:
            path = os.path.join(draft, part.name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            verified(part, lambda pieces, path=path: _to_file(path, pieces))

    def _part(self, name: str | None) -> Part:
        names = [part.name for part in self.version.parts]
        wanted = [one for one in names if self._wants(name)(one)]
        chosen = self._choose(wanted, name)
        return self.version.parts[names.index(chosen)]

    def _wants(self, name: str | None):
        """Whether a file may be the one that is meant."""
        exact = name or self.member
        if exact is not None:
            return lambda one: one == exact or one == "./" + exact
        if self._archive is None and len(self.version.parts) == 1:
            return lambda _: True
        return lambda one: not self.suffixes or one.endswith(self.suffixes)

    def _choose(self, names: list, name: str | None) -> str:
        if len(names) == 1:
            return names[0]
        exact = name or self.member
        if exact is not None:
            raise LambdaSlimError("%s has no file %r." % (self.version.parts[0].place.name, exact))
        raise LambdaSlimError(
            "%s has %s that could be meant: name one with member in the config."
            % (self.version.parts[0].place.name, "no file" if not names else "several files (%s)" % ", ".join(names[:8]))
        )


def too_much(name: str, size: int, memory: int) -> NoRoom:
    return NoRoom(
        "%s needs at least %d MB of memory, and models may take %d MB: give the function more memory, or raise memory of "
        "[models] or LAMBDA_SLIM_MODELS_MEMORY." % (name, -(-size // 2**20), memory // 2**20)
    )


def _in_memory(part: Part, pieces, memory: int | None) -> bytes:
    """Without a second copy: BytesIO hands out what it has when nobody changes it afterwards."""
    buffer = io.BytesIO()
    if part.unpacked:
        # All of it at once, and exactly; growing would copy, and leave room unused.
        buffer.seek(part.unpacked - 1)
        buffer.write(b"\0")
        buffer.seek(0)
    for piece in pieces:
        if memory is not None and buffer.tell() + len(piece) > memory:
            raise too_much(part.place.name, buffer.tell() + len(piece), memory)
        buffer.write(piece)
    return buffer.getvalue()


def _to_file(path: str, pieces) -> None:
    with open(path, "wb", buffering=0) as file:
        for piece in pieces:
            view = memoryview(piece)
            while view:
                view = view[file.write(view) :]


def _write(descriptor: int, pieces) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.ftruncate(descriptor, 0)
    for piece in pieces:
        view = memoryview(piece)
        while view:
            view = view[os.write(descriptor, view) :]


def _disk_names(folder: str):
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(root, name), folder)
            if path != _disk.MARK:
                yield path
