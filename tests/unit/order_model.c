// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdarg.h>
#include <string.h>

#include <linux/jiffies.h>
#include <linux/rcupdate.h>

#include "cores.h"
#include "dispatch.h"
#include "order_model.h"

/* How long a move waits for its fence. */
#define PATIENCE	HZ

struct core cores[UNIT_CPUS];
struct queue queues[QUEUES];
struct flow flows[FLOWS];
struct packet packets[PACKETS];
unsigned int n_queues, n_flows, n_packets;
u64 steps;
bool no_tickets, trace;
char wrong[200];

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!*wrong)
		vsnprintf(wrong, sizeof(wrong), format, args);
	va_end(args);
}

void tell(const char *format, ...)
{
	va_list args;

	if (!trace)
		return;
	va_start(args, format);
	fprintf(stderr, "%llu: ", steps);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

static struct packet *packet_of(struct sk_buff *skb)
{
	return container_of(skb, struct packet, skb);
}

/* --- packets --- */

struct packet *new_packet(struct flow *f)
{
	struct packet *p = &packets[n_packets++];

	*p = (struct packet){
		.skb.len = unit_random(16) ? 1000 : 60000,
		.flow = f,
		.number = f->sent++,
		.step = steps,
		.stamp = (u32)jiffies,
	};
	return p;
}

void refuse(struct packet *p)
{
	kfree_skb_reason(&p->skb, SKB_DROP_REASON_DEV_READY);
}

void kfree_skb_reason(struct sk_buff *skb, enum skb_drop_reason reason)
{
	(void)reason;
	packet_of(skb)->fate = REFUSED;
}

void excuse(const struct queue *q, u32 hash)
{
	struct flow *f;

	for (f = flows; f < flows + n_flows; f++)
		if (f->queue == q && f->hash % VSEXT_BUCKETS == hash % VSEXT_BUCKETS)
			f->excused = max(f->excused, f->moved);
}

const struct vsext_move *move_of(const struct queue *q, u32 hash)
{
	return &q->rxq.move[q->rxq.bucket[hash % VSEXT_BUCKETS].move];
}

u64 moves_late(void)
{
	struct vsext_order_stats sum;

	vsext_order_stats(&sum);
	return sum.timeouts;
}

void unit_trace_vsext_move(u32 queue, unsigned int bucket, unsigned int from,
			   unsigned int to)
{
	struct flow *f;

	if (from == to)
		complain("a move from core %u to itself", to);
	for (f = flows; f < flows + n_flows; f++)
		if (f->queue == &queues[queue] && f->hash % VSEXT_BUCKETS == bucket)
			f->moved = f->placed;
}

/* --- the stack --- */

static void leave(struct packet *p)
{
	struct flow *f = p->flow;

	if (p->fate != UNDER_WAY)
		complain("flow %ld: %u left twice", (long)(f - flows), p->number);
	p->fate = LEFT;
	tell("core %u: flow %ld: %u leaves", unit_cpu, (long)(f - flows), p->number);
	if (p->number < f->excused)
		return;
	if (p->number < f->next)
		complain("flow %ld: %u left behind %u", (long)(f - flows), p->number,
			 f->next - 1);
	f->next = p->number + 1;
}

void enter(struct core *core, struct sk_buff *skb)
{
	struct packet *p = packet_of(skb);

	if (!p->flow->behind) {
		leave(p);
		return;
	}
	core->entered++;
	__skb_queue_tail(&core->stack, skb);
}

void enter_all(struct core *core, struct sk_buff_head *list)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list)))
		enter(core, skb);
}

void poll_stack(struct core *core)
{
	struct sk_buff *skb = __skb_dequeue(&core->stack);

	if (!skb)
		return;
	core->left++;
	leave(packet_of(skb));
}

void napi_gro_flush(struct napi_struct *napi, bool flush_old)
{
	struct sk_buff *skb;

	(void)flush_old;
	while ((skb = __skb_dequeue(&napi->gro)))
		__skb_queue_tail(&napi->ready, skb);
}

/* --- dispatch.c --- */

bool vsext_dispatch_stage(struct sk_buff *skb, unsigned int target,
			  enum vsext_entry entry, u32 max)
{
	struct core *from = &cores[unit_cpu];
	u32 under_way = from->sent[target] - cores[target].done[unit_cpu];

	(void)entry;
	if (under_way && under_way >= max)
		return false;
	packet_of(skb)->source = unit_cpu;
	from->sent[target]++;
	__skb_queue_tail(&from->stage[target], skb);
	return true;
}

u32 vsext_dispatch_ticket(unsigned int target)
{
	return cores[unit_cpu].sent[target];
}

bool vsext_dispatch_passed(unsigned int source, unsigned int target, u32 ticket)
{
	unit_others();
	return (s32)(cores[target].done[source] - ticket) >= 0;
}

/* A move ends by time, and not before that. */
static void give_up(const struct queue *q, u32 hash)
{
	excuse(q, hash);
	if ((u32)jiffies - move_of(q, hash)->started < PATIENCE)
		complain("a move to core %u was given up too soon",
			 move_of(q, hash)->to);
}

