// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which masks are searched: never too few, whatever comes and goes, and not many
 * more than those that hold a rule for the packet. Those are counted by the looks at
 * memory that RCU protects, one for each mask at least.
 */
#include <string.h>

#include <linux/errno.h>
#include <linux/percpu.h>

#include "cache.h"
#include "filter.h"
#include "masks.h"
#include "rules.h"
#include "unit.h"

#define MASKS	16
#define ROUNDS	8000
#define KEYS	150

static const struct vsext_filter *filter(void)
{
	return vsext_table_masks() ? vsext_table_masks()->filter : NULL;
}

/* All look at the source; the other fields are different sets of four. */
static unsigned int sharing(unsigned int n)
{
	static const unsigned int field[] = { M_PORT, M_DST, M_VNI, M_INNER };
	unsigned int i, fields = M_SRC;

	for (i = 0; i < ARRAY_SIZE(field); i++)
		fields |= n >> i & 1 ? field[i] : 0;
	return fields;
}

/* Rules 1 to @n, in turns for each of the masks. */
static void add_sharing(unsigned int n)
{
	unsigned int i;

	for (i = 1; i <= n; i++)
		ok(add(sharing(i % MASKS), i, 1 + i % MASKS, i));
	vsext_table_commit();
}

/* Of a search without the cache, in looks. */
static unsigned int cost(unsigned int packet, u64 cookie)
{
	unsigned int before;

	unit_cpu = 0;
	vsext_cache_exit();
	before = unit_reads;
	assert_int_equal(hit(packet), cookie);
	return unit_reads - before;
}

static unsigned int hits_cost(unsigned int n)
{
	unsigned int i, sum = 0;

	for (i = 1; i <= n; i++)
		sum += cost(i, i);
	return sum / n;
}

static unsigned int misses_cost(unsigned int first, unsigned int n)
{
	unsigned int i, sum = 0;

	for (i = first; i < first + n; i++)
		sum += cost(i, 0);
	return sum / n;
}

static void few_masks_are_searched(void **state)
{
	(void)state;
	add_sharing(1000);
	assert_non_null(filter());
	assert_in_range(hits_cost(1000), 5, 5 + MASKS / 4);
	assert_in_range(misses_cost(1001, 1000), 3, 3 + MASKS / 8);
}

static u64 filter_bytes(void)
{
	struct vsext_memory m;
	unsigned int i;

	vsext_table_memory(&m);
	for (i = 0; vsext_table_masks() && i < vsext_table_masks()->n; i++)
		m.tables -= vsext_mask_table_bytes(vsext_table_masks()->mask[i]);
	return m.tables;
}

/* Two masks are searched faster than they are asked for. */
static void two_masks_need_none(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 1; i <= 1000; i++)
		ok(add(sharing(i % 2), i, 1, i));
	vsext_table_commit();
	assert_null(filter());
	put_rule(sharing(2), 2000, 1, 2000);
	assert_non_null(filter());
	remove_rule(2000);
	assert_null(filter());
	assert_in_range(hits_cost(1000), 5, 7);
	/* It is at hand when the third one comes back, but not for ever. */
	for (; i <= 1100; i++)
		put_rule(sharing(i % 2), i, 1, i);
	put_rule(sharing(2), 2000, 1, 2000);
	assert_non_null(filter());
	assert_in_range(hits_cost(1100), 5, 7);
	remove_rule(2000);
	assert_true(filter_bytes() > 0);
	while (--i > 10)
		del(rule_of(i));
	vsext_table_commit();
	assert_int_equal(filter_bytes(), 0);
}

/* --- what does not help is not there --- */

/* One of 18 masks that have little in common. */
static unsigned int odd(unsigned int n)
{
	static const unsigned int fields[] = {
		M_PORT, M_DST, M_VNI, M_INNER, M_VM | M_PORT, M_VM | M_DST,
		M_VM | M_VNI, M_VM | M_INNER, M_PORT | M_DST, M_PORT | M_VNI,
		M_PORT | M_INNER, M_DST | M_VNI, M_DST | M_INNER, M_VNI | M_INNER,
		M_PORT | M_DST | M_VNI, M_PORT | M_DST | M_INNER,
		M_PORT | M_VNI | M_INNER, M_DST | M_VNI | M_INNER,
	};

	return fields[n % ARRAY_SIZE(fields)];
}

static void nothing_is_shared(void **state)
{
	static const unsigned int field[] = { M_PORT, M_SRC, M_DST, M_VNI, M_INNER };
	unsigned int i;

	(void)state;
	for (i = 1; i <= 1000; i++) {
		ok(add(field[i % ARRAY_SIZE(field)], i, 1, i));
		assert_null(filter());
	}
	vsext_table_commit();
	assert_true(hits_cost(1000) > ARRAY_SIZE(field));
}

