#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ctl.sh [KVER]: vsextctl against the module: every verb, every refusal with its
# sentence and with nothing changed, save and restore, batches, JSON.
# kernels: 6.12

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kver=${1:-${LAB_KERNEL:-6.1}}
# shellcheck source=tests/lab/lib/scale.sh
. "$top/tests/lab/lib/scale.sh"

if [ -z "${LAB-}" ]; then
	make -s -C "$top" KVER="$kver" module ctl >&2 || exit 1
	exec "$top/tools/lab/run" --kernel "$kver" --timeout "$(longer 300)" "${BASH_SOURCE[0]}" "$kver"
fi

# shellcheck source=tests/driver/tap.sh
. "$top/tests/driver/tap.sh"
ctl=$top/build/ctl/vsextctl
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work" || exit 1
nic=$(lab-nic 0)
cores=$(nproc --all)
error=$work/error

# shellcheck source=tests/lab/lib/ctl.sh
. "$top/tests/lab/lib/ctl.sh"

# ---------------------------------------------------------------- without the module

not_loaded() {
	local code=0
	vsextctl "$@" 2>"$error" >&2 || code=$?
	cat "$error"
	[ "$code" = 2 ] && grep -q "not loaded: run 'modprobe vsext'" "$error"
}

check 'not loaded: show says so' not_loaded flow
check 'not loaded: set says so' not_loaded config set threshold 20
check 'not loaded: restore says so' not_loaded restore /dev/null
check 'help needs no module' has '^vsextctl flow add' vsextctl flow help
check 'the version' has '^vsextctl [0-9]' vsextctl -V
check 'vsext_hook loads' load "driver/$kver/vsext_hook"
check 'vsext loads' load "vsext/$kver/vsext"

# ---------------------------------------------------------------- the state after load

for noun in port flow vm; do
	check "after load: no $noun" prints '' vsextctl "$noun"
	check "after load: no $noun, JSON" prints '[]' vsextctl -j "$noun"
done
check 'the defaults' prints 'threshold 50 fcf dscp6 queue-limit 1000 max-flows 1048576 max-masks 64 vxlan-ports 4789' vsextctl config
check 'one line per core and a head' counts $((cores + 1)) vsextctl core
check 'one core' has '^ +1 +[0-9.]+ online ' vsextctl core show 1
check 'core counters' has 'packets +bytes +queued +stolen +wakeups +drops vms$' vsextctl -s core
check 'the counters of the module' has '^packets +0 ' vsextctl stats

# ---------------------------------------------------------------- every verb

check 'config set threshold' vsextctl config set threshold 60
check 'config set all' vsextctl config set threshold 55 fcf tos8 queue-limit 2000 max-flows 1000 max-masks 20 vxlan-ports 4789,8472
check 'config shows it' prints 'threshold 55 fcf tos8 queue-limit 2000 max-flows 1000 max-masks 20 vxlan-ports 4789,8472' vsextctl config show
check 'config set: no VXLAN' vsextctl config set vxlan-ports none
check 'config shows that' prints 'threshold 55 fcf tos8 queue-limit 2000 max-flows 1000 max-masks 20 vxlan-ports none' vsextctl config show
check 'config set back' vsextctl config set threshold 50 fcf dscp6 queue-limit 1000 max-flows 1048576 max-masks 64 vxlan-ports 4789
check 'core set exclude on' vsextctl core set 1 exclude on
check 'core shows it' has '^ +1 .*excluded' vsextctl core show 1
check 'core set exclude off' vsextctl core set 1 exclude off
check 'core shows it' has '^ +1 .* online ' vsextctl core show 1

uuid=01234567-89ab-cdef-0123-456789abcdef
check 'vm set' vsextctl vm set id 1 cores 0-1 tenant 'red hat' uuid "$uuid" prio on
check 'vm shows it' prints "id 1 cores 0-1 tenant \"red hat\" uuid $uuid prio on" vsextctl vm show id 1
check 'core shows the pin' has '^ +1 .* 1$' vsextctl core show 1
check 'vm set changes one thing' vsextctl vm set id 1 cores 0
check 'and leaves the others' prints "id 1 cores 0 tenant \"red hat\" uuid $uuid prio on" vsextctl vm
check 'vm set cores none' vsextctl vm set id 1 cores none tenant '' prio off
check 'vm shows it' prints "id 1 cores none uuid $uuid" vsextctl vm
check 'vm set: the highest id of dscp6' vsextctl vm set id 31
check 'vm del' vsextctl vm del id 31
check 'vm: one is left' counts 1 vsextctl vm
check 'vm set: a second' vsextctl vm set id 2 cores 1
check 'vm flush' vsextctl vm flush
check 'vm: none is left' counts 0 vsextctl vm
check 'vm flush of nothing' vsextctl vm flush

