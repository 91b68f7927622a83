// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tuple space search: one hash table per mask, masks in order of the highest
 * priority that they hold, so that a search ends at the first mask that cannot
 * beat what was found (Srinivasan et al., "Packet classification using tuple
 * space search", 1999; Open vSwitch does the same).
 *
 * Most masks need not be searched: filter.c tells which, by the bits that they share.
 *
 * Memory is what a search waits for. So each step of it (hash, bucket, rule) is
 * taken for many pairs of packet and mask, whose cache lines are fetched
 * together, before the next step.
 *
 * Masks come from the administrator only: packets cannot make the search longer.
 */
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "cache.h"
#include "filter.h"
#include "flowtable.h"
#include "masks.h"

#define PAIRS	32

/* A packet that is looked for in a mask. */
struct pair {
	const struct vsext_mask *mask;
	unsigned int packet;
	struct vsext_probe probe;
};

/**
 * struct search - of a batch of packets
 * @all: the masks
 * @gen: the generation that it sees
 * @key: of the packets
 * @best: rules found so far; NULL for those that are to be searched
 * @pair: which wait for their bucket
 */
struct search {
	const struct vsext_masks *all;
	const struct vsext_key *const *key;
	struct vsext_rule **best;
	u8 gen;
	struct pair pair[PAIRS];
};

static bool beaten(const struct vsext_mask *m, const struct vsext_rule *best)
{
	return best && READ_ONCE(m->priority) <= best->priority;
}

static void finish(struct search *s, unsigned int pairs)
{
	unsigned int i, left = 0;

	for (i = 0; i < pairs; i++)
		if (vsext_mask_peek(&s->pair[i].probe))
			s->pair[left++] = s->pair[i];
	for (i = 0; i < left; i++) {
		const struct pair *pair = &s->pair[i];
		struct vsext_rule **best = &s->best[pair->packet], *rule;

		rule = vsext_mask_find(pair->mask, s->key[pair->packet],
				       &pair->probe, s->gen);
		if (rule && (!*best || rule->priority > (*best)->priority))
			*best = rule;
	}
}

/* For these packets; what finish() has to do is returned. */
static unsigned int start(struct search *s, const u8 *gen, u32 open)
{
	const struct vsext_masks *all = s->all;
	const struct vsext_key *const *key = s->key;
	u32 packets[VSEXT_FILTER_OUTSIDE + 1] __uninitialized, left;
	unsigned int i, pairs = 0;

	if (!open)
		return 0;
	s->gen = smp_load_acquire(gen); /* pairs with new_generation() */
	if (all->filter)
		vsext_filter_ask(all->filter, key, open, packets);
	for (i = 0; open && i < all->n; i++) {
		const struct vsext_mask *m = all->mask[i];

		left = open;
		if (all->filter)
			left &= packets[all->column[i]];
		for (; left; left &= left - 1) {
			unsigned int packet = __ffs(left);

			if (beaten(m, s->best[packet])) {
				open &= ~BIT(packet);
				continue;
			}
			s->pair[pairs].mask = m;
			s->pair[pairs].packet = packet;
			vsext_mask_probe(m, key[packet], &s->pair[pairs].probe);
			if (++pairs < PAIRS)
				continue;
			finish(s, pairs);
			pairs = 0;
		}
	}
	return pairs;
}

/* The packets that the cache does not know. */
static u32 ask_cache(const struct search *s, u64 epoch, const u64 *hash,
		     unsigned int n)
{
	unsigned int i;
	u32 unknown = 0;

	for (i = 0; i < n; i++) {
		if (!vsext_cache_find(epoch, hash[i], &s->best[i])) {
			s->best[i] = NULL;
			unknown |= BIT(i);
		} else if (s->best[i]) {
			vsext_rule_prefetch(s->best[i]);
		}
	}
	return unknown;
}

/* Those of the known ones that it confounds with others. */
static u32 check_cache(const struct search *s, u32 known)
{
	u32 wrong = 0;

	for (; known; known &= known - 1) {
		unsigned int i = __ffs(known);

		if (!s->best[i] || vsext_mask_match(s->best[i], s->key[i]))
			continue;
		s->best[i] = NULL;
		wrong |= BIT(i);
	}
	return wrong;
}

void vsext_masks_lookup(const struct vsext_masks *all, const u8 *gen,
			const struct vsext_key *const *key, unsigned int n,
			struct vsext_rule **rule)
{
	u32 every = U32_MAX >> (VSEXT_LOOKUP_BATCH - n), unknown, wrong;
	u64 epoch, hash[VSEXT_LOOKUP_BATCH] __uninitialized;
	/* Kernels are built to zero what is not initialised: a kilobyte a packet. */
	struct search s __uninitialized;
	unsigned int i, pairs;

	s.all = all;
	s.key = key;
	s.best = rule;
	if (all->n <= VSEXT_MASKS_UNCACHED) {
		memset(rule, 0, n * sizeof(*rule));
		finish(&s, start(&s, gen, every));
		return;
	}
	/* Before the search: what is stored is never older than its epoch. */
	epoch = smp_load_acquire(&all->epoch); /* pairs with new_epoch() */
	for (i = 0; i < n; i++) {
		hash[i] = vsext_words_hash(&all->words, key[i]);
		vsext_cache_prefetch(hash[i]);
	}
	unknown = ask_cache(&s, epoch, hash, n);
	pairs = start(&s, gen, unknown);
	/* While the buckets arrive: the rules did. */
	wrong = check_cache(&s, every & ~unknown);
	finish(&s, pairs);
	finish(&s, start(&s, gen, wrong));
	for (unknown |= wrong; unknown; unknown &= unknown - 1) {
		i = __ffs(unknown);
		vsext_cache_store(epoch, hash[i], rule[i]);
	}
}

/* --- writer --- */

static int by_priority(const void *a, const void *b)
{
	const struct vsext_mask *const *x = a, *const *y = b;

	return (int)(*y)->priority - (int)(*x)->priority;
}

struct vsext_mask *vsext_masks_find(const struct vsext_masks *all,
				    const struct vsext_key *mask)
{
	struct vsext_words w;
	unsigned int i;

	vsext_words_of(&w, mask);
	for (i = 0; all && i < all->n; i++)
		if (vsext_words_same(&all->mask[i]->words, &w))
			return all->mask[i];
	return NULL;
}

struct vsext_mask *vsext_masks_next(const struct vsext_masks *all, u32 id,
				    const struct vsext_flow_match *match)
{
	struct vsext_mask *next = NULL;
	unsigned int i;

	for (i = 0; all && i < all->n; i++) {
		struct vsext_mask *m = all->mask[i];

		if (m->id >= id && (!next || m->id < next->id) &&
		    (!match || vsext_mask_may_hold(m, match)))
			next = m;
	}
	return next;
}

size_t vsext_masks_bytes(unsigned int n)
{
	const struct vsext_masks *all;

	return struct_size(all, mask, n) + n * sizeof(*all->column);
}

struct vsext_masks *vsext_masks_alloc(const struct vsext_masks *old,
				      struct vsext_mask *add,
				      const struct vsext_mask *drop,
				      struct vsext_filter *filter)
{
	unsigned int i, n = old ? old->n : 0;
	struct vsext_masks *new;

	new = kzalloc(vsext_masks_bytes(n + 1), GFP_KERNEL_ACCOUNT);
	if (!new)
		return NULL;
	new->column = (u8 *)&new->mask[n + 1];
	for (i = 0; i < n; i++)
		if (old->mask[i] != drop)
			new->mask[new->n++] = old->mask[i];
	if (add)
		new->mask[new->n++] = add;
	/* So few are searched faster than they are asked for. */
	if (new->n > VSEXT_MASKS_UNCACHED)
		new->filter = filter;
	if (add && filter)
		vsext_filter_add_mask(filter, add);
	sort(new->mask, new->n, sizeof(new->mask[0]), by_priority, NULL);
	for (i = 0; i < new->n; i++) {
		new->need |= new->mask[i]->need;
		vsext_words_unite(&new->words, &new->mask[i]->words);
		if (filter)
			new->column[i] = vsext_filter_column(filter, new->mask[i]);
	}
	return new;
}
