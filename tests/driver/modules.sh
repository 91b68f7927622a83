# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
#
# What the driver tests share about modules. Expects $top, $kver and $out.

# build_consumer: leaves build/driver/KVER/test/vsext_consumer.ko.
build_consumer() {
	local dir=$out/test headers
	headers=$("$top/tools/lab/kernel" "$kver" headers)
	mkdir -p "$dir"
	cp -u "$top"/tests/driver/consumer/* "$dir/"
	make -s -C "$headers" M="$dir" CONFIG_DEBUG_INFO_BTF_MODULES= \
		KBUILD_EXTRA_SYMBOLS="$out/Module.symvers" modules
}

# load FILE [PARAMETER...]: with what it depends on, but for the hook.
load() {
	local dependency
	for dependency in $(modinfo -F depends "$1" | tr , ' '); do
		[ -e "/sys/module/$dependency" ] || modprobe "$dependency" || return
	done
	insmod "$@"
}
