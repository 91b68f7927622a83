// SPDX-License-Identifier: GPL-2.0-only
/* Tables that are large, or have one very long bucket. */
#include <linux/errno.h>
#include <linux/slab.h>

#include "rules.h"
#include "unit.h"

#define MANY	3000

static void ok(int err)
{
	assert_int_equal(err, 0);
}

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

/*
 * So many rules of one hash that the counts of those that passed a bucket are at
 * their maximum: those behind are found, however many of the others go.
 */
static void long_bucket(void **state)
{
	struct vsext_flow_match match = match_of(M_SRC, 1);
	struct vsext_rule_pos pos = {};
	unsigned int i, left = 0;

	(void)state;
	for (i = 0; i < 2000; i++)
		ok(add(M_SRC, 1, i, i + 1));
	vsext_table_commit();
	for (i = 0; i < 1400; i++) {
		del(vsext_table_get(&match, i));
		vsext_table_commit();
		assert_int_equal(hit(1), 2000);
	}
	while (vsext_table_next(&pos, &match))
		left++;
	assert_int_equal(left, 600);
	for (i = 1999; i > 1400; i--) {
		del(vsext_table_get(&match, i));
		vsext_table_commit();
		assert_int_equal(hit(1), i);
	}
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
	*err = vsext_table_add(rule, &match.mask, false);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, table_up, table_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pauses), TEST(shrinks_at_leisure), TEST(long_bucket),
		TEST(own_masks_given_up), TEST(own_rules_given_up),
	};

	return cmocka_run_group_tests_name("flowtable_size", tests, NULL, NULL);
}
