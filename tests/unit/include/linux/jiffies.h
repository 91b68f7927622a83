/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_JIFFIES_H
#define UNIT_LINUX_JIFFIES_H

#define HZ	250

#define jiffies	(*unit_jiffies())

unsigned long *unit_jiffies(void);

#endif
