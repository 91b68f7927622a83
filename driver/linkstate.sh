# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What an interface is configured as: recorded before its driver goes, restored
# when the interface is back. Text files, one directory an interface, so that a
# person can read and apply them too.
#
#	link_record IF DIR	writes DIR
#	link_find DIR		prints the present name of the recorded interface
#	link_restore DIR	the name and everything else; 1 if something essential failed
#
# Lost for good: what user space alone knows (tc, XDP programs, ethtool settings
# other than the number of channels, entries learned by a bridge).

# Some drivers know no permanent address.
link_permanent() {
	ethtool -P "$1" 2>/dev/null | grep -oiE '([0-9a-f]{2}:){5}[0-9a-f]{2}' || true
}

link_master() {
	local master=/sys/class/net/$1/master
	[ ! -e "$master" ] || { master=$(readlink "$master"); echo "${master##*/}"; }
}

# inet 10.0.0.2/24 brd 10.0.0.255 ...: what `ip addr replace` takes, a line each.
record_addresses() {
	ip -o addr show dev "$1" | awk '
		/ temporary | tentative / { next }
		{
			sub(/\\/, " ")
			line = $4
			for (i = 5; i <= NF; i++)
				if ($i ~ /^(brd|scope|peer|metric|valid_lft|preferred_lft)$/) {
					line = line " " $i " " $(i + 1)
					sub(/sec$/, "", line)
					i++
				} else if ($i ~ /^(mngtmpaddr|noprefixroute|nodad|home|autojoin)$/) {
					line = line " " $i
				} else if ($i ~ /:/ && $3 == "inet") {
					line = line " label " $i
				}
			print line
		}'
}

# What the addresses do not bring by themselves; gateways after their networks.
record_routes() {
	local family
	for family in -4 -6; do
		ip "$family" -o route show table all dev "$1" | awk -v family="$family" -v dev="$1" '
			/^(local|broadcast|multicast|anycast) / || / proto kernel / { next }
			{
				gsub(/\\/, " ")
				gsub(/ (linkdown|dead|offload|trap|rt_[a-z_]+)/, "")
				gsub(/ expires [0-9-]+sec/, "")
				gsub(/ error -[0-9]+/, "")
				print (/ via | nexthop /) + 0, family, $0, (/ nexthop / ? "" : "dev " dev)
			}'
	done | sort -s -n -k1,1 | cut -d' ' -f2-
}

# number name, for the interrupts of all devices
interrupts() {
	awk 'NR > 1 { print $1 + 0, $NF }' /proc/interrupts
}

# name of the interrupt, cores
record_interrupts() {
	local dir=/sys/class/net/$1/device irq name cores
	[ -d "$dir/msi_irqs" ] || dir=$dir/..
	[ -d "$dir/msi_irqs" ] || return 0
	while read -r irq name; do
		[ -e "$dir/msi_irqs/$irq" ] || continue
		read -r cores <"/proc/irq/$irq/smp_affinity_list"
		echo "$name $cores"
	done < <(interrupts)
}

record_files() {
	local file value
	for file; do
		if [ -w "$file" ] && { read -r value <"$file"; } 2>/dev/null; then
			printf '%s\t%s\n' "$file" "$value"
		fi
	done
}

record_channels() {
	ethtool -l "$1" 2>/dev/null | awk '
		/^Current/ { current = 1 }
		current && /^(RX|TX|Other|Combined):/ && $2 ~ /^[1-9]/ {
			print tolower(substr($1, 1, length($1) - 1)), $2
		}'
}

# The installed one, or that of a checkout.
link_vsextctl() {
	command -v vsextctl || readlink -e "$(dirname "${BASH_SOURCE[0]}")/../build/ctl/vsextctl"
}

# The mode in which vsext is attached to $1, if it is.
link_vsext_mode() {
	local vsextctl
	[ ! -d /sys/module/vsext ] || ! vsextctl=$(link_vsextctl) ||
		"$vsextctl" port show dev "$1" 2>/dev/null | sed -n 's/.* mode \([a-z]*\).*/\1/p'
}

