// SPDX-License-Identifier: GPL-2.0-only
/* What is remembered of the last packets, and when it is not true any more. */
#include <string.h>

#include <linux/percpu.h>
#include <linux/slab.h>

#include "cache.h"
#include "rules.h"
#include "unit.h"

/* Of three masks; the cache itself does not care. */
static void three_rules(void)
{
	assert_int_equal(add(M_SRC, 1, 5, 1), 0);
	assert_int_equal(add(M_DST, 2, 5, 2), 0);
	assert_int_equal(add(M_PORT, 3, 5, 3), 0);
	vsext_table_commit();
	vsext_cache_enable();
}

static bool knows(u64 epoch, u64 hash, unsigned int packet, u64 *cookie)
{
	struct vsext_key key = key_of(packet);
	struct vsext_rule *rule;

	if (!vsext_cache_find(epoch, hash, &rule) ||
	    (rule && !vsext_mask_match(rule, &key)))
		return false;
	*cookie = rule ? rule->cookie : 0;
	return true;
}

#define HASH	0x123456789abcdef0ull

static void remembers(void **state)
{
	u64 cookie = 99;

	(void)state;
	three_rules();
	assert_false(knows(7, HASH, 1, &cookie));
	vsext_cache_store(7, HASH, rule_of(1));
	assert_true(knows(7, HASH, 1, &cookie));
	assert_int_equal(cookie, 1);
	vsext_cache_store(7, HASH + (1ull << 16), NULL);
	assert_true(knows(7, HASH + (1ull << 16), 5, &cookie));
	assert_int_equal(cookie, 0);
	assert_true(knows(7, HASH, 1, &cookie));
	assert_int_equal(cookie, 1);
}

static void forgets_other_epochs(void **state)
{
	u64 cookie;

	(void)state;
	three_rules();
	vsext_cache_store(7, HASH, rule_of(1));
	assert_false(knows(8, HASH, 1, &cookie));
	assert_false(knows(7 + (1ull << 32), HASH, 1, &cookie));
	/* One entry of a new epoch ends the others of its set. */
	vsext_cache_store(8, HASH + (1ull << 16), rule_of(2));
	assert_false(knows(8, HASH, 1, &cookie));
	assert_false(knows(7, HASH, 1, &cookie));
	assert_true(knows(8, HASH + (1ull << 16), 2, &cookie));
}

/* 62 bits of the hash count; what is found is compared with the packet. */
static void tells_packets_apart(void **state)
{
	unsigned int bit;
	u64 cookie;

	(void)state;
	three_rules();
	vsext_cache_store(7, HASH, rule_of(1));
	for (bit = 0; bit < 62; bit++)
		assert_false(knows(7, HASH ^ 1ull << bit, 1, &cookie));
	assert_false(knows(7, HASH, 2, &cookie));
	/* A hash of no signature is one like others. */
	vsext_cache_store(7, 5, rule_of(1));
	assert_true(knows(7, 5, 1, &cookie));
	assert_false(knows(7, 6, 1, &cookie));
}

/* A set's worth of what is found now and then outlives any number that never is. */
static void keeps_what_is_found(void **state)
{
	unsigned int i, j;
	u64 cookie;

	(void)state;
	three_rules();
	for (i = 0; i < 3; i++)
		vsext_cache_store(7, 3 + ((u64)i << 40), rule_of(1));
	for (i = 100; i < 1000; i++) {
		for (j = 0; j < 3; j++)
			assert_true(knows(7, 3 + ((u64)j << 40), 1, &cookie));
		vsext_cache_store(7, 3 + ((u64)i << 40), rule_of(1));
	}
	/* But not longer than others are found instead. */
	for (i = 1; i < 200; i++) {
		u64 hash = 3 + ((u64)i << 42) + ((u64)i << 62);

		vsext_cache_store(7, hash, rule_of(1));
		knows(7, hash, 1, &cookie);
	}
	for (j = 0; j < 3; j++)
		assert_false(knows(7, 3 + ((u64)j << 40), 1, &cookie));
}

/* Whatever comes: four packets of a set, and every core has its own. */
static void is_bounded(void **state)
{
	unsigned int i, known = 0;
	u64 cookie;

	(void)state;
	three_rules();
	for (i = 1; i <= 1000; i++)
		vsext_cache_store(7, 3 + ((u64)i << 40), rule_of(1));
	for (i = 1; i <= 1000; i++)
		known += knows(7, 3 + ((u64)i << 40), 1, &cookie);
	assert_int_equal(known, 4);
	unit_cpu = 1;
	for (i = 1; i <= 1000; i++)
		assert_false(knows(7, 3 + ((u64)i << 40), 1, &cookie));
	unit_cpu = 0;
}

/* Without memory there is none, and nothing else changes. */
static void does_without_memory(void **state)
{
	unsigned int live, nth;
	u64 cookie;

	(void)state;
	live = unit_live();
	for (nth = 1; nth <= UNIT_CPUS; nth++) {
		unit_fail_nth(nth);
		vsext_cache_enable();
		assert_true(unit_has_failed());
		assert_int_equal(unit_live(), live + UNIT_CPUS - 1);
		unit_cpu = nth - 1;
		vsext_cache_store(7, HASH, NULL);
		assert_false(knows(7, HASH, 1, &cookie));
		unit_fail_nth(0);
		vsext_cache_enable();
		assert_int_equal(unit_gfp, GFP_KERNEL | __GFP_RETRY_MAYFAIL |
					   __GFP_NOWARN);
		assert_int_equal(unit_live(), live + UNIT_CPUS);
		vsext_cache_store(7, HASH, NULL);
		assert_true(knows(7, HASH, 1, &cookie));
		vsext_cache_exit();
		assert_int_equal(unit_live(), live);
	}
	unit_cpu = 0;
}

/* The table asks it, and tells it of changes. */
static void follows_the_table(void **state)
{
	unsigned int i;

	(void)state;
	three_rules();
	for (i = 0; i < 2; i++) {
		assert_int_equal(hit(1), 1);
		assert_int_equal(hit(4), 0);
	}
	assert_int_equal(add(M_SRC, 4, 5, 4), 0);
	assert_int_equal(hit(4), 0);
	vsext_table_commit();
	assert_int_equal(hit(4), 4);
	assert_int_equal(hit(1), 1);
	assert_int_equal(add(M_SRC | M_DST, 1, 9, 11), 0);
	vsext_table_commit();
	assert_int_equal(hit(1), 11);
	del(rule_of(11));
	assert_int_equal(hit(1), 11);
	vsext_table_abort();
	assert_int_equal(hit(1), 11);
	del(rule_of(11));
	del(rule_of(1));
	vsext_table_commit();
	unit_grace();
	assert_int_equal(hit(1), 0);
}

/* Two packets of one hash: what one has found is not the other's. */
static void is_not_believed(void **state)
{
	(void)state;
	collide();
	three_rules();
	assert_int_equal(hit(1), 1);
	assert_int_equal(hit(2), 2);
	assert_int_equal(hit(3), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, table_up, table_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(remembers), TEST(forgets_other_epochs),
		TEST(tells_packets_apart), TEST(keeps_what_is_found),
		TEST(is_bounded),
		TEST(does_without_memory), TEST(follows_the_table),
		TEST(is_not_believed),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
