# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Shared by the lab's scripts: the cache directory and how they complain.

cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/vsext

say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

usage_error() {
	say "$*"
	exit 2
}

# need COMMAND PACKAGE: stops with the package to install.
need() {
	command -v "$1" >/dev/null ||
		die "'$1' is missing; install it with: apt-get install $2"
}

# Where the cpu controller is: prints its mount point, or fails.
cgroup_v1() {
	awk '$3 == "cgroup" && $4 ~ /(^|,)cpu(,|$)/ { print $2; found = 1; exit }
	     END { exit !found }' /proc/mounts
}

cgroup_v2() {
	local root

	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[[ $root && " $(<"$root/cgroup.controllers") " == *" cpu "* ]] || return 1
	printf '%s\n' "$root"
}

# lab_group PID: the cgroup of the lab whose QEMU that is.
lab_group() {
	printf 'vsext-lab-%s\n' "$1"
}
