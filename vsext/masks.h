/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All masks of the flow table, and the search in them.
 *
 * Made by the writer (flowtable.c) and replaced whenever a mask comes or goes.
 * This file and masks.c also build in user space (tests/unit).
 */
#ifndef _VSEXT_MASKS_H
#define _VSEXT_MASKS_H

#include <linux/rcupdate.h>
#include <linux/types.h>

#include "filter.h"
#include "mask.h"
#include "words.h"

/* With so few masks a search costs no more than the cache. */
#define VSEXT_MASKS_UNCACHED	2

/**
 * struct vsext_masks - the masks, those of the highest priority first
 * @epoch: of what the cache may know by them; changes with every change of the
 *	rules in force, and is no other array's
 * @words: what any of the masks looks at
 * @filter: which of them to search; NULL: all
 * @need: VSEXT_NEED_* of all of them
 * @column: of @mask[i] in the filter
 */
struct vsext_masks {
	u64 epoch;
	struct vsext_words words;
	const struct vsext_filter *filter;
	unsigned int n;
	unsigned int need;
	struct rcu_head rcu;
	u8 *column;
	struct vsext_mask *mask[];
};

/**
 * vsext_masks_alloc() - the masks of another array, and one more or less
 * @old: that array, NULL: there was none
 * @add: the one more, or NULL; @filter learns of it
 * @drop: the one less, or NULL
 * @filter: which of them to search, or NULL; not used if they are few
 *
 * Returns them, @epoch not set yet, or NULL without memory. Writer.
 */
struct vsext_masks *vsext_masks_alloc(const struct vsext_masks *old,
				      struct vsext_mask *add,
				      const struct vsext_mask *drop,
				      struct vsext_filter *filter);
/* Of so many masks, without themselves. */
size_t vsext_masks_bytes(unsigned int n);

/* In @all, NULL: none. The one with these bits, or NULL. Writer. */
struct vsext_mask *vsext_masks_find(const struct vsext_masks *all,
				    const struct vsext_key *mask);
/* The one of the lowest id from @id on that may hold such rules, or NULL. Writer. */
struct vsext_mask *vsext_masks_next(const struct vsext_masks *all, u32 id,
				    const struct vsext_flow_match *match);

/**
 * vsext_masks_lookup() - the rules of the highest priority, by the cache or not
 * @gen: the generation that readers see
 * @n: how many packets, 1 to VSEXT_LOOKUP_BATCH
 * @rule: what each of them finds, NULL for none
 *
 * Context: RCU read-side section, softirqs off.
 */
void vsext_masks_lookup(const struct vsext_masks *all, const u8 *gen,
			const struct vsext_key *const *key, unsigned int n,
			struct vsext_rule **rule);

#endif /* _VSEXT_MASKS_H */
