// SPDX-License-Identifier: GPL-2.0-only
/* A second parser. It reads on from where it is, and stops where it is told. */
#include <string.h>

#include "slow.h"

struct reader {
	const u8 *byte;
	unsigned int at;
	unsigned int end;
	bool gso;
	bool tunnelled;
	u32 datagram;
};

static bool has(const struct reader *r, unsigned int n)
{
	return r->at <= r->end && r->end - r->at >= n;
}

static u32 number(const struct reader *r, unsigned int skip, unsigned int n)
{
	u32 x = 0;

	while (n--)
		x = x << 8 | r->byte[r->at + skip++];
	return x;
}

static void end_at(struct reader *r, unsigned int end)
{
	if (end < r->end)
		r->end = end;
}

/* --- */

static bool ethernet(struct reader *r, struct vsext_hdrs *h)
{
	unsigned int type, tags;

	if (!has(r, 14))
		return false;
	memcpy(h->eth_dst, r->byte + r->at, 6);
	memcpy(h->eth_src, r->byte + r->at + 6, 6);
	type = number(r, 12, 2);
	r->at += 14;
	for (tags = 0; tags < 2 && (type == 0x8100 || type == 0x88a8); tags++) {
		if (!has(r, 4)) {
			h->eth_type = 0;
			return false;
		}
		if (h->vlan_tci == 0)
			h->vlan_tci = htons(number(r, 0, 2) | 0x1000);
		type = number(r, 2, 2);
		r->at += 4;
	}
	if (type < 0x600) {
		bool snap = has(r, 8) && number(r, 0, 3) == 0xaaaa03 &&
			    number(r, 3, 3) == 0 && number(r, 6, 2) >= 0x600;

		type = 0x05ff;
		if (snap) {
			type = number(r, 6, 2);
			r->at += 8;
		}
	}
	h->eth_type = htons(type);
	return true;
}

/* A fragment: is there a transport header that counts? */
static bool fragment(struct reader *r, struct vsext_hdrs *h, bool first, u32 id)
{
	h->frag = first ? VSEXT_FRAG_ANY : VSEXT_FRAG_ANY | VSEXT_FRAG_LATER;
	if (!r->tunnelled)
		r->datagram = id;
	return first && !r->tunnelled;
}

static bool ipv4(struct reader *r, struct vsext_hdrs *h)
{
	unsigned int header, total, offset;
	bool first, more;

	if (!has(r, 20))
		return false;
	header = number(r, 0, 1) % 16 * 4;
	if (number(r, 0, 1) / 16 != 4 || header < 20)
		return false;
	total = number(r, 2, 2);
	if (!(total == 0 && r->gso)) {
		if (total < header)
			return false;
		end_at(r, r->at + total);
	}
	h->tos = number(r, 1, 1);
	h->proto = number(r, 9, 1);
	h->nw_src = htonl(number(r, 12, 4));
	h->nw_dst = htonl(number(r, 16, 4));
	offset = number(r, 6, 2) & 0x1fff;
	more = number(r, 6, 2) & 0x2000;
	first = !offset;
	if (!first || more) {
		u32 id = number(r, 4, 2);

		r->at += header;
		return fragment(r, h, first, id);
	}
	r->at += header;
	return true;
}

static bool ipv6(struct reader *r, struct vsext_hdrs *h)
{
	unsigned int length, seen, size;

	if (!has(r, 40) || number(r, 0, 1) / 16 != 6)
		return false;
	h->tos = number(r, 0, 2) >> 4;
	length = number(r, 4, 2);
	h->proto = number(r, 6, 1);
	memcpy(h->src, r->byte + r->at + 8, 16);
	memcpy(h->dst, r->byte + r->at + 24, 16);
	r->at += 40;
	if (length || (h->proto != 0 && !r->gso))
		end_at(r, r->at + length);
	for (seen = 0; seen < 8; seen++) {
		switch (h->proto) {
		case 0: case 43: case 60: case 135:	/* counted in 8 bytes */
			if (!has(r, 2))
				return false;
			size = number(r, 1, 1) * 8 + 8;
			h->proto = number(r, 0, 1);
			r->at += size;
			break;
		case 51:				/* AH: in 4 bytes */
			if (!has(r, 2))
				return false;
			size = number(r, 1, 1) * 4 + 8;
			h->proto = number(r, 0, 1);
			r->at += size;
			break;
		case 44:
			if (!has(r, 8) || h->frag)
				return false;
			h->proto = number(r, 0, 1);
			if (number(r, 2, 2) & 0xfff9) {
				bool first = !(number(r, 2, 2) & 0xfff8);
				u32 id = number(r, 4, 4);

				r->at += 8;
				if (!fragment(r, h, first, id))
					return false;
			} else {
				r->at += 8;
			}
			break;
		default:
			return true;
		}
	}
	return false;
}

static void arp(const struct reader *r, struct vsext_hdrs *h)
{
	if (!has(r, 28) || number(r, 0, 2) != 1 || number(r, 2, 2) != 0x0800 ||
	    number(r, 4, 1) != 6 || number(r, 5, 1) != 4)
		return;
	h->proto = number(r, 6, 2);
	h->nw_src = htonl(number(r, 14, 4));
	h->nw_dst = htonl(number(r, 24, 4));
}

