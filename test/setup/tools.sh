#!/usr/bin/env bash
# Installs what the real tests need, into .test-tools/ (and, as root on Debian, a container engine). Safe to run again.
# usage: test/setup/tools.sh [main|all]   main: only what `npm test` needs.
# Prints one line for each tool: what is there, or why not. A test that misses its tool says so by name; in CI it fails.
set -uo pipefail
cd "$(dirname "$0")/../.."
tools="$PWD/.test-tools"
mkdir -p "$tools"

# A virtual environment with pinned requirements, made anew when they change: virtual NAME REQUIREMENTS
virtual() {
  cmp -s "$2" "$tools/$1/requirements.txt" && return 0
  python3 -m venv --clear "$tools/$1" || return
  local install=("$tools/$1/bin/python" -m pip install --disable-pip-version-check)
  # Five times as fast, but it comes with the first of them.
  [ -x "$tools/venv/bin/uv" ] && install=("$tools/venv/bin/uv" pip install --python "$tools/$1/bin/python")
  "${install[@]}" --quiet -r "$2" &&
    cp "$2" "$tools/$1/requirements.txt" ||
    echo "$2: could not be installed into .test-tools/$1"
}
# On the tests' PATH.
virtual venv test/setup/requirements.txt
[ -x "$tools/venv/bin/uv" ] && echo "uv: $("$tools/venv/bin/uv" --version)"
[ "${1:-all}" = main ] && exit 0
# Not on it: its boto3 would be found where the tests need a Python without.
virtual aws test/setup/requirements-aws.txt
# Checkers of what `init` writes; large, so they are not among our devDependencies.
virtual iac test/setup/requirements-iac.txt
# Owners of lock files. Not on it, too: a test names them where it wants them.
virtual locks test/setup/requirements-locks.txt
# It wants an older cfn-lint.
virtual sam test/setup/requirements-sam.txt
if ! cmp -s test/setup/iac/package-lock.json "$tools/iac-node/installed.json"; then
  mkdir -p "$tools/iac-node" && cp test/setup/iac/package*.json "$tools/iac-node" &&
    npm ci --prefix "$tools/iac-node" --silent --ignore-scripts --no-audit --no-fund &&
    cp test/setup/iac/package-lock.json "$tools/iac-node/installed.json" ||
    echo "cdk, osls: could not be installed into .test-tools/iac-node"
fi
[ -x "$tools/aws/bin/moto_server" ] && echo "moto: $("$tools/aws/bin/python" -c 'import moto; print(moto.__version__)')"
[ -x "$tools/iac/bin/cfn-lint" ] && echo "cfn-lint: $("$tools/iac/bin/cfn-lint" --version)"
[ -x "$tools/locks/bin/poetry" ] && for tool in poetry pdm pipenv; do "$tools/locks/bin/$tool" --version; done
[ -x "$tools/sam/bin/sam" ] && "$tools/sam/bin/sam" --version
[ -x "$tools/iac-node/node_modules/.bin/cdk" ] && echo "cdk, osls: installed"

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
debian chromium chromium
debian zsh zsh
debian fish fish

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && [ "${TEST_DOCKER:-1}" = 1 ]; then
  bash test/setup/docker.sh || echo "docker: no engine could be started here"
else
  echo "docker: not set up (needs root on Debian); the container tests need an engine that is already there"
fi
exit 0
