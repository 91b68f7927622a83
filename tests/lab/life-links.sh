#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# life-links.sh [KVER]: devices without a patched driver, attached at ingress, go
# away or move to another namespace under traffic: veth, VXLAN, and the ports of
# Open vSwitch, which is restarted too. What vsext saw has arrived, or is counted.
#
# lab: --no-driver --nic e1000e --timeout 600
# kernels: 6.1

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/vsext.sh
. "$here/lib/vsext.sh"
# shellcheck source-path=SCRIPTDIR source=lib/account.sh
. "$here/lib/account.sh"
# shellcheck source-path=SCRIPTDIR source=lib/ovs.sh
. "$here/lib/ovs.sh"

modprobe e1000e || give_up 'the stock e1000e loads'
set_up
device=$(lab-nic 0)
rate=$(fewer 3000)
vsextctl config set queue-limit 20000
# An address of no link, so that it outlives them.
ip link add name dummy0 type dummy
ip addr add 10.78.0.2/32 dev dummy0
ip link set dummy0 up
address=10.78.0.2:5001

attach() { vsextctl port set dev "$1" on mode ingress; }
# attached N: so many are. A device that is gone has no name to ask by.
attached() { [ "$(vsextctl -j port | jq length)" = "$1" ]; }
rules() {
	vsextctl flow flush &&
		vsextctl flow add udp,nw_dst=10.78.0.2,tp_src=4001,actions=irq:1 &&
		vsextctl flow add udp,nw_dst=10.78.0.2,tp_src=4002,actions=irq:2 &&
		vsextctl flow add udp,nw_dst=10.78.0.2,tp_src=4003,actions=irq:auto
}

# step NAME SECONDS PROPERTY COMMAND...: under traffic of $flows, which the links
# lose while they are not there. PROPERTY: what must hold, or none.
step() {
	local name=$1 seconds property=$3 status=0
	seconds=$(stretched "$2")
	shift 3
	{
		start_traffic "-t$seconds" "$rate" "${flows[@]}" || status=1
		sleep 0.5
		"$@" || status=$?
		end_traffic || status=1
	} >"$work/log" 2>&1
	check "$name" test $status = 0
	sed '/^# /!s/^/# /' "$work/log"
	check "$name: packets were seen" at_least "$hits" "$(fewer 500)"
	[ "$property" = none ] || check "$name: what was seen has arrived, or is counted" "$property"
	check "$name: every packet is accounted for" conserved
}

# ---------------------------------------------------------------- veth

ip netns add peer
ip netns add away
on_exit+=('ip netns del peer' 'ip netns del away')

# Attached before it is up, so that every packet is seen.
up_veth() { ip addr add 10.80.0.1/24 dev v0 && attach v0 && ip link set v0 up; }
make_veth() {
	ip link add v0 type veth peer name v1 address 02:56:53:00:01:01 netns peer && up_veth &&
		ip -n peer addr add 10.80.0.2/24 dev v1 && ip -n peer link set v1 up &&
		ip -n peer neigh add 10.80.0.1 lladdr "$(cat /sys/class/net/v0/address)" dev v1 &&
		ip -n peer route add 10.78.0.2 via 10.80.0.1
}

# A veth's packets come on the core that their sender runs on.
from=(ip netns exec peer taskset -c 0)
flows=()
for n in 1 2 3; do
	flows+=("dst=$address,id=$n,size=200,src=0.0.0.0:400$n")
done
# The backlog in front of ours.
in_front='tap|nic|softnet'
check 'rules' rules
check 'a veth pair, attached' make_veth
step 'veth: nothing happens' 2 seen_arrived true
check 'veth: nothing happens: nothing lost' nothing_lost
check 'veth: nothing happens: nothing reordered' nothing_reordered

delete_veth() {
	local n
	for n in 1 2 3 4; do
		ip link del v0 && attached 0 && make_veth && sleep 0.3 || return
	done
}
step 'veth: deleted and made anew, 4 times' 5 seen_arrived delete_veth
move_veth() {
	local n
	for n in 1 2 3; do
		ip link set v0 netns away && attached 0 && sleep 0.1 &&
			ip -n away link set v0 netns 1 && up_veth && sleep 0.3 || return
	done
}
step 'veth: moved to another namespace and back, 3 times' 5 seen_arrived move_veth
in_away() {
	ip link set v0 netns away && ip -n away link set v0 up &&
		ip netns exec away "$top/build/ctl/vsextctl" port set dev v0 on &&
		sleep 0.3 && ip netns del away && ip netns add away && make_veth && sleep 0.5
}
# There, no address takes the packets that we hand on.
step 'veth: its namespace is deleted while it is attached there' 4 none in_away
check 'veth: off' vsextctl port set dev v0 off
ip link del v0

