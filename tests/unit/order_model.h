/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What order.c stands amid: packets' way through cores' queues and stacks, fences
 * and grace periods. Everything stops and lets others go on where cores would meet.
 *
 * It promises what order.c counts on:
 * - A softirq works off what had come to its core when it began. Softirqs that are
 *   due begin before the core reports a quiescent state.
 * - A NAPI whose GRO keeps packets over the end of a poll stays on its core meanwhile.
 */
#ifndef UNIT_ORDER_MODEL_H
#define UNIT_ORDER_MODEL_H

#include <net/gro.h>

#include "order.h"
#include "unit.h"

#define PACKETS		4000	/* a round, at most */
#define FLOWS		200
#define QUEUES		2

struct napi_struct {
	unsigned int core;
	bool polled;
	struct sk_buff_head gro;	/* what GRO has */
	struct sk_buff_head ready;	/* goes with the end of the poll */
};

struct queue {
	struct napi_struct napi;
	struct vsext_rxq rxq;
};

/* A flow. Its packets are numbered, and counted in @sent, @placed, @moved, @excused. */
struct flow {
	struct queue *queue;
	u32 hash;
	unsigned int want;	/* the core that its rule names */
	unsigned int core;	/* that it comes in on, at ingress */
	bool behind;		/* it goes through a queue behind the stack's entry */
	bool busy;		/* a packet of it is just coming in */
	unsigned int sent;
	unsigned int placed;
	unsigned int moved;	/* placed when its last move began */
	unsigned int excused;	/* sent before what may overtake them */
	unsigned int next;	/* no packet below may leave any more */
};

enum fate { UNDER_WAY, LEFT, REFUSED };

struct packet {
	struct sk_buff skb;
	struct flow *flow;
	unsigned int number;
	unsigned int source;
	u64 step;		/* when it came to the core that has it */
	u32 stamp;		/* jiffies */
	enum fate fate;
};

struct core {
	bool runs;		/* a softirq */
	u32 began;		/* jiffies when that began */
	bool owes;		/* a quiescent state, to the grace period under way */
	const struct flow *holds;	/* a packet of this one, just now */
	u64 late;		/* moves ended by time, before that */
	u32 sent[UNIT_CPUS];	/* per target */
	u32 done[UNIT_CPUS];	/* per source */
	struct sk_buff_head stage[UNIT_CPUS];
	struct sk_buff_head inbox;
	struct sk_buff_head gro;
	struct sk_buff_head stack;
	unsigned int entered;	/* the stack, and left it */
	unsigned int left;
	struct llist_node *requests;
	struct llist_node *waiting;
};

extern struct core cores[UNIT_CPUS];
extern struct queue queues[QUEUES];
extern struct flow flows[FLOWS];
extern struct packet packets[PACKETS];
extern unsigned int n_queues, n_flows, n_packets;
extern u64 steps;
extern bool no_tickets;		/* fences do not wait for them */
extern bool trace;
extern char wrong[];		/* what went wrong first */

void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

void model_init(void);

struct packet *new_packet(struct flow *f);
void refuse(struct packet *p);
/* What its bucket had sent before the last move may be overtaken. */
void excuse(const struct queue *q, u32 hash);
/* The last move of a bucket. */
const struct vsext_move *move_of(const struct queue *q, u32 hash);
u64 moves_late(void);

void enter(struct core *core, struct sk_buff *skb);
void enter_all(struct core *core, struct sk_buff_head *list);

void poll_inbox(struct core *core, unsigned int budget);
void poll_stack(struct core *core);
void poll_fence(struct core *core);
/* What had come to core @n before step @began leaves. */
void work_off(unsigned int n, u64 began);
/* Has core @n work to do? */
bool pending(unsigned int n);
/* For how many jiffies something has waited, or a softirq has run. */
u32 longest(void);

#endif /* UNIT_ORDER_MODEL_H */
