#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernels: none
# kernels of check-all: 6.1 7.2 debug
#
# driver-swap.sh [KVER]: swapping the driver of a running uplink: what is refused,
# what is restored, every way back, and a session that ends in the middle.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kver=${1:-${LAB_KERNEL:-6.1}}
# shellcheck source=tests/lab/lib/scale.sh
. "$top/tests/lab/lib/scale.sh"
out=$top/build/driver/$kver
# shellcheck source-path=SCRIPTDIR/../.. source=tests/driver/modules.sh
. "$top/tests/driver/modules.sh"

if [ -z "${LAB-}" ]; then
	"$top/driver/build" "$kver" virtio_net igb e1000e >&2 && build_broken igb >&2 || exit 1
	make -s -C "$top" ctl >&2 && "$top/vsext/build" "$kver" >&2 || exit 1
	exec "$top/tools/lab/run" --kernel "$kver" --nic virtio-net --nic virtio-net --nic igb \
		--nic e1000e --nic virtio-net --timeout "$(longer 900)" "${BASH_SOURCE[0]}" "$kver"
fi

# shellcheck source-path=SCRIPTDIR/../.. source=tests/driver/tap.sh
. "$top/tests/driver/tap.sh"
swap=$top/driver/swap

# When their driver is loaded again, each of three gets the name of the next one.
turn_names() {
	local link
	for link; do
		ip link set "$link" down
		ip link set "$link" name "was-$link"
	done
	ip link set "was-$1" name "$2"
	ip link set "was-$2" name "$3"
	ip link set "was-$3" name "$1"
	lab-up
}
turn_names "$(lab-nic 0)" "$(lab-nic 1)" "$(lab-nic 4)"
virtio0=$(lab-nic 0)
virtio1=$(lab-nic 1)
virtio2=$(lab-nic 4)
igb=$(lab-nic 2)
e1000e=$(lab-nic 3)

pings() { ping -q -c 3 -i 0.1 -W "$(longer 2)" "$1" | grep -q ' 0% packet loss'; }
is() { [ "$1" = "$2" ] || { echo "'$1', not '$2'"; return 1; }; }
has_route() { ip route show | grep -E "$1" || { ip route show; return 1; }; }
# shows REGEX COMMAND...
shows() {
	local regex=$1
	shift
	"$@" | tee /dev/stderr | grep -E "$regex" >/dev/null
}
one_line() { "$@" 2>&1 | paste -sd' '; return "${PIPESTATUS[0]}"; }
# ended REGEX COMMAND...: exit 1, and the log says so.
ended() {
	local regex=$1 output status=0
	shift
	output=$("$@" 2>&1) || status=$?
	echo "$output"
	[ $status = 1 ] && grep -qE "$regex" <<<"$output"
}

