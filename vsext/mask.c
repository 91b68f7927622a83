// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hash table of buckets that are a cache line each: a tag of eight bits and a
 * pointer for seven matches. What does not fit goes into the next bucket that has
 * room, and each bucket that it passes counts it, so that a search knows where
 * to stop. Matches never move within a table; a table that fills up is replaced
 * by a larger one, while readers finish in the old one.
 *
 * Rules of one match are a list, the highest priority first: a search ends at the
 * first one that it may see.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/prefetch.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "mask.h"
#include "writer.h"

#define SLOTS		7
#define TAGS(tag)	((tag) * 0x01010101010101ull)
#define TAG_TOPS	TAGS(0x80ull)
#define PASSED		BIT_ULL(56)	/* in the byte behind the tags */
#define PASSED_MAX	255
#define BUCKETS_MIN	2u

/* @tags: byte n: of @rule[n], or 0; byte 7: how many passed by. */
struct bucket {
	u64 tags;
	struct vsext_rule __rcu *rule[SLOTS];
};

struct vsext_buckets {
	struct bucket *bucket;
	u32 n;
	struct rcu_head rcu;
};

/* --- within a table --- */

static u64 hash_of(const struct vsext_mask *m, const struct vsext_rule *rule)
{
	return vsext_words_hash_packed(&m->words, rule->word);
}

/* A hash's bucket: they stand in the order of the hashes. */
static u32 home_of(const struct vsext_buckets *b, u64 hash)
{
	return (hash >> 32) * b->n >> 32;
}

static u64 tag_of(u64 hash)
{
	return (hash & 0xff) ?: 1;
}

static unsigned int passed(u64 tags)
{
	return tags >> 56;
}

/*
 * The top bits of the slots with this tag. Slots above one of them may be among
 * them by mistake; the key tells.
 */
static u64 slots_with(u64 tags, u64 tag)
{
	u64 x = tags ^ TAGS(tag);

	return (x - TAGS(1ull)) & ~x & TAG_TOPS;
}

static unsigned int slot_of(u64 tops)
{
	return __ffs64(tops) / 8;
}

static u32 next_bucket(const struct vsext_buckets *b, u32 i)
{
	return i + 1 < b->n ? i + 1 : 0;
}

static struct vsext_rule *rule_in(const struct bucket *bucket, unsigned int slot)
{
	return writer_dereference(bucket->rule[slot]);
}

static struct vsext_rule *lower(const struct vsext_rule *rule)
{
	return writer_dereference(rule->lower);
}

/* Where the first rule with these words stands, or NULL. */
static struct vsext_rule __rcu **first_with(const struct vsext_mask *m,
					    const u64 *packed)
{
	const struct vsext_buckets *b = writer_dereference(m->buckets);
	u64 hash = vsext_words_hash_packed(&m->words, packed), hits;
	u32 i = home_of(b, hash), left;

	for (left = b->n; left; left--, i = next_bucket(b, i)) {
		struct bucket *bucket = &b->bucket[i];

		for (hits = slots_with(bucket->tags, tag_of(hash)); hits;
		     hits &= hits - 1) {
			struct vsext_rule *rule = rule_in(bucket, slot_of(hits));

			if (rule &&
			    !memcmp(rule->word, packed, m->words.n * sizeof(u64)))
				return &bucket->rule[slot_of(hits)];
		}
		if (!passed(bucket->tags))
			break;
	}
	return NULL;
}

static void put(struct vsext_buckets *b, struct vsext_rule *rule, u64 hash)
{
	u32 i = home_of(b, hash);
	struct bucket *bucket;
	u64 free;

	for (;; i = next_bucket(b, i)) {
		bucket = &b->bucket[i];
		free = slots_with(bucket->tags, 0);
		if (free)
			break;
		/* At the maximum it stays: searches go further than they must. */
		if (passed(bucket->tags) < PASSED_MAX)
			WRITE_ONCE(bucket->tags, bucket->tags + PASSED);
	}
	rcu_assign_pointer(bucket->rule[slot_of(free)], rule);
	/* Who finds the tag finds the rule. */
	smp_store_release(&bucket->tags,
			  bucket->tags | tag_of(hash) << slot_of(free) * 8);
}

