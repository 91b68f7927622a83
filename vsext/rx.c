// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receive path. Read steer() first: parse, look up, choose, keep order,
 * hand over. No locks, no allocation, and nothing is written that other cores
 * read, but for a packet whose flow is just changing cores, and for the first
 * fragment of a datagram.
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

/* The queue that this core is polling, so that it is looked up once a poll. */
struct current_poll {
	const struct napi_struct *napi;
	const struct net_device *dev;
	struct vsext_port *port;
	struct vsext_rxq *rxq;
};

/* A packet on its way through steer(). */
struct packet {
	struct sk_buff *skb;
	struct napi_struct *frags;	/* it still is this NAPI's skb */
	int off;			/* of the Ethernet header */
};

static DEFINE_PER_CPU(struct current_poll, current_poll);
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
		  struct sk_buff *skb, const struct vsext_key *key, u32 hash,
		  unsigned int core, u32 limit)
{
	enum vsext_entry entry = rxq->ingress ? VSEXT_ENTRY_AGAIN :
				 key->outer.frag ? VSEXT_ENTRY_PLAIN :
						   VSEXT_ENTRY_GRO;

	if (!vsext_dispatch_stage(skb, core, entry, limit)) {
		stats->drop_full++;
		drop(skb, core, VSEXT_STAT_DROP_FULL);
		return;
	}
	vsext_order_staged(rxq, hash, core);
	stats->moved++;
}

/* --- the way of a packet --- */

/* Returns true if the packet was taken; false: it goes on here, unchanged. */
static bool steer(struct vsext_port *port, struct vsext_rxq *rxq,
		  struct packet *p)
{
	struct vsext_port_stats *stats = this_cpu_ptr(port->stats);
	const struct vsext_masks *masks = vsext_table_masks();
	unsigned int need = vsext_table_need(masks);
	unsigned int core, want = smp_processor_id();
	const struct vsext_settings *set;
	struct vsext_rule *rule = NULL;
	struct vsext_key key;
	u32 hash, datagram;
	int place;

	if (!need && vsext_order_skip(rxq, vsext_table_emptied())) {
		stats->local++;
		return false;
	}

	set = rcu_dereference(vsext_settings);
	datagram = vsext_flow_parse(p->skb, p->off, need, &set->layout, &key);
	key.in_port = port->ifindex;
	if (unlikely(key.outer.frag))
		vsext_frag_follow(&key, datagram);
	if (likely(!READ_ONCE(port->draining)))
		rule = vsext_table_lookup(masks, &key);
	if (rule) {
		want = wanted_core(set, rule);
		vsext_rule_count(rule, max_t(u32, skb_shinfo(p->skb)->gso_segs, 1),
				 p->skb->len);
		stats->hits++;
	}

	core = want;
	hash = vsext_flow_hash(&key, hash_seed);
	place = vsext_order_place(rxq, hash, want, &core);
	trace_vsext_decide(p->skb, &key, hash, place, want, core);
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
		queue(stats, rxq, p->skb, &key, hash, core, set->queue_limit);
		break;
	default:
		stats->drop_hold++;
		drop(p->skb, want, VSEXT_STAT_DROP_HOLD);
	}
	return true;
}

/* --- driver mode --- */

static struct current_poll *find_poll(struct napi_struct *napi,
				      const struct net_device *dev)
{
	struct current_poll *c = this_cpu_ptr(&current_poll);

	if (likely(c->napi == napi && c->dev == dev))
		return c;
	c->napi = napi;
	c->dev = dev;
	c->rxq = NULL;
	c->port = vsext_port_find(dev);
	if (c->port && c->port->active == VSEXT_PORT_DRIVER)
		c->rxq = vsext_port_rxq(c->port, napi);
	return c;
}

static bool rx(struct napi_struct *napi, struct packet *p)
{
	const struct current_poll *c;
	bool taken;

	if (vsext_hook_in_netpoll(napi))
		return false;
	rcu_read_lock();
	c = find_poll(napi, p->skb->dev);
	taken = c->rxq && steer(c->port, c->rxq, p);
	if (unlikely(c->port && !c->rxq && c->port->active == VSEXT_PORT_DRIVER))
		this_cpu_inc(c->port->stats->local);
	rcu_read_unlock();
	return taken;
}

static bool rx_receive(struct napi_struct *napi, struct sk_buff *skb)
{
	struct packet p = { .skb = skb, .off = -ETH_HLEN };

	return rx(napi, &p);
}

static bool rx_frags(struct napi_struct *napi)
{
	struct packet p = { .skb = napi->skb, .frags = napi };

	/* Runts are the kernel's to drop. */
	return p.skb->len >= ETH_HLEN && rx(napi, &p);
}

static void rx_flush(struct napi_struct *napi)
{
	if (vsext_hook_in_netpoll(napi))
		return;
	vsext_dispatch_flush();
	this_cpu_write(current_poll.napi, NULL);
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
	struct packet p = { .skb = skb };
	struct vsext_rxq *rxq;
	bool taken;

	/* Somebody else's eyes are on it still, and we use next and cb. */
	if (unlikely(skb_shared(skb)))
		return NF_ACCEPT;
	p.off = skb_mac_offset(skb);
	rxq = ingress_rxq(port, skb);
	spin_lock(&rxq->serial);
	taken = steer(port, rxq, &p);
	spin_unlock(&rxq->serial);
	if (!taken)
		return NF_ACCEPT;
	vsext_dispatch_flush();
	return NF_STOLEN;
}

void vsext_rx_init(void)
{
	get_random_bytes(&hash_seed, sizeof(hash_seed));
}
