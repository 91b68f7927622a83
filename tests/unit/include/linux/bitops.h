/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_BITOPS_H
#define UNIT_LINUX_BITOPS_H

#define __ffs64(x)	((unsigned int)__builtin_ctzll(x))

#endif