rule='priority=10,udp,tp_dst=4789,tun_type=vxlan,tun_id=42,vm_id=1'
check 'flow add' vsextctl flow add 'priority=10,udp,tp_dst=4789,tun_id=42,vm_id=1,actions=irq:auto'
check 'flow shows it' prints "$rule,actions=irq:auto" vsextctl flow
check 'flow show -s' has "^$rule,actions=irq:auto # duration=[0-9]+\.[0-9]s, n_packets=0, n_bytes=0\$" vsextctl -s flow show
check 'flow replace' vsextctl flow replace "$rule,actions=irq:1"
check 'flow shows it' prints "$rule,actions=irq:1" vsextctl flow
check 'flow add irq:vm' vsextctl flow add vm_id=3,actions=irq:vm
check 'flow add irq:local in several words' vsextctl flow add priority=7 udp, tp_dst=9 actions=irq:local
check 'flow add for a device' vsextctl flow add "in_port=$nic,cookie=0xabc,actions=irq:2"
check 'flow show: all, by priority' prints "priority=32768,vm_id=3,actions=irq:vm
cookie=0xabc,priority=32768,in_port=$nic,actions=irq:2
$rule,actions=irq:1
priority=7,udp,tp_dst=9,actions=irq:local" vsextctl flow
check 'flow show MATCH' counts 2 vsextctl flow show udp
check 'flow del is not strict' vsextctl flow del udp
check 'flow del: two are left' counts 2 vsextctl flow
check 'flow del --strict' vsextctl flow del --strict priority=32768,vm_id=3
check 'flow del --strict: one is left' counts 1 vsextctl flow
check 'what flow show prints can be added' bash -c \
	"f=\$('$ctl' -s flow show) && '$ctl' flow flush && '$ctl' flow add \"\$f\""
check 'flow flush' vsextctl flow flush
check 'flow flush of nothing' vsextctl flow flush
check 'flow: none is left' counts 0 vsextctl flow

vsextctl flow add priority=9,udp,cookie=0x5,actions=irq:1
vsextctl flow add priority=9,udp,tp_dst=5,actions=irq:1
check 'flow mod' vsextctl flow mod udp,actions=irq:local
check 'flow mod --strict, with a cookie' vsextctl flow mod --strict priority=9,udp,tp_dst=5,cookie=0x6,actions=irq:2
check 'flow mod cookie/mask' vsextctl flow mod udp,cookie=0x5/-1,cookie=0x7,actions=irq:3
check 'flow shows what was changed' prints "cookie=0x6,priority=9,udp,tp_dst=5,actions=irq:2
cookie=0x7,priority=9,udp,actions=irq:3" vsextctl flow
check 'flow add check_overlap: none' vsextctl flow add priority=8,check_overlap,udp,tp_dst=7,actions=irq:1
vsextctl flow flush
vsextctl -b - <<-BATCH
	flow add cookie=0x10,udp,actions=irq:1
	flow add cookie=0x11,tcp,actions=irq:2
	flow add cookie=0x12,udp,tp_dst=7,actions=irq:local
BATCH
check 'flow show cookie' prints 'cookie=0x11,priority=32768,tcp,actions=irq:2' vsextctl flow show cookie=0x11/-1
check 'flow show cookie/mask, and a match' counts 2 vsextctl flow show udp,cookie=0x10/0xf0
check 'flow show core' prints 'cookie=0x10,priority=32768,udp,actions=irq:1' vsextctl flow show core=1
check 'flow del cookie' vsextctl flow del cookie=0x12/0x2
check 'flow del cookie: two are left' counts 2 vsextctl flow
check 'flow del core' vsextctl flow del core=2
check 'flow del core: one is left' counts 1 vsextctl flow show cookie=0x10/-1
vsextctl flow flush

# ---------------------------------------------------------------- timeouts, events

