#!/bin/sh
# Makes a directory with a system whose systemd is newer than Debian 12's: the files of Debian 13's packages, as far as the
# tests in newer.test.ts need them. It needs root and mmdebstrap.
#
#   newer.sh DIRECTORY      one that does not exist yet, for SSD_NEWER_SYSTEM
set -eu
root=$1
packages=systemd,base-files,base-passwd,coreutils,curl,dash,grep,libstdc++6,perl-base,sed,util-linux
mmdebstrap --quiet --variant=extract --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --include=$packages trixie "$root"
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
ln -sf dash "$root/usr/bin/sh"
# The kernel of the tests has this machine's root there (kernel.sh), and mounts the checkout.
mkdir -p "$root/mnt" "$root$(cd "$(dirname "$0")/../.." && pwd)"
node=$(node -p process.execPath)
mkdir -p "$root$(dirname "$node")"
ln -sf "/mnt$node" "$root$node"
