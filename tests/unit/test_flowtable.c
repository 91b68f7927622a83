// SPDX-License-Identifier: GPL-2.0-only
/* Rules: which one a packet hits, and how they change. */
#include <string.h>

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/percpu.h>

#include "rules.h"
#include "unit.h"
#include "writer.h"

/* --- search --- */

static void empty(void **state)
{
	(void)state;
	assert_int_equal(hit(1), 0);
	assert_int_equal(needed(), 0);
	assert_int_equal(vsext_table_count(), 0);
	assert_null(any_rule());
	vsext_table_commit();
	vsext_table_abort();
}

static void fields_that_count(void **state)
{
	struct vsext_key key;
	struct vsext_rule *rule;

	(void)state;
	put_rule(M_PORT | M_DST, 5, 1, 11);
	assert_int_equal(hit(5), 11);
	assert_int_equal(hit(6), 0);

	key = key_of(5);
	memset(key.outer.src, 0x77, 16);
	key.vm_id = 99;
	rule = lookup(&key);
	assert_non_null(rule);
	key.outer.tp_dst++;
	assert_null(lookup(&key));
	key = key_of(5);
	key.in_port++;
	assert_null(lookup(&key));
}

/* A rule that names no field matches every packet. */
static void wildcard(void **state)
{
	struct vsext_key zero = {};

	(void)state;
	put_rule(0, 0, 0, 1);
	assert_int_equal(hit(5), 1);
	assert_non_null(lookup(&zero));
	put_rule(M_VM, 5, 0x8000, 2);
	assert_int_equal(hit(5), 2);
	assert_int_equal(hit(6), 1);
	assert_int_equal(needed(),
			 VSEXT_NEED_OUTER | VSEXT_NEED_FCF);
}

static void priorities_over_masks(void **state)
{
	static const unsigned int masks[] = { M_PORT, M_SRC, M_NET, M_DST };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(masks); i++)
		put_rule(masks[i], 3, (u16[]){ 20, 65535, 0, 30 }[i], i + 1);
	assert_int_equal(hit(3), 2);
	remove_rule(2);
	assert_int_equal(hit(3), 4);
	remove_rule(4);
	assert_int_equal(hit(3), 1);
	remove_rule(1);
	assert_int_equal(hit(3), 3);
	remove_rule(3);
	assert_int_equal(hit(3), 0);
}

/* The mask of a lower priority holds, among others, the rule that wins. */
static void best_is_in_second_mask(void **state)
{
	(void)state;
	put_rule(M_PORT, 1, 100, 1);
	put_rule(M_PORT, 2, 10, 2);
	put_rule(M_DST, 2, 50, 3);
	assert_int_equal(hit(1), 1);
	assert_int_equal(hit(2), 3);
	put_rule(M_DST, 1, 99, 4);
	assert_int_equal(hit(1), 1);
	put_rule(M_DST, 9, 200, 5);
	assert_int_equal(hit(1), 1);
	assert_int_equal(hit(9), 5);
}

static void same_match_other_priority(void **state)
{
	static const u16 priority[] = { 5, 9, 1, 7, 3, 65535, 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(priority); i++)
		put_rule(M_SRC, 4, priority[i], priority[i] + 1);
	assert_int_equal(vsext_table_count(), ARRAY_SIZE(priority));
	assert_int_equal(hit(4), 65536);
	remove_rule(65536);
	assert_int_equal(hit(4), 10);
	remove_rule(8);
	assert_int_equal(hit(4), 10);
	remove_rule(10);
	assert_int_equal(hit(4), 6);
}

/* Every hash alike: the rules are told apart by their keys alone. */
static void collisions(void **state)
{
	unsigned int i;

	(void)state;
	collide();
	for (i = 0; i < 40; i++)
		put_rule(M_SRC, i, i % 5, i + 1);
	for (i = 0; i < 40; i += 2)
		remove_rule(i + 1);
	for (i = 0; i < 40; i++)
		assert_int_equal(hit(i), i % 2 ? i + 1 : 0);
}

