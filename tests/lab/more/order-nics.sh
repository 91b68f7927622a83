#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# order-nics.sh [KVER]: as order.sh, in shorter runs, with igb in the driver and with
# a stock e1000e at ingress, whose packets come out of GRO and carry no queue.
#
# Started by hand; not part of make check for its time.
#
# lab: --no-driver --nic igb --nic e1000e --timeout 400
# drivers: igb
# kernels: 6.1 6.12

here=$(dirname "${BASH_SOURCE[0]}")/..
# shellcheck source-path=SCRIPTDIR/.. source=lib/vsext.sh
. "$here/lib/vsext.sh"
# shellcheck source-path=SCRIPTDIR/.. source=lib/order.sh
. "$here/lib/order.sh"

modprobe e1000e || give_up 'the stock e1000e loads'
set_up
# Stalls of the lab pile up more packets than the queues of a real host see.
vsextctl config set queue-limit 20000
matches=('dl_type=0x800,nw_proto=17,tp_src='{4001,4002})

to_nic() {
	echo "dst=10.77.$nic.2:5001,src=10.77.$nic.1:4001,size=64,id=1"
	echo "dst=10.77.$nic.2:5001,src=10.77.$nic.1:4002,size=64,id=2"
}

nic=0
for mode in driver ingress; do
	device=$(lab-nic $nic)
	tap=lab$nic
	vsextctl flow flush
	find_rate to_nic "10.77.$nic.2:5001"
	check "mode $mode: attached" vsextctl port set dev "$device" on mode $mode
	moved_in_order "mode $mode" 40000 to_nic --ms 10 "${matches[@]}"
	bursts "mode $mode" to_nic "${matches[@]}"
	check "mode $mode: detached" vsextctl port set dev "$device" off
	nic=1
done
finish
