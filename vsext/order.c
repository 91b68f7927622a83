// SPDX-License-Identifier: GPL-2.0-only
/* Buckets and their moves. */
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <net/gro.h>

#include <linux/vsext.h>

#include "dispatch.h"
#include "order.h"
#include "trace.h"

/*
 * A move that its fence has not let through by then goes on regardless. Much
 * longer than the fence's turns need: only a core that stands still is so late.
 */
#define TIMEOUT		HZ
/* Of 2^31 packets: a lane would need 250 million packets/s to use it up. */
#define TICKET_LIFE	(8 * HZ)
/* Between two moves of a bucket: colliding flows must not toss it about. */
#define DWELL		max(HZ / 125, 1)
/* Bytes held for a move, per packet allowed. */
#define HELD_BYTES	2048

enum where {
	DIRECT,		/* up the stack of the core that polled it */
	QUEUED,		/* in a queue of ours */
	MOVING,		/* held */
};

enum state {
	FREE,
	WAITING,	/* for the fence */
	DONE,		/* held packets are queued; the bucket does not know yet */
	EXPIRED,	/* likewise, by timeout; the fence still has it */
};

static bool fence = true;
module_param(fence, bool, 0600);
MODULE_PARM_DESC(fence, "wait for the old core when a flow moves (N only to see tests fail)");

static DEFINE_PER_CPU(struct vsext_order_stats, stats);

/*
 * What the stack was given by @before has left it. Time alone does not tell: a
 * core may stand still for long (the host took it away) with a packet in hand.
 * Three RCU grace periods do for softirqs that run: one for the poll that brought the
 * packet, one for what ran on the core that it was pushed to and may have begun
 * before, one for what has begun since and works off all that there was. Not for one
 * that waits for ksoftirqd (6.1, beside a realtime task) or for a NAPI's thread: a limit.
 */
static struct {
	u32 before;
	u32 started[3];		/* of the last two grace periods, of the one under way */
	unsigned long period;
} quiet;

static u32 now(void)
{
	return (u32)jiffies;
}

/* Has all that the stack was given at @then, and before, left it? */
static bool is_quiet(u32 then)
{
	return (s32)(READ_ONCE(quiet.before) - then) > 0;
}

/* Likewise. Of what is very long ago, numbers that wrap say nothing. */
static bool is_over(u32 then)
{
	return now() - then > INT_MAX / 2 || is_quiet(then);
}

static struct vsext_bucket *bucket_of(struct vsext_rxq *rxq, u32 hash)
{
	return &rxq->bucket[hash & (VSEXT_BUCKETS - 1)];
}

/* --- moves --- */

/* Hands what is held to the new core. @rxq->lock is held. */
static void release(struct vsext_move *move, enum state state)
{
	enum vsext_entry entry = move->rxq->ingress ? VSEXT_ENTRY_AGAIN :
						      VSEXT_ENTRY_GRO;
	struct sk_buff *skb;

	lockdep_assert_held(&move->rxq->lock);
	/* The lane's order is that of staging: nothing of ours may overtake. */
	vsext_dispatch_flush();
	while ((skb = __skb_dequeue(&move->held)))
		/* Bounded when it was held. */
		vsext_dispatch_stage(skb, move->to, entry,
				     VSEXT_LANE_UNLIMITED);
	vsext_dispatch_flush();
	move->source = smp_processor_id();
	move->ticket = vsext_dispatch_ticket(move->to);
	move->bytes = 0;
	WRITE_ONCE(move->state, state);
}

static void fence_passed(struct vsext_fence *f)
{
	struct vsext_move *move = container_of(f, struct vsext_move, fence);

	spin_lock(&move->rxq->lock);
	if (move->state == WAITING)
		release(move, DONE);
	else
		move->state = FREE;
	WRITE_ONCE(move->rxq->free,
		   move->rxq->free | BIT_ULL(move - move->rxq->move));
	spin_unlock(&move->rxq->lock);
}

