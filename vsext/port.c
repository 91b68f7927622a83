// SPDX-License-Identifier: GPL-2.0-only
/* Attaching to devices, by the hook in the driver or at netdev ingress. */
#include <linux/delay.h>
#include <linux/ethtool.h>
#include <linux/hash.h>
#include <linux/if_arp.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "dispatch.h"
#include "fence.h"
#include "flowtable.h"
#include "port.h"
#include "rx.h"

#ifndef CONFIG_NETFILTER_INGRESS
#error "vsext needs a kernel with CONFIG_NETFILTER_INGRESS."
#endif
#ifndef CONFIG_NET_CLS_ACT
#error "vsext needs a kernel with CONFIG_NET_CLS_ACT."
#endif

#define PORT_BITS	6
/* RX queues may be opened anew (ethtool -L) before the old ones are forgotten. */
#define SPARE_RXQS	4
/* Flows have gone back to the hardware's core by then: idle, or moved. */
#define DRAIN_MS	300
/* At most, for those that are just moving or queued. */
#define DRAIN_MAX_MS	1000

static struct hlist_head ports_hash[1 << PORT_BITS];
static LIST_HEAD(ports);
static unsigned int driver_ports;
/* What ports counted that are no more. */
static struct vsext_port_stats retired;
static u64 gone;

static struct hlist_head *hash_head(const struct net_device *dev)
{
	return &ports_hash[hash_ptr(dev, PORT_BITS)];
}

struct vsext_port *vsext_port_find(const struct net_device *dev)
{
	struct vsext_port *port;

	hlist_for_each_entry_rcu(port, hash_head(dev), hash,
				 lockdep_rtnl_is_held())
		if (port->dev == dev)
			return port;
	return NULL;
}

/* --- RX queues --- */

#define IDLE	(2 * HZ)

static struct vsext_rxq *find_rxq(struct vsext_port *port,
				  const struct napi_struct *napi)
{
	unsigned int start = hash_ptr(napi, 16), i;

	for (i = 0; i < port->n_rxq; i++) {
		struct vsext_rxq *rxq = port->rxq[(start + i) % port->n_rxq];

		if (READ_ONCE(rxq->napi) == napi)
			return rxq;
	}
	return NULL;
}

/* A driver may open its queues anew, with other NAPIs: the idle ones go. */
static struct vsext_rxq *find_idle(struct vsext_port *port)
{
	unsigned int i;

	for (i = 0; i < port->n_rxq; i++) {
		/* First: it may be seen in a jiffy that comes only now. */
		u32 seen = smp_load_acquire(&port->rxq[i]->seen);

		if ((u32)jiffies - seen > IDLE)
			return port->rxq[i];
	}
	return NULL;
}

/* Gives @napi a queue, or the one back that has been its own for long. */
static struct vsext_rxq *claim(struct vsext_port *port,
			       struct napi_struct *napi)
{
	struct vsext_rxq *rxq;

	spin_lock(&port->claims);
	rxq = find_rxq(port, napi) ?: find_rxq(port, NULL);
	if (!rxq) {
		rxq = find_idle(port);
		if (rxq)
			vsext_rxq_forget(rxq);
	}
	if (rxq) {
		WRITE_ONCE(rxq->napi, napi);
		/* Who sees that it was used just now sees by whom. */
		smp_store_release(&rxq->seen, (u32)jiffies);
	}
	spin_unlock(&port->claims);
	return rxq;
}

struct vsext_rxq *vsext_port_rxq(struct vsext_port *port,
				 struct napi_struct *napi)
{
	struct vsext_rxq *rxq = find_rxq(port, napi);
	u32 seen;

	if (!rxq)
		return claim(port, napi);
	/* First, as jiffies above; and pairs with claim(). */
	seen = smp_load_acquire(&rxq->seen);
	/* At half of what makes it idle already: nobody takes it away meanwhile. */
	if (READ_ONCE(rxq->napi) != napi || (u32)jiffies - seen > IDLE / 2)
		return claim(port, napi);
	WRITE_ONCE(rxq->seen, (u32)jiffies);
	return rxq;
}

/* --- life of a port --- */

static void free_port(struct vsext_port *port)
{
	unsigned int i;

	for (i = 0; i < port->n_rxq; i++)
		kvfree(port->rxq[i]);
	free_percpu(port->stats);
	kfree(port);
}

