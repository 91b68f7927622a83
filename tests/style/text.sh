#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What every file has to have: its licence, its length, and nothing in it that only
# holds on the machine where it was written.

set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=tests/driver/tap.sh
. tests/driver/tap.sh
# shellcheck source=tests/style/files.sh
. tests/style/files.sh

max_lines=600
max_function=100

# Data, text for people, and what a program writes.
without_licence='^(README\.md|\.gitignore|.*/README\.md|docs/.*\.(md|png|svg)|(.*/)?packages|driver/patches/.*|tests/fuzz/corpus/.*)$'

licensed() {
	local file bad=0

	while read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-only' || {
			echo "$file has no SPDX line"
			bad=1
		}
	done < <(ours | grep -vE "$without_licence")
	return $bad
}

short_files() {
	! { c_code; python_code; shell_code; ours -name '*.mk'; } |
		xargs -d '\n' awk -v max=$max_lines '
			FNR == max + 1 { print FILENAME " has more than " max " lines" }' | grep .
}

# In this style a function's body begins and ends with a brace in the first column.
short_functions() {
	! c_code | xargs -d '\n' awk -v max=$max_function '
		FNR == 1 { begin = 0 }
		/^\{/ { begin = FNR }
		/^}/ && begin {
			if (FNR - begin + 1 > max)
				print FILENAME ":" begin ": a function of " FNR - begin + 1 " lines"
			begin = 0
		}' | grep .
}

# Neither where it was written nor where its packages came from.
portable() {
	local words='(^|[^[:alnum:]_.$])/(work|home/[a-z])[/[:space:]]|(deb|ftp|mirror|archive|snapshot)[0-9a-z.-]*\.[a-z0-9.-]+\.(org|net|com|jp|io)|https?://[0-9]+\.|/tmp/vsx'

	! ours | xargs -d '\n' grep -nIE "$words" | grep -vE '^tests/style/text\.sh:'
}

clean_space() {
	! ours | grep -vE '^(driver/patches|tests/fuzz/corpus)/' | xargs -d '\n' grep -nIE '[[:space:]]+$|^ +	' | grep -v '^$'
}

executable() {
	local file bad=0

	while read -r file; do
		if [[ $(head -c 2 "$file") == '#!' && ! -x $file ]]; then
			echo "$file begins with #! but is not executable"
			bad=1
		fi
	done < <(ours)
	return $bad
}

manuals() {
	mandoc -T lint -W warning docs/man/*.[1-8]
}

python_compiles() {
	python_code | xargs -d '\n' python3 -W error -c '
import sys
for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        compile(file.read(), name, "exec")'
}

check 'every file names its licence' licensed
check "no file is longer than $max_lines lines" short_files
check "no function is longer than $max_function lines" short_functions
check 'no path or host of the machine that it was written on' portable
check 'no white space at the end of a line' clean_space
check 'what has an interpreter line is executable' executable
check 'the manual pages are well-formed' manuals
check 'the Python code compiles without a warning' python_compiles
finish
