// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Bloom filter for each mask, of the values that the shared bits have in its
 * rules; bit n of every cell belongs to mask n, so that a packet asks all of them
 * at once. All cells of a value are in one cache line (Putze et al., "Cache-, Hash-
 * and Space-Efficient Bloom Filters", 2007). Rules that go leave their bits behind
 * until a new filter is made.
 *
 * Masks that lack some of the shared bits are outside: always searched. The more
 * masks inside, the fewer bits are shared and the less a value tells; what is best
 * is found by trying, on a sample of the rules.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/prefetch.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "filter.h"
#include "flowtable.h"
#include "masks.h"

#define LINE		8	/* words */
#define LINE_BITS	(LINE * 64)
#define PROBES		3	/* cells of a value */
/* Rules a line, at most: the hash tables of equal masks grow at other numbers. */
#define LOAD		23
#define SHIFT_MAX	63	/* two lines */
#define WIDTH_MIN	8

#define SAMPLE		1024	/* rules, but at least one a mask */
#define SAMPLE_MAX	1536
#define VALUES_MIN	64
#define VALUES_MAX	(4 * SAMPLE)
#define STARTS		3
#define UNIT		1024	/* a mask to be searched */

/*
 * All masks can be searched as well. Before 7.x the page tables of vmalloc() heed
 * neither this nor RETRY_MAYFAIL, which would strain for adjacent pages besides.
 */
#define GFP_OPTIONAL	(GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN)

static u64 bit_of(const struct vsext_filter *f, const struct vsext_mask *m)
{
	return BIT_ULL(vsext_filter_column(f, m));
}

static bool is_outside(const struct vsext_filter *f, const struct vsext_mask *m)
{
	return vsext_filter_column(f, m) == VSEXT_FILTER_OUTSIDE;
}

static u64 hash_of(const struct vsext_words *words, const struct vsext_rule *rule)
{
	struct vsext_key key;

	vsext_words_unpack(&rule->mask->words, rule->word, &key);
	return vsext_words_hash(words, &key);
}

static size_t lines(const struct vsext_filter *f)
{
	return (size_t)1 << (64 - f->shift);
}

static u64 *line_of(const struct vsext_filter *f, u64 hash)
{
	return &f->line[(hash >> f->shift) * LINE];
}

/* Where in its line a value has its cell: the number of a bit. */
static unsigned int cell_of(const struct vsext_filter *f, u64 hash, unsigned int probe)
{
	return (hash >> probe * 6) * f->width % LINE_BITS;
}

static u64 columns_of(const struct vsext_filter *f, u64 hash)
{
	const u64 *line = line_of(f, hash);
	u64 columns = U64_MAX >> (64 - f->width);
	unsigned int i;

	for (i = 0; i < PROBES; i++) {
		unsigned int at = cell_of(f, hash, i);

		columns &= READ_ONCE(line[at / 64]) >> at % 64;
	}
	return columns;
}

/* --- readers --- */

void vsext_filter_ask(const struct vsext_filter *f,
		      const struct vsext_key *const *key, u32 open,
		      u32 packets[VSEXT_FILTER_OUTSIDE + 1])
{
	u64 hash[VSEXT_LOOKUP_BATCH] __uninitialized, columns;
	u32 left;

	for (left = open; left; left &= left - 1) {
		hash[__ffs(left)] = vsext_words_hash(&f->words, key[__ffs(left)]);
		prefetch(line_of(f, hash[__ffs(left)]));
	}
	memset(packets, 0, f->width * sizeof(*packets));
	packets[VSEXT_FILTER_OUTSIDE] = U32_MAX;
	for (left = open; left; left &= left - 1)
		for (columns = columns_of(f, hash[__ffs(left)]); columns;
		     columns &= columns - 1)
			packets[__ffs64(columns)] |= left & -left;
}

/* --- which bits --- */

/* A value of the shared bits, in the sample. */
struct value {
	u64 hash;
	u64 masks;
	u32 rules;
};

/* @scale: how many rules one of the sample stands for */
struct survey {
	u64 scale;
	unsigned int rules;
	unsigned int values;
	unsigned int n;
	const struct vsext_rule *rule[SAMPLE_MAX];	/* mask by mask */
	struct value value[VALUES_MAX];
	struct vsext_mask *mask[];	/* those with the most rules first */
};

static int by_matches(const void *a, const void *b)
{
	const struct vsext_mask *const *x = a, *const *y = b;

	return ((*x)->matches < (*y)->matches) - ((*x)->matches > (*y)->matches);
}

static struct survey *survey_make(struct vsext_mask *const *mask, unsigned int n)
{
	struct survey *s = kvzalloc(struct_size(s, mask, n), GFP_OPTIONAL);
	unsigned int i;
	u64 all = 0;

	if (!s)
		return NULL;
	s->n = n;
	memcpy(s->mask, mask, n * sizeof(*mask));
	sort(s->mask, n, sizeof(*mask), by_matches, NULL);
	for (i = 0; i < n; i++)
		all += mask[i]->matches;
	for (i = 0; i < n; i++) {
		u64 left = DIV_ROUND_UP((u64)s->mask[i]->matches * SAMPLE,
					max_t(u64, all, SAMPLE));
		const struct vsext_rule *rule;
		u64 at = 0;

		/* By their hashes: at random. */
		while (left-- && s->rules < SAMPLE_MAX &&
		       (rule = vsext_mask_each(s->mask[i], &at)))
			s->rule[s->rules++] = rule;
	}
	s->scale = DIV_ROUND_UP(all, max(s->rules, 1u));
	for (s->values = VALUES_MIN; s->values < 2 * s->rules; s->values *= 2)
		;
	return s;
}

static struct value *value_of(struct survey *s, u64 hash)
{
	unsigned int i = hash % s->values;

	while (s->value[i].rules && s->value[i].hash != hash)
		i = (i + 1) % s->values;
	s->value[i].hash = hash;
	return &s->value[i];
}

/*
 * How many masks the packet of a rule would have to be looked for in, on average,
 * if these bits were shared.
 */
static u64 cost_of(struct survey *s, const struct vsext_words *shared)
{
	unsigned int i, inside = 0, rules = 0;
	const struct vsext_mask *last = NULL;
	bool holds = false;
	u64 sum = 0;

	cond_resched();
	memset(s->value, 0, s->values * sizeof(*s->value));
	for (i = 0; i < s->n; i++)
		inside += vsext_words_hold(&s->mask[i]->words, shared);
	for (i = 0; i < s->rules; i++) {
		const struct vsext_rule *rule = s->rule[i];
		struct value *value;

		if (rule->mask != last)
			holds = vsext_words_hold(&rule->mask->words, shared);
		last = rule->mask;
		if (!holds)
			continue;
		value = value_of(s, hash_of(shared, rule));
		value->masks |= BIT_ULL(vsext_filter_number(last));
		value->rules++;
		rules++;
	}
	for (i = 0; i < s->values; i++) {
		u64 others = hweight64(s->value[i].masks) - 1;

		if (s->value[i].rules)
			sum += s->value[i].rules *
			       min_t(u64, inside, 1 + others * s->scale);
	}
	return (s->n - inside) * UNIT + (rules ? sum * UNIT / rules : 0);
}

/* Leaves of them what is best for the masks that they start with. */
static u64 share(struct survey *s, struct vsext_words *shared)
{
	u64 least = cost_of(s, shared), cost;
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		struct vsext_words fewer = *shared;

		vsext_words_intersect(&fewer, &s->mask[i]->words);
		if (!fewer.n || vsext_words_same(&fewer, shared))
			continue;
		cost = cost_of(s, &fewer);
		if (cost >= least)
			continue;
		least = cost;
		*shared = fewer;
	}
	return least;
}

