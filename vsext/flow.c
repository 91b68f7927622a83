// SPDX-License-Identifier: GPL-2.0-only
/* Packet to flow key. */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/string.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include <linux/vsext.h>

#include "flow.h"

#define VLAN_DEPTH	2	/* tags in the packet that are skipped */
#define EXTHDR_DEPTH	8	/* IPv6 extension headers that are skipped */
#define TAGGED		htons(0x1000)

#define VXLAN_PORT	4789
#define VXLAN_VNI_VALID	0x08

struct vxlan_header {
	u8 flags;
	u8 reserved[3];
	__be32 vni;		/* upper 24 bits */
};

/*
 * Drivers that deliver by gro_frags have an empty linear part: look at the
 * first fragment directly then, not byte by byte through skb_copy_bits().
 */
struct view {
	const struct sk_buff *skb;
	const void *data;
	int hlen;
};

static void *peek(const struct view *v, int off, int len, void *buf)
{
	/* The Ethernet header that was pulled: linear, whatever follows it. */
	if (off < 0)
		return __skb_header_pointer(v->skb, off, len, v->skb->data,
					    skb_headlen(v->skb), buf);
	return __skb_header_pointer(v->skb, off, len, (void *)v->data, v->hlen,
				    buf);
}

static void view_init(struct view *v, const struct sk_buff *skb)
{
	const skb_frag_t *frag;

	v->skb = skb;
	v->data = skb->data;
	v->hlen = skb_headlen(skb);
	if (v->hlen || !skb_shinfo(skb)->nr_frags)
		return;
	frag = &skb_shinfo(skb)->frags[0];
	/* Memory of a device (6.12 and later) has no page. */
	if (!skb_frag_page(frag) || PageHighMem(skb_frag_page(frag)))
		return;
	v->data = skb_frag_address(frag);
	v->hlen = skb_frag_size(frag);
}

/* Returns the offset of the network header, or -1 where it is cut off. */
static int parse_eth(const struct view *v, int off, struct vsext_hdrs *h,
		     int *nh)
{
	const struct ethhdr *eth;
	struct ethhdr _eth;
	int depth;

	eth = peek(v, off, sizeof(_eth), &_eth);
	if (!eth)
		return -1;
	ether_addr_copy(h->eth_dst, eth->h_dest);
	ether_addr_copy(h->eth_src, eth->h_source);
	h->eth_type = eth->h_proto;
	off += sizeof(*eth);

	for (depth = 0; depth < VLAN_DEPTH && eth_type_vlan(h->eth_type);
	     depth++) {
		const struct vlan_hdr *tag;
		struct vlan_hdr _tag;

		tag = peek(v, off, sizeof(_tag), &_tag);
		if (!tag) {
			h->eth_type = 0;
			return -1;
		}
		if (!h->vlan_tci)
			h->vlan_tci = tag->h_vlan_TCI | TAGGED;
		h->eth_type = tag->h_vlan_encapsulated_proto;
		off += sizeof(*tag);
	}
	*nh = off;
	return 0;
}

/* The L3 parsers return the offset of the L4 header, or -1 if there is none. */
static int parse_ipv4(const struct view *v, int off, struct vsext_hdrs *h)
{
	const struct iphdr *ip;
	struct iphdr _ip;

	ip = peek(v, off, sizeof(_ip), &_ip);
	if (!ip || ip->version != 4 || ip->ihl < 5)
		return -1;
	memcpy(h->src, &ip->saddr, sizeof(ip->saddr));
	memcpy(h->dst, &ip->daddr, sizeof(ip->daddr));
	h->proto = ip->protocol;
	h->tos = ip->tos;
	h->frag = ip_is_fragment(ip);
	return h->frag ? -1 : off + ip->ihl * 4;
}

static int skip_exthdrs(const struct view *v, int off, struct vsext_hdrs *h)
{
	int depth;

	for (depth = 0; depth < EXTHDR_DEPTH; depth++) {
		const struct ipv6_opt_hdr *opt;
		struct ipv6_opt_hdr _opt;

		switch (h->proto) {
		case NEXTHDR_HOP:
		case NEXTHDR_ROUTING:
		case NEXTHDR_DEST:
		case NEXTHDR_FRAGMENT:
			break;
		default:
			return off;
		}
		opt = peek(v, off, sizeof(_opt), &_opt);
		if (!opt)
			return -1;
		if (h->proto == NEXTHDR_FRAGMENT) {
			h->proto = opt->nexthdr;
			h->frag = 1;
			return -1;
		}
		h->proto = opt->nexthdr;
		off += ipv6_optlen(opt);
	}
	return -1;
}

