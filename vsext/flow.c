// SPDX-License-Identifier: GPL-2.0-only
/* Packet to flow key. */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "flow.h"

#define VLAN_DEPTH	2	/* tags in the packet that are skipped */
#define EXTHDR_DEPTH	8	/* IPv6 extension headers that are skipped */
#define TAGGED		htons(0x1000)

/* OFP_DL_TYPE_NOT_ETH_TYPE of OpenFlow 1.0: a length, and no SNAP type. */
#define NOT_ETH_TYPE	0x05ff

#define GENEVE_PORT	6081
#define NAT_T_PORT	4500
#define VXLAN_VNI_VALID	0x08

struct vxlan_header {
	u8 flags;
	u8 reserved[3];
	__be32 vni;		/* upper 24 bits */
};

struct geneve_header {
	u8 options;		/* upper 2 bits: version; length of options / 4 */
	u8 flags;
	__be16 type;
	__be32 vni;		/* upper 24 bits */
};

struct gre_header {
	__be16 flags;
	__be16 type;
};

#define GRE_CHECKSUM	htons(0x8000)
#define GRE_KEY		htons(0x2000)
#define GRE_SEQUENCE	htons(0x1000)
#define GRE_UNKNOWN	htons(0x4fff)	/* routing, reserved, another version */

struct snap_header {
	u8 llc[3];
	u8 oui[3];
	__be16 type;
};

struct arp_header {
	struct arphdr fixed;
	u8 sender_mac[6];
	u8 sender_ip[4];
	u8 target_mac[6];
	u8 target_ip[4];
} __packed;

/*
 * A packet up to @end. Drivers that deliver by gro_frags have an empty linear
 * part: look at the first fragment directly then, not byte by byte through
 * skb_copy_bits().
 */
struct view {
	const struct sk_buff *skb;
	const void *data;
	int hlen;
	int end;
	u32 datagram;		/* identification, if the packet is a fragment */
	bool in_tunnel;
};

static void *peek(const struct view *v, int off, int len, void *buf)
{
	if (off > v->end - len)
		return NULL;
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
	v->datagram = 0;
	v->in_tunnel = false;
	v->data = skb->data;
	v->hlen = skb_headlen(skb);
	v->end = skb->len;
	if (v->hlen || !skb_shinfo(skb)->nr_frags)
		return;
	frag = &skb_shinfo(skb)->frags[0];
	/* Memory of a device (6.12 and later) has no page. */
	if (!skb_frag_page(frag) || PageHighMem(skb_frag_page(frag)))
		return;
	v->data = skb_frag_address(frag);
	v->hlen = skb_frag_size(frag);
}

/* --- Ethernet --- */

/* A length where the type should be: 802.3. */
static __be16 snap_type(const struct view *v, int *off)
{
	static const u8 snap[6] = { 0xaa, 0xaa, 0x03 };
	const struct snap_header *h;
	struct snap_header _h;

	h = peek(v, *off, sizeof(_h), &_h);
	if (!h || memcmp(h, snap, sizeof(snap)) ||
	    !eth_proto_is_802_3(h->type))
		return htons(NOT_ETH_TYPE);
	*off += sizeof(*h);
	return h->type;
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
	if (!eth_proto_is_802_3(h->eth_type))
		h->eth_type = snap_type(v, &off);
	*nh = off;
	return 0;
}

/* --- network: returns the offset of the transport header, or -1 --- */

/* Nothing behind @off + @len belongs to the packet. */
static void shorten(struct view *v, int off, int len)
{
	v->end = min(v->end, off + len);
}

/*
 * A fragment, whose payload is at @th: is there a transport header? Inside of a
 * tunnel nobody follows the first one, so it must look like the others.
 */
static int parse_fragment(struct view *v, int th, bool later, u32 datagram,
			  struct vsext_hdrs *h)
{
	h->frag = VSEXT_FRAG_ANY | (later ? VSEXT_FRAG_LATER : 0);
	if (v->in_tunnel)
		return -1;
	v->datagram = datagram;
	return later ? -1 : th;
}

