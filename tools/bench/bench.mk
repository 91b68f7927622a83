# SPDX-License-Identifier: GPL-2.0-only
# Traffic tools for tests and the demo; included by the top Makefile.

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
