"""Make a package folder with the bootstrap and one payload, in the format of `PayloadIndex` (src/model.ts).

Usage: payload.py < request.json    prints {"digest", "folder", "frames"}

The request: {"site": folder, "boot": folder of templates/, "codec": "gzip" or "zstd", "frameBytes", "largeBytes",
"extension"?: {"from",
"name"}, the zstd extension for this Python, "files": [{"path", "text" or "from" or "random": bytes, "mode"?, "link"?}], "plain": [the same, written as they are],
"libraries", "tree", "modules", "s3"?, "change"?: {index key: value}}.
Nothing is checked here: the tests also make payloads that must be refused.
"""

import hashlib
import json
import os
import random
import shutil
import sys
import tarfile
import zlib


def content_of(file):
    if "text" in file:
        return file["text"].encode()
    if "from" in file:
        with open(file["from"], "rb") as source:
            return source.read()
    if "random" in file:
        # Half of it can be compressed, as in a shared object.
        noise = random.Random(file["path"]).getrandbits(8 * (file["random"] // 2)).to_bytes(file["random"] // 2, "big")
        return noise + bytes(file["random"] - len(noise))
    return b""


class Frames:
    """The tar stream, cut and compressed."""

    def __init__(self, codec):
        self.codec = codec
        self.packed = bytearray()
        self.list = []
        self.bytes = 0
        self.pending = bytearray()

    def at(self):
        return self.bytes + len(self.pending)

    def flush(self, data=None):
        data = bytes(self.pending) if data is None else data
        if not data:
            return
        packed = compress(self.codec, data)
        self.packed += packed
        self.list.append([len(packed), len(data), hashlib.sha256(packed).hexdigest()])
        self.bytes += len(data)
        self.pending.clear()


def compress(codec, data):
    if codec == "gzip":
        stream = zlib.compressobj(1, zlib.DEFLATED, 31)
        return stream.compress(data) + stream.flush()
    # The standard library's, or the extension that the package gets.
    from _zstd import ZstdCompressor

    # ZSTD_c_compressionLevel and ZSTD_c_checksumFlag: what opens a package relies on the checksum, as the build writes it.
    return ZstdCompressor(options={100: 3, 201: 1}).compress(data, ZstdCompressor.FLUSH_FRAME)


def header(path, size, mode, link):
    info = tarfile.TarInfo(path)
    info.size, info.mode, info.mtime = size, mode, 315532800
    if link is not None:
        info.type, info.linkname = tarfile.SYMTYPE, link
    return info.tobuf(tarfile.GNU_FORMAT)


def make(request):
    frames = Frames(request["codec"])
    listed = []
    for file in request["files"]:
        data = content_of(file)
        mode = file.get("mode", 0o644)
        link = file.get("link")
        frames.pending += header(file["path"], len(data), mode, link)
        large = len(data) >= request["largeBytes"]
        if large:
            frames.flush()
        entry = {"path": file["path"], "bytes": len(data), "mode": mode, "at": 0 if link is not None else frames.at()}
        if link is not None:
            entry["link"] = link
        listed.append(entry)
        if large:
            for begin in range(0, len(data), request["frameBytes"]):
                frames.flush(data[begin : begin + request["frameBytes"]])
        else:
            frames.pending += data
        frames.pending += bytes(-len(data) % 512)
        if len(frames.pending) >= request["frameBytes"]:
            frames.flush()
    frames.pending += bytes(1024)
    frames.flush()
    packed = bytes(frames.packed)
    index = {
        "format": 1,
        "codec": request["codec"],
        "payload": {
            "file": "payload.tar.zst" if request["codec"] == "zstd" else "payload.tar.gz",
            "bytes": len(packed),
            "sha256": hashlib.sha256(packed).hexdigest(),
        },
        "tarBytes": frames.bytes,
        "unpackedBytes": sum(file["bytes"] for file in listed),
        "frames": frames.list,
        "files": listed,
        "libraries": request["libraries"],
        "tree": request["tree"],
        "modules": request["modules"],
    }
    index.update(request.get("change", {}))
    text = json.dumps(index, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    index["digest"] = hashlib.sha256(text.encode()).hexdigest()
    index["s3"] = request.get("s3")
    return index, packed


def write(path, content, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, mode)


def main():
    request = json.load(sys.stdin)
    site, boot = request["site"], request["boot"]
    os.makedirs(site, exist_ok=True)
    shutil.copytree(
        os.path.join(boot, "lambda_slim_boot"),
        os.path.join(site, "lambda_slim_boot"),
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name in ("lambda_slim_boot.pth", "lambda_slim_boot.start"):
        shutil.copy(os.path.join(boot, name), site)
    shutil.copy(os.path.join(boot, "lambda-slim-wrapper"), os.path.dirname(site))
    if "extension" in request:
        folder = os.path.join(site, "lambda_slim_boot")
        shutil.copy(request["extension"]["from"], os.path.join(folder, request["extension"]["name"]))
        sys.path.insert(0, folder)
    for file in request.get("plain", []):
        write(os.path.join(site, file["path"]), content_of(file), file.get("mode", 0o644))
    index, packed = make(request)
    folder = os.path.join(site, "lambda_slim_payloads", index["digest"])
    write(os.path.join(folder, index["payload"]["file"]), packed)
    write(os.path.join(folder, "index.json"), json.dumps(index).encode())
    print(json.dumps({"digest": index["digest"], "folder": folder, "frames": index["frames"]}))


if __name__ == "__main__":
    main()
