// SPDX-License-Identifier: GPL-2.0-only
/* How large tables get: what they take, and what ends it. */
#include <linux/errno.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "cache.h"
#include "masks.h"
#include "rules.h"
#include "unit.h"

#define MANY	3000

static void add_many(void)
{
	unsigned int i;

	for (i = 0; i < MANY; i++)
		ok(add(M_SRC | M_DST, i, 7, i + 1));
}

/* Growing, looking for rules where none are, taking back: others run meanwhile. */
static void pauses(void **state)
{
	struct vsext_rule_pos pos = {};
	unsigned int before;

	(void)state;
	before = unit_pauses;
	add_many();
	assert_true(unit_pauses - before > MANY / 7);
	before = unit_pauses;
	assert_null(vsext_table_next_active(&pos, NULL));
	assert_true(unit_pauses - before > MANY / 7);
	before = unit_pauses;
	vsext_table_abort();
	assert_true(unit_pauses - before >= MANY);
}

/* What comes is told, and what goes is not any more. */
static void memory_is_told(void **state)
{
	const struct vsext_memory none = {};
	struct vsext_memory m;
	struct vsext_rule *rule;
	u64 tables;

	(void)state;
	vsext_table_memory(&m);
	assert_memory_equal(&m, &none, sizeof(m));
	ok(add(M_SRC, 1, 5, 1));
	vsext_table_commit();
	vsext_table_memory(&m);
	/* Two words of key; two buckets. */
	assert_int_equal(m.rules, sizeof(*rule) + 2 * sizeof(u64));
	assert_int_equal(m.counters, UNIT_CPUS * sizeof(struct vsext_rule_stats));
	assert_in_range(m.tables, 2 * 64, 2 * 64 + 64);
	assert_in_range(m.masks, sizeof(struct vsext_mask),
			sizeof(struct vsext_mask) + 2 * sizeof(struct vsext_masks));
	assert_int_equal(m.cache, 0);
	tables = m.tables;
	assert_non_null(vsext_table_edit(any_rule()));
	vsext_table_memory(&m);
	assert_int_equal(m.rules, 2 * (sizeof(*rule) + 2 * sizeof(u64)));
	assert_int_equal(m.counters, UNIT_CPUS * sizeof(struct vsext_rule_stats));
	add_many();
	ok(add(M_PORT, 1, 5, 1));
	ok(add(M_DST, 1, 5, 1));
	vsext_table_abort();
	unit_grace();
	vsext_table_memory(&m);
	assert_int_equal(m.rules, sizeof(*rule) + 2 * sizeof(u64));
	assert_int_equal(m.counters, UNIT_CPUS * sizeof(struct vsext_rule_stats));
	assert_int_equal(m.tables, tables);
	assert_int_equal(m.cache, UNIT_CPUS * VSEXT_CACHE_BYTES);

	add_many();
	vsext_table_commit();
	vsext_table_memory(&m);
	assert_int_equal(m.rules, sizeof(*rule) + 2 * sizeof(u64) +
				  MANY * (sizeof(*rule) + 3 * sizeof(u64)));
	assert_in_range(m.tables, MANY * 64 / 7, 2 * MANY * 64 / 7);
}

/* At whatever number of rules, a table is never much larger than they need. */
static void tables_are_full(void **state)
{
	struct vsext_memory m;
	unsigned int i;

	(void)state;
	for (i = 1; i <= MANY; i++) {
		ok(add(M_SRC | M_DST, i, 7, i));
		vsext_table_memory(&m);
		if (i > 100)
			assert_in_range(m.tables, i * 64 / 7, 18 * i + 64);
	}
	vsext_table_abort();
}

/*
 * So many rules of one hash that the counts of those that passed a bucket are at
 * their maximum: those behind are found, however many of the others go.
 */
