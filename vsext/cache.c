// SPDX-License-Identifier: GPL-2.0-only
/*
 * Four ways to a set, a set to a cache line. The signature is 48 bits of a keyed
 * hash, beside those that chose the set, and a rule that is found is compared
 * with the packet all the same. That a packet finds nothing is remembered too.
 *
 * What is found often stays: entries count how often they were found, and one
 * that comes to a full set takes the place of one that never was, or else makes
 * one of them older and goes away. Of a million flows that obey Zipf's law this
 * misses a quarter less than if chance chose who has to go.
 */
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/prefetch.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "cache.h"

#define WAYS		4
#define COUNT_BITS	3
#define COUNT_MAX	7
#define COUNTS		(WAYS * COUNT_BITS)

/* A signature of 0 is none. @epoch: of all ways; below it, their counts. */
struct set {
	u64 epoch;
	u32 low[WAYS];
	u16 high[WAYS];
	struct vsext_rule *rule[WAYS];
};

#define SETS	(VSEXT_CACHE_BYTES / sizeof(struct set))

static DEFINE_PER_CPU(struct set *, cache);

/* The bits above those of set_of(); the two on top say who has to go. */
static u64 signature_of(u64 hash)
{
	return (hash / SETS & GENMASK_ULL(47, 0)) ?: 1;
}

static u64 signature_in(const struct set *set, unsigned int way)
{
	return (u64)set->high[way] << 32 | set->low[way];
}

static bool is_of(const struct set *set, u64 epoch)
{
	return set->epoch >> COUNTS == epoch;
}

static unsigned int count_of(const struct set *set, unsigned int way)
{
	return set->epoch >> way * COUNT_BITS & COUNT_MAX;
}

static u64 one(unsigned int way)
{
	return 1ull << way * COUNT_BITS;
}

static struct set *set_of(u64 hash)
{
	struct set *sets = this_cpu_read(cache);

	return sets ? &sets[hash % SETS] : NULL;
}

void vsext_cache_prefetch(u64 hash)
{
	prefetch(set_of(hash));
}

bool vsext_cache_find(u64 epoch, u64 hash, struct vsext_rule **rule)
{
	struct set *set = set_of(hash);
	unsigned int way;

	if (!set || !is_of(set, epoch))
		return false;
	for (way = 0; way < WAYS; way++)
		if (signature_in(set, way) == signature_of(hash))
			break;
	if (way == WAYS)
		return false;
	if (count_of(set, way) < COUNT_MAX)
		set->epoch += one(way);
	*rule = set->rule[way];
	return true;
}

/* The way for a new entry, or WAYS. Who has to go is as random as the hash. */
static unsigned int make_room(struct set *set, u64 hash)
{
	unsigned int first = hash >> 62, way, i;

	for (way = 0; way < WAYS; way++)
		if (!signature_in(set, way))
			return way;
	for (i = 0; i < WAYS; i++) {
		way = (first + i) % WAYS;
		if (!count_of(set, way))
			return way;
	}
	set->epoch -= one(first);
	return count_of(set, first) ? WAYS : first;
}

void vsext_cache_store(u64 epoch, u64 hash, struct vsext_rule *rule)
{
	struct set *set = set_of(hash);
	unsigned int way;

	if (!set)
		return;
	if (!is_of(set, epoch)) {
		memset(set, 0, sizeof(*set));
		set->epoch = epoch << COUNTS;
	}
	way = make_room(set, hash);
	if (way == WAYS)
		return;
	set->low[way] = signature_of(hash);
	set->high[way] = signature_of(hash) >> 32;
	set->rule[way] = rule;
}

void vsext_cache_enable(void)
{
	/* For all packets: no charge on who happens to add the third mask. */
	const gfp_t gfp = GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN;
	unsigned int cpu;

	BUILD_BUG_ON(sizeof(struct set) != 64);
	for_each_present_cpu(cpu) {
		if (per_cpu(cache, cpu))
			continue;
		/* Readers see it empty, or not at all. */
		smp_store_release(&per_cpu(cache, cpu),
				  kvzalloc_node(VSEXT_CACHE_BYTES, gfp,
						cpu_to_node(cpu)));
	}
}

size_t vsext_cache_bytes(void)
{
	size_t bytes = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (per_cpu(cache, cpu))
			bytes += VSEXT_CACHE_BYTES;
	return bytes;
}

void vsext_cache_exit(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		kvfree(per_cpu(cache, cpu));
		per_cpu(cache, cpu) = NULL;
	}
}
