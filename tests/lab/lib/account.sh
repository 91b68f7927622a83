# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Where packets were left: what was sent and did not arrive, against every counter
# that names a loss on the way. Source vsext.sh first and set $device.

# shellcheck disable=SC2154 # vsext.sh and the test set them

# Of vsexts that were unloaded since.
forgotten=0
netns=()	# of the receiver
from=(lab-host)	# where the sender is

ours() { vsextctl -j stats | jq '.drop_full + .drop_hold + .drop_gone'; }

# Call it while nothing more can be dropped, before the counters go with the module.
save_ours() { forgotten=$((forgotten + $(ours))); }

# snmp PROTOCOL COUNTER...: the sum, in the receiver's namespace and here.
snmp() {
	local prefix=("${netns[@]}")
	{
		cat /proc/net/snmp
		[ ${#prefix[@]} = 0 ] || "${prefix[@]}" cat /proc/net/snmp
	} | awk -v protocol="$1:" -v names=" ${*:2} " '
		$1 != protocol { next }
		$2 !~ /^-?[0-9]+$/ { split($0, name); next }
		{ for (i = 2; i <= NF; i++) if (index(names, " " name[i] " ")) sum += $i }
		END { print sum + 0 }'
}

softnet_drops() {
	local dropped sum=0
	while read -r _ dropped _; do
		sum=$((sum + 16#$dropped))
	done </proc/net/softnet_stat
	echo $sum
}

# What the driver lost of it by itself; vsext's own drops are in rx_dropped too.
nic_drops() {
	local name sum=0
	for name in rx_missed_errors rx_fifo_errors rx_over_errors; do
		sum=$((sum + $(cat "/sys/class/net/$device/statistics/$name" 2>/dev/null || echo 0)))
	done
	echo $sum
}

tap_drops() { lab-host ip -s -j link show dev lab0 | jq '.[].stats64.tx.dropped'; }

# link_drops DEVICE...: receive and transmit, of those that exist.
link_drops() {
	local device sum=0 n
	for device; do
		for n in rx_dropped tx_dropped; do
			sum=$((sum + $(cat "/sys/class/net/$device/statistics/$n" 2>/dev/null || echo 0)))
		done
	done
	echo $sum
}

# What else may lose packets in a test.
more_named() { :; }

# All counters that name a loss, as words name=value.
named() {
	echo "vsext=$((forgotten + $(ours))) tap=$(tap_drops) nic=$(nic_drops)" \
		"softnet=$(softnet_drops) $(more_named) udp=$(snmp Udp InErrors NoPorts)" \
		"ip=$(snmp Ip InHdrErrors InAddrErrors InUnknownProtos InDiscards OutNoRoutes ReasmFails)"
}

# difference BEFORE AFTER: of two such lists, what is not 0; then the sum.
difference() {
	tr -s ' ' '\n' <<<"$1 $2" | awk -F= '
		{ if (NF < 2) next; if ($1 in first) { d = $2 - first[$1]; if (d) text = text $1 "=" d " "; sum += d }
		  else first[$1] = $2 }
		END { print text "sum=" sum + 0 }'
}

# start_traffic LIMIT RATE FLOW...: LIMIT is -nPACKETS or -tSECONDS. Leaves
# $work/sent and $work/received. There are no markers: a marker that is dropped
# would be counted, but not be missed.
start_traffic() {
	local limit=$1 pps=$2
	shift 2
	receive "$work/received" "${netns[@]}" taskset -c 3 -- "$address" || return
	counted=$(named)
	hits=$(stat_of hits)
	"${from[@]}" "$udpsend" -m "$limit" "${@/%/,pps=$pps}" >"$work/sent" 2>"$work/sent.err" &
	sender=$!
	jobs+=("$sender")
}

sending() { kill -0 "$sender" 2>/dev/null; }

# No datagram came for a while.
settled() {
	local now
	now=$(snmp Udp InDatagrams InErrors)
	sleep 0.7
	[ "$(snmp Udp InDatagrams InErrors)" = "$now" ] && idle
}

# end_traffic: waits for the last packet. Leaves $lost, $why and $unseen.
end_traffic() {
	wait "$sender" || return
	until_true 30 settled
	kill "$receiver" && wait "$receiver"
	received=$(($(received_of "$work/received") - $(sum_of "$work/received" duplicates)))
	lost=$(($(sent_of "$work/sent") - received))
	why=$(difference "$counted" "$(named)")
	hits=$(($(stat_of hits) - hits))
	note "sent $(sent_of "$work/sent") lost $lost reordered $(sum_of "$work/received" reordered)" \
		"hits $hits named: $why"
}

# Every loss has a counter; a counter may name other packets too.
all_named() { echo "lost $lost, named $why"; [ "$lost" -le "${why##*sum=}" ]; }
exactly_named() { echo "lost $lost, named $why"; [ "$lost" -eq "${why##*sum=}" ]; }
nothing_lost() { echo "lost $lost, named $why"; [ "$lost" -eq 0 ]; }
# What vsext saw (with a rule) has arrived, or a counter behind it names it. What a
# NIC held when it went, its driver throws away and nobody counts.
in_front='tap|nic'
seen_arrived() {
	local behind missing=$((hits - received))
	behind=$(tr ' ' '\n' <<<"$why" |
		awk -F= "!/^($in_front|sum)=/"' { sum += $2 } END { print sum + 0 }')
	echo "seen $hits, received $received, named $why"
	[ $missing -ge 0 ] && [ $missing -le "$behind" ]
}
nothing_reordered() { all_is reordered 0 "$work/received"; }
