/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_BITOPS_H
#define UNIT_LINUX_BITOPS_H

#define __ffs(x)	((unsigned int)__builtin_ctzl(x))
#define __ffs64(x)	((unsigned int)__builtin_ctzll(x))
#define hweight64(x)	((unsigned int)__builtin_popcountll(x))

#endif