wait_for() {
	local end=$((SECONDS + $(longer 240)))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# ---- refused, in one sentence, with nothing changed
before=$(loaded_id igb)
check 'unknown interface' says 'There is no interface none0' "$swap" none0 "$out/igb.ko"
check 'not hardware' says 'lo is not a hardware interface' "$swap" lo "$out/igb.ko"
check 'no such file' says 'does not exist; build it' "$swap" "$igb" /none/igb.ko
check 'not a module' says 'is not a kernel module' "$swap" "$igb" "$swap"
check "another NIC's driver" says "$igb is not driven by e1000e" "$swap" "$igb" "$out/e1000e.ko"
check 'other users of the driver' says "virtio_net also drives .*$virtio1" "$swap" "$virtio0" "$out/virtio_net.ko"
check 'an address that does not answer' says '10.77.2.99 does not answer now' \
	"$swap" "$igb" "$out/igb.ko" --ping 10.77.2.99
ip link add link "$igb" name "$igb.7" type vlan id 7
check 'a VLAN on top' says "$igb.7 on top of $igb would be deleted" "$swap" "$igb" "$out/igb.ko"
ip link del "$igb.7"
echo Y >/run/enforce
mount --bind /run/enforce /sys/module/module/parameters/sig_enforce
check 'Secure Boot and no signature' says 'is not signed.*SIGN_KEY=' "$swap" "$igb" "$out/igb.ko"
umount /sys/module/module/parameters/sig_enforce
other=6.12
[ "$kver" = 6.1 ] || other=6.1
if [ -e "$top/build/driver/$other/igb.ko" ]; then
	check 'built for another kernel' says 'is built for kernel' "$swap" "$igb" "$top/build/driver/$other/igb.ko"
fi
"$swap" one >/dev/null 2>&1
check 'usage: exit 2' is $? 2
check 'nothing was changed' is "$(loaded_id igb)" "$before"

# ---- a configuration worth restoring
ip addr add 192.0.2.5/24 dev "$igb" label "$igb:x"
ip link set "$igb" mtu 1400
ip route add 198.51.100.0/24 via 10.77.2.1 dev "$igb" metric 77
ip route add 203.0.113.0/24 dev "$igb" table 100
ip neigh add 10.77.2.50 lladdr 02:00:00:00:00:50 nud permanent dev "$igb"
ethtool -L "$igb" combined 2
sysctl -qw "net.ipv4.conf.$igb.rp_filter=2"
echo 6 >"/sys/class/net/$igb/queues/rx-0/rps_cpus"
address=$(cat "/sys/class/net/$igb/address")
irq_of_last_queue() {
	awk -v link="$igb-" 'index($NF, link) == 1 { irq = $1 + 0 } END { print irq }' /proc/interrupts
}
echo 2 >"/proc/irq/$(irq_of_last_queue)/smp_affinity_list"

restored() {
	check "$1: state and MTU" is "$(cat "/sys/class/net/$igb/"{mtu,operstate} | paste -sd' ')" '1400 up'
	check "$1: MAC address" is "$(cat "/sys/class/net/$igb/address")" "$address"
	check "$1: addresses" is "$(ip -4 -o addr show dev "$igb" | awk '{ print $4 }' | sort | paste -sd' ')" \
		'10.77.2.2/24 192.0.2.5/24'
	check "$1: IPv6 address" pings fd77:2::1
	check "$1: route" has_route "198.51.100.0/24 via 10.77.2.1 dev $igb metric 77"
	check "$1: route of table 100" is "$(ip route show table 100 | tr -s ' ' | sed 's/ $//')" \
		"203.0.113.0/24 dev $igb scope link"
	check "$1: neighbour" is "$(ip neigh show dev "$igb" nud permanent | sed 's/ $//')" \
		'10.77.2.50 lladdr 02:00:00:00:00:50 PERMANENT'
	check "$1: channels" is "$(ethtool -l "$igb" | awk '/^Combined/ { n = $2 } END { print n }')" 2
	check "$1: sysctl" is "$(sysctl -n "net.ipv4.conf.$igb.rp_filter")" 2
	check "$1: RPS" is "$(cat "/sys/class/net/$igb/queues/rx-0/rps_cpus")" 6
	check "$1: interrupt affinity" is "$(cat "/proc/irq/$(irq_of_last_queue)/smp_affinity_list")" 2
	check "$1: traffic" pings 10.77.2.1
}

stock=$(modinfo -n igb)
test_dir=$out/test
check 'loading fails: rolled back' ended 'rolled back' "$swap" "$igb" "$test_dir/fails/igb.ko" --timeout "$(longer 5)"
check 'loading fails: stock driver' runs igb "$stock"
check 'loading fails: traffic' pings 10.77.2.1
check 'no interface: rolled back' ended 'did not come back' "$swap" "$igb" "$test_dir/absent/igb.ko" --timeout "$(longer 5)"
check 'no interface: stock driver' runs igb "$stock"
check 'no interface: traffic' pings 10.77.2.1
check 'no answer: rolled back' ended 'does not answer.*rolled back' \
	one_line "$swap" "$igb" "$test_dir/deaf/igb.ko" --timeout "$(longer 5)" --ping 10.77.2.1
check 'no answer: stock driver' runs igb "$stock"
restored 'no answer'

# ---- one at a time, and a worker that is killed
exec 8>/run/vsext-swap/lock
flock 8
check 'another swap is under way' says 'Another swap is under way' "$swap" "$igb" "$out/igb.ko"
exec 8>&-

# late PROGRAM ARGUMENT...: the worker begins when nobody waits for it any more.
late() {
	mkdir -p /run/late
	printf '#!/bin/bash\n(sleep 4; "%s" --wait "$@"; echo $? >/run/late/status) >/dev/null 2>&1 &\n' \
		"$(command -v setsid)" >/run/late/setsid
	chmod +x /run/late/setsid
	PATH=/run/late:$PATH "$@"
}
check 'a worker that does not begin' says 'did not begin; nothing was changed' \
	late "$swap" "$igb" "$out/igb.ko" --timeout 1
check 'it comes late' wait_for test -s /run/late/status
check 'and does nothing' is "$(cat /run/late/status)" 1
check 'after the refusals: stock driver' runs igb "$stock"

# ---- success, although the session ends as soon as the work has begun
logged() { cat /run/vsext-swap/"$igb".*/log | grep "$1"; }
rm -rf /run/vsext-swap
setsid "$swap" "$igb" "$out/igb.ko" --ping 10.77.2.1 >/dev/null 2>&1 &
session=$!
check 'a session starts the swap' wait_for logged unloading
kill -KILL -- "-$session"
check 'without its session the swap completes' wait_for logged 'done: '
check 'patched driver' runs igb "$out/igb.ko"
restored 'swapped'
check 'the same again is refused' says 'is already driven by' "$swap" "$igb" "$out/igb.ko"

# ---- the worker itself is ended: it rolls back, to what is in no directory of modules
# Not setsid, which begins with the same words.
worker() { pgrep -f "bash .*/swap --work /run/vsext-swap/$igb\\.[0-9]*\$"; }
# signal_worker SIGNAL WORD: when its log says so.
signal_worker() {
	local pid dir
	wait_for worker && pid=$(worker | head -n 1) &&
		dir=$(tr '\0' '\n' <"/proc/$pid/cmdline" | tail -n 1) &&
		wait_for grep "$2" "$dir/log" && kill "-$1" "$pid" && echo "$dir" >/run/signalled
}
signal_worker TERM unloading &
check 'an ended worker rolls back' ended 'rolled back' "$swap" "$igb" "$stock" --ping 10.77.2.1
check 'ended worker: patched driver' runs igb "$out/igb.ko"
check 'ended worker: traffic' pings 10.77.2.1

# A deaf driver is waited for; nothing rolls back what was killed then.
build_id=$(loaded_id igb)
signal_worker KILL 'is back' &
check 'a killed worker is told, with what to do' ended 'The worker was killed; .* former one is .*igb.ko' \
	"$swap" "$igb" "$test_dir/deaf/igb.ko" --timeout "$(longer 20)" --ping 10.77.2.1
# By hand, as it says.
rmmod igb
insmod "$(sed -n 's/^declare -- stock="\(.*\)"/\1/p' "$(cat /run/signalled)/settings")"
check 'and by that it is as before' is "$(loaded_id igb)" "$build_id"
lab-up

# ---- vsext is attached, and is again
insmod "$top/build/vsext/$kver/vsext.ko"
vsextctl=$top/build/ctl/vsextctl
"$vsextctl" port set dev "$e1000e" on mode ingress
"$vsextctl" port set dev "$virtio0" on

# ---- below a bridge, and below a bond with two interfaces of one driver
ip link add br0 type bridge
ip addr flush dev "$e1000e"
ip link set "$e1000e" master br0
ip addr add 10.77.3.2/24 dev br0
ip link set br0 up
check 'bridge: works before' wait_for pings 10.77.3.1
check 'bridge: swap' "$swap" "$e1000e" "$out/e1000e.ko" --ping 10.77.3.1
check 'bridge: member again' is "$(basename "$(readlink "/sys/class/net/$e1000e/master")")" br0

modprobe bonding max_bonds=0
ip link add bond0 type bond mode active-backup miimon 100
ip addr flush dev "$virtio0"
ip link set "$virtio0" down master bond0
ip addr add 10.77.0.2/24 dev bond0
ip link set bond0 up
check 'bond: works before' wait_for pings 10.77.0.1
addresses() { cat "/sys/class/net/$virtio0/address" "/sys/class/net/$virtio1/address" "/sys/class/net/$virtio2/address"; }
addresses_before=$(addresses)
check 'bond, all: swap' "$swap" "$virtio0" "$out/virtio_net.ko" --ping 10.77.0.1 --all
check 'bond: member again' is "$(basename "$(readlink "/sys/class/net/$virtio0/master")")" bond0
check 'vsext at ingress is attached again' shows 'mode ingress' "$vsextctl" port show dev "$e1000e"
check 'vsext in mode auto is now in the driver' shows 'mode auto active driver' \
	"$vsextctl" port show dev "$virtio0"
check 'all: the others are back' pings 10.77.1.1
check 'all: each has its own name' is "$(addresses)" "$addresses_before"
check 'all: patched driver' runs virtio_net "$out/virtio_net.ko"
finish
