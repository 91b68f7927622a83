// SPDX-License-Identifier: GPL-2.0-only
/* Translation of match attributes. */
#include <linux/errno.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/string.h>

#include "extack.h"
#include "match.h"

#define FRAG_BITS	(VSEXT_FRAG_ANY | VSEXT_FRAG_LATER)

/* Where a field stands in the key. */
struct field {
	u16 off;
	u8 len;
};

#define AT(f, n) { .off = offsetof(struct vsext_key, f), .len = (n) }

static const struct field fields[VSEXT_M_MAX + 1] = {
	[VSEXT_M_IN_PORT]	= AT(in_port, 4),
	[VSEXT_M_DL_DST]	= AT(outer.eth_dst, 6),
	[VSEXT_M_DL_SRC]	= AT(outer.eth_src, 6),
	[VSEXT_M_DL_TYPE]	= AT(outer.eth_type, 2),
	[VSEXT_M_VLAN_TCI]	= AT(outer.vlan_tci, 2),
	[VSEXT_M_NW_SRC]	= AT(outer.nw_src, 4),
	[VSEXT_M_NW_DST]	= AT(outer.nw_dst, 4),
	[VSEXT_M_IPV6_SRC]	= AT(outer.src, 16),
	[VSEXT_M_IPV6_DST]	= AT(outer.dst, 16),
	[VSEXT_M_NW_PROTO]	= AT(outer.proto, 1),
	[VSEXT_M_NW_TOS]	= AT(outer.tos, 1),
	[VSEXT_M_TP_SRC]	= AT(outer.tp_src, 2),
	[VSEXT_M_TP_DST]	= AT(outer.tp_dst, 2),
	[VSEXT_M_IP_FRAG]	= AT(outer.frag, 1),
	[VSEXT_M_TUN_TYPE]	= AT(tun_type, 1),
	[VSEXT_M_TUN_ID]	= AT(tun_id, 4),
	[VSEXT_M_ESP_SPI]	= AT(esp_spi, 4),
	[VSEXT_M_INNER_DL_DST]	= AT(inner.eth_dst, 6),
	[VSEXT_M_INNER_DL_SRC]	= AT(inner.eth_src, 6),
	[VSEXT_M_INNER_DL_TYPE]	= AT(inner.eth_type, 2),
	[VSEXT_M_INNER_VLAN_TCI] = AT(inner.vlan_tci, 2),
	[VSEXT_M_INNER_NW_SRC]	= AT(inner.nw_src, 4),
	[VSEXT_M_INNER_NW_DST]	= AT(inner.nw_dst, 4),
	[VSEXT_M_INNER_IPV6_SRC] = AT(inner.src, 16),
	[VSEXT_M_INNER_IPV6_DST] = AT(inner.dst, 16),
	[VSEXT_M_INNER_NW_PROTO] = AT(inner.proto, 1),
	[VSEXT_M_INNER_NW_TOS]	= AT(inner.tos, 1),
	[VSEXT_M_INNER_TP_SRC]	= AT(inner.tp_src, 2),
	[VSEXT_M_INNER_TP_DST]	= AT(inner.tp_dst, 2),
	[VSEXT_M_INNER_IP_FRAG]	= AT(inner.frag, 1),
	[VSEXT_M_VM_ID]		= AT(vm_id, 1),
	[VSEXT_M_VM_PRIO]	= AT(vm_prio, 1),
};

/* A value, or a value and a mask; read() checks that it is one of the two. */
#define VALUE(n) { .type = NLA_BINARY, .len = 2 * (n) }

