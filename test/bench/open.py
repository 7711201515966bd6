"""One opening or one start, timed in a process of its own. Prints one line of JSON: {"seconds": …, "threads": …}.

open.py zip CPUS ARCHIVE TARGET         zipfile.extractall into an empty folder
open.py boot CPUS SITE TARGET           the bootstrap in SITE opens its payload below TARGET, until its tree is usable
open.py ready CPUS BEGAN APP KIND SITE  `import app` from the folder APP; seconds since BEGAN (of time.time()). KIND says
                                        where the packages are: plain (in SITE), boot (SITE has the bootstrap), peer (SITE
                                        has serverless-python-requirements' module and zip)
"""

import contextlib
import io
import json
import os
import site
import sys
import time


def extract(archive, target):
    began = time.perf_counter()
    import zipfile

    zipfile.ZipFile(archive).extractall(target)
    return {"seconds": time.perf_counter() - began, "threads": 1}


def boot(folder, target):
    os.environ.update(LAMBDA_SLIM_TMP=target, LAMBDA_SLIM_DEBUG="1")
    sys.path.insert(0, folder)
    said = io.StringIO()
    began = time.perf_counter()
    with contextlib.redirect_stderr(said):
        import lambda_slim_boot  # noqa: F401
    passed = time.perf_counter() - began
    line = json.loads(said.getvalue())["lambda-slim"]
    if line["source"] != "package":
        raise SystemExit("nothing was opened: %s" % line)
    # What the loader needs to load a library is needed from a plain folder too.
    return {"seconds": passed - line["steps"]["load"] / 1000, "threads": line["threads"]}


def ready(began, app, kind, folder):
    sys.path.insert(0, app)
    if kind == "plain":
        sys.path.append(folder)
    elif kind == "boot":
        sys.path.append(folder)
        # What Python does at its start with the .pth files of Lambda's folders.
        site.addsitedir(folder)
    else:
        os.environ["LAMBDA_TASK_ROOT"] = folder
        sys.path.append(folder)
        import unzip_requirements  # noqa: F401
    import app as module

    passed = time.time() - float(began)
    if not callable(module.handler):
        raise SystemExit("the app has no handler")
    return {"seconds": passed, "threads": 0}


def main(what, cpus, *rest):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cpus)])
    print(json.dumps({"zip": extract, "boot": boot, "ready": ready}[what](*rest)))


main(*sys.argv[1:])
