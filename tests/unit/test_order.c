// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of flows: order.c in a model of what it stands amid (order_model.h), with
 * cores whose steps are mixed by chance, rules that come and go, NAPIs that change
 * cores, and a clock that may go on wherever it is read.
 *
 * No packet is in one place for half as long as tickets live. Flows whose move was
 * ended by time, or by the end of vsext, may overtake what they had sent before it,
 * and so may those of a queue that is taken over: they are others then.
 *
 * ORDER_SEED=N runs round N, or as many as ORDER_ROUNDS says from there on;
 * ORDER_TRACE=1 tells what happens to each packet.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/jiffies.h>

#include "cores.h"
#include "dispatch.h"
#include "order_model.h"

#define ROUNDS		150
#define STEPS		200000	/* a round, at most */
#define GRO_MAX		8
#define NOBODY		UNIT_CPUS	/* no rule names a core */
#define SILENCE		(4 * HZ)

extern bool *const unit_param_fence;

static bool rules, ingress, silent, halted;
static u32 rules_gone, limit;
static unsigned int hurry, restless;

/* What happened, and how often. */
static struct {
	u64 steps, packets, direct, queued, held, skipped, refused;
} seen;

/* --- the driver, or the ingress hook, and rx.c --- */

/* Returns true if the packet was taken; false: it goes on here. */
static bool steer(struct queue *q, struct packet *p)
{
	static const char *const places[] = { "on", "to", "held for" };
	unsigned int me = unit_cpu, want = me, core;
	struct flow *f = p->flow;
	int place;

	if (!rules && vsext_order_skip(&q->rxq, rules_gone)) {
		tell("core %u: flow %ld: %u goes by", me, (long)(f - flows), p->number);
		seen.skipped++;
		return false;
	}
	if (rules && f->want != NOBODY)
		want = f->want;
	core = want;
	place = vsext_order_place(&q->rxq, q->rxq.napi, f->hash, want, &core);
	tell("core %u: flow %ld (%lx): %u: %s core %u", me, (long)(f - flows),
	     (long)(f->hash % VSEXT_BUCKETS), p->number, places[place], core);
	if (place == VSEXT_PLACE_DIRECT) {
		seen.direct++;
		return false;
	}
	if (place == VSEXT_PLACE_HOLD) {
		seen.held++;
		cores[me].late = moves_late();
		cores[me].holds = f;
		place = vsext_order_hold(&q->rxq, f->hash, &p->skb, limit, &core);
		cores[me].holds = NULL;
		if (skb_queue_len(&move_of(q, f->hash)->held) > limit)
			complain("more than %u are held", limit);
	}
	if (place == VSEXT_PLACE_QUEUE) {
		seen.queued++;
		if (vsext_dispatch_stage(&p->skb, core, VSEXT_ENTRY_GRO, limit))
			vsext_order_staged(&q->rxq, f->hash, core);
		else
			refuse(p);
	} else if (place == -ENOSPC) {
		refuse(p);
	}
	return true;
}

static bool one_more(void)
{
	return n_packets < PACKETS && !silent;
}

static void poll_ingress(struct queue *q, struct flow *f)
{
	struct packet *p;
	bool taken;

	f->busy = true;
	p = new_packet(f);
	spin_lock(&q->rxq.serial);
	taken = steer(q, p);
	f->placed++;
	if (taken)
		vsext_dispatch_flush();
	spin_unlock(&q->rxq.serial);
	if (!taken)
		enter(&cores[unit_cpu], &p->skb);
	f->busy = false;
}

static void poll_driver(struct queue *q, struct flow *f)
{
	struct packet *p = new_packet(f);

	if (!steer(q, p)) {
		__skb_queue_tail(&q->napi.gro, &p->skb);
		if (q->napi.gro.qlen == GRO_MAX || !unit_random(3))
			napi_gro_flush(&q->napi, false);
	}
	f->placed++;
}

static void end_poll(struct queue *q)
{
	vsext_dispatch_flush();
	unit_others();
	if (unit_random(4))
		napi_gro_flush(&q->napi, false);
	enter_all(&cores[unit_cpu], &q->napi.ready);
}

/* Now other flows come in here; of what is known of the old ones nothing counts. */
static void take_over(struct queue *q)
{
	struct flow *f;

	for (f = flows; f < flows + n_flows; f++)
		if (f->queue == q)
			f->excused = f->sent;
	for (f = flows; f < flows + n_flows; f++)
		if (f->queue == q && !unit_random(2) && one_more()) {
			__skb_queue_tail(&q->napi.ready, &new_packet(f)->skb);
			f->placed++;
		}
	vsext_rxq_forget(&q->rxq);
}

