/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of RFC 8200. */
#ifndef UNIT_NET_IPV6_H
#define UNIT_NET_IPV6_H

#include <linux/ipv6.h>

#define NEXTHDR_HOP		0
#define NEXTHDR_ROUTING		43
#define NEXTHDR_FRAGMENT	44
#define NEXTHDR_AUTH		51
#define NEXTHDR_DEST		60
#define NEXTHDR_MOBILITY	135

#define IP6_OFFSET		0xfff8
#define IP6_MF			0x0001

struct frag_hdr {
	u8 nexthdr;
	u8 reserved;
	__be16 frag_off;
	__be32 identification;
};

/* The length counts units of 8 bytes, the first one not included. */
#define ipv6_optlen(opt)	(((opt)->hdrlen + 1) * 8)
/* Of the authentication header: units of 4 bytes, the first two not included. */
#define ipv6_authlen(opt)	(((opt)->hdrlen + 2) * 4)

#endif
