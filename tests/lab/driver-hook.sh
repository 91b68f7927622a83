#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernels: 6.1
#
# driver-hook.sh [KVER]: the patched virtio_net, igb and e1000e carry traffic with
# the hook off, on, and while it is switched and its user comes and goes.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kver=${1:-${LAB_KERNEL:-6.1}}
# shellcheck source=tests/lab/lib/scale.sh
. "$top/tests/lab/lib/scale.sh"
out=$top/build/driver/$kver
# shellcheck source-path=SCRIPTDIR/../.. source=tests/driver/modules.sh
. "$top/tests/driver/modules.sh"

if [ -z "${LAB-}" ]; then
	"$top/driver/build" "$kver" virtio_net igb e1000e >&2 && build_consumer >&2 || exit 1
	exec "$top/tools/lab/run" --kernel "$kver" --no-driver --nic virtio-net --nic igb \
		--nic e1000e --timeout "$(longer 300)" "${BASH_SOURCE[0]}" "$kver"
fi

# shellcheck source-path=SCRIPTDIR/../.. source=tests/driver/tap.sh
. "$top/tests/driver/tap.sh"
param=/sys/module/vsext_consumer/parameters
servers=()
# shellcheck disable=SC2317,SC2329 # the trap calls it
cleanup() {
	[ ${#servers[@]} = 0 ] || kill "${servers[@]}" 2>/dev/null
}
trap cleanup EXIT

count() { cat "$param/$1"; }
is() { [ "$(count "$1")" = "$2" ] || { echo "$1 is $(count "$1"), not $2"; return 1; }; }
grew() { [ "$(count "$1")" -gt "$2" ] || { echo "$1 is still $(count "$1")"; return 1; }; }
# A late packet may come between two reads: staged is read before and after.
all_flushed() {
	local before=-1 flushed staged
	until staged=$(count staged); [ "$staged" = "$before" ]; do
		before=$staged
		flushed=$(count flushed)
	done
	[ "$flushed" = "$staged" ] || { echo "$flushed flushed, $staged staged"; return 1; }
}
drives() { echo "$1" >"$param/drives" && grep -qx "$2" "$param/drives"; }

pings() { ping -q -c 20 -i 0.01 -W "$(longer 2)" "10.77.$1.1" | grep ' 0% packet loss'; }

# Receive: what the server sends to us, so the NIC under test receives.
receives() {
	local mbps
	mbps=$(iperf3 -c "10.77.$1.1" -p "520$1" -R -J -t "${2:-2}" |
		jq '.end.sum_received.bits_per_second / 1e6 | floor') || return
	echo "$mbps Mb/s"
	[ "$mbps" -gt "$(fewer 20)" ]
}

names=(virtio_net igb e1000e)
check 'vsext_hook loads' insmod "$out/vsext_hook.ko"
for n in 0 1 2; do
	check "${names[n]}: the patched driver loads" load "$out/${names[n]}.ko"
done
check 'the NICs come up' lab-up
for n in 0 1 2; do
	lab-host iperf3 -s -B "10.77.$n.1" -p "520$n" >/dev/null 2>&1 &
	servers+=($!)
done
for n in 0 1 2; do
	lab-host timeout "$(longer 20)" sh -c "until ss -ltn | grep -q :520$n; do sleep 0.1; done"
	check "${names[n]}: ping, nobody registered" pings "$n"
	check "${names[n]}: TCP, nobody registered" receives "$n"
done

check 'the consumer registers; a second and an incomplete one are refused' \
	insmod "$out/test/vsext_consumer.ko"
check 'the hook cannot be unloaded under its users' refuses rmmod vsext_hook
for n in 0 1 2; do
	check "${names[n]}: is known to be patched" drives "$(lab-nic $n)" Y
done
check 'lo: is known not to be patched' drives lo N
check 'key off: the consumer sees nothing' is staged 0

echo 1 >$param/on
for n in 0 1 2; do
	before=$(count staged)
	check "${names[n]}: ping, staged" pings "$n"
	check "${names[n]}: TCP, staged" receives "$n"
	check "${names[n]}: the packets went through the consumer" grew staged "$before"
done
check 'every staged packet was flushed' all_flushed
check 'no poll left packets to another one' is foreign 0

echo 0 >$param/take
before=$(count refused)
staged=$(count staged)
check 'refused packets go the normal way' receives 0
check 'the consumer was asked' grew refused "$before"
check 'and staged nothing' is staged "$staged"
echo 1 >$param/take

for n in 0 1 2; do
	receives "$n" "$(stretched 6)" >"/tmp/receives.$n" 2>&1 &
	jobs[n]=$!
done
switch() {
	local i
	for i in $(seq 40); do
		echo $((i % 2)) >$param/on || return
	done
	echo 1 >$param/on
}
check 'the key is switched under traffic' switch
check 'switching strands no packet' is foreign 0
for i in 1 2 3; do
	check "the consumer leaves under traffic ($i)" rmmod vsext_consumer
	check "the consumer returns under traffic ($i)" insmod "$out/test/vsext_consumer.ko"
	echo 1 >$param/on
done
for n in 0 1 2; do
	check "${names[n]}: TCP survived it" wait "${jobs[n]}"
done
check 'no poll left packets to another one' is foreign 0

check 'igb: unloads while the hook is on' rmmod igb
check 'igb: loads again' load "$out/igb.ko"
check 'igb: comes up again' lab-up
check 'igb: is known to be patched again' drives "$(lab-nic 1)" Y
check 'igb: ping, staged' pings 1

echo 0 >$param/on
check 'the consumer leaves' rmmod vsext_consumer
check 'the drivers leave' rmmod igb e1000e virtio_net
check 'the hook leaves when nobody uses it' rmmod vsext_hook
finish
