/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dispatch: packets from one core to another core's softirq.
 *
 * A source core stages packets per target and pushes each stage as one chain at
 * the end of its poll: one atomic and at most one wake-up per target and poll.
 * The target delivers them out of its own NAPI, GRO included.
 *
 * A *lane* is the way from one source to one target. Lanes are FIFO, and the
 * order between lanes of one target is that of the pushes. A *ticket* is the
 * number of packets that a lane had taken when a packet was staged; it has
 * *passed* when the target has delivered that many.
 *
 * Locking: @sent and the stages belong to the source core, @done and @ready to
 * the target's NAPI, both with softirqs off. The inbox is lockless.
 */
#ifndef _VSEXT_DISPATCH_H
#define _VSEXT_DISPATCH_H

#include <linux/skbuff.h>
#include <linux/types.h>

/* What happened to a core's packets. */
struct vsext_core_stats {
	u64 packets;	/* delivered here */
	u64 bytes;
	u64 stolen;	/* taken here for another core */
	u64 wakeups;	/* IPIs to this core */
	u64 drops;	/* on the way to this core: its queue was full */
	u64 gone;	/* on the way to this core: their device went away */
	u64 offline;	/* batches polled elsewhere as this core was offline */
	u32 queued;	/* waiting now */
};

#define VSEXT_LANE_UNLIMITED	U32_MAX

int vsext_dispatch_init(void);	/* -ENOMEM; process context */
void vsext_dispatch_exit(void);	/* nobody stages any more; process context */

/* How the target hands a packet to the stack. */
enum vsext_entry {
	VSEXT_ENTRY_GRO,	/* the driver's: by GRO */
	VSEXT_ENTRY_PLAIN,	/* likewise, but GRO cannot merge it (a fragment) */
	VSEXT_ENTRY_AGAIN,	/* the ingress hook's: where it was taken, behind GRO */
};

/**
 * vsext_dispatch_stage() - put a packet on its way to @target
 * @limit: packets that may be under way in this lane
 *
 * Returns false if the lane is full: the caller still owns the packet.
 * Context: softirqs off; vsext_dispatch_flush() must follow on this core
 * before they are on again.
 */
bool vsext_dispatch_stage(struct sk_buff *skb, unsigned int target,
			  enum vsext_entry entry, u32 limit);

/* Pushes what this core has staged. Context: softirqs off. */
void vsext_dispatch_flush(void);

/* The ticket of the packet last staged from this core. Context: softirqs off. */
u32 vsext_dispatch_ticket(unsigned int target);
/* Context: any. */
bool vsext_dispatch_passed(unsigned int source, unsigned int target,
			   u32 ticket);

/* Pushes the stages that a poll left when the hook went off under it. Nobody stages. */
void vsext_dispatch_flush_all(void);
/* Waits until what is queued now is delivered, at most @ms. Process context. */
void vsext_dispatch_drain(unsigned int ms);
/* Drops every queued packet of @dev (NULL: of all). Process context. */
void vsext_dispatch_purge(const struct net_device *dev);

void vsext_dispatch_stats(unsigned int core, struct vsext_core_stats *stats);

#endif /* _VSEXT_DISPATCH_H */