static void transport(const struct reader *r, struct vsext_hdrs *h)
{
	bool is6 = h->eth_type == htons(0x86dd);

	if (h->proto == 6 || h->proto == 17 || h->proto == 132) {
		if (has(r, 4)) {
			h->tp_src = htons(number(r, 0, 2));
			h->tp_dst = htons(number(r, 2, 2));
		}
	} else if (h->proto == (is6 ? 58 : 1)) {
		if (has(r, 2)) {
			h->tp_src = htons(number(r, 0, 1));
			h->tp_dst = htons(number(r, 1, 1));
		}
	}
}

/* Up to the transport header; is there one? */
static bool network(struct reader *r, struct vsext_hdrs *h)
{
	bool there = false;

	switch (ntohs(h->eth_type)) {
	case 0x0800:
		there = ipv4(r, h);
		break;
	case 0x86dd:
		there = ipv6(r, h);
		break;
	case 0x0806: case 0x8035:
		arp(r, h);
		break;
	}
	if (there)
		transport(r, h);
	return there;
}

/* --- */

static void payload(struct reader *r, unsigned int type, struct vsext_hdrs *h)
{
	if (type == 0x6558) {
		if (!ethernet(r, h))
			return;
	} else {
		h->eth_type = htons(type);
	}
	network(r, h);
}

static void udp_tunnel(struct reader *r, const struct vsext_layout *layout,
		       struct vsext_key *key)
{
	unsigned int i, options, type;

	for (i = 0; i < layout->vxlan_ports; i++)
		if (key->outer.tp_dst == layout->vxlan_port[i])
			break;
	if (i < layout->vxlan_ports) {
		if (!has(r, 16) || !(number(r, 8, 1) & 8))
			return;
		key->tun_type = VSEXT_TUN_VXLAN;
		key->tun_id = htonl(number(r, 12, 3));
		r->at += 16;
		payload(r, 0x6558, &key->inner);
	} else if (key->outer.tp_dst == htons(6081)) {
		if (!has(r, 16) || number(r, 8, 1) >= 64)
			return;
		options = number(r, 8, 1) * 4;
		type = number(r, 10, 2);
		key->tun_type = VSEXT_TUN_GENEVE;
		key->tun_id = htonl(number(r, 12, 3));
		r->at += 16 + options;
		payload(r, type, &key->inner);
	}
}

static void gre(struct reader *r, struct vsext_key *key)
{
	unsigned int flags, type;

	if (!has(r, 4))
		return;
	flags = number(r, 0, 2);
	type = number(r, 2, 2);
	if (flags & ~0xb000u)
		return;
	r->at += flags & 0x8000 ? 8 : 4;
	if (flags & 0x2000) {
		if (!has(r, 4))
			return;
		key->tun_id = htonl(number(r, 0, 4));
		r->at += 4;
	}
	r->at += flags & 0x1000 ? 4 : 0;
	key->tun_type = VSEXT_TUN_GRE;
	payload(r, type, &key->inner);
}

static void tunnel(struct reader *r, const struct vsext_layout *layout,
		   struct vsext_key *key)
{
	r->tunnelled = true;
	switch (key->outer.proto) {
	case 17:
		udp_tunnel(r, layout, key);
		break;
	case 47:
		gre(r, key);
		break;
	case 4: case 41:
		key->tun_type = VSEXT_TUN_IPIP;
		payload(r, key->outer.proto == 4 ? 0x0800 : 0x86dd, &key->inner);
		break;
	}
}

static void esp(const struct reader *r, struct vsext_key *key)
{
	bool nat = key->outer.proto == 17 && (key->outer.tp_src == htons(4500) ||
					      key->outer.tp_dst == htons(4500));

	if (key->outer.proto == 50 && has(r, 4))
		key->esp_spi = htonl(number(r, 0, 4));
	else if (nat && has(r, 12))
		key->esp_spi = htonl(number(r, 8, 4));
}

u32 slow_parse(const u8 *byte, unsigned int len, u16 tci, bool gso,
	       unsigned int need, const struct vsext_layout *layout,
	       struct vsext_key *key)
{
	struct reader r = { .byte = byte, .end = len, .gso = gso };
	bool there;

	memset(key, 0, sizeof(*key));
	key->outer.vlan_tci = tci ? htons(tci | 0x1000) : 0;
	there = ethernet(&r, &key->outer) && network(&r, &key->outer);
	if (need & VSEXT_NEED_FCF) {
		key->vm_prio = key->outer.tos / 128;
		key->vm_id = layout->fcf == VSEXT_FCF_TOS8 ?
			     key->outer.tos % 128 : key->outer.tos % 128 / 4;
	}
	if (!there)
		return r.datagram;
	esp(&r, key);
	if (need & VSEXT_NEED_INNER)
		tunnel(&r, layout, key);
	return r.datagram;
}
