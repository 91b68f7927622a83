/* SPDX-License-Identifier: GPL-2.0-only */
/* A hash with the kernel's interface, not with its values. */
#ifndef UNIT_LINUX_JHASH_H
#define UNIT_LINUX_JHASH_H

#include <linux/types.h>

static inline u32 jhash2(const u32 *k, u32 length, u32 initval)
{
	u64 sum = (initval + 1ull) * 0x9e3779b97f4a7c15ull + length;
	u32 i;

	for (i = 0; i < length; i++) {
		sum = (sum ^ k[i]) * 0xd6e8feb86659fd93ull;
		sum ^= sum >> 32;
	}
	return sum ^ sum >> 29;
}

static inline u32 jhash_3words(u32 a, u32 b, u32 c, u32 initval)
{
	const u32 k[] = { a, b, c };

	return jhash2(k, 3, initval);
}

#endif
