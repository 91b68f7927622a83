// SPDX-License-Identifier: GPL-2.0-only
/* Per-core queues and the NAPI that delivers out of them. */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/llist.h>
#include <linux/netdevice.h>
#include <linux/smp.h>

#include <linux/vsext.h>

#include "compat/compat.h"
#include "dispatch.h"
#include "trace.h"
#include "wake.h"

/* Bytes under way in a lane are bounded too: this many per packet allowed. */
#define LANE_BYTES_PER_PACKET	2048

/* One direction of a lane; written by one core only. */
struct lane_count {
	u32 packets;
	u32 bytes;
};

/* The source's side, with what it last read of the target's. */
struct lane {
	struct lane_count sent;
	struct lane_count done;
};

struct lane_stats {
	u64 stolen;
	u64 wakeups;
	u64 drops;
	u64 offline;
};

struct stage {
	struct llist_node *first;	/* the newest packet */
	struct llist_node *last;
};

/*
 * What a core has as a source and as a target
 * @inbox: chains pushed to this core, newest packet first
 * @wake: schedules @napi on this core
 * @ready: packets out of the inbox, oldest first; of the poll only
 * @done: per source: delivered or dropped here
 * @lane: per target
 * @staged: targets that have something staged
 */
struct core {
	struct llist_head inbox ____cacheline_aligned_in_smp;
	struct vsext_wake wake ____cacheline_aligned_in_smp;
	struct llist_node *ready;
	struct lane_count *done;
	u64 packets;
	u64 bytes;
	u64 gone;

	struct lane *lane ____cacheline_aligned_in_smp;
	struct lane_stats *stats;
	struct stage *stage;
	u16 *staged;
	unsigned int n_staged;
};

/* In skb->cb between stage and delivery. */
struct cb {
	u32 bytes;
	u16 source;
	u8 entry;	/* enum vsext_entry */
};

static DEFINE_PER_CPU_ALIGNED(struct core, cores);
static struct net_device *dummy;

static struct cb *cb(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct cb) > sizeof(skb->cb));
	return (struct cb *)skb->cb;
}

static struct sk_buff *node_skb(struct llist_node *node)
{
	return llist_entry(node, struct sk_buff, ll_node);
}

/* --- source --- */

static bool fits(const struct lane *lane, u32 len, u32 limit)
{
	u32 packets = lane->sent.packets - lane->done.packets;
	u32 bytes = lane->sent.bytes - lane->done.bytes;

	/* An empty lane takes any packet, however big. */
	return !packets || (packets < limit && (u64)bytes + len <=
			    (u64)limit * LANE_BYTES_PER_PACKET);
}

/* The target's counters are in a line that it writes: read them when it counts. */
static bool lane_full(struct lane *lane, unsigned int target, u32 len, u32 limit)
{
	const struct lane_count *done;

	if (likely(fits(lane, len, limit)))
		return false;
	done = &per_cpu(cores, target).done[smp_processor_id()];
	lane->done.packets = READ_ONCE(done->packets);
	lane->done.bytes = READ_ONCE(done->bytes);
	return !fits(lane, len, limit);
}

bool vsext_dispatch_stage(struct sk_buff *skb, unsigned int target,
			  enum vsext_entry entry, u32 limit)
{
	struct core *from = this_cpu_ptr(&cores);
	struct stage *stage = &from->stage[target];
	struct lane *lane = &from->lane[target];

	lockdep_assert_in_softirq();
	if (unlikely(lane_full(lane, target, skb->len, limit))) {
		from->stats[target].drops++;
		return false;
	}
	trace_vsext_enqueue(skb, target, smp_processor_id());
	cb(skb)->bytes = skb->len;
	cb(skb)->source = smp_processor_id();
	cb(skb)->entry = entry;
	lane->sent.packets++;
	lane->sent.bytes += skb->len;
	from->stats[target].stolen++;

	skb->ll_node.next = stage->first;
	stage->first = &skb->ll_node;
	if (!stage->last) {
		stage->last = stage->first;
		from->staged[from->n_staged++] = target;
	}
	return true;
}

u32 vsext_dispatch_ticket(unsigned int target)
{
	return this_cpu_ptr(&cores)->lane[target].sent.packets;
}

bool vsext_dispatch_passed(unsigned int source, unsigned int target, u32 ticket)
{
	const struct lane_count *done = &per_cpu(cores, target).done[source];

	/* Pairs with publish_done(). */
	return (s32)(smp_load_acquire(&done->packets) - ticket) >= 0;
}

