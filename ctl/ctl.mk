# SPDX-License-Identifier: GPL-2.0-only
#
# vsextctl. SANITIZE=1 builds it with the address and undefined behaviour
# sanitizers.

CTL_VERSION := 0.1
CTL_OUT := build/ctl$(if $(SANITIZE),-sanitize)
CTL_PKGS := libnl-3.0 libnl-genl-3.0 json-c
CTL_SRCS := $(sort $(wildcard ctl/*.c))
CTL_OBJS := $(CTL_SRCS:ctl/%.c=$(CTL_OUT)/%.o)

CTL_CPPFLAGS = -D_GNU_SOURCE -DVSEXTCTL_VERSION='"$(CTL_VERSION)"' -Ivsext/uapi \
	$(shell pkg-config --cflags $(CTL_PKGS))
CTL_CFLAGS = -std=gnu11 -O2 -g -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wno-missing-field-initializers \
	-fPIE -fstack-protector-strong -fcf-protection \
	$(if $(SANITIZE),-fsanitize=address$(comma)undefined -fno-omit-frame-pointer,-D_FORTIFY_SOURCE=2)
CTL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(if $(SANITIZE),-fsanitize=address$(comma)undefined)
comma := ,

.PHONY: ctl
ctl: $(CTL_OUT)/vsextctl

$(CTL_OUT)/vsextctl: $(CTL_OBJS)
	$(CC) $(CTL_LDFLAGS) -o $@ $^ $$(pkg-config --libs $(CTL_PKGS))

$(CTL_OUT)/%.o: ctl/%.c ctl/ctl.mk | $(CTL_OUT)/.tools
	$(CC) $(CTL_CPPFLAGS) $(CTL_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(CTL_OUT)/.tools:
	@mkdir -p $(@D)
	@pkg-config --exists $(CTL_PKGS) || { \
		echo "vsextctl needs libraries that are missing; install them with:" \
			"apt-get install $$(tr '\n' ' ' <ctl/packages)" >&2; exit 1; }
	@touch $@

-include $(CTL_OBJS:.o=.d)

# Unit tests: build/tests/ctl-NAME from tests/ctl/NAME.c. Each one runs under the
# sanitizers with SANITIZE=1.
CTL_TEST_OUT := build/tests$(if $(SANITIZE),-sanitize)
CTL_TESTS := $(patsubst tests/ctl/%.c,$(CTL_TEST_OUT)/ctl-%,$(wildcard tests/ctl/*.c))

.PHONY: ctl-tests
ctl-tests: $(CTL_TESTS)

$(CTL_TEST_OUT)/ctl-%: tests/ctl/%.c $(filter-out %/main.o,$(CTL_OBJS))
	@mkdir -p $(@D)
	$(CC) $(CTL_CPPFLAGS) $(CTL_CFLAGS) $(CFLAGS) -Ictl $(CTL_LDFLAGS) -MMD -MP -o $@ \
		$(filter %.c %.o,$^) $$(pkg-config --libs $(CTL_PKGS) cmocka)

-include $(CTL_TESTS:=.d)