static bool pays(u64 cost, unsigned int masks)
{
	return masks > VSEXT_MASKS_UNCACHED && cost * 2 <= (u64)masks * UNIT;
}

/* A mask that has little in common with the others may come first. */
static bool find_shared(struct survey *s, struct vsext_words *shared)
{
	unsigned int i;

	for (i = 0; i < s->n && i < STARTS; i++) {
		*shared = s->mask[i]->words;
		if (pays(share(s, shared), s->n))
			return true;
	}
	return false;
}

/* --- writer --- */

static void put(struct vsext_filter *f, const struct vsext_rule *rule)
{
	u64 hash = hash_of(&f->words, rule), *line = line_of(f, hash);
	bool is_new = false;
	unsigned int i;

	for (i = 0; i < PROBES; i++) {
		unsigned int at = cell_of(f, hash, i);
		u64 bit = bit_of(f, rule->mask) << at % 64;

		if (line[at / 64] & bit)
			continue;
		WRITE_ONCE(line[at / 64], line[at / 64] | bit);
		is_new = true;
	}
	f->values += is_new;
}

static size_t room(const struct vsext_filter *f)
{
	return lines(f) * LOAD;
}

static bool holds(const struct vsext_filter *f, const struct vsext_mask *m)
{
	return vsext_words_hold(&m->words, &f->words);
}

