#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# nic-ixgbe.sh [KVER]: the patched ixgbe on an 82599: its queues are those that the
# hash and the filters say, no frame is lost that nobody counts, and offloads,
# channels, rings, MTU and reloads do what they say. PACKETS=1000000 for the long run.
#
# lab: --no-driver --nic ixgbe --timeout 1200
# drivers: ixgbe
# kernels: 6.1
# kernels of check-all: 6.1 6.12 7.2
#
# shellcheck disable=SC2016 # eval expands them

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/vsext.sh
. "$here/lib/vsext.sh"
# shellcheck source-path=SCRIPTDIR source=lib/account.sh
. "$here/lib/account.sh"

set_up
device=$(lab-nic 0)
address=10.77.0.2:5001
packets=${PACKETS:-100000}
slow=1
if [ "$kver" = debug ]; then	# its checks cost an order of magnitude
	packets=${PACKETS:-20000}
	slow=8
fi
capacity=511	# descriptors of a ring that may be filled

# The card's own view: its process writes it for who asks.
card() { lab-host "$here/lib/card.sh" | jq "$1"; }

value_of() { ethtool -S "$device" | awk -v n="$1:" '$1 == n { print $2 }'; }
per_queue() { ethtool -S "$device" | awk '/ rx_queue_[0-3]_packets:/ { print $2 }' | paste -sd' '; }
nic_drops() { ethtool -S "$device" | awk '/ rx_(no_dma_resources|missed_errors):/ { n += $2 } END { print n }'; }

# Nothing but the test's own frames may come in.
quiet() {
	lab-host sysctl -qw net.ipv6.conf.lab0.disable_ipv6=1
	lab-host ip neigh replace 10.77.0.2 lladdr "$(cat "/sys/class/net/$device/address")" dev lab0
	ip neigh replace 10.77.0.1 lladdr 02:76:73:78:00:01 dev "$device"
}

has_link() { [ "$(cat "/sys/class/net/$device/carrier")" = 1 ]; }
pings() { ping -q -c 5 -i 0.1 -W 5 -M "do" -s "$1" 10.77.0.1 | grep ' 0% packet loss'; }

# subtract "A B C D" "A B C D"
subtract() {
	local a b i
	read -ra a <<<"$1"
	read -ra b <<<"$2"
	for i in 0 1 2 3; do
		echo $((a[i] - b[i]))
	done | paste -sd' '
}

