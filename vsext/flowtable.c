// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tuple space search: one hash table per mask, masks in order of the highest
 * priority that they hold, so that a search ends at the first mask that cannot
 * beat what was found (Srinivasan et al., "Packet classification using tuple
 * space search", 1999; Open vSwitch does the same).
 *
 * Masks come from the administrator only: packets cannot make the search longer.
 */
#include <linux/errno.h>
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "flowtable.h"

#define BUCKETS_MIN	16

struct buckets {
	u32 size;		/* a power of two */
	unsigned int link;	/* which rule->node is in use */
	struct hlist_head head[];
};

/*
 * The rules of one mask.
 * @priority: no rule here has a higher one
 * @next: how many of @rules the next generation will hold
 * @first, @last: words of the key outside of this range are not looked at
 */
struct vsext_mask {
	struct buckets __rcu *buckets;
	unsigned int rules;
	unsigned int next;
	unsigned int need;
	u16 priority;
	u8 first;
	u8 last;
	struct rcu_head rcu;
	struct vsext_key mask;
};

struct mask_array {
	struct rcu_head rcu;
	unsigned int n;
	unsigned int need;
	struct vsext_mask *mask[];
};

static struct {
	struct mask_array __rcu *masks;	/* NULL: no rules */
	struct list_head rules;
	struct list_head changes;
	unsigned int count;		/* rules in the next generation */
	unsigned int seq;
	unsigned long masks_seen;	/* the grace period when @masks were */
	u64 last_id;
	u8 gen;
	u32 seed;
	u32 emptied;
} table;

#define writer_dereference(p) rcu_dereference_protected(p, true)

static const u64 *words(const struct vsext_key *key)
{
	return (const u64 *)key;
}

static bool sees(const struct vsext_rule *rule, u8 gen)
{
	return !(READ_ONCE(rule->inactive) & BIT(gen));
}

static u32 hash(const struct vsext_mask *m, const struct vsext_key *key)
{
	u64 masked[VSEXT_KEY_WORDS];
	unsigned int i;

	for (i = m->first; i <= m->last; i++)
		masked[i - m->first] = words(key)[i] & words(&m->mask)[i];
	return jhash2((u32 *)masked, (m->last - m->first + 1) * 2, table.seed);
}

static bool equal(const struct vsext_mask *m, const struct vsext_rule *rule,
		  const struct vsext_key *key)
{
	unsigned int i;

	for (i = m->first; i <= m->last; i++)
		if (words(&rule->key)[i] !=
		    (words(key)[i] & words(&m->mask)[i]))
			return false;
	return true;
}

/* Within a bucket the highest priority comes first: the first hit is the best. */
static struct vsext_rule *find(const struct vsext_mask *m,
			       const struct vsext_key *key, u8 gen)
{
	struct buckets *b = rcu_dereference(m->buckets);
	struct hlist_head *head = &b->head[hash(m, key) & (b->size - 1)];
	struct hlist_node *node;

	for (node = rcu_dereference(hlist_first_rcu(head)); node;
	     node = rcu_dereference(hlist_next_rcu(node))) {
		struct vsext_rule *rule;

		rule = container_of(node, struct vsext_rule, node[b->link]);
		if (equal(m, rule, key) && sees(rule, gen))
			return rule;
	}
	return NULL;
}

struct vsext_rule *vsext_table_lookup(const struct vsext_key *key)
{
	const struct mask_array *a = rcu_dereference(table.masks);
	struct vsext_rule *rule, *best = NULL;
	/* Pairs with new_generation(). */
	u8 gen = smp_load_acquire(&table.gen);
	unsigned int i;

	if (!a)
		return NULL;
	for (i = 0; i < a->n; i++) {
		const struct vsext_mask *m = a->mask[i];

		if (best && READ_ONCE(m->priority) <= best->priority)
			break;
		rule = find(m, key, gen);
		if (rule && (!best || rule->priority > best->priority))
			best = rule;
	}
	return best;
}

unsigned int vsext_table_need(void)
{
	const struct mask_array *a = rcu_dereference(table.masks);

	return a ? a->need : 0;
}

u32 vsext_table_emptied(void)
{
	return READ_ONCE(table.emptied);
}

/* --- buckets --- */

static struct buckets *buckets_alloc(u32 size, unsigned int link)
{
	struct buckets *b;

	b = kvzalloc(struct_size(b, head, size), GFP_KERNEL_ACCOUNT);
	if (b) {
		b->size = size;
		b->link = link;
	}
	return b;
}

static void insert(struct vsext_mask *m, struct buckets *b,
		   struct vsext_rule *rule)
{
	struct hlist_head *head = &b->head[hash(m, &rule->key) & (b->size - 1)];
	struct hlist_node *node, *last = NULL;
	struct hlist_node *new = &rule->node[b->link];

	hlist_for_each(node, head) {
		if (container_of(node, struct vsext_rule,
				 node[b->link])->priority <= rule->priority)
			break;
		last = node;
	}
	if (last)
		hlist_add_behind_rcu(new, last);
	else
		hlist_add_head_rcu(new, head);
}

/* Without memory the old buckets serve on, only slower. */
static void grow(struct vsext_mask *m)
{
	struct buckets *old = writer_dereference(m->buckets), *new;
	struct hlist_node *node;
	u32 i;

	if (m->rules <= old->size)
		return;
	new = buckets_alloc(old->size * 2, !old->link);
	if (!new)
		return;
	for (i = 0; i < old->size; i++)
		hlist_for_each(node, &old->head[i])
			insert(m, new, container_of(node, struct vsext_rule,
						    node[old->link]));
	rcu_assign_pointer(m->buckets, new);
	synchronize_rcu();	/* the old links are free for the next growth */
	kvfree(old);
}

/* --- masks --- */

static unsigned int mask_need(const struct vsext_key *mask)
{
	static const struct vsext_hdrs none;
	unsigned int need = VSEXT_NEED_OUTER;

	if (mask->tun_type || mask->tun_id ||
	    memcmp(&mask->inner, &none, sizeof(none)))
		need |= VSEXT_NEED_INNER;
	if (mask->vm_id || mask->vm_prio)
		need |= VSEXT_NEED_FCF;
	return need;
}

static int by_priority(const void *a, const void *b)
{
	const struct vsext_mask *const *x = a, *const *y = b;

	return (int)(*y)->priority - (int)(*x)->priority;
}

/* Publishes the masks without @drop and with @add; -ENOMEM changes nothing. */
static int publish(struct vsext_mask *add, const struct vsext_mask *drop)
{
	struct mask_array *old = writer_dereference(table.masks), *new = NULL;
	unsigned int i, n = old ? old->n : 0;

	if (n + !!add - !!drop) {
		new = kzalloc(struct_size(new, mask, n + 1), GFP_KERNEL_ACCOUNT);
		if (!new)
			return -ENOMEM;
		for (i = 0; i < n; i++)
			if (old->mask[i] != drop)
				new->mask[new->n++] = old->mask[i];
		if (add)
			new->mask[new->n++] = add;
		for (i = 0; i < new->n; i++)
			new->need |= new->mask[i]->need;
		sort(new->mask, new->n, sizeof(new->mask[0]), by_priority, NULL);
	}
	if (!new)
		WRITE_ONCE(table.emptied, (u32)jiffies);
	rcu_assign_pointer(table.masks, new);
	table.masks_seen = get_state_synchronize_rcu();
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

static struct vsext_mask *mask_find(const struct vsext_key *mask)
{
	const struct mask_array *a = writer_dereference(table.masks);
	unsigned int i;

	for (i = 0; a && i < a->n; i++)
		if (!memcmp(&a->mask[i]->mask, mask, sizeof(*mask)))
			return a->mask[i];
	return NULL;
}

static void mask_free(struct vsext_mask *m)
{
	kvfree(writer_dereference(m->buckets));
	kfree(m);
}

static void mask_free_rcu(struct rcu_head *rcu)
{
	mask_free(container_of(rcu, struct vsext_mask, rcu));
}

static struct vsext_mask *mask_alloc(const struct vsext_key *mask)
{
	struct vsext_mask *m;
	unsigned int i;

	m = kzalloc(sizeof(*m), GFP_KERNEL_ACCOUNT);
	if (!m)
		return NULL;
	RCU_INIT_POINTER(m->buckets, buckets_alloc(BUCKETS_MIN, 0));
	if (!writer_dereference(m->buckets)) {
		kfree(m);
		return NULL;
	}
	m->mask = *mask;
	m->need = mask_need(mask);
	m->first = VSEXT_KEY_WORDS - 1;
	for (i = 0; i < VSEXT_KEY_WORDS; i++) {
		if (!words(mask)[i])
			continue;
		m->first = min_t(u8, m->first, i);
		m->last = i;
	}
	m->first = min(m->first, m->last);
	return m;
}

static unsigned int masks_in_use(void)
{
	const struct mask_array *a = writer_dereference(table.masks);
	unsigned int i, used = 0;

	for (i = 0; a && i < a->n; i++)
		used += !!a->mask[i]->next;
	return used;
}

/* The mask for a rule of @priority, made where there is none. */
static int mask_get(const struct vsext_key *mask, u16 priority,
		    struct vsext_mask **ret)
{
	struct vsext_mask *m = mask_find(mask);
	u16 was;
	int err;

	*ret = m;
	if ((!m || !m->next) && masks_in_use() >= VSEXT_MAX_MASKS)
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
	m = mask_alloc(mask);
	if (!m)
		return -ENOMEM;
	m->priority = priority;
	err = publish(m, NULL);
	if (err)
		mask_free(m);
	*ret = m;
	return err;
}

/* An empty mask that cannot be taken out for want of memory only costs time. */
static void mask_put(struct vsext_mask *m)
{
	if (!m->rules && !publish(NULL, m))
		call_rcu(&m->rcu, mask_free_rcu);
}

/* --- rules --- */

static void rule_free_rcu(struct rcu_head *rcu)
{
	vsext_rule_free(container_of(rcu, struct vsext_rule, rcu));
}

void vsext_rule_match(const struct vsext_rule *rule, struct vsext_flow_match *match)
{
	match->key = rule->key;
	match->mask = rule->mask->mask;
}

bool vsext_rule_within(const struct vsext_rule *rule,
		       const struct vsext_flow_match *match)
{
	const u64 *mask = words(&match->mask);
	unsigned int i;

	for (i = 0; i < VSEXT_KEY_WORDS; i++)
		if ((words(&rule->mask->mask)[i] & mask[i]) != mask[i] ||
		    (words(&rule->key)[i] & mask[i]) !=
		    (words(&match->key)[i] & mask[i]))
			return false;
	return true;
}

bool vsext_rule_is(const struct vsext_rule *rule,
		   const struct vsext_flow_match *match)
{
	return !memcmp(&rule->mask->mask, &match->mask, sizeof(match->mask)) &&
	       !memcmp(&rule->key, &match->key, sizeof(match->key));
}

/* --- changes --- */

static void unlink(struct vsext_rule *rule)
{
	struct vsext_mask *m = rule->mask;

	hlist_del_rcu(&rule->node[writer_dereference(m->buckets)->link]);
	list_del(&rule->list);
	m->rules--;
	mask_put(m);
	call_rcu(&rule->rcu, rule_free_rcu);
}

static struct vsext_rule *find_same(const struct vsext_mask *m,
				    const struct vsext_rule *like)
{
	const struct buckets *b = writer_dereference(m->buckets);
	struct hlist_node *node;

	hlist_for_each(node, &b->head[hash(m, &like->key) & (b->size - 1)]) {
		struct vsext_rule *rule;

		rule = container_of(node, struct vsext_rule, node[b->link]);
		if (rule->priority == like->priority &&
		    sees(rule, !table.gen) && equal(m, rule, &like->key))
			return rule;
	}
	return NULL;
}

int vsext_table_add(struct vsext_rule *rule, const struct vsext_key *mask,
		    bool replace)
{
	struct vsext_rule *same;
	struct vsext_mask *m;
	int err;

	err = mask_get(mask, rule->priority, &m);
	if (err)
		return err;
	same = find_same(m, rule);
	if (same && !replace)
		return -EEXIST;
	if (!same && table.count >= VSEXT_MAX_RULES) {
		mask_put(m);
		return -ENOSPC;
	}
	rule->mask = m;
	rule->id = ++table.last_id;
	rule->inactive = BIT(table.gen);
	m->rules++;
	m->next++;
	table.count++;
	grow(m);
	insert(m, writer_dereference(m->buckets), rule);
	list_add_tail(&rule->list, &table.rules);
	list_add_tail(&rule->change, &table.changes);
	if (same)
		vsext_table_del(same);
	return 0;
}

void vsext_table_del(struct vsext_rule *rule)
{
	WRITE_ONCE(rule->inactive, rule->inactive | BIT(!table.gen));
	rule->mask->next--;
	table.count--;
	if (list_empty(&rule->change))
		list_add_tail(&rule->change, &table.changes);
}

/*
 * One change alone is atomic: it takes effect when its rule is let in or taken
 * out. Several need a new generation. Readers that will see it must know all
 * of its masks, and how deep these need a packet to be parsed; readers that
 * still see the old one must see all of that.
 */
static void new_generation(void)
{
	cond_synchronize_rcu(table.masks_seen);
	/* Rules are complete before readers are told to look at them. */
	smp_store_release(&table.gen, !table.gen);
	synchronize_rcu();
}

void vsext_table_commit(void)
{
	struct vsext_rule *rule, *next;
	u8 gen = !table.gen;

	if (list_empty(&table.changes))
		return;
	table.seq++;
	if (!list_is_singular(&table.changes))
		new_generation();
	list_for_each_entry_safe(rule, next, &table.changes, change) {
		list_del_init(&rule->change);
		if (sees(rule, gen))
			WRITE_ONCE(rule->inactive, 0);
		else
			unlink(rule);
	}
}

void vsext_table_abort(void)
{
	struct vsext_rule *rule, *next;

	list_for_each_entry_safe(rule, next, &table.changes, change) {
		if (sees(rule, !table.gen))
			vsext_table_del(rule);
		list_del_init(&rule->change);
		if (sees(rule, table.gen)) {
			WRITE_ONCE(rule->inactive, 0);
			rule->mask->next++;
			table.count++;
		} else {
			unlink(rule);
		}
	}
}

static struct vsext_rule *next_seen(struct vsext_rule *after, u8 gen)
{
	struct list_head *pos = after ? &after->list : &table.rules;

	for (pos = pos->next; pos != &table.rules; pos = pos->next) {
		struct vsext_rule *rule;

		rule = list_entry(pos, struct vsext_rule, list);
		if (sees(rule, gen))
			return rule;
	}
	return NULL;
}

struct vsext_rule *vsext_table_next(struct vsext_rule *after)
{
	return next_seen(after, !table.gen);
}

struct vsext_rule *vsext_table_next_active(struct vsext_rule *after)
{
	return next_seen(after, table.gen);
}

unsigned int vsext_table_seq(void)
{
	return table.seq;
}

unsigned int vsext_table_count(void)
{
	return table.count;
}

void vsext_table_init(void)
{
	INIT_LIST_HEAD(&table.rules);
	INIT_LIST_HEAD(&table.changes);
	get_random_bytes(&table.seed, sizeof(table.seed));
	table.emptied = (u32)jiffies;
}

/* Those that mask_put() could not take out. */
static void free_empty_masks(void)
{
	struct mask_array *a = writer_dereference(table.masks);
	unsigned int i;

	for (i = 0; a && i < a->n; i++)
		mask_free(a->mask[i]);
	kfree(a);
	RCU_INIT_POINTER(table.masks, NULL);
}

void vsext_table_exit(void)
{
	struct vsext_rule *rule, *next;

	vsext_table_abort();
	list_for_each_entry_safe(rule, next, &table.rules, list)
		unlink(rule);
	rcu_barrier();
	free_empty_masks();
}
