"""Where an object lies: a bucket, or a folder that stands for one. Both answer the same questions."""

from __future__ import annotations

import os
import sys

from ._errors import Changed, LambdaSlimError, Missing


class Facts:
    """What is known of an object: bytes, ETag, and checksums where S3 gives them (lower-case hex, or an int for CRC-32)."""

    __slots__ = ("crc32", "etag", "md5", "sha256", "size")

    def __init__(self, size: int, etag: str, md5: str | None = None, sha256: str | None = None, crc32: int | None = None) -> None:
        self.size = size
        self.etag = etag
        self.md5 = md5
        self.sha256 = sha256
        self.crc32 = crc32


class FilePlace:
    """A file. Its ETag is made of what changes when it is replaced."""

    source = "file"
    # A disk gains nothing by several readers.
    threads = 1

    def __init__(self, path: str) -> None:
        self.path = path
        self.name = "file://" + path

    def beside(self, relative: str, up: int = 0) -> FilePlace:
        """The object of that name in this one's folder, or so many folders above it."""
        return FilePlace(os.path.join(os.path.dirname(self.path), *[".."] * up, relative))

    def look(self, etag: str | None = None) -> Facts | None:
        """None: it is still the one with this ETag."""
        try:
            return _unless(_facts(os.stat(self.path)), etag)
        except OSError as error:
            raise self._failed(error) from None

    def whole(self, etag: str | None = None) -> tuple[bytes, str] | None:
        """All of a small object, and its ETag; None: it is still the one with this ETag."""
        try:
            with open(self.path, "rb") as file:
                facts = _unless(_facts(os.fstat(file.fileno())), etag)
                return None if facts is None else (file.read(), facts.etag)
        except OSError as error:
            raise self._failed(error) from None

    def read(self, offset: int, length: int, etag: str) -> bytes:
        """Exactly these bytes of the version with this ETag ("": any). Raises Changed."""
        try:
            with open(self.path, "rb") as file:
                if etag and _facts(os.fstat(file.fileno())).etag != etag:
                    raise Changed("%s was replaced while it was read." % self.name)
                file.seek(offset)
                data = file.read(length)
        except OSError as error:
            raise self._failed(error) from None
        if len(data) != length:
            raise Changed("%s became shorter while it was read." % self.name)
        return data

    def _failed(self, error: OSError) -> LambdaSlimError:
        if isinstance(error, (FileNotFoundError, NotADirectoryError)):
            return Missing("%s is not there." % self.name)
        return LambdaSlimError("%s cannot be read: %s" % (self.name, error.strerror or error))


def place_of(url: str, name: str) -> FilePlace:
    """The object at an address. `name`: of the model, for errors. LAMBDA_SLIM_MODELS is a folder that stands for buckets."""
    scheme, separator, rest = url.partition("://")
    if scheme == "file" and separator:
        return FilePlace(os.path.abspath(rest))
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not separator or bucket == "" or key == "":
        raise LambdaSlimError(
            "The address of %s is %r. Write s3://BUCKET/KEY for one object, s3://BUCKET/PREFIX/ for pointers, "
            "or file://PATH." % (name, url)
        )
    folder = os.environ.get("LAMBDA_SLIM_MODELS", "")
    if folder != "":
        return _local(folder, bucket, key)
    # botocore is heavy: it is only imported for this.
    from ._s3 import S3Place

    return S3Place(bucket, key)


def _local(folder: str, bucket: str, key: str) -> FilePlace:
    """BUCKET/KEY below it where it has a folder for the bucket, else KEY."""
    root = os.path.abspath(folder)
    own = os.path.join(root, bucket)
    path = os.path.normpath(os.path.join(own if os.path.isdir(own) else root, key))
    if not path.startswith(root + os.sep):
        raise LambdaSlimError("s3://%s/%s leaves the folder that LAMBDA_SLIM_MODELS names, %s." % (bucket, key, root))
    return FilePlace(path)


def _facts(status: os.stat_result) -> Facts:
    return Facts(status.st_size, "%x-%x-%x" % (status.st_size, status.st_mtime_ns, status.st_ino))


def _unless(facts: Facts, etag: str | None) -> Facts | None:
    return None if facts.etag == etag else facts


def forget_connections() -> None:
    """The process was restored from a snapshot: those that it had are gone."""
    s3 = sys.modules.get(__package__ + "._s3")
    if s3 is not None:
        s3.forget_client()
