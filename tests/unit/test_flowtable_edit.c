// SPDX-License-Identifier: GPL-2.0-only
/* Rules that are changed and count on, and rules that overlap. */
#include "rules.h"
#include "unit.h"

static u64 packets_of(u64 cookie)
{
	struct vsext_rule_stats sum;

	assert_non_null(rule_of(cookie));
	vsext_rule_sum(rule_of(cookie), &sum);
	return sum.packets;
}

static struct vsext_rule *edit(u64 cookie, u64 new_cookie)
{
	struct vsext_rule *rule = vsext_table_edit(rule_of(cookie));

	assert_non_null(rule);
	rule->cookie = new_cookie;
	return rule;
}

/* A rule is changed for all packets at once, and counts on. */
static void edits(void **state)
{
	struct vsext_rule *rule;

	(void)state;
	put_rule(M_SRC, 1, 5, 1);
	rule = rule_of(1);
	vsext_rule_count(rule, 3, 300);
	assert_ptr_not_equal(edit(1, 2), rule);
	assert_int_equal(hit(1), 1);
	assert_int_equal(vsext_table_count(), 1);
	vsext_rule_count(rule, 4, 400);
	vsext_table_commit();
	unit_grace();
	assert_int_equal(hit(1), 2);
	assert_int_equal(packets_of(2), 7);
	assert_int_equal(vsext_table_count(), 1);

	/* What nobody sees yet is changed as it is. */
	rule = edit(2, 3);
	assert_ptr_equal(edit(3, 4), rule);
	vsext_table_abort();
	unit_grace();
	assert_int_equal(hit(1), 2);
	assert_int_equal(packets_of(2), 7);
	vsext_table_commit();
	assert_int_equal(vsext_table_count(), 1);
}

/* Counters that two rules share go with the last of them. */
static void edits_and_deletes(void **state)
{
	unsigned int live;

	(void)state;
	put_rule(M_SRC, 2, 5, 9);
	unit_grace();
	live = unit_live();
	put_rule(M_SRC, 1, 5, 1);
	del(edit(1, 2));
	vsext_table_abort();
	unit_grace();
	vsext_rule_count(rule_of(1), 3, 300);
	assert_int_equal(packets_of(1), 3);

	del(edit(1, 2));
	vsext_table_commit();
	unit_grace();
	assert_int_equal(hit(1), 0);
	assert_int_equal(unit_live(), live);

	put_rule(M_SRC, 1, 5, 1);
	edit(1, 2);
	ok(replace(M_SRC, 1, 5, 3));
	vsext_table_commit();
	unit_grace();
	assert_int_equal(hit(1), 3);
	assert_int_equal(packets_of(3), 0);
	remove_rule(3);
	unit_grace();
	assert_int_equal(unit_live(), live);
}

static bool overlaps(unsigned int fields, unsigned int n, u16 priority)
{
	struct vsext_flow_match match = match_of(fields, n);

	return vsext_table_overlaps(&match, priority);
}

/* OpenFlow 1.0, 4.6: one packet may match both, and they have one priority. */
static void overlapping(void **state)
{
	(void)state;
	put_rule(M_SRC | M_DST, 1, 5, 1);
	put_rule(M_VNI, 3, 7, 2);
	assert_true(overlaps(M_SRC, 1, 5));
	assert_false(overlaps(M_SRC, 1, 6));
	assert_false(overlaps(M_SRC, 1, 4));
	assert_false(overlaps(M_SRC, 2, 5));
	assert_true(overlaps(M_NET, 1, 5));
	assert_true(overlaps(M_VM, 2, 5));
	assert_true(overlaps(0, 0, 5));
	assert_true(overlaps(0, 0, 7));
	assert_true(overlaps(M_SRC | M_DST | M_VNI, 1, 5));
	assert_false(overlaps(M_DST | M_VNI, 2, 5));
	assert_false(overlaps(M_DST | M_VNI, 2, 7));
	assert_true(overlaps(M_DST, 2, 7));
	/* The same match is another matter. */
	assert_false(overlaps(M_SRC | M_DST, 1, 5));
	assert_false(overlaps(M_SRC | M_DST, 2, 5));
	del(rule_of(1));
	assert_false(overlaps(M_SRC, 1, 5));
	ok(add(M_DST, 8, 5, 3));
	assert_true(overlaps(M_SRC, 1, 5));
	vsext_table_abort();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, table_up, table_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(edits), TEST(edits_and_deletes), TEST(overlapping),
	};

	return cmocka_run_group_tests_name("flowtable_edit", tests, NULL, NULL);
}
