/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_BITS_H
#define UNIT_LINUX_BITS_H

#define GENMASK_ULL(high, low)	(~0ull >> (63 - (high)) & ~0ull << (low))

#endif
