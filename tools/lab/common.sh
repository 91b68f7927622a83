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
