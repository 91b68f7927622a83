/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which masks may hold a rule for a packet, by the bits that masks share. It may
 * name a mask in vain, but never misses one.
 *
 * Readers are in an RCU read-side section, in any context; the writer holds
 * vsext_mutex. This file and filter.c also build in user space (tests/unit).
 */
#ifndef _VSEXT_FILTER_H
#define _VSEXT_FILTER_H

#include <linux/types.h>

#include "mask.h"

/* Of a mask, from its id; two of one number are treated alike. */
#define VSEXT_FILTER_MASKS	64

static inline unsigned int vsext_filter_number(const struct vsext_mask *m)
{
	return m->id % VSEXT_FILTER_MASKS;
}

#define VSEXT_FILTER_OUTSIDE	64

/**
 * struct vsext_filter - the filter
 * @words: what masks share
 * @line: cache lines
 * @shift: a hash shifted by it is a line's number
 * @width: of a cell: a bit a column
 * @values: how many it holds, mask by mask
 * @gone: rules that have left their bits behind
 * @column: of a mask, by its number; of the writer, readers have the copy of their
 *	array (struct vsext_masks)
 */
struct vsext_filter {
	struct vsext_words words;
	u64 *line;
	unsigned int shift;
	unsigned int width;
	u32 values;
	u32 gone;
	u8 column[VSEXT_FILTER_MASKS];
	struct rcu_head rcu;
};

static inline unsigned int vsext_filter_column(const struct vsext_filter *f,
					       const struct vsext_mask *m)
{
	return f->column[vsext_filter_number(m)];
}

/**
 * vsext_filter_make() - a filter of all rules that these masks hold
 * @ret: NULL if it would not halve the search
 *
 * Returns 0 or -ENOMEM. Writer.
 */
int vsext_filter_make(struct vsext_mask *const *mask, unsigned int n,
		      struct vsext_filter **ret);
/* Before readers see the mask. Writer. */
void vsext_filter_add_mask(struct vsext_filter *f, const struct vsext_mask *m);
/*
 * A rule comes, before readers may be told to see it, or has gone. False: another
 * filter would serve better. Writer.
 */
bool vsext_filter_add(struct vsext_filter *f, const struct vsext_rule *rule);
bool vsext_filter_del(struct vsext_filter *f, const struct vsext_rule *rule);
/* At once, or behind a grace period; NULL is none. */
void vsext_filter_free(struct vsext_filter *f);
void vsext_filter_free_rcu(struct vsext_filter *f);
size_t vsext_filter_bytes(const struct vsext_filter *f);

/**
 * vsext_filter_ask() - which packets to look for in which masks
 * @key: of the packets
 * @open: those of them that are asked for, a bit each
 * @packets: by the mask's column, those to look for
 *
 * Misses no rule that was in force when the caller took its masks. Reader.
 */
void vsext_filter_ask(const struct vsext_filter *f,
		      const struct vsext_key *const *key, u32 open,
		      u32 packets[VSEXT_FILTER_OUTSIDE + 1]);

#endif /* _VSEXT_FILTER_H */