/* Rules 1 to @n have the same value of what they share. */
static void add_with_one_source(unsigned int n)
{
	struct vsext_flow_match match;
	struct vsext_rule *rule;
	unsigned int i;

	for (i = 1; i <= n; i++) {
		match = match_of(sharing(1 + i % (MASKS - 1)), i);
		memset(match.key.outer.src, 1, sizeof(match.key.outer.src));
		rule = vsext_rule_alloc(&match);
		assert_non_null(rule);
		ok(vsext_table_add(rule, &match.mask, &limits, false));
	}
	vsext_table_commit();
}

static void values_are_shared(void **state)
{
	(void)state;
	add_with_one_source(1000);
	assert_null(filter());
}

/* Others come, of the same masks. */
static void values_are_shared_no_more(void **state)
{
	unsigned int i;

	(void)state;
	add_with_one_source(200);
	assert_null(filter());
	for (i = 1; i <= 800; i++)
		ok(add(sharing(1 + i % (MASKS - 1)), i, 1, i));
	vsext_table_commit();
	assert_non_null(filter());
}

/* It is made, goes when it helps no longer, and comes back when it would. */
static void comes_and_goes_with_its_use(void **state)
{
	unsigned int i;

	(void)state;
	add_sharing(200);
	assert_non_null(filter());
	for (i = 201; i <= 2000; i++)
		ok(add(odd(i), i, 1, i));
	vsext_table_commit();
	assert_null(filter());
	for (i = 1; i <= 2000; i++)
		assert_int_equal(hit(i), i);
	for (; i > 901; i--)
		del(rule_of(i - 1));
	vsext_table_commit();
	assert_null(filter());
	for (; i > 201; i--)
		del(rule_of(i - 1));
	vsext_table_commit();
	assert_non_null(filter());
	assert_in_range(hits_cost(200), 5, 5 + MASKS / 4);
}

/* How often it is tried for while this many rules take each other's place. */
static unsigned int tries_for(unsigned int changes, unsigned int rules)
{
	unsigned int i, tries = 0, before;

	for (i = 0; i < changes; i++) {
		before = unit_pauses;
		ok(replace(odd(i % rules), i % rules, 1, 1));
		vsext_table_commit();
		/* Each of the two changes lets others run. */
		tries += unit_pauses - before > 2;
	}
	return tries;
}

/* Less often than where it helps. */
static void is_seldom_tried_in_vain(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 500; i++)
		ok(add(odd(i), i, 1, 1));
	vsext_table_commit();
	assert_in_range(tries_for(2500, 500), 12, 24);
	assert_null(filter());
	assert_int_equal(vsext_table_del_all(NULL), 500);
	add_sharing(500);
	assert_non_null(filter());
	assert_in_range(hits_cost(500), 5, 5 + MASKS / 4);
	/* What the table was before it was empty is forgotten. */
	vsext_table_commit();
	assert_int_equal(vsext_table_del_all(NULL), 500);
	vsext_table_commit();
	add_sharing(4);
	assert_null(filter());
	for (i = 5; i <= 8; i++)
		ok(add(sharing(i), i, 1, i));
	assert_non_null(filter());
}

/* --- masks that are unlike the others --- */

/* A rule for all packets, and the largest mask by far: both are always searched. */
static void odd_masks_do_not_spoil_it(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 2001; i <= 3000; i++)
		ok(add(M_PORT | M_VM, i, 50, i));
	ok(add(0, 0, 0, 9999));
	add_sharing(500);
	assert_non_null(filter());
	assert_in_range(hits_cost(500), 5, 5 + 2 + MASKS / 4);
	for (i = 2001; i <= 3000; i++)
		assert_int_equal(hit(i), i);
	assert_int_equal(hit(1500), 9999);
}

/* One by one, each of them behind all rules of the last: in the end most are inside. */
static void masks_come_one_by_one(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 1; i <= 1600; i++) {
		ok(add(sharing(MASKS - 1 - (i - 1) / 100), i, 1, i));
		assert_int_equal(hit(i), 0);
	}
	vsext_table_commit();
	assert_in_range(hits_cost(1600), 5, 5 + MASKS / 3);
}

/* A mask looks at the source and at the bits @n of tun_id. */
static void add_nth(unsigned int n, unsigned int key)
{
	struct vsext_flow_match match = match_of(M_SRC, key);
	struct vsext_rule *rule;

	match.mask.tun_id = n;
	match.key.tun_id = key_of(key).tun_id & n;
	rule = vsext_rule_alloc(&match);
	assert_non_null(rule);
	rule->cookie = key;
	ok(vsext_table_add(rule, &match.mask, &limits, false));
}

