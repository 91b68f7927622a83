// SPDX-License-Identifier: GPL-2.0-only
/*
 * The writer's side: masks come and go, changes become visible together. How
 * packets find their rules is in masks.c.
 */
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "aging.h"
#include "cache.h"
#include "changes.h"
#include "filter.h"
#include "flowtable.h"
#include "mask.h"
#include "masks.h"
#include "writer.h"

static const struct vsext_table_listener *listener;
static bool heard = true;	/* the last event was */

static struct {
	/* The readers': written when masks come and go, and once a commit. */
	struct vsext_masks __rcu *masks;	/* NULL: no rules */
	u32 emptied;
	u8 gen;

	struct vsext_filter *filter	/* of @masks if they are enough, or NULL */
		____cacheline_aligned_in_smp;
	unsigned int unfiltered;	/* rules that came or went, and ask for another one */
	bool vain;			/* the last try led to none, and no mask came since */
	struct vsext_changes changes;
	unsigned int linked;		/* rules of whatever generation */
	unsigned int count;		/* those in the next one */
	unsigned int seq;
	unsigned long masks_seen;	/* the grace period when @masks were */
	u64 last_epoch;
	u32 last_id;			/* of a mask */
} table ____cacheline_aligned_in_smp;

/* --- readers --- */

void vsext_table_lookup(const struct vsext_masks *masks,
			const struct vsext_key *const *key, unsigned int n,
			struct vsext_rule **rule)
{
	if (masks)
		vsext_masks_lookup(masks, &table.gen, key, n, rule);
	else
		memset(rule, 0, n * sizeof(*rule));
}

const struct vsext_masks *vsext_table_masks(void)
{
	return rcu_dereference(table.masks);
}

unsigned int vsext_table_need(const struct vsext_masks *masks)
{
	return masks ? masks->need : 0;
}

u32 vsext_table_emptied(void)
{
	/* Pairs with publish(): who saw no masks sees when they went. */
	smp_rmb();
	return READ_ONCE(table.emptied);
}

/* --- masks --- */

static struct vsext_masks *masks(void)
{
	return writer_dereference(table.masks);
}

static unsigned int mask_count(void)
{
	return masks() ? masks()->n : 0;
}

/* Publishes the masks without @drop and with @add; -ENOMEM changes nothing. */
static int publish(struct vsext_mask *add, const struct vsext_mask *drop)
{
	struct vsext_masks *old = masks(), *new = NULL;

	if (mask_count() + !!add - !!drop) {
		new = vsext_masks_alloc(old, add, drop, table.filter);
		if (!new)
			return -ENOMEM;
		new->epoch = ++table.last_epoch;
		if (new->n > VSEXT_MASKS_UNCACHED)
			vsext_cache_enable();
	}
	if (!new)
		WRITE_ONCE(table.emptied, (u32)jiffies);
	rcu_assign_pointer(table.masks, new);
	table.masks_seen = get_state_synchronize_rcu();
	if (old)
		kfree_rcu(old, rcu);
	if (!new) {
		vsext_filter_free_rcu(table.filter);
		table.filter = NULL;
		table.unfiltered = 0;
	}
	return 0;
}

/*
 * A new filter belongs to a new array of masks: who sees a new generation or epoch
 * sees the bits of its rules.
 */
static void make_filter(void)
{
	struct vsext_filter *old = table.filter, *new;

	table.unfiltered = 0;
	/* Without memory the old one serves on: it knows all rules. */
	if (vsext_filter_make(masks()->mask, masks()->n, &new))
		return;
	table.vain = !new;
	if (new == old)	/* none */
		return;
	table.filter = new;
	if (!publish(NULL, NULL)) {
		vsext_filter_free_rcu(old);
		return;
	}
	vsext_filter_free(new);
	table.filter = old;
}

/* Seldom enough not to make changes dear, however many rules there are. */
static bool filter_is_due(void)
{
	unsigned int part = table.filter ? 8 : table.vain ? 2 : 4;

	return (table.filter || mask_count() > VSEXT_MASKS_UNCACHED) &&
	       table.unfiltered > table.linked / part + 4;
}

static void make_filter_if_due(void)
{
	if (filter_is_due())
		make_filter();
}

