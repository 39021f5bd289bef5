#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Starts ovsdb-server on a fresh database and ovs-vswitchd, keeps both company, and configures nothing: corebed does that over OVSDB.
# Sockets appear in $OVS_RUNDIR: db.sock (OVSDB), vswitchd.ctl (unixctl), ovsdb.ctl, <bridge>.mgmt (OpenFlow). The database stays in the container.
set -eu

: "${OVS_RUNDIR:=/var/run/openvswitch}"
export OVS_RUNDIR OVS_DBDIR=/tmp/ovs OVS_LOGDIR=/tmp/ovs OVS_SYSCONFDIR=/tmp
schema=/usr/share/openvswitch/vswitch.ovsschema
vswitchd=/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk

# Its sockets are root's alone.
umask 077

# Sockets left over from a container that was killed make the servers refuse to start, or lead clients nowhere. The NFs' own sockets are not ours.
remove_sockets() {
	rm -f "$OVS_RUNDIR"/{db.sock,vswitchd.ctl,ovsdb.ctl,ovsdb-server.pid,ovs-vswitchd.pid} "$OVS_RUNDIR"/*.{mgmt,snoop}
}

mkdir -p "$OVS_RUNDIR" "$OVS_DBDIR"
remove_sockets
rm -f "$OVS_DBDIR"/conf.db "$OVS_DBDIR"/.conf.db.~lock~
ovsdb-tool create "$OVS_DBDIR/conf.db" "$schema"

stopping=
trap 'stopping=1; kill -TERM "$switch" "$db" 2>/dev/null || :' TERM INT

ovsdb-server "$OVS_DBDIR/conf.db" --remote="punix:$OVS_RUNDIR/db.sock" --unixctl="$OVS_RUNDIR/ovsdb.ctl" \
	--no-chdir --verbose=off --verbose=console:info &
db=$!
switch=$db
# vswitchd retries until the database answers, but a second after the first failure: so wait for the socket, in steps of 5 ms.
until [ -S "$OVS_RUNDIR/db.sock" ] || ! kill -0 "$db" 2>/dev/null; do sleep 0.005; done
"$vswitchd" "unix:$OVS_RUNDIR/db.sock" --unixctl="$OVS_RUNDIR/vswitchd.ctl" --no-chdir --verbose=off --verbose=console:info &
switch=$!

status=0
wait -n "$db" "$switch" || status=$?
if [ -z "$stopping" ]; then
	echo "switch: ovsdb-server or ovs-vswitchd ended by itself (status $status)" >&2
	kill -TERM "$switch" "$db" 2>/dev/null || :
	exit 1
fi
# A vswitchd that is too busy to end within a second is killed.
(sleep 1; kill -KILL "$switch" "$db") 2>/dev/null &
wait "$db" "$switch" 2>/dev/null || :
remove_sockets
exit 0