static void long_bucket(void **state)
{
	struct vsext_flow_match match;
	struct vsext_rule_pos pos = {};
	unsigned int i, left = 0;

	(void)state;
	collide();
	for (i = 1; i <= 2000; i++)
		ok(add(M_PORT, i, 5, i));
	vsext_table_commit();
	for (i = 1; i <= 1400; i++) {
		match = match_of(M_PORT, i);
		del(vsext_table_get(&match, 5));
		vsext_table_commit();
		assert_int_equal(hit(i), 0);
		assert_int_equal(hit(2000), 2000);
	}
	while (vsext_table_next(&pos, NULL))
		left++;
	assert_int_equal(left, 600);
	for (; i <= 2000; i++)
		assert_int_equal(hit(i), i);
}

/* What a packet costs: how often it looks at what may change. */
static unsigned int cost(unsigned int packet, u64 cookie)
{
	unsigned int before = unit_reads;

	assert_int_equal(hit(packet), cookie);
	return unit_reads - before;
}

/* However many priorities a match has, a packet sees the highest, and no other. */
static void priorities(void **state)
{
	unsigned int i, one, none;

	(void)state;
	ok(add(M_SRC, 1, 1000, 1000));
	vsext_table_commit();
	one = cost(1, 1000);
	none = cost(2, 0);
	for (i = 1; i < VSEXT_MAX_PRIORITIES; i++)
		ok(add(M_SRC, 1, i * 37 % 64, i));
	vsext_table_commit();
	assert_int_equal(vsext_table_count(), VSEXT_MAX_PRIORITIES);
	assert_int_equal(cost(1, 1000), one);
	assert_int_equal(cost(2, 0), none);

	assert_int_equal(add(M_SRC, 1, 2000, 2000), -E2BIG);
	ok(replace(M_SRC, 1, 1000, 1001));
	ok(add(M_SRC, 2, 2000, 2));
	vsext_table_commit();
	assert_int_equal(cost(1, 1001), one);
	del(rule_of(1001));
	ok(add(M_SRC, 1, 2000, 2000));
	assert_int_equal(hit(1), 1001);
	vsext_table_commit();
	assert_int_equal(cost(1, 2000), one);
	for (i = 63; i; i--) {
		del(rule_of(i * 19 % 64));
		vsext_table_commit();
		assert_int_equal(cost(1, 2000), one);
	}
	del(rule_of(2000));
	vsext_table_commit();
	assert_int_equal(hit(1), 0);
	assert_int_equal(vsext_table_count(), 1);
}

/* All of them anew: what an open transaction hides may be in front. */
static void priorities_in_a_transaction(void **state)
{
	unsigned int i, most = 0;

	(void)state;
	for (i = 0; i < VSEXT_MAX_PRIORITIES; i++)
		ok(add(M_SRC, 1, i, i + 1));
	vsext_table_commit();
	assert_int_equal(vsext_table_del_all(NULL), VSEXT_MAX_PRIORITIES);
	for (i = 0; i < VSEXT_MAX_PRIORITIES; i++) {
		ok(add(M_SRC, 1, 100 + i, 100 + i));
		most = max(most, cost(1, VSEXT_MAX_PRIORITIES));
	}
	assert_int_equal(add(M_SRC, 1, 99, 99), -E2BIG);
	assert_in_range(most, VSEXT_MAX_PRIORITIES, VSEXT_MAX_PRIORITIES + 5);
	vsext_table_commit();
	assert_int_equal(hit(1), 100 + VSEXT_MAX_PRIORITIES - 1);
	assert_int_equal(vsext_table_count(), VSEXT_MAX_PRIORITIES);
}

/* A smaller table is not worth straining for memory. */
static void shrinks_at_leisure(void **state)
{
	(void)state;
	add_many();
	vsext_table_commit();
	assert_int_equal(vsext_table_del_all(NULL), MANY);
	vsext_table_commit();
	assert_int_equal(unit_gfp, GFP_KERNEL_ACCOUNT | __GFP_NORETRY |
				   __GFP_NOWARN);
}