void vsext_dispatch_flush(void)
{
	struct core *from = &cores[unit_cpu];
	unsigned int target;
	struct sk_buff *skb;

	if (from->holds && moves_late() != from->late)
		give_up(from->holds->queue, from->holds->hash);
	for (target = 0; target < UNIT_CPUS; target++) {
		unit_others();
		while ((skb = __skb_dequeue(&from->stage[target]))) {
			packet_of(skb)->step = steps;
			__skb_queue_tail(&cores[target].inbox, skb);
		}
	}
}

/* GRO hands on what it has before that counts as delivered. */
static void end_run(struct core *core, unsigned int source, unsigned int n)
{
	enter_all(core, &core->gro);
	unit_others();
	core->done[source] += n;
	unit_others();
}

void poll_inbox(struct core *core, unsigned int budget)
{
	unsigned int source = 0, n = 0;
	struct sk_buff *skb;

	while (budget-- && (skb = __skb_dequeue(&core->inbox))) {
		if (packet_of(skb)->source != source) {
			end_run(core, source, n);
			source = packet_of(skb)->source;
			n = 0;
		}
		__skb_queue_tail(&core->gro, skb);
		n++;
		unit_others();
	}
	end_run(core, source, n);
}

/* --- fence.c --- */

void vsext_fence_request(struct vsext_fence *fence)
{
	struct core *core = &cores[fence->core];

	if (fence->node.next) {
		complain("a fence was requested that waits already");
		return;
	}
	fence->node.next = &fence->node;
	fence->turns = 0;
	fence->request.next = core->requests;
	core->requests = &fence->request;
}

/* What the core had when the ticket had passed has left. */
static bool has_passed(struct core *core, struct vsext_fence *fence)
{
	if (fence->queued && !no_tickets &&
	    !vsext_dispatch_passed(fence->source, fence->core, fence->ticket))
		return false;
	if (!fence->turns++)
		fence->quiet = core->entered;
	return (int)(core->left - fence->quiet) >= 0 && !unit_random(2);
}

void poll_fence(struct core *core)
{
	struct llist_node **link = &core->waiting, *node;

	while (*link)
		link = &(*link)->next;
	*link = core->requests;
	core->requests = NULL;
	for (link = &core->waiting; (node = *link);) {
		struct vsext_fence *fence = container_of(node, struct vsext_fence, request);

		if (has_passed(core, fence)) {
			*link = node->next;
			fence->node.next = NULL;
			tell("core %u: a fence has passed", unit_cpu);
			fence->passed(fence);
		} else {
			link = &node->next;
		}
	}
}

/* --- grace periods --- */

static bool keeps_gro(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n_queues; i++)
		if (queues[i].napi.core == n && queues[i].napi.gro.qlen)
			return true;
	return false;
}

/* Softirqs that are due run before the core does anything else. */
bool pending(unsigned int n)
{
	struct core *core = &cores[n];

	return core->runs || core->inbox.qlen || core->stack.qlen ||
	       core->requests || core->waiting || keeps_gro(n);
}

unsigned long start_poll_synchronize_rcu(void)
{
	unsigned int i;

	for (i = 0; i < UNIT_CPUS; i++)
		cores[i].owes = true;
	return 0;
}

bool poll_state_synchronize_rcu(unsigned long state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < UNIT_CPUS; i++) {
		if (cores[i].owes && pending(i))
			return false;
		cores[i].owes = false;
	}
	return true;
}

/* --- a core --- */

static bool has_older(const struct sk_buff_head *list, u64 step)
{
	struct sk_buff *skb = skb_peek(list);
	unsigned int i;

	for (i = 0; i < list->qlen; i++, skb = skb->next)
		if (packet_of(skb)->step < step)
			return true;
	return false;
}

void work_off(unsigned int n, u64 began)
{
	struct core *core = &cores[n];
	unsigned int i;

	while (has_older(&core->inbox, began))
		poll_inbox(core, 1);
	for (i = 0; i < n_queues; i++) {
		struct napi_struct *napi = &queues[i].napi;

		if (napi->core == n && has_older(&napi->gro, began)) {
			napi_gro_flush(napi, false);
			enter_all(core, &napi->ready);
		}
	}
	while (has_older(&core->stack, began))
		poll_stack(core);
}

static u32 age(const struct sk_buff_head *list, u32 now)
{
	return list->qlen ? now - packet_of(skb_peek(list))->stamp : 0;
}

u32 longest(void)
{
	u32 most = 0, now = (u32)jiffies;
	unsigned int i;

	for (i = 0; i < UNIT_CPUS; i++) {
		most = max(most, age(&cores[i].inbox, now));
		most = max(most, age(&cores[i].stack, now));
		if (cores[i].runs)
			most = max(most, now - cores[i].began);
	}
	for (i = 0; i < n_queues; i++)
		most = max(most, age(&queues[i].napi.gro, now));
	return most;
}

void model_init(void)
{
	unsigned int i, j;

	*wrong = '\0';
	steps = 1;
	n_packets = 0;
	memset(cores, 0, sizeof(cores));
	for (i = 0; i < UNIT_CPUS; i++)
		for (j = 0; j < UNIT_CPUS; j++) {
			/* It comes round. */
			cores[i].sent[j] = -unit_random(100);
			cores[j].done[i] = cores[i].sent[j];
		}
}