static void poll_queue(struct queue *q)
{
	unsigned int budget = 1 + unit_random(8);
	struct flow *f;

	if (ingress ? silent : q->napi.core != unit_cpu)
		return;
	q->napi.polled = true;
	if (!ingress && (u32)jiffies - q->rxq.seen > 2 * HZ && !unit_random(4))
		take_over(q);
	q->rxq.seen = (u32)jiffies;
	while (one_more() && budget--) {
		f = &flows[unit_random(n_flows)];
		if (f->queue != q)
			continue;
		if (!ingress)
			poll_driver(q, f);
		else if (f->core == unit_cpu && !f->busy)
			poll_ingress(q, f);
		unit_others();
	}
	end_poll(q);
	q->napi.polled = false;
}

/* --- a core --- */

static void softirq(unsigned int n)
{
	struct core *core = &cores[n];
	u64 began = steps;

	core->began = (u32)jiffies;
	core->runs = true;
	do {
		switch (unit_random(4)) {
		case 0:
			poll_queue(&queues[unit_random(n_queues)]);
			break;
		case 1:
			poll_inbox(core, 1 + unit_random(8));
			break;
		case 2:
			poll_stack(core);
			break;
		default:
			poll_fence(core);
		}
		unit_others();
	} while (unit_random(4));
	work_off(n, began);
	core->owes = false;
	core->runs = false;
}

/* --- a process, and what happens to all --- */

static bool all_idle(void)
{
	unsigned int i;

	for (i = 0; i < UNIT_CPUS; i++)
		if (pending(i))
			return false;
	return true;
}

static void pass_time(unsigned int n)
{
	if (longest() + n < SILENCE)
		jiffies += n;
}

static void change_core(void)
{
	struct napi_struct *napi = &queues[unit_random(n_queues)].napi;
	struct flow *f = &flows[unit_random(n_flows)];

	if (ingress && !f->busy)
		f->core = unit_random(UNIT_CPUS);
	if (!ingress && !napi->polled && !napi->gro.qlen)
		napi->core = unit_random(UNIT_CPUS);
}

static void change_rules(void)
{
	rules = !rules;
	if (!rules)
		rules_gone = (u32)jiffies;
}

static void fall_silent(void)
{
	silent = true;
	while (!all_idle())
		cores_yield();
	jiffies += unit_random(4) ? unit_random(4 * HZ) : unit_random(20 * HZ);
	silent = false;
}

static void work(void)
{
	unsigned int once = unit_random(1000);

	vsext_order_tick();
	if (once < restless)
		flows[unit_random(n_flows)].want = unit_random(UNIT_CPUS + 1);
	if (!unit_random(restless))
		change_core();
	if (!unit_random(hurry))
		pass_time(unit_random(20) ? unit_random(40) : unit_random(2 * HZ));
	if (once == 1)
		change_rules();
	if (once == 2 && !unit_random(4))
		fall_silent();
}

static void run(unsigned int n)
{
	for (;;) {
		if (n == CORES_PROCESS)
			work();
		else if (!halted && (pending(n) || unit_random(2)))
			softirq(n);
		cores_yield();
	}
}

/* The clock may go on, and others do something. */
static void others(void)
{
	static bool nested;

	if (nested)
		return;
	nested = true;
	if (!unit_random(200))
		jiffies++;
	nested = false;
	if (!unit_random(3))
		cores_yield();
}

/* --- a round --- */

static void init_queue(struct queue *q)
{
	memset(q, 0, sizeof(*q));
	q->napi.core = unit_random(UNIT_CPUS);
	vsext_rxq_init(&q->rxq, q, q - queues, ingress);
	q->rxq.seen = (u32)jiffies;
	if (!ingress)
		q->rxq.napi = &q->napi;
}

