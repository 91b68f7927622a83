# SPDX-License-Identifier: GPL-2.0-only
# Static: the same file runs on the host and, from the initramfs, in any guest.
build/lab/link: $(wildcard tools/lab/link/*.[ch])
	@mkdir -p $(@D)
	$(CC) -static -O2 -Wall -Wextra -o $@.$$$$ $(filter %.c,$^) && mv $@.$$$$ $@

# The 82599 behind run --nic ixgbe.
NIC82599_CFLAGS := -O2 -g -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wconversion
LAB_OUT := build/lab
$(LAB_OUT)/nic82599: $(wildcard tools/lab/nic82599/*.[ch])
	@mkdir -p $(@D)
	$(CC) $(NIC82599_CFLAGS) -o $@.$$$$ $(filter %.c,$^) && mv $@.$$$$ $@

.PHONY: lab
lab: build/lab/link
	@tools/lab/shell $(LAB_ARGS)