coproc "$ctl" -j monitor flow
monitor=$COPROC_PID
exec {events}<&"${COPROC[0]}"
# event FILTER: the next one; jq says whether it is the right one.
event() {
	local line
	read -t "$(longer 30)" -ru "$events" line || { echo 'no event'; return 1; }
	echo "$line"
	jq -e "$1" <<<"$line"
}
# Until the monitor listens; what it tells of that is read.
first_event() {
	local n
	for ((n = 0; n < 100; n++)); do
		vsextctl flow add priority=1,actions=irq:local && vsextctl flow flush
		! read -t 0.2 -ru "$events" line || break
	done
	while read -t 2 -ru "$events" line; do :; done
	[ $n -lt 100 ]
}
check 'monitor: it listens' first_event
removed='.event == "removed" and .packets == 0 and .bytes == 0 and'
vsextctl flow add cookie=0x7,priority=9,udp,tp_dst=7,actions=irq:1
vsextctl flow replace priority=9,udp,tp_dst=7,actions=irq:2
check 'monitor: replace' event "$removed .reason == \"replace\" and .cookie == \"0x7\" and .priority == 9 and
	.match == \"udp,tp_dst=7\" and .actions == \"irq:1\" and .core == 1 and .duration >= 0"
vsextctl flow mod udp,actions=irq:3
vsextctl flow flush
check 'monitor: flush, and nothing of the change before' event "$removed .reason == \"delete\" and .actions == \"irq:3\""
check 'hard_timeout' vsextctl flow add priority=9,hard_timeout=12,udp,actions=irq:1
check 'idle_timeout' vsextctl flow add priority=8,idle_timeout=5,hard_timeout=60,udp,actions=irq:1
check 'flow shows the timeouts' prints 'hard_timeout=12,priority=9,udp,actions=irq:1
idle_timeout=5,hard_timeout=60,priority=8,udp,actions=irq:1' vsextctl flow
check 'monitor: idle' event "$removed .reason == \"idle\" and .idle_timeout == 5 and .hard_timeout == 60 and .duration >= 5"
check 'monitor: hard' event "$removed .reason == \"hard\" and .hard_timeout == 12 and .duration >= 12"
check 'timeouts: both rules are gone' counts 0 vsextctl flow
printf 'flow add priority=%s,udp,actions=irq:1\n' 1 2 3 >lines
vsextctl -b lines
printf 'flow flush\nflow add priority=4,tcp,actions=irq:1\nflow add priority=1,actions=irq:999\n' >lines
check 'a batch that fails' refused 2 'no such core' -b lines
vsextctl flow flush
# priorities N: of the next events, sorted.
priorities() {
	local n line
	for ((n = 0; n < $1; n++)); do
		read -t "$(longer 30)" -ru "$events" line || return 1
		jq .priority <<<"$line"
	done | sort | paste -sd' '
}
check 'monitor: each rule of a flush, and nothing of what failed' prints '1 2 3' priorities 3
# One that does not read loses events, and says so.
kill -STOP "$monitor"
seq 40000 | sed 's/.*/flow add udp,tp_dst=&,actions=irq:1/' | vsextctl -b -
vsextctl flow flush
kill -CONT "$monitor"
lost() {
	local line
	while read -t "$(longer 30)" -ru "$events" line; do
		[ "$line" != '{"event":"lost"}' ] || return 0
	done
	return 1
}
check 'monitor: lost events are said to be' lost
kill "$monitor"
wait "$monitor" 2>/dev/null
exec {events}<&-
check 'monitor: as text' bash -c "timeout $(longer 5) '$ctl' monitor >text & sleep $(longer 1); '$ctl' flow add priority=3,vm_id=1,actions=irq:local
	'$ctl' flow flush; wait"
check 'monitor: as text: the line' grep -qE \
	'^removed reason=delete priority=3,vm_id=1,actions=irq:local # duration=0\.[0-9]s, n_packets=0, n_bytes=0$' text
check 'monitor: no privilege' bash -c "! out=\$(setpriv --reuid nobody --regid nogroup --clear-groups '$ctl' monitor 2>&1) && grep -q CAP_NET_ADMIN <<<\"\$out\""

