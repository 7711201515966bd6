#!/usr/bin/env bash
# Installs what the real tests need, into .test-tools/ (and, as root on Debian, a container engine). Safe to run again.
# Prints one line for each tool: what is there, or why not. A test that misses its tool says so by name; in CI it fails.
set -uo pipefail
cd "$(dirname "$0")/../.."
tools="$PWD/.test-tools"
mkdir -p "$tools"

if [ ! -x "$tools/venv/bin/uv" ]; then
  python3 -m venv "$tools/venv" &&
    "$tools/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r test/setup/requirements.txt ||
    echo "uv: could not be installed into .test-tools/venv"
fi
[ -x "$tools/venv/bin/uv" ] && echo "uv: $("$tools/venv/bin/uv" --version)"

# Installs a Debian package whose program is missing: debian PROGRAM PACKAGE
debian() {
  command -v "$1" >/dev/null && echo "$1: $(command -v "$1")" && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "$1: missing; only root on Debian can install $2"; return; }
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2")
  { "${install[@]}" || { apt-get update -qq && "${install[@]}"; }; } >/dev/null 2>&1
  command -v "$1" >/dev/null && echo "$1: installed" || echo "$1: apt-get cannot install $2"
}
debian bwrap bubblewrap
debian zstd zstd

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && [ "${TEST_DOCKER:-1}" = 1 ]; then
  bash test/setup/docker.sh || echo "docker: no engine could be started here"
else
  echo "docker: not set up (needs root on Debian); the container tests need an engine that is already there"
fi
exit 0
