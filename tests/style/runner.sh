#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The runner of the tests: what counts as passed and what does not.

set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=tests/driver/tap.sh
. tests/driver/tap.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tests/style" "$work/tests/lab/lib"
cp tests/run "$work/tests/run"
cp tests/lab/lib/scale.sh "$work/tests/lab/lib/"

# counts PASSED FAILED TEXT [REGEX]: so much is counted of a test with this text, and
# the last line, the exit code and what is shown say so.
counts() {
	local output code=0 want=0

	printf '#!/bin/bash\n%s\n' "$3" >"$work/tests/style/it.sh"
	chmod +x "$work/tests/style/it.sh"
	output=$("$work/tests/run" style 2>&1) || code=$?
	printf '%s\n(exit %s)\n' "$output" "$code"
	(($2 == 0)) || want=1
	[[ $(tail -n 1 <<<"$output") == "$1 passed, $2 failed" && $code == "$want" ]] &&
		grep -qE -- "${4-}" <<<"$output"
}

two='echo "ok 1 - a"; echo "ok 2 - b"'
check 'all pass' counts 2 0 "echo 1..2; $two"
check 'the plan may come last' counts 2 0 "$two; echo 1..2"
check 'nested results do not count' counts 2 0 "echo '    not ok 1'; $two; echo 1..2"
check 'two plans add up' counts 3 0 "echo 1..2; $two; echo 1..1; echo ok 1 - c"
check 'one fails' counts 1 1 'echo 1..2; echo "# why"; echo "not ok 1 - a"; echo "ok 2 - b"' '^# why$'
check 'one fails, exit code 1' counts 1 1 'echo 1..2; echo "not ok 1 - a"; echo "ok 2 - b"; exit 1'
check 'skipped is failed' counts 1 1 'echo 1..2; echo "ok 1 - a # SKIP no NIC"; echo "ok 2 - b"'
check 'no plan' counts 2 1 "$two" 'ended without a plan'
check 'no output' counts 0 1 '' 'ended without a plan'
check 'an empty plan' counts 0 1 'echo 1..0' 'tested nothing'
check 'fewer than planned' counts 2 1 "echo 1..3; $two" 'of 3 planned tests 2 ran'
check 'more than planned' counts 2 1 "echo 1..1; $two" 'of 1 planned tests 2 ran'
check 'all pass, but it crashes' counts 2 1 "echo 1..2; $two; kill -SEGV \$\$" 'no test failed, but it ended'
check "the lab's own time limit" counts 2 1 "$two; exit 124" 'ended after [0-9.]+ s by a time limit'
check 'it bails out' counts 2 1 "echo 1..2; $two; echo 'Bail out! no guest'" 'bailed out'
check 'what it says on stderr is shown' counts 0 1 'echo "cannot start" >&2; exit 1' '^cannot start$'
check 'a process left behind' counts 2 1 "echo 1..2; $two; sleep 15 &" 'left a process behind'

unknown() {
	local output code=0

	output=$("$work/tests/run" nonsense 2>&1) || code=$?
	echo "$output (exit $code)"
	[[ $code == 2 ]] && grep -q "there is no test 'nonsense'" <<<"$output"
}
check 'a test that is not there is refused' unknown

cat >"$work/tests/lab/two.sh" <<-'TEST'
	#!/bin/bash
	echo 1..1
	echo "ok 1 - on $1"
TEST
sed '1a # kernels: 6.12' "$work/tests/lab/two.sh" >"$work/tests/lab/one.sh"
printf 'not executable\n' >"$work/tests/lab/three.sh"
chmod +x "$work"/tests/lab/{one,two}.sh
sed '1a # kernels: none\n# kernels of check-all: debug' "$work/tests/lab/two.sh" >"$work/tests/lab/four.sh"
chmod +x "$work/tests/lab/four.sh"
# listed WORD TEXT: those that make WORD runs.
listed() {
	"$work/tests/run" -l | tee "$work/list"
	[[ $(awk -v word="$1" '{ for (i = 2; i <= NF; i++) if ($i == word) printf "%s ", $1 }' "$work/list") == "$2" ]]
}
check 'a script names its kernels' listed check 'style/it lab/one@6.12 lab/two@6.1 lab/two@6.12 '
check 'a script names its kernels of check-all' listed check-all \
	'style/it lab/one@6.12 lab/two@6.1 lab/two@6.12 lab/four@debug lab/one@6.1 lab/one@7.2 lab/one@debug lab/two@7.2 lab/two@debug '
runs() {
	local output

	output=$("$work/tests/run" "${@:2}") && echo "$output" && [[ $(tail -n 1 <<<"$output") == "$1" ]]
}
check 'one group' runs '3 passed, 0 failed' lab
check 'one test' runs '2 passed, 0 failed' lab/two
# A zombie has ended; who reaps it is not our concern.
runs_still() { ps -o stat= -p "$(IFS=,; echo "$*")" | grep -v '^Z'; }
interrupted() {
	local runner code=0 n

	cat >"$work/tests/style/it.sh" <<-'TEST'
		#!/bin/bash
		sleep 60 &
		echo "$$ $!" >"$0.pids"
		wait
	TEST
	rm -f "$work/tests/style/it.sh.pids"
	"$work/tests/run" style &
	runner=$!
	for ((n = 0; n < 100; n++)); do
		[[ ! -s $work/tests/style/it.sh.pids ]] || break
		sleep 0.1
	done
	kill -TERM "$runner"
	wait "$runner" || code=$?
	echo "exit $code"
	read -ra pids <"$work/tests/style/it.sh.pids"
	[[ $code == 143 && ${#pids[@]} == 2 ]] && ! runs_still "${pids[@]}"
}
check 'interrupted, it ends its test and what that started' interrupted
check 'all kernels' runs '8 passed, 0 failed' -a lab/one lab/two
check 'one on a kernel of check-all' runs '1 passed, 0 failed' lab/two@debug
check 'one that only check-all runs' runs '1 passed, 0 failed' lab/four
check 'one test on one kernel' runs '1 passed, 0 failed' lab/two@6.1
check 'its output is kept' grep -q 'on 6.1$' "$work/build/check/lab-two@6.1.log"
finish
