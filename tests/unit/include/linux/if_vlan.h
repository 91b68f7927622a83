/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_IF_VLAN_H
#define UNIT_LINUX_IF_VLAN_H

#include <linux/if_ether.h>
#include <linux/skbuff.h>

struct vlan_hdr {
	__be16 h_vlan_TCI;
	__be16 h_vlan_encapsulated_proto;
};

static inline bool eth_type_vlan(__be16 type)
{
	return type == htons(ETH_P_8021Q) || type == htons(ETH_P_8021AD);
}

#define skb_vlan_tag_present(skb)	((skb)->vlan_present)
#define skb_vlan_tag_get(skb)		((skb)->vlan_tci)

#endif
