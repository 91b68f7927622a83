#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vsext-match.sh [KVER]: every match field and every action with real packets: the
# rule counts those that it should and no other, and they are delivered on the core
# that the action names, as the counters and the tracepoints say.
#
# lab: --no-driver --nic virtio-net --timeout 400
# drivers: virtio_net
# kernels: 6.1

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/vsext.sh
. "$here/lib/vsext.sh"
# shellcheck source-path=SCRIPTDIR source=lib/account.sh
. "$here/lib/account.sh"

set_up
device=$(lab-nic 0)
set_irqs "$device" 0
check 'attached, in the driver' vsextctl port set dev "$device" on mode driver

frames() { lab-host python3 "$lib/frames.py" lab0 "$@"; }

check 'the interrupts come to core 0' until_true 10 irqs_come "$device" 0

n_packets() { vsextctl -s flow show | sed -n 's/.*n_packets=\([0-9]*\).*/\1/p'; }
delivered_on() { vsextctl -j -s core show "$1" | jq '.[0].packets'; }
hit() { [ "$(n_packets)" -ge "$1" ]; }

# The NIC would keep frames for other addresses to itself.
ip link set "$device" promisc on
python_cases 69 "$lib/match_cases.py" "$device"
vsextctl flow add in_port=lo,dl_type=0x9999,actions=irq:2
frames 3 'eth,type=0x9999'
sleep 0.3
check 'in_port: another device: no packet' test "$(n_packets)" = 0
vsextctl flow flush

# ---------------------------------------------------------------- priorities

check 'the higher priority wins' bash -c "printf '%s\n' \
	'flow add priority=9,udp,actions=irq:1' \
	'flow add priority=10,udp,tp_dst=96,actions=irq:2' \
	'flow add priority=11,udp,tp_dst=96,tp_src=3,actions=irq:3' | '$top/build/ctl/vsextctl' -b -"
frames 4 'eth ip udp,dport=95' 5 'eth ip udp,dport=96' 6 'eth ip udp,dport=96,sport=3'
three_rules() { [ "$(n_packets | sort -n | paste -sd' ')" = "$1" ]; }
check 'each packet has one rule' until_true 5 three_rules '4 5 6'
vsextctl flow flush

# ---------------------------------------------------------------- actions

# lands FRAME CORE: 10 of them are delivered there, and nowhere else.
lands() {
	local core before after
	before=$(vsextctl -j -s core | jq -c 'map(.packets)')
	frames 10 "$1" || return
	sleep 0.2
	until_true 5 hit 10
	until_true 5 idle
	after=$(vsextctl -j -s core | jq -c 'map(.packets)')
	echo "before $before after $after"
	jq -ne --argjson a "$before" --argjson b "$after" --argjson core "$2" \
		'[range(4) | $b[.] - $a[.]] == [range(4) | if . == $core then 10 else 0 end]'
}

for core in 1 2 3; do
	vsextctl flow add "udp,tp_dst=90,actions=irq:$core"
	check "irq:$core" lands 'eth ip udp,dport=90' "$core"
	vsextctl flow flush
	sleep 0.4
done
vsextctl flow add udp,tp_dst=90,actions=irq:local
check 'irq:local: nothing is moved' lands 'eth ip udp,dport=90' -1
check 'irq:local: the rule counts' hit 10
vsextctl flow flush
sleep 0.4

vsextctl vm set id 5 cores 3
vsextctl flow add vm_id=5,actions=irq:vm
check 'irq:vm: the core of the VM' lands 'eth ip,tos=0x14 udp' 3
sleep 0.4
vsextctl vm set id 5 cores 1
check 'irq:vm: its new core' lands 'eth ip,tos=0x14 udp' 1
vsextctl flow flush
sleep 0.4

# Cores 0 and 1 are pinned, 2 is busy: 3 is left.
vsextctl vm set id 6 cores 0
taskset -c 2 sh -c 'while :; do :; done' &
jobs+=($!)
loaded() { vsextctl -j core show 2 | jq -e '.[0].load > 60'; }
idle_core() { vsextctl -j core show 3 | jq -e '.[0].load < 30'; }
check 'core 2 is seen to be busy' until_true 20 loaded
# This test itself has kept it busy until now.
check 'core 3 is not' until_true 20 idle_core
vsextctl flow add udp,tp_dst=91,actions=irq:auto
check 'irq:auto: not pinned, not busy' lands 'eth ip udp,dport=91' 3
vsextctl flow flush
sleep 0.4
vsextctl core set 3 exclude on
vsextctl flow add udp,tp_dst=92,actions=irq:auto
check 'irq:auto: no such core: it stays' lands 'eth ip udp,dport=92' -1
vsextctl flow flush
vsextctl flow add vm_id=7,vm_prio=1,actions=irq:auto
check 'irq:auto: a priority flow goes to the unpinned core, busy or not' lands 'eth ip,tos=0x9c udp' 2
vsextctl flow flush
vsextctl core set 3 exclude off
kill "${jobs[-1]}"

# ---------------------------------------------------------------- tracepoints

trace=/sys/kernel/tracing
sleep 0.4
vsextctl flow add udp,tp_dst=93,actions=irq:1
echo 1 >$trace/events/vsext/enable
# A flow that pauses for a quarter second needs no move, so it must not.
lab-host "$udpsend" -t 20 dst=10.77.0.2:93,src=10.77.0.1:4093,size=64,pps=500 >/dev/null &
jobs+=($!)
until_true 10 hit 50
vsextctl flow replace udp,tp_dst=93,actions=irq:3
until_true 10 hit 50
echo 0 >$trace/events/vsext/enable
cat $trace/trace >"$work/trace"
# traced N REGEX: at least so many lines.
traced() {
	local n
	n=$(grep -cE "$2" "$work/trace")
	echo "$n lines of $2"
	[ "$n" -ge "$1" ]
}
check 'trace: decide names the core' traced 5 'vsext_decide: .* want=1 core=1 place=queue'
check 'trace: enqueue names target and source' traced 5 'vsext_enqueue: .* core=1 source=0'
check 'trace: deliver happens on the target' traced 5 '\[001\].* vsext_deliver: .* core=1 source=0'
check 'trace: the move' traced 1 'vsext_move: .* from=1 to=3'
check 'trace: behind it the other core delivers' traced 5 '\[003\].* vsext_deliver: .* core=3'
vsextctl flow flush

# ---------------------------------------------------------------- GRO

# Segments of the wire's size come, as from a wire.
lab-host ethtool -K lab0 tso off gso off >/dev/null
lab-host timeout "$(longer 60)" iperf3 -s -1 -B 10.77.0.1 -p 5201 >/dev/null 2>&1 &
jobs+=($!)
lab-host timeout "$(longer 20)" sh -c 'until ss -ltn | grep -q :5201; do sleep 0.1; done'
vsextctl flow add tcp,tp_src=5201,actions=irq:2
in_before=$(snmp Tcp InSegs)
on_before=$(delivered_on 2)
check 'a TCP stream comes in' timeout "$(longer 60)" iperf3 -c 10.77.0.1 -p 5201 -R -t 3
segments=$(($(delivered_on 2) - on_before))
packets=$(($(snmp Tcp InSegs) - in_before))
note "$segments segments handed over, $packets packets seen by TCP"
check 'it goes through core 2' test $segments -gt "$(fewer 500)"
check 'GRO runs on the target: several segments a packet' test $((packets * 2)) -lt $segments
check 'every packet is accounted for' conserved
finish
