/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory as the kernel lays it out: objects of a kmem_cache side by side in pages
 * (as it gets them from SLUB and the direct map: of large pages), and all of it
 * counted.
 */
#ifndef BENCH_LINUX_SLAB_H
#define BENCH_LINUX_SLAB_H

#include <linux/types.h>

#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	0
#define __GFP_ACCOUNT		0
#define __GFP_NOWARN		0
#define __GFP_NORETRY		0
#define __GFP_RETRY_MAYFAIL	0
#define SLAB_ACCOUNT		0

typedef int gfp_t;

void *kzalloc(size_t size, gfp_t gfp);
void kfree(const void *memory);
void *kvzalloc_node(size_t size, gfp_t gfp, int node);	/* only a cache is */

#define kmalloc(size, gfp)	kzalloc(size, gfp)
#define kvzalloc(size, gfp)	kzalloc(size, gfp)
#define kvcalloc(n, size, gfp)	kzalloc((n) * (size), gfp)
#define kvmalloc_array(n, size, gfp)	kzalloc((n) * (size), gfp)
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