# What the kernel stores is what was asked for, for every field.
fields=$work/fields
cat >"$fields" <<-FLOWS
	cookie=0x1,priority=65535,in_port=$nic,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:00/fe:00:00:00:00:00,actions=irq:auto
	priority=40,dl_type=0x8847,actions=irq:auto
	priority=39,arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.0/8,actions=irq:local
	priority=38,udp,dl_vlan=7,dl_vlan_pcp=3,actions=irq:auto
	priority=37,vlan_tci=0x0000,actions=irq:auto
	priority=36,tcp,nw_src=10.0.0.0/8,nw_dst=10.1.2.3,nw_tos=184,nw_ecn=1,tp_src=80,tp_dst=0x1000/0xf000,actions=irq:auto
	priority=35,udp6,ipv6_src=fd00::/64,ipv6_dst=fd00::1,tp_dst=53,actions=irq:auto
	priority=34,ip,nw_proto=47,actions=irq:auto
	priority=33,tun_type=vxlan,tun_id=7,inner_tcp,inner_dl_vlan=9,inner_dl_src=02:00:00:00:00:01,inner_nw_src=10.0.0.0/24,inner_nw_tos=8,inner_tp_dst=443,actions=irq:auto
	priority=32,tun_type=vxlan,inner_udp6,inner_ipv6_dst=fd00::/8,actions=irq:auto
	priority=31,vm_id=31,vm_prio=1,actions=irq:vm
	priority=30,icmp,icmp_type=3,icmp_code=4,ip_frag=not_later,actions=irq:auto
	priority=29,icmp6,icmp_type=135,actions=irq:auto
	priority=28,esp,esp_spi=0x1001,actions=irq:auto
	priority=27,udp6,tp_dst=4500,esp_spi=0x1002,actions=irq:auto
	priority=26,tun_type=geneve,tun_id=7,inner_arp,inner_arp_tpa=10.0.0.1,actions=irq:auto
	priority=25,tun_type=gre,tun_id=4275878552,inner_sctp,inner_tp_dst=9,actions=irq:auto
	priority=24,tun_type=ipip,inner_ip,inner_ip_frag=later,actions=irq:auto
	priority=0,actions=irq:local
FLOWS
sed 's/^/flow add /' "$fields" >lines
check 'every field is accepted' vsextctl -b lines
vsextctl flow >shown
check 'every field comes back' same "$fields" shown
check 'flow JSON' json flow
vsextctl flow flush

check 'port set on' vsextctl port set dev "$nic" on
check 'port shows mode and reason' has "^dev $nic mode auto active ingress \(its driver is not patched\)" vsextctl port
check 'port set on again' vsextctl port set dev "$nic" on mode auto
check 'port set mode ingress' vsextctl port set dev "$nic" on mode ingress
check 'port shows it' has "^dev $nic mode ingress active ingress \(as asked\)" vsextctl port show dev "$nic"
check 'port -s' has '^ +packets [0-9]+ local [0-9]+ moved [0-9]+ drops 0' vsextctl -s port
echo 1 >"/sys/class/net/$nic/queues/rx-0/rps_cpus"
check 'port warns of RPS, with the queue and the cure' \
	has 'warning: RPS .*\(rx-0\).*echo 0 > .*rps_cpus' vsextctl port
check 'port JSON with a warning' json port
echo 0 >"/sys/class/net/$nic/queues/rx-0/rps_cpus"
check 'the warning goes' prints 1 bash -c "'$ctl' port | wc -l"
check 'port set off' vsextctl port set dev "$nic" off
check 'port: none is left' counts 0 vsextctl port
check 'port set off again' vsextctl port set dev "$nic" off
check 'port on' vsextctl port set dev "$nic" on
check 'off' vsextctl off
check 'off: none is left' counts 0 vsextctl port
check 'off again' vsextctl off

# ---------------------------------------------------------------- refusals

vsextctl vm set id 1 cores 0
vsextctl flow add priority=10,udp,vm_id=1,actions=irq:vm
vsextctl port set dev "$nic" on