static int parse_ipv4(struct view *v, int off, struct vsext_hdrs *h)
{
	const struct iphdr *ip;
	struct iphdr _ip;
	int len;

	ip = peek(v, off, sizeof(_ip), &_ip);
	if (!ip || ip->version != 4 || ip->ihl < 5)
		return -1;
	len = ntohs(ip->tot_len);
	/* What GRO has merged may be longer than the field can say. */
	if (len || !skb_is_gso(v->skb)) {
		if (len < ip->ihl * 4)
			return -1;
		shorten(v, off, len);
	}
	h->nw_src = ip->saddr;
	h->nw_dst = ip->daddr;
	h->proto = ip->protocol;
	h->tos = ip->tos;
	off += ip->ihl * 4;
	if (!ip_is_fragment(ip))
		return off;
	return parse_fragment(v, off, ip->frag_off & htons(IP_OFFSET),
			      ntohs(ip->id), h);
}

static int parse_frag_hdr(struct view *v, int off, struct vsext_hdrs *h)
{
	const struct frag_hdr *frag;
	struct frag_hdr _frag;

	frag = peek(v, off, sizeof(_frag), &_frag);
	if (!frag)
		return -1;
	h->proto = frag->nexthdr;
	off += sizeof(*frag);
	/* Neither before nor behind another: a whole packet (RFC 6946). */
	if (!(frag->frag_off & htons(IP6_OFFSET | IP6_MF)))
		return off;
	return parse_fragment(v, off, frag->frag_off & htons(IP6_OFFSET),
			      ntohl(frag->identification), h);
}

static int skip_exthdrs(struct view *v, int off, struct vsext_hdrs *h)
{
	int depth;

	for (depth = 0; depth < EXTHDR_DEPTH; depth++) {
		const struct ipv6_opt_hdr *opt;
		struct ipv6_opt_hdr _opt;
		int len;

		switch (h->proto) {
		case NEXTHDR_HOP:
		case NEXTHDR_ROUTING:
		case NEXTHDR_DEST:
		case NEXTHDR_MOBILITY:
		case NEXTHDR_FRAGMENT:
		case NEXTHDR_AUTH:
			break;
		default:
			return off;
		}
		opt = peek(v, off, sizeof(_opt), &_opt);
		if (!opt)
			return -1;
		if (h->proto == NEXTHDR_FRAGMENT) {
			/* A fragment within a fragment is nothing that is sent. */
			if (h->frag)
				return -1;
			off = parse_frag_hdr(v, off, h);
			if (off < 0)
				return -1;
			continue;
		}
		len = h->proto == NEXTHDR_AUTH ? ipv6_authlen(opt) :
						 ipv6_optlen(opt);
		h->proto = opt->nexthdr;
		off += len;
	}
	return -1;
}

static int parse_ipv6(struct view *v, int off, struct vsext_hdrs *h)
{
	const struct ipv6hdr *ip;
	struct ipv6hdr _ip;
	int len;

	ip = peek(v, off, sizeof(_ip), &_ip);
	if (!ip || ip->version != 6)
		return -1;
	memcpy(h->src, &ip->saddr, sizeof(h->src));
	memcpy(h->dst, &ip->daddr, sizeof(h->dst));
	h->proto = ip->nexthdr;
	h->tos = ipv6_get_dsfield(ip);
	off += sizeof(*ip);
	len = ntohs(ip->payload_len);
	/* 0: a jumbogram, or what GRO has merged. */
	if (len || !(h->proto == NEXTHDR_HOP || skb_is_gso(v->skb)))
		shorten(v, off, len);
	return skip_exthdrs(v, off, h);
}

static void parse_arp(const struct view *v, int off, struct vsext_hdrs *h)
{
	const struct arp_header *arp;
	struct arp_header _arp;

	arp = peek(v, off, sizeof(_arp), &_arp);
	if (!arp || arp->fixed.ar_hrd != htons(ARPHRD_ETHER) ||
	    arp->fixed.ar_pro != htons(ETH_P_IP) ||
	    arp->fixed.ar_hln != 6 || arp->fixed.ar_pln != 4)
		return;
	h->proto = ntohs(arp->fixed.ar_op);
	memcpy(&h->nw_src, arp->sender_ip, sizeof(h->nw_src));
	memcpy(&h->nw_dst, arp->target_ip, sizeof(h->nw_dst));
}

