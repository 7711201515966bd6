"""Runs in the build container: resolve requirements, or install them, with the image's own pip (or uv).

usage: docker_install.py MINOR MACHINE needs|resolve|install ARGUMENT...

MINOR and MACHINE are what the target wants; ARGUMENTs are pip's `-r FILE` and `-c FILE`. Files are exchanged in
/lambda-slim/work: facts.json (what the image is), needs.json and needs-found.json (projects, and what their backends name
for their builds), report.json or locked.txt (what was chosen), pins.txt (what to install). The tree goes to /lambda-slim/out.

exit: 0 done, 91 another Python or machine than wanted, 92 neither pip nor uv, 93 out of memory or killed, else pip's
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys

WORK = "/lambda-slim/work"
OUT = "/lambda-slim/out"
CACHE = "/lambda-slim/cache"
# "cpu": take PyTorch's CPU builds.
TORCH = os.environ.get("LAMBDA_SLIM_TORCH")


def pip_version():
    """The version of pip as numbers, or None when this Python has no pip."""
    try:
        answer = subprocess.run(
            [sys.executable, "-I", "-m", "pip", "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None
    found = re.match(r"pip (\d+)\.(\d+)(?:\.(\d+))?", answer.stdout.decode(errors="replace"))
    return tuple(int(part or 0) for part in found.groups()) if found else None


def facts(pip, uv):
    return {
        "implementation": platform.python_implementation(),
        "python": "%d.%d" % sys.version_info[:2],
        "version": platform.python_version(),
        "machine": platform.machine(),
        "libc": list(platform.libc_ver()),
        "pip": ".".join(map(str, pip)) if pip else None,
        "uv": uv,
    }


def pip_command(arguments):
    return [
        *[sys.executable, "-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check"],
        *["--progress-bar", "off", "--cache-dir", CACHE + "/pip", "--prefer-binary", "--ignore-installed"],
        *["--no-compile", "--no-warn-script-location", "--target", OUT],
        *(["--extra-index-url", "https://download.pytorch.org/whl/cpu"] if TORCH == "cpu" else []),
        *arguments,
    ]


def uv_command(action, arguments):
    options = ["--cache-dir", CACHE + "/uv", "--no-config", "--no-progress", "--python", sys.executable]
    backend = ["--torch-backend", "cpu"] if TORCH == "cpu" else []
    return ["uv", "pip", action, *options, *backend, *arguments]


def resolve_command(pip, arguments):
    """None when nothing here can tell beforehand what it would install (pip before 22.2)."""
    if pip is None:
        locked = ["--no-header", "--no-annotate", "--generate-hashes", "--output-file", WORK + "/locked.txt", "--quiet"]
        files = [argument for argument in arguments if argument != "-r"]
        return uv_command("compile", [*locked, *files])
    if pip < (22, 2):
        return None
    return pip_command(["--dry-run", "--report", WORK + "/report.json", *arguments])


def install_command(pip, arguments):
    if pip is None:
        return uv_command("install", ["--target", OUT, "--link-mode", "copy", *arguments])
    return pip_command(arguments)


def install_needs(pip, requires, folder):
    """pip's code. What builds these needs themselves is the tool's affair."""
    if pip is None:
        return subprocess.call(uv_command("install", ["--target", folder, "-r", requires]))
    command = [sys.executable, "-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    options = ["--progress-bar", "off", "--cache-dir", CACHE + "/pip", "--target", folder]
    return subprocess.call([*command, *options, "-r", requires])


def find_needs(pip):
    """Ask each project's backend what its build needs, in a copy of the project."""
    with open(WORK + "/needs.json") as file:
        task = json.load(file)
    found = []
    for number, project in enumerate(task["projects"]):
        place = "%s/needs-%d" % (WORK, number)
        needs, source, listed = place + "/needs", place + "/source", place + "/requires.txt"
        os.makedirs(needs)
        shutil.copytree(project["source"], source, symlinks=True)
        if project["requires"]:
            with open(listed, "w") as file:
                file.write("\n".join([*task["options"], *project["requires"], ""]))
            code = install_needs(pip, listed, needs)
            if code != 0:
                return code
        paths = [source + path[len(project["source"]) :] for path in project["paths"]]
        asked = {"step": "requires", "backend": project["backend"], "paths": paths, "needs": needs, "source": source}
        answer = subprocess.run(
            [sys.executable, "-S", "-B", WORK + "/build_wheel.py"],
            input=json.dumps(asked).encode(),
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": needs},
        )
        if answer.returncode != 0:
            return answer.returncode
        found.append(json.loads(answer.stdout.decode().rpartition("\0")[2])["requires"])
        shutil.rmtree(place, ignore_errors=True)
    with open(WORK + "/needs-found.json", "w") as file:
        json.dump(found, file)
    return 0


def main(minor, machine, mode, *arguments):
    pip = pip_version()
    uv = shutil.which("uv")
    found = facts(pip, uv)
    with open(WORK + "/facts.json", "w") as file:
        json.dump(found, file)
    if (found["implementation"], found["python"], found["machine"]) != ("CPython", minor, machine):
        return 91
    if found["libc"][0] != "glibc":
        return 91
    if pip is None and uv is None:
        return 92
    for folder in ("home", "tmp"):
        os.makedirs(os.path.join(WORK, folder), exist_ok=True)
    # Libraries that are compiled here must not depend on who compiles them, or when.
    os.umask(0o022)
    if mode == "needs":
        code = find_needs(pip)
        return 93 if code < 0 else code
    command = (resolve_command if mode == "resolve" else install_command)(pip, arguments)
    if command is None:
        return 0
    code = subprocess.call(command)
    # uv's own, for installs at the same time.
    if os.path.exists(OUT + "/.lock"):
        os.remove(OUT + "/.lock")
    return 93 if code < 0 else code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
