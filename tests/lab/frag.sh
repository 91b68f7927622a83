#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# frag.sh [KVER]: datagrams of 8192 bytes in VXLAN whose outer packets are fragments,
# over IPv4 and IPv6. Each fragment is counted by the rule of the one that arrives
# first and goes to its core: by inner and outer ports if that is the start of the
# datagram, by what the last one carries if that is, and if they come by two RX
# queues. Nothing is lost or reordered.
#
# lab: --no-driver --nic igb --timeout 400
# drivers: igb
# kernels: 6.12
# kernels of check-all: 6.1 6.12 7.2

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/vsext.sh
. "$here/lib/vsext.sh"
# shellcheck source-path=SCRIPTDIR source=lib/account.sh
. "$here/lib/account.sh"

set_up
device=$(lab-nic 0)
mac=$(cat "/sys/class/net/$device/address")
n=$(fewer 300)		# datagrams a flow
fragments=6		# of each

# tunnel NAME VNI LOCAL REMOTE ADDRESS OPTION...: what is inside is delivered at ADDRESS.
tunnel() {
	local name=$1
	ip link add "$name" address 02:56:53:00:00:fe type vxlan id "$2" dstport 4789 \
		local "$3" remote "$4" "${@:6}" &&
		ip addr add "$5/24" dev "$name" &&
		ip link set "$name" mtu 9000 up
}
# IP gives up a datagram when so many other fragments of its sender have come: on
# several cores they do.
sysctl -qw net.ipv4.ipfrag_max_dist=0
check 'the tunnels stand' eval 'tunnel vx4 7 10.77.0.2 10.77.0.1 10.9.0.2 &&
	tunnel vx6 8 fd77::2 fd77::1 10.11.0.2 udp6zerocsumrx'
declare -A inside=([4]=10.9.0.2 [6]=10.11.0.2)
set_irqs "$device" 0 3
check 'the interrupts come to cores 0 and 3' until_true 10 irqs_come "$device" 0 3
# A transfer fits: where the machine stands still for a while, the ring keeps it.
check 'the rings are deep' ethtool -G "$device" rx 4096
check 'one RX queue is in use' ethtool -X "$device" equal 1
check 'attached, in the driver' vsextctl port set dev "$device" on mode driver

id=1
# datagrams VERSION ORDER FLOWS COUNT: none has an identification of those before.
datagrams() { lab-host python3 "$lib/fragments.py" lab0 "$mac" $id "$@"; }

# rules FLOW...: and their cores have rest before.
rules() {
	vsextctl flow flush
	printf 'flow add %s\n' "$@" | vsextctl -b -
	sleep 0.5
	before=$(vsextctl -j -s core | jq -c 'map(.packets)')
}
# counted N PRIORITY: by the rule of that priority.
counted() {
	vsextctl -s flow show
	vsextctl -s flow show | grep "priority=$2," | grep -q "n_packets=$1,"
}
# delivered N0 N1 N2 N3: so many on each core since the rules are there.
delivered() {
	local after
	until_true 5 idle
	after=$(vsextctl -j -s core | jq -c 'map(.packets)')
	echo "before $before after $after"
	jq -ne --argjson a "$before" --argjson b "$after" --argjson want "[$(tr ' ' , <<<"$*")]" \
		'[range(4) | $b[.] - $a[.]] == $want'
}
# traced REGEX N: so many lines.
traced() {
	local lines
	lines=$(grep -cE "$1" "$work/trace")
	echo "$lines lines of $1"
	[ "$lines" = "$2" ]
}

# transfer NAME VERSION COUNT COMMAND...: so many datagrams, each once, in order.
transfer() {
	local name=$1 version=$2 count=$3 status=0
	shift 3
	receive "$work/received" -- "${inside[$version]}:5001" && "$@" || status=$?
	id=$((id + 1000))
	until_true 20 settled
	kill "$receiver" && wait "$receiver"
	check "$name: sent" test $status = 0
	check "$name: 0 lost" at_least "$(received_of "$work/received")" "$count"
	check "$name: 0 duplicates" all_is duplicates 0 "$work/received"
	check "$name: 0 reordered" all_is reordered 0 "$work/received"
}

# ---------------------------------------------------------------- the start decides

