// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tuple space search: one hash table per mask, masks in order of the highest
 * priority that they hold, so that a search ends at the first mask that cannot
 * beat what was found (Srinivasan et al., "Packet classification using tuple
 * space search", 1999; Open vSwitch does the same).
 *
 * Memory is what a search waits for. So each step of it (hash, bucket, rule) is
 * taken for many pairs of packet and mask, whose cache lines are fetched
 * together, before the next step.
 *
 * Masks come from the administrator only: packets cannot make the search longer.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "cache.h"
#include "flowtable.h"
#include "masks.h"

#define PAIRS	32

/* A packet that is looked for in a mask. */
struct pair {
	const struct vsext_mask *mask;
	unsigned int packet;
	struct vsext_probe probe;
};

static bool beaten(const struct vsext_mask *m, const struct vsext_rule *best)
{
	return best && READ_ONCE(m->priority) <= best->priority;
}

static void finish_pairs(struct pair *pair, unsigned int n, u8 gen,
			 const struct vsext_key *const *key,
			 struct vsext_rule **best)
{
	unsigned int i, left = 0;

	for (i = 0; i < n; i++)
		if (vsext_mask_peek(&pair[i].probe))
			pair[left++] = pair[i];
	for (i = 0; i < left; i++) {
		unsigned int packet = pair[i].packet;
		struct vsext_rule *rule;

		rule = vsext_mask_find(pair[i].mask, key[packet], &pair[i].probe,
				       gen);
		if (rule && (!best[packet] ||
			     rule->priority > best[packet]->priority))
			best[packet] = rule;
	}
}

static noinline_for_stack
void search(const struct vsext_masks *all, u8 gen,
	    const struct vsext_key *const *key, unsigned int n,
	    struct vsext_rule **best)
{
	unsigned int i, packet, pairs = 0;
	/* Kernels are built to zero what is not initialised: a kilobyte a packet. */
	struct pair pair[PAIRS] __uninitialized;

	memset(best, 0, n * sizeof(*best));
	for (i = 0; i < all->n; i++) {
		const struct vsext_mask *m = all->mask[i];
		bool wanted = false;

		for (packet = 0; packet < n; packet++) {
			if (beaten(m, best[packet]))
				continue;
			wanted = true;
			pair[pairs].mask = m;
			pair[pairs].packet = packet;
			vsext_mask_probe(m, key[packet], &pair[pairs].probe);
			if (++pairs < PAIRS)
				continue;
			finish_pairs(pair, pairs, gen, key, best);
			pairs = 0;
		}
		if (!wanted)
			break;
	}
	finish_pairs(pair, pairs, gen, key, best);
}

/* What the cache does not know, or not for sure: which ones, and how many. */
static unsigned int ask_cache(u64 epoch, const u64 *hash,
			      const struct vsext_key *const *key, unsigned int n,
			      struct vsext_rule **rule, u8 *unknown)
{
	unsigned int i, left = 0;
	u32 known = 0;

	for (i = 0; i < n; i++) {
		if (!vsext_cache_find(epoch, hash[i], &rule[i]))
			continue;
		known |= BIT(i);
		if (rule[i])
			vsext_rule_prefetch(rule[i]);
	}
	for (i = 0; i < n; i++)
		if (!(known & BIT(i)) ||
		    (rule[i] && !vsext_mask_match(rule[i], key[i])))
			unknown[left++] = i;
	return left;
}

void vsext_masks_lookup(const struct vsext_masks *all, const u8 *gen,
			const struct vsext_key *const *key, unsigned int n,
			struct vsext_rule **rule)
{
	const struct vsext_key *left_key[VSEXT_LOOKUP_BATCH] __uninitialized;
	struct vsext_rule *found[VSEXT_LOOKUP_BATCH] __uninitialized;
	u64 epoch, hash[VSEXT_LOOKUP_BATCH] __uninitialized;
	u8 unknown[VSEXT_LOOKUP_BATCH] __uninitialized;
	unsigned int i, left;

	if (all->n <= VSEXT_MASKS_UNCACHED) {
		/* Pairs with new_generation(). */
		search(all, smp_load_acquire(gen), key, n, rule);
		return;
	}
	/* Before the search: what is stored is never older than its epoch. */
	epoch = smp_load_acquire(&all->epoch); /* pairs with new_epoch() */
	for (i = 0; i < n; i++) {
		hash[i] = vsext_words_hash(&all->words, key[i]);
		vsext_cache_prefetch(hash[i]);
	}
	left = ask_cache(epoch, hash, key, n, rule, unknown);
	if (!left)
		return;
	for (i = 0; i < left; i++)
		left_key[i] = key[unknown[i]];
	/* Pairs with new_generation(). */
	search(all, smp_load_acquire(gen), left_key, left, found);
	for (i = 0; i < left; i++) {
		rule[unknown[i]] = found[i];
		vsext_cache_store(epoch, hash[unknown[i]], found[i]);
	}
}
