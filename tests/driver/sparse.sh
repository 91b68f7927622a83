#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sparse.sh [KVER]: both modules, built anew with W=1 and sparse: not one warning.
#
# kernels of check-all: 6.1 6.12 7.2 debug

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR/../.. source=tests/driver/tap.sh
. "$top/tests/driver/tap.sh"
# shellcheck source-path=SCRIPTDIR/../.. source=tests/driver/modules.sh
. "$top/tests/driver/modules.sh"
# shellcheck source-path=SCRIPTDIR/../.. source=tools/lab/common.sh
. "$top/tools/lab/common.sh"

kver=${1:-6.1}
unset MAKEFLAGS MFLAGS MAKEOVERRIDES
mkdir -p "$top/build/check"
work=$(mktemp -d "$top/build/check/sparse.XXXXXX")
trap 'rm -rf "$work"' EXIT
# A kernel that brings its compiler wants a sparse of the same age.
sparse_of() {
	local suite
	suite=$("$top/tools/lab/kernel" "$kver" suite)
	if [ "$suite" = bookworm ]; then
		command -v sparse
	else
		"$top/tools/lab/fetch" "$suite" "$cache/sparse/$suite" sparse && echo "$cache/sparse/$suite/usr/bin/sparse"
	fi
}
cp "$(sparse_of)" "$work/sparse"

# build DIR [SYMBOLS]: without a warning.
build() {
	local log=$work/log

	# 7.2's headers lack the script that approves of sparse, so it is not left to it.
	kmake M="$work/$1" W=1 C=2 KBUILD_CHECKSRC=2 CF=-D__CHECK_ENDIAN__ CHECK="$work/sparse" -j"$(nproc)" \
		KBUILD_EXTRA_SYMBOLS="${2-}" >"$log" 2>&1 || { tail -n 20 "$log"; return 1; }
	grep -q 'CHECK ' "$log" || { echo 'sparse did not run'; return 1; }
	! grep -E 'warning|error' "$log" | grep -v 'pahole version differs'
}

mkdir -p "$work/driver"
cp -r "$top/vsext" "$work"
cp -r "$top/driver/hook" "$work/driver"
check 'sparse is there' test -x "$work/sparse"
check 'the hook' build driver/hook
check 'the module' build vsext "$work/driver/hook/Module.symvers"
finish
