// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receive path. Read classify() and steer() first: parse and look up; choose,
 * keep order, hand over. No locks, no allocation, and nothing is written that
 * other cores read, but for a packet whose flow is just changing cores, and for
 * the first fragment of a datagram.
 *
 * A driver's packets wait until there are enough of them or the poll ends: memory
 * is what a lookup waits for, and many of them can wait for it together.
 */
#include <linux/etherdevice.h>
#include <linux/random.h>
#include <net/sock.h>

#include "control.h"
#include "dispatch.h"
#include "flow.h"
#include "flowtable.h"
#include "frag.h"
#include "load.h"
#include "order.h"
#include "port.h"
#include "rx.h"
#include "trace.h"

/* A packet on its way. */
struct packet {
	struct sk_buff *skb;
	struct napi_struct *frags;	/* it still is this NAPI's skb */
	struct vsext_rule *rule;
	int off;			/* of the Ethernet header */
	struct vsext_key key;
};

/*
 * The queue that this core is polling, so that it is looked up once a poll, and its
 * packets that wait.
 */
struct current_poll {
	struct napi_struct *napi;
	const struct net_device *dev;
	struct vsext_port *port;
	struct vsext_rxq *rxq;
	unsigned int n;
	struct packet packet[VSEXT_LOOKUP_BATCH];
};

/* Too large for what modules may have in the kernel's reserve. */
static struct current_poll __percpu *polls __read_mostly;
static u32 hash_seed __read_mostly;

/* --- choice --- */

/* A rule whose core is not chosen, or not valid any more, gets one. */
static int assign(const struct vsext_settings *set, struct vsext_rule *rule)
{
	u8 tick = vsext_rule_tick();
	int core;

	/* Without a core for it, look for one ten times a second, not per packet. */
	if (tick == READ_ONCE(rule->refused))
		return VSEXT_CORE_NONE;
	if (rule->action == VSEXT_ACT_VM)
		core = vsext_choose_vm_core(set, vsext_cores, nr_cpu_ids,
					    rule->vm_id);
	else
		core = vsext_choose_core(set, vsext_cores, nr_cpu_ids,
					 rule->vm_prio ||
					 set->vm[rule->vm_id].prio);
	if (core == VSEXT_CORE_NONE)
		WRITE_ONCE(rule->refused, tick);
	else
		WRITE_ONCE(rule->core, core);
	return core;
}

static unsigned int wanted_core(const struct vsext_settings *set,
				struct vsext_rule *rule)
{
	unsigned int me = smp_processor_id();
	int core;

	if (rule->action == VSEXT_ACT_LOCAL)
		return me;
	core = READ_ONCE(rule->core);
	if (rule->action != VSEXT_ACT_CORE &&
	    (core == VSEXT_CORE_NONE || !cpu_online(core)))
		core = assign(set, rule);
	return core == VSEXT_CORE_NONE || !cpu_online(core) ? me : core;
}

/* --- hand-over --- */

/*
 * Takes the packet away from the driver or the stack. One that came by gro_frags
 * has its Ethernet header in the first fragment still: pull it, as
 * napi_gro_frags() does; the linear part has room for it, so this does not
 * allocate. One from the stack may refer to what only this RCU section keeps.
 */
static bool take(struct packet *p)
{
	if (!p->frags) {
		skb_dst_force(p->skb);
		/* A socket assigned by tc and bpf_sk_assign(): it is looked up again. */
		if (skb_sk_is_prefetched(p->skb))
			skb_orphan(p->skb);
		return true;
	}
	p->frags->skb = NULL;
	if (!pskb_may_pull(p->skb, ETH_HLEN))
		return false;
	p->skb->protocol = eth_type_trans(p->skb, p->skb->dev);
	return true;
}

static void drop(struct sk_buff *skb, unsigned int core, enum vsext_stat why)
{
	trace_vsext_drop(skb, core, why);
	dev_core_stats_rx_dropped_inc(skb->dev);
	kfree_skb_reason(skb, SKB_DROP_REASON_CPU_BACKLOG);
}

static void queue(struct vsext_port_stats *stats, struct vsext_rxq *rxq,
		  const struct packet *p, u32 hash, unsigned int core, u32 limit)
{
	enum vsext_entry entry = rxq->ingress ? VSEXT_ENTRY_AGAIN :
				 p->key.outer.frag ? VSEXT_ENTRY_PLAIN :
						     VSEXT_ENTRY_GRO;

	if (!vsext_dispatch_stage(p->skb, core, entry, limit)) {
		stats->drop_full++;
		drop(p->skb, core, VSEXT_STAT_DROP_FULL);
		return;
	}
	vsext_order_staged(rxq, hash, core);
	stats->moved++;
}