static void many_rules(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 3000; i++)
		ok(add(M_SRC | M_DST, i, 7, i + 1));
	vsext_table_commit();
	assert_int_equal(vsext_table_count(), 3000);
	for (i = 0; i < 3000; i++)
		assert_int_equal(hit(i), i + 1);
	assert_int_equal(hit(3000), 0);
}

/* --- what is refused --- */

static void exists(void **state)
{
	(void)state;
	put_rule(M_SRC, 1, 5, 1);
	assert_int_equal(add(M_SRC, 1, 5, 2), -EEXIST);
	vsext_table_abort();
	assert_int_equal(hit(1), 1);
	assert_int_equal(vsext_table_count(), 1);
	ok(add(M_SRC, 1, 6, 3));
	ok(add(M_SRC, 2, 5, 4));
	ok(add(M_SRC | M_DST, 1, 5, 5));
	assert_int_equal(add(M_SRC, 1, 6, 6), -EEXIST);
	vsext_table_commit();
	assert_int_equal(vsext_table_count(), 4);
}

/* What this transaction has deleted does not stand in the way. */
static void deleted_does_not_exist(void **state)
{
	(void)state;
	put_rule(M_SRC, 1, 5, 1);
	del(rule_of(1));
	ok(add(M_SRC, 1, 5, 2));
	assert_int_equal(hit(1), 1);
	vsext_table_commit();
	assert_int_equal(hit(1), 2);
	assert_int_equal(vsext_table_count(), 1);
}

static void replaces(void **state)
{
	struct vsext_rule_stats sum;

	(void)state;
	put_rule(M_SRC, 1, 5, 1);
	vsext_rule_count(rule_of(1), 3, 300);
	ok(replace(M_SRC, 1, 5, 2));
	assert_int_equal(hit(1), 1);
	vsext_table_commit();
	assert_int_equal(hit(1), 2);
	assert_int_equal(vsext_table_count(), 1);
	vsext_rule_sum(rule_of(2), &sum);
	assert_int_equal(sum.packets, 0);

	ok(replace(M_SRC, 1, 5, 3));
	ok(replace(M_SRC, 1, 5, 4));
	ok(replace(M_SRC, 2, 5, 5));
	assert_int_equal(vsext_table_count(), 2);
	vsext_table_abort();
	assert_int_equal(hit(1), 2);
	assert_int_equal(hit(2), 0);
	assert_int_equal(vsext_table_count(), 1);
}

/* VSEXT_MAX_MASKS + 1 masks. */
static unsigned int nth_mask(unsigned int n)
{
	return n < 64 ? (n & 3) | (n & ~3) << 1 : M_NET;
}

static void too_many_masks(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < VSEXT_MAX_MASKS; i++)
		put_rule(nth_mask(i), 1, i, i + 1);
	assert_int_equal(add(M_NET, 1, 1, 1000), -ENOSPC);
	ok(add(nth_mask(0), 1, 999, 1001));
	vsext_table_commit();
	assert_int_equal(vsext_table_count(), VSEXT_MAX_MASKS + 1);
	assert_int_equal(hit(1), 1001);

	remove_rule(2);
	put_rule(M_NET, 1, 1, 1002);
	assert_int_equal(add(nth_mask(1), 1, 1, 1003), -ENOSPC);
}

/* A transaction that starts with a flush has all masks to itself. */
static void masks_in_a_transaction(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 40; i++)
		put_rule(nth_mask(i), 1, i, i + 1);
	assert_true(vsext_table_del_all(NULL) >= 0);
	for (i = 24; i <= 64; i++)
		ok(add(nth_mask(i), 1, i, i + 100));
	assert_int_equal(hit(1), 40);
	vsext_table_abort();
	assert_int_equal(hit(1), 40);

	assert_true(vsext_table_del_all(NULL) >= 0);
	for (i = 0; i < VSEXT_MAX_MASKS; i++)
		ok(add(nth_mask(64 - i), 1, i, i + 100));
	assert_int_equal(add(nth_mask(0), 1, i, i + 100), -ENOSPC);
	vsext_table_commit();
	assert_int_equal(hit(1), 163);
	assert_int_equal(vsext_table_count(), VSEXT_MAX_MASKS);
	assert_int_equal(add(nth_mask(0), 1, i, i + 100), -ENOSPC);
}

