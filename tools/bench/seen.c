// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "seen.h"

static bool test_and_set(struct seen *s, uint64_t seq)
{
	uint64_t *word = &s->bits[seq % SEEN_WINDOW / 64];
	uint64_t bit = 1ULL << (seq % 64);
	bool old = *word & bit;

	*word |= bit;
	return old;
}

/* The window moves up to @seq: the numbers skipped have not been seen. */
static void advance(struct seen *s, uint64_t seq)
{
	uint64_t n;

	if (seq - s->next >= SEEN_WINDOW) {
		memset(s->bits, 0, sizeof(s->bits));
	} else {
		for (n = s->next; n <= seq; n++)
			s->bits[n % SEEN_WINDOW / 64] &= ~(1ULL << (n % 64));
	}
	s->next = seq + 1;
}

static enum seen_verdict add_late(struct seen *s, uint64_t seq)
{
	uint64_t late = s->next - 1 - seq;

	if (late >= SEEN_WINDOW) {
		s->ancient++;
	} else if (test_and_set(s, seq)) {
		s->duplicates++;
		return SEEN_DUPLICATE;
	}
	s->unique++;
	s->reordered++;
	if (late > s->max_late)
		s->max_late = late;
	return SEEN_REORDERED;
}

enum seen_verdict seen_add(struct seen *s, uint64_t seq)
{
	if (seq < s->next)
		return add_late(s, seq);
	advance(s, seq);
	test_and_set(s, seq);
	s->unique++;
	return SEEN_NEW;
}
