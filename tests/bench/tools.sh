#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The traffic tools against each other, through a relay that drops, swaps,
# duplicates and damages a known number of datagrams. Prints KTAP.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
send=$top/build/bench/udpsend
recv=$top/build/bench/udprecv
work=$(mktemp -d)
pids=()
count=0
failed=0

cleanup() {
	trap - EXIT INT TERM
	((${#pids[@]})) && kill "${pids[@]}" 2>/dev/null
	wait
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

report() {
	count=$((count + 1))
	if (($1 == 0)); then
		echo "ok $count $2"
	else
		echo "not ok $count $2"
		failed=$((failed + 1))
	fi
}

# expect NAME FILE JQ-EXPRESSION
expect() {
	if jq -e "$3" "$2" >/dev/null; then
		report 0 "$1"
	else
		report 1 "$1"
		sed 's/^/# /' "$2"
	fi
}

# receive PORT OPTION...: leaves the result in $work/got
receive() {
	local port=$1 n

	shift
	rm -f "$work/ready"
	"$recv" "$@" -p "$work/ready" -o "$work/got" "127.0.0.1:$port" &
	pids=($!)
	for ((n = 0; n < 500; n++)); do
		[[ ! -e $work/ready ]] || return 0
		sleep 0.01
	done
	return 1
}

exact() {
	receive 29001 -V -f 2 &&
		"$send" -V -n 20000 id=7,dst=127.0.0.1:29001,src=127.0.0.1:29010,size=1400,pps=20000 \
			id=9,dst=127.0.0.1:29001,size=64,mbps=10 >"$work/sent" && wait "${pids[0]}"
	report $? "two flows of 20000 packets run"
	expect "sender counts exactly" "$work/sent" '[.flows[].sent] == [20000, 20000]'
	expect "receiver sees all of both flows" "$work/got" \
		'([.flows[] | [.id, .packets, .sent, .lost, .gaps, .reordered, .duplicates, .corrupt]] | sort) ==
		 [[7,20000,20000,0,0,0,0,0],[9,20000,20000,0,0,0,0,0]]'
	expect "the slower flow's rate decides the time" "$work/sent" '.seconds > 1 and .seconds < 3'
}

# Of 1000 datagrams: every 100th dropped (10), 5 pairs swapped, 7 sent twice, 3 damaged.
relay() {
	python3 - "$work/relay" <<-'PYTHON'
	import socket, sys
	inp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	inp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
	inp.bind(("127.0.0.1", 29002))
	inp.settimeout(20)
	open(sys.argv[1], "w").close()
	n, held = 0, None
	while True:
	    data = inp.recv(65536)
	    if data[24:32] != bytes(8):        # a marker
	        inp.sendto(data, ("127.0.0.1", 29003))
	        break
	    if n % 100 == 50:
	        n += 1
	        continue
	    if n % 200 == 10:
	        held = data
	        n += 1
	        continue
	    if n in (301, 302, 303):
	        data = data[:-1] + bytes([data[-1] ^ 1])
	    inp.sendto(data, ("127.0.0.1", 29003))
	    if held:
	        inp.sendto(held, ("127.0.0.1", 29003))
	        held = None
	    if 600 < n <= 607:
	        inp.sendto(data, ("127.0.0.1", 29003))
	    n += 1
	PYTHON
}

damage() {
	local relay n

	receive 29003 -V || return
	relay &
	relay=$!
	pids+=("$relay")
	for ((n = 0; n < 500; n++)); do
		[[ ! -e $work/relay ]] || break
		sleep 0.01
	done
	"$send" -V -n 1000 id=1,dst=127.0.0.1:29002,size=300,pps=5000 >"$work/sent" && wait "${pids[0]}" "$relay"
	report $? "a flow through the relay runs"
	expect "10 lost are seen" "$work/got" '.flows[0].lost == 10 and .flows[0].gaps == 10'
	expect "5 reordered are seen" "$work/got" '.flows[0].reordered == 5 and .flows[0].max_late == 1'
	expect "7 duplicates are seen" "$work/got" '.flows[0].duplicates == 7'
	expect "3 damaged are seen" "$work/got" '.flows[0].corrupt == 3'
}

# refuse NAME WORDS COMMAND...: must fail and name the words
refuse() {
	local name=$1 words=$2

	shift 2
	"$@" >"$work/said" 2>&1
	[[ $? == 1 ]] && grep -qF -- "$words" "$work/said"
	report $? "$name"
}

refusals() {
	refuse "a flow without a rate" "either mbps= or pps=" "$send" -t 1 dst=127.0.0.1:1,size=64
	refuse "a flow without a size" "size=BYTES is missing" "$send" -t 1 dst=127.0.0.1:1,pps=1
	refuse "a datagram too small for its header" "size=13" "$send" -t 1 dst=127.0.0.1:1,size=13,pps=1
	refuse "an unknown property" "colour=red" "$send" -t 1 dst=127.0.0.1:1,size=64,colour=red
	refuse "VXLAN without inner addresses" "isrc=" "$send" -t 1 dst=127.0.0.1:1,size=64,pps=1,vni=1
	refuse "no end" "usage" "$send" dst=127.0.0.1:1,size=64,pps=1
	refuse "a receiver without an address" "is not ADDR:PORT" "$recv" nowhere
}

echo "KTAP version 1"
exact
damage
refusals
echo "1..$count"
echo "# $((count - failed)) passed, $failed failed"
((failed == 0))
