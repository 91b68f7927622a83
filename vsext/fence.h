/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fence: when have a flow's packets left a core for good?
 *
 * "Out of our queue" is not enough: packets then stand in GRO, in per-core
 * queues behind tunnels and IPsec (gro_cells) and in the backlog behind veth.
 * All of these are NAPIs of the core, polled in turn. So the fence is a NAPI of
 * the core too, and it counts turns: each of its polls lets every other
 * scheduled NAPI have one. It has passed once the stack was quiet for some turns,
 * or after as many turns as the longest legal queues need.
 */
#ifndef _VSEXT_FENCE_H
#define _VSEXT_FENCE_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/types.h>

/**
 * struct vsext_fence - one request, embedded in what waits for it
 * @passed: called once in softirq when the fence has passed, on the core itself
 *	unless that is offline; from then on the fence may be requested again
 * @queued: @source, @core and @ticket name the last packet that went through our
 *	queue; the turns are counted from its delivery
 */
struct vsext_fence {
	struct llist_node request;
	struct list_head node;
	void (*passed)(struct vsext_fence *fence);
	const void *owner;
	bool queued;
	u16 core;
	u16 source;
	u32 ticket;
	u32 requested;		/* jiffies */
	unsigned int turns;
	unsigned int quiet;
};

int vsext_fence_init(void);	/* -ENOMEM; process context */
void vsext_fence_exit(void);	/* no request is pending; process context */

/* Context: softirqs off; the caller flushes its stages before they are on. */
void vsext_fence_request(struct vsext_fence *fence);

/*
 * Forgets every request of @owner: passed() will not be called any more.
 * Nobody makes new ones meanwhile. Process context, sleeps.
 */
void vsext_fence_forget(const void *owner);

#endif /* _VSEXT_FENCE_H */