/* A rule that looks at the bits @n of tun_id. */
static struct vsext_rule *rule_of_mask(unsigned int n, int *err)
{
	struct vsext_flow_match match = { .mask.tun_id = n };
	struct vsext_rule *rule = vsext_rule_alloc(&match);

	assert_non_null(rule);
	*err = vsext_table_add(rule, &match.mask, &limits, false);
	if (*err)
		vsext_rule_free(rule);
	return rule;
}

/*
 * A transaction may replace all rules and masks; what it has given up of its own
 * is gone, and packets do not try it.
 */
static void own_masks_given_up(void **state)
{
	struct vsext_rule *rule;
	unsigned int n, live;
	int err;

	(void)state;
	for (n = 1; n <= VSEXT_MAX_MASKS; n++) {
		rule_of_mask(n, &err);
		ok(err);
	}
	vsext_table_commit();
	assert_int_equal(vsext_table_del_all(NULL), VSEXT_MAX_MASKS);
	unit_grace();
	live = unit_live();
	for (; n <= 5 * VSEXT_MAX_MASKS; n++) {
		rule = rule_of_mask(n, &err);
		ok(err);
		del(rule);
		unit_grace();
		assert_int_equal(unit_live(), live);
	}
	vsext_table_abort();
	assert_int_equal(vsext_table_count(), VSEXT_MAX_MASKS);
}

static void own_rules_given_up(void **state)
{
	unsigned int i, live;

	(void)state;
	ok(add(M_SRC, 1, 5, 1));
	vsext_table_commit();
	ok(replace(M_SRC, 1, 5, 2));
	ok(add(M_SRC, 2, 5, 3));
	unit_grace();
	live = unit_live();
	for (i = 0; i < MANY; i++) {
		ok(replace(M_SRC, 1, 5, 10 + i));
		del(rule_of(3));
		ok(add(M_SRC, 2, 5, 3));
		unit_grace();
		assert_int_equal(unit_live(), live);
	}
	assert_int_equal(hit(1), 1);
	del(rule_of(3));
	vsext_table_commit();
	assert_int_equal(hit(1), 10 + MANY - 1);
	assert_int_equal(hit(2), 0);
	assert_int_equal(vsext_table_count(), 1);

	/* Nothing is left to be done. */
	ok(add(M_SRC, 2, 5, 3));
	del(rule_of(3));
	i = vsext_table_seq();
	vsext_table_commit();
	assert_int_equal(vsext_table_seq(), i);
}

/* Whatever the limits are; replacing takes no room. */
static void limits_are_kept(void **state)
{
	unsigned int i;

	(void)state;
	limits.flows = 3;
	limits.masks = 2;
	for (i = 1; i <= 3; i++)
		ok(add(i < 3 ? M_SRC : M_DST, i, 5, i));
	vsext_table_commit();
	assert_int_equal(vsext_table_mask_count(), 2);
	assert_int_equal(add(M_SRC, 4, 5, 4), -ENOSPC);
	vsext_table_abort();
	ok(replace(M_SRC, 1, 5, 4));
	vsext_table_commit();
	assert_int_equal(hit(1), 4);
	limits.flows = 4;
	assert_int_equal(add(M_VM, 4, 5, 5), -ENOSPC);
	ok(add(M_SRC, 4, 5, 5));
	del(rule_of(3));
	assert_int_equal(vsext_table_mask_count(), 1);
	ok(add(M_VM, 4, 6, 6));
	vsext_table_commit();
	assert_int_equal(hit(4), 6);
	assert_int_equal(vsext_table_count(), 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, table_up, table_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pauses), TEST(memory_is_told), TEST(tables_are_full),
		TEST(shrinks_at_leisure), TEST(long_bucket),
		TEST(priorities), TEST(priorities_in_a_transaction),
		TEST(limits_are_kept), TEST(own_masks_given_up), TEST(own_rules_given_up),
	};

	return cmocka_run_group_tests_name("flowtable_size", tests, NULL, NULL);
}