static struct vsext_port *alloc_port(struct net_device *dev, bool ingress)
{
	unsigned int i, n = dev->real_num_rx_queues;
	struct vsext_port *port;

	if (!ingress)
		n = dev->num_rx_queues + SPARE_RXQS;
	port = kzalloc(struct_size(port, rxq, n), GFP_KERNEL);
	if (!port)
		return NULL;
	port->dev = dev;
	port->ifindex = dev->ifindex;
	spin_lock_init(&port->claims);
	port->stats = alloc_percpu(struct vsext_port_stats);
	if (!port->stats)
		goto fail;
	for (i = 0; i < n; i++) {
		port->rxq[i] = kvzalloc_node(sizeof(*port->rxq[i]),
					     GFP_KERNEL, dev_to_node(&dev->dev));
		if (!port->rxq[i])
			goto fail;
		port->n_rxq++;
		vsext_rxq_init(port->rxq[i], port, dev->ifindex, ingress);
	}
	return port;

fail:
	free_port(port);
	return NULL;
}

static void retire(const struct vsext_port *port)
{
	struct vsext_port_stats sum;

	vsext_port_sum(port, &sum);
	retired.hits += sum.hits;
	retired.local += sum.local;
	retired.moved += sum.moved;
	retired.held += sum.held;
	retired.drop_full += sum.drop_full;
	retired.drop_hold += sum.drop_hold;
}

/*
 * The hook stays on until every poll that might have staged something has
 * flushed it; then nobody uses the port any more.
 */
static void unpublish(struct vsext_port *port)
{
	ASSERT_RTNL();
	hlist_del_rcu(&port->hash);
	list_del(&port->list);
	if (port->active == VSEXT_PORT_INGRESS)
		nf_unregister_net_hook(dev_net(port->dev), &port->ingress);
	synchronize_net();
	if (port->active == VSEXT_PORT_DRIVER && !--driver_ports)
		vsext_hook_enable(false);
}

/*
 * None of its packets is left behind: they hold no reference on their device.
 * @lost: the device goes, and they with it.
 */
static void detach(struct vsext_port *port, bool lost)
{
	unsigned int i;

	unpublish(port);
	for (i = 0; i < port->n_rxq; i++) {
		if (lost)
			gone += vsext_rxq_purge(port->rxq[i]);
		else
			vsext_rxq_exit(port->rxq[i]);
	}
	vsext_fence_forget(port);
	if (!lost)
		vsext_dispatch_drain(DRAIN_MAX_MS);
	vsext_dispatch_purge(port->dev);
	retire(port);
	free_port(port);
}

static int choose_mode(struct net_device *dev, u8 mode, u8 *active, u8 *reason,
		       struct netlink_ext_ack *extack)
{
	bool hooked = vsext_hook_drives(dev);

	*active = mode;
	*reason = VSEXT_REASON_ASKED;
	if (mode == VSEXT_PORT_AUTO) {
		*active = hooked ? VSEXT_PORT_DRIVER : VSEXT_PORT_INGRESS;
		*reason = hooked ? VSEXT_REASON_DRIVER_HOOKED :
				   VSEXT_REASON_DRIVER_STOCK;
	}
	if (*active == VSEXT_PORT_DRIVER && !hooked) {
		NL_SET_ERR_MSG(extack,
			       "its driver is not a patched one: see make driver, or use mode ingress");
		return -EOPNOTSUPP;
	}
	if (*active == VSEXT_PORT_INGRESS &&
	    rcu_access_pointer(dev->xdp_prog)) {
		NL_SET_ERR_MSG(extack, "generic XDP would see packets twice: detach it first");
		return -EOPNOTSUPP;
	}
	if (dev->type != ARPHRD_ETHER) {
		NL_SET_ERR_MSG(extack,
			       "not an Ethernet device, so it has no header that rules know");
		return -EOPNOTSUPP;
	}
	if (dev->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG(extack, "the loopback device has no hardware interrupt to steer");
		return -EOPNOTSUPP;
	}
	if (dev->reg_state != NETREG_REGISTERED) {
		NL_SET_ERR_MSG(extack, "the device is going away");
		return -EBUSY;
	}
	return 0;
}

