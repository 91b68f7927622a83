/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_JIFFIES_H
#define UNIT_LINUX_JIFFIES_H

#define HZ	250

extern unsigned long jiffies;

#endif
