// SPDX-License-Identifier: GPL-2.0-only
#include "bytes.h"
#include "toeplitz.h"

/* Every bit that is set adds the 32 bits of the key that begin at its position. */
uint32_t toeplitz(const uint8_t key[TOEPLITZ_KEY], const void *data, size_t length)
{
	const uint8_t *p = data;
	uint64_t window;
	uint32_t hash = 0;
	size_t i;
	int bit;

	for (i = 0; i < length && i < TOEPLITZ_INPUT; i++) {
		window = (uint64_t)get_be32(key + i) << 8 | key[i + 4];
		for (bit = 7; bit >= 0; bit--)
			if (p[i] >> bit & 1)
				hash ^= (uint32_t)(window >> (bit + 1));
	}
	return hash;
}
