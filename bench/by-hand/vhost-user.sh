#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `corebed run` does for a generator and a receiver over OVS-DPDK, written out by hand: the yardstick for the product's own speed and results.
# Prints one JSON object. Needs root, Docker, Node, free huge pages (200 of 2 MiB are plenty), and the images corebed/switch and corebed/nf.
set -euo pipefail

usage="usage: $0 SWITCH-CPU GEN-CPU SINK-CPU SECONDS [START-PARAMETERS-AS-JSON]"
switch_cpu=${1:?$usage} gen_cpu=${2:?$usage} sink_cpu=${3:?$usage} seconds=${4:?$usage} params=${5:-"{}"}
here=$(cd "$(dirname "$0")" && pwd)
switch_image=${SWITCH_IMAGE:-corebed/switch} nf_image=${NF_IMAGE:-corebed/nf}
lab=byhand-$$
dir=/run/corebed/$lab

cleanup() {
	docker rm -f "$lab-gen" "$lab-sink" "$lab-switch" >/dev/null 2>&1 || :
	rm -rf "$dir"
	rmdir /run/corebed 2>/dev/null || :
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# Waits, in steps of 10 ms and for 10 s at most, until a command succeeds.
until_true() {
	for ((i = 0; i < 1000; i++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.01
	done
	echo "$0: gave up waiting for: $*" >&2
	return 1
}
vsctl() { docker exec "$lab-switch" ovs-vsctl --db="unix:$dir/switch/db.sock" "$@"; }

# The switch, on its own CPU. All ports share one pool of packets: told that it may use 64 MiB, OVS halves the pool until it fits (49 MiB), for any number of
# ports; the default takes 788 MiB. PCI devices (the host's network card) are left alone.
mkdir -p "$dir/switch" "$dir/gen" "$dir/sink"
docker run -d --name "$lab-switch" --network none --cpuset-cpus "$switch_cpu" \
	--cap-drop ALL --cap-add SYS_NICE --cap-add NET_ADMIN --device /dev/net/tun \
	-v "$dir:$dir" -e "OVS_RUNDIR=$dir/switch" "$switch_image" >/dev/null
until_true test -S "$dir/switch/vswitchd.ctl"
mask=$(printf '0x%x' $((1 << switch_cpu)))
vsctl set Open_vSwitch . other_config:dpdk-socket-limit=64 other_config:pmd-cpu-mask="$mask" other_config:dpdk-lcore-mask="$mask" \
	other_config:dpdk-extra="--no-pci --no-telemetry" other_config:dpdk-init=true

# Two NFs. Where they share a CPU they take turns.
start_nf() { # name app cpu mac
	local yield=()
	[ "$gen_cpu" = "$sink_cpu" ] && yield=(--yield)
	docker run -d --name "$lab-$1" --network none --cpuset-cpus "$3" --cap-drop ALL --cap-add SYS_NICE \
		-v "$dir:$dir" "$nf_image" "$2" --cpu "$3" --main-cpu "$3" --control "$dir/$1/ctl.sock" "${yield[@]}" \
		--port "driver=virtio-user,path=$dir/$1/p0.sock,mac=$4,queue_size=1024" >/dev/null
}
start_nf sink stats "$sink_cpu" 02:00:00:00:00:02
start_nf gen pktgen "$gen_cpu" 02:00:00:00:00:01
until_true test -S "$dir/gen/p0.sock"
until_true test -S "$dir/sink/p0.sock"

# The bridge and its ports last: a port whose socket is there is connected at once, otherwise it tries again a second later.
vsctl add-br br0 -- set Bridge br0 datapath_type=netdev fail_mode=secure \
	-- add-port br0 gen -- set Interface gen type=dpdkvhostuserclient options:vhost-server-path="$dir/gen/p0.sock" ofport_request=1 \
	-- add-port br0 sink -- set Interface sink type=dpdkvhostuserclient options:vhost-server-path="$dir/sink/p0.sock" ofport_request=2
docker exec "$lab-switch" ovs-ofctl add-flow "unix:$dir/switch/br0.mgmt" in_port=1,actions=output:2
until_true test -S "$dir/gen/ctl.sock"
until_true test -S "$dir/sink/ctl.sock"

node "$here/trial.mjs" "$dir/gen/ctl.sock" "$dir/sink/ctl.sock" "$seconds" "$params"
