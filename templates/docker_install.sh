#!/bin/sh
# First program in the build container: find a Python and hand over to docker_install.py.
# usage: docker_install.sh MINOR ARGUMENT...   (MINOR is the wanted Python, e.g. 3.13)
# exit 90: the image has no Python
minor=$1
for python in "python$minor" "/var/lang/bin/python$minor" "/usr/local/bin/python$minor" python3 python; do
  if command -v "$python" >/dev/null 2>&1; then
    # -I: nothing but the image's own modules, and no current folder on sys.path.
    exec "$python" -I /lambda-slim/work/docker_install.py "$@"
  fi
done
echo "no python$minor, python3 or python in the image" >&2
exit 90