static int parse_net(struct view *v, int off, struct vsext_hdrs *h)
{
	switch (h->eth_type) {
	case htons(ETH_P_IP):
		return parse_ipv4(v, off, h);
	case htons(ETH_P_IPV6):
		return parse_ipv6(v, off, h);
	case htons(ETH_P_ARP):
	case htons(ETH_P_RARP):
		parse_arp(v, off, h);
	}
	return -1;
}

/* --- transport --- */

static bool has_ports(const struct vsext_hdrs *h)
{
	return h->proto == IPPROTO_TCP || h->proto == IPPROTO_UDP ||
	       h->proto == IPPROTO_SCTP;
}

static bool is_icmp(const struct vsext_hdrs *h)
{
	return h->eth_type == htons(ETH_P_IP) ? h->proto == IPPROTO_ICMP :
						h->proto == IPPROTO_ICMPV6;
}

static void parse_transport(const struct view *v, int th, struct vsext_hdrs *h)
{
	const __be16 *ports;
	const u8 *icmp;
	__be16 _ports[2];
	u8 _icmp[2];

	if (has_ports(h)) {
		ports = peek(v, th, sizeof(_ports), _ports);
		if (!ports)
			return;
		h->tp_src = ports[0];
		h->tp_dst = ports[1];
	} else if (is_icmp(h)) {
		icmp = peek(v, th, sizeof(_icmp), _icmp);
		if (!icmp)
			return;
		h->tp_src = htons(icmp[0]);
		h->tp_dst = htons(icmp[1]);
	}
}

/* From the network header on; returns the transport header's offset, or -1. */
static int parse_ip(struct view *v, int nh, struct vsext_hdrs *h)
{
	int th = parse_net(v, nh, h);

	if (th >= 0)
		parse_transport(v, th, h);
	return th;
}

static int parse_frame(struct view *v, int off, struct vsext_hdrs *h)
{
	int nh;

	return parse_eth(v, off, h, &nh) ? -1 : parse_ip(v, nh, h);
}

/* --- tunnels --- */

static void parse_inner(struct view *v, int off, __be16 type,
			struct vsext_hdrs *inner)
{
	if (type == htons(ETH_P_TEB)) {
		parse_frame(v, off, inner);
	} else {
		inner->eth_type = type;
		parse_ip(v, off, inner);
	}
}

static __be32 vni_of(__be32 field)
{
	return htonl(ntohl(field) >> 8);
}

static void parse_vxlan(struct view *v, int off, struct vsext_key *key)
{
	const struct vxlan_header *vx;
	struct vxlan_header _vx;

	vx = peek(v, off, sizeof(_vx), &_vx);
	if (!vx || !(vx->flags & VXLAN_VNI_VALID))
		return;
	key->tun_type = VSEXT_TUN_VXLAN;
	key->tun_id = vni_of(vx->vni);
	parse_frame(v, off + sizeof(*vx), &key->inner);
}

static void parse_geneve(struct view *v, int off, struct vsext_key *key)
{
	const struct geneve_header *gnv;
	struct geneve_header _gnv;

	gnv = peek(v, off, sizeof(_gnv), &_gnv);
	if (!gnv || gnv->options >> 6)
		return;
	key->tun_type = VSEXT_TUN_GENEVE;
	key->tun_id = vni_of(gnv->vni);
	parse_inner(v, off + sizeof(*gnv) + (gnv->options & 0x3f) * 4,
		    gnv->type, &key->inner);
}

static void parse_gre(struct view *v, int off, struct vsext_key *key)
{
	const struct gre_header *gre;
	struct gre_header _gre;
	const __be32 *id;
	__be32 _id;

	gre = peek(v, off, sizeof(_gre), &_gre);
	if (!gre || gre->flags & GRE_UNKNOWN)
		return;
	off += sizeof(*gre);
	if (gre->flags & GRE_CHECKSUM)
		off += 4;
	if (gre->flags & GRE_KEY) {
		id = peek(v, off, sizeof(_id), &_id);
		if (!id)
			return;
		key->tun_id = *id;
		off += 4;
	}
	if (gre->flags & GRE_SEQUENCE)
		off += 4;
	key->tun_type = VSEXT_TUN_GRE;
	parse_inner(v, off, gre->type, &key->inner);
}

