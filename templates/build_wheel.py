"""Runs one hook of a build backend (PEP 517), alone: what the build needs is installed already, and nothing is fetched. Python
3.8 to 3.15, standard library only.

Task (JSON on standard input): {"step": "unpack", "archive": file, "out": folder}, or {"step": "requires" | "wheel", "backend":
"module:object", "paths": [folders of the source that hold the backend], "needs": folder of installed packages, "source":
folder, "out": folder}. Answer (last line of standard output, after a NUL): {"source": folder}, {"requires": [requirement]}
or {"wheel": file name}. What the backend prints goes to standard error.
"""

import importlib
import json
import os
import site
import sys
import tarfile
import zipfile


def unpack(archive, out):
    """The folder that the archive holds; source distributions have one."""
    if zipfile.is_zipfile(archive):
        # Leaves out what leads outside by itself.
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(out)
    else:
        with tarfile.open(archive) as opened:
            if hasattr(tarfile, "data_filter"):
                opened.extractall(out, filter="data")
            else:
                opened.extractall(out, members=[one for one in opened if is_tame(one, out)])
    found = [os.path.join(out, one) for one in sorted(os.listdir(out))]
    return found[0] if len(found) == 1 and os.path.isdir(found[0]) else out


def is_tame(member, out):
    """Before Python had its own filter: plain files and folders that stay inside."""
    place = os.path.realpath(os.path.join(out, member.name))
    return (member.isfile() or member.isdir()) and place.startswith(os.path.realpath(out) + os.sep)


def main():
    task = json.load(sys.stdin)
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if task["step"] == "unpack":
        answer.write("\0" + json.dumps({"source": unpack(task["archive"], task["out"])}) + "\n")
        answer.flush()
        return
    os.chdir(task["source"])
    # Not only a path: setuptools comes with a .pth file, without which there is no distutils.
    site.addsitedir(task["needs"])
    sys.path[:0] = task["paths"]
    name, _, rest = task["backend"].partition(":")
    backend = importlib.import_module(name)
    for part in filter(None, rest.split(".")):
        backend = getattr(backend, part)
    if task["step"] == "requires":
        hook = getattr(backend, "get_requires_for_build_wheel", None)
        found = {"requires": [] if hook is None else list(hook(None))}
    else:
        found = {"wheel": backend.build_wheel(task["out"], None, None)}
    sys.stdout.flush()
    answer.write("\0" + json.dumps(found) + "\n")
    answer.flush()


main()
