// SPDX-License-Identifier: GPL-2.0-only
/* Unit test of the receiver's judgement of sequence numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "seen.h"

static struct seen s;

static int setup(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	return 0;
}

static void in_order(void **state)
{
	uint64_t n;

	(void)state;
	for (n = 0; n < 3 * SEEN_WINDOW; n++)
		assert_int_equal(seen_add(&s, n), SEEN_NEW);
	assert_int_equal(s.unique, 3 * SEEN_WINDOW);
	assert_int_equal(seen_gaps(&s), 0);
	assert_int_equal(s.reordered, 0);
}

static void loss(void **state)
{
	(void)state;
	seen_add(&s, 5);
	seen_add(&s, 9);
	assert_int_equal(seen_gaps(&s), 8);
	assert_int_equal(s.reordered, 0);
}

static void swapped(void **state)
{
	(void)state;
	seen_add(&s, 0);
	seen_add(&s, 2);
	assert_int_equal(seen_add(&s, 1), SEEN_REORDERED);
	assert_int_equal(seen_gaps(&s), 0);
	assert_int_equal(s.reordered, 1);
	assert_int_equal(s.max_late, 1);
}

static void duplicate(void **state)
{
	(void)state;
	seen_add(&s, 0);
	seen_add(&s, 1);
	assert_int_equal(seen_add(&s, 1), SEEN_DUPLICATE);
	assert_int_equal(seen_add(&s, 0), SEEN_DUPLICATE);
	assert_int_equal(s.duplicates, 2);
	assert_int_equal(s.reordered, 0);
	assert_int_equal(s.unique, 2);
}

/* A number skipped one window ago must not look as if it had been seen. */
static void window_reuse(void **state)
{
	uint64_t n;

	(void)state;
	for (n = 0; n < SEEN_WINDOW; n++)
		seen_add(&s, n);
	seen_add(&s, SEEN_WINDOW + 10);
	assert_int_equal(seen_add(&s, SEEN_WINDOW + 3), SEEN_REORDERED);
	assert_int_equal(seen_gaps(&s), 9);
}

static void long_gap(void **state)
{
	(void)state;
	seen_add(&s, 0);
	seen_add(&s, 10 * SEEN_WINDOW);
	assert_int_equal(seen_gaps(&s), 10 * SEEN_WINDOW - 1);
	assert_int_equal(seen_add(&s, 10 * SEEN_WINDOW - 1), SEEN_REORDERED);
	assert_int_equal(seen_add(&s, 1), SEEN_REORDERED);
	assert_int_equal(s.ancient, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(in_order, setup),
		cmocka_unit_test_setup(loss, setup),
		cmocka_unit_test_setup(swapped, setup),
		cmocka_unit_test_setup(duplicate, setup),
		cmocka_unit_test_setup(window_reuse, setup),
		cmocka_unit_test_setup(long_gap, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
