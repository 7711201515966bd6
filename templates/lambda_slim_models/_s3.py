"""An object in a bucket, read with the runtime's own botocore: ranges, conditional requests, retries."""

from __future__ import annotations

import base64
import os
import threading
import time

from . import _s3_answers, _s3_errors
from ._errors import Changed, LambdaSlimError, Missing
from ._places import Facts

# Attempts of one request; between them 0.1, 0.2, 0.4, … s, at random between half and all of it. The waits sum to 3.1 s.
ATTEMPTS = 6
FIRST_WAIT = 0.1
LONGEST_WAIT = 2.0
# Without a way to S3 every attempt takes this long, and an initialization has 10 s: the error must come first.
CONNECT_SECONDS = 2
CONNECT_ATTEMPTS = 3
READ_SECONDS = 10
CONNECTIONS = 8

_lock = threading.Lock()
_shared: object = None


class _Client:
    """botocore's client with its exceptions. Safe for threads; not for another process, nor behind a snapshot."""

    def __init__(self) -> None:
        try:
            import botocore.config
            import botocore.exceptions
            import botocore.session
        except ImportError as error:
            raise LambdaSlimError(
                "Models are read from S3 with botocore, which cannot be imported (%s). Lambda's Python runtimes have it; "
                "elsewhere, put boto3 into the requirements." % error
            ) from None
        self.exceptions = botocore.exceptions
        self.region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
        settings = {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": READ_SECONDS,
            "max_pool_connections": CONNECTIONS,
            # A broken body comes after botocore's own retries: ours are for all of it.
            "retries": {"total_max_attempts": 1},
            "user_agent_extra": "lambda-slim",
        }
        try:
            # S3's checksums are of whole objects: for a range they are only work.
            config = botocore.config.Config(response_checksum_validation="when_required", **settings)
        except TypeError:
            # botocore before 1.36
            config = botocore.config.Config(**settings)
        self.s3 = botocore.session.Session().create_client("s3", region_name=self.region or None, config=config)


def forget_client() -> None:
    """The connections are not there any more: the process was restored from a snapshot, or is a child."""
    global _shared, _lock
    _lock = threading.Lock()
    _shared = None


def _client(place: S3Place) -> _Client:
    global _shared
    with _lock:
        if _shared is None:
            try:
                _shared = _Client()
            except LambdaSlimError:
                raise
            except Exception as error:
                import botocore.exceptions

                raise _s3_errors.explain(error, place.name, place.bucket, place.key, "", botocore.exceptions, 1) from None
        return _shared


class S3Place:
    """An object. See FilePlace for what the methods answer."""

    source = "s3"
    # A connection gives some tens of MB/s; Lambda's own network is the limit well before eight of them.
    threads = 6

    def __init__(self, bucket: str, key: str) -> None:
        self.bucket = bucket
        self.key = key
        self.name = "s3://%s/%s" % (bucket, key)

    def beside(self, relative: str, up: int = 0) -> S3Place:
        folders = self.key.split("/")[: -1 - up]
        return S3Place(self.bucket, "/".join([*folders, relative]))

    def look(self, etag: str | None = None) -> Facts | None:
        return self._asked(lambda client: self._head(client, etag))

    def whole(self, etag: str | None = None) -> tuple[bytes, str] | None:
        condition = {} if etag is None else {"IfNoneMatch": etag}

        def get(client):
            try:
                answer = client.s3.get_object(Bucket=self.bucket, Key=self.key, **condition)
            except client.exceptions.ClientError as error:
                if _s3_answers.status_of(error)[1] == 304:
                    return None
                raise
            return _body(answer, answer["ContentLength"]), answer["ETag"]

        return self._asked(get)

    def read(self, offset: int, length: int, etag: str) -> bytes:
        if length == 0:
            return b""
        condition = {"IfMatch": etag} if etag else {}
        asked = "bytes=%d-%d" % (offset, offset + length - 1)

        def get(client):
            answer = client.s3.get_object(Bucket=self.bucket, Key=self.key, Range=asked, **condition)
            given = answer.get("ContentRange")
            # Without it the whole object comes, because somebody on the way took the range out.
            begin, end, _ = (0, answer["ContentLength"] - 1, 0) if given is None else _s3_answers.parse_range(given)
            if (begin, end) != (offset, offset + length - 1):
                answer["Body"].close()
                raise _s3_answers.Broken("bytes %d to %d came instead of %s" % (begin, end, asked))
            return _body(answer, length)

        return self._asked(get)

    def _head(self, client: _Client, etag: str | None) -> Facts | None:
        condition = {} if etag is None else {"IfNoneMatch": etag}
        try:
            try:
                answer = client.s3.head_object(Bucket=self.bucket, Key=self.key, ChecksumMode="ENABLED", **condition)
            except client.exceptions.ParamValidationError:
                # botocore before 1.24
                answer = client.s3.head_object(Bucket=self.bucket, Key=self.key, **condition)
        except client.exceptions.ClientError as error:
            if _s3_answers.status_of(error)[1] == 304:
                return None
            raise
        given = answer["ETag"]
        # With a key of KMS, or sent in parts, the ETag is no MD5; a checksum of parts ends in their number.
        plain = given.strip('"')
        is_md5 = len(plain) == 32 and not str(answer.get("ServerSideEncryption", "")).startswith("aws:kms")
        whole = answer.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT"
        return Facts(
            answer["ContentLength"],
            given,
            md5=plain if is_md5 else None,
            sha256=_checksum(answer, "ChecksumSHA256", 32) if whole else None,
            crc32=_number(_checksum(answer, "ChecksumCRC32", 4)) if whole else None,
        )

    def _asked(self, ask):
        """What `ask(client)` answers, asked again where that may help. Raises LambdaSlimError."""
        attempt = 0
        while True:
            attempt += 1
            client = _client(self)
            try:
                return ask(client)
            except LambdaSlimError:
                raise
            except Exception as error:
                status = _s3_answers.status_of(error)[1]
                if status == 412:
                    raise Changed("%s was replaced while it was read." % self.name) from None
                if attempt >= _attempts(error, client):
                    explained = _s3_errors.explain(
                        error, self.name, self.bucket, self.key, client.region, client.exceptions, attempt
                    )
                    raise Missing(str(explained)) if status == 404 else explained from None
            _wait(attempt)


def _body(answer: dict, length: int) -> bytes:
    body = answer["Body"]
    try:
        data = body.read()
    finally:
        # After a whole body the connection is back in the pool already; otherwise it must not be used again.
        body.close()
    if len(data) != length:
        raise _s3_answers.Broken("%d of %d bytes came" % (len(data), length))
    return data


def _checksum(answer: dict, name: str, length: int) -> str | None:
    """Hex of a checksum of the whole object; None: there is none."""
    try:
        decoded = base64.b64decode(answer.get(name, ""), validate=True)
    except ValueError:
        return None
    return decoded.hex() if len(decoded) == length else None


def _number(text: str | None) -> int | None:
    return None if text is None else int(text, 16)


def _attempts(error: Exception, client: _Client) -> int:
    if not _s3_answers.may_pass(error, client.exceptions):
        return 1
    return CONNECT_ATTEMPTS if isinstance(error, client.exceptions.ConnectionError) else ATTEMPTS


def _wait(attempt: int) -> None:
    import random

    longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1))
    time.sleep(longest * (0.5 + random.random() / 2))


os.register_at_fork(after_in_child=forget_client)
