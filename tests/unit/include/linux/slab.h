/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that is counted, and that runs out when a test says so (unit.h). */
#ifndef UNIT_LINUX_SLAB_H
#define UNIT_LINUX_SLAB_H

#include <linux/types.h>

#define GFP_KERNEL		1
#define GFP_KERNEL_ACCOUNT	2

void *kzalloc(size_t size, int gfp);
void kfree(const void *memory);

#define kvzalloc(size, gfp)	kzalloc(size, gfp)
#define kvfree(memory)		kfree(memory)

#define struct_size(p, member, n) \
	(sizeof(*(p)) + sizeof((p)->member[0]) * (n))

#endif
