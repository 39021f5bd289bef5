#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes a container into a host: what an engine mounts there for reading only becomes writable, huge pages are mounted, and sshd answers. An engine of its own
# is started by whoever wants one.
set -eu

mount -o remount,bind,rw /proc/sys
mount -o remount,rw /sys
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
	mount -o remount,bind,rw /sys/fs/cgroup
	# Version 2 hands controllers down only from a group that holds no processes itself.
	mkdir -p /sys/fs/cgroup/host
	for pid in $(cat /sys/fs/cgroup/cgroup.procs); do echo "$pid" >/sys/fs/cgroup/host/cgroup.procs || :; done
	sed 's/^/+/; s/ / +/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
else
	for tree in /sys/fs/cgroup/*/; do mount -o remount,bind,rw "$tree"; done
fi
mkdir -p /dev/hugepages /run/sshd
mount -t hugetlbfs none /dev/hugepages
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key

trap 'exit 0' TERM INT
/usr/sbin/sshd -D -e &
# Also collects processes whose parents have ended.
while :; do wait -n || :; done
