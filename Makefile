# SPDX-License-Identifier: GPL-2.0-only
#
# make [KVER=running|6.1|6.12] [KDIR=...]	module, hook and tools
# make help					the other targets

KVER ?= running
export KVER KDIR

.PHONY: all help module tools check install uninstall clean
all: module tools

help:
	@sed -n 's/^#@ //p' $(MAKEFILE_LIST)

#@ make                         vsext.ko, vsext_hook.ko and the tools, for the running kernel or KDIR=
#@ make module KVER=6.1         the modules, for a kernel of the lab
#@ make driver NIC=virtio_net   a patched NIC driver (driver/nics lists them)
#@ make ctl bench               vsextctl, the traffic tools
#@ make lab                     a shell in a guest
#@ make check                   the tests of every day, on 6.1 and 6.12
#@ make install / uninstall     on this host (NIC= for a driver, SIGN_KEY= for Secure Boot)
#@ make clean                   removes build/

module:
	@vsext/build $(KVER)

tools: ctl bench

clean:
	rm -rf build

include driver/driver.mk tools/lab/lab.mk tools/bench/bench.mk ctl/ctl.mk
-include ctl/install.mk tests/tests.mk
