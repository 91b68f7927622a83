/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vxlan - the headers in front of a tunneled datagram (RFC 7348)
 *
 * The sender builds what follows the outer UDP header itself, so the outer
 * source port, the ToS and the fragmentation of the outer datagram are its
 * own choice; a VXLAN device would choose the port by a hash of its own.
 */
#ifndef BENCH_VXLAN_H
#define BENCH_VXLAN_H

#include <stddef.h>

#include "flowspec.h"

#define VXLAN_HEADERS	(8 + 14 + 20 + 8)	/* VXLAN, Ethernet, IPv4, UDP */

/* Writes VXLAN_HEADERS bytes for a payload of spec->size bytes behind them. */
void vxlan_headers(void *frame, const struct flowspec *spec);

#endif /* BENCH_VXLAN_H */
