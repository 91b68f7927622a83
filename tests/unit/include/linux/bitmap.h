/* SPDX-License-Identifier: GPL-2.0-only */
/* Bitmaps, bit by bit. */
#ifndef UNIT_LINUX_BITMAP_H
#define UNIT_LINUX_BITMAP_H

#include <linux/types.h>

#define BITS_PER_LONG		64
#define BITS_TO_LONGS(n)	(((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)

static inline bool test_bit(unsigned int n, const unsigned long *map)
{
	return map[n / BITS_PER_LONG] >> (n % BITS_PER_LONG) & 1;
}

static inline void __set_bit(unsigned int n, unsigned long *map)
{
	map[n / BITS_PER_LONG] |= 1UL << (n % BITS_PER_LONG);
}

static inline void __clear_bit(unsigned int n, unsigned long *map)
{
	map[n / BITS_PER_LONG] &= ~(1UL << (n % BITS_PER_LONG));
}

static inline unsigned int unit_next_bit(const unsigned long *map,
					 unsigned int size, unsigned int n)
{
	while (n < size && !test_bit(n, map))
		n++;
	return n;
}

#define for_each_set_bit(n, map, size) \
	for ((n) = unit_next_bit(map, size, 0); (n) < (size); \
	     (n) = unit_next_bit(map, size, (n) + 1))

#endif
