// SPDX-License-Identifier: GPL-2.0-only
/*
 * Four ways to a set, a set to a cache line. The signature is 48 bits of a keyed
 * hash, beside those that chose the set, and a rule that is found is compared
 * with the packet all the same. That a packet finds nothing is remembered too.
 */
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "cache.h"
#include "mask.h"

#define WAYS	4

/* A signature of 0 is none. @epoch: of all ways. */
struct set {
	u64 epoch;
	u32 low[WAYS];
	u16 high[WAYS];
	struct vsext_rule *rule[WAYS];
};

#define SETS	(VSEXT_CACHE_BYTES / sizeof(struct set))

static DEFINE_PER_CPU(struct set *, cache);

/* The bits above those of set_of(); the two on top choose a victim. */
static u64 signature_of(u64 hash)
{
	return (hash / SETS & GENMASK_ULL(47, 0)) ?: 1;
}

static u64 signature_in(const struct set *set, unsigned int way)
{
	return (u64)set->high[way] << 32 | set->low[way];
}

static struct set *set_of(u64 hash)
{
	struct set *sets = this_cpu_read(cache);

	return sets ? &sets[hash % SETS] : NULL;
}

bool vsext_cache_find(u64 epoch, u64 hash, const struct vsext_key *key,
		      struct vsext_rule **rule)
{
	const struct set *set = set_of(hash);
	unsigned int way;

	if (!set || set->epoch != epoch)
		return false;
	for (way = 0; way < WAYS; way++)
		if (signature_in(set, way) == signature_of(hash))
			break;
	if (way == WAYS)
		return false;
	*rule = set->rule[way];
	return !*rule || vsext_words_match(&(*rule)->mask->words,
					   (*rule)->word, key);
}

void vsext_cache_store(u64 epoch, u64 hash, struct vsext_rule *rule)
{
	struct set *set = set_of(hash);
	unsigned int way;

	if (!set)
		return;
	if (set->epoch != epoch) {
		memset(set, 0, sizeof(*set));
		set->epoch = epoch;
	}
	for (way = 0; way < WAYS - 1; way++)
		if (!signature_in(set, way))
			break;
	/* Full: whichever the hash says, so that no pattern of packets fits. */
	if (signature_in(set, way))
		way = hash >> 62;
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

void vsext_cache_exit(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		kvfree(per_cpu(cache, cpu));
		per_cpu(cache, cpu) = NULL;
	}
}