const struct nla_policy vsext_match_policy[VSEXT_M_MAX + 1] = {
	[VSEXT_M_IN_PORT]	= VALUE(4),
	[VSEXT_M_DL_DST]	= VALUE(6),
	[VSEXT_M_DL_SRC]	= VALUE(6),
	[VSEXT_M_DL_TYPE]	= VALUE(2),
	[VSEXT_M_VLAN_TCI]	= VALUE(2),
	[VSEXT_M_NW_SRC]	= VALUE(4),
	[VSEXT_M_NW_DST]	= VALUE(4),
	[VSEXT_M_IPV6_SRC]	= VALUE(16),
	[VSEXT_M_IPV6_DST]	= VALUE(16),
	[VSEXT_M_NW_PROTO]	= VALUE(1),
	[VSEXT_M_NW_TOS]	= VALUE(1),
	[VSEXT_M_TP_SRC]	= VALUE(2),
	[VSEXT_M_TP_DST]	= VALUE(2),
	[VSEXT_M_IP_FRAG]	= VALUE(1),
	[VSEXT_M_TUN_TYPE]	= VALUE(1),
	[VSEXT_M_TUN_ID]	= VALUE(4),
	[VSEXT_M_ESP_SPI]	= VALUE(4),
	[VSEXT_M_INNER_DL_DST]	= VALUE(6),
	[VSEXT_M_INNER_DL_SRC]	= VALUE(6),
	[VSEXT_M_INNER_DL_TYPE]	= VALUE(2),
	[VSEXT_M_INNER_VLAN_TCI] = VALUE(2),
	[VSEXT_M_INNER_NW_SRC]	= VALUE(4),
	[VSEXT_M_INNER_NW_DST]	= VALUE(4),
	[VSEXT_M_INNER_IPV6_SRC] = VALUE(16),
	[VSEXT_M_INNER_IPV6_DST] = VALUE(16),
	[VSEXT_M_INNER_NW_PROTO] = VALUE(1),
	[VSEXT_M_INNER_NW_TOS]	= VALUE(1),
	[VSEXT_M_INNER_TP_SRC]	= VALUE(2),
	[VSEXT_M_INNER_TP_DST]	= VALUE(2),
	[VSEXT_M_INNER_IP_FRAG]	= VALUE(1),
	[VSEXT_M_VM_ID]		= VALUE(1),
	[VSEXT_M_VM_PRIO]	= VALUE(1),
};

static bool is_nw(int type)
{
	return type == VSEXT_M_NW_SRC || type == VSEXT_M_NW_DST ||
	       type == VSEXT_M_INNER_NW_SRC || type == VSEXT_M_INNER_NW_DST;
}

static bool is_ipv6(int type)
{
	return type == VSEXT_M_IPV6_SRC || type == VSEXT_M_IPV6_DST ||
	       type == VSEXT_M_INNER_IPV6_SRC || type == VSEXT_M_INNER_IPV6_DST;
}

static bool is_inner(int type)
{
	return type >= VSEXT_M_INNER_DL_DST && type <= VSEXT_M_INNER_IP_FRAG;
}

static int read(const struct nlattr *attr, struct vsext_flow_match *match,
		struct netlink_ext_ack *extack)
{
	const struct field *f = &fields[nla_type(attr)];
	u8 *key = (u8 *)&match->key + f->off;
	u8 *mask = (u8 *)&match->mask + f->off;
	const u8 *data = nla_data(attr);
	unsigned int i;

	if (nla_len(attr) != f->len && nla_len(attr) != 2 * f->len) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "a match field has the wrong length");
		return -EINVAL;
	}
	memcpy(key, data, f->len);
	if (nla_len(attr) == f->len)
		memset(mask, 0xff, f->len);
	else
		memcpy(mask, data + f->len, f->len);
	for (i = 0; i < f->len; i++) {
		if (!(key[i] & ~mask[i]))
			continue;
		NL_SET_ERR_MSG_ATTR(extack, attr, "a match value has bits outside of its mask");
		return -EINVAL;
	}
	return 0;
}

static bool is_arp(__be16 type)
{
	return type == htons(ETH_P_ARP) || type == htons(ETH_P_RARP);
}

static bool has_ports(const struct vsext_hdrs *key)
{
	switch (key->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		return true;
	case IPPROTO_ICMP:
		return key->eth_type == htons(ETH_P_IP);
	case IPPROTO_ICMPV6:
		return key->eth_type == htons(ETH_P_IPV6);
	}
	return false;
}

/* What the fields of one set of headers depend on. */
static const char *missing(const struct vsext_hdrs *key,
			   const struct vsext_hdrs *mask, bool nw, bool ipv6)
{
	bool type = mask->eth_type == htons(0xffff);
	bool is4 = type && key->eth_type == htons(ETH_P_IP);
	bool is6 = type && key->eth_type == htons(ETH_P_IPV6);
	bool arp = type && is_arp(key->eth_type);

	if (nw && !is4 && !arp)
		return "nw_src and nw_dst need dl_type 0x0800 (ip) or 0x0806 (arp)";
	if (ipv6 && !is6)
		return "ipv6_src and ipv6_dst need dl_type 0x86dd (ipv6)";
	if (mask->proto && !is4 && !is6 && !arp)
		return "nw_proto needs dl_type ip, ipv6 or arp";
	if ((mask->tos || mask->frag) && !is4 && !is6)
		return "nw_tos and ip_frag need dl_type ip or ipv6";
	if ((mask->tp_src || mask->tp_dst) &&
	    (mask->proto != 0xff || arp || !has_ports(key)))
		return "tp_src and tp_dst need nw_proto 6 (tcp), 17 (udp), 132 (sctp) or icmp's";
	return NULL;
}

