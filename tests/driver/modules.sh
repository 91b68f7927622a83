# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
#
# What the driver tests share about modules. Expects $top, $kver and $out.

# kmake ARG...: make, with the compiler of the kernel.
kmake() {
	"$top/tools/lab/buildroot" "$kver" make -C "$("$top/tools/lab/kernel" "$kver" headers)" \
		CONFIG_DEBUG_INFO_BTF_MODULES= "$@" modules
}

# build_consumer: leaves build/driver/KVER/test/vsext_consumer.ko.
build_consumer() {
	local dir=$out/test
	mkdir -p "$dir"
	cp -u "$top"/tests/driver/consumer/* "$dir/"
	kmake -s M="$dir" KBUILD_EXTRA_SYMBOLS="$out/Module.symvers"
}

# load FILE [PARAMETER...]: with what it depends on, but for the hook.
load() {
	local dependency
	for dependency in $(modinfo -F depends "$1" | tr , ' '); do
		[ -e "/sys/module/$dependency" ] || modprobe "$dependency" || return
	done
	insmod "$@"
}

# Many modules carry no srcversion, but all have a build id.
loaded_id() { od -An -tx1 -v "/sys/module/$1/notes/.note.gnu.build-id" | tr -d ' \n'; }

# file_id FILE: as loaded_id prints it, also of the distribution's packed modules.
file_id() {
	local plain
	plain=$(mktemp)
	case $1 in
	*.xz) xz -dc "$1" ;;
	*) cat "$1" ;;
	esac >"$plain"
	objcopy -O binary --only-section=.note.gnu.build-id "$plain" /dev/stdout | od -An -tx1 -v | tr -d ' \n'
	rm "$plain"
}

# runs MODULE FILE: what is loaded comes from that file.
runs() {
	local loaded file
	loaded=$(loaded_id "$1") file=$(file_id "$2")
	echo "$1 is '$loaded', $2 '$file'"
	[ -n "$loaded" ] && [ "$loaded" = "$file" ]
}

# uses MODULE USED
uses() { awk -v m="$1" -v u="$2" '$1 == u && index("," $4, "," m ",") { found = 1 } END { exit !found }' /proc/modules; }

# copy_tree NIC DIR: the patched source without what was built from it: kbuild would
# mix objects of two directories.
copy_tree() {
	rm -rf "$2"
	cp -pr "$out/$1" "$2"
	find "$2" \( -name '*.o' -o -name '.*.cmd' -o -name '*.mod' -o -name '*.mod.c' -o -name '*.ko' \) -delete
}

# build_broken NIC: leaves build/driver/KVER/test/{fails,absent,deaf}/NIC.ko: loading
# fails; no interface appears; the interface appears and drops what it receives.
build_broken() {
	local nic=$1 kind dir tree
	for kind in fails absent; do
		dir=$out/test/$kind
		mkdir -p "$dir"
		cp -u "$top/tests/driver/broken/broken.c" "$dir/$nic.c"
		{
			echo "obj-m := $nic.o"
			echo "ccflags-y := -DFAILS=$([ $kind = fails ] && echo 1 || echo 0)"
		} >"$dir/Kbuild"
		kmake -s M="$dir" || return
	done

	tree=$out/test/deaf-$nic
	copy_tree "$nic" "$tree"
	dir=$tree/$(awk -v nic="$nic" '$1 == nic { print $2 }' "$top/driver/nics")
	sed -i 's/vsext_gro_receive(\([^,]*\), skb)/dev_kfree_skb_any(skb)/' "$dir"/*.c
	kmake -s M="$dir" KBUILD_EXTRA_SYMBOLS="$out/Module.symvers" \
		KCFLAGS="-I$out/hook -I$tree/include/trace" || return
	mkdir -p "$out/test/deaf"
	cp "$dir/$nic.ko" "$out/vsext_hook.ko" "$out/test/deaf/"
}
