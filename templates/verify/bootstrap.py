"""What Lambda's own /var/runtime/bootstrap.py does before the handler: sys.path, .pth files, then the runtime client.

The order is AWS's and matters to every layer: code, layers, the runtime's packages, the standard library. A PYTHONPATH
that the user set replaces the layers' folders, and their .pth files are then not read.
"""

import os
import site
import sys


def main():
    """Become the function: this returns only when the runtime client does."""
    version = "python{}.{}".format(*sys.version_info[:2])
    task = os.environ["LAMBDA_TASK_ROOT"]
    layers = []
    if "PYTHONPATH" not in os.environ:
        layers = ["/opt/python/lib/{}/site-packages".format(version), "/opt/python"]
        sys.path.insert(0, "/var/lang/lib/{}/site-packages".format(version))
    # One more for each folder, even for those that are not there: so does Lambda.
    sys.path[:0] = [task, *layers]
    for folder in [task, *layers]:
        site.addsitedir(folder)
    # For child processes; this one has read it already.
    os.environ.setdefault("PYTHONPATH", os.environ["LAMBDA_RUNTIME_DIR"])

    import awslambdaric.__main__ as client

    client.main([task, os.environ["_HANDLER"]])


if __name__ == "__main__":
    main()
