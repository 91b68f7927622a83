/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_ETHERDEVICE_H
#define UNIT_LINUX_ETHERDEVICE_H

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <string.h>

static inline void ether_addr_copy(u8 *dst, const u8 *src)
{
	memcpy(dst, src, ETH_ALEN);
}

/* A type, not the length of an 802.3 frame. */
static inline bool eth_proto_is_802_3(__be16 type)
{
	return ntohs(type) >= ETH_P_802_3_MIN;
}

#endif
