/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * seen - what became of the sequence numbers of one flow
 *
 * Exact as long as nothing arrives more than SEEN_WINDOW numbers late; what is
 * later still counts as reordered and in "ancient", since nobody can tell
 * whether it had been seen before.
 */
#ifndef BENCH_SEEN_H
#define BENCH_SEEN_H

#include <stdint.h>

#define SEEN_WINDOW	65536

struct seen {
	uint64_t next;		/* highest number seen + 1 */
	uint64_t unique;	/* distinct numbers seen */
	uint64_t reordered;	/* arrived after a higher number, not duplicates */
	uint64_t duplicates;
	uint64_t ancient;
	uint64_t max_late;	/* by how many numbers at most */
	uint64_t bits[SEEN_WINDOW / 64];
};

enum seen_verdict { SEEN_NEW, SEEN_REORDERED, SEEN_DUPLICATE };

/* Notes the arrival of @seq; *s starts zeroed. */
enum seen_verdict seen_add(struct seen *s, uint64_t seq);

/* Numbers below the highest seen that never came. */
static inline uint64_t seen_gaps(const struct seen *s)
{
	return s->next - s->unique;
}

#endif /* BENCH_SEEN_H */