static int register_ingress(struct vsext_port *port)
{
	port->ingress.hook = vsext_rx_ingress;
	port->ingress.priv = port;
	port->ingress.dev = port->dev;
	port->ingress.pf = NFPROTO_NETDEV;
	port->ingress.hooknum = NF_NETDEV_INGRESS;
	/* A packet that we deliver later skips every hook behind ours. */
	port->ingress.priority = INT_MAX;
	return nf_register_net_hook(dev_net(port->dev), &port->ingress);
}

static int attach(struct net_device *dev, u8 mode,
		  struct netlink_ext_ack *extack)
{
	struct vsext_port *port;
	u8 active, reason;
	int err;

	err = choose_mode(dev, mode, &active, &reason, extack);
	if (err)
		return err;
	port = alloc_port(dev, active == VSEXT_PORT_INGRESS);
	if (!port)
		return -ENOMEM;
	port->mode = mode;
	port->active = active;
	port->reason = reason;
	if (active == VSEXT_PORT_INGRESS) {
		err = register_ingress(port);
		if (err) {
			NL_SET_ERR_MSG(extack, "the ingress hook could not be registered");
			free_port(port);
			return err;
		}
	}
	hlist_add_head_rcu(&port->hash, hash_head(dev));
	list_add_tail(&port->list, &ports);
	if (active == VSEXT_PORT_DRIVER && !driver_ports++)
		vsext_hook_enable(true);
	return 0;
}

static bool is_moving(const struct vsext_port *port)
{
	unsigned int i;

	for (i = 0; i < port->n_rxq; i++)
		if (vsext_rxq_moving(port->rxq[i]))
			return true;
	return false;
}

static bool any_moving(void)
{
	struct vsext_port *port;

	list_for_each_entry(port, &ports, list)
		if (READ_ONCE(port->draining) && is_moving(port))
			return true;
	return false;
}

/*
 * Lets flows move back in order before ports go that are draining: a core may be
 * late, and what is direct must not overtake what it has yet to deliver. RTNL is
 * let go of meanwhile.
 */
static void drain(void)
{
	unsigned int waited;

	rtnl_unlock();
	msleep(DRAIN_MS);
	rtnl_lock();
	for (waited = 0; waited < DRAIN_MAX_MS && any_moving(); waited += 20) {
		rtnl_unlock();
		msleep(20);
		rtnl_lock();
	}
	rtnl_unlock();
	vsext_dispatch_drain(DRAIN_MAX_MS);
	/* As in order.c: for the poll, and for a queue behind it. */
	synchronize_rcu();
	synchronize_rcu();
	rtnl_lock();
}

/* Detaches in order, then attaches anew; without that, as it was before. */
static int change(struct net *net, int ifindex, u8 mode,
		  struct netlink_ext_ack *extack)
{
	struct net_device *dev = __dev_get_by_index(net, ifindex);
	struct vsext_port *port = vsext_port_find(dev);
	u8 old = VSEXT_PORT_OFF;
	int err;

	if (port) {
		old = port->mode;
		WRITE_ONCE(port->draining, true);
		drain();
		dev = __dev_get_by_index(net, ifindex);
		port = dev ? vsext_port_find(dev) : NULL;
		if (port)
			detach(port, false);
		if (!dev)
			return mode == VSEXT_PORT_OFF ? 0 : -ENODEV;
	}
	if (mode == VSEXT_PORT_OFF)
		return 0;
	err = attach(dev, mode, extack);
	if (err && old != VSEXT_PORT_OFF)
		attach(dev, old, NULL);
	return err;
}

int vsext_port_set(struct net *net, int ifindex, u8 mode,
		   struct netlink_ext_ack *extack)
{
	u8 active = VSEXT_PORT_OFF, reason, old;
	struct vsext_port *port;
	struct net_device *dev;
	int err = 0;

	rtnl_lock();
	dev = __dev_get_by_index(net, ifindex);
	if (!dev) {
		NL_SET_ERR_MSG(extack, "no such device in this network namespace");
		err = -ENODEV;
		goto unlock;
	}
	port = vsext_port_find(dev);
	old = port ? port->mode : VSEXT_PORT_OFF;
	if (mode != VSEXT_PORT_OFF)
		err = choose_mode(dev, mode, &active, &reason, extack);
	if (err)
		goto unlock;
	if (!port ? mode == VSEXT_PORT_OFF : active == port->active) {
		if (port) {
			port->mode = mode;
			port->reason = reason;
		}
		goto unlock;
	}
	err = change(net, ifindex, mode, extack);
unlock:
	rtnl_unlock();
	return err ?: old;
}

