"""Finds payloads, reads their index.json (`PayloadIndex` in src/model.ts) and refuses one that is not as it must be.

An index comes with the package, so it is as trustworthy as the package's code. It is checked all the same: a damaged
one must not make this write outside its own folder, and must be named here and not by a later "No module named …".
"""

import json
import os
import sys

from ._errors import LambdaSlimError, damaged, from_system

PAYLOADS = "lambda_slim_payloads"
CODECS = ("zstd", "gzip")


class Payload:
    """An index, and where it was found."""

    def __init__(self, site, folder, index):
        # The folder on sys.path that holds the package, e.g. /opt/python.
        self.site = site
        self.folder = folder
        self.index = index
        self.digest = index["digest"]
        self.file = os.path.join(folder, index["payload"]["file"])


def find(known):
    """Payloads as (folder on sys.path, folder of the payload), but the digests in `known`.

    One that lies in function and layer is found once: both would be opened to the same folder, one after the other.
    """
    known = set(known)
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sites = []
    for entry in [here] + sys.path:
        site = os.path.realpath(entry or ".")
        if site not in sites:
            sites.append(site)
    for site in sites:
        try:
            names = sorted(os.listdir(os.path.join(site, PAYLOADS)))
        except OSError:
            continue
        for name in names:
            folder = os.path.join(site, PAYLOADS, name)
            if name not in known and os.path.isdir(folder):
                known.add(name)
                yield site, folder


def read(site, folder):
    """The payload in that folder, checked. Raises LambdaSlimError."""
    path = os.path.join(folder, "index.json")
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise from_system(error, "The payload's index cannot be read") from None
    try:
        index = json.loads(content.decode("utf-8"))
        version = index["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(path, "it is not an index (%s)" % error) from None
    if version != 1:
        raise LambdaSlimError(
            "%s has format %r, and this bootstrap reads format 1: build function and layer with the same lambda-slim."
            % (path, version)
        )
    try:
        because = _wrong(index, os.path.basename(folder))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        because = "%s: %s" % (type(error).__name__, error)
    if because is not None:
        raise damaged(path, because)
    return Payload(site, folder, index)


def digest_of(index):
    """sha256 (hex) of the index as JSON with sorted keys, without spaces, `digest` and `s3`."""
    # hashlib brings OpenSSL, whose sha256 uses the processor's own instructions: measured 1.8 GB/s.
    import hashlib

    rest = {key: value for key, value in index.items() if key not in ("digest", "s3")}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _wrong(index, name):
    """Why this index cannot be used, as a clause; None when it can."""
    if digest_of(index) != index["digest"]:
        return "its digest is not that of its content"
    if name != index["digest"]:
        return "it belongs to the payload %s" % index["digest"]
    if index["codec"] not in CODECS:
        return "its codec %r is unknown" % index["codec"]
    payload = index["payload"]
    if os.path.basename(payload["file"]) != payload["file"] or payload["file"] in ("", ".", ".."):
        return "%r is not the name of a file beside it" % payload["file"]
    frames = index["frames"]
    if any(packed < 0 or size < 0 for packed, size, _ in frames):
        return "a frame has a negative size"
    if sum(frame[0] for frame in frames) != payload["bytes"] or sum(frame[1] for frame in frames) != index["tarBytes"]:
        return "its frames do not add up"
    return _wrong_files(index) or _wrong_libraries(index)


def _wrong_files(index):
    """Every path lies below lib/ or python/, once, and behind no link."""
    files = index["files"]
    end = 0
    for file in sorted(files, key=lambda file: (file["at"], file["bytes"])):
        if file["bytes"] < 0 or ("link" not in file and file["mode"] not in (0o644, 0o755)):
            return "%r has a size or mode that it cannot have" % file["path"]
        if "link" not in file and file["bytes"] > 0:
            if file["at"] < end:
                return "%r lies over another file" % file["path"]
            end = file["at"] + file["bytes"]
    if end > index["tarBytes"]:
        return "a file ends behind the payload's end"
    if sum(file["bytes"] for file in files) != index["unpackedBytes"]:
        return "its files do not add up"

    tree = index["tree"] or {"folders": [], "links": []}
    kinds = {}
    entries = [(file["path"], "link" if "link" in file else "file") for file in files]
    entries += [("python/" + path, "folder") for path in tree["folders"]]
    entries += [("python/" + path, "link") for path in tree["links"]]
    for path, kind in entries:
        because = wrong_path(path)
        if because is not None:
            return because
        if path in kinds:
            return "%r is there twice" % path
        kinds[path] = kind
    for path in kinds:
        parent = path.rpartition("/")[0]
        while parent:
            if kinds.get(parent, "folder") != "folder":
                return "%r lies behind the %s %r" % (path, kinds[parent], parent)
            parent = parent.rpartition("/")[0]
    for file in files:
        if "link" in file:
            target = os.path.normpath(os.path.join(os.path.dirname(file["path"]), file["link"]))
            if file["link"].startswith("/") or wrong_path(target) is not None:
                return "the link %r leads to %r, outside the payload" % (file["path"], file["link"])
    return None


def wrong_path(path):
    """Why a member must not have this path, as a clause; None when it may."""
    parts = path.split("/")
    if parts[0] not in ("lib", "python") or len(parts) < 2:
        return "the path %r is not below lib/ or python/" % path
    if any(part in ("", ".", "..") for part in parts) or "\0" in path:
        return "the path %r is not a plain relative path" % path
    return None


def _wrong_libraries(index):
    members = {file["path"] for file in index["files"]}
    for library in index["libraries"]:
        if library["nested"] and library["path"] not in members:
            return "the library %r is not in it" % library["path"]
        if not library["nested"] and wrong_path("lib/" + library["path"]) is not None:
            return "the path %r is not a plain relative path" % library["path"]
    return None