check 'unknown device' refused 1 "no device 'nope' in this network namespace" port set dev nope on
check 'unknown device in a flow' pointed '          ^^^^' 1 'no such device' flow add in_port=nope,actions=irq:auto
check 'core absent' refused 2 'no such core' flow add "tcp,actions=irq:$((cores + 100))"
check 'core absent: exclude' refused 2 'no such core' core set $((cores + 100)) exclude on
check 'core absent: show' refused 2 'no such core' core show $((cores + 100))
check 'core absent: vm' refused 2 'no such core' vm set id 2 cores $((cores + 100))
check 'core number too large' refused 1 'up to 8191' core set 9999999999 exclude on
echo 0 >/sys/devices/system/cpu/cpu3/online
check 'core offline' refused 2 'offline' flow add tcp,actions=irq:3
check 'core show says offline' has '^ +3 .*offline' vsextctl core
echo 1 >/sys/devices/system/cpu/cpu3/online
check 'VM id 0' refused 2 '1 to 31' vm set id 0
check 'VM id 32 in dscp6' refused 2 '1 to 31' vm set id 32
check 'VM id 300' refused 1 'id goes up to 255, not 300' vm set id 300
check 'VM id -1' refused 1 "expected a number for id, not '-1'" vm set id -1
check 'vm_id 32 in dscp6' refused 2 'up to 31' flow add vm_id=32,actions=irq:auto
vsextctl config set fcf tos8
check 'VM id 128 in tos8' refused 2 '1 to 127' vm set id 128
check 'VM id 127 in tos8' vsextctl vm set id 127
check 'layout with such a VM' refused 2 'cannot carry' config set fcf dscp6
vsextctl vm del id 127
vsextctl config set fcf dscp6
check 'threshold 101' refused 2 '100' config set threshold 101
check 'threshold -1' refused 1 'expected a number for threshold' config set threshold -1
check 'a port 0' refused 1 'expected ports such as' config set vxlan-ports 4789,0
check 'too many ports' refused 1 'at most 8 ports' config set vxlan-ports 1,2,3,4,5,6,7,8,9
check 'queue-limit 1' refused 2 '64' config set queue-limit 1
check 'max-flows of more' refused 2 'up to 1048576' config set max-flows 1048577
check 'max-masks of more' refused 2 'up to 64' config set max-masks 65
vsextctl flow add sctp,actions=irq:auto
vsextctl flow add icmp,actions=irq:auto
rules=$(vsextctl flow | wc -l)
check 'max-flows below what there is' refused 2 'holds more' config set max-flows $((rules - 1))
check 'max-masks below what there is' refused 2 'holds more' config set max-masks 0
check 'max-flows of what there is' vsextctl config set max-flows "$rules"
check 'a rule too many' refused 2 'is full' flow add tcp,actions=irq:auto
check 'but one that replaces another' vsextctl flow replace sctp,actions=irq:local
vsextctl config set max-flows 1048576 max-masks 2
check 'a mask too many' refused 2 'too many different masks' flow add arp,actions=irq:auto
check 'but a rule of a mask that there is' vsextctl flow add tcp,actions=irq:auto
vsextctl config set max-masks 64
for words in sctp icmp tcp; do vsextctl flow del "$words"; done
check 'unknown word is pointed at' pointed '      ^^^^^^' 1 'expected a match field' flow add udp,tp_dts=1,actions=irq:auto
check 'missing prerequisite is pointed at' pointed '  ^^^^^^^^' 1 'tp_dst needs tcp, udp' flow add tp_dst=1,actions=irq:auto
check 'irq:vm without vm_id' pointed '      ^^^^^^^^^^^^^^' 1 'irq:vm needs an exact vm_id' flow add udp,actions=irq:vm
check 'a bit that ip_frag has not' refused 2 'no such bit' flow add ip,ip_frag=0/4,actions=irq:auto
vsextctl flow add ip,ip_frag=1,actions=irq:auto
check 'ip_frag=1 is ip_frag=first' refused 2 'exist' flow add ip,ip_frag=first,actions=irq:auto
vsextctl flow del --strict ip,ip_frag=first
seq -f 'flow add priority=%g,sctp,actions=irq:local' 64 >priorities
check '64 priorities of one match' vsextctl -b priorities
check 'and no more' refused 2 'too many rules have this match' flow add priority=65,sctp,actions=irq:auto
vsextctl flow del sctp
check 'the same flow twice' refused 2 'exist' flow add priority=10,udp,vm_id=1,actions=irq:auto
check 'flow del of nothing' refused 2 'no rule matches' flow del tcp
check 'flow del of an empty text' refused 1 'del needs a match' flow del ''
check 'flow del of a wildcard' refused 1 'del needs a match' flow del 'nw_src=*'
check 'flow mod of nothing' refused 2 'no rule matches' flow mod tcp,actions=irq:1
check 'flow mod to what another rule cannot do' refused 1 'vm_id' flow mod udp,actions=irq:vm
check 'flow mod of a priority' pointed '  ^^^^^^^^^^^' 1 'with --strict only' flow mod priority=10,udp,actions=irq:1
check 'flow mod check_overlap' pointed '      ^^^^^^^^^^^^^' 1 'rules that are added' flow mod tcp,check_overlap,actions=irq:1
check 'flow mod of timeouts' pointed '  ^^^^^^^^^^^^^^' 1 'rules that are added only' flow mod idle_timeout=3,udp,actions=irq:1
check 'flow mod without an action' refused 1 'expected actions=' flow mod udp
check 'check_overlap' refused 2 'may match a rule of the same priority' flow add priority=10,check_overlap,vm_id=1,actions=irq:1
check 'flow del of another cookie' refused 2 'no rule matches' flow del udp,cookie=0x9/-1
check 'a cookie without a mask selects nothing' pointed '      ^^^^^^^^^^' 1 'cookie=VALUE/MASK' flow show udp,cookie=0x1
check 'selection is no part of a rule' pointed '      ^^^^^^' 1 'selects rules that exist' flow add udp,core=1,actions=irq:1
check 'flow del --strict of nothing' refused 2 'no rule matches' flow del --strict priority=11,udp,vm_id=1
check 'vm del of nothing' refused 2 'no VM has this id' vm del id 9
check 'vm show of nothing' refused 2 'no VM has this id' vm show id 9
check 'tenant of 64 bytes' refused 1 'at most 63 bytes' vm set id 2 tenant "$(printf '%064d' 0)"
check 'mode driver on a stock driver' refused 2 'driver' port set dev "$nic" on mode driver
check 'lo cannot be a port, or can' bash -c "'$ctl' port set dev lo on; code=\$?; '$ctl' port set dev lo off; [ \$code = 0 ] || [ \$code = 2 ]"