/* The bucket learns of the end of its move. @rxq->lock is held. */
static void settle(struct vsext_rxq *rxq, struct vsext_move *move)
{
	struct vsext_bucket *b = &rxq->bucket[move->bucket];

	lockdep_assert_held(&rxq->lock);
	b->where = QUEUED;
	b->core = move->to;
	b->source = move->source;
	b->ticket = move->ticket;
	b->stamp = now();
	rxq->strayed = b->stamp;
	rxq->moving--;
	if (move->state == DONE)
		move->state = FREE;
}

/* A move that has ended says where the bucket is, not where it is wanted now. */
static bool is_moving(struct vsext_rxq *rxq, const struct vsext_bucket *b)
{
	struct vsext_move *move = &rxq->move[b->move];

	if (likely(b->where != MOVING))
		return false;
	if (READ_ONCE(move->state) == WAITING)
		return true;
	spin_lock(&rxq->lock);
	settle(rxq, move);
	spin_unlock(&rxq->lock);
	return false;
}

static void settle_done(struct vsext_rxq *rxq)
{
	unsigned int i;

	lockdep_assert_held(&rxq->lock);
	for (i = 0; i < VSEXT_MOVES; i++)
		if (rxq->move[i].state == DONE)
			settle(rxq, &rxq->move[i]);
}

static void expire(struct vsext_move *move)
{
	this_cpu_inc(stats.timeouts);
	release(move, EXPIRED);
}

static struct vsext_move *get_move(struct vsext_rxq *rxq)
{
	struct vsext_move *move;

	lockdep_assert_held(&rxq->lock);
	if (!rxq->free)
		return NULL;
	move = &rxq->move[__ffs64(rxq->free)];
	if (move->state == DONE)
		settle(rxq, move);
	WRITE_ONCE(rxq->free, rxq->free & ~BIT_ULL(move - rxq->move));
	return move;
}

static bool start_move(struct vsext_rxq *rxq, struct napi_struct *napi,
		       struct vsext_bucket *b, unsigned int to)
{
	struct vsext_move *move;

	if (!READ_ONCE(rxq->free))
		return false;
	spin_lock(&rxq->lock);
	move = get_move(rxq);
	if (!move) {
		spin_unlock(&rxq->lock);
		return false;
	}
	trace_vsext_move(rxq->ifindex, b - rxq->bucket, b->core, to);
	move->state = WAITING;
	move->to = to;
	move->bucket = b - rxq->bucket;
	move->started = now();
	move->fence.queued = b->where == QUEUED;
	move->fence.core = b->core;
	move->fence.source = b->source;
	move->fence.ticket = b->ticket;
	b->where = MOVING;
	b->move = move - rxq->move;
	b->moved = now();
	rxq->moving++;
	this_cpu_inc(stats.moves);
	spin_unlock(&rxq->lock);

	/* GRO may hold packets of the bucket: let them leave with this poll. */
	if (napi && !move->fence.queued)
		napi_gro_flush(napi, false);
	vsext_fence_request(&move->fence);
	return true;
}

int vsext_order_hold(struct vsext_rxq *rxq, u32 hash, struct sk_buff *skb,
		     u32 limit, unsigned int *core)
{
	struct vsext_bucket *b = bucket_of(rxq, hash);
	struct vsext_move *move = &rxq->move[b->move];
	int ret = VSEXT_PLACE_HOLD;

	spin_lock(&rxq->lock);
	if (move->state == WAITING && now() - move->started > TIMEOUT)
		expire(move);
	if (move->state != WAITING) {
		*core = move->to;
		settle(rxq, move);
		ret = VSEXT_PLACE_QUEUE;
	} else if (move->held.qlen >= limit ||
		   move->bytes + skb->len > limit * HELD_BYTES) {
		ret = -ENOSPC;
	} else {
		__skb_queue_tail(&move->held, skb);
		move->bytes += skb->len;
	}
	spin_unlock(&rxq->lock);
	return ret;
}

/* --- buckets --- */

/* Since the bucket was looked at last, packets may have gone by unrecorded. */
static void catch_up(struct vsext_rxq *rxq, struct vsext_bucket *b)
{
	if (rxq->skipping) {
		rxq->skipping = false;
		rxq->epoch++;
		if (rxq->skipped_core >= nr_cpu_ids)
			rxq->skipped_core = smp_processor_id();
	}
	if (likely(b->epoch == rxq->epoch))
		return;
	b->epoch = rxq->epoch;
	b->where = DIRECT;
	b->core = rxq->skipped_core;
	b->stamp = rxq->skipped;
}

