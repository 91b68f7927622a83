#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernels: 6.12
#
# install-host.sh [KVER]: a guest installs vsext with patched drivers, uses it, and
# uninstalls it without a trace.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kver=${1:-${LAB_KERNEL:-6.1}}
# shellcheck source=tests/lab/lib/scale.sh
. "$top/tests/lab/lib/scale.sh"

if [ -z "${LAB-}" ]; then
	make -s -C "$top" KVER="$kver" module ctl >&2 || exit 1
	make -s -C "$top" KVER="$kver" driver NIC='virtio_net igb' >&2 || exit 1
	exec "$top/tools/lab/run" --kernel "$kver" --no-driver --nic virtio-net --nic igb \
		--timeout "$(longer 300)" "${BASH_SOURCE[0]}" "$kver"
fi

# shellcheck source=tests/driver/tap.sh
. "$top/tests/driver/tap.sh"
# shellcheck source=tests/lab/install.bash
. "$top/tests/lab/install.bash"
trap 'umount -l "$tree"' EXIT
own_modules virtio_net igb || exit 1

comes_from() { [ "$(modinfo -n "$1")" -ef "$tree/$2/$1.ko" ] || { modinfo -n "$1"; return 1; }; }
from_stock() { [[ $(modinfo -n "$1") == */kernel/* ]] || { modinfo -n "$1"; return 1; }; }
loaded_id() { od -An -tx1 -j 16 "/sys/module/$1/notes/.note.gnu.build-id" | tr -d ' \n'; }
file_id() { readelf -n "$1" | sed -n 's/.*Build ID: //p'; }
is_loaded() { [ "$(loaded_id "$1")" = "$(file_id "$tree/updates/vsext/$1.ko")" ]; }
is_active() { "$@" | grep -E 'active driver \(its driver is patched\)'; }

completes() {
	# shellcheck source=ctl/vsextctl.bash-completion
	. /usr/local/share/bash-completion/completions/vsextctl
	COMP_WORDS=(vsextctl flow mo) COMP_CWORD=2
	_vsextctl
	[ "${COMPREPLY[*]}" = mod ]
}

# The commands of the unit, as systemd would call them.
service_start() {
	local command
	while read -r command; do
		eval "$command" || return
	done < <(sed -n 's/^ExecStart=//p' /usr/local/lib/systemd/system/vsext.service)
}

# An initramfs tool that only tells that it was asked.
cat >/usr/local/sbin/update-initramfs <<-'TOOL'
	#!/bin/sh
	echo "asked for $*"
TOOL
chmod +x /usr/local/sbin/update-initramfs
mkdir -p /boot
: >"/boot/initrd.img-$release"
all_files >/run/clean
cp "$tree/modules.dep" /run/clean.dep

check 'the stock drivers are found at first' from_stock virtio_net
check 'uninstall of nothing is refused' refused 'Nothing is installed' uninstall
check 'an unknown NIC is refused' refused "NIC 'rtl8139' is unknown" install NIC=rtl8139
check 'a driver that was not built is refused' refused 'missing; build it with: make' install NIC=igb KVER=6.0
check 'a relative PREFIX is refused' refused 'absolute path' install PREFIX=usr
check 'a key alone is refused' refused 'go together' install SIGN_KEY=/etc/passwd
check 'as nobody: refused' bash -c "! setpriv --reuid nobody --regid nogroup --clear-groups '$top/ctl/install' install 2>/dev/null"

target install NIC='virtio_net igb' >"$log" 2>&1
check 'make install' test $? = 0
check 'it says what comes next' said 'vsextctl port set dev'
check 'it says how to swap the driver' said "igb: .*/usr/local/lib/vsext/swap-driver IF"
check 'it updates the initramfs' said "asked for -u -k ${release//+/.}\$"
for module in vsext vsext_hook virtio_net igb; do
	check "modprobe takes our $module" comes_from $module updates/vsext
done
check 'the modules carry no debugging sections' bash -c "! readelf -S '$tree/updates/vsext/igb.ko' | grep -q debug_info"
check 'vsextctl is in the path' test "$(command -v vsextctl)" = /usr/local/sbin/vsextctl
check 'the man page is there' test -s /usr/local/share/man/man8/vsextctl.8
check 'the completion is valid' bash -n /usr/local/share/bash-completion/completions/vsextctl
check 'the completion completes' completes
check 'the unit is valid' systemd-analyze verify /usr/local/lib/systemd/system/vsext.service
check 'the unit calls what is installed' bash -c \
	"sed -n 's|^Exec[A-Za-z]*=-\?\([^ ]*\).*|\1|p' /usr/local/lib/systemd/system/vsext.service | xargs ls"
check 'the driver can be swapped from there' /usr/local/lib/vsext/swap-driver --help

check 'virtio_net loads' modprobe virtio_net
check 'igb loads' modprobe igb
check 'virtio_net is the patched one' is_loaded virtio_net
check 'igb is the patched one' is_loaded igb
check 'the NICs come up' lab-up
check 'vsext loads by name' modprobe vsext
for n in 0 1; do
	check "NIC $n: attaches" vsextctl port set dev "$(lab-nic $n)" on
	check "NIC $n: by its driver" is_active vsextctl port show dev "$(lab-nic $n)"
	check "NIC $n: carries traffic" ping -q -c 5 -i 0.05 -W 2 "10.77.$n.1"
done
vsextctl flow add icmp,actions=irq:2
vsextctl save /etc/vsext.conf
vsextctl flow flush
vsextctl off
check 'what the service calls restores what was saved' service_start
check 'both ports are back' test "$(vsextctl port | wc -l)" = 2

find /usr/local/lib/vsext/installed "$tree/updates" | sort >/run/once
target install NIC='virtio_net igb' >"$log" 2>&1
check 'make install again' test $? = 0
check 'it does not ask to swap what runs' bash -c "! grep swap-driver '$log'"
check 'nothing doubles' bash -c "find /usr/local/lib/vsext/installed '$tree/updates' | sort | diff /run/once - && ! sort /usr/local/lib/vsext/installed | uniq -d | grep ."

printf '#!/bin/sh\nexit 1\n' >/usr/local/sbin/depmod
chmod +x /usr/local/sbin/depmod
target uninstall >"$log" 2>&1
check 'an uninstall breaks off' test $? != 0
check 'it said that the driver keeps running' said 'patched igb keeps running'
rm /usr/local/sbin/depmod
target uninstall >"$log" 2>&1
check 'make uninstall, again' test $? = 0
check 'it says that vsext stays loaded' said 'vsext stays loaded'
check 'it updates the initramfs' said "asked for -u -k ${release//+/.}\$"
check 'it leaves the settings' said '/etc/vsext.conf is yours'
check 'the link is up all the while' ping -q -c 5 -i 0.05 -W 2 10.77.1.1
check 'uninstall leaves no file' bash -c "$(declare -f all_files); tree=$tree; all_files | diff /run/clean -"
check 'the module index is as before' diff /run/clean.dep "$tree/modules.dep"
check 'the stock drivers are found again' from_stock igb
check 'rmmod vsext' rmmod vsext
finish
