// SPDX-License-Identifier: GPL-2.0-only
/* Timeouts, and what is told of rules that are removed. */
#include <string.h>

#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>

#include "aging.h"
#include "rules.h"
#include "unit.h"

/* --- who listens --- */

static struct {
	u64 cookie;
	u8 why;
	u64 packets;
	u32 age;
} told[16];
static unsigned int times_told;
static bool listening;
static bool elsewhere;	/* in another network namespace */

static bool listens(void)
{
	return listening;
}

static bool removed(const struct vsext_rule *rule)
{
	struct vsext_flow_match match;
	struct vsext_rule_stats sum;

	if (elsewhere)
		return false;
	assert_in_range(times_told, 0, ARRAY_SIZE(told) - 1);
	vsext_rule_sum(rule, &sum);
	vsext_rule_match(rule, &match);
	told[times_told].cookie = rule->cookie;
	told[times_told].why = rule->removal;
	told[times_told].packets = sum.packets;
	told[times_told++].age = vsext_rule_age(rule);
	return true;
}

static const struct vsext_table_listener listener = { listens, removed };

/* The next of what was told of this rule; 0: nothing. */
static unsigned int why(u64 cookie)
{
	unsigned int i;

	for (i = 0; i < times_told; i++)
		if (told[i].cookie == cookie)
			return told[i].why;
	return 0;
}

static int up(void **state)
{
	listening = true;
	times_told = 0;
	vsext_table_listen(&listener);
	return table_up(state);
}

static int down(void **state)
{
	vsext_table_listen(NULL);
	return table_down(state) || vsext_aging_any();
}

/* --- time --- */

static void put_timed(unsigned int n, u64 cookie, u16 idle, u16 hard)
{
	assert_int_equal(add_timed(M_SRC, n, 5, cookie, idle, hard), 0);
	vsext_table_commit();
}

/* A second, and a look at its end. */
static void second(void)
{
	jiffies += HZ;
	vsext_aging_sweep();
	vsext_table_commit();
}

static void seconds(unsigned int n)
{
	while (n--)
		second();
}

static void none(void **state)
{
	(void)state;
	put_timed(1, 1, 0, 0);
	assert_false(vsext_aging_any());
	seconds(3);
	assert_int_equal(hit(1), 1);
}

static void hard(void **state)
{
	(void)state;
	put_timed(1, 1, 0, 3);
	put_timed(2, 2, 0, 65535);
	assert_true(vsext_aging_any());
	vsext_rule_count(rule_of(1), 7, 700);
	seconds(2);
	vsext_rule_count(rule_of(1), 1, 100);
	assert_int_equal(hit(1), 1);
	second();
	assert_int_equal(hit(1), 0);
	assert_int_equal(times_told, 1);
	assert_int_equal(told[0].why, VSEXT_REMOVED_HARD);
	assert_int_equal(told[0].packets, 8);
	assert_int_equal(told[0].age, 3 * VSEXT_RULE_SECOND);
	seconds(65531);
	assert_int_equal(hit(2), 2);
	second();
	assert_int_equal(hit(2), 0);
	assert_false(vsext_aging_any());
}

static void idle(void **state)
{
	(void)state;
	put_timed(1, 1, 3, 0);
	seconds(2);
	unit_cpu = 2;
	vsext_rule_count(rule_of(1), 1, 100);
	unit_cpu = 0;
	/* It is found out a second later. */
	seconds(3);
	assert_int_equal(hit(1), 1);
	second();
	assert_int_equal(hit(1), 0);
	assert_int_equal(why(1), VSEXT_REMOVED_IDLE);
}

/* The one that is over first counts, and the hard one of both at a time. */
static void both(void **state)
{
	(void)state;
	put_timed(1, 1, 2, 4);
	put_timed(2, 2, 4, 2);
	put_timed(3, 3, 3, 3);
	put_timed(4, 4, 2, 3);
	second();
	vsext_rule_count(rule_of(4), 1, 100);
	seconds(2);
	assert_int_equal(why(1), VSEXT_REMOVED_IDLE);
	assert_int_equal(why(2), VSEXT_REMOVED_HARD);
	assert_int_equal(why(3), VSEXT_REMOVED_HARD);
	assert_int_equal(why(4), VSEXT_REMOVED_HARD);
	assert_int_equal(times_told, 4);
	assert_int_equal(vsext_table_count(), 0);
}

/* A clock that wraps is a clock still. */
static void the_clock_wraps(void **state)
{
	unsigned long old = jiffies;

	(void)state;
	jiffies = (1ul << 32) * (HZ / VSEXT_RULE_SECOND) - HZ;
	put_timed(1, 1, 0, 3);
	seconds(2);
	assert_int_equal(hit(1), 1);
	second();
	assert_int_equal(hit(1), 0);
	jiffies = old;
}

/* A rule that is changed goes on ageing; a replaced one starts anew. */
static void changed(void **state)
{
	(void)state;
	put_timed(1, 1, 3, 0);
	put_timed(2, 2, 0, 3);
	put_timed(3, 3, 0, 3);
	seconds(2);
	vsext_table_edit(rule_of(1))->cookie = 4;
	vsext_table_edit(rule_of(2))->cookie = 5;
	del(rule_of(3));
	assert_int_equal(add_timed(M_SRC, 3, 5, 6, 0, 3), 0);
	vsext_table_commit();
	assert_int_equal(why(3), VSEXT_REMOVED_DELETE);
	assert_int_equal(times_told, 1);
	second();
	assert_int_equal(why(4), VSEXT_REMOVED_IDLE);
	assert_int_equal(why(5), VSEXT_REMOVED_HARD);
	assert_int_equal(hit(3), 6);
	seconds(2);
	assert_int_equal(why(6), VSEXT_REMOVED_HARD);
}

