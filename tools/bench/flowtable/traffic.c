// SPDX-License-Identifier: GPL-2.0-only
/* The rules, and the packets that look for them. */
#include <math.h>

#include "traffic.h"

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/*
 * All of the number is in the upper halves of the addresses, which every mask
 * looks at.
 */
void flow_of(unsigned int number, struct packet *packet)
{
	uint32_t x = number * 0x9e3779b1u;
	uint64_t rest = mix(number);

	packet->in_port = 1 + rest % 4;
	packet->src = (x & 0xffff0000) | (rest >> 8 & 0xffff);
	packet->dst = 10u << 24 | (x & 0xffff) << 8 | (rest >> 24 & 0xff);
	packet->sport = rest >> 32;
	packet->dport = rest >> 48;
	packet->proto = rest >> 4 & 1 ? 6 : 17;
}

void rule_of(const struct rules *rules, unsigned int n, struct packet *key,
	     unsigned int *mask)
{
	const struct packet *bits = &rules->mask[n % rules->masks];

	*mask = n % rules->masks;
	flow_of(n, key);
	key->in_port &= bits->in_port;
	key->src &= bits->src;
	key->dst &= bits->dst;
	key->sport &= bits->sport;
	key->dport &= bits->dport;
	key->proto &= bits->proto;
}

void make_rules(struct rules *rules, unsigned int n, unsigned int masks)
{
	static const uint32_t src[] = { ~0u, 0xffffff00, 0xffff0000 };
	static const uint32_t dst[] = { ~0u, 0xffffff00 };
	unsigned int i;

	*rules = (struct rules){ .n = n, .masks = masks };
	for (i = 0; i < masks; i++) {
		rules->mask[i] = (struct packet){
			.in_port = i & 8 ? 0 : ~0u,
			.src = src[i / 16 % 3],
			.dst = dst[i / 4 & 1],
			.sport = i & 1 ? 0 : 0xffff,
			.dport = i & 2 ? 0 : 0xffff,
			.proto = 0xff,
		};
		rules->priority[i] = 1000 - i;
	}
}

static double random01(void)
{
	static uint64_t state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) * 0x1p-53;
}

/*
 * Zipf's law with exponent 1: Hormann and Derflinger, "Rejection-inversion to
 * generate variates from monotone discrete distributions", 1996.
 */
static unsigned int zipf(unsigned int n)
{
	const double low = log(1.5) - 1, high = log(n + 0.5);

	for (;;) {
		double u = high + random01() * (low - high);
		double x = exp(u);
		unsigned int k = x + 0.5;

		k = k < 1 ? 1 : k > n ? n : k;
		if (k - x <= 2 - exp(log(2.5) - 1.0 / 2) || u >= log(k + 0.5) - 1.0 / k)
			return k - 1;
	}
}

/* A flow's rank says nothing of its rule. */
unsigned int next_flow(enum traffic traffic, unsigned int n)
{
	uint64_t rank = traffic == ZIPF ? zipf(n) : random01() * n;

	return rank * 2147483647 % n;
}
