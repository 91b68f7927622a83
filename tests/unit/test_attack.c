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

static void build_of(void (*add_them)(void), bool secret)
{
	vsext_table_del_all(NULL);
	vsext_table_commit();
	unit_grace();
	if (secret)
		vsext_words_init();
	else
		memset(vsext_hash_key, 0, VSEXT_KEY_WORDS * sizeof(u64));
	add_them();
}

static void build_anew(bool secret)
{
	build_of(add_rules, secret);
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

/* --- masks that share bits, most of which need not be searched --- */

#define SHARING	16

/* The source, and a set of four other fields. */
static unsigned int sharing(unsigned int n)
{
	return M_SRC | (n & 1 ? M_PORT : 0) | (n & 2 ? M_DST : 0) |
	       (n & 4 ? M_VNI : 0) | (n & 8 ? M_INNER : 0);
}

static void add_sharing(void)
{
	unsigned int i;

	/* Without the secret, the first 254 have one value: too few to matter. */
	for (i = 1; i <= 4 * RULES; i++)
		ok(add(sharing(i % SHARING), i, 1, i));
	vsext_table_commit();
	assert_non_null(vsext_table_masks()->filter);
}

/* No rule has its source. Without the secret, those of which a word is 0 are one. */
static struct vsext_key stranger(unsigned int n)
{
	struct vsext_key key = miss_of(n);

	key.outer.src[0] = 1 + n / 256;
	key.outer.src[1] = 1 + n % 255;
	key.outer.src[8] = 0;
	return key;
}

static void no_stranger_is_dear(void **state)
{
	struct vsext_key worst, key;
	unsigned int i, n, most = 0, sum = 0;

	(void)state;
	build_of(add_sharing, false);
	for (i = 0; i < PACKETS; i++) {
		key = stranger(i);
		n = cost(&key);
		if (n > most) {
			most = n;
			worst = key;
		}
	}
	build_of(add_sharing, true);
	for (i = 0; i < PACKETS; i++) {
		key = stranger(i);
		n = cost(&key);
		sum += n;
		assert_in_range(n, 1, SHARING);
	}
	assert_true(most > 4 * sum / PACKETS);
	assert_in_range(cost(&worst), 1, 4 * sum / PACKETS);
}

/*
 * A packet of a rule's source is looked for in the masks that have rules of this
 * source, and by chance in another one: that is what the rules say.
 */
static void rules_say_what_is_dear(void **state)
{
	unsigned int masks, i, first, sum;

	(void)state;
	for (masks = 1; masks <= SHARING; masks *= 2) {
		build_of(add_sharing, true);
		for (i = 0; i < 64 * masks; i++)
			ok(add(sharing(i % masks), 20000 + i / masks, 2, 1));
		vsext_table_commit();
		for (sum = 0, i = 0; i < 64; i++) {
			struct vsext_key key = key_of(20000 + i);

			key.in_port = 0;
			key.outer.tp_dst = 0;
			key.tun_id = 0;
			key.inner.tp_src = 0;
			unit_cpu = 0;
			vsext_cache_exit();
			first = unit_reads;
			/* Found by the one mask that looks at nothing else. */
			assert_non_null(lookup(&key));
			sum += unit_reads - first;
		}
		assert_in_range(sum / 64, 3 + masks, 3 + 2 * masks + 3);
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
		TEST(no_stranger_is_dear), TEST(rules_say_what_is_dear),
		TEST(nothing_changes),
	};

	return cmocka_run_group_tests_name("attack", tests, NULL, NULL);
}
