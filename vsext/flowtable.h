/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow table: wildcard rules, found by tuple space search.
 *
 * Writers hold the control mutex (vsext_mutex, netlink.c). Readers are in an
 * RCU read-side section, with softirqs off. A transaction marks what it adds and
 * deletes with a generation bit; one store makes all of it visible.
 *
 * This file and flowtable.c also build in user space (tests/unit).
 */
#ifndef _VSEXT_FLOWTABLE_H
#define _VSEXT_FLOWTABLE_H

#include <linux/types.h>

#include "flow.h"
#include "rule.h"

#define VSEXT_MAX_PRIORITIES	64	/* of one match */
#define VSEXT_LOOKUP_BATCH	32

/*
 * Who is told of rules that are removed: if @listens() says so, @removed() is called
 * for each, in process context, when no packet counts on it any more.
 */
struct vsext_table_listener {
	bool (*listens)(void);
	/* False: nobody heard it. */
	bool (*removed)(const struct vsext_rule *rule);
};

/* One; NULL: nobody. Writer. */
void vsext_table_listen(const struct vsext_table_listener *listener);

/* Init before the first packet, exit after the last. Process context. -ENOMEM. */
int vsext_table_init(void);
void vsext_table_exit(void);

/* The masks to search, NULL: there are no rules. Load them once per packet. Reader. */
struct vsext_masks;
const struct vsext_masks *vsext_table_masks(void);

/* VSEXT_NEED_* of all their rules; 0: there are none. Reader. */
unsigned int vsext_table_need(const struct vsext_masks *masks);

/* jiffies when the last rule went. Any context. */
u32 vsext_table_emptied(void);

/*
 * Of each of @n packets, 1 to VSEXT_LOOKUP_BATCH, the matching rule of the highest
 * priority, or NULL. @key were parsed as deep as these @masks need. Reader.
 */
void vsext_table_lookup(const struct vsext_masks *masks,
			const struct vsext_key *const *key, unsigned int n,
			struct vsext_rule **rule);

/* Fills the match that a rule was made from. Writer. */
void vsext_rule_match(const struct vsext_rule *rule, struct vsext_flow_match *match);

/*
 * Changes: each belongs to the change set that vsext_table_commit() makes
 * visible or vsext_table_abort() takes back; both end it. Writer.
 */
/* Takes @rule over if it returns 0. -EEXIST, -ENOSPC, -E2BIG, -ENOMEM. */
int vsext_table_add(struct vsext_rule *rule, const struct vsext_key *mask,
		    const struct vsext_limits *limits, bool replace);
/* -ENOMEM. */
int vsext_table_remove(struct vsext_rule *rule, enum vsext_removed why);
int vsext_table_del(struct vsext_rule *rule);
/*
 * The rule to change instead of @rule, of which readers know nothing: it takes its
 * place in the next generation, with its counters. NULL without memory.
 */
struct vsext_rule *vsext_table_edit(struct vsext_rule *rule);
void vsext_table_commit(void);
void vsext_table_abort(void);

/* All of the next generation that vsext_table_next() gives: how many; -ENOMEM. */
int vsext_table_del_all(const struct vsext_flow_match *match);

/*
 * The next rule that the next generation will hold, or that is in force now, and
 * NULL behind the last. Whatever changes meanwhile, a rule that stays is met
 * once. With @match only those at least as specific as it (OpenFlow 1.0, 4.6).
 * In no order that means anything. Writer.
 */
struct vsext_rule *vsext_table_next(struct vsext_rule_pos *pos,
				    const struct vsext_flow_match *match);
struct vsext_rule *vsext_table_next_active(struct vsext_rule_pos *pos,
					   const struct vsext_flow_match *match);
/* The one of the next generation with this very match, or NULL. Writer. */
struct vsext_rule *vsext_table_get(const struct vsext_flow_match *match,
				   u16 priority);
/*
 * Has the next generation another match of this priority that a packet may match
 * as well (OpenFlow 1.0, 4.6)? Writer.
 */
bool vsext_table_overlaps(const struct vsext_flow_match *match, u16 priority);
unsigned int vsext_table_count(void);
/* How many masks its rules have. */
unsigned int vsext_table_mask_count(void);
/**
 * struct vsext_memory - bytes, without what an allocator rounds up
 * @rules: of rules, those too that packets may still look at
 * @counters: of their counters
 * @tables: of the hash tables, one per mask, and of the filter
 * @masks: of the masks, and of their array
 * @cache: of all cores' caches
 */
struct vsext_memory {
	u64 rules;
	u64 counters;
	u64 tables;
	u64 masks;
	u64 cache;
};

/* Writer. */
void vsext_table_memory(struct vsext_memory *memory);
/* Changes whenever the rules in force do; for dumps. */
unsigned int vsext_table_seq(void);

#endif /* _VSEXT_FLOWTABLE_H */
