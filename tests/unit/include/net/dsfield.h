/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_NET_DSFIELD_H
#define UNIT_NET_DSFIELD_H

#include <linux/ipv6.h>
#include <linux/types.h>

/* The traffic class: the eight bits behind the version. */
static inline u8 ipv6_get_dsfield(const struct ipv6hdr *ip)
{
	const u8 *byte = (const u8 *)ip;

	return byte[0] << 4 | byte[1] >> 4;
}

#endif