unsigned int vsext_table_mask_count(void)
{
	unsigned int i, used = 0;

	for (i = 0; i < mask_count(); i++)
		used += !!masks()->mask[i]->next;
	return used;
}

/* The mask for a rule of @priority, made where there is none. */
static int mask_get(const struct vsext_key *mask, u16 priority,
		    unsigned int limit, struct vsext_mask **ret)
{
	struct vsext_mask *m = vsext_masks_find(masks(), mask);
	u16 was;
	int err;

	*ret = m;
	if ((!m || !m->next) && vsext_table_mask_count() >= limit)
		return -ENOSPC;
	if (m) {
		was = m->priority;
		if (priority <= was)
			return 0;
		WRITE_ONCE(m->priority, priority);
		err = publish(NULL, NULL);
		if (err)
			WRITE_ONCE(m->priority, was);
		return err;
	}
	m = vsext_mask_alloc(mask);
	if (!m)
		return -ENOMEM;
	m->priority = priority;
	m->id = ++table.last_id;
	err = publish(m, NULL);
	if (err)
		vsext_mask_free(m);
	else
		table.vain = false;
	*ret = m;
	return err;
}

/* An empty mask that cannot be taken out for want of memory only costs time. */
static void mask_put(struct vsext_mask *m)
{
	if (!m->matches && !publish(NULL, m))
		vsext_mask_free_rcu(m);
}

/* --- changes --- */

static int link(struct vsext_rule *rule)
{
	int err;

	make_filter_if_due();
	if (!table.filter || !vsext_filter_add(table.filter, rule))
		table.unfiltered++;
	err = vsext_mask_insert(rule->mask, rule);
	table.linked += !err;
	return err;
}

static void unlink(struct vsext_rule *rule)
{
	struct vsext_mask *m = rule->mask;

	vsext_aging_stop(rule);
	vsext_mask_remove(m, rule);
	table.linked--;
	if (!table.filter || !vsext_filter_del(table.filter, rule))
		table.unfiltered++;
	vsext_rule_free_rcu(rule);
	mask_put(m);
}

static void hide(struct vsext_rule *rule, u8 gen)
{
	WRITE_ONCE(rule->inactive, rule->inactive | BIT(gen));
}

/* The next generation will hold it, or not: @n is 1 or -1. */
static void count_next(struct vsext_rule *rule, int n)
{
	rule->mask->next += n;
	table.count += n;
}

/* What is not in force was added by this change set: it goes at once. */
static void del(struct vsext_rule *rule, enum vsext_removed why)
{
	struct vsext_rule *old;

	count_next(rule, -1);
	if (vsext_rule_seen(rule, table.gen)) {
		vsext_changes_add(&table.changes, rule);
		rule->removal = why;
		hide(rule, !table.gen);
		return;
	}
	/* What it was to take the place of keeps its counters, and goes itself. */
	if (rule->borrowed) {
		old = vsext_mask_get(rule->mask, rule->word, rule->priority,
				     table.gen);
		old->lent = false;
		old->removal = why;
	}
	vsext_changes_del(&table.changes, rule);
	unlink(rule);
}

int vsext_table_add(struct vsext_rule *rule, const struct vsext_key *mask,
		    const struct vsext_limits *limits, bool replace)
{
	struct vsext_rule *same;
	struct vsext_mask *m;
	int err;

	err = mask_get(mask, rule->priority, limits->masks, &m);
	if (err)
		return err;
	same = vsext_mask_get(m, rule->word, rule->priority, !table.gen);
	if (same && !replace)
		return -EEXIST;
	if (!same && vsext_mask_priorities(m, rule->word, !table.gen) >=
		     VSEXT_MAX_PRIORITIES)
		return -E2BIG;
	err = !same && table.count >= limits->flows ? -ENOSPC :
		/* What it replaces is a change, too. */
		vsext_changes_reserve(&table.changes, 2);
	if (!err) {
		rule->mask = m;
		hide(rule, table.gen);
		err = link(rule);
	}
	if (err) {
		mask_put(m);
		return err;
	}
	vsext_changes_add(&table.changes, rule);
	count_next(rule, 1);
	if (same)
		del(same, VSEXT_REMOVED_REPLACE);
	return 0;
}