/* --- transactions --- */

static void all_or_nothing(void **state)
{
	unsigned int i, seq;

	(void)state;
	put_rule(M_SRC, 1, 5, 1);
	put_rule(M_DST, 2, 5, 2);
	seq = vsext_table_seq();
	for (i = 3; i < 60; i++)
		ok(add(M_SRC, i, 5, i));
	del(rule_of(1));
	del(rule_of(20));
	assert_int_equal(vsext_table_count(), 57);
	assert_int_equal(hit(1), 1);
	assert_int_equal(hit(2), 2);
	for (i = 3; i < 60; i++)
		assert_int_equal(hit(i), 0);
	assert_int_equal(vsext_table_seq(), seq);

	vsext_table_commit();
	assert_int_not_equal(vsext_table_seq(), seq);
	assert_int_equal(hit(1), 0);
	assert_int_equal(hit(2), 2);
	for (i = 3; i < 60; i++)
		assert_int_equal(hit(i), i == 20 ? 0 : i);
	assert_int_equal(vsext_table_count(), 57);
}

/* Loading a million rules one by one must not take a million grace periods. */
static void one_change_does_not_wait(void **state)
{
	unsigned int before;

	(void)state;
	put_rule(M_SRC, 1, 5, 1);
	before = unit_graces;
	put_rule(M_SRC, 2, 5, 2);
	put_rule(M_DST, 3, 5, 3);
	remove_rule(1);
	ok(add(M_VM, 1, 5, 4));
	vsext_table_abort();
	assert_int_equal(unit_graces, before);
	ok(replace(M_SRC, 2, 5, 4));
	vsext_table_commit();
	assert_int_not_equal(unit_graces, before);
}

static void abort_takes_back(void **state)
{
	unsigned int i;
	struct vsext_rule *third;

	(void)state;
	for (i = 1; i < 5; i++)
		put_rule(M_SRC, i, 5, i);
	vsext_rule_count(rule_of(1), 3, 300);
	third = rule_of(3);
	del(rule_of(1));
	ok(replace(M_SRC, 2, 5, 20));
	ok(add(M_VNI, 7, 9, 30));
	del(rule_of(30));
	ok(add(M_INNER, 1, 9, 31));
	assert_int_equal(vsext_table_count(), 4);
	vsext_table_abort();

	assert_int_equal(vsext_table_count(), 4);
	for (i = 1; i < 5; i++)
		assert_int_equal(hit(i), i);
	assert_ptr_equal(rule_of(3), third);
	assert_null(rule_of(20));
	assert_null(rule_of(30));
	assert_int_equal(needed(), VSEXT_NEED_OUTER);
	vsext_table_commit();
	assert_int_equal(hit(2), 2);
	remove_rule(1);
	assert_int_equal(hit(1), 0);
}

/* How many rules an iteration meets, and the sum of their cookies. */
static unsigned int met(bool active, const struct vsext_flow_match *match,
			u64 *cookies)
{
	struct vsext_rule_pos pos = {};
	struct vsext_rule *rule;
	unsigned int n = 0;

	*cookies = 0;
	while ((rule = active ? vsext_table_next_active(&pos, match) :
				vsext_table_next(&pos, match))) {
		*cookies += rule->cookie;
		n++;
	}
	return n;
}

static void iterates_over_a_generation(void **state)
{
	u64 cookies;

	(void)state;
	ok(add(M_SRC, 3, 1, 1));
	ok(add(M_DST, 2, 9, 10));
	ok(add(M_SRC, 1, 5, 100));
	assert_int_equal(met(true, NULL, &cookies), 0);
	vsext_table_commit();
	ok(add(M_SRC, 9, 5, 1000));
	del(rule_of(10));
	assert_int_equal(met(true, NULL, &cookies), 3);
	assert_int_equal(cookies, 111);
	assert_int_equal(met(false, NULL, &cookies), 3);
	assert_int_equal(cookies, 1101);
	vsext_table_abort();
}