check 'no privilege: set' bash -c "! out=\$(setpriv --reuid nobody --regid nogroup --clear-groups '$ctl' config set threshold 9 2>&1) && grep -q CAP_NET_ADMIN <<<\"\$out\""
for words in 'port set dev lo on' 'flow add actions=irq:auto' 'flow show' 'flow flush' 'vm set id 5' \
	'core set 0 exclude on' 'off' 'restore saved'; do
	vsextctl save >saved
	# shellcheck disable=SC2086
	as_nobody "$ctl" $words >output 2>"$error"
	code=$?
	vsextctl save >after
	check "no privilege: $words" test "$code" = 2
	check "no privilege: $words: says so" grep -q 'CAP_NET_ADMIN' "$error"
	check "no privilege: $words: nothing changed" same saved after
done
# A user namespace's root is nobody here.
check 'no privilege: root of a user namespace' bash -c \
	"! out=\$(setpriv --reuid nobody --regid nogroup --clear-groups unshare -Urn '$ctl' flow flush 2>&1)"

# ---------------------------------------------------------------- batches

{
	echo '# a comment, and a blank line'
	echo
	echo 'config set threshold 70 # and another'
	for n in $(seq 2000); do
		echo "flow add priority=5,udp,tp_dst=$n,actions=irq:auto"
	done
	printf 'vm set id 3 cores 2'	# no newline at the end
} >lines
start=$(date +%s%N)
check 'a batch of 2000 rules' vsextctl -b lines
echo "# 2000 rules took $((($(date +%s%N) - start) / 1000000)) ms"
check 'a batch: all of it' counts 2001 vsextctl flow
check 'a batch: the memory of a rule' \
	test "$(vsextctl -j stats | jq '.mem_rules / 2001 | . >= 48 and . <= 128')" = true
check 'a batch: settings' has 'threshold 70' vsextctl config
check 'a batch: the VM' has '^id 3 cores 2' vsextctl vm
printf 'flow add priority=6,udp,actions=irq:auto\nvm set id 4\nflow add priority=6,udp,actions=irq:auto\n' >lines
check 'a bad line: FILE:LINE, nothing applied' refused 2 '^lines:3: .*exist' -b lines
check 'a bad line: says that nothing was changed' grep -q 'nothing was changed' "$error"
printf 'vm set id 4\nflow add udp,tp=1\n' >lines
check 'a syntax error: FILE:LINE, nothing sent' refused 1 '^lines:2: expected a match field' -b lines
printf 'flow del priority=5,tcp\n' >lines
check 'a syntax error by its place' refused 1 '^lines:1: ' -b lines
printf 'vm set id 4\nport set dev %s off\nflow del tcp\n' "$nic" >lines
check 'a port comes back as well' refused 2 '^lines:3: ' -b lines
check 'standard input' bash -c "echo 'vm set id 4' | '$ctl' -b -"
check 'standard input: applied' has '^id 4 ' vsextctl vm
for words in 'flow show' save off 'restore x'; do
	echo "$words" >lines
	check "no part of a batch: $words" refused 1 '^lines:1: ' -b lines