int vsext_table_remove(struct vsext_rule *rule, enum vsext_removed why)
{
	int err = vsext_changes_reserve(&table.changes, 1);

	if (!err)
		del(rule, why);
	return err;
}

int vsext_table_del(struct vsext_rule *rule)
{
	return vsext_table_remove(rule, VSEXT_REMOVED_DELETE);
}

struct vsext_rule *vsext_table_edit(struct vsext_rule *rule)
{
	struct vsext_rule *copy;

	if (!vsext_rule_seen(rule, table.gen))
		return rule;
	copy = vsext_rule_copy(rule);
	if (!copy)
		return NULL;
	copy->mask = rule->mask;
	hide(copy, table.gen);
	if (vsext_changes_reserve(&table.changes, 2) ||
	    link(copy)) {
		vsext_rule_free(copy);
		return NULL;
	}
	vsext_changes_add(&table.changes, copy);
	count_next(copy, 1);
	del(rule, VSEXT_REMOVED_UNSPEC);
	rule->lent = true;
	return copy;
}

/* What the caches know is not true any more. */
static void new_epoch(void)
{
	if (!masks())
		return;
	/* Who sees it sees the rules as they are now. */
	smp_store_release(&masks()->epoch, ++table.last_epoch);
}

/*
 * Several changes need a new generation. Readers that will see it must know all
 * of its masks, and how deep these need a packet to be parsed; readers that
 * still see the old one must see all of that.
 */
static void new_generation(void)
{
	cond_synchronize_rcu(table.masks_seen);
	/* Rules are complete before readers are told to look at them. */
	smp_store_release(&table.gen, !table.gen);
	new_epoch();
	synchronize_rcu();
}

/* One change alone is atomic: its rule is let in, or hidden from everybody. */
static void change_one(u8 gen)
{
	struct vsext_rule *rule = table.changes.rule[0];

	if (vsext_rule_seen(rule, gen))
		WRITE_ONCE(rule->inactive, 0);
	else
		hide(rule, table.gen);
	/* From here on no cache tells of a rule that is freed below. */
	new_epoch();
}

/* From now on it is in force; one that takes the place of another keeps its age. */
static void begin(struct vsext_rule *rule)
{
	struct vsext_rule_timer *timer = vsext_rule_timer(rule);

	if (!rule->borrowed) {
		rule->born = vsext_rule_now();
		if (timer)
			timer->used = rule->born;
	}
	rule->borrowed = false;
	WRITE_ONCE(rule->inactive, 0);
	vsext_aging_start(rule);
}

/* Nobody hears one event: nobody will hear the next ones of this change set. */
static void end(struct vsext_rule *rule, bool *tell)
{
	rule->borrowed = false;
	if (*tell && rule->removal) {
		heard = listener->removed(rule);
		*tell = heard;
	}
	unlink(rule);
}

void vsext_table_commit(void)
{
	struct vsext_rule *rule;
	u8 gen = !table.gen;
	bool tell = listener && listener->listens();

	if (table.changes.n)
		table.seq++;
	if (table.changes.n == 1) {
		change_one(gen);
		/* Its counters are to be the last ones. */
		if (tell && heard && table.changes.rule[0]->removal)
			synchronize_rcu();
	} else if (table.changes.n) {
		new_generation();
	}
	while ((rule = vsext_changes_next(&table.changes))) {
		cond_resched();
		if (vsext_rule_seen(rule, gen))
			begin(rule);
		else
			end(rule, &tell);
	}
	make_filter_if_due();
}

void vsext_table_abort(void)
{
	struct vsext_rule *rule;

	while ((rule = vsext_changes_next(&table.changes))) {
		cond_resched();
		rule->lent = false;
		rule->removal = VSEXT_REMOVED_UNSPEC;
		if (vsext_rule_seen(rule, table.gen)) {
			WRITE_ONCE(rule->inactive, 0);
			count_next(rule, 1);
		} else {
			count_next(rule, -1);
			unlink(rule);
		}
	}
	make_filter_if_due();
}

/* --- iteration --- */