/* What is taken back ages on, what was never in force does not. */
static void taken_back(void **state)
{
	(void)state;
	put_timed(1, 1, 0, 2);
	vsext_table_edit(rule_of(1))->cookie = 2;
	assert_int_equal(add_timed(M_SRC, 2, 5, 3, 0, 1), 0);
	vsext_table_abort();
	del(rule_of(1));
	vsext_table_abort();
	second();
	assert_int_equal(hit(1), 1);
	assert_int_equal(times_told, 0);
	second();
	assert_int_equal(hit(1), 0);
	assert_int_equal(why(1), VSEXT_REMOVED_HARD);
	assert_int_equal(times_told, 1);
	/* Its time begins when it comes into force. */
	assert_int_equal(add_timed(M_SRC, 2, 5, 3, 0, 1), 0);
	jiffies += 10 * HZ;
	vsext_table_commit();
	assert_int_equal(hit(2), 3);
	vsext_aging_sweep();
	vsext_table_commit();
	assert_int_equal(hit(2), 3);
}

/* Without memory a rule lives a little longer. */
static void no_memory(void **state)
{
	(void)state;
	put_timed(1, 1, 0, 1);
	put_timed(2, 2, 0, 1);
	unit_fail_nth(1);
	second();
	assert_true(unit_has_failed());
	unit_fail_nth(0);
	assert_int_equal(vsext_table_count(), 2);
	second();
	assert_int_equal(vsext_table_count(), 0);
	assert_int_equal(times_told, 2);
}

/* --- what is told --- */

static void reasons(void **state)
{
	struct vsext_flow_match all = {};

	(void)state;
	put_timed(1, 1, 0, 0);
	assert_int_equal(replace(M_SRC, 1, 5, 2), 0);
	vsext_table_commit();
	assert_int_equal(why(1), VSEXT_REMOVED_REPLACE);
	assert_int_equal(times_told, 1);
	put_timed(2, 3, 0, 0);
	/* What nobody has seen is not told of. */
	assert_int_equal(add(M_SRC, 3, 5, 4), 0);
	assert_int_equal(vsext_table_del_all(&all), 3);
	vsext_table_commit();
	assert_int_equal(why(2), VSEXT_REMOVED_DELETE);
	assert_int_equal(why(3), VSEXT_REMOVED_DELETE);
	assert_int_equal(times_told, 3);
	/* Nor is what takes the place of another and goes with it. */
	put_timed(1, 5, 0, 0);
	del(vsext_table_edit(rule_of(5)));
	vsext_table_commit();
	assert_int_equal(why(5), VSEXT_REMOVED_DELETE);
	assert_int_equal(times_told, 4);
}

static void count_last(void *arg)
{
	struct vsext_key key = key_of(1);
	struct vsext_rule *rule = lookup(&key);

	(void)arg;
	if (!rule)
		return;
	/* Here it has the rule, and has not counted yet. */
	unit_read_step();
	vsext_rule_count(rule, 1, 100);
}

static void del_first(void *arg)
{
	(void)arg;
	del(rule_of(1));
	vsext_table_commit();
}

/* Packets that have found a rule count before it is told of. */
static void counts_to_the_end(void **state)
{
	unsigned int step, most = 0;

	(void)state;
	for (step = 0; ; step++) {
		times_told = 0;
		put_timed(1, 1, 0, 0);
		if (!unit_race(count_last, NULL, step, del_first))
			break;
		assert_int_equal(times_told, 1);
		most = max(most, told[0].packets);
		unit_grace();
	}
	assert_int_equal(most, 1);
	assert_int_not_equal(step, 0);
}

/* Nobody listens: nobody waits. */
static void nobody_listens(void **state)
{
	unsigned int graces;

	(void)state;
	listening = false;
	put_timed(1, 1, 0, 0);
	graces = unit_graces;
	del_first(NULL);
	assert_int_equal(unit_graces, graces);
	assert_int_equal(times_told, 0);
}

/* Somebody listens who is not to hear: one event finds out, and no more wait. */
static void another_listens(void **state)
{
	unsigned int i, graces;

	(void)state;
	listening = true;
	elsewhere = true;
	for (i = 1; i <= 4; i++) {
		put_timed(i, 1, 0, 0);
		graces = unit_graces;
		del_first(NULL);
		assert_in_range(unit_graces - graces, 0, i == 1);
	}
	/* Who comes then is told, and the next counters are final again. */
	elsewhere = false;
	put_timed(5, 1, 0, 0);
	del_first(NULL);
	assert_int_equal(times_told, 1);
	put_timed(6, 1, 0, 0);
	graces = unit_graces;
	del_first(NULL);
	assert_int_equal(unit_graces, graces + 1);
	assert_int_equal(times_told, 2);
}

/* What was to be deleted, and is not, is like any other rule. */
static void is_as_before(void **state)
{
	(void)state;
	put_timed(1, 1, 0, 0);
	del(any_rule());
	assert_int_equal(any_rule() ? 1 : 0, 0);
	vsext_table_abort();
	assert_int_equal(any_rule()->removal, VSEXT_REMOVED_UNSPEC);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(none), TEST(hard), TEST(idle), TEST(both),
		TEST(the_clock_wraps), TEST(changed), TEST(taken_back),
		TEST(no_memory), TEST(reasons), TEST(counts_to_the_end),
		TEST(nobody_listens), TEST(another_listens), TEST(is_as_before),
	};

	return cmocka_run_group_tests_name("aging", tests, NULL, NULL);
}