static void parse_ip_in_ip(struct view *v, int off, __be16 type,
			   struct vsext_key *key)
{
	key->tun_type = VSEXT_TUN_IPIP;
	parse_inner(v, off, type, &key->inner);
}

static bool is_vxlan(const struct vsext_layout *layout, __be16 port)
{
	unsigned int i;

	for (i = 0; i < layout->vxlan_ports; i++)
		if (layout->vxlan_port[i] == port)
			return true;
	return false;
}

static void parse_tunnel(struct view *v, int th,
			 const struct vsext_layout *layout,
			 struct vsext_key *key)
{
	switch (key->outer.proto) {
	case IPPROTO_UDP:
		if (is_vxlan(layout, key->outer.tp_dst))
			parse_vxlan(v, th + sizeof(struct udphdr), key);
		else if (key->outer.tp_dst == htons(GENEVE_PORT))
			parse_geneve(v, th + sizeof(struct udphdr), key);
		break;
	case IPPROTO_GRE:
		parse_gre(v, th, key);
		break;
	case IPPROTO_IPIP:
		parse_ip_in_ip(v, th, htons(ETH_P_IP), key);
		break;
	case IPPROTO_IPV6:
		parse_ip_in_ip(v, th, htons(ETH_P_IPV6), key);
		break;
	}
}

/* ESP by itself, or in UDP, where an SPI of 0 says that it is IKE. */
static void parse_esp(const struct view *v, int th, struct vsext_key *key)
{
	const struct vsext_hdrs *h = &key->outer;
	const __be32 *spi;
	__be32 _spi;

	if (h->proto == IPPROTO_UDP) {
		if (h->tp_src != htons(NAT_T_PORT) &&
		    h->tp_dst != htons(NAT_T_PORT))
			return;
		th += sizeof(struct udphdr);
	} else if (h->proto != IPPROTO_ESP) {
		return;
	}
	spi = peek(v, th, sizeof(_spi), &_spi);
	if (spi)
		key->esp_spi = *spi;
}

/* --- all of it --- */

static void read_fcf(unsigned int fcf, struct vsext_key *key)
{
	u8 tos = key->outer.tos;

	key->vm_prio = tos >> 7;
	key->vm_id = fcf == VSEXT_FCF_TOS8 ? tos & 0x7f : (tos & 0x7c) >> 2;
}

u32 vsext_flow_parse(const struct sk_buff *skb, int off, unsigned int need,
		     const struct vsext_layout *layout, struct vsext_key *key)
{
	struct view v;
	int th;

	memset(key, 0, sizeof(*key));
	view_init(&v, skb);
	if (skb_vlan_tag_present(skb))
		key->outer.vlan_tci = htons(skb_vlan_tag_get(skb)) | TAGGED;
	th = parse_frame(&v, off, &key->outer);
	if (need & VSEXT_NEED_FCF)
		read_fcf(layout->fcf, key);
	if (th < 0)
		return v.datagram;
	parse_esp(&v, th, key);
	v.in_tunnel = true;
	if (need & VSEXT_NEED_INNER)
		parse_tunnel(&v, th, layout, key);
	return v.datagram;
}

u32 vsext_flow_hash(const struct vsext_key *key, u32 seed)
{
	const struct vsext_hdrs *h = &key->outer;
	u32 ports = (__force u32)h->tp_src << 16 | (__force u32)h->tp_dst;
	u32 words[8];

	/* In UDP it may be another protocol's, whose packets are one flow. */
	if (h->proto == IPPROTO_ESP)
		ports = (__force u32)key->esp_spi;
	/* Without ports, the FCF at least tells one VM's fragments from another's. */
	if (h->frag && !ports && (has_ports(h) || h->proto == IPPROTO_ESP))
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
	return jhash_3words((__force u32)h->nw_src, (__force u32)h->nw_dst,
			    ports, seed ^ h->proto);
}

unsigned int vsext_fcf_max_id(unsigned int fcf)
{
	return fcf == VSEXT_FCF_TOS8 ? 127 : 31;
}