static void take(struct vsext_buckets *b, struct vsext_rule *rule, u64 hash)
{
	u32 i = home_of(b, hash);
	struct bucket *bucket;
	unsigned int slot;

	for (;; i = next_bucket(b, i)) {
		bucket = &b->bucket[i];
		for (slot = 0; slot < SLOTS; slot++)
			if (rule_in(bucket, slot) == rule)
				break;
		if (slot < SLOTS)
			break;
		if (passed(bucket->tags) < PASSED_MAX)
			WRITE_ONCE(bucket->tags, bucket->tags - PASSED);
	}
	WRITE_ONCE(bucket->tags, bucket->tags & ~(0xffull << slot * 8));
	RCU_INIT_POINTER(bucket->rule[slot], NULL);
}

/* --- readers --- */

void vsext_mask_probe(const struct vsext_mask *m, const struct vsext_key *key,
		      struct vsext_probe *probe)
{
	probe->buckets = rcu_dereference(m->buckets);
	probe->hash = vsext_words_hash(&m->words, key);
	prefetch(&probe->buckets->bucket[home_of(probe->buckets, probe->hash)]);
}

bool vsext_mask_peek(const struct vsext_probe *probe)
{
	const struct vsext_buckets *b = probe->buckets;
	const struct bucket *bucket = &b->bucket[home_of(b, probe->hash)];
	u64 tags = READ_ONCE(bucket->tags);
	u64 hits = slots_with(tags, tag_of(probe->hash));
	struct vsext_rule *rule;

	if (hits) {
		rule = rcu_dereference(bucket->rule[slot_of(hits)]);
		if (rule)
			vsext_rule_prefetch(rule);
	}
	return hits || passed(tags);
}

struct vsext_rule *vsext_mask_find(const struct vsext_mask *m,
				   const struct vsext_key *key,
				   const struct vsext_probe *probe, u8 gen)
{
	const struct vsext_buckets *b = probe->buckets;
	u32 i = home_of(b, probe->hash), left;

	/* Without the bound, tables whose counts are at the maximum have no end. */
	for (left = b->n; left; left--, i = next_bucket(b, i)) {
		const struct bucket *bucket = &b->bucket[i];
		u64 tags = READ_ONCE(bucket->tags), hits;

		for (hits = slots_with(tags, tag_of(probe->hash)); hits;
		     hits &= hits - 1) {
			struct vsext_rule *rule;

			rule = rcu_dereference(bucket->rule[slot_of(hits)]);
			if (!rule ||
			    !vsext_words_match(&m->words, rule->word, key))
				continue;
			while (rule && !vsext_rule_seen(rule, gen))
				rule = rcu_dereference(rule->lower);
			return rule;
		}
		if (!passed(tags))
			break;
	}
	return NULL;
}

struct vsext_rule *vsext_mask_each(const struct vsext_mask *m, u64 *at)
{
	const struct vsext_buckets *b = writer_dereference(m->buckets);
	struct vsext_rule *rule = NULL;

	for (; !rule && *at < (u64)b->n * SLOTS; ++*at)
		rule = rule_in(&b->bucket[*at / SLOTS], *at % SLOTS);
	return rule;
}

/* --- size --- */

static void buckets_free(struct vsext_buckets *b)
{
	kvfree(b->bucket);
	kfree(b);
}

static void buckets_free_rcu(struct rcu_head *rcu)
{
	buckets_free(container_of(rcu, struct vsext_buckets, rcu));
}

static struct vsext_buckets *buckets_alloc(u32 n, gfp_t gfp)
{
	struct vsext_buckets *b = kmalloc(sizeof(*b), gfp);

	if (!b)
		return NULL;
	b->n = n;
	b->bucket = kvcalloc(n, sizeof(struct bucket), gfp);
	if (b->bucket)
		return b;
	kfree(b);
	return NULL;
}

static int resize(struct vsext_mask *m, u32 n, gfp_t gfp)
{
	struct vsext_buckets *old = writer_dereference(m->buckets);
	struct vsext_buckets *new = buckets_alloc(n, gfp);
	struct vsext_rule *rule;
	u64 at = 0;

	if (!new)
		return -ENOMEM;
	while ((rule = vsext_mask_each(m, &at))) {
		cond_resched();
		put(new, rule, hash_of(m, rule));
	}
	rcu_assign_pointer(m->buckets, new);
	call_rcu(&old->rcu, buckets_free_rcu);
	return 0;
}

/* --- writer --- */

