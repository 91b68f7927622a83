// SPDX-License-Identifier: GPL-2.0-only
#include "bytes.h"
#include "checksum.h"

/*
 * The sum of words is the same in either byte order but for a swap at the end,
 * so that it can be taken in the machine's own.
 */
uint64_t checksum_add(uint64_t seed, const void *data, size_t length)
{
	const uint8_t *p = data;
	uint64_t sum = 0;
	uint32_t word;
	uint16_t half;

	for (; length >= 4; length -= 4, p += 4) {
		memcpy(&word, p, sizeof(word));
		sum += word;
	}
	if (length >= 2) {
		memcpy(&half, p, sizeof(half));
		sum += half;
		length -= 2;
		p += 2;
	}
	if (length) {
		half = 0;
		memcpy(&half, p, 1);
		sum += half;
	}
	return seed + be16toh(checksum_fold(sum));
}

uint16_t checksum_fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

uint32_t crc32c(const void *data, size_t length)
{
	const uint8_t *p = data;
	uint32_t crc = ~0u;
	int bit;

	while (length--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
	}
	return ~crc;
}