static void push(struct core *from, unsigned int target)
{
	struct core *to = per_cpu_ptr(&cores, target);
	struct stage *stage = &from->stage[target];

	llist_add_batch(stage->first, stage->last, &to->inbox);
	stage->first = NULL;
	stage->last = NULL;
	switch (vsext_wake(&to->wake)) {
	case VSEXT_WOKEN:
		from->stats[target].wakeups++;
		break;
	case VSEXT_WAKE_OFFLINE:
		from->stats[target].offline++;
		break;
	default:
		break;
	}
}

static void flush(struct core *from)
{
	while (from->n_staged)
		push(from, from->staged[--from->n_staged]);
}

void vsext_dispatch_flush(void)
{
	struct core *from = this_cpu_ptr(&cores);

	if (from->n_staged)
		flush(from);
}

void vsext_dispatch_flush_all(void)
{
	unsigned int cpu;

	local_bh_disable();
	for_each_possible_cpu(cpu)
		flush(per_cpu_ptr(&cores, cpu));
	local_bh_enable();
}

/* --- target --- */

/* The next packet of the inbox; chains stand in it newest first. */
static struct sk_buff *next_packet(struct core *core)
{
	struct llist_node *node = core->ready;

	if (!node) {
		node = llist_reverse_order(llist_del_all(&core->inbox));
		if (!node)
			return NULL;
	}
	core->ready = node->next;
	node_skb(node)->next = NULL;
	return node_skb(node);
}

static void deliver(struct core *core, struct sk_buff *skb)
{
	core->packets++;
	core->bytes += skb->len;
	trace_vsext_deliver(skb, core->wake.cpu, cb(skb)->source);
	switch (cb(skb)->entry) {
	case VSEXT_ENTRY_AGAIN:
		/* Taps, tc and our own hook have seen it, and must not again. */
		skb->tc_skip_classify = 1;
		netif_receive_skb_core(skb);
		return;
	case VSEXT_ENTRY_PLAIN:
		/* It must not overtake what GRO still has. */
		if (vsext_gro_idle(&core->wake.napi)) {
			netif_receive_skb(skb);
			return;
		}
		break;
	default:
		break;
	}
	napi_gro_receive(&core->wake.napi, skb);
}

static void publish_done(struct core *core, unsigned int source,
			 const struct lane_count *n)
{
	struct lane_count *done = &core->done[source];

	WRITE_ONCE(done->bytes, done->bytes + n->bytes);
	/* Pairs with vsext_dispatch_passed(). */
	smp_store_release(&done->packets, done->packets + n->packets);
}

/* GRO first: what has passed may be followed by other ways. */
static void end_run(struct core *core, unsigned int source,
		    const struct lane_count *run)
{
	vsext_gro_flush(&core->wake.napi);
	publish_done(core, source, run);
}

/*
 * Packets of a source come in runs, so the counters that it reads are written
 * about once per poll and source, not per packet.
 */
static int poll(struct napi_struct *napi, int budget)
{
	struct core *core = container_of(napi, struct core, wake.napi);
	struct lane_count run = {};
	unsigned int source = 0;
	struct sk_buff *skb;
	int work;

	for (work = 0; work < budget; work++) {
		skb = next_packet(core);
		if (!skb)
			break;
		if (cb(skb)->source != source) {
			if (run.packets)
				end_run(core, source, &run);
			memset(&run, 0, sizeof(run));
			source = cb(skb)->source;
		}
		run.packets++;
		run.bytes += cb(skb)->bytes;
		deliver(core, skb);
	}
	if (run.packets)
		end_run(core, source, &run);
	if (work < budget)
		napi_complete_done(napi, work);
	return work;
}

/* --- control --- */

void vsext_dispatch_drain(unsigned int ms)
{
	unsigned int from, to;
	u32 ticket;

	for_each_possible_cpu(from) {
		cond_resched();
		for_each_possible_cpu(to) {
			ticket = READ_ONCE(per_cpu(cores, from).lane[to].sent.packets);
			for (; ms && !vsext_dispatch_passed(from, to, ticket); ms--)
				usleep_range(1000, 1200);
		}
	}
}

