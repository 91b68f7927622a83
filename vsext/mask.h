/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mask: the rules that look at the same bits of the key, in a hash table.
 *
 * Readers are in an RCU read-side section, in any context; the writer holds
 * vsext_mutex. This file and mask.c also build in user space (tests/unit).
 */
#ifndef _VSEXT_MASK_H
#define _VSEXT_MASK_H

#include <linux/rcupdate.h>
#include <linux/types.h>

#include "rule.h"
#include "words.h"

struct vsext_buckets;

/**
 * struct vsext_mask - the mask and its rules
 * @priority: no rule here has a higher one
 * @need: VSEXT_NEED_* of its fields
 * @id: ascending in the order of their making
 * @matches: how many different ones its rules have
 * @next: how many rules the next generation will hold
 */
struct vsext_mask {
	struct vsext_buckets __rcu *buckets;
	u16 priority;
	struct vsext_words words;
	u8 need;
	u32 id;
	u32 matches;
	u32 next;
	struct rcu_head rcu;
};

/* Where a key would be found in a mask. */
struct vsext_probe {
	const struct vsext_buckets *buckets;
	u64 hash;
};

/* NULL without memory. */
struct vsext_mask *vsext_mask_alloc(const struct vsext_key *key);
/* No rules are left. At once, or behind a grace period. */
void vsext_mask_free(struct vsext_mask *m);
void vsext_mask_free_rcu(struct vsext_mask *m);

/* Of its hash table. Writer. */
size_t vsext_mask_table_bytes(const struct vsext_mask *m);

/* Is @rule there for readers of generation @gen? */
static inline bool vsext_rule_seen(const struct vsext_rule *rule, u8 gen)
{
	return !(READ_ONCE(rule->inactive) & BIT(gen));
}

/* Does @key match this rule, of whatever mask? */
static inline bool vsext_mask_match(const struct vsext_rule *rule,
				    const struct vsext_key *key)
{
	return vsext_words_match(&rule->mask->words, rule->word, key);
}

/* Starts to fetch what vsext_mask_peek() will read. Reader. */
void vsext_mask_probe(const struct vsext_mask *m, const struct vsext_key *key,
		      struct vsext_probe *probe);
/* False: there is nothing to be found. True: fetches it. Reader. */
bool vsext_mask_peek(const struct vsext_probe *probe);
/* The rule of the highest priority that generation @gen holds, or NULL. Reader. */
struct vsext_rule *vsext_mask_find(const struct vsext_mask *m,
				   const struct vsext_key *key,
				   const struct vsext_probe *probe, u8 gen);

/* -ENOMEM. Writer. */
int vsext_mask_insert(struct vsext_mask *m, struct vsext_rule *rule);
/* The rule is to be freed behind a grace period. Writer. */
void vsext_mask_remove(struct vsext_mask *m, struct vsext_rule *rule);
/* The rule of @gen with these words and this priority, or NULL. Writer. */
struct vsext_rule *vsext_mask_get(const struct vsext_mask *m, const u64 *packed,
				  u16 priority, u8 gen);
/* How many rules of @gen have these words. Writer. */
unsigned int vsext_mask_priorities(const struct vsext_mask *m, const u64 *packed,
				   u8 gen);
/*
 * The next rule of generation @gen from @pos to the hash @last, or NULL, in the
 * order of their hashes, then addresses, which no growth changes. Writer.
 */
struct vsext_rule *vsext_mask_next(const struct vsext_mask *m, u8 gen, u64 last,
				   struct vsext_rule_pos *pos);
/*
 * A rule of the next match that there is, of whatever generation, from @at = 0 on;
 * NULL behind the last. As long as nothing changes. Writer.
 */
struct vsext_rule *vsext_mask_each(const struct vsext_mask *m, u64 *at);

/* Does it look at all that @match looks at? */
bool vsext_mask_may_hold(const struct vsext_mask *m,
			 const struct vsext_flow_match *match);
/* vsext_mask_next() of those at least as specific as @match, NULL: any. Writer. */
struct vsext_rule *vsext_mask_next_within(const struct vsext_mask *m,
					  const struct vsext_flow_match *match,
					  u8 gen, struct vsext_rule_pos *pos);
/* Is there a rule of @gen and this priority that a packet may match, too? Writer. */
bool vsext_mask_overlaps(const struct vsext_mask *m,
			 const struct vsext_flow_match *match, u16 priority,
			 u8 gen);

#endif /* _VSEXT_MASK_H */
