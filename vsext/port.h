/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports: devices that we are attached to.
 *
 * Changed under RTNL, found under RCU. A port does not hold a reference on its
 * device; the device's unregistration takes the port with it.
 */
#ifndef _VSEXT_PORT_H
#define _VSEXT_PORT_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>

#include <linux/vsext.h>

#include "order.h"

/* What happened to the packets of a port; one writer each (its core). */
struct vsext_port_stats {
	u64 hits;
	u64 local;
	u64 moved;
	u64 held;
	u64 drop_full;
	u64 drop_hold;
};

/**
 * struct vsext_port - one attached device
 * @mode: what was asked for; @active: what it became, by @reason
 * @draining: it is about to be detached: flows return to the hardware's core
 */
struct vsext_port {
	struct hlist_node hash;
	struct list_head list;
	struct net_device *dev;
	u32 ifindex;
	u8 mode;
	u8 active;
	u8 reason;
	bool draining;
	struct nf_hook_ops ingress;
	struct vsext_port_stats __percpu *stats;
	spinlock_t claims;	/* RX queues get another NAPI; outside of their lock */
	unsigned int n_rxq;
	struct vsext_rxq *rxq[];
};

int vsext_ports_init(void);
void vsext_ports_exit(void);	/* detaches all that are left */

/* The port of @dev, or NULL. RCU read side or RTNL. */
struct vsext_port *vsext_port_find(const struct net_device *dev);
/*
 * The RX queue that @napi polls. NULL: there are more of them than the port has
 * room for. Context: in a poll of @napi.
 */
struct vsext_rxq *vsext_port_rxq(struct vsext_port *port,
				 struct napi_struct *napi);

/**
 * vsext_port_set() - attach, change or detach (VSEXT_CMD_PORT_SET)
 * Returns the mode asked for until now (enum vsext_port_mode), or an errno.
 * Process context; takes RTNL; detaching waits until flows have moved back.
 */
int vsext_port_set(struct net *net, int ifindex, u8 mode,
		   struct netlink_ext_ack *extack);
void vsext_ports_off(void);

/* VSEXT_WARN_*. RTNL. */
u32 vsext_port_warnings(const struct vsext_port *port);
void vsext_port_sum(const struct vsext_port *port, struct vsext_port_stats *sum);
/* All ports that are and were. Returns packets dropped as their device went. */
u64 vsext_ports_sum(struct vsext_port_stats *sum);
/* Packets held now for moves. RTNL. */
u64 vsext_ports_held(void);
/* Ports of a netns, the first that is not before @from_ifindex. RTNL. */
struct vsext_port *vsext_port_next(const struct net *net, u32 from_ifindex);

#endif /* _VSEXT_PORT_H */