static void purge(struct core *core, const struct net_device *dev)
{
	struct llist_node *node, *next, **tail = &core->ready;

	/* Behind what is ready stands what is in the inbox. */
	while (*tail)
		tail = &(*tail)->next;
	*tail = llist_reverse_order(llist_del_all(&core->inbox));

	for (tail = &core->ready; (node = *tail);) {
		struct sk_buff *skb = node_skb(node);
		struct lane_count one = { 1, cb(skb)->bytes };

		if (dev && skb->dev != dev) {
			tail = &node->next;
			continue;
		}
		next = node->next;
		skb->next = NULL;
		publish_done(core, cb(skb)->source, &one);
		core->gone++;
		trace_vsext_drop(skb, core->wake.cpu, VSEXT_STAT_DROP_GONE);
		kfree_skb_reason(skb, SKB_DROP_REASON_DEV_READY);
		*tail = next;
	}
}

void vsext_dispatch_purge(const struct net_device *dev)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct core *core = per_cpu_ptr(&cores, cpu);

		if (llist_empty(&core->inbox) && !READ_ONCE(core->ready))
			continue;
		vsext_wake_stop(&core->wake);
		purge(core, dev);
		vsext_wake_start(&core->wake);
	}
	/* A poll may be delivering the last ones of a queue that looked empty. */
	synchronize_net();
}

static u32 queued(unsigned int to)
{
	unsigned int from;
	u32 n = 0;

	for_each_possible_cpu(from) {
		u32 done;

		/* First, or what is delivered meanwhile would count negative. */
		done = smp_load_acquire(&per_cpu(cores, to).done[from].packets);
		n += READ_ONCE(per_cpu(cores, from).lane[to].sent.packets) - done;
	}
	return n;
}

void vsext_dispatch_stats(unsigned int core, struct vsext_core_stats *stats)
{
	const struct core *c = per_cpu_ptr(&cores, core);
	unsigned int cpu;

	memset(stats, 0, sizeof(*stats));
	stats->packets = READ_ONCE(c->packets);
	stats->bytes = READ_ONCE(c->bytes);
	stats->gone = READ_ONCE(c->gone);
	for_each_possible_cpu(cpu) {
		const struct lane_stats *in;

		in = &per_cpu(cores, cpu).stats[core];
		stats->wakeups += READ_ONCE(in->wakeups);
		stats->drops += READ_ONCE(in->drops);
		stats->offline += READ_ONCE(in->offline);
		stats->stolen += READ_ONCE(c->stats[cpu].stolen);
	}
	stats->queued = queued(core);
}

static void free_core(struct core *core)
{
	kvfree(core->done);
	kvfree(core->lane);
	kvfree(core->stats);
	kvfree(core->stage);
	kvfree(core->staged);
}

/* One for each core. */
static void *alloc(size_t size, int node)
{
	return kvzalloc_node(array_size(nr_cpu_ids, size), GFP_KERNEL, node);
}

static int init_core(struct core *core, unsigned int cpu)
{
	int node = cpu_to_node(cpu);

	init_llist_head(&core->inbox);
	core->done = alloc(sizeof(*core->done), node);
	core->lane = alloc(sizeof(*core->lane), node);
	core->stats = alloc(sizeof(*core->stats), node);
	core->stage = alloc(sizeof(*core->stage), node);
	core->staged = alloc(sizeof(*core->staged), node);
	if (!core->done || !core->lane || !core->stats || !core->stage ||
	    !core->staged)
		return -ENOMEM;
	return 0;
}

int vsext_dispatch_init(void)
{
	unsigned int cpu;

	dummy = vsext_dummy_alloc();
	if (!dummy)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		if (init_core(per_cpu_ptr(&cores, cpu), cpu))
			goto free_cores;
	for_each_possible_cpu(cpu)
		vsext_wake_init(&per_cpu_ptr(&cores, cpu)->wake, dummy, cpu,
				poll, NAPI_POLL_WEIGHT);
	return 0;

free_cores:
	for_each_possible_cpu(cpu)
		free_core(per_cpu_ptr(&cores, cpu));
	vsext_dummy_free(dummy);
	return -ENOMEM;
}

void vsext_dispatch_exit(void)
{
	unsigned int cpu;

	vsext_dispatch_flush_all();
	vsext_dispatch_drain(1000);
	for_each_possible_cpu(cpu) {
		struct core *core = per_cpu_ptr(&cores, cpu);

		vsext_wake_exit(&core->wake);
		purge(core, NULL);
	}
	synchronize_net();
	for_each_possible_cpu(cpu)
		free_core(per_cpu_ptr(&cores, cpu));
	vsext_dummy_free(dummy);
}