done
printf 'vm set id 4 tenant "x\n' >lines
check 'an open quote' refused 1 '^lines:1: the quote' -b lines
head -c 100000 /dev/zero | tr '\0' x >lines
check 'a very long line' refused 1 '^lines:1: ' -b lines
head -c 4096 "$ctl" >lines
check 'a binary file' refused 1 '^lines:[0-9]+: ' -b lines
check 'an endless file' refused 1 '^/dev/zero:1: ' -b /dev/zero
check 'a directory' refused 1 '.' -b /
check 'no file' refused 1 "cannot open 'nofile': No such file" -b nofile
: >lines
check 'an empty batch' vsextctl -b lines
printf 'flow flush\nflow add actions=irq:local\n' >lines
check 'flush in a batch' vsextctl -b lines
check 'flush in a batch: one rule' prints 'priority=32768,actions=irq:local' vsextctl flow
check 'flush of an empty table in a batch' bash -c "'$ctl' flow flush && '$ctl' -b lines"

# ---------------------------------------------------------------- rules that change meanwhile

# change_rules: until it is ended; its first line says that it has begun.
# shellcheck disable=SC2317,SC2329 # coproc calls it
change_rules() {
	exec python3 - "$top/tests/lab/lib" <<-'END'
	import sys
	sys.path.insert(0, sys.argv[1])
	from genl import Genl, flow
	g = Genl()
	print(flush=True)
	while True:
	    g.command("FLOW_ADD", flow("vm_id=1", core=1, priority=1))
	    g.command("FLOW_DEL", flow("vm_id=1", priority=1, strict=True))
	END
}

# All three tries must meet a change, so it may take a few.
warned_of_changes() {
	local n
	for ((n = 0; n < 100; n++)); do
		vsextctl flow 2>"$error" >output || { echo "exit $?"; return 1; }
		! grep -q 'warning: the rules changed' "$error" || return 0
	done
	return 1
}

save_gives_up() {
	local n code
	for ((n = 0; n < 100; n++)); do
		code=0
		vsextctl save 2>"$error" >saved || code=$?
		[ $code = 0 ] || break
	done
	cat "$error"
	[ $code = 2 ] && grep -q 'changed while' "$error" && [ ! -s saved ]
}

seq 3000 | sed 's/.*/flow add priority=5,udp,tp_dst=&,actions=irq:auto/' | vsextctl -b -
check 'nothing changes: no warning' bash -c "test -z \"\$('$ctl' flow show udp 2>&1 >/dev/null)\""
coproc change_rules
read -r <&"${COPROC[0]}"
check 'flow show: rules changed meanwhile' warned_of_changes
check 'flow show: those that stay are there once' test "$(grep -c tp_dst output)" = 3000
check 'save: rules changed meanwhile' save_gives_up
kill "$COPROC_PID"
wait "$COPROC_PID" 2>/dev/null
vsextctl flow flush

# ---------------------------------------------------------------- replace-all

cat >flows <<-FLOWS
	# as flow show prints them
	cookie=0x1,priority=9,udp,tp_dst=7,actions=irq:1 # n_packets=7

	priority=9,udp,tp_dst=8,actions=irq:2
	hard_timeout=900,priority=8,ipv6,ipv6_src=fd00::/64,nw_tos=8,actions=irq:local
	priority=7,tun_type=none,in_port=$nic,vlan_tci=0x1007/0x1fff,actions=irq:auto
