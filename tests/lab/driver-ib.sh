#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# driver-ib.sh [KVER]: the distribution's RDMA drivers load on the patched mlx5_core,
# and beside the patched mlx4_en, and every symbol that a rebuilt core exports has the
# distribution's checksum.
#
# lab: --nic none --timeout 300
# drivers: mlx4_en mlx5_core
# kernels: none
# kernels of check-all: 6.1 6.12 7.2

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/vsext.sh
. "$here/lib/vsext.sh"
# shellcheck source-path=SCRIPTDIR/../.. source=tests/driver/modules.sh
. "$top/tests/driver/modules.sh"

mellanox=drivers/net/ethernet/mellanox
stock=$("$top/tools/lab/kernel" "$kver" headers)/Module.symvers
release=$(uname -r)

# crcs SYMVERS MODULE: its symbols with their checksums.
crcs() { awk -v module="$mellanox/$2\$" '$3 ~ module { print $2, $1 }' "$1" | sort; }

# same_crcs NIC DIR MODULE: of those that the distribution's kernel was built with.
same_crcs() {
	local theirs ours
	theirs=$(crcs "$stock" "$2/$3")
	ours=$(awk -v module="(^|/)$3\$" '$3 ~ module { print $2, $1 }' \
		"$top/build/driver/$kver/$1/$mellanox/$2/Module.symvers" | sort)
	echo "$(wc -l <<<"$theirs") symbols"
	[ -n "$theirs" ] && diff <(echo "$theirs") <(echo "$ours")
}

# is_stock MODULE: the one that is loaded is the distribution's.
is_stock() {
	local file
	file=$(modinfo -F filename "$1") || return
	echo "$file"
	[[ $file == "/lib/modules/$release/"* || $file == "/usr/lib/modules/$release/"* ]] &&
		runs "$1" "$file"
}

check 'mlx5: every exported symbol has its checksum' same_crcs mlx5_core mlx5/core mlx5_core
check 'mlx4: every exported symbol has its checksum' same_crcs mlx4_en mlx4 mlx4_core

check 'the hook loads' insmod "$top/build/driver/$kver/vsext_hook.ko"
check 'mlx5: the patched core loads' load_driver mlx5_core
check 'mlx5: the core is ours' runs mlx5_core "$top/build/driver/$kver/mlx5_core.ko"
check 'mlx5: the distribution'"'"'s mlx5_ib loads' modprobe mlx5_ib
check 'mlx5: mlx5_ib is the distribution'"'"'s' is_stock mlx5_ib
check 'mlx5: and uses the patched core' uses mlx5_ib mlx5_core
check 'mlx5: both leave' rmmod mlx5_ib mlx5_core

check 'mlx4: the patched driver loads on the distribution'"'"'s core' load_driver mlx4_en
check 'mlx4: the driver is ours' runs mlx4_en "$top/build/driver/$kver/mlx4_en.ko"
check 'mlx4: the distribution'"'"'s mlx4_ib loads beside it' modprobe mlx4_ib
check 'mlx4: mlx4_ib is the distribution'"'"'s' is_stock mlx4_ib
check 'mlx4: both use one core' uses mlx4_ib mlx4_core
check 'mlx4: all leave' rmmod mlx4_ib mlx4_en mlx4_core

core=$top/build/driver/$kver/mlx4_en/$mellanox/mlx4/mlx4_core.ko
check 'mlx4: a core built from the patched tree loads' insmod "$core"
check 'mlx4: so does the patched driver on it' load_driver mlx4_en
check 'mlx4: the distribution'"'"'s mlx4_ib loads on it' modprobe mlx4_ib
check 'mlx4: the core is ours' runs mlx4_core "$core"
check 'mlx4: mlx4_ib uses it' uses mlx4_ib mlx4_core
check 'mlx4: all leave again' rmmod mlx4_ib mlx4_en mlx4_core
check 'the hook leaves' rmmod vsext_hook
check 'nothing of it is left' bash -c '! grep -E "^(mlx[45]|vsext)" /proc/modules'
finish
