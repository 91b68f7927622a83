#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# loss.sh [KVER]: more than the target core takes: what is missing is what the
# counters say, to the packet, the queues hold no more than they may, and the
# system goes on.
#
# lab: --no-driver --nic virtio-net --timeout 400
# drivers: virtio_net
# alone
# kernels: 6.1

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/vsext.sh
. "$here/lib/vsext.sh"
# shellcheck source-path=SCRIPTDIR source=lib/account.sh
. "$here/lib/account.sh"

set_up
device=$(lab-nic 0)
address=10.77.0.2:5001
set_irqs "$device" 0
check 'the interrupts come to core 0' until_true 10 irqs_come "$device" 0
check 'attached, in the driver' vsextctl port set dev "$device" on mode driver

# flood RATE COMMAND...: two flows of so much; the command runs meanwhile.
flood() {
	local rate
	rate=$(fewer "$1")
	shift
	start_traffic -n$((rate * 4)) "$rate" \
		"dst=$address,src=10.77.0.1:4001,size=64,id=1" \
		"dst=$address,src=10.77.0.1:4002,size=64,id=2" || return
	"$@"
	end_traffic
}

# Until the traffic ends: the most that was seen waiting for core 1. What a move held
# may wait beyond the limit; there is none unless the machine was slow.
watch_queue() {
	local n
	most=0
	while sending; do
		n=$(vsextctl -j -s core show 1 | jq '.[0].queued')
		[ "$n" -le "$most" ] || most=$n
	done
	held=$(($(stat_of held) - held))
	note "at most $most packets were seen waiting, $held of them or less after a move"
}

# Takes the core away from ksoftirqd for 19 of 20 ms.
hog() {
	taskset -c 1 chrt -f 50 sh -c 'while :; do :; done' &
	hog=$!
	jobs+=("$hog")
}
unhog() {
	kill "$hog" && wait "$hog"
	true
}
alive() { ping -q -c 3 -i 0.2 -W 5 10.77.0.1; }
grew() { [ "$(stat_of "$1")" -gt "$2" ]; }

for limit in 64 1000; do
	vsextctl config set queue-limit $limit
	vsextctl flow flush
	vsextctl flow add udp,tp_dst=5001,actions=irq:1
	full=$(stat_of drop_full)
	held=$(stat_of held)
	# Silent flows need no move.
	sleep 1
	hog
	flood 12000 watch_queue
	unhog
	check "limit $limit: the core does not keep up" grew drop_full "$full"
	check "limit $limit: no more than that waits" test "$most" -le $((limit + held))
	check "limit $limit: every missing packet is counted, once" exactly_named
	check "limit $limit: nothing is reordered" nothing_reordered
	check "limit $limit: every packet is accounted for" conserved
	check "limit $limit: the device's rx_dropped says so too" \
		test "$(cat "/sys/class/net/$device/statistics/rx_dropped")" -ge "$(stat_of drop_full)"
	check "limit $limit: the system is alive" alive
done

# Held packets are bounded as well: the old core does not let the flow go.
vsextctl config set queue-limit 64
hold=$(stat_of drop_hold)
start_mover "$work/moved" --cores 1,2 --irqs "$(irqs_of "$device" | paste -sd,)" \
	dl_type=0x800,nw_proto=17,tp_src=4001 dl_type=0x800,nw_proto=17,tp_src=4002
hog
flood 12000 true
unhog
stop_mover
check 'moves away from a core that does not answer: held packets are bounded' grew drop_hold "$hold"
check 'moves away from it: every missing packet is counted, once' exactly_named
check 'moves away from it: every packet is accounted for' conserved
check 'moves away from it: the system is alive' alive
vsextctl config set queue-limit 20000

# A core that is not there.
set_irqs "$device" 0
vsextctl flow flush
vsextctl flow add udp,tp_dst=5001,actions=irq:1
echo 0 >/sys/devices/system/cpu/cpu1/online
check 'offline: flow show says so' bash -c "'$top/build/ctl/vsextctl' flow | grep -q 'irq:1(offline)'"
local_before=$(stat_of local)
flood 4000 true
check 'offline: nothing is lost' nothing_lost
check 'offline: nothing is reordered' nothing_reordered
# But for the first ones, which had to wait until the flows had come back.
check 'offline: packets stay where they come' at_least $(($(stat_of local) - local_before)) "$(fewer 30000)"
echo 1 >/sys/devices/system/cpu/cpu1/online
check 'online again: the rule is as before' bash -c "'$top/build/ctl/vsextctl' flow | grep -q 'irq:1\$'"
before=$(vsextctl -j -s core show 1 | jq '.[0].packets')
flood 4000 true
check 'online again: nothing is lost' nothing_lost
check 'online again: the core has packets' \
	test "$(vsextctl -j -s core show 1 | jq '.[0].packets')" -ge $((before + $(fewer 16000)))
check 'every packet is accounted for' conserved
finish