/* More than there are bits to tell them apart by; and some that are unlike them. */
static void more_masks_than_columns(void **state)
{
	unsigned int i;

	(void)state;
	limits.masks = 300;
	for (i = 1; i <= 2000; i++) {
		add_nth(1 + i % 200, i);
		if (i % 20 == 1)
			ok(add(M_PORT | (i & 0x7c), 5000 + i, 1, 5000 + i));
	}
	vsext_table_commit();
	assert_non_null(filter());
	for (i = 1; i <= 2000; i++) {
		assert_int_equal(hit(i), i);
		if (i % 20 == 1)
			assert_int_equal(hit(5000 + i), 5000 + i);
	}
}

/* --- no rule is missed --- */

/* The plain way: every rule that is in force. */
static void find_best(const struct vsext_key *key, unsigned int n, int *best)
{
	struct vsext_rule_pos pos = {};
	struct vsext_rule *rule;
	unsigned int i;

	for (i = 0; i < n; i++)
		best[i] = -1;
	while ((rule = vsext_table_next_active(&pos, NULL)))
		for (i = 0; i < n; i++)
			if (rule->priority > best[i] &&
			    vsext_mask_match(rule, &key[i]))
				best[i] = rule->priority;
}

static void compare(void)
{
	const struct vsext_key *key[VSEXT_LOOKUP_BATCH];
	struct vsext_rule *rule[VSEXT_LOOKUP_BATCH];
	struct vsext_key keys[VSEXT_LOOKUP_BATCH];
	unsigned int i, n = 1 + unit_random(VSEXT_LOOKUP_BATCH);
	int best[VSEXT_LOOKUP_BATCH];

	vsext_cache_exit();
	for (i = 0; i < n; i++) {
		keys[i] = key_of(unit_random(KEYS));
		key[i] = &keys[i];
	}
	find_best(keys, n, best);
	vsext_table_lookup(vsext_table_masks(), key, n, rule);
	for (i = 0; i < n; i++)
		assert_int_equal(rule[i] ? rule[i]->priority : -1, best[i]);
}

/* Most of them share bits; how many there are changes with time. */
static unsigned int any_mask(unsigned int round)
{
	unsigned int n = unit_random(4 + round / 300 % 20);

	return n < MASKS ? sharing(n) : unit_random(M_ALL + 1);
}

static void random_changes(bool with_failures)
{
	unsigned int i, with = 0, made = 0, dropped = 0;
	const struct vsext_filter *last = NULL;

	limits.masks = 100;
	for (i = 0; i < ROUNDS; i++) {
		unsigned int fields = any_mask(i), n = unit_random(KEYS);
		struct vsext_flow_match match = match_of(fields, n);
		struct vsext_rule *rule = vsext_table_get(&match, n % 7);

		unit_fail_nth(with_failures ? unit_random(12) : 0);
		if (rule && unit_random(i / 1000 % 2 ? 4 : 2))
			vsext_table_del(rule);
		else if (rule && unit_random(2))
			vsext_table_edit(rule);
		else
			replace(fields, n, n % 7, 1);
		if (!unit_random(4)) {
			if (unit_random(4))
				vsext_table_commit();
			else
				vsext_table_abort();
		}
		unit_fail_nth(0);
		if (!unit_random(1000)) {
			assert_true(vsext_table_del_all(NULL) >= 0);
			vsext_table_commit();
		}
		if (!unit_random(20))
			unit_grace();
		with += !!filter();
		made += filter() && filter() != last;
		dropped += !filter() && last;
		last = filter();
		if (!unit_random(5))
			compare();
	}
	vsext_table_abort();
	compare();
	/* Something was tested. */
	assert_in_range(with, ROUNDS / 4, ROUNDS - 1);
	assert_in_range(made, ROUNDS / 400, ROUNDS / 10);
	assert_in_range(dropped, 2, ROUNDS);
}

static void misses_no_rule(void **state)
{
	(void)state;
	random_changes(false);
}

static void misses_no_rule_without_memory(void **state)
{
	(void)state;
	random_changes(true);
}

/* --- memory --- */

/* Whichever allocation fails, the rule is there; without the filter if need be. */
static void does_without(void **state)
{
	unsigned int nth, i, n, without = 0;

	(void)state;
	for (nth = 1; nth < 20; nth++) {
		/* Masks of one value, so without a filter; what fails then is its, too. */
		for (i = 0; i < MASKS; i++)
			ok(add(sharing(i), 5000, 1, 5000));
		assert_null(filter());
		for (n = 0, i = 1; i <= 300; i++) {
			unit_fail_nth(nth);
			if (add(sharing(i % MASKS), i, 1 + i % MASKS, i))
				assert_true(unit_has_failed());
			else
				n++;
		}
		unit_fail_nth(0);
		vsext_table_commit();
		without += n && !filter();
		for (i = 1; i <= 300; i++)
			if (hit(i))
				n--;
		assert_int_equal(n, 0);
		/* With memory again, it is made up for. */
		for (i = 1; i <= 300; i++)
			replace(sharing(i % MASKS), i, 1 + i % MASKS, i);
		for (i = 301; i <= 1000; i++)
			ok(add(sharing(i % MASKS), i, 1 + i % MASKS, i));
		vsext_table_commit();
		assert_non_null(filter());
		assert_in_range(hits_cost(1000), 5, 5 + MASKS / 4);
		assert_int_equal(vsext_table_del_all(NULL), 1000 + MASKS);
		vsext_table_commit();
		unit_grace();
	}
	assert_in_range(without, 3, 19);
}

