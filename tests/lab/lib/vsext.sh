# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the lab tests of vsext share. A test sources this first: outside of the
# lab that builds what is needed and runs the test again inside, with the
# options of the test's own line '# lab: OPTIONS' and the kernel of its first
# argument.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
lib=$top/tests/lab/lib
kver=${LAB_KERNEL:-${1:-6.1}}
# shellcheck source-path=SCRIPTDIR source=scale.sh
. "$lib/scale.sh"

# The options of the lab; a slow kernel may take longer.
lab_options() {
	sed -n 's/^# lab: //p' "$0" | awk -v slow="$SLOW" '{
		for (i = 1; i < NF; i++)
			if ($i == "--timeout")
				$(i + 1) *= slow
		print
	}'
}
drivers_of() { sed -n 's/^# drivers: //p' "$0"; }

if [ -z "${LAB-}" ]; then
	make -s -C "$top" ctl bench >&2 && "$top/vsext/build" "$kver" >&2 || exit 1
	# shellcheck disable=SC2046 # words
	"$top/driver/build" "$kver" $(drivers_of) >&2 || exit 1
	# shellcheck disable=SC2046 # words
	exec "$top/tools/lab/run" --kernel "$kver" $(lab_options) --env "SLOW=$SLOW" \
		${PACKETS+--env "PACKETS=$PACKETS"} "$0" "$@"
fi

# shellcheck source-path=SCRIPTDIR/../../.. source=tests/driver/tap.sh
. "$top/tests/driver/tap.sh"
work=$(mktemp -d)
jobs=()		# processes to end
on_exit=()	# commands before that
udpsend=$top/build/bench/udpsend
udprecv=$top/build/bench/udprecv

# shellcheck disable=SC2317,SC2329 # the trap calls it
cleanup() {
	local pid command
	for command in "${on_exit[@]}"; do
		$command
	done
	for pid in "${jobs[@]}"; do
		kill "$pid" 2>/dev/null
	done
	wait
	rm -rf "$work"
}
trap cleanup EXIT

vsextctl() { "$top/build/ctl/vsextctl" "$@"; }
note() { printf '# %s\n' "$*"; }

# give_up SENTENCE: nothing that follows could succeed.
give_up() {
	check "$1" false
	finish
	exit 1
}

at_least() {
	echo "$1 of $2"
	[ "$1" -ge "$2" ]
}

