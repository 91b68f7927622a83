#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# driver-load.sh [KVER]: every patched driver is built, passes the gate, loads where
# there is no card, uses the hook, and leaves.
#
# lab: --nic none --timeout 300
# drivers: virtio_net igb e1000e igbvf ixgbe i40e ice mlx4_en mlx5_core bnxt_en vmxnet3 ena
# kernels: none
# kernels of check-all: 6.1 6.12 7.2

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/vsext.sh
. "$here/lib/vsext.sh"
# shellcheck source-path=SCRIPTDIR/../.. source=tests/driver/modules.sh
. "$top/tests/driver/modules.sh"

check 'the hook loads' insmod "$top/build/driver/$kver/vsext_hook.ko"
for nic in $(drivers_of); do
	check "$nic: loads" load_driver "$nic"
	check "$nic: is the patched one" runs "$nic" "$top/build/driver/$kver/$nic.ko"
	check "$nic: uses the hook" uses "$nic" vsext_hook
	check "$nic: leaves" rmmod "$nic"
done
check 'these are all' diff <(drivers_of | tr ' ' '\n' | sort) <(awk '!/^#/ && NF { print $1 }' "$top/driver/nics" | sort)
check 'the hook leaves' rmmod vsext_hook
finish
