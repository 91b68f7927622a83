// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "session.h"

struct sample {
	unsigned long long tsc;
	long long ns;
};

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Both clocks at one time: the pair that took least is the one nobody disturbed. */
static struct sample sample(void)
{
	struct sample best = { 0 };
	long long least = -1;

	for (int i = 0; i < 100; i++) {
		long long before = now();
		unsigned long long tsc = __rdtsc();
		long long after = now();

		if (least < 0 || after - before < least) {
			least = after - before;
			best = (struct sample){ tsc, before + least / 2 };
		}
	}
	return best;
}

long clock_tsc_khz(void)
{
	struct sample a = sample(), b;

	usleep(50000);
	b = sample();
	return (b.tsc - a.tsc) * 1000000 / (b.ns - a.ns);
}
