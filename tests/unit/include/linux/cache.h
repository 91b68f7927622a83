/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_CACHE_H
#define UNIT_LINUX_CACHE_H

#include <linux/types.h>

#define ____cacheline_aligned	__aligned(64)
#define ____cacheline_aligned_in_smp	__aligned(64)

#endif
