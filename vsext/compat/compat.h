/* SPDX-License-Identifier: GPL-2.0-only */
/* Differences between kernel versions; they live here and nowhere else. */
#ifndef _VSEXT_COMPAT_H
#define _VSEXT_COMPAT_H

#include <linux/netdevice.h>
#include <linux/sched/isolation.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <net/gro.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#include <net/netdev_rx_queue.h>
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#include <net/hotdata.h>
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "vsext needs Linux 6.1 or later."
#endif

#ifdef CONFIG_PREEMPT_RT
#error "vsext does not support PREEMPT_RT kernels."
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define vsext_unbound_wq system_dfl_wq
#else
#define vsext_unbound_wq system_unbound_wq
#endif

/* Stable kernels before 6.1.68 and 6.7 have it under its old name. */
#ifndef GENL_MCAST_CAP_NET_ADMIN
#define GENL_MCAST_CAP_NET_ADMIN GENL_UNS_ADMIN_PERM
#endif

/* A device for NAPIs that belong to no NIC. Free with vsext_dummy_free(). */
static inline struct net_device *vsext_dummy_alloc(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
	return alloc_netdev_dummy(0);
#else
	struct net_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (dev)
		init_dummy_netdev(dev);
	return dev;
#endif
}

static inline void vsext_dummy_free(struct net_device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
	free_netdev(dev);
#else
	kfree(dev);
#endif
}

/* The attributes of a dump's request, validated. */
static inline struct nlattr **vsext_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_dumpit_info(cb)->info.attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* Has GRO nothing of this NAPI's, neither to merge with nor to hand on? Its poll. */
static inline bool vsext_gro_idle(const struct napi_struct *napi)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
	return !napi->gro.bitmask && !napi->gro.rx_count;
#else
	return !napi->gro_bitmask && !napi->rx_count;
#endif
}

/* Hands on all that GRO has of this NAPI's. Its poll. */
static inline void vsext_gro_flush(struct napi_struct *napi)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
	struct gro_node *rx = &napi->gro;
#else
	struct napi_struct *rx = napi;
#endif
	napi_gro_flush(napi, false);
	netif_receive_skb_list(&rx->rx_list);
	INIT_LIST_HEAD(&rx->rx_list);
	rx->rx_count = 0;
}

#ifdef CONFIG_RPS
/* Does RFS move packets of this RX queue? */
static inline bool vsext_rfs_on(const struct netdev_rx_queue *queue)
{
#ifdef _NET_RPS_TYPES_H	/* 7.x: a tagged number */
	return READ_ONCE(queue->rps_flow_table);
#else
	return rcu_access_pointer(queue->rps_flow_table);
#endif
}
#endif /* CONFIG_RPS */

/* netdev_max_backlog, as the administrator set it. */
static inline unsigned int vsext_max_backlog(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	return READ_ONCE(net_hotdata.max_backlog);
#else
	return READ_ONCE(netdev_max_backlog);
#endif
}

/* Context: process or softirq; the answer may change at run time. */
static inline bool vsext_cpu_isolated(unsigned int cpu)
{
	return !housekeeping_cpu(cpu, HK_TYPE_DOMAIN);
}

#endif /* _VSEXT_COMPAT_H */
