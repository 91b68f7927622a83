/* SPDX-License-Identifier: GPL-2.0-only */
/* Match attributes (enum vsext_match) to and from a match. */
#ifndef _VSEXT_MATCH_H
#define _VSEXT_MATCH_H

#include <net/netlink.h>

#include "flowtable.h"

extern const struct nla_policy vsext_match_policy[VSEXT_M_MAX + 1];

/* @nest may be NULL: every packet. -EINVAL with an extack message. */
int vsext_match_get(const struct nlattr *nest, struct vsext_flow_match *match,
		    struct netlink_ext_ack *extack);
/* Puts a VSEXT_FLOW_A_MATCH nest. -EMSGSIZE: it does not fit. */
int vsext_match_put(struct sk_buff *skb, const struct vsext_flow_match *match);

#endif /* _VSEXT_MATCH_H */
