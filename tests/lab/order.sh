#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# order.sh [KVER]: no packet is reordered, lost or doubled, by the sender's sequence
# numbers, while its flow is forced to another core every 10 ms and the interrupts
# of the RX queues move as well: up the plain stack, and through VXLAN, Open
# vSwitch and veth, where every core has queues of its own. The same without the
# fence must reorder, or the test would not see anything.
#
# lab: --no-driver --nic virtio-net --timeout 600
# drivers: virtio_net
# alone
# kernels: 6.1

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/vsext.sh
. "$here/lib/vsext.sh"
# shellcheck source-path=SCRIPTDIR source=lib/ovs.sh
. "$here/lib/ovs.sh"
# shellcheck source-path=SCRIPTDIR source=lib/order.sh
. "$here/lib/order.sh"

# The million once; the other kernels show that nothing differs.
case $kver in
6.1) packets=${PACKETS-1000000} ;;
debug) packets=${PACKETS-20000} ;;
*) packets=${PACKETS-150000} ;;
esac

set_up
# Stalls of the lab pile up more packets than the queues of a real host see.
vsextctl config set queue-limit 20000
device=$(lab-nic 0)
plain() {
	echo "dst=10.77.0.2:5001,src=10.77.0.1:4001,size=64,id=1"
	echo "dst=10.77.0.2:5001,src=10.77.0.1:4002,size=64,id=2"
}
vxlan() {
	echo "$(in_vxlan 1 4001),size=64"
	echo "$(in_vxlan 2 4002),size=64"
}
plain_matches=('dl_type=0x800,nw_proto=17,tp_src='{4001,4002})
vxlan_matches=('dl_type=0x800,tun_type=1,tun_id=7,inner_dl_type=0x800,inner_nw_proto=17,inner_tp_src='{4001,4002})

find_rate plain 10.77.0.2:5001
check 'attached, in the driver' vsextctl port set dev "$device" on mode driver
moved_in_order 'plain stack' "$packets" plain --ms 10 "${plain_matches[@]}"
bursts 'plain stack' plain "${plain_matches[@]}"

check 'Open vSwitch starts' start_ovs
check 'the switch stands' make_switch vm
in_ns=(ip netns exec vm)
find_rate vxlan 10.9.0.2:5001
misses=$(switch_misses)
moved_in_order 'VXLAN, OVS, veth' $((packets / 10)) vxlan --ms 10 "${vxlan_matches[@]}"
bursts 'VXLAN, OVS, veth' vxlan "${vxlan_matches[@]}"
note "$(($(switch_misses) - misses)) packets went by way of vswitchd"
finish
