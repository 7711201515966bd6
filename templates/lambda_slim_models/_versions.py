"""Which version of a model is the one to use: what a pointer names, or an object by its ETag.

A pointer is a small JSON object, `NAME/ALIAS.json`, that names immutable objects
`sha256/<digest>` beside the folder NAME (docs/guides/models.md says how to write one):

    {"format": 1, "digest": …, "kind": "torchscript" or null, "files": [{"name": "model.pt", "key": "sha256/…",
     "bytes": 1000, "sha256": …, "encoding": "zstd" or null, "unpackedBytes": 4000, "frames": [[500, 2000], …]}]}

`bytes` and `sha256` are those of the stored object. `frames`, of an encoded one: bytes of each frame, packed and unpacked.
"""

from __future__ import annotations

import hashlib
import json
import os
import re

from ._config import Spec
from ._errors import LambdaSlimError, Missing
from ._places import Facts, FilePlace, place_of

# Suffixes of a plain object that is packed by itself.
_ENCODINGS = {".gz": "gzip", ".zst": "zstd"}
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".zip")
_DIGEST = re.compile(r"^[0-9a-f]{64}$")


class Part:
    """One file of a version, and the object that holds it."""

    __slots__ = ("encoding", "etag", "facts", "frames", "key", "name", "place", "size", "unpacked")

    def __init__(
        self,
        name: str,
        place: FilePlace,
        facts: Facts,
        encoding: str | None = None,
        unpacked: int | None = None,
        frames: list | None = None,
        pinned: bool = False,
    ) -> None:
        self.name = name
        self.place = place
        # Of the stored object: bytes, and what they are compared with.
        self.size = facts.size
        self.facts = facts
        # An immutable object is verified by its digest; another must stay the same while its ranges are read.
        self.etag = "" if pinned else facts.etag
        self.encoding = encoding
        # Bytes of the file itself; None: not known before it is unpacked.
        self.unpacked = facts.size if encoding is None else unpacked
        self.frames = frames
        # Names it in /tmp.
        self.key = facts.sha256 if pinned else _digest("%s %s %d" % (place.name, facts.etag, facts.size))

    @property
    def bytes(self) -> int:
        """As near as it is known."""
        return self.size if self.unpacked is None else self.unpacked

    @property
    def is_archive(self) -> bool:
        return self.name.endswith(_ARCHIVES)


class Version:
    """What a model is at a moment. `id`: of its contents. `etag`: of what was looked at to find it."""

    __slots__ = ("etag", "format", "id", "parts")

    def __init__(self, parts: list, etag: str, format: str | None, id: str) -> None:
        self.parts = parts
        self.etag = etag
        self.format = format
        self.id = id

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.parts)


def look(spec: Spec, known: str | None = None) -> Version | None:
    """The version to use now; None: it is still the one whose `etag` is known. One request. Raises LambdaSlimError."""
    if spec.url.endswith("/"):
        return _pointed(spec, known)
    place = place_of(spec.url, "model %s" % spec.name)
    if isinstance(place, FilePlace) and os.path.isdir(place.path):
        return _folder(place.path, known)
    facts = place.look(known)
    return None if facts is None else _plain(place, facts)


def _plain(place: FilePlace, facts: Facts) -> Version:
    name = place.name.rpartition("/")[2]
    stem, suffix = os.path.splitext(name)
    encoding = None if name.endswith(_ARCHIVES) else _ENCODINGS.get(suffix)
    part = Part(name if encoding is None else stem, place, facts, encoding)
    return Version([part], facts.etag, None, part.key)


def _pointed(spec: Spec, known: str | None) -> Version | None:
    pointer = place_of("%s%s.json" % (spec.url, spec.alias), "model %s" % spec.name)
    try:
        found = pointer.whole(known)
    except Missing as error:
        folder = os.path.dirname(pointer.path) if isinstance(pointer, FilePlace) else ""
        if os.path.isdir(folder):
            # On one's own machine: the files themselves.
            return _folder(folder, known)
        raise Missing(
            "%s Model %s is named by a folder, so its alias %r is looked up there: write that pointer, "
            "or give the whole address of one object." % (error, spec.name, spec.alias)
        ) from None
    if found is None:
        return None
    text, etag = found
    try:
        return _read(json.loads(text), pointer, etag)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LambdaSlimError(
            "%s is no pointer to a model (%s: %s). See the guide on models of lambda-slim for what it must hold."
            % (pointer.name, type(error).__name__, error)
        ) from None


def _read(document: dict, pointer: FilePlace, etag: str) -> Version:
    if document["format"] != 1:
        raise ValueError("its format is %r" % document["format"])
    parts = []
    for file in document["files"]:
        name, digest = str(file["name"]), str(file["sha256"])
        if not _DIGEST.match(digest) or not is_safe(name) or int(file["bytes"]) < 0:
            raise ValueError("it names %r with the digest %r" % (name, digest))
        facts = Facts(int(file["bytes"]), "", sha256=digest)
        place = pointer.beside("sha256/" + digest, up=1)
        parts.append(
            Part(name, place, facts, file.get("encoding"), file.get("unpackedBytes"), file.get("frames"), pinned=True)
        )
    if not parts:
        raise ValueError("it names no file")
    return Version(parts, etag, document.get("kind"), str(document["digest"]))


def _folder(folder: str, known: str | None) -> Version | None:
    """A folder of plain files, on one's own machine."""
    parts = []
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(root, name)
            place = FilePlace(path)
            facts = place.look()
            parts.append(Part(os.path.relpath(path, folder).replace(os.sep, "/"), place, facts))
    if not parts:
        raise Missing("file://%s has no files." % folder)
    id = _digest(" ".join(part.key for part in parts))
    return None if id == known else Version(parts, id, None, id)


def is_safe(name: str) -> bool:
    """A relative path that stays in its folder."""
    return bool(name) and not name.startswith("/") and "\0" not in name and ".." not in name.split("/")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
