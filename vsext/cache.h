/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the last packets of a core have found, by a signature of what all masks
 * look at. A megabyte a core, whatever the packets are.
 *
 * This file and cache.c also build in user space (tests/unit).
 */
#ifndef _VSEXT_CACHE_H
#define _VSEXT_CACHE_H

#include <linux/sizes.h>
#include <linux/types.h>

#include "rule.h"

#define VSEXT_CACHE_BYTES	SZ_1M

/*
 * From now on there is a cache, unless memory is short. Writer; process context.
 * Stays until vsext_cache_exit(), behind the last packet.
 */
void vsext_cache_enable(void);
void vsext_cache_exit(void);
/* Of all cores. Writer. */
size_t vsext_cache_bytes(void);

/*
 * All: softirqs off, in one RCU section. Entries of another @epoch are none; an
 * epoch never returns.
 *
 * vsext_cache_find() - is it known what a packet with this hash finds?
 * Returns true with @rule set, NULL for none. Hashes may collide: compare.
 */
void vsext_cache_prefetch(u64 hash);
bool vsext_cache_find(u64 epoch, u64 hash, struct vsext_rule **rule);
void vsext_cache_store(u64 epoch, u64 hash, struct vsext_rule *rule);

#endif /* _VSEXT_CACHE_H */