static struct vsext_filter *filter_alloc(const struct survey *s,
					 const struct vsext_words *shared)
{
	struct vsext_filter *f = kzalloc(sizeof(*f), GFP_OPTIONAL);
	unsigned int i, masks = 0;
	u64 rules = 0;

	if (!f)
		return NULL;
	f->words = *shared;
	for (i = 0; i < s->n; i++) {
		if (!holds(f, s->mask[i]))
			continue;
		rules += s->mask[i]->matches;
		masks++;
	}
	for (f->width = WIDTH_MIN; f->width < masks && f->width < 64; f->width *= 2)
		;
	for (f->shift = SHIFT_MAX; rules > room(f); f->shift--)
		;
	for (i = 0; i < VSEXT_FILTER_MASKS; i++)
		f->column[i] = i % f->width;
	masks = 0;
	for (i = 0; i < s->n; i++)
		if (holds(f, s->mask[i]))
			f->column[vsext_filter_number(s->mask[i])] = masks++ % f->width;
	for (i = 0; i < s->n; i++)
		vsext_filter_add_mask(f, s->mask[i]);
	/* A power of two, so each line is a cache line. */
	f->line = kvcalloc(lines(f), LINE_BITS / 8, GFP_OPTIONAL);
	if (f->line)
		return f;
	kfree(f);
	return NULL;
}

static struct vsext_filter *filter_of(const struct survey *s,
				      const struct vsext_words *shared)
{
	struct vsext_filter *f = filter_alloc(s, shared);
	unsigned int i;

	if (!f)
		return NULL;
	for (i = 0; i < s->n; i++) {
		const struct vsext_rule *rule;
		u64 at = 0;

		if (is_outside(f, s->mask[i]))
			continue;
		while ((rule = vsext_mask_each(s->mask[i], &at))) {
			cond_resched();
			put(f, rule);
		}
	}
	return f;
}

/* The sample may have been too kind: rules that it lacks share values, too. */
static u64 cost_with(const struct vsext_filter *f, const struct survey *s)
{
	unsigned int i, outside = 0;
	u64 sum = 0;

	for (i = 0; i < s->n; i++)
		outside += is_outside(f, s->mask[i]);
	for (i = 0; i < s->rules; i++) {
		u64 hash = hash_of(&f->words, s->rule[i]);

		sum += hweight64(columns_of(f, hash)) + outside;
	}
	return sum * UNIT / s->rules;
}

int vsext_filter_make(struct vsext_mask *const *mask, unsigned int n,
		      struct vsext_filter **ret)
{
	struct survey *s = survey_make(mask, n);
	struct vsext_filter *f = NULL;
	struct vsext_words shared;
	int err = 0;

	if (!s)
		return -ENOMEM;
	if (s->rules && find_shared(s, &shared)) {
		f = filter_of(s, &shared);
		err = f ? 0 : -ENOMEM;
	}
	if (f && !pays(cost_with(f, s), n)) {
		vsext_filter_free(f);
		f = NULL;
	}
	kvfree(s);
	*ret = f;
	return err;
}

void vsext_filter_add_mask(struct vsext_filter *f, const struct vsext_mask *m)
{
	if (!holds(f, m))
		f->column[vsext_filter_number(m)] = VSEXT_FILTER_OUTSIDE;
}

bool vsext_filter_add(struct vsext_filter *f, const struct vsext_rule *rule)
{
	if (is_outside(f, rule->mask))
		return false;
	put(f, rule);
	return f->values < room(f);
}

bool vsext_filter_del(struct vsext_filter *f, const struct vsext_rule *rule)
{
	return is_outside(f, rule->mask) || ++f->gone < room(f) / 2;
}

void vsext_filter_free(struct vsext_filter *f)
{
	if (!f)
		return;
	kvfree(f->line);
	kfree(f);
}

static void free_rcu(struct rcu_head *rcu)
{
	vsext_filter_free(container_of(rcu, struct vsext_filter, rcu));
}

void vsext_filter_free_rcu(struct vsext_filter *f)
{
	if (f)
		call_rcu(&f->rcu, free_rcu);
}

size_t vsext_filter_bytes(const struct vsext_filter *f)
{
	return f ? sizeof(*f) + lines(f) * LINE_BITS / 8 : 0;
}