/* A rule that stays is met once, whatever comes and goes meanwhile. */
static void iterates_through_changes(void **state)
{
	struct vsext_rule_pos pos = {};
	struct vsext_rule *rule;
	unsigned int i, n = 0;

	(void)state;
	for (i = 0; i < 300; i++)
		ok(add(i & 1 ? M_SRC : M_SRC | M_DST, i / 3, i % 3, 1));
	vsext_table_commit();
	for (i = 0; (rule = vsext_table_next_active(&pos, NULL)); i++) {
		n += rule->cookie;
		/* The table grows, by rules that are not counted, and shrinks. */
		if (i < 200)
			ok(add(i & 1 ? M_SRC : M_VM, 1000 + i, 7, 0));
		if (i == 200)
			for (i = 0; i < 200; i++)
				ok(add(M_SRC, 2000 + i, 7, 0));
		vsext_table_commit();
	}
	assert_int_equal(n, 300);
}

static void iterates_within_a_match(void **state)
{
	struct vsext_flow_match match;
	u64 cookies;

	(void)state;
	put_rule(M_SRC, 1, 5, 1);
	put_rule(M_SRC, 1, 6, 10);
	put_rule(M_SRC, 2, 5, 100);
	put_rule(M_SRC | M_DST, 1, 5, 1000);
	put_rule(M_DST, 1, 5, 10000);
	match = match_of(M_SRC, 1);
	assert_int_equal(met(true, &match, &cookies), 3);
	assert_int_equal(cookies, 1011);
	assert_int_equal(vsext_table_del_all(&match), 3);
	vsext_table_commit();
	assert_int_equal(vsext_table_count(), 2);
	assert_int_equal(hit(1), 10000);
	assert_int_equal(hit(2), 100);
	assert_int_equal(vsext_table_del_all(&match), 0);
}

static void need_follows_the_rules(void **state)
{
	(void)state;
	put_rule(M_SRC, 1, 1, 1);
	assert_int_equal(needed(), VSEXT_NEED_OUTER);
	put_rule(M_VNI, 1, 1, 2);
	assert_int_equal(needed(),
			 VSEXT_NEED_OUTER | VSEXT_NEED_INNER);
	put_rule(M_VM, 1, 1, 3);
	remove_rule(2);
	assert_int_equal(needed(), VSEXT_NEED_OUTER | VSEXT_NEED_FCF);
	put_rule(M_INNER, 1, 1, 4);
	assert_int_equal(needed(),
			 VSEXT_NEED_OUTER | VSEXT_NEED_FCF | VSEXT_NEED_INNER);
	remove_rule(1);
	remove_rule(3);
	remove_rule(4);
	jiffies = 4711;
	assert_int_not_equal(vsext_table_emptied(), 4711);
	put_rule(M_VNI, 1, 1, 5);
	remove_rule(5);
	assert_int_equal(needed(), 0);
	assert_int_equal(vsext_table_emptied(), 4711);
}

/* --- one rule --- */

static void counters(void **state)
{
	struct vsext_rule_stats sum;

	(void)state;
	put_rule(M_SRC, 1, 1, 1);
	for (unit_cpu = 0; unit_cpu < UNIT_CPUS; unit_cpu++)
		vsext_rule_count(rule_of(1), unit_cpu + 1, 1500);
	unit_cpu = 0;
	vsext_rule_sum(rule_of(1), &sum);
	assert_int_equal(sum.packets, 1 + 2 + 3 + 4);
	assert_int_equal(sum.bytes, 4 * 1500);
}