/* Whichever allocation of another one fails, the one that there is serves on. */
static void stays_without_memory(void **state)
{
	const struct vsext_filter *first;
	unsigned int nth, i, failed;

	(void)state;
	add_sharing(1000);
	first = filter();
	assert_non_null(first);
	/* Behind the rule and its counters. */
	for (i = 1001, nth = 3; nth <= 6; nth++) {
		for (failed = 0; i <= (nth - 1) * 1000; i++) {
			unit_fail_nth(nth);
			if (!add(sharing(i % MASKS), i, 1 + i % MASKS, i))
				failed += unit_has_failed();
			else
				/* Its mask's table was to grow. */
				ok(add(sharing(i % MASKS), i, 1 + i % MASKS, i));
			assert_ptr_equal(filter(), first);
		}
		assert_in_range(failed, 1, 20);
	}
	unit_fail_nth(0);
	vsext_table_commit();
	for (i = 1; i <= 5000; i++)
		assert_int_equal(hit(i), i);
	for (; i <= 7000; i++)
		ok(add(sharing(i % MASKS), i, 1 + i % MASKS, i));
	assert_ptr_not_equal(filter(), first);
}

/* Two to six bytes a rule; less when rules go, or do not come after all. */
static void size_follows_the_rules(void **state)
{
	const unsigned int rules = 5000;
	unsigned int i;

	(void)state;
	add_sharing(rules);
	assert_int_equal(filter_bytes(), vsext_filter_bytes(filter()));
	assert_in_range(filter_bytes(), 2 * rules, 7 * rules);
	for (i = 201; i <= rules; i++)
		del(vsext_table_get(&(struct vsext_flow_match){
			match_of(sharing(i % MASKS), i).key,
			mask_of(sharing(i % MASKS)) }, 1 + i % MASKS));
	vsext_table_commit();
	assert_in_range(filter_bytes(), 64, 2000);
	for (; i <= 2 * rules; i++)
		ok(add(sharing(i % MASKS), i, 1, i));
	assert_in_range(filter_bytes(), 2 * rules, 7 * rules);
	vsext_table_abort();
	assert_in_range(filter_bytes(), 64, 2000);
	assert_int_equal(vsext_table_del_all(NULL), 200);
	vsext_table_commit();
	assert_int_equal(filter_bytes(), 0);
}

/* How many filters are made for rules @first to @last, all of @fields or sharing. */
static unsigned int made_for(unsigned int first, unsigned int last, unsigned int fields)
{
	const struct vsext_filter *before = filter();
	unsigned int i, made = 0;

	for (i = first; i <= last; i++) {
		ok(replace(fields ?: sharing(i % MASKS), i, 1, i));
		made += filter() != before;
		before = filter();
	}
	return made;
}

/* However many rules a transaction has. */
static void is_seldom_made(void **state)
{
	unsigned int before = unit_pauses;

	(void)state;
	assert_in_range(made_for(1, 20000, 0), 5, 20);
	/* Making it lets others run. */
	assert_true(unit_pauses - before > 40000);
	vsext_table_commit();
	/* What takes the place of a rule has the same bits. */
	assert_int_equal(made_for(1, 20000, 0), 0);
	vsext_table_abort();
	/* What is to go is there until then. */
	assert_int_equal(vsext_table_del_all(NULL), 20000);
	assert_in_range(made_for(20001, 40000, M_PORT | M_VM), 3, 10);
	vsext_table_abort();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, table_up, table_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(few_masks_are_searched), TEST(two_masks_need_none),
		TEST(nothing_is_shared), TEST(values_are_shared),
		TEST(values_are_shared_no_more),
		TEST(comes_and_goes_with_its_use),
		TEST(is_seldom_tried_in_vain), TEST(odd_masks_do_not_spoil_it),
		TEST(masks_come_one_by_one), TEST(more_masks_than_columns),
		TEST(misses_no_rule), TEST(misses_no_rule_without_memory),
		TEST(does_without), TEST(stays_without_memory),
		TEST(size_follows_the_rules), TEST(is_seldom_made),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
