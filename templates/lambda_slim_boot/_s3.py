"""A payload in a bucket: ranges of one object, read by several threads straight into the decoders.

Nothing is written to disk here, and nothing that was read is trusted: `_open` compares every frame with its sha256.
"""

import os
import time

from . import _s3_answers, _s3_errors
from ._botocore import Borrowed
from ._errors import LambdaSlimError

MB = 1024 * 1024

# Attempts of one range; between them 0.1, 0.2, 0.4, … s, at random between half and all of it. The waits sum to 3.1 s.
ATTEMPTS = 6
FIRST_WAIT = 0.1
LONGEST_WAIT = 2.0
# Without a way to S3 every attempt takes this long, and Lambda stops an initialization after 10 s: the error must come first.
CONNECT_SECONDS = 2
CONNECT_ATTEMPTS = 3
READ_SECONDS = 10


class Source:
    """The payload's object. See `_source` for what a source must have."""

    kind = "s3"
    # One connection gives tens of MB/s, so a range of this size takes much longer than its first byte; larger ones would
    # only take memory: threads × batch.
    batch = 4 * MB
    # More connections than processors: they wait for the network. Lambda's own network is the limit well before 8.
    threads = 8
    remote = True
    remedy = "Upload the payload of this very build again"

    def __init__(self, index):
        self.size = index["payload"]["bytes"]
        self.bucket, self.key, region = address_of(index, os.environ.get("LAMBDA_SLIM_PAYLOAD", ""))
        self.name = "s3://%s/%s" % (self.bucket, self.key)
        self.region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
        self.borrowed = Borrowed(index)
        try:
            self.client = self._make_client()
        except Exception as error:
            self.borrowed.give_back()
            raise self._explained(error, 1) from None

    def read(self, offset, length):
        """Exactly these bytes. Raises LambdaSlimError."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._get(offset, length)
            except LambdaSlimError:
                raise
            except Exception as error:
                if attempt >= self._attempts(error):
                    raise self._explained(error, attempt) from None
            _wait(attempt)

    def close(self):
        # Older ones have no close().
        getattr(self.client, "close", lambda: None)()
        self.borrowed.give_back()

    def _make_client(self):
        settings = {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": READ_SECONDS,
            "max_pool_connections": self.threads,
            # A broken body comes after botocore's own retries: ours are for all of it.
            "retries": {"total_max_attempts": 1},
            "user_agent_extra": "lambda-slim",
        }
        config = self.borrowed.config.Config
        try:
            # S3's checksums are of whole objects: for a range they are only work.
            made = config(response_checksum_validation="when_required", **settings)
        except TypeError:
            # botocore before 1.36
            made = config(**settings)
        session = self.borrowed.session.Session()
        return session.create_client("s3", region_name=self.region or None, config=made)

    def _get(self, offset, length):
        asked = "bytes=%d-%d" % (offset, offset + length - 1)
        answer = self.client.get_object(Bucket=self.bucket, Key=self.key, Range=asked)
        body = answer["Body"]
        try:
            self._check(answer, offset, length)
            data = body.read()
        finally:
            # After a whole body the connection is back in the pool already; otherwise it must not be used again.
            body.close()
        if len(data) != length:
            raise _s3_answers.Broken("%d of %d bytes came" % (len(data), length))
        return data

    def _check(self, answer, offset, length):
        """It is the range that was asked for, of an object of the right size."""
        given = answer.get("ContentRange")
        if given is None:
            # The whole object, because somebody on the way took the range out.
            whole = (0, answer["ContentLength"] - 1, answer["ContentLength"])
        else:
            whole = _s3_answers.parse_range(given)
        begin, end, total = whole
        if total != self.size:
            raise _s3_errors.wrong_size(self.name, total, self.size)
        if (begin, end) != (offset, offset + length - 1):
            raise _s3_answers.Broken("bytes %d to %d came instead of %d to %d" % (begin, end, offset, offset + length - 1))

    def _attempts(self, error):
        if not _s3_answers.may_pass(error, self.borrowed.exceptions):
            return 1
        return CONNECT_ATTEMPTS if isinstance(error, self.borrowed.exceptions.ConnectionError) else ATTEMPTS

    def _explained(self, error, attempts):
        return _s3_errors.explain(error, self, attempts)


def address_of(index, given):
    """(bucket, key, Region or None). `given`: LAMBDA_SLIM_PAYLOAD; when it is set it wins, as for a copy in another Region."""
    address = index["s3"]
    if given == "":
        if address["bucket"] is None:
            raise LambdaSlimError(
                "The payload lies in S3, and its bucket is not known. Upload %s to a bucket in the function's Region as "
                "PREFIX/%s, and set the function's environment variable LAMBDA_SLIM_PAYLOAD=s3://BUCKET/PREFIX."
                % (index["payload"]["file"], address["key"])
            )
        return address["bucket"], address["key"], address["region"]
    scheme, separator, rest = given.partition("://")
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or separator == "" or bucket == "":
        raise LambdaSlimError(
            "LAMBDA_SLIM_PAYLOAD is %r, which is no address. Set it to s3://BUCKET/PREFIX: the payload's own name, %s, "
            "is put behind it." % (given, os.path.basename(address["key"]))
        )
    prefix = prefix.strip("/")
    key = os.path.basename(address["key"])
    return bucket, prefix + "/" + key if prefix else key, None


def _wait(attempt):
    import random

    longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1))
    time.sleep(longest * (0.5 + random.random() / 2))
