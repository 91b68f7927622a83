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

#include "mask.h"
#include "words.h"

/* With so few masks a search costs no more than the cache. */
#define VSEXT_MASKS_UNCACHED	2

/**
 * struct vsext_masks - the masks, those of the highest priority first
 * @epoch: of what the cache may know by them; changes with every change of the
 *	rules in force, and is no other array's
 * @words: what any of the masks looks at
 * @need: VSEXT_NEED_* of all of them
 */
struct vsext_masks {
	u64 epoch;
	struct vsext_words words;
	unsigned int n;
	unsigned int need;
	struct rcu_head rcu;
	struct vsext_mask *mask[];
};

/**
 * vsext_masks_lookup() - the rules of the highest priority, by the cache or not
 * @gen: the generation that readers see
 * @n: how many packets, at most VSEXT_LOOKUP_BATCH
 * @rule: what each of them finds, NULL for none
 *
 * Context: RCU read-side section, softirqs off.
 */
void vsext_masks_lookup(const struct vsext_masks *all, const u8 *gen,
			const struct vsext_key *const *key, unsigned int n,
			struct vsext_rule **rule);

#endif /* _VSEXT_MASKS_H */
