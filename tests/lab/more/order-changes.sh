#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# order-changes.sh [KVER]: order across every other change of where a flow goes: its
# rule goes and returns (hit and miss), its action changes, all rules are flushed,
# the target core goes offline; and TCP, whose segments GRO merges on the target.
#
# Started by hand; not part of make check for its time.
#
# lab: --no-driver --nic virtio-net --timeout 400
# drivers: virtio_net
# kernels: 6.1 6.12

here=$(dirname "${BASH_SOURCE[0]}")/..
# shellcheck source-path=SCRIPTDIR/.. source=lib/vsext.sh
. "$here/lib/vsext.sh"
# shellcheck source-path=SCRIPTDIR/.. source=lib/order.sh
. "$here/lib/order.sh"

set_up
vsextctl config set queue-limit 20000
device=$(lab-nic 0)
plain() {
	echo "dst=10.77.0.2:5001,src=10.77.0.1:4001,size=64,id=1"
	echo "dst=10.77.0.2:5001,src=10.77.0.1:4002,size=64,id=2"
}
matches=('dl_type=0x800,nw_proto=17,tp_src='{4001,4002})
find_rate plain 10.77.0.2:5001
check 'attached, in the driver' vsextctl port set dev "$device" on mode driver

moved_in_order 'rules that go and return' $((rate * 4)) plain --ms 10 --how vanish "${matches[@]}"
vsextctl flow flush
moved_in_order 'actions that change' $((rate * 4)) plain --ms 10 --how action "${matches[@]}"
vsextctl flow flush

# beside COMMAND...: runs it again and again until the transfer is over.
beside() {
	while [ ! -e "$work/over" ]; do
		"$@" || return
	done
}
# in_order_beside NAME COMMAND...
in_order_beside() {
	local name=$1 side status=0
	shift
	rm -f "$work/over"
	beside "$@" &
	side=$!
	jobs+=("$side")
	below_capacity $((rate * 4)) plain --ms 10 "${matches[@]}" || status=$?
	touch "$work/over"
	wait "$side" || status=$?
	check "$name: packets come, while that goes on" test $status = 0
	check "$name: 0 reordered" all_is reordered 0 "$work/received"
	check "$name: 0 lost" all_is lost 0 "$work/received"
	check "$name: every packet is accounted for" conserved
}

flush() { vsextctl flow flush && sleep 0.05; }
in_order_beside 'every rule is flushed' flush
vsextctl flow flush
core_flap() {
	echo 0 >/sys/devices/system/cpu/cpu1/online
	sleep 0.3
	echo 1 >/sys/devices/system/cpu/cpu1/online
	sleep 0.3
}
in_order_beside 'a core goes offline and returns' core_flap
vsextctl flow flush

# ---------------------------------------------------------------- TCP

# With several queues, a tap sends a stream to the queue that its ACKs left by.
ethtool -L "$device" combined 1
# Segments of the wire's size come, as from a wire, so GRO has work.
lab-host ethtool -K lab0 tso off gso off >/dev/null
# What a receiver counts when segments come out of order.
out_of_order() { nstat -asz TcpExtTCPOFOQueue | awk '$1 == "TcpExtTCPOFOQueue" { print $2 }'; }

# stream MOVER-OPTION...: one TCP stream under moves; $queued_late of its segments.
stream() {
	local port=5201 before
	lab-host timeout 60 iperf3 -s -1 -B 10.77.0.1 -p $port >/dev/null 2>&1 &
	jobs+=($!)
	lab-host timeout 20 sh -c "until ss -ltn | grep -q :$port; do sleep 0.1; done"
	start_mover "$work/moved" "$@" dl_type=0x800,nw_proto=6,tp_src=$port || return
	before=$(out_of_order)
	moves=$(stat_of moves)
	drops=$(stat_of 'drop_full + .drop_hold')
	timeouts=$(stat_of fence_timeouts)
	timeout 60 iperf3 -c 10.77.0.1 -p $port -R -t 5 -b 60M -J >"$work/tcp" || return
	stop_mover
	queued_late=$(($(out_of_order) - before))
	moves=$(($(stat_of moves) - moves))
	drops=$(($(stat_of 'drop_full + .drop_hold') - drops))
	timeouts=$(($(stat_of fence_timeouts) - timeouts))
	note "TCP: $(jq '.end.sum_received.bits_per_second / 1e6 | floor' "$work/tcp") Mb/s," \
		"$moves moves, $queued_late segments out of order, $drops drops, $timeouts timeouts"
}

for try in 1 2 3; do
	stream --ms 10 || give_up 'a TCP stream comes in'
	[ "$timeouts" != 0 ] || break
	note "the machine stood still in try $try"
done
check 'TCP: the stream was moved' at_least "$moves" 20
check 'TCP: nothing was dropped' test "$drops" = 0
check 'TCP: no segment came out of order' test "$queued_late" = 0
check 'TCP: every packet is accounted for' conserved
finish