static void made_from_a_match(void **state)
{
	struct vsext_flow_match match = match_of(M_VM | M_NET, 3), got;
	struct vsext_rule *rule;

	(void)state;
	put_rule(M_VM | M_NET, 3, 1, 1);
	rule = rule_of(1);
	vsext_rule_match(rule, &got);
	assert_memory_equal(&got, &match, sizeof(got));
	assert_int_equal(rule->vm_id, key_of(3).vm_id);
	assert_false(rule->vm_prio);
	assert_int_equal(rule->core, VSEXT_CORE_NONE);

	match.mask.vm_prio = 0xff;
	match.key.vm_prio = 1;
	match.mask.vm_id = 0x0f;
	rule = vsext_rule_alloc(&match);
	assert_non_null(rule);
	assert_true(rule->vm_prio);
	assert_int_equal(rule->vm_id, 0);
	vsext_rule_free(rule);
}

static bool within(u64 cookie, unsigned int fields, unsigned int n)
{
	struct vsext_flow_match match = match_of(fields, n);
	struct vsext_rule_pos pos = {};
	struct vsext_rule *rule;

	while ((rule = vsext_table_next(&pos, &match)))
		if (rule->cookie == cookie)
			return true;
	return false;
}

static bool is(u64 cookie, unsigned int fields, unsigned int n)
{
	struct vsext_flow_match match = match_of(fields, n);

	return vsext_table_get(&match, 1) == rule_of(cookie);
}

/* OpenFlow 1.0, 4.6: strict and not strict. */
static void strict_or_not(void **state)
{
	struct vsext_flow_match zero_id = { .mask.vm_id = 0xff };
	struct vsext_rule_pos pos = {};

	(void)state;
	put_rule(M_SRC | M_DST, 1, 1, 1);
	put_rule(M_NET, 1, 1, 2);
	put_rule(0, 0, 1, 3);

	assert_true(within(1, 0, 0));
	assert_true(within(1, M_SRC, 1));
	assert_true(within(1, M_NET, 1));
	assert_true(within(1, M_SRC | M_DST, 1));
	assert_false(within(1, M_SRC, 2));
	assert_false(within(1, M_SRC | M_DST | M_VM, 1));
	assert_true(within(2, M_NET, 1));
	assert_false(within(2, M_SRC, 1));
	assert_true(within(3, 0, 0));
	assert_false(within(3, M_NET, 1));

	assert_true(is(1, M_SRC | M_DST, 1));
	assert_false(is(1, M_SRC, 1));
	assert_false(is(1, M_SRC | M_DST, 2));
	assert_true(is(3, 0, 0));
	assert_false(is(2, 0, 0));

	/* vm_id=0 is not the same as no vm_id. */
	assert_null(vsext_table_get(&zero_id, 1));
	assert_null(vsext_table_next(&pos, &zero_id));
}

/* The module goes with rules in force and a transaction open. */
static void ends_in_the_middle(void **state)
{
	(void)state;
	put_rule(M_SRC, 1, 1, 1);
	put_rule(M_DST, 2, 1, 2);
	ok(add(M_VNI, 3, 1, 3));
	del(rule_of(1));
	mutex_unlock(&vsext_mutex);
	vsext_table_exit();
	assert_int_equal(unit_live(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, table_up, table_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(empty), TEST(fields_that_count), TEST(wildcard),
		TEST(priorities_over_masks), TEST(best_is_in_second_mask),
		TEST(same_match_other_priority), TEST(collisions),
		TEST(many_rules), TEST(exists), TEST(deleted_does_not_exist),
		TEST(replaces), TEST(too_many_masks),
		TEST(masks_in_a_transaction), TEST(all_or_nothing),
		TEST(one_change_does_not_wait),
		TEST(abort_takes_back), TEST(iterates_over_a_generation),
		TEST(iterates_through_changes), TEST(iterates_within_a_match),
		TEST(need_follows_the_rules), TEST(counters),
		TEST(made_from_a_match), TEST(strict_or_not),
		cmocka_unit_test_setup(ends_in_the_middle, table_up),
	};

	return cmocka_run_group_tests_name("flowtable", tests, NULL, NULL);
}
