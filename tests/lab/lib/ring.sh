# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A driver's own receive rings without its card (tests/ring). A test sets $nic, and
# $few if it runs the cases more than once, and sources this first. ring0 is the NIC;
# wire0, where frames come from, is in the namespace peer.

# shellcheck disable=SC2154 # vsext.sh and the test set them

ring_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
if [ -z "${LAB-}" ]; then
	"$ring_top/tests/ring/build" "${1:-6.1}" "$nic" >&2 || exit 1
fi
# shellcheck source-path=SCRIPTDIR source=vsext.sh
. "$ring_top/tests/lab/lib/vsext.sh"
# shellcheck source-path=SCRIPTDIR source=account.sh
. "$ring_top/tests/lab/lib/account.sh"

# shellcheck disable=SC2034 # the cases use it
packets=${PACKETS-$(fewer "${few:-100000}")}	# of the three long transfers together
flows=8
device=ring0
address=10.88.0.2:5001
from=(ip netns exec peer)
param=/sys/module/$nic/parameters
tracing=/sys/kernel/tracing
received_trace=$tracing/events/net/netif_receive_skb

# Nothing is in front of the rings; what they drop counts at the NIC.
tap_drops() { echo 0; }

load_ring() {
	local needed
	for needed in $(modinfo -F depends "$top/build/ring/$kver/$nic.ko" | tr , ' '); do
		[ "$needed" = vsext_hook ] || modprobe "$needed" || return
	done
	insmod "$top/build/ring/$kver/$nic.ko" "$@"
}

# refused PARAMETER...: nothing of the driver stays.
refused() { ! load_ring "$@" && [ ! -d "/sys/module/$nic" ]; }

# Neighbours are known, so that no frame goes but ours.
plug_in() {
	local mac peer_mac
	ip link set wire0 netns peer
	sysctl -qw net.ipv6.conf.ring0.disable_ipv6=1
	"${from[@]}" sysctl -qw net.ipv6.conf.wire0.disable_ipv6=1
	[ $# = 0 ] || { ip link set ring0 mtu "$1" && "${from[@]}" ip link set wire0 mtu "$1"; }
	ip addr add 10.88.0.2/24 dev ring0
	"${from[@]}" ip addr add 10.88.0.1/24 dev wire0
	ip link set ring0 up || return
	"${from[@]}" ip link set wire0 up
	mac=$(cat /sys/class/net/ring0/address)
	peer_mac=$("${from[@]}" cat /sys/class/net/wire0/address)
	ip neigh replace 10.88.0.1 lladdr "$peer_mac" dev ring0
	"${from[@]}" ip neigh replace 10.88.0.2 lladdr "$mac" dev wire0
}

set_up_ring() {
	insmod "$top/build/driver/$kver/vsext_hook.ko" || give_up 'the hook loads'
	load_vsext || give_up 'the module loads'
	sysctl -qw net.core.rmem_max=67108864 net.ipv4.conf.all.rp_filter=0
	echo 1 >/sys/kernel/rcu_expedited
	ip netns add peer
	on_exit+=('ip netns del peer')
	vsextctl config set queue-limit 20000
}

queue_cores() { echo "$1" >"$param/ring_cores"; }

# ---------------------------------------------------------------- transfers

# flow I SIZE: source ports 4001 and on; from 101 on in ports that no rule names.
flow() { echo "dst=$address,src=10.88.0.1:$((4000 + $1)),size=$2,id=$1"; }

sizes=(64 1472 200 1000 1400 18 512 1471)
all_flows() {
	local i
	for i in $(seq "$flows"); do
		flow "$i" $((sizes[i - 1] > 40 ? sizes[i - 1] : 40))
	done
}

# start N RATE FLOW...: N of each flow, verified byte by byte.
start() {
	local n=$1 rate=$2
	shift 2
	receive "$work/received" taskset -c 3 -- -V -r 67108864 "$address" || return
	counted=$(named)
	hits=$(stat_of hits)
	"${from[@]}" "$udpsend" -V -m -n "$n" "${@/%/,pps=$rate}" >"$work/sent" 2>"$work/sent.err" &
	sender=$!
	jobs+=("$sender")
}

# transfer N RATE FLOW...
transfer() { start "$@" && end_traffic; }

# arrived NAME: the last transfer lost nothing uncounted and changed nothing.
arrived() {
	check "$1: delivered = injected - counted drops" exactly_named
	check "$1: every byte of every frame is as it was sent" all_is corrupt 0 "$work/received"
	check "$1: in order in every flow" nothing_reordered
	check "$1: none twice" all_is duplicates 0 "$work/received"
}

# sent_all N FLOWS: the sender did its part, and all flows have arrived.
sent_all() {
	echo "sent $(sent_of "$work/sent"), flows $(jq '.flows | length' "$work/received")"
	[ "$(sent_of "$work/sent")" = $(($1 * $2)) ] &&
		[ "$(jq '.flows | length' "$work/received")" = "$2" ]
}

frames_of() { tr , '\n' <"$param/ring_frames"; }

# Each queue took some since $1.
every_queue() {
	echo "before $1, now $(frames_of | paste -sd,)"
	paste -d' ' <(tr , '\n' <<<"$1") <(frames_of) | awk '$2 - $1 < 100 { bad = 1 } END { exit bad }'
}

# ---------------------------------------------------------------- cores

# Where the stack receives ring0's frames, seen by the kernel's own tracepoint. Each
# core's buffer knows how many events it had, those that it has forgotten included.
watch_cores() {
	echo 'name == "ring0"' >"$received_trace/filter"
	echo >"$tracing/trace"
	echo 1 >"$received_trace/enable"
}

# cores_seen: "packets on core 0, 1, 2, 3", and ends it.
cores_seen() {
	local core
	echo 0 >"$received_trace/enable"
	for core in 0 1 2 3; do
		awk '$1 ~ /^(entries|overrun):/ { sum += $2 } END { print sum + 0 }' "$tracing/per_cpu/cpu$core/stats"
	done | paste -sd' '
}

# expected_cores CORE...: of flow 1, 2 ...: the same, by what arrived.
expected_cores() {
	jq -r '.flows[] | "\(.id) \(.packets)"' "$work/received" | awk -v cores="$*" '
		BEGIN { split(cores, core, " ") }
		{ n[core[$1]] += $2 }
		END { for (i = 0; i < 4; i++) printf "%s%d", i ? " " : "", n[i]; print "" }'
}

same() { echo "'$1', expected '$2'"; [ "$1" = "$2" ]; }
