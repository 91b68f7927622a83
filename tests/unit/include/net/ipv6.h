/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of RFC 8200. */
#ifndef UNIT_NET_IPV6_H
#define UNIT_NET_IPV6_H

#include <linux/ipv6.h>

#define NEXTHDR_HOP		0
#define NEXTHDR_ROUTING		43
#define NEXTHDR_FRAGMENT	44
#define NEXTHDR_DEST		60

/* The length counts units of 8 bytes, the first one not included. */
#define ipv6_optlen(opt)	(((opt)->hdrlen + 1) * 8)

#endif
