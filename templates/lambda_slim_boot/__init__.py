"""Opens what lambda-slim nested in a payload, so that the function's packages can be imported.

One mechanism, four doors; in a process it opens each payload once:

- `lambda_slim_boot.pth` beside this package, which Python's `site` (and Lambda's runtime for a layer) runs at start;
- `lambda_slim_boot.start`, the same from Python 3.15 on (PEP 829);
- `import lambda_slim_boot` as the handler's first line, for functions that set PYTHONPATH: Lambda's runtime then
  runs no layer's .pth file;
- `/opt/lambda-slim-wrapper` as AWS_LAMBDA_EXEC_WRAPPER, which opens the payload before the runtime starts.

It is silent when all is well; LAMBDA_SLIM_DEBUG=1 prints one line of JSON for each payload. With SnapStart all of this
happens before the snapshot, and nothing at restore.

Standard library only (and, before Python 3.14, the zstd extension beside this file); Python 3.9 and later.
"""

from ._door import open_at_import, open_payloads
from ._errors import LambdaSlimError


def release():
    """Free what can be freed in /tmp once everything is imported. Returns the bytes that it freed.

    Removes the opened files that this process has not mapped or open. Call it after the last import: a module or data
    file of a nested package that was not read by then cannot be read later. A mapped file (a loaded shared object)
    stays: to delete it would free nothing until the process ends. A later process opens the payload again. Not for
    Managed Instances: their processes share /tmp, and another one may still read what this one does not need.
    """
    from ._release import release_opened

    return release_opened()


__all__ = ["LambdaSlimError", "open_payloads", "release"]

open_at_import()
