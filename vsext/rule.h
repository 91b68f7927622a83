/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule: what it matches, what is done, what it has seen.
 *
 * This file and rule.c also build in user space (tests/unit).
 */
#ifndef _VSEXT_RULE_H
#define _VSEXT_RULE_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include <linux/vsext.h>

#include "coretable.h"
#include "flow.h"

struct vsext_mask;

/* A match: masked key, and the mask. */
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
 * @node: links in the buckets of @mask; which of the two is in use alternates
 *	whenever these grow
 * @list: in the table, in order of insertion
 * @change: in the open transaction
 * @inactive: bit g is set: not seen by readers of generation g
 * @core: CORE: the core; AUTO: the core assigned, or VSEXT_CORE_NONE. Written
 *	by the packet path, races are benign (two cores may both choose)
 * @refused: jiffies when no core was found for it
 * @vm_id: of an exact match on vm_id, else 0
 * @vm_prio: it matches packets that are marked priority
 * @id: ascending in the order of insertion
 */
struct vsext_rule {
	struct hlist_node node[2];
	struct list_head list;
	struct list_head change;
	struct vsext_mask *mask;
	u8 inactive;
	u8 action;
	u8 vm_id;
	bool vm_prio;
	u16 priority;
	int core;
	u32 refused;
	u64 cookie;
	u64 id;
	struct vsext_rule_stats __percpu *stats;
	struct rcu_head rcu;
	struct vsext_key key;
};

/*
 * vsext_rule_alloc() - a rule that is not in the table yet
 * Returns NULL without memory. Free with vsext_rule_free() unless added.
 */
struct vsext_rule *vsext_rule_alloc(const struct vsext_flow_match *match);
void vsext_rule_free(struct vsext_rule *rule);
/* A packet, or several in one: by the core that it is on. */
void vsext_rule_count(struct vsext_rule *rule, u32 packets, u32 bytes);
void vsext_rule_sum(const struct vsext_rule *rule, struct vsext_rule_stats *sum);

#endif /* _VSEXT_RULE_H */
