/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_SIZES_H
#define UNIT_LINUX_SIZES_H

#define SZ_1M	0x00100000

#endif
