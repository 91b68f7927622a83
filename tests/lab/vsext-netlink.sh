#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vsext-netlink.sh [KVER]: the family spoken to by hand, friendly and hostile, while
# packets come in (lib/netlink_cases.py says what).
#
# lab: --no-driver --nic virtio-net --timeout 400
# drivers: virtio_net
# kernels: 6.12

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/vsext.sh
. "$here/lib/vsext.sh"

set_up
device=$(lab-nic 0)
lab-host "$udpsend" -t 300 dst=10.77.0.2:5001,size=100,pps=500 dst=10.77.0.2:7,size=100,pps=500 >/dev/null 2>&1 &
jobs+=($!)
python_cases 16 "$lib/netlink_cases.py" "$device"

ip netns add elsewhere
on_exit+=('ip netns del elsewhere')
check 'attached' vsextctl port set dev "$device" on
check 'a port is seen in its own namespace only' \
	test -z "$(ip netns exec elsewhere "$top/build/ctl/vsextctl" port show)"
check 'another namespace cannot attach to it' \
	bash -c "! ip netns exec elsewhere '$top/build/ctl/vsextctl' port set dev '$device' off"
check 'but off is off everywhere' ip netns exec elsewhere "$top/build/ctl/vsextctl" off
check 'off: no port is left' test -z "$(vsextctl port show)"
check 'every packet is accounted for' conserved
finish
