#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own style check on what runs in the kernel.

set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=tests/driver/tap.sh
. tests/driver/tap.sh
# shellcheck source=tests/style/files.sh
. tests/style/files.sh

checkpatch=$(tools/lab/kernel 6.12 source)/scripts/checkpatch.pl || exit 1

# What is right in one file although it is wrong elsewhere.
exceptions() {
	case $1 in
	# The macros of a tracepoint are laid out as a table, as all of the kernel's.
	vsext/trace.h) echo OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT ;;
	# The one place for differences between kernels.
	vsext/compat/* | tests/ring/compat.h) echo LINUX_VERSION_CODE,CONSTANT_COMPARISON ;;
	# User space has no BIT().
	vsext/uapi/*) echo BIT_MACRO ;;
	*) echo NONE ;;
	esac
}

clean() {
	local said

	said=$(perl "$checkpatch" --no-tree --strict --terse --show-types --no-summary \
		--ignore "$(exceptions "$1")" -f "$1" 2>&1)
	printf '%s\n' "$said"
	[[ -z $said ]]
}

check 'checkpatch.pl is there' test -s "$checkpatch"
while read -r file; do
	check "$file" clean "$file"
done < <(kernel_code)
finish