/* --- the way of a packet --- */

/* While there are no rules, packets need not be looked at. */
static bool let_pass(struct vsext_port *port, struct vsext_rxq *rxq)
{
	if (vsext_table_need(vsext_table_masks()) ||
	    !vsext_order_skip(rxq, vsext_table_emptied()))
		return false;
	this_cpu_inc(port->stats->local);
	return true;
}

/* The keys of @n packets, at most VSEXT_LOOKUP_BATCH, and their rules. */
static noinline_for_stack
void classify(const struct vsext_port *port, const struct vsext_settings *set,
	      struct packet *p, unsigned int n)
{
	const struct vsext_key *key[VSEXT_LOOKUP_BATCH] __uninitialized;
	struct vsext_rule *rule[VSEXT_LOOKUP_BATCH] __uninitialized;
	const struct vsext_masks *masks = vsext_table_masks();
	unsigned int need = vsext_table_need(masks), i;

	for (i = 0; i < n; i++) {
		u32 datagram = vsext_flow_parse(p[i].skb, p[i].off, need,
						&set->layout, &p[i].key);

		p[i].key.in_port = port->ifindex;
		if (unlikely(p[i].key.outer.frag))
			vsext_frag_follow(&p[i].key, datagram);
		p[i].rule = NULL;
		key[i] = &p[i].key;
	}
	if (unlikely(READ_ONCE(port->draining)))
		return;
	vsext_table_lookup(masks, key, n, rule);
	for (i = 0; i < n; i++)
		p[i].rule = rule[i];
}

/* Returns true if the packet was taken; false: it goes on here, unchanged. */
static bool steer(struct vsext_port *port, struct vsext_rxq *rxq,
		  struct napi_struct *napi, const struct vsext_settings *set,
		  struct packet *p)
{
	struct vsext_port_stats *stats = this_cpu_ptr(port->stats);
	unsigned int core, want = smp_processor_id();
	u32 hash;
	int place;

	if (p->rule) {
		want = wanted_core(set, p->rule);
		vsext_rule_count(p->rule,
				 max_t(u32, skb_shinfo(p->skb)->gso_segs, 1),
				 p->skb->len);
		stats->hits++;
	}

	core = want;
	hash = vsext_flow_hash(&p->key, hash_seed);
	place = vsext_order_place(rxq, napi, hash, want, &core);
	trace_vsext_decide(p->skb, &p->key, hash, place, want, core);
	if (place == VSEXT_PLACE_DIRECT) {
		stats->local++;
		return false;
	}

	if (!take(p)) {
		stats->drop_full++;
		drop(p->skb, want, VSEXT_STAT_DROP_FULL);
		return true;
	}
	if (place == VSEXT_PLACE_HOLD)
		place = vsext_order_hold(rxq, hash, p->skb, set->queue_limit,
					 &core);
	switch (place) {
	case VSEXT_PLACE_HOLD:
		stats->held++;
		break;
	case VSEXT_PLACE_QUEUE:
		queue(stats, rxq, p, hash, core, set->queue_limit);
		break;
	default:
		stats->drop_hold++;
		drop(p->skb, want, VSEXT_STAT_DROP_HOLD);
	}
	return true;
}

/* The same for a packet that cannot wait for others. */
static bool steer_one(struct vsext_port *port, struct vsext_rxq *rxq,
		      struct sk_buff *skb, struct napi_struct *frags, int off)
{
	const struct vsext_settings *set;
	struct packet p __uninitialized;

	if (let_pass(port, rxq))
		return false;
	p.skb = skb;
	p.frags = frags;
	p.off = off;
	set = rcu_dereference(vsext_settings);
	classify(port, set, &p, 1);
	return steer(port, rxq, frags, set, &p);
}

/* --- driver mode --- */

/*
 * Those that wait, in the order in which they came. What GRO calls never comes back
 * here: only netpoll polls from within the stack, and the hook keeps it out.
 */