static bool has_left(const struct vsext_bucket *b)
{
	return b->where == DIRECT ||
	       vsext_dispatch_passed(b->source, b->core, b->ticket);
}

/* Where a bucket goes that stays on the core that it is on. */
static enum vsext_place stay(struct vsext_bucket *b, unsigned int *core)
{
	unsigned int me = smp_processor_id();

	*core = b->core;
	if (b->core != me)
		return VSEXT_PLACE_QUEUE;
	/*
	 * Out of our queue on this very core: what was delivered is ahead in all
	 * queues of the core that follow, as direct packets will pass them too.
	 */
	if (has_left(b)) {
		b->where = DIRECT;
		return VSEXT_PLACE_DIRECT;
	}
	return VSEXT_PLACE_QUEUE;
}

static enum vsext_place place(struct vsext_rxq *rxq, struct napi_struct *napi,
			      u32 hash, unsigned int want, unsigned int *core)
{
	struct vsext_bucket *b = bucket_of(rxq, hash);
	u32 since, t;

	catch_up(rxq, b);
	if (is_moving(rxq, b))
		return VSEXT_PLACE_HOLD;
	/* Not before: a move that has just ended has set the stamp to its own now. */
	t = now();
	since = t - b->stamp;
	b->stamp = t;
	if (likely(b->core == want))
		return stay(b, core);
	/* A ticket says nothing once its lane's counters may have come round. */
	if (since > TICKET_LIFE || (is_quiet(t - since) && has_left(b)) ||
	    !READ_ONCE(fence)) {
		b->core = want;
		b->where = DIRECT;
		return stay(b, core);
	}
	if ((u16)((u16)t - b->moved) > DWELL && start_move(rxq, napi, b, want))
		return VSEXT_PLACE_HOLD;
	return stay(b, core);
}

enum vsext_place vsext_order_place(struct vsext_rxq *rxq,
				   struct napi_struct *napi, u32 hash,
				   unsigned int want, unsigned int *core)
{
	enum vsext_place where = place(rxq, napi, hash, want, core);

	if (where != VSEXT_PLACE_DIRECT || rxq->home != smp_processor_id()) {
		rxq->home = smp_processor_id();
		rxq->strayed = now();
	}
	return where;
}

void vsext_order_staged(struct vsext_rxq *rxq, u32 hash, unsigned int core)
{
	struct vsext_bucket *b = bucket_of(rxq, hash);

	b->where = QUEUED;
	b->source = smp_processor_id();
	b->ticket = vsext_dispatch_ticket(core);
}

/*
 * Has all that was held or queued been delivered? The buckets may see no packet any
 * more, so all are looked at, once a jiffy at most.
 */
static bool is_empty(struct vsext_rxq *rxq, u32 t)
{
	const struct vsext_bucket *b;

	if (rxq->looked == t)
		return false;
	rxq->looked = t;
	if (rxq->moving) {
		spin_lock(&rxq->lock);
		settle_done(rxq);
		spin_unlock(&rxq->lock);
		return false;
	}
	for (b = rxq->bucket; b < rxq->bucket + VSEXT_BUCKETS; b++)
		if (b->epoch == rxq->epoch && t - b->stamp <= TICKET_LIFE &&
		    !has_left(b))
			return false;
	return true;
}

bool vsext_order_skip(struct vsext_rxq *rxq, u32 rules_gone)
{
	unsigned int me = smp_processor_id();
	u32 t = now();

	/* Once for what was on its way then, once for what met that. */
	if (t - rules_gone <= HZ / 2 || !is_over(rules_gone + HZ / 4))
		return false;
	/* It would overtake what has not left another core, or our queue here. */
	if (!rxq->skipping &&
	    (rxq->home != me || !is_over(rxq->strayed) || !is_empty(rxq, t)))
		return false;
	/* Which core a flow was on is known only of one core. */
	if (rxq->skipping && rxq->skipped_core != me && !is_quiet(rxq->skipped))
		return false;
	rxq->skipping = true;
	rxq->skipped = t;
	rxq->skipped_core = me;
	return true;
}

