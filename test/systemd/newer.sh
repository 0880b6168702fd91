#!/bin/sh
# Makes a directory with a small Debian 13: its systemd is newer than Debian 12's, and its nodejs is new enough for ssd. It is for
# the tests in newer.test.ts and for those of the package (test/packages). It needs root, mmdebstrap and a mirror.
#
#   newer.sh DIRECTORY      one that does not exist yet, for SSD_NEWER_SYSTEM
set -eu
root=$1
packages=systemd,systemd-sysv,dbus,nodejs,curl,man-db,bash-completion,zsh,procps
mmdebstrap --quiet --variant=minbase --dpkgopt=force-unsafe-io --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
  --include=$packages trixie "$root"
# The kernel of the tests has this machine's root there (kernel.sh), and mounts the checkout.
mkdir -p "$root/mnt" "$root$(cd "$(dirname "$0")/../.." && pwd)"
node=$(node -p process.execPath)
mkdir -p "$root$(dirname "$node")"
[ -e "$root$node" ] || ln -s "/mnt$node" "$root$node"
