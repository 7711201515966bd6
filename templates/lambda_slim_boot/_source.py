"""Where a payload's packed bytes come from.

A source is an object with

- `name`: for messages, e.g. a path or `s3://bucket/key`;
- `kind`: "package" or "s3", for the debug line;
- `batch`: neighbouring frames are asked for together up to so many bytes; 0 means one frame at a time;
- `threads`: how many threads help at least, because they wait; 0 means one for each processor;
- `remote`: True when its bytes come over a network, from where somebody else may have changed them: every frame is compared
  with its sha256, and read once more when it differs. The package's own come with the code that reads them: the checksum
  inside every frame finds what was damaged, and costs a tenth of the time less;
- `remedy`: what to do when it still is, without a full stop;
- `read(offset, length) -> bytes`: exactly those bytes of the payload; called from several threads at once. Raises
  LambdaSlimError;
- `close()`.

`_s3.Source(index)` is the other one.
"""

import os

from ._errors import DEPLOY_AGAIN, damaged, from_system


def source_for(payload):
    """The payload's source: the file beside the index, or the bucket."""
    size = payload.index["payload"]["bytes"]
    address = payload.index["s3"]
    if address is None:
        return PackageSource(payload.file, size)
    given = os.environ.get("LAMBDA_SLIM_PAYLOAD", "")
    if given.startswith("file://"):
        # A folder stands for the bucket: `lambda-slim verify` runs without a network.
        return PackageSource(os.path.join(given[len("file://") :], os.path.basename(address["key"])), size)
    # botocore is heavy: it is only imported for this.
    from ._s3 import Source

    return Source(payload.index)


class PackageSource:
    """The payload file in the package."""

    kind = "package"
    batch = 0
    threads = 0
    remote = False
    remedy = DEPLOY_AGAIN

    def __init__(self, path, size):
        self.name = path
        try:
            self.file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise from_system(error, "The payload cannot be read") from None
        actual = os.fstat(self.file).st_size
        if actual != size:
            os.close(self.file)
            raise damaged(path, "it has %d bytes, and its index says %d" % (actual, size))
        self.size = size

    def read(self, offset, length):
        # The system reads on while this is unpacked: Lambda brings a package's blocks over a network when they are first
        # read. (From a fast local disk, and from memory, it makes no difference that can be measured.)
        os.posix_fadvise(self.file, offset + length, length, os.POSIX_FADV_WILLNEED)
        try:
            data = os.pread(self.file, length, offset)
            while len(data) < length:
                more = os.pread(self.file, length - len(data), offset + len(data))
                if not more:
                    raise damaged(self.name, "it ends at byte %d of %d" % (offset + len(data), self.size))
                data += more
        except OSError as error:
            raise from_system(error, "The payload %s cannot be read" % self.name) from None
        return data

    def close(self):
        os.close(self.file)
