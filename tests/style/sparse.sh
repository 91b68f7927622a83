#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Both modules, built anew with W=1 and sparse: not one warning.

set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=tests/driver/tap.sh
. tests/driver/tap.sh

unset MAKEFLAGS MFLAGS MAKEOVERRIDES
mkdir -p build/check
work=$(mktemp -d "$PWD/build/check/sparse.XXXXXX")
trap 'rm -rf "$work"' EXIT

# build KVER DIR [SYMBOLS]: without a warning.
build() {
	local headers log=$work/$1.log

	headers=$(tools/lab/kernel "$1" headers) || return
	make -C "$headers" M="$work/$1/$2" W=1 C=2 CF=-D__CHECK_ENDIAN__ -j"$(nproc)" \
		CONFIG_DEBUG_INFO_BTF_MODULES= KBUILD_EXTRA_SYMBOLS="${3-}" modules \
		>"$log" 2>&1 || { tail -n 20 "$log"; return 1; }
	grep -q 'CHECK ' "$log" || { echo 'sparse did not run'; return 1; }
	! grep -E 'warning|error' "$log"
}

for kver in 6.1 6.12; do
	mkdir -p "$work/$kver/driver"
	cp -r vsext "$work/$kver"
	cp -r driver/hook "$work/$kver/driver"
	check "$kver: the hook" build $kver driver/hook
	check "$kver: the module" build $kver vsext "$work/$kver/driver/hook/Module.symvers"
done
finish