int vsext_mask_insert(struct vsext_mask *m, struct vsext_rule *rule)
{
	struct vsext_buckets *b = writer_dereference(m->buckets);
	struct vsext_rule __rcu **at = first_with(m, rule->word);
	struct vsext_rule *other;
	int err;

	if (at) {
		while ((other = writer_dereference(*at)) &&
		       other->priority > rule->priority)
			at = &other->lower;
		RCU_INIT_POINTER(rule->lower, other);
		rcu_assign_pointer(*at, rule);
		return 0;
	}
	/*
	 * Beyond nine matches to two buckets searches become long. Growing by a
	 * quarter moves each rule four times, but half of a million rules' table
	 * is never empty.
	 */
	if ((u64)(m->matches + 1) * 2 > (u64)b->n * 9) {
		err = resize(m, b->n + max(b->n / 4, BUCKETS_MIN),
			     GFP_KERNEL_ACCOUNT);
		if (err)
			return err;
	}
	put(writer_dereference(m->buckets), rule, hash_of(m, rule));
	m->matches++;
	return 0;
}

void vsext_mask_remove(struct vsext_mask *m, struct vsext_rule *rule)
{
	struct vsext_buckets *b = writer_dereference(m->buckets);
	struct vsext_rule __rcu **at = first_with(m, rule->word);

	if (writer_dereference(*at) != rule || lower(rule)) {
		while (writer_dereference(*at) != rule)
			at = &writer_dereference(*at)->lower;
		rcu_assign_pointer(*at, lower(rule));
		return;
	}
	take(b, rule, hash_of(m, rule));
	m->matches--;
	/* Without memory a table that is too large serves as well. */
	if (m->matches && m->matches < b->n && b->n > BUCKETS_MIN)
		resize(m, max(b->n / 2, BUCKETS_MIN),
		       GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN);
}

struct vsext_rule *vsext_mask_get(const struct vsext_mask *m, const u64 *packed,
				  u16 priority, u8 gen)
{
	struct vsext_rule __rcu **at = first_with(m, packed);
	struct vsext_rule *rule;

	for (rule = at ? writer_dereference(*at) : NULL; rule; rule = lower(rule))
		if (rule->priority == priority && vsext_rule_seen(rule, gen))
			break;
	return rule;
}

unsigned int vsext_mask_priorities(const struct vsext_mask *m, const u64 *packed,
				   u8 gen)
{
	struct vsext_rule __rcu **at = first_with(m, packed);
	const struct vsext_rule *rule;
	unsigned int n = 0;

	for (rule = at ? writer_dereference(*at) : NULL; rule; rule = lower(rule))
		n += vsext_rule_seen(rule, gen);
	return n;
}

static bool is_behind(const struct vsext_rule_pos *pos, u64 hash,
		      const struct vsext_rule *rule)
{
	return hash != pos->hash ? hash > pos->hash : rule > pos->rule;
}

/* The first rule behind @pos of those whose bucket is @home. */
static struct vsext_rule *first_of(const struct vsext_mask *m, u32 home, u8 gen,
				   const struct vsext_rule_pos *pos,
				   struct vsext_rule_pos *first)
{
	const struct vsext_buckets *b = writer_dereference(m->buckets);
	struct vsext_rule *rule, *found = NULL;
	u32 i = home, left;
	unsigned int slot;

	for (left = b->n; left; left--, i = next_bucket(b, i)) {
		for (slot = 0; slot < SLOTS; slot++) {
			u64 hash;

			rule = rule_in(&b->bucket[i], slot);
			if (!rule)
				continue;
			hash = hash_of(m, rule);
			if (home_of(b, hash) != home)
				continue;
			for (; rule; rule = lower(rule)) {
				if (!vsext_rule_seen(rule, gen) ||
				    !is_behind(pos, hash, rule) ||
				    (found && is_behind(first, hash, rule)))
					continue;
				found = rule;
				first->hash = hash;
				first->rule = rule;
			}
		}
		if (!passed(b->bucket[i].tags))
			break;
	}
	return found;
}

struct vsext_rule *vsext_mask_next(const struct vsext_mask *m, u8 gen, u64 last,
				   struct vsext_rule_pos *pos)
{
	const struct vsext_buckets *b = writer_dereference(m->buckets);
	struct vsext_rule_pos first = *pos;
	struct vsext_rule *rule;
	u32 home;

	for (home = home_of(b, pos->hash); home <= home_of(b, last); home++) {
		cond_resched();
		rule = first_of(m, home, gen, pos, &first);
		if (rule) {
			*pos = first;
			return rule;
		}
	}
	return NULL;
}

