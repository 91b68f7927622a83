#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sriov.sh [KVER]: an igb whose virtual functions carry traffic beside it. The physical
# function is driven by the patched driver, the VFs at first by the stock igbvf (at
# ingress), then by the patched one. Each one's packets go to the core that its rule
# names, nothing is lost that no counter names, and the VFs go under traffic.
#
# lab: --no-driver --nic igb --timeout 400
# drivers: igb igbvf
# kernels: none
# kernels of check-all: 6.1 6.12 7.2 debug

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/vsext.sh
. "$here/lib/vsext.sh"
# shellcheck source-path=SCRIPTDIR source=lib/account.sh
. "$here/lib/account.sh"

drivers_of() { echo igb; }	# of those that the lab's NIC needs now
set_up
device=$(lab-nic 0)
pci=/sys/class/net/$device/device
address=0.0.0.0:5001
rate=$(fewer 1500)
vsextctl config set queue-limit 20000

# Where a ring is full and another one is not, QEMU's card drops and counts nothing; a busy
# machine may stop a core for long.
deepen() { ethtool -G "$1" rx 4096; }

vf_device() { basename "$pci/virtfn$1"/net/*; }
vf_mac() { printf '02:76:73:78:f0:%02x' "$1"; }
vf_address() { printf '10.77.0.%d\n' $((100 + $1)); }

# make_vfs N LOAD-COMMAND...: a VF asks for its address when its driver comes.
make_vfs() {
	local n count=$1
	shift
	echo "$count" >"$pci/sriov_numvfs" || return
	for ((n = 0; n < count; n++)); do
		ip link set "$device" vf "$n" mac "$(vf_mac "$n")" || return
	done
	"$@"
}
# vfs_up N: with addresses that the other side knows.
vfs_up() {
	local n name
	for ((n = 0; n < $1; n++)); do
		until_true 10 test -e "$pci/virtfn$n/net" || return
		name=$(vf_device "$n")
		deepen "$name" || return
		[ "$(cat "/sys/class/net/$name/address")" = "$(vf_mac "$n")" ] || return
		ip link set "$name" up || return
		ip addr replace "$(vf_address "$n")/32" dev "$name"
		lab-host ip neigh replace "$(vf_address "$n")" lladdr "$(vf_mac "$n")" dev lab0
		lab-host ip route replace "$(vf_address "$n")" dev lab0
	done
	for ((n = 0; n < $1; n++)); do
		until_true 10 carrier "$(vf_device "$n")" || return
	done
}
carrier() { [ "$(cat "/sys/class/net/$1/carrier" 2>/dev/null)" = 1 ]; }
driver_is() {
	local n
	for ((n = 0; n < $2; n++)); do
		echo "VF $n: $(basename "$(realpath "$pci/virtfn$n/driver")")"
		[ "$(basename "$(realpath "$pci/virtfn$n/driver")")" = "$1" ] || return
	done
}
more_named() {
	local n vf sum=0
	for vf in "$pci"/virtfn*/net/*; do
		[ -e "$vf" ] || continue
		for n in rx_missed_errors rx_fifo_errors rx_over_errors; do
			sum=$((sum + $(cat "$vf/statistics/$n")))
		done
	done
	echo "vf=$sum"
}
in_front='tap|nic|vf'

# Flow 1 is the physical function's, 2 and 3 are the VFs'.
flows=("dst=10.77.0.2:5001,src=10.77.0.1:4001,size=200,id=1"
	"dst=$(vf_address 0):5001,src=10.77.0.1:4002,size=200,id=2"
	"dst=$(vf_address 1):5001,src=10.77.0.1:4003,size=200,id=3")
port_field() { vsextctl -j -s port show dev "$1" | jq ".[0].$2"; }
delivered_on() { vsextctl -j -s core show "$1" | jq '.[0].packets'; }
rules() {
	vsextctl flow flush
	vsextctl flow add "in_port=$device,udp,tp_dst=5001,actions=irq:1" &&
		vsextctl flow add "in_port=$(vf_device 0),udp,tp_dst=5001,actions=irq:2" &&
		vsextctl flow add "in_port=$(vf_device 1),udp,tp_dst=5001,actions=irq:3"
}
interrupts_on_0() {
	local file
	for file in "$pci"/msi_irqs/* "$pci"/virtfn*/msi_irqs/*; do
		[ ! -e "$file" ] || echo 0 >"/proc/irq/${file##*/}/smp_affinity_list"
	done
}
active() { [ "$(port_field "$1" active)" = "\"$2\"" ] || { vsextctl -j port show; return 1; }; }

# carried NAME: traffic to all three at once, each to its core.
carried() {
	local name=$1 n seconds=5 before=() core
	for core in 1 2 3; do
		before[core]=$(delivered_on $core)
	done
	start_traffic -n$((seconds * rate)) "$rate" "${flows[@]}"
	end_traffic
	check "$name: nothing lost" nothing_lost
	check "$name: nothing reordered" nothing_reordered
	for core in 1 2 3; do
		check "$name: flow $core on core $core" at_least $(($(delivered_on $core) - before[core])) \
			$((seconds * rate))
	done
	check "$name: every packet is accounted for" conserved
}

# ---------------------------------------------------------------- stock igbvf

check 'the ring of the physical function' deepen "$device"
check 'two VFs' make_vfs 2 modprobe igbvf
check 'they are driven by igbvf' until_true 10 driver_is igbvf 2
check 'they come up' vfs_up 2
interrupts_on_0
check 'the physical function: attached, in the driver' vsextctl port set dev "$device" on mode driver
for n in 0 1; do
	check "VF $n: auto is ingress" vsextctl port set dev "$(vf_device $n)" on
	check "VF $n: and active" active "$(vf_device $n)" ingress
done
check 'a rule for each' rules
carried 'stock VFs'
check 'detached' vsextctl off
rmmod igbvf

# ---------------------------------------------------------------- patched igbvf

check 'the patched igbvf loads' load_driver igbvf
check 'the VFs come up again' vfs_up 2
interrupts_on_0
for name in "$device" "$(vf_device 0)" "$(vf_device 1)"; do
	check "$name: auto is driver" vsextctl port set dev "$name" on
	check "$name: and active" active "$name" driver
done
check 'the rules name the new devices' rules
carried 'patched VFs'

# ---------------------------------------------------------------- they go

start_traffic -n$((5 * rate)) "$rate" "${flows[@]}"
sleep 1
check 'the VFs go under traffic' sh -c "echo 0 >'$pci/sriov_numvfs'"
check 'their ports went with them' test "$(vsextctl port | wc -l)" = 1
check 'the physical function is attached still' active "$device" driver
end_traffic
check 'what was seen has arrived' seen_arrived
check 'every packet is accounted for' conserved

rmmod igbvf
check 'all seven VFs' make_vfs 7 load_driver igbvf
check 'they come up, all of them' vfs_up 7
for ((n = 0; n < 7; n++)); do
	check "VF $n: attached" vsextctl port set dev "$(vf_device $n)" on mode driver
	check "VF $n: carries traffic" lab-host ping -q -c 3 -i 0.1 -W 5 "$(vf_address $n)"
done
check 'they go while attached' sh -c "echo 0 >'$pci/sriov_numvfs'"
check 'only the physical function is left' test "$(vsextctl port | wc -l)" = 1
check 'it works as before' lab-host ping -q -c 3 -i 0.1 -W 5 10.77.0.2
check 'off' vsextctl off
check 'the drivers leave' rmmod igbvf igb
check 'the module and the hook leave' rmmod vsext vsext_hook
finish
