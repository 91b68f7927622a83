# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What every driver's rings must show; source ring.sh first.

# shellcheck disable=SC2154 # ring.sh sets them

# The long transfers' rate for each flow.
rate=$(fewer $((packets < 1000000 ? 1500 : 2500)))

# flows 1 to 6 go to cores 1, 2, 3, 1, 2, 3; of 7 and 8 no rule knows.
add_rules() {
	local i
	for i in 1 2 3 4 5 6; do
		vsextctl flow add "udp,tp_src=$((4000 + i)),actions=irq:$(((i - 1) % 3 + 1))" || return
	done
}

mapfile -t eight < <(all_flows)

detached() {
	local n=$((packets / 4 / flows)) before
	queue_cores 0,1,2,3
	before=$(paste -sd, <(frames_of))
	transfer $n "$rate" "${eight[@]}"
	check "$1, detached: everything was sent and all flows came" sent_all $n "$flows"
	arrived "$1, detached"
	check "$1, detached: every queue had frames" every_queue "$before"
	check "$1, detached: vsext saw none" same "$hits" 0
}

spread() {
	local n=$((packets / 2 / flows)) before cores_before
	queue_cores 0,0,0,0
	check "$1: attached, in the driver" vsextctl port set dev ring0 on mode driver
	check "$1: rules" add_rules
	before=$(paste -sd, <(frames_of))
	cores_before=$(vsext_cores)
	watch_cores
	transfer $n "$rate" "${eight[@]}"
	check "$1, spread: everything was sent and all flows came" sent_all $n "$flows"
	arrived "$1, spread"
	check "$1, spread: every queue had frames" every_queue "$before"
	check "$1, spread: the stack had each flow on the core of its rule, the others where they came" \
		same "$(cores_seen)" "$(expected_cores 1 2 3 1 2 3 0 0)"
	check "$1, spread: vsext counted them there" \
		same "$(minus "$(vsext_cores)" "$cores_before")" "$(expected_cores 1 2 3 1 2 3 none none)"
	check "$1, spread: rules were hit as often as frames came that they name" \
		same "$hits" "$(jq '[.flows[] | select(.id <= 6).packets] | add' "$work/received")"
	check "$1, spread: every packet is accounted for" conserved
}

# Frames that vsext delivered on core 0, 1, 2, 3.
vsext_cores() { vsextctl -j -s core show | jq -r '[.[0:4][].packets] | join(" ")'; }

# minus A B: lists of numbers.
minus() {
	paste -d' ' <(tr ' ' '\n' <<<"$1") <(tr ' ' '\n' <<<"$2") |
		awk '{ printf "%s%d", (NR > 1 ? " " : ""), $1 - $2 } END { print "" }'
}

# Rules, interrupts and the way in change as fast as they can while frames come.
changes() {
	local n=$((packets / 4 / flows)) round=0 pps
	pps=$((n / $(stretched 8)))
	pps=$((pps < 500 ? pps : 500))
	start $n $pps "${eight[@]}"
	while sending; do
		round=$((round + 1))
		vsextctl flow flush
		vsextctl flow add "udp,actions=irq:$((round % 4))"
		queue_cores "$((round % 4)),$(((round + 1) % 4)),$(((round + 2) % 4)),$(((round + 3) % 4))"
		case $((round % 3)) in
		0) vsextctl port set dev ring0 on mode driver ;;
		1) vsextctl port set dev ring0 off ;;
		2) vsextctl port set dev ring0 on mode ingress ;;
		esac
	done
	end_traffic
	note "$round rounds of changes; $(stat_of fence_timeouts) moves did not wait for their core any longer"
	check "$1, changes: at least one of each" at_least "$round" 3
	check "$1, changes: everything was sent and all flows came" sent_all $n "$flows"
	arrived "$1, changes"
	check "$1, changes: every packet is accounted for" conserved
	vsextctl flow flush
	vsextctl port set dev ring0 on mode driver
	add_rules
	queue_cores 0,1,2,3
}

