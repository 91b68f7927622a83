#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every script, by shellcheck.

set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=tests/driver/tap.sh
. tests/driver/tap.sh
# shellcheck source=tests/style/files.sh
. tests/style/files.sh

mapfile -t files < <(shell_code)
# What is only sourced uses names of those who source it, and the other way round.
clean() {
	if [[ $(head -c 2 "$1") == '#!' ]]; then
		shellcheck -x "$1"
	else
		shellcheck -x -e SC2034,SC2154 "$1"
	fi
}

check 'there are scripts' test "${#files[@]}" -gt 10
for file in "${files[@]}"; do
	check "$file" clean "$file"
done
finish