bool vsext_mask_may_hold(const struct vsext_mask *m,
			 const struct vsext_flow_match *match)
{
	const u64 *wanted = (const u64 *)&match->mask;
	struct vsext_key mask;
	unsigned int i;

	vsext_words_unpack(&m->words, m->words.bits, &mask);
	for (i = 0; i < VSEXT_KEY_WORDS; i++)
		if (wanted[i] & ~((const u64 *)&mask)[i])
			return false;
	return true;
}

static bool is_within(const struct vsext_rule *rule,
		      const struct vsext_flow_match *match)
{
	const u64 *wanted = (const u64 *)&match->mask;
	const u64 *key = (const u64 *)&match->key;
	const struct vsext_words *w = &rule->mask->words;
	unsigned int i;

	for (i = 0; i < w->n; i++)
		if ((rule->word[i] & wanted[w->at[i]]) != key[w->at[i]])
			return false;
	return true;
}

struct vsext_rule *vsext_mask_next_within(const struct vsext_mask *m,
					  const struct vsext_flow_match *match,
					  u8 gen, struct vsext_rule_pos *pos)
{
	u64 packed[VSEXT_KEY_WORDS], last = U64_MAX;
	struct vsext_rule *rule;
	struct vsext_words w;

	if (match) {
		vsext_words_of(&w, &match->mask);
		if (vsext_words_same(&w, &m->words)) {
			vsext_words_pack(&w, &match->key, packed);
			last = vsext_words_hash_packed(&w, packed);
			if (pos->hash < last)
				*pos = (struct vsext_rule_pos){
					.mask = m->id, .hash = last,
				};
		}
	}
	do {
		rule = vsext_mask_next(m, gen, last, pos);
	} while (rule && match && !is_within(rule, match));
	return rule;
}

static bool overlaps(const struct vsext_rule *rule,
		     const struct vsext_flow_match *match)
{
	const struct vsext_words *w = &rule->mask->words;
	const u64 *mask = (const u64 *)&match->mask;
	const u64 *key = (const u64 *)&match->key;
	unsigned int i;

	for (i = 0; i < w->n; i++)
		if ((rule->word[i] ^ key[w->at[i]]) & mask[w->at[i]] & w->bits[i])
			return false;
	return true;
}

bool vsext_mask_overlaps(const struct vsext_mask *m,
			 const struct vsext_flow_match *match, u16 priority,
			 u8 gen)
{
	struct vsext_rule_pos pos = {};
	struct vsext_rule *rule;

	if (m->priority < priority)
		return false;
	while ((rule = vsext_mask_next(m, gen, U64_MAX, &pos))) {
		cond_resched();
		if (rule->priority == priority && overlaps(rule, match))
			return true;
	}
	return false;
}

/* --- masks --- */

static u8 need_of(const struct vsext_key *mask)
{
	static const struct vsext_hdrs none;
	u8 need = VSEXT_NEED_OUTER;

	if (mask->tun_type || mask->tun_id ||
	    memcmp(&mask->inner, &none, sizeof(none)))
		need |= VSEXT_NEED_INNER;
	if (mask->vm_id || mask->vm_prio)
		need |= VSEXT_NEED_FCF;
	return need;
}

struct vsext_mask *vsext_mask_alloc(const struct vsext_key *key)
{
	struct vsext_mask *m = kzalloc(sizeof(*m), GFP_KERNEL_ACCOUNT);

	BUILD_BUG_ON(sizeof(struct bucket) != 64);
	if (!m)
		return NULL;
	RCU_INIT_POINTER(m->buckets, buckets_alloc(BUCKETS_MIN, GFP_KERNEL_ACCOUNT));
	if (!writer_dereference(m->buckets)) {
		kfree(m);
		return NULL;
	}
	vsext_words_of(&m->words, key);
	m->need = need_of(key);
	return m;
}

void vsext_mask_free(struct vsext_mask *m)
{
	/* Nobody has it any more. */
	buckets_free(rcu_dereference_protected(m->buckets, true));
	kfree(m);
}

size_t vsext_mask_table_bytes(const struct vsext_mask *m)
{
	const struct vsext_buckets *b = writer_dereference(m->buckets);

	return sizeof(*b) + (size_t)b->n * sizeof(struct bucket);
}

static void mask_free_rcu(struct rcu_head *rcu)
{
	vsext_mask_free(container_of(rcu, struct vsext_mask, rcu));
}

void vsext_mask_free_rcu(struct vsext_mask *m)
{
	call_rcu(&m->rcu, mask_free_rcu);
}