total() { echo $((${1// /+})); }
arrived() { [ "$(total "$(subtract "$(per_queue)" "$1")")" -ge "$2" ]; }

# went TO DROPPED COUNT FRAME...: that many per queue ("N N N N"), and so many nowhere.
went() {
	local want=$1 dropped=$2 queues lost got
	shift 2
	queues=$(per_queue)
	lost=$(nic_drops)
	lab-host python3 "$lib/frames.py" lab0 "$@" || return
	until_true 10 arrived "$queues" "$(total "$want")"
	sleep 0.2
	got=$(subtract "$(per_queue)" "$queues")
	echo "per queue $got, wanted $want; dropped $(($(nic_drops) - lost)), wanted $dropped"
	[ "$got" = "$want" ] && [ $(($(nic_drops) - lost)) = "$dropped" ]
}

# ---------------------------------------------------------------- RSS

spread() {
	local seed=$1 flows=$2 count=$3 words
	[ $((flows * count)) -le $capacity ] || return
	mapfile -t words < <(python3 "$lib/rss.py" frames "$seed" "$flows" "$count")
	went "$(python3 "$lib/rss.py" queues "$device" "$seed" "$flows" "$count")" 0 "${words[@]}"
}

check 'four RX queues, each with its vector' test "$(irqs_of "$device" | wc -l)" = 4
check 'checksums, segmentation and hashing are on' bash -c "
	ethtool -k $device | grep -E '^(rx-checksumming|tx-checksumming|tcp-segmentation-offload|receive-hashing): on' |
		wc -l | grep -x 4"
quiet
ethtool -K "$device" ntuple on	# else the driver pins TCP flows by filters of its own
until_true 20 has_link
check 'RSS by addresses and ports, as the driver sets it up' spread 1 125 4
ethtool -N "$device" rx-flow-hash udp4 sdfn
ethtool -N "$device" rx-flow-hash udp6 sdfn
check 'RSS of UDP by its ports too' spread 2 125 4
key=$(for n in {1..40}; do printf ':%02x' $((n * 37 % 256)); done)
ethtool -X "$device" hkey "${key#:}"
check 'another key: another spread, the right one' spread 2 125 4
ethtool -X "$device" weight 1 0 2 5
check 'another table' spread 3 125 4
ethtool -X "$device" default

# ---------------------------------------------------------------- Flow Director

rule() { ethtool -N "$device" "$@"; }
no_rules() {
	local n
	for n in $(ethtool -n "$device" | awk '/^Filter:/ { print $2 }'); do
		rule delete "$n" || return
	done
}

check 'a rule for each of three ports is taken' eval '
	rule flow-type udp4 dst-port 6001 action 2 loc 1 &&
	rule flow-type udp4 dst-port 6002 action 0 loc 2 &&
	rule flow-type udp4 dst-port 6003 action -1 loc 3'
matched=$(value_of fdir_match)
check 'to queue 2' went '0 0 200 0' 0 200 'eth ip udp,dport=6001'
check 'to queue 0' went '200 0 0 0' 0 100 'eth ip udp,dport=6002' 100 'eth ip,src=10.9.1.1 udp,sport=9,dport=6002'
check 'dropped, and counted' went '0 0 0 0' 300 300 'eth ip udp,dport=6003'
check 'the matches are counted' test $(($(value_of fdir_match) - matched)) = 700
check 'the rule changes: to queue 3' eval '
	rule flow-type udp4 dst-port 6001 action 3 loc 1 &&
	went "0 0 0 200" 0 200 "eth ip udp,dport=6001"'
ethtool -r "$device"
until_true 20 has_link
check 'the rules outlive a reset' went '0 0 0 200' 200 200 'eth ip udp,dport=6001' 200 'eth ip udp,dport=6003'
check 'the rules go' no_rules
check 'what was dropped arrives again' eval '
	before=$(value_of rx_packets); lab-host python3 "$lib/frames.py" lab0 100 "eth ip udp,dport=6003"; sleep 1
	[ $(($(value_of rx_packets) - before)) = 100 ]'

check 'a 5-tuple' rule flow-type tcp4 src-ip 10.9.1.1 dst-ip 10.77.0.2 src-port 7 dst-port 80 action 1 loc 9
check 'a 5-tuple: to queue 1' went '0 200 0 0' 0 200 'eth ip,src=10.9.1.1 tcp,sport=7,dport=80'
matched=$(value_of fdir_match)
check 'a 5-tuple: no other port, address or protocol' eval '
	lab-host python3 "$lib/frames.py" lab0 50 "eth ip,src=10.9.1.1 tcp,sport=8,dport=80" \
		50 "eth ip,src=10.9.1.2 tcp,sport=7,dport=80" 50 "eth ip,src=10.9.1.1 udp,sport=7,dport=80"
	sleep 0.5; [ "$(value_of fdir_match)" = "$matched" ]'
no_rules
check 'a network' rule flow-type udp4 src-ip 10.9.0.0 m 0.0.255.255 action 3 loc 9
check 'a network: to queue 3' went '0 0 0 300' 0 100 'eth ip,src=10.9.1.1 udp' 100 'eth ip,src=10.9.255.9 udp' \
	100 'eth ip,src=10.9.7.7,dst=10.9.1.1 udp,sport=1,dport=2'
no_rules
check 'any IPv4' rule flow-type ip4 src-ip 10.9.1.1 action 2 loc 9
check 'any IPv4: to queue 2, fragments and ESP as well' went '0 0 300 0' 0 100 'eth ip,src=10.9.1.1 tcp' \
	100 'eth ip,src=10.9.1.1 esp' 100 'eth ip,src=10.9.1.1,frag=1 udp'
no_rules
ip link add link "$device" name vlan5 type vlan id 5
ip link set vlan5 up
check 'a VLAN' rule flow-type udp4 dst-port 6001 vlan 5 m 0xf000 action 1 loc 9
check 'a VLAN: to queue 1' went '0 200 0 0' 0 200 'eth vlan,vid=5,pcp=3 ip udp,dport=6001'
no_rules
check 'an Ethernet type, by the flexible bytes' rule flow-type udp4 dst-port 6001 vlan-etype 0x8100 action 3 loc 9
matched=$(value_of fdir_match)
check 'an Ethernet type: tagged frames to queue 3' went '0 0 0 100' 0 100 'eth vlan,vid=5 ip udp,dport=6001'
check 'an Ethernet type: no others' eval '
	lab-host python3 "$lib/frames.py" lab0 50 "eth ip udp,dport=6001"
	sleep 0.5; [ $(($(value_of fdir_match) - matched)) = 100 ]'
no_rules
ethtool -K "$device" ntuple off
until_true 20 has_link
quiet

# ---------------------------------------------------------------- filters, tags

heard() {
	local before
	before=$(value_of rx_packets)
	lab-host python3 "$lib/frames.py" lab0 100 "$2"
	until_true 3 eval "[ \$((\$(value_of rx_packets) - $before)) -ge $1 ]"
	sleep 0.2
	echo "$(($(value_of rx_packets) - before)) of 100"
	[ $(($(value_of rx_packets) - before)) = "$1" ]
}

check 'a frame to another address is not for us' heard 0 'eth,dst=02:76:73:78:00:77 ip udp'
check 'nor one of a group that we are not in' heard 0 'eth,dst=01:00:5e:01:02:03 ip udp'
check 'nor one of a VLAN that we are not in' heard 0 'eth vlan,vid=6 ip udp'
ip maddr add 01:00:5e:01:02:03 dev "$device"
check 'once we are in the group it is' heard 100 'eth,dst=01:00:5e:01:02:03 ip udp'
ip maddr del 01:00:5e:01:02:03 dev "$device"
ip link set "$device" promisc on
check 'promiscuous: to another address' heard 100 'eth,dst=02:76:73:78:00:77 ip udp'
ip link set "$device" promisc off
before=$(cat /sys/class/net/vlan5/statistics/rx_packets)
check 'a frame of our VLAN is for us' heard 100 'eth vlan,vid=5 ip udp'
check 'and gets to its device, without the tag' \
	test $(($(cat /sys/class/net/vlan5/statistics/rx_packets) - before)) = 100
check 'what that device sends is tagged by the card' eval '
	lab-host timeout 20 python3 "$lib/tagged.py" lab0 5 & seen=$!
	sleep 1; python3 "$lib/frames.py" vlan5 20 "eth,dst=02:76:73:78:00:01 ip udp"; wait $seen'
ip link del vlan5

# ---------------------------------------------------------------- every frame

# The counters of the driver, those of the card, and those of the tap.
adds_up() {
	local sent all
	sent=$(lab-host ip -s -j link show dev lab0 | jq '.[].stats64.tx.packets')
	all=$(card '.received - .ignored - .oversize - .filtered - .delivered - .no_descriptor - .missed')
	echo "the tap gave $sent; the card: $(card .)"
	[ "$all" = 0 ] && [ "$sent" = "$(card .received)" ]
}

# What a reset comes between, the driver forgets: so the sums are those of one phase.
# It has taken what was missed out of rx_pkts_nic.
drivers_sums() {
	ethtool -S "$device" | awk '
		{ sub(":", "", $1); v[$1] = $2 }
		END { print v["rx_pkts_nic"] - v["rx_packets"] - v["rx_no_dma_resources"],
			v["tx_pkts_nic"] - v["tx_packets"], 0, 0 }'
}
driver_agrees() {
	local now
	now=$(drivers_sums)
	echo "before: $1; now: $now"
	[ "$now" = "$1" ]
}

# Every counter that names a datagram of ours; none of them can name another packet.
named() {
	echo "vsext=$((forgotten + $(ours))) tap=$(tap_drops) nic=$(nic_drops)" \
		"softnet=$(softnet_drops) udp=$(snmp Udp InErrors NoPorts)"
}

# traffic NAME PPS SIZE: that many packets in all.
traffic() {
	local name=$1 pps=$2 size=$3 flows=() n sums
	sums=$(drivers_sums)
	for n in 1 2 3 4; do
		flows+=("dst=$address,src=10.77.0.1:$((4000 + n)),size=$size,id=$n")
	done
	start_traffic "-n$((packets / 4))" $((pps / 4 / slow)) "${flows[@]}"
	end_traffic
	check "$name: all $packets are delivered, or counted once" exactly_named
	check "$name: nothing is reordered" nothing_reordered
	check "$name: the card has counted every frame" adds_up
	check "$name: the driver's counters agree" driver_agrees "$sums"
}

check 'attached, in the driver' vsextctl port set dev "$device" on mode driver
vsextctl config set queue-limit 20000
traffic 'four queues' 20000 200
check 'four queues: each had some' eval "! per_queue | tr ' ' '\n' | grep -qx 0"
vsextctl flow add udp,tp_dst=5001,actions=irq:2
traffic 'all to core 2' 16000 1400
check 'all but those of core 2 went there' eval '[ "$hits" -gt 0 ] && [ "$(stat_of moved)" -ge $((hits / 2)) ]'
taken=$(nic_drops)
ethtool -G "$device" rx 64
until_true 20 has_link
traffic 'more than it takes' 200000 64
check 'more than it takes: the card dropped some' test "$(nic_drops)" -gt "$taken"
ethtool -L "$device" combined 1		# a single queue may not drop: that is "missed"
until_true 20 has_link
missed=$(value_of rx_missed_errors)
traffic 'more than one queue takes' 200000 64
check 'more than one queue takes: the card missed some' test "$(value_of rx_missed_errors)" -gt "$missed"
ethtool -L "$device" combined 4
ethtool -G "$device" rx 512
until_true 20 has_link
check 'every packet is accounted for in vsext' conserved
vsextctl port set dev "$device" off

# ---------------------------------------------------------------- offloads

lab-host python3 "$lib/stream.py" serve 10.77.0.1 5300 &
jobs+=($!)
lab-host timeout 20 sh -c 'until ss -ltn | grep -q :5300; do sleep 0.1; done'
tap_snmp() { lab-host cat /proc/net/snmp | awk -v p="$1:" '$1 == p && $2 ~ /^[0-9]/ { print $NF }'; }
stream() { python3 "$lib/stream.py" "$1" 10.77.0.1 5300 "${@:2}"; }

sum_before=$(value_of rx_csum_offload_errors)
began=$(value_of tx_bytes)
matched=$(value_of fdir_match)
check 'TCP by segmentation offload: 30 MB, each byte right' stream push 30000000
check 'TCP from the host: 30 MB, each byte right' stream pull 30000000
check 'what answers a flow that the driver sends matches the filter that it has set (ATR)' \
	test $(($(value_of fdir_match) - matched)) -gt 100
check 'UDP by segmentation offload: 40 datagrams of one write' stream segments 40 1400
check 'and with a short one at the end' stream segments 7 999
check 'bytes on the wire: what was sent and headers' test $(($(value_of tx_bytes) - began)) -gt 31000000
check 'the host saw no wrong checksum' eval '[ "$(tap_snmp Tcp)" = 0 ] && lab-host grep "^Udp:" /proc/net/snmp |
	awk "NR == 1 { for (i = 2; i <= NF; i++) c[\$i] = i } NR == 2 { exit \$c[\"InCsumErrors\"] }"'
check 'nor the guest' test "$(value_of rx_csum_offload_errors)" = "$sum_before"

# ---------------------------------------------------------------- reconfiguration

works() {
	until_true 20 has_link
	pings 56 && stream push 2000000 && stream pull 2000000
}

for channels in 1 2 3 4; do
	check "ethtool -L: $channels" eval 'ethtool -L "$device" combined $channels && works'
	check "ethtool -L: $channels RX queues" eval \
		'[ "$(find "/sys/class/net/$device/queues" -name "rx-*" | wc -l)" = $channels ]'
done
for ring in 64 4096 512; do
	check "ethtool -G: $ring" eval 'ethtool -G "$device" rx $ring tx $ring && works'
done
lab-host ip link set lab0 mtu 9000
for mtu in 9000 3000 1500; do
	check "MTU $mtu" eval 'ip link set "$device" mtu $mtu && works && pings $((mtu - 28))'
done
lab-host ip link set lab0 mtu 1500
check 'a frame that is too long is counted' eval '
	before=$(value_of rx_long_length_errors); lab-host ip link set lab0 mtu 3000
	lab-host ping -q -c 3 -i 0.2 -W 1 -M do -s 2500 10.77.0.2; lab-host ip link set lab0 mtu 1500
	[ $(($(value_of rx_long_length_errors) - before)) = 3 ]'

# Frames every 0.2 ms: an interrupt for nearly each, or with moderation one in a millisecond.
interrupts() {
	local before
	before=$(card .interrupts)
	began=$EPOCHREALTIME
	lab-host python3 "$lib/frames.py" --every "0.000$((slow + 1))" lab0 $((5000 / slow)) 'eth ip,dst=10.9.9.9 udp'
	took=$(((${EPOCHREALTIME/./} - ${began/./}) / 1000))	# ms
	interrupts=$(($(card .interrupts) - before))
}
ethtool -C "$device" rx-usecs 5
interrupts
check "hardly any moderation: $interrupts interrupts in $took ms" test "$interrupts" -gt $((1800 / slow))
ethtool -C "$device" rx-usecs 1000
interrupts
check "1 ms of moderation: $interrupts interrupts in $took ms" test "$interrupts" -le $((took * 5 / 4))

for n in 1 2; do
	check "the driver is reloaded ($n)" eval 'rmmod ixgbe && load_driver ixgbe && lab-up && quiet && works'
done
check 'resets in the middle of traffic: every frame is counted' eval '
	lab-host python3 "$lib/frames.py" --every 0.0002 lab0 $((20000 / slow)) "eth ip,dst=10.9.9.9 udp" &
	for n in 1 2 3; do
		ethtool -r "$device" && sleep 0.5
	done
	wait $! && works && adds_up'
check 'a register dump disturbs nothing' eval 'ethtool -d "$device" >/dev/null && works'
check 'every frame is counted, to the end' adds_up
check 'no packet that the card could not make out' test "$(card '.malformed + .bad_address + .refused + .unsent')" = 0
complaints() { ! dmesg --level=emerg,alert,crit,err,warn | grep -v 'enabling UDP RSS' | grep -iE 'ixgbe|vfio|pci.*error|NETDEV WATCHDOG'; }
check 'the kernel has nothing to complain of' complaints
finish
