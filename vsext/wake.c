// SPDX-License-Identifier: GPL-2.0-only
/* Scheduling a NAPI on another core. */
#include "wake.h"

static void run_here(void *arg)
{
	struct vsext_wake *wake = arg;

	__napi_schedule_irqoff(&wake->napi);
}

enum vsext_woken vsext_wake(struct vsext_wake *wake)
{
	if (!napi_schedule_prep(&wake->napi))
		return VSEXT_WAKE_RUNNING;
	if (wake->cpu == smp_processor_id()) {
		__napi_schedule(&wake->napi);
		return VSEXT_WAKE_RUNNING;
	}
	if (likely(!smp_call_function_single_async(wake->cpu, &wake->csd)))
		return VSEXT_WOKEN;
	/* The SCHED bit is ours, so nobody else would ever run it. */
	__napi_schedule(&wake->napi);
	return VSEXT_WAKE_OFFLINE;
}

void vsext_wake_init(struct vsext_wake *wake, struct net_device *dev,
		     unsigned int cpu, int (*poll)(struct napi_struct *, int),
		     int weight)
{
	wake->cpu = cpu;
	INIT_CSD(&wake->csd, run_here, wake);
	/* Keeps it out of the hash of NAPI ids: no socket can busy-poll it. */
	set_bit(NAPI_STATE_NO_BUSY_POLL, &wake->napi.state);
	netif_napi_add_weight(dev, &wake->napi, poll, weight);
	napi_enable(&wake->napi);
}

void vsext_wake_exit(struct vsext_wake *wake)
{
	napi_disable(&wake->napi);
	__netif_napi_del(&wake->napi);
}

void vsext_wake_stop(struct vsext_wake *wake)
{
	napi_disable(&wake->napi);
}

void vsext_wake_start(struct vsext_wake *wake)
{
	napi_enable(&wake->napi);
	local_bh_disable();
	vsext_wake(wake);
	local_bh_enable();
}
