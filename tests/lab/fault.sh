#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fault.sh debug: memory runs out at every place where it can: when the modules and a
# patched driver are loaded, in every command of the family, and while packets are
# delivered. Nothing is half done, lost uncounted or leaked (which the debug kernel
# looks for at the end).
#
# lab: --no-driver --nic virtio-net --timeout 900
# drivers: virtio_net igb
# kernels: none
# kernels of check-all: debug

here=$(dirname "${BASH_SOURCE[0]}")
top=$(cd "$here/../.." && pwd)
kver=${LAB_KERNEL:-${1:-debug}}
[ "$kver" = debug ] || { echo "fault.sh: only the debug kernel can fail allocations; say: $0 debug" >&2; exit 2; }
faultall=$top/build/tests/faultall

if [ -z "${LAB-}" ]; then
	headers=$("$top/tools/lab/kernel" "$kver" headers) || exit 1
	mkdir -p "$faultall"
	cp -u "$here"/faultall/* "$faultall/"
	make -s -C "$headers" M="$faultall" modules >&2 || exit 1
fi
# shellcheck source-path=SCRIPTDIR source=lib/vsext.sh
. "$here/lib/vsext.sh"

debugfs=/sys/kernel/debug
for kind in failslab fail_page_alloc; do
	echo 0 >$debugfs/$kind/verbose
	echo N >$debugfs/$kind/ignore-gfp-wait
done
echo N >$debugfs/fail_page_alloc/ignore-gfp-highmem
echo 0 >$debugfs/fail_page_alloc/min-order
# A module is loaded and removed some hundred times, which waits for readers.
echo 1 >/sys/kernel/rcu_expedited
check 'kvmalloc() and alloc_percpu() can fail' insmod "$faultall/vsext_faultall.ko"

# ---------------------------------------------------------------- loading

loads() { python3 "$lib/fault_load.py" "$1"; }
check 'loading the hook' loads "$top/build/driver/$kver/vsext_hook.ko"
insmod "$top/build/driver/$kver/vsext_hook.ko" || give_up 'the hook loads'
check 'loading the module' loads "$top/build/vsext/$kver/vsext.ko"
for needed in $(modinfo -F depends "$top/build/driver/$kver/igb.ko" | tr , ' '); do
	[ "$needed" = vsext_hook ] || modprobe "$needed"
done
check 'loading a patched driver' loads "$top/build/driver/$kver/igb.ko"
rmmod vsext_hook
set_up

# ---------------------------------------------------------------- commands

device=$(lab-nic 0)
ip link add other type dummy
ip link set other up
python_cases 36 "$lib/fault_cases.py" "$device" other
check 'alloc_percpu() and kvmalloc() did fail' at_least "$(cat /sys/module/vsext_faultall/parameters/failed)" 20

# ---------------------------------------------------------------- packets

check 'attached, in the driver' vsextctl port set dev "$device" on mode driver
vsextctl config set queue-limit 20000
vsextctl flow add ip,actions=irq:2
# Whatever is allocated below our functions fails every now and then: fragments to be
# put together, clones for a capture, what the stack allocates in our poll.
range=$(sed -n 's/^\([0-9a-f]*\) [tT] .*\[vsext\]$/0x\1/p' /proc/kallsyms | sort)
for kind in failslab fail_page_alloc; do
	head -n 1 <<<"$range" >$debugfs/$kind/require-start
	tail -n 1 <<<"$range" >$debugfs/$kind/require-end
	echo 1000000 >$debugfs/$kind/times
	echo 20 >$debugfs/$kind/probability
done
timeout 60 python3 -c "
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
while True:
    s.recv(65536)" &
jobs+=($!)
receive "$work/received" -- -f 2 -i 2000 -t 60 10.77.0.2:5001
check 'packets come in' send "$work/sent" -n 2000 dst=10.77.0.2:5001,src=10.77.0.1:4001,size=64,id=1,pps=400 \
	dst=10.77.0.2:5001,src=10.77.0.1:4002,size=4000,id=2,pps=400
wait "$receiver"
for kind in failslab fail_page_alloc; do
	echo 0 >$debugfs/$kind/probability
done
failed=$((1000000 - $(cat $debugfs/failslab/times)))
note "$failed allocations failed under packets; $(received_of "$work/received") of $(sent_of "$work/sent") datagrams came through"
check 'allocations failed under packets' at_least $failed 100
check 'some packets came through all the same' at_least "$(received_of "$work/received")" 100
check 'every packet is accounted for' conserved
check 'none of them was dropped by us' test "$(stat_of 'drop_full + .drop_hold')" = 0
vsextctl flow flush
check 'off' vsextctl off
rmmod vsext_faultall
check 'the module is removed' rmmod vsext
finish