void vsext_rule_match(const struct vsext_rule *rule, struct vsext_flow_match *match)
{
	const struct vsext_words *w = &rule->mask->words;

	vsext_words_unpack(w, rule->word, &match->key);
	vsext_words_unpack(w, w->bits, &match->mask);
}

static struct vsext_rule *next_seen(struct vsext_rule_pos *pos, u8 gen,
				    const struct vsext_flow_match *match)
{
	struct vsext_mask *m;
	struct vsext_rule *rule;

	while ((m = vsext_masks_next(masks(), pos->mask, match))) {
		if (m->id != pos->mask)
			*pos = (struct vsext_rule_pos){ .mask = m->id };
		rule = vsext_mask_next_within(m, match, gen, pos);
		if (rule)
			return rule;
		*pos = (struct vsext_rule_pos){ .mask = m->id + 1 };
	}
	return NULL;
}

struct vsext_rule *vsext_table_next(struct vsext_rule_pos *pos,
				    const struct vsext_flow_match *match)
{
	return next_seen(pos, !table.gen, match);
}

struct vsext_rule *vsext_table_next_active(struct vsext_rule_pos *pos,
					   const struct vsext_flow_match *match)
{
	return next_seen(pos, table.gen, match);
}

int vsext_table_del_all(const struct vsext_flow_match *match)
{
	struct vsext_rule_pos pos = {};
	struct vsext_rule *rule;
	int n = 0;

	while ((rule = vsext_table_next(&pos, match))) {
		if (vsext_table_del(rule))
			return -ENOMEM;
		n++;
	}
	return n;
}

struct vsext_rule *vsext_table_get(const struct vsext_flow_match *match,
				   u16 priority)
{
	const struct vsext_mask *m = vsext_masks_find(masks(), &match->mask);
	u64 packed[VSEXT_KEY_WORDS];

	if (!m)
		return NULL;
	vsext_words_pack(&m->words, &match->key, packed);
	return vsext_mask_get(m, packed, priority, !table.gen);
}

bool vsext_table_overlaps(const struct vsext_flow_match *match, u16 priority)
{
	/* Under one mask, only a match and itself overlap. */
	const struct vsext_mask *same = vsext_masks_find(masks(), &match->mask);
	unsigned int i;

	for (i = 0; i < mask_count(); i++)
		if (masks()->mask[i] != same &&
		    vsext_mask_overlaps(masks()->mask[i], match, priority,
					!table.gen))
			return true;
	return false;
}

unsigned int vsext_table_seq(void)
{
	return table.seq;
}

unsigned int vsext_table_count(void)
{
	return table.count;
}

void vsext_table_memory(struct vsext_memory *memory)
{
	unsigned int i;

	*memory = (struct vsext_memory){
		.rules = vsext_rules_bytes(),
		.counters = vsext_counters_bytes(),
		.tables = vsext_filter_bytes(table.filter),
		.cache = vsext_cache_bytes(),
	};
	if (masks())
		memory->masks = vsext_masks_bytes(mask_count());
	for (i = 0; i < mask_count(); i++) {
		memory->masks += sizeof(*masks()->mask[i]);
		memory->tables += vsext_mask_table_bytes(masks()->mask[i]);
	}
}

void vsext_table_listen(const struct vsext_table_listener *who)
{
	listener = who;
}

int vsext_table_init(void)
{
	vsext_words_init();
	table.emptied = (u32)jiffies;
	return vsext_rules_init();
}

/* Those that mask_put() could not take out. */
static void free_empty_masks(void)
{
	unsigned int i;

	for (i = 0; i < mask_count(); i++)
		vsext_mask_free(masks()->mask[i]);
	vsext_filter_free(table.filter);
	table.filter = NULL;
	kfree(masks());
	RCU_INIT_POINTER(table.masks, NULL);
}

void vsext_table_exit(void)
{
	struct vsext_rule_pos pos = {};
	struct vsext_rule *rule;

	mutex_lock(&vsext_mutex);
	vsext_table_abort();
	while ((rule = vsext_table_next_active(&pos, NULL)))
		unlink(rule);
	free_empty_masks();
	mutex_unlock(&vsext_mutex);
	rcu_barrier();
	vsext_cache_exit();
	vsext_rules_exit();
}
