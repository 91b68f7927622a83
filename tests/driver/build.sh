#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernels: 6.1
# kernels of check-all: 6.1 6.12
#
# make driver: what it builds, that it does so once, that stored patches survive a
# security update, and every refusal.

set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR/../.. source=tests/driver/tap.sh
. "$top/tests/driver/tap.sh"

kver=${1:-6.1}
out=$top/build/driver/$kver
work=$(mktemp -d)
made=
trap 'rm -rf "$work"; [ -z "$made" ] || rmdir /lib/modules' EXIT
cd "$top"

# A copy of the project whose driver/ may be changed, with sources and headers at hand.
mkdir -p "$work/copy/tools"
cp -pr driver "$work/copy/"
ln -s "$top/tools/lab" "$work/copy/tools/lab"
copy=$work/copy

# without TOOL COMMAND...: with a PATH in which the tool is missing.
without() {
	local tool=$1 bin=$work/without-$1 file
	shift
	mkdir -p "$bin"
	for file in /usr/bin/* /usr/sbin/*; do
		[ "${file##*/}" = "$tool" ] || ln -sf "$file" "$bin/"
	done
	PATH=$bin "$@"
}

make_driver() { make -s -f driver/driver.mk driver "$@"; }

# ---- refusals
check 'no NIC named: the known ones are listed' grep 'one of virtio_net igb' \
	<(make_driver KVER="$kver" 2>&1)
check 'unknown NIC' says "NIC 'ne2k' is unknown; known are virtio_net igb e1000e" driver/build "$kver" ne2k
check 'unknown kernel' says "there is no kernel '2.4'" driver/build 2.4 igb
# last_line REGEX COMMAND...: the last line that it prints matches.
last_line() {
	local regex=$1
	shift
	{ "$@" 2>&1 || true; } | tail -n 1 | tee "$work/last" | grep -E "$regex" || { cat "$work/last"; return 1; }
}
printf 'dummy\tdrivers/net\tdummy.c\t-\n' >>"$copy/driver/nics"
check 'a patch that matches nothing' \
	last_line 'The semantic patch matches nothing in dummy' "$copy/driver/build" "$kver" dummy
check 'a patch that matches nothing: exit 1' refuses "$copy/driver/build" "$kver" dummy
check 'no Coccinelle, and none needed' without spatch "$copy/driver/build" "$kver" virtio_net
rm -r "$copy/driver/patches/$kver" "$copy/build"
check 'no Coccinelle, and no stored patch' last_line 'install the package coccinelle' \
	without spatch "$copy/driver/build" "$kver" virtio_net
check 'no stored patch: the semantic patch' "$copy/driver/build" "$kver" virtio_net
check 'no objdump' says 'objdump is missing; install the package binutils' \
	without objdump "$copy/driver/build" "$kver" virtio_net
cp -pr driver/patches "$copy/driver/"

# ---- the running kernel, which a uname of ours says is the lab's
release=$(tools/lab/kernel "$kver" release)
version=$(tools/lab/kernel "$kver" version)
headers=$(tools/lab/kernel "$kver" headers)
mkdir -p "$work/bin" "$work/cache/vsext/source"
cat >"$work/bin/uname" <<-EOT
	#!/bin/sh
	case \$1 in -r) echo $release ;; -v) cat "$work/uname-v" ;; *) exec /usr/bin/uname "\$@" ;; esac