# ---------------------------------------------------------------- VXLAN

vx_mac=02:56:53:00:02:02
make_vxlan() {
	ip link add vx address $vx_mac type vxlan id 9 dstport 4790 local 10.77.0.2 &&
		attach vx && ip link set vx up
}
from=(lab-host)
flows=()
for n in 1 2 3; do
	flows+=("dst=10.77.0.2:4790,src=10.77.0.1:500$n,vni=9,isrc=10.79.0.1:400$n,idst=$address,smac=$host_mac,dmac=$vx_mac,id=$n,size=200")
done
ip route add 10.79.0.0/24 dev dummy0
check 'vxlan, attached' make_vxlan
check 'vxlan: the NIC below as well' attach "$device"
delete_vxlan() {
	local n
	for n in 1 2 3 4; do
		ip link del vx && attached 1 && make_vxlan && sleep 0.3 || return
	done
}
# Without it, nobody listens on its port.
in_front='tap|nic|udp'
step 'vxlan: deleted and made anew, 4 times' 5 seen_arrived delete_vxlan
vsextctl port set dev vx off
ip link del vx

# ---------------------------------------------------------------- Open vSwitch

in_front='tap|nic'
# What goes to its daemon (missed) may end with it. Without a datapath the tunnel hands
# packets to a stack whose address they do not bear: the tunnel's counter of them goes
# with it, so the kernel's tracepoint counts.
ovs_lookups() {
	ovs-dpctl show 2>/dev/null |
		awk -F'[ :]+' '/lookups:/ { sum += $6 + $8 } END { print sum + 0 }'
}
otherhost() { grep -c 'reason: OTHERHOST' $tracing/trace; }
more_named() { echo "ovs=$(ovs_lookups) otherhost=$(otherhost) links=$(link_drops vxlan_sys_4789 br0 ovs-system vm-sw)"; }

tracing=/sys/kernel/tracing
echo 8192 >$tracing/buffer_size_kb
echo 'protocol == 0x0800' >$tracing/events/skb/kfree_skb/filter
echo 1 >$tracing/events/skb/kfree_skb/enable
check 'Open vSwitch starts' start_ovs
check 'the switch stands' make_switch vm
netns=(ip netns exec vm)
address=10.9.0.2:5001
flows=()
for n in 1 2 3; do
	flows+=("$(in_vxlan $n 400$n),size=200")
done
vsextctl flow flush
for n in 1 2 3; do
	vsextctl flow add "tun_type=vxlan,tun_id=7,inner_udp,inner_tp_src=400$n,actions=irq:$n"
done
delivered=$(stat_of delivered)
step 'OVS: nothing happens' 2 seen_arrived true
check 'OVS: nothing happens: nothing lost' nothing_lost
# Order is order.sh's: a packet that goes through its daemon may be overtaken.
check 'OVS: packets came out of our queues' at_least "$(stat_of delivered)" $((delivered + $(fewer 500)))

# It keeps the switch's flows itself; to set them again would open a gap.
restart_ovs() { ovs_ctl --no-monitor --no-mlockall --system-id=lab restart; }
step 'OVS: restarted' 8 seen_arrived restart_ovs
# What follows OVS loses itself, by flows that drop and go.
tunnel_again() {
	ovs-vsctl del-port br0 vx0 && sleep 0.2 &&
		ovs-vsctl add-port br0 vx0 -- set interface vx0 type=vxlan \
			options:remote_ip=10.77.0.1 options:key=7 ofport_request=100 && sleep 0.5
}
step 'OVS: its tunnel is deleted and made anew' 4 none tunnel_again
datapath_again() {
	stop_ovs && sleep 0.2 &&
		ovs_ctl --no-monitor --no-mlockall --system-id=lab start && set_forwarding
}
step 'OVS: stopped, its datapath deleted, started' 8 none datapath_again
step 'OVS: in the end everything arrives' 2 seen_arrived true
check 'OVS: in the end nothing is lost' nothing_lost
check 'the NIC is still attached' attached 1
vsextctl off
check 'the module leaves' rmmod vsext
finish
