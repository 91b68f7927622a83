# SPDX-License-Identifier: GPL-2.0-only
# Traffic tools for tests and the demo, and the flow table's bench; included by the top Makefile.

BENCH_CFLAGS := -O2 -g -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes
BENCH_OUT := build/bench
BENCH_HEADERS := $(wildcard tools/bench/*.h)

.PHONY: bench
bench: $(BENCH_OUT)/udpsend $(BENCH_OUT)/udprecv

$(BENCH_OUT)/udpsend: $(addprefix tools/bench/,udpsend.c flowspec.c vxlan.c) $(BENCH_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -o $@ $(filter %.c,$^)

$(BENCH_OUT)/udprecv: $(addprefix tools/bench/,udprecv.c flowspec.c seen.c) $(BENCH_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -o $@ $(filter %.c,$^)

#@ make bench-flowtable         the flow table's lookups and memory beside DPDK's and Open vSwitch's (BENCH_ARGS=-h)
#@ make bench-flowtable-insns   its instructions a lookup
#@ make bench-flowtable-install rules a second beside tc's and ovs-ofctl's, in a guest (KVER=6.1)

# The kernel's files as the kernel compiles them: no registers but general ones.
# What it is compared with may use all that this machine has.
FLOWTABLE := tools/bench/flowtable
FLOWTABLE_OUT := build/bench-flowtable
FLOWTABLE_KERNEL := $(BENCH_CFLAGS) -fno-strict-aliasing -Wno-unused-parameter -I$(FLOWTABLE)/include -I$(FLOWTABLE) \
	-Itests/unit/include -Ivsext/uapi -Ivsext
FLOWTABLE_OBJS := $(patsubst %,$(FLOWTABLE_OUT)/%.o,aging cache changes filter flowtable mask masks rule words vsext main traffic)
PEERS := $(or $(XDG_CACHE_HOME),$(or $(HOME),/root)/.cache)/vsext/peers
DPDK := $(dir $(wildcard $(PEERS)/dpdk/.fetched))
OVS := $(dir $(wildcard $(PEERS)/ovs/libtables.a))
ifdef DPDK
DPDK_LIBS := $(DPDK)usr/lib/x86_64-linux-gnu
FLOWTABLE_OBJS += $(FLOWTABLE_OUT)/rte.o
FLOWTABLE_DEFINES += -DBENCH_RTE
FLOWTABLE_LIBS += -L$(DPDK_LIBS) -Wl,--disable-new-dtags,-rpath,$(DPDK_LIBS),-rpath-link,$(DPDK_LIBS) \
	-lrte_hash -lrte_eal
endif
ifdef OVS
FLOWTABLE_OBJS += $(FLOWTABLE_OUT)/ovs.o
FLOWTABLE_DEFINES += -DBENCH_OVS
FLOWTABLE_LIBS += -Wl,--gc-sections $(OVS)libtables.a -latomic
endif

.PHONY: bench-flowtable bench-flowtable-insns bench-flowtable-install
bench-flowtable:
	@tools/packages tools/bench/packages
	@$(FLOWTABLE)/peers
	@$(MAKE) -s $(FLOWTABLE_OUT)/bench-flowtable
	@$(FLOWTABLE)/run $(BENCH_ARGS)

bench-flowtable-insns: $(FLOWTABLE_OUT)/bench-flowtable
	@$(FLOWTABLE)/insns

bench-flowtable-install:
	@$(FLOWTABLE)/install $(KVER:running=6.1)

$(FLOWTABLE_OUT)/bench-flowtable: $(FLOWTABLE_OBJS)
	$(CC) -o $@ $^ $(FLOWTABLE_LIBS) -lm -pthread

# Changes when there is another to compare with, or one less.
$(FLOWTABLE_OUT)/peers: FORCE
	@mkdir -p $(@D)
	@echo '$(DPDK) $(OVS)' | cmp -s - $@ || echo '$(DPDK) $(OVS)' >$@

.PHONY: FORCE

$(FLOWTABLE_OUT)/%.o: vsext/%.c
	@mkdir -p $(@D)
	$(CC) $(FLOWTABLE_KERNEL) -mgeneral-regs-only -MMD -MP -c -o $@ $<

$(FLOWTABLE_OUT)/vsext.o: $(FLOWTABLE)/vsext.c
	@mkdir -p $(@D)
	$(CC) $(FLOWTABLE_KERNEL) -MMD -MP -c -o $@ $<

$(FLOWTABLE_OUT)/main.o: $(FLOWTABLE)/main.c $(FLOWTABLE_OUT)/peers
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) $(FLOWTABLE_DEFINES) -MMD -MP -c -o $@ $<

$(FLOWTABLE_OUT)/traffic.o: $(FLOWTABLE)/traffic.c
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -MMD -MP -c -o $@ $<

$(FLOWTABLE_OUT)/rte.o: $(FLOWTABLE)/rte.c
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -march=native -isystem $(DPDK)usr/include/dpdk \
		-isystem $(DPDK)usr/include/x86_64-linux-gnu/dpdk -MMD -MP -c -o $@ $<

$(FLOWTABLE_OUT)/ovs.o: $(FLOWTABLE)/ovs.c
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -march=native -ffunction-sections -fdata-sections -isystem $(OVS) -isystem $(OVS)include -isystem $(OVS)lib \
		-MMD -MP -c -o $@ $<

-include $(wildcard $(FLOWTABLE_OUT)/*.d)
