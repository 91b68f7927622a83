/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints: every decision, hand-over, delivery, drop and move. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vsext

#if !defined(_VSEXT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VSEXT_TRACE_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#include <linux/vsext.h>

#include "flow.h"

TRACE_DEFINE_ENUM(VSEXT_STAT_DROP_FULL);
TRACE_DEFINE_ENUM(VSEXT_STAT_DROP_HOLD);
TRACE_DEFINE_ENUM(VSEXT_STAT_DROP_GONE);

#ifndef _VSEXT_TRACE_PLACES
#define _VSEXT_TRACE_PLACES
#define vsext_show_place(p) \
	__print_symbolic(p, { 0, "direct" }, { 1, "queue" }, { 2, "hold" })
#endif

/* A packet was looked at: @want is what the rules say, @core where it goes. */
TRACE_EVENT(vsext_decide,
	TP_PROTO(const struct sk_buff *skb, const struct vsext_key *key,
		 u32 hash, int place, unsigned int want, unsigned int core),
	TP_ARGS(skb, key, hash, place, want, core),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(u32, ifindex)
		__field(u32, hash)
		__field(u32, len)
		__field(u16, want)
		__field(u16, core)
		__field(u8, place)
		__field(u8, vm_id)
		__field(u8, vm_prio)
		__field(u8, frag)
	),
	TP_fast_assign(
		__entry->skbaddr = skb;
		__entry->ifindex = key->in_port;
		__entry->hash = hash;
		__entry->len = skb->len;
		__entry->want = want;
		__entry->core = core;
		__entry->place = place;
		__entry->vm_id = key->vm_id;
		__entry->vm_prio = key->vm_prio;
		__entry->frag = key->outer.frag;
	),
	TP_printk("skbaddr=%p ifindex=%u hash=%08x len=%u vm_id=%u vm_prio=%u frag=%u want=%u core=%u place=%s",
		  __entry->skbaddr, __entry->ifindex, __entry->hash,
		  __entry->len, __entry->vm_id, __entry->vm_prio,
		  __entry->frag, __entry->want, __entry->core,
		  vsext_show_place(__entry->place))
);

DECLARE_EVENT_CLASS(vsext_lane,
	TP_PROTO(const struct sk_buff *skb, unsigned int core,
		 unsigned int source),
	TP_ARGS(skb, core, source),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(u16, core)
		__field(u16, source)
	),
	TP_fast_assign(
		__entry->skbaddr = skb;
		__entry->core = core;
		__entry->source = source;
	),
	TP_printk("skbaddr=%p core=%u source=%u", __entry->skbaddr,
		  __entry->core, __entry->source)
);

/* Staged on @source for @core. */
DEFINE_EVENT(vsext_lane, vsext_enqueue,
	TP_PROTO(const struct sk_buff *skb, unsigned int core,
		 unsigned int source),
	TP_ARGS(skb, core, source));

/* Delivered to the stack out of @core's queue. */
DEFINE_EVENT(vsext_lane, vsext_deliver,
	TP_PROTO(const struct sk_buff *skb, unsigned int core,
		 unsigned int source),
	TP_ARGS(skb, core, source));

/* @reason: enum vsext_stat, one of the DROPs. */
TRACE_EVENT(vsext_drop,
	TP_PROTO(const struct sk_buff *skb, unsigned int core,
		 unsigned int reason),
	TP_ARGS(skb, core, reason),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(u32, ifindex)
		__field(u16, core)
		__field(u8, reason)
	),
	TP_fast_assign(
		__entry->skbaddr = skb;
		__entry->ifindex = skb->dev->ifindex;
		__entry->core = core;
		__entry->reason = reason;
	),
	TP_printk("skbaddr=%p ifindex=%u core=%u reason=%s", __entry->skbaddr,
		  __entry->ifindex, __entry->core,
		  __print_symbolic(__entry->reason,
				   { VSEXT_STAT_DROP_FULL, "full" },
				   { VSEXT_STAT_DROP_HOLD, "hold" },
				   { VSEXT_STAT_DROP_GONE, "gone" }))
);

/* A bucket of flows of an RX queue leaves core @from for core @to. */
TRACE_EVENT(vsext_move,
	TP_PROTO(u32 ifindex, unsigned int bucket, unsigned int from,
		 unsigned int to),
	TP_ARGS(ifindex, bucket, from, to),
	TP_STRUCT__entry(
		__field(u32, ifindex)
		__field(u16, bucket)
		__field(u16, from)
		__field(u16, to)
	),
	TP_fast_assign(
		__entry->ifindex = ifindex;
		__entry->bucket = bucket;
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("ifindex=%u bucket=%u from=%u to=%u", __entry->ifindex,
		  __entry->bucket, __entry->from, __entry->to)
);

#endif /* _VSEXT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
