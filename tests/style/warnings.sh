#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The programs and libraries of user space, built anew: not one warning.

set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=tests/driver/tap.sh
. tests/driver/tap.sh

mkdir -p build/check
work=$(mktemp -d build/check/warnings.XXXXXX)
trap 'rm -rf "$work"' EXIT

# silent MAKE-ARG...: builds, and says nothing.
silent() {
	local said

	said=$(make -s "$@" 2>&1) || { printf '%s\n' "$said"; return 1; }
	printf '%s\n' "$said"
	[[ -z $said ]]
}

check 'vsextctl' silent ctl CTL_OUT="$work"/ctl
check 'vsextctl with the sanitizers' silent ctl SANITIZE=1 CTL_OUT="$work"/ctl-sanitize
check 'the tests of vsextctl' silent ctl-tests CTL_OUT="$work"/ctl CTL_TEST_OUT="$work"/tests
check 'the traffic tools' silent bench BENCH_OUT="$work"/bench
check "the flow table's bench" silent "$work"/flowtable/bench-flowtable FLOWTABLE_OUT="$work"/flowtable
check 'the 82599 of the lab' silent "$work"/nic82599 LAB_OUT="$work"
check 'its tests' silent nic82599-tests UNIT_OUT="$work"/nic
check 'the unit tests' silent unit-tests UNIT_OUT="$work"/unit
check 'the keys for tshark' silent "$work"/unit/fuzz-keys UNIT_OUT="$work"/unit
finish
