# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# KTAP for the driver tests: check, then finish.

tap_count=0
tap_failed=0
echo 'KTAP version 1'

# check NAME COMMAND...: passes if the command succeeds; its output is shown if not.
check() {
	local name=$1 output status=0
	shift
	output=$("$@" 2>&1) || status=$?
	tap_count=$((tap_count + 1))
	if [ $status = 0 ]; then
		echo "ok $tap_count - $name"
	else
		echo "# ${output//$'\n'/$'\n# '}"
		echo "not ok $tap_count - $name"
		tap_failed=$((tap_failed + 1))
	fi
}

# refuses COMMAND...: it must exit with 1 (not crash) and say something.
refuses() {
	local output status=0
	output=$("$@" 2>&1) || status=$?
	echo "exit $status: $output"
	[ $status = 1 ] && [ -n "$output" ]
}

# says REGEX COMMAND...: refuses, in one line that matches.
says() {
	local regex=$1 output status=0
	shift
	output=$("$@" 2>&1) || status=$?
	echo "exit $status: $output"
	[ $status = 1 ] && [ "$(wc -l <<<"$output")" = 1 ] && grep -qE "$regex" <<<"$output"
}

finish() {
	echo "1..$tap_count"
	[ $tap_failed = 0 ]
}
