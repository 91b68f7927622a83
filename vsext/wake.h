/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A NAPI that any core can schedule on the core that it belongs to.
 *
 * The NAPI's own SCHED and MISSED bits make sure that no wake-up is lost, as in
 * the kernel's enqueue_to_backlog(); an IPI sent only when a queue "was empty"
 * would block the queue for ever once its core was offline.
 */
#ifndef _VSEXT_WAKE_H
#define _VSEXT_WAKE_H

#include <linux/netdevice.h>
#include <linux/smp.h>

/*
 * @cpu: the core that the NAPI runs on. Its poll function must not ask
 *	smp_processor_id(): a scheduled NAPI moves when its core goes offline.
 */
struct vsext_wake {
	struct napi_struct napi;
	call_single_data_t csd;
	unsigned int cpu;
};

enum vsext_woken {
	VSEXT_WAKE_RUNNING,	/* no need: it is scheduled already, or local */
	VSEXT_WOKEN,		/* by an IPI */
	VSEXT_WAKE_OFFLINE,	/* runs on this core instead */
};

void vsext_wake_init(struct vsext_wake *wake, struct net_device *dev,
		     unsigned int cpu, int (*poll)(struct napi_struct *, int),
		     int weight);
/* synchronize_net() must follow before it is freed. Process context. */
void vsext_wake_exit(struct vsext_wake *wake);

/* What was queued before this call will be polled. Context: softirqs off. */
enum vsext_woken vsext_wake(struct vsext_wake *wake);

/* Between the two no poll runs; start polls again. Process context. */
void vsext_wake_stop(struct vsext_wake *wake);
void vsext_wake_start(struct vsext_wake *wake);

#endif /* _VSEXT_WAKE_H */
