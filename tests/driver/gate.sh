#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernels: 6.12
# kernels of check-all: 6.1 6.12 7.2
#
# The gate passes the patched driver, and fails when any one hunk of the patch is
# missing, or all of them. Each variant is built for real.

set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR/../.. source=tests/driver/tap.sh
. "$top/tests/driver/tap.sh"
# shellcheck source-path=SCRIPTDIR/../.. source=tests/driver/modules.sh
. "$top/tests/driver/modules.sh"

kver=${1:-6.1}
nics=${*:2}
: "${nics:=virtio_net igb}"
mkdir -p "$top/build/driver"
# Below the checkout, where any compiler sees it.
work=$(mktemp -d "$top/build/driver/gate.XXXXXX")
trap 'rm -rf "$work"' EXIT

series=$("$top/tools/lab/kernel" "$kver" series)
out=$top/build/driver/$kver
# shellcheck disable=SC2086
"$top/driver/build" "$kver" $nics >"$work/log" || { cat "$work/log"; exit 1; }

# compile NIC: in the copy of its tree, as driver/build does.
compile() {
	kmake M="$dir" -j"$(nproc)" KBUILD_EXTRA_SYMBOLS="$out/Module.symvers" KCFLAGS="-I$out/hook" \
		>"$work/log" 2>&1 || tail -n 3 "$work/log" >&2
	[ -e "$dir/$1.ko" ]
}

# hunk PATCH N: a patch with nothing but the Nth hunk.
hunk() {
	awk -v want="$2" '
		/^--- / { old = $0; next }
		/^\+\+\+ / { new = $0; next }
		/^@@ / { n++; if (n == want) print old "\n" new }
		n == want' "$1"
}

for nic in $nics; do
	patch=$top/driver/patches/$series/$nic.patch
	copy_tree "$nic" "$work/tree"
	dir=$work/tree/$(awk -v nic="$nic" '$1 == nic { print $2 }' "$top/driver/nics")

	check "$nic: patched, passes" "$top/driver/gate" "$out/$nic.ko"
	for n in $(seq "$(grep -c '^@@' "$patch")"); do
		hunk "$patch" "$n" >"$work/hunk"
		! grep -q '^+#include' "$work/hunk" || continue
		rm -f "$dir/$nic.ko"
		patch -R -s -d "$work/tree" -p1 -F0 <"$work/hunk"
		check "$nic: hunk $n taken out, builds" compile "$nic"
		check "$nic: hunk $n taken out, fails" refuses "$top/driver/gate" "$dir/$nic.ko"
		patch -s -d "$work/tree" -p1 -F0 <"$work/hunk"
	done
	rm -f "$dir/$nic.ko"
	patch -R -s -d "$work/tree" -p1 -F0 <"$patch"
	check "$nic: unpatched, builds" compile "$nic"
	check "$nic: unpatched, fails" refuses "$top/driver/gate" "$dir/$nic.ko"
done
check 'not a module: one clear sentence' says 'gate: .* does not exist' "$top/driver/gate" "$work/none.ko"
finish
