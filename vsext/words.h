/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of a flow key that matter: those in which a mask has bits, packed.
 *
 * This file and words.c also build in user space (tests/unit).
 */
#ifndef _VSEXT_WORDS_H
#define _VSEXT_WORDS_H

#include <linux/types.h>

#include "flow.h"

#ifndef __SIZEOF_INT128__
#error "the hash needs 128-bit integers, which 64-bit architectures have"
#endif

/**
 * struct vsext_words - a mask
 * @n: words in which it has bits
 * @at: where they stand in the key, ascending
 * @bits: their bits; 0 behind the last
 */
struct vsext_words {
	u8 n;
	u8 at[VSEXT_KEY_WORDS];
	u64 bits[VSEXT_KEY_WORDS];
};

/* Secret, so that nobody can write packets or rules that collide. */
extern u64 vsext_hash_key[VSEXT_KEY_WORDS + 2];

/* Draws the secret. Once, before the first hash. */
void vsext_words_init(void);

void vsext_words_of(struct vsext_words *w, const struct vsext_key *mask);
/* The words of @key under the mask, packed; and where they came from. */
void vsext_words_pack(const struct vsext_words *w, const struct vsext_key *key,
		      u64 *packed);
void vsext_words_unpack(const struct vsext_words *w, const u64 *packed,
			struct vsext_key *key);
/* Adds the bits of @other to those of @w. */
void vsext_words_unite(struct vsext_words *w, const struct vsext_words *other);
/* Leaves of the bits of @w those of @other. */
void vsext_words_intersect(struct vsext_words *w, const struct vsext_words *other);
/* Has @w all bits of @other? */
bool vsext_words_hold(const struct vsext_words *w, const struct vsext_words *other);
bool vsext_words_same(const struct vsext_words *a, const struct vsext_words *b);
u64 vsext_words_hash_packed(const struct vsext_words *w, const u64 *packed);
/* Of any @n words, at most VSEXT_KEY_WORDS. Any context. */
u64 vsext_hash_words(const u64 *word, unsigned int n);

static inline u64 vsext_words_word(const struct vsext_words *w,
				   const struct vsext_key *key, unsigned int i)
{
	return ((const u64 *)key)[w->at[i]] & w->bits[i];
}

/*
 * NH (Black et al., "UMAC: Fast and Secure Message Authentication", 1999) over
 * 64-bit words: two different inputs collide with a probability of 2^-64, over
 * the secret. A multiplication spreads its 128 bits over 64.
 */
static inline unsigned __int128 vsext_hash_pair(u64 a, u64 b, unsigned int i)
{
	return (unsigned __int128)(a + vsext_hash_key[i]) *
	       (b + vsext_hash_key[i + 1]);
}

static inline u64 vsext_hash_end(unsigned __int128 sum)
{
	u64 low = (u64)sum ^ vsext_hash_key[VSEXT_KEY_WORDS];
	u64 high = (u64)(sum >> 64) ^ vsext_hash_key[VSEXT_KEY_WORDS + 1];

	sum = (unsigned __int128)low * high;
	return (u64)sum ^ (u64)(sum >> 64);
}

/* Hash of what the mask leaves of @key. Any context. */
static inline u64 vsext_words_hash(const struct vsext_words *w,
				   const struct vsext_key *key)
{
	unsigned __int128 sum = 0;
	unsigned int i;

	/* The word behind an odd last one has no bits. */
	for (i = 0; i < w->n; i += 2)
		sum += vsext_hash_pair(vsext_words_word(w, key, i),
				       vsext_words_word(w, key, i + 1), i);
	return vsext_hash_end(sum);
}

/* Does the mask leave @packed of @key? Any context. */
static inline bool vsext_words_match(const struct vsext_words *w,
				     const u64 *packed,
				     const struct vsext_key *key)
{
	unsigned int i;

	for (i = 0; i < w->n; i++)
		if (packed[i] != vsext_words_word(w, key, i))
			return false;
	return true;
}

#endif /* _VSEXT_WORDS_H */
