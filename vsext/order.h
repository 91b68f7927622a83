/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Order: packets of a flow that arrive on one RX queue leave the stack in that
 * order, whatever core the decisions name.
 *
 * Every RX queue has a fixed table, indexed by flow hash, of where the last
 * packet of the bucket went. Decisions may differ from it at any time (rules,
 * loads, IRQ affinity change); the bucket follows only through a *move*: its
 * packets are held until the fence of the old core has passed and are then
 * handed to the new one. State per rule or per flow could not do this: it is
 * forgotten when a rule goes or a cache entry is evicted. A hash collision only
 * makes flows move together.
 *
 * Locking: a queue belongs to whoever polls it (the NAPI's owner; in ingress
 * mode, @serial is held). @lock protects the moves, which the fence's softirq on
 * another core completes.
 */
#ifndef _VSEXT_ORDER_H
#define _VSEXT_ORDER_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>

#include "fence.h"

#define VSEXT_BUCKETS	4096
#define VSEXT_MOVES	64	/* at a time and RX queue */

/**
 * struct vsext_bucket - where the last packet with this hash went
 * @ticket, @source: of that packet, if it is in a queue of ours
 * @stamp: jiffies of that packet
 * @moved: low bits of jiffies of the last move
 * @epoch: the queue's when the bucket was last looked at
 * @move: index of the move that is under way
 */
struct vsext_bucket {
	u32 ticket;
	u32 stamp;
	u16 moved;
	u16 source;
	u16 core;
	u8 epoch;
	u8 where : 2;
	u8 move : 6;
};

/* A bucket's change of core. */
struct vsext_move {
	struct vsext_fence fence;
	struct vsext_rxq *rxq;
	struct sk_buff_head held;
	u32 bytes;
	u32 started;
	u32 ticket;
	u16 source;
	u16 bucket;
	u16 to;
	u8 state;
};

/**
 * struct vsext_rxq - one RX queue
 * @napi: who polls it in driver mode; set by its first packet
 * @seen: jiffies of the last poll
 * @skipping: packets go by without being recorded
 * @skipped: jiffies of the last one that did
 * @skipped_core: and the core that it stayed on
 * @home: the core of the last packet that was recorded
 * @strayed: jiffies of the last change of @home, or packet that did not go directly
 * @looked: jiffies of the last look at all moves and buckets
 * @moving: buckets that are moving
 * @epoch: number of times that recording began
 * @free: moves that no fence has, one bit each; of them, those in state DONE have
 *	not been settled
 */
struct vsext_rxq {
	struct napi_struct *napi;
	const void *port;
	u32 ifindex;
	u32 seen;
	u32 skipped;
	u32 looked;
	u32 strayed;
	u16 skipped_core;
	u16 home;
	u16 moving;
	u8 epoch;
	bool skipping;
	bool ingress;
	spinlock_t serial;	/* ingress mode: one packet at a time */
	spinlock_t lock;	/* moves; inside of @serial */
	u64 free;
	struct vsext_move move[VSEXT_MOVES];
	struct vsext_bucket bucket[VSEXT_BUCKETS];
};

struct vsext_order_stats {
	u64 moves;
	u64 timeouts;
};

/* Where a packet goes. */
enum vsext_place {
	VSEXT_PLACE_DIRECT,	/* on, up the stack of this core */
	VSEXT_PLACE_QUEUE,	/* into a core's queue */
	VSEXT_PLACE_HOLD,	/* wait for its bucket's move */
};

/* Before the first queue. Process context. */
void vsext_order_init(void);
/* Several times a second; the more seldom, the longer moves take. Process context. */
void vsext_order_tick(void);

/* @port: whom vsext_fence_forget() will be told. */
void vsext_rxq_init(struct vsext_rxq *rxq, const void *port, u32 ifindex,
		    bool ingress);
/* No packet comes any more. Gives held packets to their cores; sleeps. */
void vsext_rxq_exit(struct vsext_rxq *rxq);
/* Drops what is held. Returns how many. Process context. */
unsigned int vsext_rxq_purge(struct vsext_rxq *rxq);
/*
 * Another NAPI polls it from now on: nothing is known of its flows. What is held
 * for moves goes on. Its owner.
 */
void vsext_rxq_forget(struct vsext_rxq *rxq);
/* Packets held now. Process context. */
unsigned int vsext_rxq_held(struct vsext_rxq *rxq);
/* Does any move wait for its fence? Process context. */
bool vsext_rxq_moving(struct vsext_rxq *rxq);

/**
 * vsext_order_place() - where the next packet of a bucket goes
 * @napi: whose poll this is; NULL: nobody's
 * @want: the core that the rules name
 * @core: in the case of VSEXT_PLACE_QUEUE, the core to queue to: @want, or
 *	where the bucket still is
 *
 * Context: the owner of @rxq, softirqs off.
 */
enum vsext_place vsext_order_place(struct vsext_rxq *rxq,
				   struct napi_struct *napi, u32 hash,
				   unsigned int want, unsigned int *core);
/* After the packet was staged to @core. */
void vsext_order_staged(struct vsext_rxq *rxq, u32 hash, unsigned int core);
/*
 * Holds a packet. Returns VSEXT_PLACE_HOLD; VSEXT_PLACE_QUEUE: the move has
 * ended meanwhile, stage it to @core; -ENOSPC: too many are held.
 */
int vsext_order_hold(struct vsext_rxq *rxq, u32 hash, struct sk_buff *skb,
		     u32 limit, unsigned int *core);

/*
 * May a packet that stays here go by unrecorded (as no rule has existed for
 * long enough)? Then it is noted that one did.
 */
bool vsext_order_skip(struct vsext_rxq *rxq, u32 rules_gone);

void vsext_order_stats(struct vsext_order_stats *stats);

#endif /* _VSEXT_ORDER_H */
