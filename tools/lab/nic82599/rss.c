// SPDX-License-Identifier: GPL-2.0-only
#include "bytes.h"
#include "rss.h"

struct kind {
	uint32_t bit;		/* of MRQC */
	unsigned int type;	/* in the descriptor */
	unsigned int version;
	bool extended;		/* also with IPv6 extensions */
	enum l4 l4;		/* L4_NONE: addresses only */
};

/* The first that fits and is enabled counts. */
static const struct kind kinds[] = {
	{ RSS_TCP4,	1, 4, true,  L4_TCP },
	{ RSS_UDP4,	7, 4, true,  L4_UDP },
	{ RSS_IP4,	2, 4, true,  L4_NONE },
	{ RSS_TCP6,	3, 6, false, L4_TCP },
	{ RSS_UDP6,	8, 6, false, L4_UDP },
	{ RSS_TCP6_EX,	6, 6, true,  L4_TCP },
	{ RSS_UDP6_EX,	9, 6, true,  L4_UDP },
	{ RSS_IP6,	5, 6, true,  L4_NONE },
	{ RSS_IP6_EX,	4, 6, true,  L4_NONE },
};

static bool fits(const struct kind *k, const struct frame *f)
{
	if (k->version != f->version || (f->extended && !k->extended))
		return false;
	return k->l4 == L4_NONE || k->l4 == f->l4;
}

static const struct kind *kind_of(const struct frame *f, uint32_t mrqc)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (mrqc & kinds[i].bit && fits(&kinds[i], f))
			return &kinds[i];
	return NULL;
}

unsigned int rss_hash(const struct frame *f, uint32_t mrqc, const uint8_t key[TOEPLITZ_KEY],
		      uint32_t *hash)
{
	const struct kind *k = kind_of(f, mrqc);
	uint8_t input[TOEPLITZ_INPUT];
	unsigned int size;

	*hash = 0;
	if (!k)
		return 0;
	size = f->version == 4 ? 8 : 32;
	memcpy(input, f->data + f->ip + (f->version == 4 ? 12 : 8), size);
	if (k->l4 != L4_NONE) {
		put_be16(input + size, f->source);
		put_be16(input + size + 2, f->destination);
		size += 4;
	}
	*hash = toeplitz(key, input, size);
	return k->type;
}