void vsext_ports_off(void)
{
	struct vsext_port *port, *next;

	rtnl_lock();
	list_for_each_entry(port, &ports, list)
		WRITE_ONCE(port->draining, true);
	if (!list_empty(&ports))
		drain();
	list_for_each_entry_safe(port, next, &ports, list)
		detach(port, false);
	rtnl_unlock();
}

/* --- what there is to see --- */

void vsext_port_sum(const struct vsext_port *port, struct vsext_port_stats *sum)
{
	unsigned int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct vsext_port_stats *s = per_cpu_ptr(port->stats, cpu);

		sum->hits += READ_ONCE(s->hits);
		sum->local += READ_ONCE(s->local);
		sum->moved += READ_ONCE(s->moved);
		sum->held += READ_ONCE(s->held);
		sum->drop_full += READ_ONCE(s->drop_full);
		sum->drop_hold += READ_ONCE(s->drop_hold);
	}
}

u64 vsext_ports_held(void)
{
	struct vsext_port *port;
	unsigned int i;
	u64 n = 0;

	ASSERT_RTNL();
	list_for_each_entry(port, &ports, list)
		for (i = 0; i < port->n_rxq; i++)
			n += vsext_rxq_held(port->rxq[i]);
	return n;
}

u64 vsext_ports_sum(struct vsext_port_stats *sum)
{
	struct vsext_port_stats s;
	struct vsext_port *port;

	ASSERT_RTNL();
	*sum = retired;
	list_for_each_entry(port, &ports, list) {
		vsext_port_sum(port, &s);
		sum->hits += s.hits;
		sum->local += s.local;
		sum->moved += s.moved;
		sum->held += s.held;
		sum->drop_full += s.drop_full;
		sum->drop_hold += s.drop_hold;
	}
	return gone;
}

static u32 rps_warnings(const struct net_device *dev)
{
	u32 warn = 0;
#ifdef CONFIG_RPS
	unsigned int i;

	for (i = 0; i < dev->real_num_rx_queues; i++) {
		if (rcu_access_pointer(dev->_rx[i].rps_map))
			warn |= VSEXT_WARN_RPS;
		if (vsext_rfs_on(&dev->_rx[i]))
			warn |= VSEXT_WARN_RFS;
	}
#endif
	return warn;
}

u32 vsext_port_warnings(const struct vsext_port *port)
{
	u32 warn = rps_warnings(port->dev);
	struct net_device *other;
	struct list_head *iter;

	ASSERT_RTNL();
	if (rcu_access_pointer(port->dev->xdp_prog))
		warn |= VSEXT_WARN_XDP_GENERIC;
	else if (dev_xdp_prog_count(port->dev))
		warn |= VSEXT_WARN_XDP;
	other = netdev_master_upper_dev_get(port->dev);
	if (other && vsext_port_find(other))
		warn |= VSEXT_WARN_MASTER;
	netdev_for_each_lower_dev(port->dev, other, iter)
		if (vsext_port_find(other))
			warn |= VSEXT_WARN_LOWER;
	return warn;
}

struct vsext_port *vsext_port_next(const struct net *net, u32 from_ifindex)
{
	struct vsext_port *port, *best = NULL;

	ASSERT_RTNL();
	list_for_each_entry(port, &ports, list)
		if (net_eq(dev_net(port->dev), net) &&
		    port->ifindex >= from_ifindex &&
		    (!best || port->ifindex < best->ifindex))
			best = port;
	return best;
}

/* --- devices that go --- */

/* A move to another netns is an unregistration too. */
static int device_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	struct net_device *dev = netdev_notifier_info_to_dev(data);
	struct vsext_port *port;

	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	port = vsext_port_find(dev);
	if (port)
		detach(port, true);
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = {
	.notifier_call = device_event,
	/* Before IP forgets the device: what it is handed then, it drops uncounted. */
	.priority = INT_MAX,
};

int vsext_ports_init(void)
{
	int err;

	err = vsext_hook_register(&vsext_rx_ops);
	if (err)
		return err;
	err = register_netdevice_notifier(&device_notifier);
	if (err)
		vsext_hook_unregister(&vsext_rx_ops);
	return err;
}

void vsext_ports_exit(void)
{
	vsext_ports_off();
	unregister_netdevice_notifier(&device_notifier);
	vsext_hook_unregister(&vsext_rx_ops);
}
