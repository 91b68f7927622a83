// SPDX-License-Identifier: GPL-2.0-only
/* A rule by itself. */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "rule.h"
#include "words.h"

/* By the number of words, since kmalloc()'s sizes would waste a third. */
static struct kmem_cache *caches[VSEXT_KEY_WORDS + VSEXT_TIMER_WORDS + 1];

/* Of bytes, and of sets of counters. */
static atomic_long_t rules_bytes, counters;

int vsext_rules_init(void)
{
	static const char * const names[] = {
		"vsext_rule_0", "vsext_rule_1", "vsext_rule_2", "vsext_rule_3",
		"vsext_rule_4", "vsext_rule_5", "vsext_rule_6", "vsext_rule_7",
		"vsext_rule_8", "vsext_rule_9", "vsext_rule_10",
		"vsext_rule_11", "vsext_rule_12", "vsext_rule_13",
		"vsext_rule_14", "vsext_rule_15", "vsext_rule_16",
		"vsext_rule_17", "vsext_rule_18", "vsext_rule_19",
		"vsext_rule_20",
	};
	struct vsext_rule *rule;
	unsigned int n;

	BUILD_BUG_ON(ARRAY_SIZE(names) != ARRAY_SIZE(caches));
	for (n = 0; n < ARRAY_SIZE(caches); n++) {
		caches[n] = kmem_cache_create(names[n],
					      struct_size(rule, word, n), 0,
					      SLAB_ACCOUNT, NULL);
		if (caches[n])
			continue;
		vsext_rules_exit();
		return -ENOMEM;
	}
	return 0;
}

void vsext_rules_exit(void)
{
	unsigned int n;

	rcu_barrier();
	for (n = 0; n < ARRAY_SIZE(caches); n++) {
		kmem_cache_destroy(caches[n]);
		caches[n] = NULL;
	}
}

static size_t size_of(const struct vsext_rule *rule)
{
	return struct_size(rule, word, rule->words);
}

u64 vsext_rules_bytes(void)
{
	return atomic_long_read(&rules_bytes);
}

u64 vsext_counters_bytes(void)
{
	return (u64)atomic_long_read(&counters) * num_possible_cpus() *
	       sizeof(struct vsext_rule_stats);
}

u8 vsext_rule_tick(void)
{
	return jiffies / (HZ / 10);
}

static struct vsext_rule *make(unsigned int words)
{
	struct vsext_rule *rule = kmem_cache_zalloc(caches[words], GFP_KERNEL);

	if (rule) {
		rule->words = words;
		atomic_long_add(size_of(rule), &rules_bytes);
	}
	return rule;
}

u64 vsext_rule_now(void)
{
	return jiffies / (HZ / VSEXT_RULE_SECOND);
}

u64 vsext_rule_age(const struct vsext_rule *rule)
{
	return (vsext_rule_now() - rule->born) & GENMASK_ULL(33, 0);
}

struct vsext_rule *vsext_rule_alloc_timed(const struct vsext_flow_match *match,
					  u16 idle, u16 hard)
{
	struct vsext_rule_timer *timer;
	struct vsext_rule *rule;
	struct vsext_words w;
	unsigned int words;

	vsext_words_of(&w, &match->mask);
	words = w.n + (idle || hard ? VSEXT_TIMER_WORDS : 0);
	rule = make(words);
	if (!rule)
		return NULL;
	rule->timed = words > w.n;
	timer = vsext_rule_timer(rule);
	if (timer) {
		timer->idle = idle;
		timer->hard = hard;
	}
	rule->stats = alloc_percpu_gfp(struct vsext_rule_stats,
				       GFP_KERNEL_ACCOUNT);
	if (!rule->stats) {
		vsext_rule_free(rule);
		return NULL;
	}
	atomic_long_inc(&counters);
	vsext_words_pack(&w, &match->key, rule->word);
	rule->core = VSEXT_CORE_NONE;
	rule->refused = vsext_rule_tick() - 1;
	if (match->mask.vm_id == 0xff)
		rule->vm_id = match->key.vm_id;
	rule->vm_prio = match->mask.vm_prio & match->key.vm_prio;
	return rule;
}

struct vsext_rule *vsext_rule_alloc(const struct vsext_flow_match *match)
{
	return vsext_rule_alloc_timed(match, 0, 0);
}

struct vsext_rule *vsext_rule_copy(struct vsext_rule *rule)
{
	struct vsext_rule *copy = make(rule->words);

	if (!copy)
		return NULL;
	memcpy(copy, rule, size_of(rule));
	copy->mask = NULL;
	RCU_INIT_POINTER(copy->lower, NULL);
	copy->core = READ_ONCE(rule->core);
	copy->inactive = 0;
	copy->borrowed = true;
	copy->lent = false;
	if (copy->timed)
		vsext_rule_timer(copy)->last = NULL;
	return copy;
}

static void destroy(struct vsext_rule *rule)
{
	atomic_long_sub(size_of(rule), &rules_bytes);
	if (rule->stats)
		atomic_long_dec(&counters);
	free_percpu(rule->stats);
	kmem_cache_free(caches[rule->words], rule);
}

static void keep_what_is_shared(struct vsext_rule *rule)
{
	if (rule->lent || rule->borrowed)
		rule->stats = NULL;
}

void vsext_rule_free(struct vsext_rule *rule)
{
	keep_what_is_shared(rule);
	destroy(rule);
}

static void free_rcu(struct rcu_head *rcu)
{
	destroy(container_of(rcu, struct vsext_rule, rcu));
}

void vsext_rule_free_rcu(struct vsext_rule *rule)
{
	/* No packet finds it: sharing takes a generation, and this one is over. */
	keep_what_is_shared(rule);
	call_rcu(&rule->rcu, free_rcu);
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
