/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hook between a patched NIC driver and vsext.ko.
 *
 * A patched driver depends on vsext_hook.ko alone, so vsext.ko comes and goes
 * without taking the NIC down. While the static key is off each call below
 * costs one NOP more than the kernel function that it replaces.
 */
#ifndef VSEXT_HOOK_H
#define VSEXT_HOOK_H

#include <linux/jump_label.h>
#include <linux/netdevice.h>
#include <linux/static_call.h>
#include <linux/types.h>
#include <net/gro.h>

#ifdef CONFIG_PREEMPT_RT
#error "PREEMPT_RT is not supported: receive polls are preemptible; choose another kernel."
#endif

/**
 * struct vsext_hook_ops - what a patched driver's receive path calls
 * @receive: the driver hands over @skb, or false: it goes the normal way and
 *	was not changed. True: taken, the driver does not touch it any more; it may
 *	wait until @flush.
 * @frags: the driver hands over napi->skb as for napi_gro_frags(). True: taken,
 *	and napi->skb is NULL. False: napi->skb is as it was.
 * @flush: the poll function is about to complete or to return, so everything
 *	that was staged since it began must leave now: the NAPI may next be polled
 *	on another core and would overtake it. Called once or twice a poll. May call
 *	napi_gro_receive(), so a poll that receives holds no lock of the stack's.
 *
 * All three run in a NAPI poll: softirqs off, which is an RCU read side. In one of
 * netpoll's (vsext_hook_in_netpoll()) they have to do nothing.
 */
struct vsext_hook_ops {
	bool (*receive)(struct napi_struct *napi, struct sk_buff *skb);
	bool (*frags)(struct napi_struct *napi);
	void (*flush)(struct napi_struct *napi);
};

/* For vsext.ko. All in process context; they may sleep, RTNL may be held. */

/* -EBUSY while another set is registered, -EINVAL if one of @ops is missing. The hook stays off. */
int vsext_hook_register(const struct vsext_hook_ops *ops);
/* Turns the hook off; on return no core is inside any of @ops. */
void vsext_hook_unregister(const struct vsext_hook_ops *ops);
/* Idempotent. Once it is off, every poll that staged a packet has flushed it. */
void vsext_hook_enable(bool on);
/* Is @dev's driver a patched one? Any context; @dev must not go away meanwhile. */
bool vsext_hook_drives(const struct net_device *dev);

/*
 * Netpoll polls with budget 0, perhaps in the middle of another poll on this core.
 * NAPI_STATE_NPSVC alone may be another core's, which came by while we poll; but
 * netpoll runs with interrupts off.
 */
static inline bool vsext_hook_in_netpoll(const struct napi_struct *napi)
{
	return unlikely(test_bit(NAPI_STATE_NPSVC, &napi->state)) && irqs_disabled();
}

/* For patched drivers. */

bool vsext_hook_no_receive(struct napi_struct *napi, struct sk_buff *skb);
bool vsext_hook_no_frags(struct napi_struct *napi);
void vsext_hook_no_flush(struct napi_struct *napi);

DECLARE_STATIC_KEY_FALSE(vsext_hook_on);
DECLARE_STATIC_CALL(vsext_hook_receive, vsext_hook_no_receive);
DECLARE_STATIC_CALL(vsext_hook_frags, vsext_hook_no_frags);
DECLARE_STATIC_CALL(vsext_hook_flush, vsext_hook_no_flush);

/* Instead of napi_gro_receive(). */
static inline gro_result_t vsext_gro_receive(struct napi_struct *napi, struct sk_buff *skb)
{
	if (static_branch_unlikely(&vsext_hook_on) &&
	    static_call(vsext_hook_receive)(napi, skb))
		return GRO_CONSUMED;
	return napi_gro_receive(napi, skb);
}

/* Instead of napi_gro_frags(). */
static inline gro_result_t vsext_gro_frags(struct napi_struct *napi)
{
	if (static_branch_unlikely(&vsext_hook_on) &&
	    static_call(vsext_hook_frags)(napi))
		return GRO_CONSUMED;
	return napi_gro_frags(napi);
}

/* Around the value of every return of a NAPI poll function. */
static inline int vsext_poll_end(struct napi_struct *napi, int work_done)
{
	if (static_branch_unlikely(&vsext_hook_on))
		static_call(vsext_hook_flush)(napi);
	return work_done;
}

/* Instead of napi_complete_done(): once complete, another core may poll, so flush first. */
static inline bool vsext_complete_done(struct napi_struct *napi, int work_done)
{
	return napi_complete_done(napi, vsext_poll_end(napi, work_done));
}

/* Instead of napi_complete(). */
static inline bool vsext_complete(struct napi_struct *napi)
{
	return vsext_complete_done(napi, 0);
}

#endif