link_record() {
	local link=$1 dir=$2 sys=/sys/class/net/$1
	mkdir -p "$dir"
	echo "$link" >"$dir/name"
	readlink -f "$sys/device" >"$dir/device"
	link_permanent "$link" >"$dir/permanent"
	cat "$sys/address" >"$dir/address"
	cat "$sys/mtu" >"$dir/mtu"
	cat "$sys/tx_queue_len" >"$dir/txqueuelen"
	cat "$sys/carrier" >"$dir/carrier" 2>/dev/null || echo 0 >"$dir/carrier"
	(($(<"$sys/flags") & 1)) && echo up >"$dir/state" || echo down >"$dir/state"
	link_master "$link" >"$dir/master"
	record_channels "$link" >"$dir/channels"
	record_addresses "$link" >"$dir/addresses"
	record_routes "$link" >"$dir/routes"
	ip neigh show dev "$link" nud permanent >"$dir/neighbours"
	record_interrupts "$link" >"$dir/interrupts"
	record_files "$sys"/queues/rx-*/rps_* "$sys"/queues/tx-*/xps_* >"$dir/queues"
	record_files /proc/sys/net/ipv[46]/{conf,neigh}/"$link"/* >"$dir/sysctl"
	link_vsext_mode "$link" >"$dir/vsext"
}

# By bus address; two ports of one device differ in their permanent address.
link_find() {
	local dir=$1 sys device permanent
	read -r device <"$dir/device"
	read -r permanent <"$dir/permanent" || permanent=
	for sys in /sys/class/net/*; do
		if [ "$sys/device" -ef "$device" ] &&
		   [ "$(link_permanent "${sys##*/}")" = "$permanent" ]; then
			echo "${sys##*/}"
			# A bare return has the status of what came before an EXIT trap.
			return 0
		fi
	done
	return 1
}

# restore_try COMMAND...: a setting that is not essential.
restore_try() {
	local output
	output=$("$@" 2>&1) || echo "not restored: $* (${output//$'\n'/ })"
}

restore_files() {
	local file value now
	while IFS=$'\t' read -r file value; do
		{ read -r now <"$file"; } 2>/dev/null || continue
		[ "$now" = "$value" ] || { echo "$value" >"$file"; } 2>/dev/null ||
			echo "not restored: $file ($value)"
	done <"$1"
}

restore_interrupts() {
	local -A irqs
	local name cores irq
	while read -r irq name; do
		irqs[$name]=$irq
	done < <(interrupts)
	while read -r name cores; do
		irq=${irqs[$name]-none}
		{ echo "$cores" >"/proc/irq/$irq/smp_affinity_list"; } 2>/dev/null ||
			echo "not restored: cores $cores of interrupt $name"
	done <"$1"
}

restore_routes() {
	local family line
	while read -r family line; do
		# shellcheck disable=SC2086 # words of ip's own output
		restore_try ip "$family" route replace $line
	done <"$1"
}

# A bond takes only members that are down; Open vSwitch takes its ports back by itself.
restore_master() {
	local link=$1 master=$2 tries=50
	[ -n "$master" ] || return 0
	if [ "$master" = ovs-system ]; then
		while [ "$(link_master "$link")" != "$master" ] && [ $((tries--)) -gt 0 ]; do
			sleep 0.1
		done
	else
		[ "$(link_master "$link")" = "$master" ] ||
			ip link set dev "$link" down master "$master" || return 1
	fi
	[ "$(link_master "$link")" = "$master" ] || {
		echo "$link is not back in $master"
		return 1
	}
}

# Interfaces of one driver may have returned with each other's names.
link_make_way() {
	local other
	for other in "${1%/*}"/*; do
		if [ -e "/sys/class/net/$2" ] && [ "$(link_find "$other")" = "$2" ]; then
			ip link set dev "$2" down &&
				ip link set dev "$2" name "swap$(<"/sys/class/net/$2/ifindex")"
		fi
	done
}

link_restore() {
	local dir=$1 link now line status=0
	link=$(<"$dir/name")
	now=$(link_find "$dir") || return 1
	if [ "$now" != "$link" ]; then
		link_make_way "$dir" "$link"
		ip link set dev "$now" down || status=1
		ip link set dev "$now" name "$link" || return 1
	fi
	while read -r line; do
		# shellcheck disable=SC2086 # "combined 4"
		restore_try ethtool -L "$link" $line
	done < <(channels_missing "$link" "$dir/channels")
	[ "$(<"/sys/class/net/$link/address")" = "$(<"$dir/address")" ] ||
		restore_try ip link set dev "$link" address "$(<"$dir/address")"
	restore_try ip link set dev "$link" mtu "$(<"$dir/mtu")" txqueuelen "$(<"$dir/txqueuelen")"
	restore_files "$dir/sysctl"
	restore_master "$link" "$(<"$dir/master")" || status=1
	ip link set dev "$link" "$(<"$dir/state")" || status=1
	while read -r line; do
		# shellcheck disable=SC2086 # words of ip's own output
		ip addr replace $line dev "$link" || status=1
	done <"$dir/addresses"
	restore_routes "$dir/routes"
	while read -r line; do
		# shellcheck disable=SC2086 # words of ip's own output
		restore_try ip neigh replace ${line%% PERMANENT*} nud permanent dev "$link"
	done <"$dir/neighbours"
	restore_files "$dir/queues"
	restore_interrupts "$dir/interrupts"
	[ ! -s "$dir/vsext" ] ||
		restore_try "$(link_vsextctl)" port set dev "$link" on mode "$(<"$dir/vsext")"
	return $status
}

# The recorded numbers of channels that differ from the present ones.
channels_missing() {
	comm -13 <(record_channels "$1" | sort) <(sort "$2")
}
