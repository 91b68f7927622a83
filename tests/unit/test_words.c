// SPDX-License-Identifier: GPL-2.0-only
/* The words of masks: what two of them have in common, and whether they are one. */
#include <string.h>

#include "rules.h"
#include "unit.h"
#include "words.h"

static struct vsext_words words_of(unsigned int fields)
{
	struct vsext_key mask = mask_of(fields);
	struct vsext_words w;

	vsext_words_of(&w, &mask);
	return w;
}

static void are_united_and_intersected(void **state)
{
	unsigned int a, b;

	(void)state;
	for (a = 0; a <= M_ALL; a++)
		for (b = 0; b <= M_ALL; b++) {
			/* A part of M_SRC. */
			unsigned int part = (a & M_SRC && b & M_NET) ||
					    (b & M_SRC && a & M_NET) ? M_NET : 0;
			struct vsext_words x = words_of(a), y = words_of(b);
			struct vsext_words both = words_of((a & b) | part);
			struct vsext_words either = words_of(a | b), w;

			w = x;
			vsext_words_unite(&w, &y);
			assert_true(vsext_words_same(&w, &either));
			w = x;
			vsext_words_intersect(&w, &y);
			assert_true(vsext_words_same(&w, &both));
			assert_int_equal(vsext_words_hold(&x, &y),
					 vsext_words_same(&both, &y));
		}
}

/* Whatever stands in bytes that mean nothing, as behind an assignment they may. */
static void same_by_what_they_mean(void **state)
{
	struct vsext_words a = words_of(M_PORT | M_DST), b;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(a); i++) {
		bool meant = i <= a.n || (i >= offsetof(struct vsext_words, bits) &&
					  i < offsetof(struct vsext_words, bits[a.n]));

		memcpy(&b, &a, sizeof(b));
		((u8 *)&b)[i] ^= 1;
		assert_int_equal(vsext_words_same(&a, &b), !meant);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_united_and_intersected),
		cmocka_unit_test(same_by_what_they_mean),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
