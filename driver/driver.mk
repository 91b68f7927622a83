# SPDX-License-Identifier: GPL-2.0-only
#@ make hook                    vsext_hook.ko alone
#@ make driver-patches          driver/patches anew, by Coccinelle (NIC= for one)

DRIVER_KVER = $(or $(KVER),running)
DRIVER_SERIES = 6.1 6.12 7.2

.PHONY: driver hook driver-patches

driver:
	@if [ -z "$(strip $(NIC))" ]; then \
		echo "Say which driver: make driver NIC=NAME, one of" \
			$$(awk '!/^#/ && NF { print $$1 }' driver/nics) >&2; exit 1; fi
	@driver/build $(DRIVER_KVER) $(NIC)

hook:
	@driver/build $(DRIVER_KVER)

driver-patches:
	@set -e; for kver in $(DRIVER_SERIES); do \
		mkdir -p driver/patches/$$kver; \
		for nic in $(or $(NIC),$$(awk '!/^#/ && NF { print $$1 }' driver/nics)); do \
			patch=driver/patches/$$kver/$$nic.patch; \
			driver/mkpatch $$nic $$kver >$$patch.new || { rm -f $$patch.new; exit 1; }; \
			mv $$patch.new $$patch; \
			echo $$patch; \
		done; \
	done
