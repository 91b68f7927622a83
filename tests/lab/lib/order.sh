# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Order under forced moves, judged by udpsend's sequence numbers. Source vsext.sh
# first and set $device; $in_ns wraps the receiver.

# shellcheck disable=SC2154 # vsext.sh sets them

in_ns=()
address=
tap=lab0
rate=
tick=1000
fence=/sys/module/vsext/parameters/fence
before=
after=

# transfer PACKETS RATE TRAFFIC: TRAFFIC is a function that prints udpsend's flows.
# Leaves $work/sent and $work/received.
transfer() {
	local flows
	mapfile -t flows < <("$3")
	receive "$work/received" "${in_ns[@]}" taskset -c 3 -- -f "${#flows[@]}" -i 500 \
		-t $(($(longer 120) + $1 / $2)) "$address" || return
	send "$work/sent" -T $tick -n "$1" "${flows[@]/%/,pps=$2}" || return
	wait "$receiver"
}

tap_drops() { lab-host ip -s -j link show dev "$tap" | jq '.[].stats64.tx.dropped'; }
delta_of() { jq -n --argjson a "$before" --argjson b "$after" "\$b.$1 - \$a.$1"; }

# find_rate TRAFFIC ADDRESS: the most that comes through without us, halved, is $rate.
find_rate() {
	address=$2
	for rate in 24000 18000 13000 9000 6000 4000 2500 1500 800; do
		[ "$rate" -le "$(fewer 24000)" ] || continue
		if transfer $((rate * 2)) "$rate" "$1" && [ "$(sum_of "$work/received" lost)" = 0 ]; then
			rate=$((rate / 2))
			note "below capacity: $rate packets/s and flow"
			return
		fi
	done
	give_up 'some rate comes through without loss and without vsext'
}

# transfer_moving PACKETS TRAFFIC MOVER-OPTION...: $before and $after are our counters.
transfer_moving() {
	local packets=$1 traffic=$2
	shift 2
	start_mover "$work/moved" --irqs "$(irqs_of "$device" | paste -sd,)" "$@" || return
	before=$(vsextctl -j stats)
	transfer "$packets" "$rate" "$traffic" || return
	stop_mover || return
	until_true 5 idle
	after=$(vsextctl -j stats)
	note "$(jq -c . "$work/moved")"
	note "$(jq -cn --argjson a "$before" --argjson b "$after" \
		'$b | with_entries(.value -= $a[.key]) | del(.[] | select(. == 0))')"
	note "$(jq -c '.flows[] | {id, packets, sent, lost, reordered, duplicates, max_late}' \
		"$work/received" | paste -sd' ')"
}

# below_capacity TRANSFER_MOVING...: once more at half the rate if the machine stood
# still: its tap, in front of the guest, had to drop, or a core did not answer for
# as long as a move waits.
below_capacity() {
	local tries drops
	for tries in 1 2 3; do
		drops=$(tap_drops)
		transfer_moving "$@" || return
		[ "$(tap_drops)" != "$drops" ] || [ "$(delta_of fence_timeouts)" != 0 ] || return 0
		rate=$((rate / 2))
		note "the machine stood still in try $tries; now at $rate packets/s"
	done
}

# moved_in_order NAME PACKETS TRAFFIC MOVER-OPTION...
moved_in_order() {
	local name=$1 packets=$2 traffic=$3 status=0
	shift 3
	below_capacity "$packets" "$traffic" "$@" || status=$?
	check "$name: $packets packets per flow, a move every 10 ms" test $status = 0
	check "$name: everything was sent" all_is sent "$packets" "$work/received"
	check "$name: 0 reordered" all_is reordered 0 "$work/received"
	check "$name: 0 lost" all_is lost 0 "$work/received"
	check "$name: 0 duplicates" all_is duplicates 0 "$work/received"
	check "$name: flows did move" at_least "$(delta_of moves)" \
		"$(jq '.seconds * 8 | floor' "$work/sent")"
	check "$name: interrupts did move" jq -e '.irq_changes >= 4' "$work/moved"
	check "$name: every packet is accounted for" conserved
}

# bursts NAME TRAFFIC MOVER-OPTION...: many packets at once, so that moves find some
# under way. With the fence they stay in order; the naive mover must be seen to
# reorder.
bursts() {
	local name=$1 traffic=$2 n=$((rate * 6))
	shift 2
	tick=40000
	below_capacity $n "$traffic" --ms 10 "$@"
	check "$name, bursts: 0 reordered" all_is reordered 0 "$work/received"
	echo N >$fence
	transfer_moving $n "$traffic" --ms 10 "$@"
	echo Y >$fence
	check "$name, bursts, no fence: packets are reordered" \
		at_least "$(sum_of "$work/received" reordered)" 1
	check "$name, bursts: every packet is accounted for" conserved
	tick=1000
}
