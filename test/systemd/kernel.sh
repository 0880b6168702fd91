#!/bin/sh
# Within the kernel that kernel.ts starts. As `init` it readies the root and becomes systemd. As `agent LINE` it runs what it is
# told on that serial line, one command after the other.
#
#   an order    a line: the command for sh, in base64
#   an answer   the standard output, RS, the exit status, RS, the standard error, RS (octal 036)
set -eu

# SYSTEM: the directory of this machine that is to be the root. SHOWN: directories of this machine that it needs besides.
# AGENTS: the serial lines.
init() {
  root=/mnt
  mount -t hostfs -o "$SYSTEM" -r system $root
  mount -t proc proc $root/proc
  mount -t sysfs sys $root/sys
  mount -t devtmpfs dev $root/dev
  # Nothing of what this machine would start, only what the tests do.
  for place in run tmp var/log var/tmp etc/systemd/system usr/lib/systemd/system-generators; do
    mount -t tmpfs layer $root/$place
  done
  for place in $(echo "$SHOWN" | tr : ' '); do
    mkdir -p "$root$place"
    mount -t hostfs -o "$place" -r shown "$root$place"
  done
  units=$root/run/systemd/system
  mkdir -p $units
  printf '%s\n' '[Unit]' 'DefaultDependencies=no' 'Wants=systemd-journald.service' >$units/sysinit.target
  printf '%s\n' '[Unit]' "Requires=$(echo "$AGENTS" | sed 's/ttyS[0-9]*/agent@&.service/g; s/:/ /g')" >$units/tests.target
  # Who has started the kernel has ended when a line is closed.
  printf '%s\n' '[Unit]' 'SuccessAction=poweroff-force' '[Service]' 'ExecStart=/bin/sh /run/agent agent %i' \
    'TTYPath=/dev/%i' 'StandardInput=tty' 'StandardOutput=tty' >$units/agent@.service
  cp "$0" $root/run/agent
  cd $root
  pivot_root . mnt
  # Where the root looks like that of a container, systemd takes its settings from its arguments.
  exec /lib/systemd/systemd $(grep -o 'systemd\.[^ ]*' /proc/cmdline) </dev/console >/dev/console 2>&1
}

agent() {
  stty raw -echo
  export LC_ALL=C SYSTEMD_PAGER=cat PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  printf '\036'
  while IFS= read -r order; do
    status=0
    sh -c "$(printf %s "$order" | base64 -d)" </dev/null 2>"/run/$1.stderr" || status=$?
    printf '\036%d\036' "$status"
    cat "/run/$1.stderr"
    printf '\036'
  done
}

"$@"
