/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow key: what a packet looks like to the flow table.
 *
 * This file and flow.c also build in user space (tests/unit).
 */
#ifndef _VSEXT_FLOW_H
#define _VSEXT_FLOW_H

#include <linux/skbuff.h>
#include <linux/types.h>

#include <linux/vsext.h>

/*
 * One set of headers. Fields of a header that is absent, or cut off, are 0. As in
 * OpenFlow 1.0 (5.2.3), ICMP's type and code stand in @tp_src and @tp_dst, and
 * ARP's opcode and addresses in @proto, @nw_src and @nw_dst.
 */
struct vsext_hdrs {
	u8 eth_dst[6];
	u8 eth_src[6];
	__be16 eth_type;	/* behind the VLAN tags */
	__be16 vlan_tci;	/* outermost tag | 0x1000, or 0 */
	union {
		struct {	/* IPv4, ARP */
			__be32 nw_src;
			__be32 nw_dst;
		};
		struct {	/* IPv6 */
			u8 src[16];
			u8 dst[16];
		};
	};
	__be16 tp_src;
	__be16 tp_dst;
	u8 proto;
	u8 tos;
	u8 frag;		/* VSEXT_FRAG_* */
	u8 pad;
};

/* Each 64-bit word that a rule has bits in takes memory: what is named together shares one. */
struct vsext_key {
	__be32 tun_id;
	u8 tun_type;
	u8 vm_id;
	u8 vm_prio;
	u8 pad;
	u32 in_port;
	__be32 esp_spi;
	struct vsext_hdrs outer;
	struct vsext_hdrs inner;
} __aligned(8);

#define VSEXT_KEY_WORDS (sizeof(struct vsext_key) / sizeof(u64))

/* How deep a parse has to go; the rules in force say (vsext_table_need()). */
#define VSEXT_NEED_OUTER	BIT(0)
#define VSEXT_NEED_INNER	BIT(1)
#define VSEXT_NEED_FCF		BIT(2)

/* What packets look like here. */
struct vsext_layout {
	u8 fcf;			/* enum vsext_fcf */
	u8 vxlan_ports;
	__be16 vxlan_port[VSEXT_VXLAN_PORTS_MAX];
};

/**
 * vsext_flow_parse() - read the headers of a packet
 * @skb: the packet; neither pulled nor modified, may be paged
 * @off: where its Ethernet header starts, relative to skb->data (may be
 *	negative: -ETH_HLEN behind eth_type_trans())
 * @need: VSEXT_NEED_*
 * @layout: of the flow control field, and where VXLAN is
 * @key: filled completely, but for @key->in_port
 *
 * Of a fragment, only the one at offset 0 has ports and what follows them:
 * vsext_frag_follow() gives them to the others. Inside of a tunnel all fragments
 * look alike, but for @frag: the first one's ports are not read. Any input is
 * safe; nothing behind the length that an IP header gives is looked at.
 * Returns the identification of the datagram that the packet is a fragment of.
 * Context: any. Source: the paper's section on the FCF, RFC 791, 8200, 6946
 * (atomic fragments), 4303 and 3948 (ESP), 7348 (VXLAN), 8926 (Geneve), 2784 and
 * 2890 (GRE), 2003 and 2473 (IP in IP).
 */
u32 vsext_flow_parse(const struct sk_buff *skb, int off, unsigned int need,
		     const struct vsext_layout *layout, struct vsext_key *key);

/**
 * vsext_flow_hash() - hash of the outer 5-tuple; of ESP, its SPI for the ports
 *
 * Equal for all packets of a flow whatever NIC, queue or RSS key they came by,
 * and however deep they were parsed, and for fragments that follow one with ports.
 * Those whose ports are not known hash on what they carry (addresses, protocol
 * and DSCP).
 */
u32 vsext_flow_hash(const struct vsext_key *key, u32 seed);

/* Highest VM id that a layout can carry. */
unsigned int vsext_fcf_max_id(unsigned int fcf);

#endif /* _VSEXT_FLOW_H */
