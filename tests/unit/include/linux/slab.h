/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that is counted, and that runs out when a test says so (unit.h). */
#ifndef UNIT_LINUX_SLAB_H
#define UNIT_LINUX_SLAB_H

#include <linux/types.h>

#define GFP_KERNEL		1
#define __GFP_ACCOUNT		2
#define GFP_KERNEL_ACCOUNT	(GFP_KERNEL | __GFP_ACCOUNT)
#define __GFP_NOWARN		4
#define __GFP_NORETRY		8
#define __GFP_RETRY_MAYFAIL	16
#define SLAB_ACCOUNT		1

typedef int gfp_t;

void *kzalloc(size_t size, gfp_t gfp);
void kfree(const void *memory);

#define kmalloc(size, gfp)	kzalloc(size, gfp)
#define kvzalloc(size, gfp)	kzalloc(size, gfp)
#define kvcalloc(n, size, gfp)	kzalloc((n) * (size), gfp)
#define kvmalloc_array(n, size, gfp)	kzalloc((n) * (size), gfp)
#define kvzalloc_node(size, gfp, node)	((void)(node), kzalloc(size, gfp))
#define kvfree(memory)		kfree(memory)

struct kmem_cache;

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
				     unsigned int flags, void (*make)(void *));
void kmem_cache_destroy(struct kmem_cache *cache);
void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *cache, void *memory);

#define struct_size(p, member, n) \
	(sizeof(*(p)) + sizeof((p)->member[0]) * (n))

#endif
