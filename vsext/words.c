// SPDX-License-Identifier: GPL-2.0-only
/* Packed masks. */
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/string.h>

#include "words.h"

u64 vsext_hash_key[VSEXT_KEY_WORDS + 2] __read_mostly;

void vsext_words_init(void)
{
	get_random_bytes(vsext_hash_key, sizeof(vsext_hash_key));
}

static void append(struct vsext_words *w, unsigned int at, u64 bits)
{
	if (!bits)
		return;
	w->at[w->n] = at;
	w->bits[w->n++] = bits;
}

void vsext_words_of(struct vsext_words *w, const struct vsext_key *mask)
{
	unsigned int i;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < VSEXT_KEY_WORDS; i++)
		append(w, i, ((const u64 *)mask)[i]);
}

void vsext_words_pack(const struct vsext_words *w, const struct vsext_key *key,
		      u64 *packed)
{
	unsigned int i;

	for (i = 0; i < w->n; i++)
		packed[i] = vsext_words_word(w, key, i);
}

void vsext_words_unpack(const struct vsext_words *w, const u64 *packed,
			struct vsext_key *key)
{
	unsigned int i;

	memset(key, 0, sizeof(*key));
	for (i = 0; i < w->n; i++)
		((u64 *)key)[w->at[i]] = packed[i];
}

/* Leaves the bits that both have, or that either has. */
static void combine(struct vsext_words *w, const struct vsext_words *other,
		    bool both)
{
	struct vsext_key key, more;
	u64 *bits = (u64 *)&key;
	unsigned int i;

	vsext_words_unpack(w, w->bits, &key);
	vsext_words_unpack(other, other->bits, &more);
	for (i = 0; i < VSEXT_KEY_WORDS; i++)
		if (both)
			bits[i] &= ((u64 *)&more)[i];
		else
			bits[i] |= ((u64 *)&more)[i];
	vsext_words_of(w, &key);
}

void vsext_words_unite(struct vsext_words *w, const struct vsext_words *other)
{
	combine(w, other, false);
}

void vsext_words_intersect(struct vsext_words *w, const struct vsext_words *other)
{
	combine(w, other, true);
}

bool vsext_words_hold(const struct vsext_words *w, const struct vsext_words *other)
{
	struct vsext_words both = *other;

	vsext_words_intersect(&both, w);
	return vsext_words_same(&both, other);
}

bool vsext_words_same(const struct vsext_words *a, const struct vsext_words *b)
{
	return a->n == b->n && !memcmp(a->at, b->at, a->n) &&
	       !memcmp(a->bits, b->bits, a->n * sizeof(*a->bits));
}

u64 vsext_hash_words(const u64 *word, unsigned int n)
{
	unsigned __int128 sum = 0;
	unsigned int i;

	for (i = 0; i < n; i += 2)
		sum += vsext_hash_pair(word[i], i + 1 < n ? word[i + 1] : 0, i);
	return vsext_hash_end(sum);
}

u64 vsext_words_hash_packed(const struct vsext_words *w, const u64 *packed)
{
	return vsext_hash_words(packed, w->n);
}