static const char *missing_tunnel(const struct vsext_flow_match *match)
{
	static const struct vsext_hdrs none;

	if (match->mask.tun_type && match->mask.tun_type != 0xff)
		return "tun_type can only be matched exactly";
	if (match->key.tun_type >= __VSEXT_TUN_MAX)
		return "tun_type is not a known one";
	if (match->mask.tun_id && match->key.tun_type == VSEXT_TUN_IPIP)
		return "an ipip tunnel has no tun_id";
	if (match->key.tun_type != VSEXT_TUN_GRE &&
	    ntohl(match->key.tun_id) >> 24)
		return "tun_id is a VNI of 24 bits, but for gre";
	if (match->key.tun_type)
		return NULL;
	if (match->mask.tun_id)
		return "tun_id needs tun_type";
	if (memcmp(&match->mask.inner, &none, sizeof(none)))
		return "inner fields need tun_type";
	return NULL;
}

static const char *missing_rest(const struct vsext_flow_match *match)
{
	const struct vsext_hdrs *key = &match->key.outer;

	if (match->mask.esp_spi &&
	    (match->mask.outer.proto != 0xff || is_arp(key->eth_type) ||
	     (key->proto != IPPROTO_ESP && key->proto != IPPROTO_UDP)))
		return "esp_spi needs nw_proto 50 (esp) or 17 (udp)";
	if ((match->key.outer.frag | match->mask.outer.frag |
	     match->key.inner.frag | match->mask.inner.frag) & ~FRAG_BITS)
		return "ip_frag has no such bit";
	if (match->key.vm_prio > 1)
		return "vm_prio is 0 or 1";
	return NULL;
}

/* An exact match looks at the bits that there are, as does one that names them. */
static void narrow(struct vsext_hdrs *mask)
{
	if (mask->frag == 0xff)
		mask->frag = FRAG_BITS;
}

int vsext_match_get(const struct nlattr *nest, struct vsext_flow_match *match,
		    struct netlink_ext_ack *extack)
{
	bool nw[2] = {}, ipv6[2] = {};
	const struct nlattr *attr;
	const char *msg;
	int rem, err;

	memset(match, 0, sizeof(*match));
	if (!nest)
		return 0;
	nla_for_each_nested(attr, nest, rem) {
		bool inner = is_inner(nla_type(attr));

		nw[inner] |= is_nw(nla_type(attr));
		ipv6[inner] |= is_ipv6(nla_type(attr));
		err = read(attr, match, extack);
		if (err)
			return err;
	}
	narrow(&match->mask.outer);
	narrow(&match->mask.inner);
	msg = missing(&match->key.outer, &match->mask.outer, nw[0], ipv6[0]) ?:
	      missing(&match->key.inner, &match->mask.inner, nw[1], ipv6[1]) ?:
	      missing_tunnel(match) ?: missing_rest(match);
	if (!msg)
		return 0;
	vsext_extack_msg(extack, nest, msg);
	return -EINVAL;
}

static bool is_absent(const u8 *mask, unsigned int len)
{
	return !memchr_inv(mask, 0, len);
}

static int put(struct sk_buff *skb, int type, const struct vsext_flow_match *match)
{
	const struct field *f = &fields[type];
	const u8 *key = (const u8 *)&match->key + f->off;
	const u8 *mask = (const u8 *)&match->mask + f->off;
	struct nlattr *attr;

	if (is_absent(mask, f->len))
		return 0;
	if (!memchr_inv(mask, 0xff, f->len))
		return nla_put(skb, type, f->len, key);
	attr = nla_reserve(skb, type, 2 * f->len);
	if (!attr)
		return -EMSGSIZE;
	memcpy(nla_data(attr), key, f->len);
	memcpy(nla_data(attr) + f->len, mask, f->len);
	return 0;
}

int vsext_match_put(struct sk_buff *skb, const struct vsext_flow_match *match)
{
	struct nlattr *nest;
	int type;

	nest = nla_nest_start(skb, VSEXT_FLOW_A_MATCH);
	if (!nest)
		return -EMSGSIZE;
	for (type = 1; type <= VSEXT_M_MAX; type++) {
		const struct vsext_hdrs *h = is_inner(type) ?
			&match->key.inner : &match->key.outer;

		/* IPv4 and IPv6 addresses share their place. */
		if (h->eth_type == htons(ETH_P_IPV6) ? is_nw(type) : is_ipv6(type))
			continue;
		if (put(skb, type, match))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}