# Frames of many kinds from a file, rules for some, seen by a packet socket.
kinds() {
	local n before frames receiver
	n=$(fewer 4000)
	vsextctl flow flush
	vsextctl flow add udp,tp_dst=4789,actions=irq:1
	vsextctl flow add ip,nw_proto=50,actions=irq:2
	vsextctl flow add ipv6,actions=irq:3
	queue_cores 0,0,0,0
	before=$(named)
	python3 "$lib/pcap.py" make "$work/frames.pcap" "$n"
	taskset -c 3 python3 "$lib/pcap.py" expect "$work/frames.pcap" ring0 "$work/frames.ready" >"$work/frames" &
	receiver=$!
	jobs+=("$receiver")
	until_true 30 test -e "$work/frames.ready"
	"${from[@]}" python3 "$lib/pcap.py" send "$work/frames.pcap" wire0
	wait "$receiver"
	note "$(cat "$work/frames") named: $(difference "$before" "$(named)")"
	frames=$(difference "$before" "$(named)")
	check "$1, kinds: delivered = injected - counted drops" jq -e \
		".sent == .received + .socket_drops + ${frames##*sum=}" "$work/frames"
	check "$1, kinds: every byte of every frame is as in the file" jq -e '.wrong == 0' "$work/frames"
	check "$1, kinds: in order in every flow, none twice" jq -e '.reordered + .twice == 0' "$work/frames"
	check "$1, kinds: each kind came" jq -e '.kinds | all(. > 50)' "$work/frames"
	check "$1, kinds: VXLAN and starts of it, ESP and IPv6 met their rules, nothing else did" same \
		"$(vsextctl -j -s flow show | jq -c '[.[] | .packets] | sort')" \
		"$(jq -c '[.kinds | .vxlan + .first, .esp, .ipv6] | sort' "$work/frames")"
	check "$1, kinds: every packet is accounted for" conserved
	queue_cores 0,1,2,3
}

