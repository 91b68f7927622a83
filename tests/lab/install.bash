# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
#
# What the installation tests share. Expects $top, $kver and tests/driver/tap.sh.

release=$(uname -r)
tree=/usr/lib/modules/$release
log=/run/install.log

# The guest's modules are read-only: a kernel's directory of its own, in memory, with
# these modules and what they depend on (indexing all of them takes minutes here).
own_modules() {
	local module file new=/dev/shm/modules

	mkdir -p "$new/kernel"
	cp "$tree"/modules.order "$tree"/modules.builtin* "$new/"
	for module in "$@"; do
		modprobe --show-depends --ignore-install "$module" || return
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u >/run/modules
	while read -r file; do
		install -D -m 644 "$file" "$new/${file#*/"$release"/}" || return
	done </run/modules
	mount --bind "$new" "$tree"
	depmod "$release"
}

# What there is where an installation could put something.
all_files() {
	find /usr/local /usr/lib/systemd/system /etc/systemd "$tree" \
		! -type d -printf '%p %l\n' -o -type d -printf '%p/\n' | sort
}

# Targets of the Makefile, in this kernel's name.
target() {
	make -s -C "$top" KVER="$kver" "$@"
}

# refused REGEX TARGET...: it fails, the message matches, and nothing was put anywhere.
refused() {
	local regex=$1 code=0
	shift
	all_files >/run/before
	target "$@" >"$log" 2>&1 || code=$?
	all_files >/run/after
	cat "$log"
	[ "$code" != 0 ] && grep -qE -- "$regex" "$log" && diff /run/before /run/after
}

# said REGEX: by the last command that wrote $log.
said() {
	cat "$log"
	grep -qE -- "$1" "$log"
}
