# SPDX-License-Identifier: GPL-2.0-only
#
# make check [TESTS="unit lab/ctl ..."]		tests/run says what TESTS selects
# make check-all [TESTS=...]			on every kernel
# make unit-tests				the kernel's files in user space

UNIT_OUT := build/tests-sanitize
UNIT_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Wshadow -fsanitize=address,undefined \
	-fno-sanitize=alignment -fno-sanitize-recover=all -fno-omit-frame-pointer \
	-Itests/unit/include -Itests/unit -Ivsext/uapi -Ivsext
UNIT_TESTS := $(patsubst tests/unit/test_%.c,$(UNIT_OUT)/unit-%,$(wildcard tests/unit/test_*.c))
UNIT_OBJS := $(patsubst %.c,$(UNIT_OUT)/%.o,$(addprefix tests/unit/,kernel.c packet.c rules.c) \
	$(addprefix vsext/,aging.c cache.c changes.c coretable.c filter.c flow.c flowtable.c frag.c mask.c \
		masks.c rule.c words.c))

#@ make check-all               every test on each kernel that it is for: 6.1, 6.12, 7.2, debug

.PHONY: check check-all unit-tests
check:
	@tests/run $(TESTS)

check-all:
	@tests/run -a $(TESTS)

unit-tests: $(UNIT_TESTS)

$(UNIT_OUT)/unit-%: $(UNIT_OUT)/tests/unit/test_%.o $(UNIT_OBJS)
	$(CC) $(UNIT_CFLAGS) $(CFLAGS) -pthread -o $@ $^ -lcmocka

$(UNIT_OUT)/unit-order: $(addprefix $(UNIT_OUT)/,vsext/order.o tests/unit/cores.o tests/unit/order_model.o)

$(UNIT_OUT)/%.o: %.c tests/tests.mk
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) $(CFLAGS) -pthread -MMD -MP -c -o $@ $<

$(UNIT_OUT)/bench-%: tests/bench/%.c tools/bench/%.c $(wildcard tools/bench/*.h) tests/tests.mk
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) $(CFLAGS) -Itools/bench -o $@ $(filter %.c,$^) -lcmocka

# The lab's 82599: every file of it but main.
NIC_CFLAGS := $(filter-out -I% -fno-sanitize=%,$(UNIT_CFLAGS)) -fno-sanitize-recover=all \
	-Wstrict-prototypes -Itools/lab/nic82599 -Itests/nic82599/lib
NIC_OBJS := $(patsubst %.c,$(UNIT_OUT)/%.o,tests/nic82599/lib/card.c \
	$(filter-out %/main.c,$(wildcard tools/lab/nic82599/*.c)))
NIC_TESTS := $(patsubst tests/nic82599/%.c,$(UNIT_OUT)/nic82599-%,$(wildcard tests/nic82599/*.c))

.PHONY: nic82599-tests
nic82599-tests: $(NIC_TESTS)

$(UNIT_OUT)/nic82599-%: $(UNIT_OUT)/tests/nic82599/%.o $(NIC_OBJS)
	$(CC) $(NIC_CFLAGS) $(CFLAGS) -o $@ $^ -lcmocka

$(UNIT_OUT)/tests/nic82599/%.o $(UNIT_OUT)/tools/lab/nic82599/%.o: UNIT_CFLAGS := $(NIC_CFLAGS)

# Fuzzers: the kernel's files again, by clang.
FUZZ_CFLAGS := -fsanitize=fuzzer,address,undefined $(filter-out -fsanitize=%,$(UNIT_CFLAGS)) \
	-Itests/fuzz/lib
FUZZ_SRCS := $(addprefix tests/unit/,kernel.c packet.c rules.c) $(wildcard tests/fuzz/lib/*.c) \
	$(patsubst $(UNIT_OUT)/%.o,%.c,$(filter $(UNIT_OUT)/vsext/%,$(UNIT_OBJS))) vsext/match.c
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS ?= 1800

#@ make fuzz                    look for hostile input longer (FUZZ_SECONDS=1800 each)

.PHONY: fuzz
fuzz:
	@for name in $(FUZZERS); do echo "$$name:"; \
		tests/fuzz/run $$name $(FUZZ_SECONDS) || exit 1; done

build/fuzz/%: tests/fuzz/%.c $(FUZZ_SRCS) $(wildcard vsext/*.h tests/fuzz/lib/*.h tests/unit/*.h) tests/tests.mk
	@mkdir -p $(@D)
	clang $(FUZZ_CFLAGS) -Itests/fuzz/include -pthread -o $@ $< $(FUZZ_SRCS) -lcmocka

# The keys of a file of packets, for comparison with tshark.
$(UNIT_OUT)/fuzz-keys: $(addprefix $(UNIT_OUT)/,tests/fuzz/tshark/keys.o tests/unit/kernel.o \
		tests/unit/packet.o vsext/flow.o)
	$(CC) $(UNIT_CFLAGS) $(CFLAGS) -pthread -o $@ $^ -lcmocka

.SECONDARY: $(UNIT_OBJS) $(NIC_OBJS)
-include $(NIC_OBJS:.o=.d) $(wildcard $(UNIT_OUT)/tests/nic82599/*.d)
-include $(UNIT_OBJS:.o=.d) $(UNIT_OUT)/vsext/order.d $(wildcard $(UNIT_OUT)/tests/unit/*.d $(UNIT_OUT)/tests/fuzz/tshark/*.d)