# until_true SECONDS COMMAND...
until_true() {
	local end=$((SECONDS + $(longer "$1")))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# ---------------------------------------------------------------- set up

load_driver() {
	local needed
	for needed in $(modinfo -F depends "$top/build/driver/$kver/$1.ko" | tr , ' '); do
		[ "$needed" = vsext_hook ] || modprobe "$needed" || return
	done
	insmod "$top/build/driver/$kver/$1.ko"
}

load_vsext() { insmod "$top/build/vsext/$kver/vsext.ko"; }

# Everything loaded, the NICs up, and room where the lab's stalls pile packets up.
set_up() {
	local driver
	insmod "$top/build/driver/$kver/vsext_hook.ko" || give_up 'the hook loads'
	load_vsext || give_up 'the module loads'
	for driver in $(drivers_of); do
		load_driver "$driver" || give_up "the patched $driver loads"
	done
	lab-up || give_up 'the NICs come up'
	sysctl -qw net.core.rmem_max=67108864 net.ipv4.conf.all.rp_filter=0
	deepen_taps
	introduce
	# A change of the flow table waits for readers: else 10 ms would be too short.
	echo 1 >/sys/kernel/rcu_expedited
}

# A machine that is busy stops a guest for a while; packets wait here meanwhile.
deepen_taps() {
	local n=0
	for _ in $LAB_NICS; do
		lab-host ip link set "lab$n" txqueuelen 20000
		n=$((n + 1))
	done
}

# Before an address is resolved, what exceeds a small queue is dropped unseen.
introduce() {
	local n=0
	for _ in $LAB_NICS; do
		lab-host ip neigh replace "10.77.$n.2" \
			lladdr "$(cat "/sys/class/net/$(lab-nic $n)/address")" dev "lab$n"
		n=$((n + 1))
	done
}

# irqs_of DEVICE: the interrupts of its RX queues.
irqs_of() {
	local path
	path=$(realpath "/sys/class/net/$1/device")
	while [ ! -d "$path/msi_irqs" ]; do
		path=$(dirname "$path")
		[ "$path" != / ] || return
	done
	awk -v own=" $(find "$path/msi_irqs" -mindepth 1 -printf '%f ')" '
		{ n = $1; sub(":", "", n) }
		index(own, " " n " ") && $NF ~ /(-input\.|-TxRx-|-rx-)[0-9]+$/ { print n }
		' /proc/interrupts
}

# set_irqs DEVICE CORE...: RX queues in turn.
set_irqs() {
	local device=$1 irq n=0
	shift
	for irq in $(irqs_of "$device"); do
		printf '%s\n' "${@:n % $# + 1:1}" >"/proc/irq/$irq/smp_affinity_list"
		n=$((n + 1))
	done
}

# irqs_come DEVICE CORE...: do they, as set? An interrupt moves when it comes next, and
# then it still comes where it was: frames for nobody make those of all queues come.
irqs_come() {
	local device=$1 irq n=0 i stir=() cores=("${@:2}") mac
	mac=$(cat "/sys/class/net/$device/address")
	while [ "$(lab-nic "$n")" != "$device" ]; do
		n=$((n + 1))
	done
	for i in {1..64}; do
		stir+=(1 "eth,dst=$mac ip,src=10.1.0.$i,dst=10.77.$n.99 udp,sport=$i")
	done
	lab-host python3 "$lib/frames.py" "lab$n" "${stir[@]}" || return
	n=0
	for irq in $(irqs_of "$device"); do
		[ "$(cat "/proc/irq/$irq/effective_affinity_list")" = "${cores[n % ${#cores[@]}]}" ] || return
		n=$((n + 1))
	done
}

# ---------------------------------------------------------------- counters

stat_of() { vsextctl -j stats | jq ".$1"; }
queued() { vsextctl -j -s core | jq 'map(.queued) | add'; }

# The two identities of the specification; nothing is on its way.
conserved() {
	local stats
	until_true 5 idle
	stats=$(vsextctl -j stats) || return
	echo "$stats"
	jq -e '.packets == .local + .moved + .held + .drop_full + .drop_hold and
		.moved + .held == .delivered + .drop_gone + .waiting' <<<"$stats"
}

idle() { [ "$(queued)" = 0 ] && [ "$(stat_of 'waiting // 0')" = 0 ]; }

# ---------------------------------------------------------------- Python

is_ok() { echo "$2"; [ "$1" = ok ]; }

# python_cases N PROGRAM ARGUMENT...: N cases, one line each, 'ok<TAB>NAME' or
# 'not ok<TAB>NAME<TAB>WHY'.
python_cases() {
	local cases=0 want=$1 verdict name why
	shift
	while IFS=$'\t' read -r verdict name why; do
		if [[ $verdict == '#'* ]]; then
			echo "$verdict"
			continue
		fi
		cases=$((cases + 1))
		check "$name" is_ok "$verdict" "$why"
	done < <(python3 "$@")
	check "every case of ${1##*/} ran" test $cases = "$want"
}

# ---------------------------------------------------------------- traffic

# receive FILE [WRAPPER...] -- UDPRECV-OPTION...: starts it, waits for the socket.
receive() {
	local file=$1 wrapper=()
	shift
	while [ "$1" != -- ]; do
		wrapper+=("$1")
		shift
	done
	shift
	rm -f "$file" "$file.ready"
	"${wrapper[@]}" "$udprecv" -p "$file.ready" -o "$file" "$@" &
	receiver=$!
	jobs+=("$receiver")
	until_true 20 test -e "$file.ready"
}

# send FILE UDPSEND-OPTION...: from the host's side.
send() {
	local file=$1
	shift
	lab-host "$udpsend" "$@" >"$file" 2>"$file.err"
}

# Of what a receiver wrote: the sum of a field over its flows.
sum_of() { jq "[.flows[].$2] | add // 0" "$1"; }

# sent_of FILE, received_of FILE: packets, markers not among them.
sent_of() { jq '[.flows[].sent] | add' "$1"; }
received_of() { sum_of "$1" packets; }

# all_is FIELD VALUE FILE: of every flow.
all_is() {
	jq -c '.flows[] | {id, packets, sent, lost, reordered, duplicates, max_late}' "$3"
	jq -e --argjson want "$2" '.flows | length > 0 and all(.'"$1"' == $want)' "$3"
}

# start_mover FILE MOVER-OPTION...: returns when its rules are there.
start_mover() {
	local file=$1
	shift
	rm -f "$file.ready"
	nice -n -10 python3 "$lib/mover.py" --ready "$file.ready" "$@" >"$file" &
	mover=$!
	jobs+=("$mover")
	until_true 30 test -e "$file.ready"
}

stop_mover() {
	kill "$mover" && wait "$mover"
}