static void hand_over(struct current_poll *c)
{
	const struct vsext_settings *set;
	unsigned int i;

	if (!c->n)
		return;
	rcu_read_lock();
	set = rcu_dereference(vsext_settings);
	classify(c->port, set, c->packet, c->n);
	for (i = 0; i < c->n; i++)
		if (!steer(c->port, c->rxq, c->napi, set, &c->packet[i]))
			napi_gro_receive(c->napi, c->packet[i].skb);
	c->n = 0;
	rcu_read_unlock();
}

/* NULL: packets go the normal way. In a poll, which is an RCU reader to its end. */
static struct current_poll *enter_poll(struct napi_struct *napi,
				       const struct net_device *dev)
{
	struct current_poll *c = this_cpu_ptr(polls);

	if (unlikely(c->napi != napi || c->dev != dev)) {
		hand_over(c);
		c->napi = napi;
		c->dev = dev;
		c->rxq = NULL;
		c->port = vsext_port_find(dev);
		if (c->port && c->port->active == VSEXT_PORT_DRIVER)
			c->rxq = vsext_port_rxq(c->port, napi);
	}
	if (likely(c->rxq))
		return c;
	if (c->port && c->port->active == VSEXT_PORT_DRIVER)
		this_cpu_inc(c->port->stats->local);
	return NULL;
}

static bool rx_receive(struct napi_struct *napi, struct sk_buff *skb)
{
	struct current_poll *c;
	bool taken = false;

	if (vsext_hook_in_netpoll(napi))
		return false;
	rcu_read_lock();
	c = enter_poll(napi, skb->dev);
	if (c && (c->n || !let_pass(c->port, c->rxq))) {
		c->packet[c->n].skb = skb;
		c->packet[c->n].frags = NULL;
		c->packet[c->n].off = -ETH_HLEN;
		if (++c->n == VSEXT_LOOKUP_BATCH)
			hand_over(c);
		taken = true;
	}
	rcu_read_unlock();
	return taken;
}

/* The NAPI has but one of these at a time. */
static bool rx_frags(struct napi_struct *napi)
{
	struct current_poll *c;
	bool taken = false;

	/* Runts are the kernel's to drop. */
	if (napi->skb->len < ETH_HLEN || vsext_hook_in_netpoll(napi))
		return false;
	rcu_read_lock();
	c = enter_poll(napi, napi->skb->dev);
	if (c) {
		hand_over(c);
		taken = steer_one(c->port, c->rxq, napi->skb, napi, 0);
	}
	rcu_read_unlock();
	return taken;
}

static void rx_flush(struct napi_struct *napi)
{
	struct current_poll *c = this_cpu_ptr(polls);

	if (vsext_hook_in_netpoll(napi))
		return;
	hand_over(c);
	vsext_dispatch_flush();
	c->napi = NULL;
}

const struct vsext_hook_ops vsext_rx_ops = {
	.receive = rx_receive,
	.frags = rx_frags,
	.flush = rx_flush,
};

/* --- ingress mode --- */

static struct vsext_rxq *ingress_rxq(const struct vsext_port *port,
				     const struct sk_buff *skb)
{
	unsigned int i = 0;

	if (skb_rx_queue_recorded(skb))
		i = skb_get_rx_queue(skb);
	else if (port->dev->num_rx_queues > 1)
		i = smp_processor_id();
	return port->rxq[i % port->n_rxq];
}

unsigned int vsext_rx_ingress(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct vsext_port *port = priv;
	struct vsext_rxq *rxq;
	bool taken;

	/* Somebody else's eyes are on it still, and we use next and cb. */
	if (unlikely(skb_shared(skb)))
		return NF_ACCEPT;
	rxq = ingress_rxq(port, skb);
	spin_lock(&rxq->serial);
	taken = steer_one(port, rxq, skb, NULL, skb_mac_offset(skb));
	/* Or another core's packets could reach the target before this one. */
	if (taken)
		vsext_dispatch_flush();
	spin_unlock(&rxq->serial);
	return taken ? NF_STOLEN : NF_ACCEPT;
}

int vsext_rx_init(void)
{
	polls = alloc_percpu(struct current_poll);
	if (!polls)
		return -ENOMEM;
	get_random_bytes(&hash_seed, sizeof(hash_seed));
	return 0;
}

void vsext_rx_exit(void)
{
	unsigned int cpu;

	/* A poll that ended without a flush. */
	for_each_possible_cpu(cpu)
		WARN_ON_ONCE(per_cpu_ptr(polls, cpu)->n);
	free_percpu(polls);
}
