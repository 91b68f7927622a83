#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernels: none
#
# install-signed.sh [KVER]: on a kernel that loads signed modules only, install
# without a key says what to do, and with one the modules are signed.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kver=${1:-${LAB_KERNEL:-6.1}}
# shellcheck source=tests/lab/lib/scale.sh
. "$top/tests/lab/lib/scale.sh"

if [ -z "${LAB-}" ]; then
	make -s -C "$top" KVER="$kver" module ctl >&2 || exit 1
	make -s -C "$top" KVER="$kver" driver NIC=virtio_net >&2 || exit 1
	exec "$top/tools/lab/run" --kernel "$kver" --append module.sig_enforce=1 \
		--timeout "$(longer 300)" "${BASH_SOURCE[0]}" "$kver"
fi

# shellcheck source=tests/driver/tap.sh
. "$top/tests/driver/tap.sh"
# shellcheck source=tests/lab/install.bash
. "$top/tests/lab/install.bash"
keys=$(mktemp -d)
trap 'rm -rf "$keys"; umount -l "$tree"' EXIT
own_modules virtio_net || exit 1

# The commands of the message that make the key, word for word.
make_key() {
	local command
	command=$(sed -n '/^  openssl/,/-out/p' "$log")
	[ -n "$command" ] && cd "$keys" && eval "$command"
}

signed() { modinfo "$tree/updates/vsext/$1.ko" | grep -E "^signer: +vsext modules"; }
rejected() { ! modprobe vsext_hook 2>"$log" && said "$1"; }

check 'an unsigned module is rejected by this kernel' bash -c "! insmod '$top/build/driver/$kver/vsext_hook.ko' 2>/dev/null"
check 'install without a key is refused' refused 'loads signed modules only \(module.sig_enforce is set\)' install NIC=virtio_net
check 'it says how to make and enroll a key' said 'mokutil --import mok.der'
check 'it says how to go on' said 'make install SIGN_KEY=mok.key SIGN_CERT=mok.der'
check 'the key is made as it says' make_key
check 'a key that does not exist is refused' refused 'SIGN_KEY=/none is no file' install SIGN_KEY=/none SIGN_CERT="$keys/mok.der"
check 'a key without its certificate is refused' refused 'go together' install SIGN_KEY="$keys/mok.key"
check 'a certificate for a key is refused' refused 'cannot be signed' install SIGN_KEY="$keys/mok.der" SIGN_CERT="$keys/mok.der"
target install NIC=virtio_net SIGN_KEY="$keys/mok.key" SIGN_CERT="$keys/mok.der" >"$log" 2>&1
check 'install with the key' test $? = 0
for module in vsext vsext_hook virtio_net; do
	check "$module is signed" signed $module
done
# Nobody enrolled the key, so the kernel must know it as a signature it does not trust.
check 'the kernel sees a signature, of a key that it does not trust yet' rejected 'Key was rejected|Required key not available'
target uninstall >"$log" 2>&1
check 'uninstall' test $? = 0
check 'uninstall: no modules are left' test ! -e "$tree/updates/vsext"
finish
