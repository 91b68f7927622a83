// SPDX-License-Identifier: GPL-2.0-only
/* A rule by itself. */
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "rule.h"

struct vsext_rule *vsext_rule_alloc(const struct vsext_flow_match *match)
{
	struct vsext_rule *rule;
	unsigned int i;
	u64 *key;

	rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	if (!rule)
		return NULL;
	rule->stats = alloc_percpu_gfp(struct vsext_rule_stats,
				       GFP_KERNEL_ACCOUNT);
	if (!rule->stats) {
		kfree(rule);
		return NULL;
	}
	INIT_LIST_HEAD(&rule->change);
	rule->core = VSEXT_CORE_NONE;
	rule->refused = (u32)jiffies - HZ;
	key = (u64 *)&rule->key;
	for (i = 0; i < VSEXT_KEY_WORDS; i++)
		key[i] = ((const u64 *)&match->key)[i] &
			 ((const u64 *)&match->mask)[i];
	if (match->mask.vm_id == 0xff)
		rule->vm_id = match->key.vm_id;
	rule->vm_prio = match->mask.vm_prio & match->key.vm_prio;
	return rule;
}

void vsext_rule_free(struct vsext_rule *rule)
{
	free_percpu(rule->stats);
	kfree(rule);
}

void vsext_rule_count(struct vsext_rule *rule, u32 packets, u32 bytes)
{
	this_cpu_add(rule->stats->packets, packets);
	this_cpu_add(rule->stats->bytes, bytes);
}

void vsext_rule_sum(const struct vsext_rule *rule, struct vsext_rule_stats *sum)
{
	unsigned int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct vsext_rule_stats *s = per_cpu_ptr(rule->stats, cpu);

		sum->packets += READ_ONCE(s->packets);
		sum->bytes += READ_ONCE(s->bytes);
	}
}
