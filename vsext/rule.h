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
 * @born: when it came into force, or the one did whose place it takes; see
 *	vsext_rule_age()
 * @change: its place in the change set
 * @removal: enum vsext_removed: why it is not in the next generation
 * @timed: a struct vsext_rule_timer is behind the key
 * @lent: the rule that takes its place in the next generation has @stats, too
 * @borrowed: it has them from the rule whose place it takes
 * @core: CORE: the core; AUTO: the core assigned, or VSEXT_CORE_NONE. Written
 *	by the packet path, races are benign (two cores may both choose)
 * @refused: when no core was found for it (vsext_rule_tick())
 * @inactive: bit g is set: not seen by readers of generation g
 * @words: how many there are in @word, those of a timer included
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
			u64 born:34;
			u64 change:24;
			u64 removal:3;
			u64 timed:1;
			u64 lent:1;
			u64 borrowed:1;
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

/**
 * struct vsext_rule_timer - timeouts, and their state (aging.h)
 * @next: rule with timeouts
 * @last: what points at this one; NULL: it is not in force
 * @packets: when last looked at
 * @used: when they were found to have become more, by vsext_rule_now()
 * @idle: in seconds, 0: none
 * @hard: likewise
 */
struct vsext_rule_timer {
	struct vsext_rule *next;
	struct vsext_rule **last;
	u64 packets;
	u32 used;
	u16 idle;
	u16 hard;
};

#define VSEXT_TIMER_WORDS (sizeof(struct vsext_rule_timer) / sizeof(u64))

/* NULL: it has no timeouts. Writer. */
static inline struct vsext_rule_timer *
vsext_rule_timer(const struct vsext_rule *rule)
{
	return rule->timed ?
	       (void *)&rule->word[rule->words - VSEXT_TIMER_WORDS] : NULL;
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
/* With timeouts in seconds, 0: none. */
struct vsext_rule *vsext_rule_alloc_timed(const struct vsext_flow_match *match,
					  u16 idle, u16 hard);
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

/* The same as a clock that does not wrap for 50 years. */
#define VSEXT_RULE_SECOND	10
u64 vsext_rule_now(void);
/* Since it came into force, by that clock. Writer. */
u64 vsext_rule_age(const struct vsext_rule *rule);

#endif /* _VSEXT_RULE_H */
