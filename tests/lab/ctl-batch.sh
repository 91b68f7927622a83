#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ctl-batch.sh [KVER]: thousands of rules, which vsextctl sends ahead of the kernel's
# verdict: the line that is refused is named and nothing changed, whatever answers
# are lost, and so it is if vsextctl is ended amid them.
# kernels: 6.12
# kernels of check-all: 6.1 6.12 7.2

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kver=${1:-${LAB_KERNEL:-6.1}}
# shellcheck source=tests/lab/lib/scale.sh
. "$top/tests/lab/lib/scale.sh"

if [ -z "${LAB-}" ]; then
	make -s -C "$top" KVER="$kver" module ctl >&2 || exit 1
	exec "$top/tools/lab/run" --kernel "$kver" --timeout "$(longer 300)" --nic none "${BASH_SOURCE[0]}" "$kver"
fi

# shellcheck source=tests/driver/tap.sh
. "$top/tests/driver/tap.sh"
ctl=$top/build/ctl/vsextctl
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
error=$work/error

# shellcheck source=tests/lab/lib/ctl.sh
. "$top/tests/lab/lib/ctl.sh"

load "driver/$kver/vsext_hook" && load "vsext/$kver/vsext" || exit 1

# rules N [LINE=TEXT]...: N lines, some of them other ones, into "lines".
rules() {
	local line

	seq "$1" | sed 's/.*/flow add priority=5,udp,tp_dst=&,actions=irq:auto/' >lines
	shift
	for line; do
		sed -i "${line%%=*}c ${line#*=}" lines
	done
}

taken='flow add priority=9,tcp,actions=irq:auto'
# shellcheck disable=SC2086
vsextctl $taken
for line in 1 2800 5000; do
	rules 5000 "$line=$taken"
	check "5000 rules, line $line exists: no other line is blamed" refused 2 "^lines:$line: .*exists" -b lines
done
rules 5000 '300=flow del core=8000' '4000=flow del tcp,tp_dst=9'
check 'two bad lines: the first, and where in it' pointed '  ^^^^^^^^^' 2 '^lines:300: no such core' -b lines
rules 5000 '1=config set max-flows 3000'
check 'a full table: the first line too many' refused 2 '^lines:3001: .*max-flows' -b lines
sed -n 's/^flow add //p' lines >flows
vsextctl config set max-flows 3000
check 'replace-all: the first line too many' refused 2 '^flows:[0-9]+: .*max-flows' flow replace-all flows
vsextctl config set max-flows 1048576

# Room for a few answers: most of those to the lines behind a bad one are lost.
rmem=$(sysctl -n net.core.rmem_max)
check 'a tiny receive buffer' sysctl -qw net.core.rmem_max=4096
rules 5000 "2800=$taken"
check 'a tiny receive buffer: the line is known' refused 2 '^lines:2800: .*exists' -b lines
rules 5000
check 'a tiny receive buffer: all of it' vsextctl -b lines
check 'a tiny receive buffer: all of it is there' counts 5001 vsextctl flow
sysctl -qw "net.core.rmem_max=$rmem"
sed -i 's/add \(.*\),actions.*/del --strict \1/' lines
echo 'flow del --strict priority=5,udp,tp_dst=1' >>lines
check '5001 deletions, the last one of nothing' refused 2 '^lines:5001: no rule matches' -b lines
sed -i '$d' lines
check '5000 deletions' vsextctl -b lines
check '5000 deletions: what stays' counts 1 vsextctl flow

# Each rule looks at all before it: it takes its time.
rules 5000
seq 2000 | sed 's/.*/flow add priority=5,udp,tp_src=&,tp_dst=6666,check_overlap,actions=irq:auto/' >>lines
interrupted() {
	local pid code=0 said=

	# What a script starts in the background ignores SIGINT.
	env --default-signal=INT "$ctl" -b lines 2>"$error" &
	pid=$!
	until said=$(vsextctl flow mod tcp,actions=irq:auto 2>&1); [[ $said == *'another transaction'* ]]; do
		kill -0 "$pid" 2>/dev/null || { echo 'the batch has ended'; return 1; }
	done
	kill -"$1" "$pid"
	wait "$pid" || code=$?
	[ "$code" -gt 128 ] || { echo "exit $code"; return 1; }
}
vsextctl save >before
for signal in INT KILL; do
	check "SIG$signal amid a batch" interrupted "$signal"
	vsextctl save >after
	check "SIG$signal amid a batch: nothing of it" same before after
	check "SIG$signal amid a batch: the next one" vsextctl flow mod tcp,actions=irq:auto
done

vsextctl flow flush
rmmod vsext vsext_hook
finish
