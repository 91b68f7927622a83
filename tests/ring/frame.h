/* SPDX-License-Identifier: GPL-2.0-only */
/* What a NIC's parser finds in a frame: for RSS and for the completion. */
#ifndef RING_FRAME_H
#define RING_FRAME_H

#include <linux/types.h>

/**
 * struct frame - one Ethernet frame on the wire
 * @data: all of it, from the destination address
 * @len: bytes at @data
 * @hash: of the addresses, and of the ports if @l4 is set; 0 if it is not IP
 * @l3: 4, 6, or 0
 * @l4: IPPROTO_TCP or IPPROTO_UDP if their header is there, otherwise 0: ports of
 *	a fragment are not looked at, neither in the first one
 * @fragment: of an IPv4 datagram
 * @l3_ok: the IPv4 header's checksum is right, or it is IPv6
 * @l4_ok: @l4's checksum is right, or UDP does without
 * @sum: of the IP datagram in ones' complement, for CHECKSUM_COMPLETE
 */
struct frame {
	const u8 *data;
	unsigned int len;
	u32 hash;
	u8 l3;
	u8 l4;
	bool fragment;
	bool l3_ok;
	bool l4_ok;
	u16 sum;
};

/* Fills in everything behind @data and @len, which never are read beyond. */
void frame_parse(struct frame *frame);

#endif
