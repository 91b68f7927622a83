// SPDX-License-Identifier: GPL-2.0-only
/* Packets for the parser. */
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>

#include "packet.h"
#include "unit.h"

const struct vsext_layout layout = {
	.fcf = VSEXT_FCF_DSCP6,
	.vxlan_ports = 1,
	.vxlan_port = { htons(4789) },
};

void put(struct packet *p, const void *bytes, unsigned int n)
{
	if (n > PACKET_MAX - p->len)
		abort();
	memcpy(p->byte + p->len, bytes, n);
	p->len += n;
}

static void put8(struct packet *p, u8 value)
{
	put(p, &value, 1);
}

static void put16(struct packet *p, u16 value)
{
	put8(p, value >> 8);
	put8(p, value);
}

void put32(struct packet *p, u32 value)
{
	put16(p, value >> 16);
	put16(p, value);
}

void put_payload(struct packet *p, unsigned int n)
{
	while (n--)
		put8(p, 0xa5 ^ n);
}

void put_eth(struct packet *p, u16 type)
{
	put(p, DST_MAC, 6);
	put(p, SRC_MAC, 6);
	put16(p, type);
}

void put_vlan(struct packet *p, u16 tci, u16 type)
{
	put16(p, tci);
	put16(p, type);
}

void put_ipv4(struct packet *p, unsigned int options, u8 tos, u16 frag, u8 proto)
{
	put8(p, 0x40 | (5 + options / 4));
	put8(p, tos);
	put16(p, 1000);
	put16(p, 77);
	put16(p, frag);
	put8(p, 64);
	put8(p, proto);
	put16(p, 0);
	put32(p, 0x0a000001);
	put32(p, 0x0a000002);
	while (options--)
		put8(p, 1);
}

void put_ipv6(struct packet *p, u8 tos, u8 next)
{
	put32(p, 6u << 28 | tos << 20 | 0x54321);
	put16(p, 1000);
	put8(p, next);
	put8(p, 64);
	put(p, SRC6, 16);
	put(p, DST6, 16);
}

void put_ext(struct packet *p, u8 next, unsigned int words)
{
	unsigned int i;

	put8(p, next);
	put8(p, words - 1);
	for (i = 2; i < words * 8; i++)
		put8(p, 0);
}

void put_frag_ext(struct packet *p, u8 next, u16 offset, bool more)
{
	put8(p, next);
	put8(p, 0);
	put16(p, offset | more);
	put32(p, 0xabcdef);
}

void put_ports(struct packet *p, u16 src, u16 dst)
{
	put16(p, src);
	put16(p, dst);
}

void put_udp(struct packet *p, u16 src, u16 dst)
{
	put_ports(p, src, dst);
	put32(p, 900 << 16);
}

void put_vxlan(struct packet *p, u8 flags, u32 vni)
{
	put32(p, (u32)flags << 24);
	put32(p, vni << 8 | 0x5a);
}

void put_geneve(struct packet *p, unsigned int options, u16 type, u32 vni)
{
	put8(p, options / 4);
	put8(p, 0x80);
	put16(p, type);
	put32(p, vni << 8 | 0x5a);
	put_payload(p, options);
}

void put_gre(struct packet *p, u16 flags, u16 type, u32 key)
{
	put16(p, flags);
	put16(p, type);
	if (flags & 0x8000)
		put32(p, 0x12345678);
	if (flags & 0x2000)
		put32(p, key);
	if (flags & 0x1000)
		put32(p, 0x87654321);
}

void put_arp(struct packet *p, u16 opcode)
{
	put16(p, 1);
	put16(p, ETH_P_IP);
	put8(p, 6);
	put8(p, 4);
	put16(p, opcode);
	put(p, SRC_MAC, 6);
	put32(p, 0x0a000001);
	put(p, DST_MAC, 6);
	put32(p, 0x0a000002);
}

/* --- fragments --- */

struct packet fragment4(u16 frag, u16 src, u16 dst)
{
	struct packet p = {};

	put_eth(&p, ETH_P_IP);
	put_ipv4(&p, 0, 0x84, frag, 17);
	put_udp(&p, src, dst);
	put_vxlan(&p, 8, 5);
	put_eth(&p, ETH_P_IP);
	put_ipv4(&p, 0, 0, 0, 6);
	put_ports(&p, src, dst);
	return p;
}

