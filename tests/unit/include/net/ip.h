/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_NET_IP_H
#define UNIT_NET_IP_H

#include <linux/ip.h>
#include <linux/types.h>

#define IP_OFFSET	0x1fff

/* More fragments follow, or some came before. */
static inline bool ip_is_fragment(const struct iphdr *ip)
{
	return ip->frag_off & htons(0x2000 | IP_OFFSET);
}

#endif