static int parse_ipv6(const struct view *v, int off, struct vsext_hdrs *h)
{
	const struct ipv6hdr *ip;
	struct ipv6hdr _ip;

	ip = peek(v, off, sizeof(_ip), &_ip);
	if (!ip || ip->version != 6)
		return -1;
	memcpy(h->src, &ip->saddr, sizeof(h->src));
	memcpy(h->dst, &ip->daddr, sizeof(h->dst));
	h->proto = ip->nexthdr;
	h->tos = ipv6_get_dsfield(ip);
	return skip_exthdrs(v, off + sizeof(*ip), h);
}

/* Returns the offset of the L4 header, or -1. */
static int parse_hdrs(const struct view *v, int off, struct vsext_hdrs *h)
{
	const __be16 *ports;
	__be16 _ports[2];
	int nh, th = -1;

	if (parse_eth(v, off, h, &nh))
		return -1;
	if (h->eth_type == htons(ETH_P_IP))
		th = parse_ipv4(v, nh, h);
	else if (h->eth_type == htons(ETH_P_IPV6))
		th = parse_ipv6(v, nh, h);
	if (th < 0 || (h->proto != IPPROTO_TCP && h->proto != IPPROTO_UDP))
		return -1;

	ports = peek(v, th, sizeof(_ports), _ports);
	if (!ports)
		return -1;
	h->tp_src = ports[0];
	h->tp_dst = ports[1];
	return th;
}

static void parse_vxlan(const struct view *v, int th, struct vsext_key *key)
{
	const struct vxlan_header *vx;
	struct vxlan_header _vx;

	if (key->outer.proto != IPPROTO_UDP ||
	    key->outer.tp_dst != htons(VXLAN_PORT))
		return;
	vx = peek(v, th + sizeof(struct udphdr), sizeof(_vx), &_vx);
	if (!vx || !(vx->flags & VXLAN_VNI_VALID))
		return;
	key->tun_type = VSEXT_TUN_VXLAN;
	key->tun_id = htonl(ntohl(vx->vni) >> 8);
	parse_hdrs(v, th + sizeof(struct udphdr) + sizeof(*vx), &key->inner);
}

static void read_fcf(unsigned int fcf, struct vsext_key *key)
{
	u8 tos = key->outer.tos;

	key->vm_prio = tos >> 7;
	key->vm_id = fcf == VSEXT_FCF_TOS8 ? tos & 0x7f : (tos & 0x7c) >> 2;
}

void vsext_flow_parse(const struct sk_buff *skb, int off, unsigned int need,
		      unsigned int fcf, struct vsext_key *key)
{
	struct view v;
	int th;

	memset(key, 0, sizeof(*key));
	view_init(&v, skb);
	if (skb_vlan_tag_present(skb))
		key->outer.vlan_tci = htons(skb_vlan_tag_get(skb)) | TAGGED;
	th = parse_hdrs(&v, off, &key->outer);
	if (need & VSEXT_NEED_FCF)
		read_fcf(fcf, key);
	if ((need & VSEXT_NEED_INNER) && th >= 0)
		parse_vxlan(&v, th, key);
}

u32 vsext_flow_hash(const struct vsext_key *key, u32 seed)
{
	const struct vsext_hdrs *h = &key->outer;
	u32 ports = (__force u32)h->tp_src << 16 | (__force u32)h->tp_dst;
	u32 words[8];

	/* Without ports, the FCF at least tells one VM's fragments from another's. */
	if (h->frag)
		seed ^= (h->tos & 0xfc) << 8;
	if (h->eth_type == htons(ETH_P_IPV6)) {
		memcpy(words, h->src, 16);
		memcpy(words + 4, h->dst, 16);
		return jhash2(words, 8, seed ^ h->proto ^ ports);
	}
	if (h->eth_type != htons(ETH_P_IP)) {
		/* Both Ethernet addresses. */
		memcpy(words, h, 12);
		return jhash_3words(words[0], words[1], words[2], seed);
	}
	memcpy(words, h->src, 4);
	memcpy(words + 1, h->dst, 4);
	return jhash_3words(words[0], words[1], ports, seed ^ h->proto);
}

unsigned int vsext_fcf_max_id(unsigned int fcf)
{
	return fcf == VSEXT_FCF_TOS8 ? 127 : 31;
}
