// SPDX-License-Identifier: GPL-2.0-only
/* Counting a core's softirq turns. */
#include <linux/netdevice.h>
#include <linux/percpu.h>

#include "compat/compat.h"
#include "dispatch.h"
#include "fence.h"
#include "wake.h"

/*
 * Quiet turns needed: a turn without delivery can hide packets that GRO merged,
 * and GRO gives everything up between two turns at the latest.
 */
#define TURNS_QUIET	4
/*
 * Turns that always suffice: a per-core queue holds at most netdev_max_backlog
 * packets and gives NAPI_POLL_WEIGHT of them a turn, and a packet passes three
 * such queues (IPsec, tunnel, veth).
 */
static unsigned int turns_max(void)
{
	return 3 * DIV_ROUND_UP(vsext_max_backlog() + 1, NAPI_POLL_WEIGHT);
}

/* A ticket that does not pass is one of a counter that came round. */
#define TICKET_WAIT	HZ

struct core {
	struct vsext_wake wake;
	struct llist_head requests;
	struct list_head waiting;	/* of the poll only */
	unsigned int processed;		/* softnet_data's, at the last turn */
};

static DEFINE_PER_CPU_ALIGNED(struct core, cores);
static struct net_device *dummy;

static void accept(struct core *core)
{
	struct llist_node *list = llist_del_all(&core->requests);
	struct vsext_fence *fence, *next;

	llist_for_each_entry_safe(fence, next, list, request) {
		fence->turns = 0;
		fence->quiet = 0;
		list_add_tail(&fence->node, &core->waiting);
	}
}

static bool turn(struct vsext_fence *fence, bool quiet)
{
	if (fence->queued &&
	    !vsext_dispatch_passed(fence->source, fence->core, fence->ticket) &&
	    (u32)jiffies - fence->requested < TICKET_WAIT)
		return false;
	fence->quiet = quiet ? fence->quiet + 1 : 0;
	fence->turns++;
	return fence->quiet > TURNS_QUIET || fence->turns > turns_max();
}

/* Of the core that polls us, which is another one only if @core is offline. */
static bool was_quiet(struct core *core)
{
	const struct softnet_data *sd = this_cpu_ptr(&softnet_data);
	unsigned int processed = READ_ONCE(sd->processed);
	bool quiet = processed == core->processed &&
		     skb_queue_empty_lockless(&sd->input_pkt_queue) &&
		     skb_queue_empty_lockless(&sd->process_queue);

	core->processed = processed;
	return quiet;
}

static int poll(struct napi_struct *napi, int budget)
{
	struct core *core = container_of(napi, struct core, wake.napi);
	struct vsext_fence *fence, *next;
	bool quiet = was_quiet(core);

	accept(core);
	list_for_each_entry_safe(fence, next, &core->waiting, node) {
		if (!turn(fence, quiet))
			continue;
		list_del(&fence->node);
		fence->passed(fence);
	}
	if (!list_empty(&core->waiting))
		return budget;
	napi_complete_done(napi, 0);
	return 0;
}

void vsext_fence_request(struct vsext_fence *fence)
{
	struct core *core = per_cpu_ptr(&cores, fence->core);

	fence->requested = (u32)jiffies;
	llist_add(&fence->request, &core->requests);
	vsext_wake(&core->wake);
}

void vsext_fence_forget(const void *owner)
{
	struct vsext_fence *fence, *next;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct core *core = per_cpu_ptr(&cores, cpu);

		vsext_wake_stop(&core->wake);
		accept(core);
		list_for_each_entry_safe(fence, next, &core->waiting, node)
			if (fence->owner == owner)
				list_del(&fence->node);
		vsext_wake_start(&core->wake);
	}
}

int vsext_fence_init(void)
{
	unsigned int cpu;

	dummy = vsext_dummy_alloc();
	if (!dummy)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct core *core = per_cpu_ptr(&cores, cpu);

		init_llist_head(&core->requests);
		INIT_LIST_HEAD(&core->waiting);
		/* Weight 1: a turn costs the softirq's budget next to nothing. */
		vsext_wake_init(&core->wake, dummy, cpu, poll, 1);
	}
	return 0;
}

void vsext_fence_exit(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		vsext_wake_exit(&per_cpu_ptr(&cores, cpu)->wake);
	synchronize_net();
	vsext_dummy_free(dummy);
}