struct packet fragment6(u16 offset, bool more, u16 src)
{
	struct packet p = {};

	put_eth(&p, ETH_P_IPV6);
	put_ipv6(&p, 0x84, 0);
	put_ext(&p, 44, 1);
	put_frag_ext(&p, 17, offset, more);
	put_udp(&p, src, 4789);
	return p;
}

/* --- socket buffers --- */

static void *exact_copy(const void *bytes, unsigned int n)
{
	void *memory = malloc(n);

	if (!memory)
		abort();
	memcpy(memory, bytes, n);
	return memory;
}

/* Nothing of it can be read by mistake: it is all behind the end. */
static u8 *empty(u8 **head)
{
	*head = calloc(1, 16);
	if (!*head)
		abort();
	return *head + 16;
}

static void add_frag(struct sk_buff *skb, const u8 *bytes, unsigned int n)
{
	skb_frag_t *frag = &skb->shinfo->frags[skb->shinfo->nr_frags++];
	u8 *memory = calloc(1, n + 3);

	frag->page = calloc(1, sizeof(*frag->page));
	if (!memory || !frag->page)
		abort();
	memcpy(memory + 3, bytes, n);
	frag->page->memory = memory;
	frag->offset = 3;
	frag->size = n;
	skb->data_len += n;
}

struct sk_buff *skb_make(const struct packet *p, unsigned int len,
			 unsigned int pulled, unsigned int linear,
			 unsigned int cut)
{
	struct sk_buff *skb = calloc(1, sizeof(*skb));

	skb->shinfo = calloc(1, sizeof(*skb->shinfo));
	if (pulled > len)
		abort();
	if (linear > len)
		linear = len;
	if (linear < pulled)
		linear = pulled;
	if (linear) {
		skb->head = exact_copy(p->byte, linear);
		skb->data = skb->head + pulled;
	} else {
		skb->data = empty(&skb->head);
	}
	skb->len = len - pulled;
	if (cut > linear && cut < len) {
		add_frag(skb, p->byte + linear, cut - linear);
		linear = cut;
	}
	if (linear < len)
		add_frag(skb, p->byte + linear, len - linear);
	return skb;
}

void skb_free(struct sk_buff *skb)
{
	while (skb->shinfo->nr_frags--) {
		skb_frag_t *frag = &skb->shinfo->frags[skb->shinfo->nr_frags];

		free(frag->page->memory);
		free(frag->page);
	}
	free(skb->shinfo);
	free(skb->head);
	free(skb);
}

/* --- keys --- */

struct vsext_key parse_as(const struct packet *p, unsigned int need,
			   const struct vsext_layout *as)
{
	struct sk_buff *skb = skb_make(p, p->len, 0, p->len, 0);
	struct vsext_key key;

	memset(&key, 0xa5, sizeof(key));
	vsext_flow_parse(skb, 0, need, as, &key);
	skb_free(skb);
	return key;
}

struct vsext_key parse_all(const struct packet *p)
{
	return parse_as(p, ALL, &layout);
}

u32 datagram_of(const struct packet *p)
{
	struct sk_buff *skb = skb_make(p, p->len, 0, p->len, 0);
	struct vsext_key key;
	u32 datagram;

	datagram = vsext_flow_parse(skb, 0, ALL, &layout, &key);
	skb_free(skb);
	return datagram;
}

void assert_same(const struct vsext_key *a, const struct vsext_key *b)
{
	assert_memory_equal(a, b, sizeof(*a));
}

struct vsext_hdrs hdrs(u16 type, u8 proto, u16 src, u16 dst)
{
	struct vsext_hdrs h = {
		.eth_type = htons(type),
		.proto = proto,
		.tp_src = htons(src),
		.tp_dst = htons(dst),
	};

	memcpy(h.eth_dst, DST_MAC, 6);
	memcpy(h.eth_src, SRC_MAC, 6);
	if (type == ETH_P_IP) {
		h.nw_src = htonl(0x0a000001);
		h.nw_dst = htonl(0x0a000002);
	} else if (type == ETH_P_IPV6) {
		memcpy(h.src, SRC6, 16);
		memcpy(h.dst, DST6, 16);
	}
	return h;
}
