#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# life.sh [KVER]: everything comes and goes under traffic: the attachment, the
# module, rules, modes, cores, queues, the driver, the device. The kernel does not
# complain (the lab watches its log), and what does not arrive is named by a
# counter; where nothing needs to be lost, nothing is, and order is kept.
#
# lab: --no-driver --nic virtio-net --timeout 600
# drivers: virtio_net
# kernels: 6.1

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/vsext.sh
. "$here/lib/vsext.sh"
# shellcheck source-path=SCRIPTDIR source=lib/account.sh
. "$here/lib/account.sh"

set_up
device=$(lab-nic 0)
rate=$(fewer 3000)
# An address of no NIC, so that it outlives them.
ip link add name dummy0 type dummy
ip addr add 10.78.0.2/32 dev dummy0
ip link set dummy0 up
lab-host ip route add 10.78.0.2 via 10.77.0.2
address=10.78.0.2:5001
flows=()
for n in 1 2 3; do
	flows+=("dst=$address,src=10.77.0.1:400$n,size=200,id=$n")
done

rules() {
	vsextctl config set queue-limit 20000 &&
		vsextctl flow add udp,tp_src=4001,actions=irq:1 &&
		vsextctl flow add udp,tp_src=4002,actions=irq:2 &&
		vsextctl flow add udp,tp_src=4003,actions=irq:auto
}

attach() { vsextctl port set dev "$device" on mode "${1:-driver}"; }
detach() { vsextctl port set dev "$device" off; }

# during SECONDS COMMAND...: runs it under traffic of at least so long, three flows
# of $rate each. Leaves $lost and $why; the command's failure is ours.
during() {
	local seconds status=0
	seconds=$(stretched "$1")
	shift
	start_traffic -n$((seconds * rate)) "$rate" "${flows[@]}" || return
	sleep 0.3
	"$@" || status=$?
	sending || note 'the traffic ended first'
	end_traffic
	return $status
}

# step NAME PROPERTY SECONDS COMMAND...: PROPERTY is lossless, or vanishes: the NIC
# goes, and what it held with it.
step() {
	local name=$1 property=$2
	shift 2
	during "$@" >"$work/log" 2>&1
	check "$name" test $? = 0
	sed '/^# /!s/^/# /' "$work/log"
	if [ "$property" = lossless ]; then
		check "$name: nothing lost" nothing_lost
		check "$name: nothing reordered" nothing_reordered
	else
		check "$name: what was seen has arrived" seen_arrived
	fi
	check "$name: every packet is accounted for" conserved
}

again() {
	local n times=$1
	shift
	for ((n = 0; n < times; n++)); do
		"$@" || return
	done
}

# ---------------------------------------------------------------- ours

check 'rules' rules
step 'attach' lossless 1 attach
detach_attach() { detach && attach; }
step 'detach and attach, 3 times' lossless 4 again 3 detach_attach
off_on() { vsextctl off && attach; }
step 'off, and on again' lossless 3 again 2 off_on
modes() { attach ingress && attach driver; }
step 'driver to ingress and back, 3 times' lossless 5 again 3 modes
flush_add() { vsextctl flow flush && rules; }
step 'flush, and the rules again, 5 times' lossless 3 again 5 flush_add
reload() {
	vsextctl off && save_ours && rmmod vsext && load_vsext && rules && attach
}
step 'rmmod and insmod, twice' lossless 4 again 2 reload
rmmod_attached() { save_ours && rmmod vsext && load_vsext && rules && attach; }
step 'rmmod while attached, and insmod' lossless 3 rmmod_attached

# ---------------------------------------------------------------- cores

core() { echo "$2" >"/sys/devices/system/cpu/cpu$1/online"; }
core_flap() { core "$1" 0 && sleep 0.2 && core "$1" 1 && sleep 0.2; }
set_irqs "$device" 0
step 'a target core goes offline and returns, 3 times' lossless 4 again 3 core_flap 1
set_irqs "$device" 2
step 'the core of the interrupts goes offline and returns' lossless 3 core_flap 2
check 'the rules name their cores again' bash -c \
	"'$top/build/ctl/vsextctl' flow | grep -q 'tp_src=4001,actions=irq:1\$'"

# ---------------------------------------------------------------- the NIC

queues() { ethtool -L "$device" combined 2 && sleep 0.3 && ethtool -L "$device" combined 4; }
step 'ethtool -L to 2 queues and back' vanishes 3 queues
mtu() { ip link set "$device" mtu 1400 && ip link set "$device" mtu 1500; }
step 'MTU changes' lossless 3 again 3 mtu
flap() { ip link set "$device" down && ip link set "$device" up && sleep 0.3; }
step 'link down and up, 3 times' vanishes 4 again 3 flap
redrive() { rmmod virtio_net && load_driver virtio_net && attach && lab-up; }
step 'the driver is unloaded and loaded' vanishes 4 redrive
check 'the attachment went with the device, and is back' vsextctl port show dev "$device"
replug() {
	local pci
	pci=$(realpath "/sys/class/net/$device/device/..")
	echo 1 >"$pci/remove" && ! vsextctl port show dev "$device" 2>/dev/null &&
		echo 1 >/sys/bus/pci/rescan && until_true 5 lab-nic 0 && attach && lab-up
}
step 'the NIC is unplugged and plugged in' vanishes 4 replug

check 'off' vsextctl off
check 'the module leaves' rmmod vsext
check 'the driver leaves' rmmod virtio_net
check 'the hook leaves' rmmod vsext_hook
finish
