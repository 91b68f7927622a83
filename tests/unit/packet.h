/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets, built header by header, and socket buffers that hold them.
 */
#ifndef UNIT_PACKET_H
#define UNIT_PACKET_H

#include <linux/skbuff.h>
#include <linux/types.h>

#include "flow.h"

#define PACKET_MAX	512

struct packet {
	unsigned int len;
	u8 byte[PACKET_MAX];
};

#define SRC_MAC "\x02\0\0\0\0\1"
#define DST_MAC "\x02\0\0\0\0\2"
#define SRC6 "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
#define DST6 "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2"

#define IP_MF	0x2000

/* dscp6, VXLAN on port 4789. */
extern const struct vsext_layout layout;

/* Each appends; numbers are in host byte order. */
void put(struct packet *p, const void *bytes, unsigned int n);
void put_eth(struct packet *p, u16 type);
void put_vlan(struct packet *p, u16 tci, u16 type);
/* From 10.0.0.1 to 10.0.0.2; @options: bytes, a multiple of 4. */
void put_ipv4(struct packet *p, unsigned int options, u8 tos, u16 frag, u8 proto);
/* From SRC6 to DST6. */
void put_ipv6(struct packet *p, u8 tos, u8 next);
/* An extension header of @words * 8 bytes. */
void put_ext(struct packet *p, u8 next, unsigned int words);
void put_frag_ext(struct packet *p, u8 next, u16 offset, bool more);
/* The first bytes of TCP and UDP. */
void put_ports(struct packet *p, u16 src, u16 dst);
void put_udp(struct packet *p, u16 src, u16 dst);
void put_vxlan(struct packet *p, u8 flags, u32 vni);
void put_geneve(struct packet *p, unsigned int options, u16 type, u32 vni);
/* @flags: 0x8000 checksum, 0x2000 key, 0x1000 sequence number; each is there. */
void put_gre(struct packet *p, u16 flags, u16 type, u32 key);
void put_arp(struct packet *p, u16 opcode);
void put32(struct packet *p, u32 value);
void put_payload(struct packet *p, unsigned int n);

/*
 * A fragment of a datagram to a VXLAN port; what follows the IP header is the
 * start of the datagram, or what looks like it in the middle of one.
 */
struct packet fragment4(u16 frag, u16 src, u16 dst);
struct packet fragment6(u16 offset, bool more, u16 src);

/*
 * A socket buffer with the first @len bytes of @p: @pulled before skb->data,
 * then up to @linear bytes, then fragments that end at @cut (once more) and at
 * the end. Every part is a piece of memory of its own. Free with skb_free().
 */
struct sk_buff *skb_make(const struct packet *p, unsigned int len,
			 unsigned int pulled, unsigned int linear,
			 unsigned int cut);
void skb_free(struct sk_buff *skb);

#define ALL	(VSEXT_NEED_OUTER | VSEXT_NEED_INNER | VSEXT_NEED_FCF)

/* Its key, from one piece of memory. */
struct vsext_key parse_as(const struct packet *p, unsigned int need,
			  const struct vsext_layout *as);
struct vsext_key parse_all(const struct packet *p);
/* What the parser says of the datagram that it is a fragment of. */
u32 datagram_of(const struct packet *p);
void assert_same(const struct vsext_key *a, const struct vsext_key *b);
/* What put_eth() and one of put_ipv4() and put_ipv6() leave in the key. */
struct vsext_hdrs hdrs(u16 type, u8 proto, u16 src, u16 dst);

#endif /* UNIT_PACKET_H */
