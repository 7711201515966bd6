"""List or extract archives with Python's own zipfile: a reader that shares nothing with our writer.

Usage: archive.py list ZIP...             one JSON line a file: sums, sizes and entries
       archive.py extract FOLDER ZIP...   all into one folder, as Lambda does with layers: modes and symlinks survive
"""

import json
import os
import stat
import sys
import zipfile


def mode_of(info):
    return info.external_attr >> 16


def list_archive(name):
    with zipfile.ZipFile(name) as archive:
        damaged = archive.testzip()
        if damaged is not None:
            sys.exit("%s: %s is damaged" % (name, damaged))
        infos = archive.infolist()
    return {
        "zip": os.path.basename(name),
        "size": os.path.getsize(name),
        "unpacked": sum(info.file_size for info in infos),
        "packed": sum(info.compress_size for info in infos),
        "times": sorted({"%d-%02d-%02d %02d:%02d:%02d" % info.date_time for info in infos}),
        "modes": sorted({oct(mode_of(info)) for info in infos}),
        "entries": [[info.filename, info.file_size, info.compress_size] for info in infos],
    }


def extract(folder, name):
    with zipfile.ZipFile(name) as archive:
        for info in archive.infolist():
            target = os.path.join(folder, info.filename)
            if os.path.lexists(target):
                sys.exit("%s: %s is there already" % (name, info.filename))
            if stat.S_ISLNK(mode_of(info)):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                os.symlink(archive.read(info).decode(), target)
            else:
                archive.extract(info, folder)
                os.chmod(target, stat.S_IMODE(mode_of(info)))


if __name__ == "__main__":
    if sys.argv[1] == "extract":
        for one in sys.argv[3:]:
            extract(sys.argv[2], one)
    else:
        for one in sys.argv[2:]:
            print(json.dumps(list_archive(one)))
