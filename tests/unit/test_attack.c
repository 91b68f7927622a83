// SPDX-License-Identifier: GPL-2.0-only
/*
 * An attacker writes the packets, knows the rules and every line of the code, but
 * not the secret of the hashes. What is counted are looks at memory that RCU
 * protects: buckets and rules.
 */
#include <string.h>

#include <linux/percpu.h>

#include "cache.h"
#include "masks.h"
#include "rules.h"
#include "unit.h"
#include "words.h"

#define MASKS	8
#define RULES	500	/* of each */
#define PACKETS	20000

static const unsigned int fields[MASKS] = {
	M_PORT, M_SRC, M_DST, M_VNI, M_PORT | M_DST, M_SRC | M_VNI,
	M_DST | M_VNI, M_PORT | M_SRC,
};

static void add_rules(void)
{
	unsigned int i, j;

	for (i = 0; i < MASKS; i++)
		for (j = 0; j < RULES; j++)
			assert_int_equal(add(fields[i], j, i, i * RULES + j + 1), 0);
	vsext_table_commit();
}

/* A packet that no rule is for, whatever its number. */
static struct vsext_key miss_of(unsigned int n)
{
	struct vsext_key key = key_of(RULES + n);

	key.outer.src[1] = 1;
	key.outer.tp_dst = RULES + 1 + n % 60000;
	return key;
}

/* Of a search without the cache, as on a core that has none. */
static unsigned int cost(const struct vsext_key *key)
{
	unsigned int before;

	unit_cpu = 0;
	vsext_cache_exit();
	before = unit_reads;
	assert_null(lookup(key));
	return unit_reads - before;
}

static unsigned int mean_cost(void)
{
	unsigned int i, sum = 0;

	for (i = 0; i < PACKETS; i++) {
		struct vsext_key key = miss_of(i);

		sum += cost(&key);
	}
	return sum / PACKETS;
}

/* The packet that costs most where the secret is known to be nothing. */
static struct vsext_key find_worst(unsigned int *worst)
{
	struct vsext_key best = miss_of(0);
	unsigned int i, n;

	*worst = 0;
	for (i = 0; i < PACKETS; i++) {
		struct vsext_key key = miss_of(i);

		/* Products with a word of 0 are 0. */
		if (i % 2)
			key.in_port = 0;
		n = cost(&key);
		if (n > *worst) {
			*worst = n;
			best = key;
		}
	}
	return best;
}

static void build_anew(bool secret)
{
	vsext_table_del_all(NULL);
	vsext_table_commit();
	unit_grace();
	if (secret)
		vsext_words_init();
	else
		memset(vsext_hash_key, 0, sizeof(vsext_hash_key));
	add_rules();
}

/*
 * What was worked out for a table without the secret is of no use for one that
 * has it; and for the former it is worth the trouble.
 */
static void no_lookup_is_dear(void **state)
{
	struct vsext_key worst;
	unsigned int n, mean;

	(void)state;
	build_anew(false);
	worst = find_worst(&n);
	build_anew(true);
	mean = mean_cost();
	assert_true(n > 4 * mean);
	assert_in_range(cost(&worst), 1, 4 * mean);
}

/* Nor is one of many, by chance. */
static void chance_is_kind(void **state)
{
	unsigned int i, mean;

	(void)state;
	build_anew(true);
	mean = mean_cost();
	for (i = 0; i < PACKETS; i++) {
		struct vsext_key key = miss_of(PACKETS + i);

		assert_in_range(cost(&key), 1, 4 * mean);
	}
}

/* Rules, masks, buckets and memory are as they were. */
static void nothing_changes(void **state)
{
	unsigned int i, live, masks, mean;
	struct vsext_memory before, after;

	(void)state;
	build_anew(true);
	vsext_cache_enable();
	unit_grace();
	live = unit_live();
	masks = vsext_table_masks()->n;
	vsext_table_memory(&before);
	for (i = 0; i < PACKETS; i++) {
		struct vsext_key key = miss_of(i);

		assert_null(lookup(&key));
	}
	vsext_table_memory(&after);
	assert_memory_equal(&before, &after, sizeof(after));
	assert_int_equal(unit_live(), live);
	assert_int_equal(vsext_table_masks()->n, masks);
	assert_int_equal(vsext_table_count(), MASKS * RULES);
	for (i = 0; i < RULES; i++)
		assert_int_equal(hit(i), (MASKS - 1) * RULES + i + 1);
	mean = mean_cost();
	build_anew(true);
	assert_in_range(mean, mean_cost() / 2, mean_cost() * 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, table_up, table_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_lookup_is_dear), TEST(chance_is_kind),
		TEST(nothing_changes),
	};

	return cmocka_run_group_tests_name("attack", tests, NULL, NULL);
}
