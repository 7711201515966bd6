#!/bin/sh
# A real container engine and a stand-in build image for test/real/docker.test.ts.
#
# usage: test/setup/docker.sh        (as root, on Debian; may be run again: it does only what is missing)
#
# Installs docker.io and debootstrap from Debian's archive when no engine answers, starts dockerd, and makes the image
# lambda-slim-test/python:3.11 (Debian 12: CPython 3.11, pip, gcc, glibc 2.36). Exit 0: both are there.
set -eu

image=lambda-slim-test/python:3.11
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
log=${LAMBDA_SLIM_DOCKER_LOG:-/var/log/lambda-slim-dockerd.log}

say() { printf 'docker.sh: %s\n' "$*"; }
die() { say "$*" >&2; exit 1; }

# Installs the packages whose commands are missing: install COMMAND PACKAGE...
install() {
  command=$1; shift
  command -v "$command" >/dev/null 2>&1 && return 0
  [ "$(id -u)" = 0 ] || die "$command is missing and only root can install it: apt-get install $*"
  say "installing $*"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 && return 0
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
    die "apt-get cannot install $*"
}

# Starts dockerd with the given options and waits until it answers: start OPTION...
start() {
  say "starting dockerd $*"
  setsid dockerd "$@" >"$log" 2>&1 </dev/null &
  daemon=$!
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    docker info >/dev/null 2>&1 && return 0
    kill -0 "$daemon" 2>/dev/null || return 1
    sleep 1
  done
  kill "$daemon" 2>/dev/null || true
  return 1
}

if docker info >/dev/null 2>&1; then
  say "an engine answers already"
else
  install dockerd docker.io iptables
  command -v docker >/dev/null 2>&1 || die "there is no docker command"
  # overlayfs needs a file system that takes it; vfs is slow but works everywhere.
  start || start --storage-driver=vfs || { tail -n 20 "$log" >&2; die "dockerd does not start; its log is $log"; }
fi
say "engine $(docker version --format '{{.Server.Version}}'), client $(docker version --format '{{.Client.Version}}')"

if docker image inspect "$image" >/dev/null 2>&1; then
  say "$image is there"
else
  install debootstrap debootstrap
  [ "$(id -u)" = 0 ] || die "only root can make $image (debootstrap)"
  root=$(mktemp -d /var/tmp/lambda-slim-image.XXXXXX)
  trap 'rm -rf "$root"' EXIT
  say "making $image (about a minute)"
  debootstrap --variant=minbase --include=python3,python3-pip,python3-dev,gcc,ca-certificates \
    bookworm "$root" "$mirror" >"$log.debootstrap" 2>&1 ||
    { tail -n 20 "$log.debootstrap" >&2; die "debootstrap failed; its log is $log.debootstrap"; }
  tar -C "$root" -c --exclude=./var/cache/apt/archives --exclude=./var/lib/apt/lists --exclude=./proc --exclude=./sys . |
    docker import - "$image" >/dev/null || die "the image cannot be imported"
fi

docker run --rm "$image" python3 -c 'import sys; assert sys.version_info[:2] == (3, 11)' ||
  die "a container of $image does not run"
say "ready"
