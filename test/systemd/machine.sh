#!/bin/bash
# Boots a systemd of its own, with journal and bus, in a container (systemd-nspawn): as quick as a program starts. Its root
# is that of this machine, with a layer above it that is thrown away. It needs root, and the right to mount.
#
#   machine.sh [--system=DIRECTORY] [DIRECTORY ...]
#
# The system in that directory boots instead of this machine's. The other directories are mounts of their own, which the
# container needs besides.
#
# When it is up, a line with the pid of its init is printed. It ends with its standard input.
set -u
system=/
case ${1-} in
  --system=*)
    system=${1#*=}
    shift
    # A newer systemd refuses control groups of version 1, which this machine may have.
    export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
    ;;
esac
place=$(mktemp -d) || exit 1
root=$place/root log=$place/boot.log nspawn='' init=''
cleanup() {
  [ -n "$init" ] && kill -s RTMIN+4 "$init" 2>/dev/null # asks systemd to power off
  for _ in {1..50}; do [ -n "$nspawn" ] && kill -0 "$nspawn" 2>/dev/null || break; sleep 0.1; done
  [ -n "$nspawn" ] && kill -s KILL "$nspawn" 2>/dev/null
  wait
  umount --lazy "$root" "$place" 2>/dev/null
  rmdir "$place"
}
trap cleanup EXIT
mount -t tmpfs layer "$place" && mkdir "$place"/{layer,work,root} || exit 1
mount -t overlay root -o "lowerdir=$system,upperdir=$place/layer,workdir=$place/work" "$root" || exit 1

# Nothing of what this machine would start, only what the tests do.
mkdir -p "$root/etc/systemd/system"
printf '%s\n' '[Unit]' 'Requires=dbus.socket' 'After=dbus.socket' >"$root/etc/systemd/system/tests.target"

binds=()
for directory; do binds+=("--bind-ro=$directory"); done
systemd-nspawn --quiet --register=no --keep-unit --directory="$root" "${binds[@]}" --boot \
  systemd.unit=tests.target systemd.log_level=info systemd.show_status=no >"$log" 2>&1 </dev/null &
nspawn=$!
for _ in {1..200}; do
  init=$(pgrep -P "$nspawn" -x systemd)
  [ -n "$init" ] && nsenter -t "$init" -m -p -i -u systemctl is-system-running 2>/dev/null | grep -qE '^(running|degraded)$' && break
  kill -0 "$nspawn" 2>/dev/null || break
  sleep 0.05
done
[ -n "$init" ] && kill -0 "$nspawn" 2>/dev/null || { cat "$log" >&2; exit 1; }
echo "$init"
cat >/dev/null
