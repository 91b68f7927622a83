/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule: what it matches, what is done, what it has seen.
 *
 * This file and rule.c also build in user space (tests/unit).
 */
#ifndef _VSEXT_RULE_H
#define _VSEXT_RULE_H

#include <linux/prefetch.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include <linux/vsext.h>

#include "coretable.h"
#include "flow.h"

struct vsext_mask;

/* A match: key and mask; the key has no bits outside of its mask. */
struct vsext_flow_match {
	struct vsext_key key;
	struct vsext_key mask;
};

struct vsext_rule_stats {
	u64 packets;
	u64 bytes;
};

/**
 * struct vsext_rule - one rule
 * @mask: what @word is packed by; NULL until it is in the table
 * @lower: the rule of the same match with the next lower priority, or NULL
 * @cookie: opaque; of the writer alone, as @rcu takes its place in the end; so
 *	are all up to @borrowed
 * @change: its place in the change set
 * @lent: the rule that takes its place in the next generation has @stats, too
 * @borrowed: it has them from the rule whose place it takes
 * @core: CORE: the core; AUTO: the core assigned, or VSEXT_CORE_NONE. Written
 *	by the packet path, races are benign (two cores may both choose)
 * @refused: when no core was found for it (vsext_rule_tick())
 * @inactive: bit g is set: not seen by readers of generation g
 * @words: how many there are in @word
 * @action: enum vsext_action
 * @vm_id: of an exact match on vm_id, else 0
 * @vm_prio: it matches packets that are marked priority
 * @word: the key
 *
 * A million of these are held in memory: mind every byte.
 */
struct vsext_rule {
	struct vsext_mask *mask;
	struct vsext_rule __rcu *lower;
	struct vsext_rule_stats __percpu *stats;
	union {
		struct {
			u64 cookie;
			u32 change;
			bool lent:1;
			bool borrowed:1;
		};
		struct rcu_head rcu;
	};
	u16 priority;
	s16 core;
	u8 refused;
	u8 inactive;
	u8 words:5;
	u8 action:3;
	u8 vm_id:7;
	u8 vm_prio:1;
	u64 word[];
};

/* Fetches what a lookup reads. */
static inline void vsext_rule_prefetch(const struct vsext_rule *rule)
{
	/* Objects lie side by side: across two lines, as most of them do. */
	prefetch(rule);
	prefetch((const char *)rule + 64);
}

/* Behind which rule an iteration is; {} is before the first one. */
struct vsext_rule_pos {
	u64 hash;
	const struct vsext_rule *rule;	/* not to be followed, it may be gone */
	u32 mask;			/* its id */
};

/* Once, before the first rule and after the last. -ENOMEM. */
int vsext_rules_init(void);
void vsext_rules_exit(void);

/*
 * vsext_rule_alloc() - a rule that is not in the table yet
 * Returns NULL without memory. Free with vsext_rule_free() unless added.
 */
struct vsext_rule *vsext_rule_alloc(const struct vsext_flow_match *match);
/* The same with the counters of @rule, which are that one's; NULL without memory. */
struct vsext_rule *vsext_rule_copy(struct vsext_rule *rule);
/* At once, or behind a grace period. */
void vsext_rule_free(struct vsext_rule *rule);
void vsext_rule_free_rcu(struct vsext_rule *rule);

/* A packet, or several in one: by the core that it is on. */
void vsext_rule_count(struct vsext_rule *rule, u32 packets, u32 bytes);
void vsext_rule_sum(const struct vsext_rule *rule, struct vsext_rule_stats *sum);

/* Of all rules that are not freed yet, and of their counters. */
u64 vsext_rules_bytes(void);
u64 vsext_counters_bytes(void);

/* Tenths of a second, which wrap soon. */
u8 vsext_rule_tick(void);

#endif /* _VSEXT_RULE_H */