all=$((n * fragments))
trace=/sys/kernel/tracing
echo 32768 >$trace/buffer_size_kb
for version in 4 6; do
	udp=udp
	[ $version = 4 ] || udp=udp6
	name="IPv$version, inner ports"
	# Nobody has VM id 9: its rule lets the tracepoint show the others'.
	rules priority=11,tun_type=vxlan,inner_udp,inner_tp_src=4001,actions=irq:1 \
		priority=12,tun_type=vxlan,inner_udp,inner_tp_src=4002,actions=irq:2 \
		priority=1,vm_id=9,actions=irq:3
	echo 1 >$trace/events/vsext/enable
	transfer "$name" $version $((2 * n)) datagrams $version forward 2 "$n"
	echo 0 >$trace/events/vsext/enable
	check "$name: each fragment is counted by its flow's rule (1)" counted $all 11
	check "$name: each fragment is counted by its flow's rule (2)" counted $all 12
	check "$name: each is delivered on its flow's core" delivered 0 $all $all 0
	grep -E 'vsext_(decide|deliver):' $trace/trace >"$work/trace"
	echo >$trace/trace
	for flow in 1 2; do
		check "$name: trace: every fragment of flow $flow wants core $flow" \
			traced "decide: .* vm_id=$flow .* frag=[13] want=$flow core=$flow " $all
		check "$name: trace: and is delivered there" traced "\[00$flow\].* vsext_deliver: .* core=$flow " $all
	done

	name="IPv$version, outer ports"
	rules priority=13,$udp,tp_src=6001,tp_dst=4789,actions=irq:3 priority=1,$udp,tp_src=6002,actions=irq:2
	transfer "$name" $version "$n" datagrams $version forward 1 "$n"
	check "$name: each fragment is counted" counted $all 13
	check "$name: each is delivered on its core" delivered 0 0 0 $all

	# ---------------------------------------------------------------- the end does

	name="IPv$version, the last one first"
	rules priority=14,tun_type=vxlan,inner_udp,inner_tp_src=4001,actions=irq:1 \
		priority=2,$udp,tp_src=0,actions=irq:2
	transfer "$name" $version "$n" datagrams $version backward 1 "$n"
	check "$name: none is counted by the ports" counted 0 14
	check "$name: each is counted by what the last one carries" counted $all 2
	check "$name: each is delivered on one core" delivered 0 0 $all 0

	# ---------------------------------------------------------------- two RX queues

	name="IPv$version, two RX queues"
	queue() { ethtool -S "$device" | awk -v name="rx_queue_$1_packets:" '$1 == name { print $2 }'; }
	# by_two_queues: in less than the second for which a start is remembered, so once
	# more where the machine stood still.
	by_two_queues() {
		local began sender
		for _ in {1..10}; do
			rules priority=15,tun_type=vxlan,inner_udp,inner_tp_src=4001,actions=irq:1 \
				priority=1,vm_id=9,actions=irq:2
			first=$(queue 0) second=$(queue 1)
			began=${EPOCHREALTIME/./}
			lab-host python3 "$lib/fragments.py" lab0 "$mac" $id "$version" split 1 20 &
			sender=$!
			# shellcheck disable=SC2317,SC2329 # until_true calls it
			all_started() {
				! counted 0 15 || began=${EPOCHREALTIME/./}
				counted 20 15
			}
			until_true 10 all_started >/dev/null
			ethtool -X "$device" start 1 equal 1
			kill -HUP $sender
			wait $sender
			ethtool -X "$device" equal 1
			[ $((${EPOCHREALTIME/./} - began)) -ge 900000 ] || return 0
			until_true 20 settled
			kill "$receiver" && wait "$receiver"
			id=$((id + 1000))
			receive "$work/received" -- "${inside[$version]}:5001" || return
		done
		return 1
	}
	transfer "$name" $version 20 by_two_queues
	check "$name: the start came by one" at_least $(($(queue 0) - first)) 20
	check "$name: the rest by the other" at_least $(($(queue 1) - second)) $((20 * (fragments - 1)))
	check "$name: each fragment is counted" counted $((20 * fragments)) 15
	check "$name: each is delivered on the rule's core" delivered 0 $((20 * fragments)) 0 0
done
check 'every packet is accounted for' conserved
finish