EOT
chmod +x "$work/bin/uname"
echo "#1 SMP PREEMPT_DYNAMIC Debian $version (2026-01-01)" >"$work/uname-v"
ln -s "$(tools/lab/kernel "$kver" source)" "$work/cache/vsext/source/$version"
[ -d /lib/modules ] || { mkdir /lib/modules; made=1; }
# with_headers DIR COMMAND...
with_headers() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	PATH=$work/bin:$PATH XDG_CACHE_HOME=$work/cache unshare -m bash -c '
		mount -t tmpfs none /lib/modules && mkdir "/lib/modules/$1" && ln -s "$2" "/lib/modules/$1/build" &&
		shift 2 && exec "$@"' - "$release" "$@"
}
# headers_of VERSION: the same, but of another package.
headers_of() {
	rm -rf "$work/headers"
	cp -pr "$headers" "$work/headers"
	sed -i "s/\(LINUX_PACKAGE_ID \).*/\1\"$1\"/" "$work"/headers/include/generated/*.h
}
check 'running kernel: builds' with_headers "$headers" "$copy/driver/build" running virtio_net
check 'running kernel: the module is for it' \
	grep "^$release " <(modinfo -F vermagic "$copy/build/driver/running/virtio_net.ko")
check 'running kernel: no headers' says "install linux-headers-$release" \
	with_headers /none "$copy/driver/build" running virtio_net
headers_of ' Debian 0.0-1'
check 'running kernel: no source of its version' last_line 'is neither installed nor to be had from apt' \
	with_headers "$work/headers" "$copy/driver/build" running virtio_net
check 'running kernel: nothing is left behind' [ -z "$(find "$work/cache/vsext/source" -name '.new.*')" ]
headers_of ''
check 'running kernel: headers that are not from Debian' last_line 'are not Debian.s.*KVER=' \
	with_headers "$work/headers" "$copy/driver/build" running virtio_net
echo '#1 SMP somebody' >"$work/uname-v"
check 'running kernel: not from Debian' says 'is not Debian.s.*KVER= or KDIR=' \
	with_headers /none "$copy/driver/build" running virtio_net
check 'KDIR' env KDIR="$headers" XDG_CACHE_HOME="$work/cache" "$copy/driver/build" running virtio_net
check 'KDIR without headers' says 'KDIR=/none holds no kernel headers' \
	env KDIR=/none "$copy/driver/build" running virtio_net

# ---- what is built
check 'virtio_net, igb and e1000e' driver/build "$kver" virtio_net igb e1000e
for module in vsext_hook virtio_net igb e1000e; do
	check "$module.ko has its name" [ "$(modinfo -F name "$out/$module.ko")" = $module ]
done
check 'igb depends on the hook' grep -w vsext_hook <(modinfo -F depends "$out/igb.ko")
check 'symbols for others' grep -w vsext_hook_register "$out/Module.symvers"
check 'no warning' [ -z "$(grep -h 'warning:' "$out"/{hook,virtio_net,igb,e1000e}.log)" ]
stamps() { find "$out" -name '*.o' -newer "$work/mark"; find "$out" -maxdepth 1 -name '*.ko' -newer "$work/mark"; }
touch "$work/mark"
check 'again: nothing is built' \
	[ -z "$(driver/build "$kver" virtio_net igb e1000e | grep -v 'up to date')" ]
check 'again: no file is new' [ -z "$(stamps)" ]
kernel_files() { find "$1" -newer "$work/mark" | head -n 5; }
rm -f "$out/.e1000e"
check 'one is built anew' driver/build "$kver" e1000e
check 'the kernel source is untouched' [ -z "$(kernel_files "$(tools/lab/kernel "$kver" source)/drivers")" ]
check 'the headers are untouched' [ -z "$(kernel_files "$(tools/lab/kernel "$kver" headers)")" ]

# ---- stored patches
# A security update: lines come and go before, between and after the hunks.
shifted() {
	local dir=$1 file
	rm -rf "$work/shift"
	mkdir -p "$work/shift"
	cp -pr "$(tools/lab/kernel "$kver" source)/$dir" "$work/shift/"
	for file in "$work/shift/${dir##*/}"/*.c; do
		sed -i -e '2i /* one */' -e '/^}$/a /* more */\n/* lines */' "$file"
	done
}
shifted drivers/net/ethernet/intel/igb
cat >"$work/kernel" <<-EOT
	#!/bin/bash
	[ "\$2" = source ] || exec "$top/tools/lab/kernel" "\$@"
	echo "$work/source"
EOT
chmod +x "$work/kernel"
mkdir -p "$work/source/drivers/net/ethernet/intel"
mv "$work/shift/igb" "$work/source/drivers/net/ethernet/intel/"
rm "$copy/tools/lab"
cp -rs "$top/tools/lab" "$copy/tools/lab"
cp --remove-destination "$work/kernel" "$copy/tools/lab/kernel"
check 'shifted source: the stored patch fits, without Coccinelle' \
	without spatch "$copy/driver/build" "$kver" igb
check 'shifted source: the gate passes' "$copy/driver/gate" "$copy/build/driver/$kver/igb.ko"

# An update that adds a receive call, which no stored patch knows.
sed -i '0,/^static int igb_poll(/{//i void igb_extra(struct napi_struct *n, struct sk_buff *s);\nvoid igb_extra(struct napi_struct *n, struct sk_buff *s)\n{\n\tnapi_gro_receive(n, s);\n}
}' \
	"$work/source/drivers/net/ethernet/intel/igb/igb_main.c"
rm -r "$copy/build"
check 'a new receive call: the stored patch is not taken' \
	last_line 'stored patch for igb does not fit' without spatch "$copy/driver/build" "$kver" igb
check 'a new receive call: the semantic patch finds it' \
	grep '[23] napi_gro_receive' <("$copy/driver/build" "$kver" igb 2>&1)
finish