/* --- control --- */

void vsext_order_tick(void)
{
	if (!poll_state_synchronize_rcu(quiet.period))
		return;
	WRITE_ONCE(quiet.before, quiet.started[0]);
	quiet.started[0] = quiet.started[1];
	quiet.started[1] = quiet.started[2];
	quiet.started[2] = now();
	/* What comes in this very jiffy may come behind the start. */
	quiet.period = start_poll_synchronize_rcu();
}

void vsext_order_init(void)
{
	quiet.before = now();
	quiet.started[0] = now();
	quiet.started[1] = now();
	quiet.started[2] = now();
	quiet.period = start_poll_synchronize_rcu();
}

static void know_nothing(struct vsext_rxq *rxq)
{
	rxq->skipping = true;
	rxq->skipped = now();
	rxq->skipped_core = U16_MAX;
	rxq->home = U16_MAX;
}

void vsext_rxq_init(struct vsext_rxq *rxq, const void *port, u32 ifindex,
		    bool ingress)
{
	unsigned int i;

	rxq->port = port;
	rxq->ifindex = ifindex;
	rxq->ingress = ingress;
	spin_lock_init(&rxq->serial);
	spin_lock_init(&rxq->lock);
	rxq->free = U64_MAX;
	/* Flows may have packets under way since before we were attached. */
	know_nothing(rxq);
	for (i = 0; i < VSEXT_MOVES; i++) {
		struct vsext_move *move = &rxq->move[i];

		move->rxq = rxq;
		move->fence.passed = fence_passed;
		move->fence.owner = rxq->port;
		__skb_queue_head_init(&move->held);
	}
}

void vsext_rxq_forget(struct vsext_rxq *rxq)
{
	unsigned int i;

	spin_lock(&rxq->lock);
	for (i = 0; i < VSEXT_MOVES; i++) {
		struct vsext_move *move = &rxq->move[i];

		if (move->state == WAITING)
			expire(move);
		else if (move->state != DONE)
			continue;
		settle(rxq, move);
	}
	spin_unlock(&rxq->lock);
	know_nothing(rxq);
}

unsigned int vsext_rxq_held(struct vsext_rxq *rxq)
{
	unsigned int i, n = 0;

	spin_lock_bh(&rxq->lock);
	for (i = 0; i < VSEXT_MOVES; i++)
		n += skb_queue_len(&rxq->move[i].held);
	spin_unlock_bh(&rxq->lock);
	return n;
}

bool vsext_rxq_moving(struct vsext_rxq *rxq)
{
	unsigned int i, n = 0;

	spin_lock_bh(&rxq->lock);
	for (i = 0; i < VSEXT_MOVES; i++)
		n += rxq->move[i].state == WAITING;
	spin_unlock_bh(&rxq->lock);
	return n;
}

void vsext_rxq_exit(struct vsext_rxq *rxq)
{
	unsigned int i;

	spin_lock_bh(&rxq->lock);
	for (i = 0; i < VSEXT_MOVES; i++)
		if (rxq->move[i].state == WAITING)
			release(&rxq->move[i], EXPIRED);
	spin_unlock_bh(&rxq->lock);
}

unsigned int vsext_rxq_purge(struct vsext_rxq *rxq)
{
	unsigned int i, n = 0;
	struct sk_buff *skb;

	spin_lock_bh(&rxq->lock);
	for (i = 0; i < VSEXT_MOVES; i++) {
		while ((skb = __skb_dequeue(&rxq->move[i].held))) {
			trace_vsext_drop(skb, rxq->move[i].to,
					 VSEXT_STAT_DROP_GONE);
			kfree_skb_reason(skb, SKB_DROP_REASON_DEV_READY);
			n++;
		}
	}
	spin_unlock_bh(&rxq->lock);
	return n;
}

void vsext_order_stats(struct vsext_order_stats *sum)
{
	unsigned int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		sum->moves += READ_ONCE(per_cpu(stats, cpu).moves);
		sum->timeouts += READ_ONCE(per_cpu(stats, cpu).timeouts);
	}
}
