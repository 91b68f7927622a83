/* SPDX-License-Identifier: GPL-2.0-only */
/* The receive path: from a packet to its place. */
#ifndef _VSEXT_RX_H
#define _VSEXT_RX_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>

#include "vsext_hook.h"

/* Before the first packet and after the last one. -ENOMEM. Process context. */
int vsext_rx_init(void);
void vsext_rx_exit(void);

/* For patched drivers' polls (vsext_hook.h has the contract). */
extern const struct vsext_hook_ops vsext_rx_ops;

/* The netdev ingress hook; @priv is the port. */
unsigned int vsext_rx_ingress(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state);

#endif /* _VSEXT_RX_H */
