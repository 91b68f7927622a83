#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The flow table's bench: every table that is there gives right answers, a wrong one
# is noticed, and the report says what was measured. Needs no network: DPDK and Open
# vSwitch take part if they are in the cache.

set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=tests/driver/tap.sh
. tests/driver/tap.sh

bench=build/bench-flowtable/bench-flowtable
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

few() { "$bench" -r 64,3000 -m 1,4 -R 2 -n 4096 -w 1024 -s -o "$work/result.json" "$@"; }

# Of each table, rules, masks and traffic, two times that are right.
complete() {
	jq -e '
		([.results[].table] | unique) as $tables |
		($tables | contains(["vsext", "vsext without cache"])) and
		(.results | length) == (($tables - ["rte_hash"] | length) * 16 +
			if $tables | any(. == "rte_hash") then 8 else 0 end) and
		all(.results[]; (.ns | length) == 2 and all(.ns[]; . > 1 and . < 1e6)) and
		all(.results[]; .bytes / .rules | . > 16 and . < 100000) and
		([.size[].key] == ["IPv4", "IPv6 in IPv6", "every field"]) and
		all(.size[]; .rules >= 1500 and .bytes > 80 and .bytes < 400)' "$work/result.json"
}

# With another table than its own, which gives the next rule's number.
wrong() {
	cp -r tools/bench/flowtable "$work/flowtable"
	sed -i 's/? rule\[j\]->cookie : 0/? rule[j]->cookie + 1 : 0/' "$work/flowtable/vsext.c"
	! cmp -s "$work/flowtable/vsext.c" tools/bench/flowtable/vsext.c || return 1
	make -s FLOWTABLE="$work/flowtable" FLOWTABLE_OUT="$work/out" PEERS=/nonexistent \
		"$work/out/bench-flowtable" || return 1
	"$work/out/bench-flowtable" -r 64 -m 1 -R 1 -n 256 -w 0 "$@" >"$work/said" 2>&1
	[[ $? == 1 ]] && grep 'a packet for rule [0-9]* found [0-9]*$' "$work/said"
}

# ns OURS OTHERS: a run in which a lookup took so long.
judged() {
	mkdir -p "$work/run"
	jq -n --argjson ours "$1" --argjson others "$2" '{
		rounds: 1, lookups: 1, batch: 32,
		size: [{key: "IPv4", bytes: 129, rules: 9, counters: 16, cache: 1048576}],
		results: [{rules: 1000000, masks: 32, traffic: "zipf hit", bytes: 1, ns: [$ours], table: "vsext"},
			{rules: 1000000, masks: 32, traffic: "zipf hit", bytes: 1, ns: [$others], table: "ovs dpcls"}]
	}' >"$work/run/result.json"
	tools/bench/flowtable/report.py "$work/run"
}

check 'it builds' make -s "$bench"
check 'every table gives right answers' few
check 'and was measured in every case' complete
check 'a single run, as for a profiler' "$bench" -4 -l -t vsext -r 64 -m 8 -c 'uniform hit' -R 1 -n 256 -o /dev/null
check 'the result is reported' tools/bench/flowtable/report.py "$work"
check 'with a chart' test -s "$work/chart.png"
check 'a wrong answer is an error' wrong
check 'in a process of its own, too' wrong -r 64,65
check 'a claim that is met' grep -E "^  met .*dpcls.* 2\.50 " <(judged 100 250)
check 'a claim that is not' grep -E "^  NOT MET .*dpcls.* 1\.50 " <(judged 100 150)
check 'too many bytes a rule' grep -E "^  NOT MET .*takes 129\.0 bytes" <(judged 1 1)
finish