# received_at ADDRESS NAME N RATE FLOW...: where the stack has taken off what is around.
received_at() {
	local name=$2 n=$3 address=$1
	transfer "$n" "${@:4}"
	check "$name: everything was sent and all flows came" sent_all "$n" $(($# - 4))
	arrived "$name"
}

# The stack behind the rings: reassembly, VXLAN, ESP.
stack() {
	local n side key=0x000102030405060708090a0b0c0d0e0f10111213
	n=$(fewer 500)
	vsextctl flow flush
	vsextctl flow add ip,nw_src=10.88.0.1,actions=irq:2
	received_at "$address" "$1, fragments" "$n" "$(fewer 400)" "$(flow 1 8000)" "$(flow 2 3000)"

	ip link add vx type vxlan id 7 dstport 4789 local 10.88.0.2 remote 10.88.0.1 dev ring0
	"${from[@]}" ip link add vx type vxlan id 7 dstport 4789 local 10.88.0.1 remote 10.88.0.2 dev wire0
	sysctl -qw net.ipv6.conf.vx.disable_ipv6=1
	"${from[@]}" sysctl -qw net.ipv6.conf.vx.disable_ipv6=1
	ip addr add 10.89.0.2/24 dev vx && ip link set vx up
	"${from[@]}" ip addr add 10.89.0.1/24 dev vx && "${from[@]}" ip link set vx up
	# What waits for an address to be resolved is overtaken when it is.
	"${from[@]}" ip neigh replace 10.89.0.2 lladdr "$(cat /sys/class/net/vx/address)" dev vx
	ip neigh replace 10.89.0.1 lladdr "$("${from[@]}" cat /sys/class/net/vx/address)" dev vx
	received_at 10.89.0.2:5001 "$1, VXLAN" "$n" "$(fewer 800)" \
		"dst=10.89.0.2:5001,src=10.89.0.1:4001,size=1300,id=1" \
		"dst=10.89.0.2:5001,src=10.89.0.1:4002,size=100,id=2"
	"${from[@]}" ip link del vx	# first: it says things by itself
	ip link del vx

	for side in '' "${from[*]}"; do
		$side ip xfrm state add src 10.88.0.1 dst 10.88.0.2 proto esp spi 0x1001 mode transport \
			auth-trunc 'hmac(sha1)' $key 96 enc 'ecb(cipher_null)' ''
	done
	"${from[@]}" ip xfrm policy add src 10.88.0.1 dst 10.88.0.2 proto udp dir out \
		tmpl src 10.88.0.1 dst 10.88.0.2 proto esp mode transport
	received_at "$address" "$1, ESP" "$n" "$(fewer 300)" "$(flow 1 1200)" "$(flow 2 64)"
	check "$1, ESP: that is what it was" \
		same "$(ip -s xfrm state | sed -n 's/.* \([0-9]*\)(packets).*/\1/p')" $((2 * n))
	"${from[@]}" ip xfrm policy flush
	"${from[@]}" ip xfrm state flush
	ip xfrm state flush
	check "$1, stack: every packet is accounted for" conserved
	vsextctl flow flush
	add_rules
}

missed() { cat /sys/class/net/ring0/statistics/rx_missed_errors; }
missed_more() { at_least "$(missed)" $(($1 + 1)); }

# More frames than a queue has buffers, before the driver hears of any.
overload() {
	local before
	before=$(missed)
	echo Y >"$param/ring_held"
	start 4000 20000 "${eight[0]}"
	check "$1, full: rings were full, and counted it" until_true 60 missed_more "$before"
	echo N >"$param/ring_held"
	end_traffic
	arrived "$1, full"
	check "$1, full: every packet is accounted for" conserved
	transfer 100 "$rate" "${eight[@]}"
	check "$1, after that: nothing is lost" nothing_lost
}

# reopened: down and up while frames come; those that it refuses, and those that were
# in its rings, are counted.
reopened() {
	local i
	start $((rate * $(stretched 1))) "$rate" "${eight[@]}"
	for i in 1 2 3; do
		ip link set ring0 down
		ip link set ring0 up
		ip neigh replace 10.88.0.1 lladdr "$("${from[@]}" cat /sys/class/net/wire0/address)" dev ring0
	done
	end_traffic
	check "$1, closed and opened under traffic: all flows came" \
		same "$(jq '.flows | length' "$work/received")" "$flows"
	arrived "$1, closed and opened under traffic"
	transfer 100 "$rate" "${eight[@]}"
	check "$1, opened: nothing is lost" nothing_lost
}

received_more() { [ "$(cat /sys/class/net/ring0/statistics/rx_packets)" -gt "$1" ]; }

# The module goes while frames are in its rings and behind it.
unloaded() {
	local pid
	"${from[@]}" "$udpsend" -m -t 20 "${eight[@]/%/,pps=$(fewer 4000)}" >"$work/flood" 2>&1 &
	pid=$!
	jobs+=("$pid")
	until_true 10 received_more "$(cat /sys/class/net/ring0/statistics/rx_packets)"
	check "$1: the driver leaves while frames are in flight" rmmod "$nic"
	kill "$pid" && wait "$pid"
	check "$1: its devices are gone" bash -c '! ip link show ring0 && ! ip netns exec peer ip link show wire0'
	vsextctl flow flush
}

all_cases() {
	check "$1: more queues than there can be are refused" refused ring_queues=9
	load_ring "${@:3}" || give_up "$1: the driver loads"
	check "$1: the devices come up" plug_in "$2"
	detached "$1"
	spread "$1"
	changes "$1"
	kinds "$1"
	stack "$1"
	overload "$1"
	reopened "$1"
	unloaded "$1"
}

# jumbo_case NAME MTU PARAMETER...: frames in several pieces.
jumbo_case() {
	local n=$((packets / 50 / 4))
	load_ring "${@:3}" || give_up "$1: the driver loads"
	check "$1: the devices come up" plug_in "$2"
	vsextctl port set dev ring0 on mode driver
	vsextctl flow add 'udp,tp_src=4001,actions=irq:1'
	vsextctl flow add 'udp,tp_src=4002,actions=irq:2'
	transfer $n "$(fewer 500)" "$(flow 1 8972)" "$(flow 2 3000)" "$(flow 3 5999)" "$(flow 4 64)"
	check "$1: everything was sent and all flows came" sent_all $n 4
	arrived "$1"
	check "$1: every packet is accounted for" conserved
	unloaded "$1"
}
