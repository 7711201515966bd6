"""Ask a tree of kept files whether it works: one question a process.

Usage: python -I -S -B kept.py < request.json

The request: {"tree": folder, "ask": "probe", "code": text}
           | {"tree": folder, "ask": "versions", "distributions": [names]}
           | {"tree": folder, "ask": "load", "modules": [names], "libraries": [paths in the tree]}
           | {"tree": folder, "ask": "records", "unowned": [paths in the tree]}
Prints one JSON line {"failures": [text]}. Shares nothing with the product's own probe.
"""

import base64
import csv
import ctypes
import hashlib
import importlib
import importlib.metadata
import json
import os
import subprocess
import sys

ET_DYN = 3
PT_INTERP = 3


def probe(request):
    exec(compile(request["code"], "<probe>", "exec"), {"__name__": "__main__"})
    return []


def versions(request):
    failures = []
    for name, version in request["distributions"]:
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found = None
        if found != version:
            failures.append("%s: %s instead of %s" % (name, found, version))
    return failures


def is_program(path):
    """ET_EXEC, or position-independent with an interpreter: started, not loaded."""
    with open(path, "rb") as file:
        header = file.read(64)
        kind = int.from_bytes(header[16:18], "little")
        offset = int.from_bytes(header[32:40], "little")
        size = int.from_bytes(header[54:56], "little")
        count = int.from_bytes(header[56:58], "little")
        file.seek(offset)
        table = file.read(size * count)
    types = [int.from_bytes(table[at : at + 4], "little") for at in range(0, len(table), size)]
    return kind != ET_DYN or PT_INTERP in types


def load(request):
    failures = []
    for name in request["modules"]:
        try:
            importlib.import_module(name)
        except Exception as error:
            failures.append("import %s: %s: %s" % (name, type(error).__name__, error))
    for name in request["libraries"]:
        path = os.path.join(request["tree"], name)
        if is_program(path):
            # The loader maps it, finds what it needs and ends before its first instruction.
            traced = dict(os.environ, LD_TRACE_LOADED_OBJECTS="1", LD_BIND_NOW="1", LD_WARN="1")
            ran = subprocess.run([path], env=traced, capture_output=True, text=True, timeout=60)
            if ran.returncode != 0 or "not found" in ran.stdout:
                failures.append("%s: %s%s" % (name, ran.stdout, ran.stderr))
            continue
        try:
            # All symbols at once: ctypes always adds RTLD_NOW.
            ctypes.CDLL(path)
        except OSError as error:
            failures.append("%s: %s" % (name, error))
    return failures


def records(request):
    """What RECORD lists is there with the hash that it says; what is there is listed."""
    tree = request["tree"]
    failures = []
    listed = set(request["unowned"])
    for folder in sorted(os.listdir(tree)):
        record = os.path.join(tree, folder, "RECORD")
        if not folder.endswith(".dist-info") or not os.path.exists(record):
            continue
        with open(record, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        for name, digest, size in rows:
            listed.add(name)
            path = os.path.join(tree, name)
            if not os.path.lexists(path):
                failures.append("%s lists %s, which is not there" % (folder, name))
                continue
            if digest == "":
                continue
            with open(path, "rb") as file:
                content = file.read()
            method, _, wanted = digest.partition("=")
            found = base64.urlsafe_b64encode(hashlib.new(method, content).digest()).rstrip(b"=").decode()
            if found != wanted or (size != "" and int(size) != len(content)):
                failures.append("%s: %s is not what RECORD says" % (folder, name))
    for folder, _, names in os.walk(tree):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), tree)
            if path not in listed:
                failures.append("%s is in no RECORD" % path)
    return failures


if __name__ == "__main__":
    request = json.load(sys.stdin)
    assert not any("site-packages" in folder for folder in sys.path), sys.path
    sys.path.insert(0, request["tree"])
    ask = {"probe": probe, "versions": versions, "load": load, "records": records}[request["ask"]]
    # Packages print what they like; the answer goes to the real standard output alone.
    answer = os.dup(1)
    os.dup2(2, 1)
    failures = ask(request)
    os.write(answer, (json.dumps({"failures": failures}) + "\n").encode())