FLOWS
check 'replace-all of an empty table' vsextctl flow replace-all flows
check 'replace-all: the rules' counts 4 vsextctl flow
sleep 2
sed -i 's/tp_dst=8,actions=irq:2/tp_dst=8,actions=irq:3/; s/priority=7/priority=6/' flows
echo 'actions=irq:local' >>flows
check 'replace-all: one is new, one changes, one goes' vsextctl flow replace-all flows
vsextctl flow show >shown
check 'replace-all: the rules of the file' same <(vsextctl flow replace-all shown && vsextctl flow) shown
# Those that are older than the youngest.
old_ones() {
	vsextctl -j -s flow | jq -c '(map(.duration) | min) as $new |
		[.[] | select(.duration >= $new + 1.5) | [.priority, .actions]]'
}
check 'replace-all: what stays counts on' prints '[[9,"irq:1"],[8,"irq:local"]]' old_ones
vsextctl config set max-flows 5
printf 'priority=%s,udp,actions=irq:1\n' 1 2 3 4 65535 >full
check 'replace-all: a full table by a full table' vsextctl flow replace-all full
vsextctl config set max-flows 1048576
echo 'udp,tp_dst=9,actions=irq:999' >bad
check 'replace-all: the kernel refuses' refused 2 '^bad:1: no such core' flow replace-all bad
printf 'udp,actions=irq:1\n\ntcp,actions=irq:1\npriority=32768,udp,actions=irq:2\n' >bad
check 'replace-all: a rule twice' refused 1 '^bad:4: line 1 has the same match' flow replace-all bad
echo 'flow add udp,actions=irq:1' >bad
check 'replace-all: no commands' refused 1 '^bad:1: expected a match field' flow replace-all bad
check 'replace-all: no file' refused 1 "cannot open 'nofile'" flow replace-all nofile
printf 'flow replace-all flows\n' >bad
check 'replace-all is no part of a batch' refused 1 'cannot be part of a transaction' -b bad
check 'replace-all from standard input' bash -c "'$ctl' flow replace-all - </dev/null"
check 'replace-all: of nothing nothing' counts 0 vsextctl flow

# ---------------------------------------------------------------- save and restore

vsextctl flow flush
vsextctl -b - <<-BATCH
	config set threshold 33 queue-limit 500
	core set 2 exclude on
	vm set id 9 cores 0,2-3 tenant "a \"b\" \\\\ # c" uuid $uuid prio on
	vm set id 10
	$(sed 's/^/flow add /' "$fields")
BATCH
check 'save to a file' vsextctl save saved
check 'save to standard output' bash -c "'$ctl' save | diff saved -"
check 'restore' vsextctl restore saved
vsextctl save again
check 'save, restore, save: identical' same saved again
vsextctl off
vsextctl flow flush
vsextctl -b - <<-BATCH
	flow add priority=3,actions=irq:auto
	vm set id 11
	core set 1 exclude on
	config set threshold 1
BATCH
check 'restore over another state' vsextctl restore saved
vsextctl save again
check 'restore: the file, nothing else' same saved again
grep -v '^port' saved >noport
check 'restore without the port' vsextctl restore noport
check 'restore detaches what is not named' counts 0 vsextctl port
echo 'flow add udp,actions=irq:999' >>saved
echo 'flow add priority=9,udp,actions=irq:3' >>noport
echo 0 >/sys/devices/system/cpu/cpu3/online
check 'restore with a core offline' vsextctl restore noport
echo 1 >/sys/devices/system/cpu/cpu3/online
check 'restore of a bad file' refused 2 '^saved:[0-9]+: ' restore saved
check 'restore needs a file' refused 1 'FILE is missing' restore
check 'save to a full device' bash -c "! '$ctl' save /dev/full 2>/dev/null && ! '$ctl' save >/dev/full 2>/dev/null"
check 'save to no directory' bash -c "! '$ctl' save /nodir/x 2>/dev/null"

# ---------------------------------------------------------------- JSON

vsextctl vm set id 12 tenant $'\xff"\\'
for words in port flow vm core config stats '-s port' '-s flow' '-s core' 'core show 1' '-p flow' '-p core'; do
	# shellcheck disable=SC2086
	check "JSON: $words" json $words
done
check 'JSON of a flow' prints '[{"priority":0,"cookie":"0x0","match":"","actions":"irq:local"}]' \
	bash -c "'$ctl' flow flush && '$ctl' flow add priority=0,actions=irq:local && '$ctl' -j flow"

# ---------------------------------------------------------------- leaving

vsextctl flow flush
vsextctl port set dev "$nic" on
check 'rmmod with a port attached' rmmod vsext
check 'and again' load "vsext/$kver/vsext"
check 'after load: nothing' counts 0 vsextctl flow
check 'after load: no memory in use' test "$(vsextctl -j stats |
	jq '.mem_rules + .mem_counters + .mem_tables + .mem_masks + .mem_cache')" = 0
rmmod vsext vsext_hook
finish
