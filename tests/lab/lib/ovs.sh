# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The way of a packet on a real host: VXLAN, Open vSwitch's kernel datapath, veth,
# a namespace. Source vsext.sh first.

# shellcheck disable=SC2154 # vsext.sh and the test set them

vtep_mac=02:56:53:00:00:fe
host_mac=02:56:53:00:00:01

ovs_ctl() { /usr/share/openvswitch/scripts/ovs-ctl "$@" >"$work/ovs.log" 2>&1; }

start_ovs() {
	modprobe openvswitch && modprobe vport-vxlan || return
	ovs_ctl --system-id=lab --no-monitor --no-mlockall \
		--ovs-vswitchd-priority=0 --ovsdb-server-priority=0 start
}

# The datapath's flows with tunnels look like leaks to kmemleak: it does not see
# pointers that are not aligned.
stop_ovs() { ovs_ctl stop && ovs-dpctl del-dp ovs-system; }
on_exit+=(stop_ovs)

# make_switch NAMESPACE: its eth0 is 10.9.0.2, behind VNI 7 from 10.77.0.1. Fixed
# forwarding and neighbours: nothing is learnt in the middle of a run, nor does the
# datapath forget a flow: packets would go by way of vswitchd, and later ones not.
make_switch() {
	local ns=$1
	ovs-vsctl set Open_vSwitch . other_config:max-idle=3600000 \
		other_config:min-revalidate-pps=1 &&
		ovs-vsctl --may-exist add-br br0 &&
		ovs-vsctl add-port br0 vx0 -- set interface vx0 type=vxlan \
			options:remote_ip=10.77.0.1 options:key=7 ofport_request=100 &&
		ip netns add "$ns" &&
		ip link add "$ns-sw" type veth peer name eth0 address $vtep_mac netns "$ns" &&
		ip -n "$ns" addr add 10.9.0.2/24 dev eth0 &&
		ip -n "$ns" link set lo up &&
		ip -n "$ns" link set eth0 up &&
		ip link set "$ns-sw" up &&
		ip -n "$ns" neigh add 10.9.0.1 lladdr $host_mac dev eth0 &&
		ovs-vsctl add-port br0 "$ns-sw" -- set interface "$ns-sw" ofport_request=1 &&
		set_forwarding
}

# How many packets went by way of vswitchd.
switch_misses() { ovs-dpctl show 2>/dev/null | awk -F'[: ]+' '/lookups/ { sum += $6 } END { print sum + 0 }'; }

set_forwarding() {
	ovs-ofctl del-flows br0 &&
		ovs-ofctl add-flow br0 priority=10,in_port=100,actions=output:1 &&
		ovs-ofctl add-flow br0 priority=10,in_port=1,actions=output:100
}

# in_vxlan ID SOURCE-PORT: udpsend's words for a flow to port 5001 of the namespace.
in_vxlan() {
	printf 'dst=10.77.0.2:4789,src=10.77.0.1:%s,vni=7,isrc=10.9.0.1:%s,idst=10.9.0.2:5001,smac=%s,dmac=%s,id=%s' \
		"$2" "$2" $host_mac $vtep_mac "$1"
}