static void init_round(unsigned int seed)
{
	static const u32 limits[] = { 1, 4, 1000 };
	unsigned int i, buckets;

	unit_seed(seed);
	model_init();
	silent = false;
	ingress = !unit_random(3);
	rules = unit_random(2);
	limit = limits[unit_random(ARRAY_SIZE(limits))];
	hurry = 1 + unit_random(50);
	restless = 1 + unit_random(100);
	n_queues = 1 + unit_random(QUEUES);
	n_flows = unit_random(8) ? 1 + unit_random(8) : FLOWS;
	buckets = 1 + unit_random(n_flows);
	jiffies = (unsigned long)unit_random(3) * INT_MAX + unit_random(100 * HZ);
	rules_gone = (u32)jiffies - unit_random(HZ);
	vsext_order_init();
	for (i = 0; i < n_queues; i++)
		init_queue(&queues[i]);
	for (i = 0; i < n_flows; i++)
		flows[i] = (struct flow){
			.queue = &queues[unit_random(n_queues)],
			.hash = unit_random(buckets) | unit_random(9) << 12,
			.want = unit_random(UNIT_CPUS + 1),
			.core = unit_random(UNIT_CPUS),
			.behind = unit_random(2),
		};
}

static void step(void)
{
	steps++;
	cores_step();
}

static unsigned int held(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < n_queues; i++)
		n += vsext_rxq_held(&queues[i].rxq);
	return n;
}

/* As its device goes, or as vsext is detached: no fence is waited for. */
static void detach(struct queue *q, bool lost)
{
	struct vsext_move *move;

	unit_cpu = unit_random(UNIT_CPUS);
	for (move = q->rxq.move; move < q->rxq.move + VSEXT_MOVES; move++)
		if (move->held.qlen)
			excuse(q, move->bucket);
	if (lost)
		vsext_rxq_purge(&q->rxq);
	else
		vsext_rxq_exit(&q->rxq);
}

static void stop(void)
{
	bool abruptly = !unit_random(2), lost = !unit_random(4);
	unsigned int i;
	u64 end = steps + STEPS;

	silent = true;
	halted = true;
	for (i = 0; i < UNIT_CPUS; i++)
		while (cores[i].runs && steps < end)
			step();
	halted = false;
	for (i = 0; i < n_queues && abruptly; i++)
		detach(&queues[i], lost);
	for (i = 0; i < UNIT_CPUS && abruptly; i++) {
		cores[i].requests = NULL;
		cores[i].waiting = NULL;
	}
	while (!all_idle() && steps < end)
		step();
	if (held())
		complain("%u are held for ever", held());
	for (i = 0; i < n_packets; i++) {
		if (packets[i].fate == UNDER_WAY)
			complain("flow %ld: %u did not come", (long)(packets[i].flow - flows),
				 packets[i].number);
		seen.refused += packets[i].fate == REFUSED;
	}
}

/* Returns true if all went well. */
static bool round_of(unsigned int seed)
{
	init_round(seed);
	unit_others = others;
	cores_start(run);
	while (!*wrong && n_packets < PACKETS && steps < STEPS)
		step();
	if (!*wrong)
		stop();
	unit_others = NULL;
	seen.steps += steps;
	seen.packets += n_packets;
	return !*wrong;
}

static unsigned int number_of(const char *name, unsigned int otherwise)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 0) : otherwise;
}

static void keeps_order(void **state)
{
	unsigned int first = number_of("ORDER_SEED", 1);
	unsigned int rounds = number_of("ORDER_ROUNDS", getenv("ORDER_SEED") ? 1 : ROUNDS);
	struct vsext_order_stats sum;
	unsigned int i;

	(void)state;
	trace = getenv("ORDER_TRACE");
	for (i = 0; i < rounds; i++)
		if (!round_of(first + i))
			fail_msg("ORDER_SEED=%u, step %llu: %s", first + i, steps, wrong);
	vsext_order_stats(&sum);
	print_message("# %llu steps, %llu packets: %llu direct, %llu queued, %llu held, %llu gone by, %llu refused; %llu moves, %llu by time\n",
		      seen.steps, seen.packets, seen.direct, seen.queued, seen.held,
		      seen.skipped, seen.refused, sum.moves, sum.timeouts);
	if (rounds >= ROUNDS)
		assert_true(seen.direct && seen.queued && seen.held && seen.skipped &&
			    seen.refused && sum.moves && sum.timeouts);
}

static bool breaks(void)
{
	unsigned int seed;

	for (seed = 1; seed <= 20; seed++)
		if (!round_of(seed))
			return true;
	return false;
}

static void not_without_the_fence(void **state)
{
	(void)state;
	*unit_param_fence = false;
	assert_true(breaks());
	*unit_param_fence = true;
}

static void not_without_tickets(void **state)
{
	(void)state;
	no_tickets = true;
	assert_true(breaks());
	no_tickets = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_order),
		cmocka_unit_test(not_without_the_fence),
		cmocka_unit_test(not_without_tickets),
	};

	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
