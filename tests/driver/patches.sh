#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernels of check-all: 6.1 6.12 7.2
#
# The stored patches change what the semantic patch changes, and hold nothing else of
# the drivers.

set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR/../.. source=tests/driver/tap.sh
. "$top/tests/driver/tap.sh"
# shellcheck source-path=SCRIPTDIR/../.. source=driver/common.sh
. "$top/driver/common.sh"

kver=${1:-6.1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$top"

mapfile -t nics < <(nic_names)
for nic in "${nics[@]}"; do
	stored=driver/patches/$kver/$nic.patch
	driver/mkpatch "$nic" "$kver" >"$work/new.patch" || true
	check "$nic: the stored patch changes what the semantic patch changes" \
		diff <(changed_lines "$stored") <(changed_lines "$work/new.patch")
	check "$nic: no other line of the driver is stored" \
		[ -z "$(grep -vE '^([-+]|@@|--- a/|\+\+\+ b/| #include )' "$stored")" ]
done
check 'no patch is left of a driver that is none' \
	diff <(printf '%s.patch\n' "${nics[@]}" | sort) <(ls "driver/patches/$kver")
finish
