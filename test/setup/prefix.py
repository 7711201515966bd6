"""Copy the Python that runs this into a folder that other users can read, without its tests and installed packages.

Usage: prefix.py FOLDER    prints the copy's program
"""

import os
import shutil
import sys

source = sys.base_prefix
target = sys.argv[1]
library = "python%d.%d" % sys.version_info[:2]
program = os.path.join("bin", library)
left_out = shutil.ignore_patterns("test", "tests", "site-packages", "idlelib", "ensurepip", "tkinter", "config-*")
shutil.copytree(os.path.join(source, "lib", library), os.path.join(target, "lib", library), ignore=left_out)
for name in os.listdir(os.path.join(source, "lib")):
    if name.startswith("libpython"):
        shutil.copy2(os.path.join(source, "lib", name), os.path.join(target, "lib", name))
os.makedirs(os.path.join(target, "bin"))
copy = os.path.join(target, program)
with open(os.path.realpath(os.path.join(source, program)), "rb") as file:
    content = file.read()
# A shared libpython is looked for at an absolute path (RUNPATH): make it the copy's own, in place.
searched = os.path.join(source, "lib").encode() + b"\0"
with open(copy, "wb") as file:
    file.write(content.replace(searched, b"$ORIGIN/../lib".ljust(len(searched), b"\0")))
os.chmod(copy, 0o755)
print(copy)
