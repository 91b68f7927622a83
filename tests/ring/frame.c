// SPDX-License-Identifier: GPL-2.0-only
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>

#include "frame.h"

/* A constant key: the same flows share a queue in every run. */
#define RSS_KEY 0x6d5a56da

/* The place of the protocol's header, or NULL if it is not whole. */
static const void *l4_header(struct frame *frame, u8 protocol, unsigned int at, unsigned int len)
{
	unsigned int need;

	if (protocol == IPPROTO_UDP)
		need = sizeof(struct udphdr);
	else if (protocol == IPPROTO_TCP)
		need = sizeof(struct tcphdr);
	else
		return NULL;
	if (len < need || at + len > frame->len)
		return NULL;
	frame->l4 = protocol;
	return frame->data + at;
}

static u32 ports_of(const void *l4)
{
	return l4 ? get_unaligned((const u32 *)l4) : 0;
}

static u16 sum_of(const void *data, unsigned int len)
{
	return ~(__force u16)csum_fold(csum_partial(data, len, 0));
}

static bool without_checksum(const struct frame *frame, const void *l4)
{
	return frame->l4 == IPPROTO_UDP && !((const struct udphdr *)l4)->check;
}

static void parse_ip4(struct frame *frame, unsigned int at)
{
	const struct iphdr *ip = (const void *)(frame->data + at);
	unsigned int header, len;
	const void *l4 = NULL;

	if (frame->len < at + sizeof(*ip) || ip->version != 4)
		return;
	header = ip->ihl * 4;
	len = ntohs(ip->tot_len);
	if (header < sizeof(*ip) || len < header || frame->len < at + len)
		return;

	frame->l3 = 4;
	frame->l3_ok = !ip_fast_csum(ip, ip->ihl);
	frame->fragment = ip_is_fragment(ip);
	frame->sum = sum_of(ip, len);
	len -= header;
	if (!frame->fragment)
		l4 = l4_header(frame, ip->protocol, at + header, len);
	frame->hash = jhash_3words((__force u32)ip->saddr, (__force u32)ip->daddr,
				   ports_of(l4), RSS_KEY);
	if (l4)
		frame->l4_ok = without_checksum(frame, l4) ||
			!csum_tcpudp_magic(ip->saddr, ip->daddr, len, ip->protocol,
					   csum_partial(l4, len, 0));
}

static void parse_ip6(struct frame *frame, unsigned int at)
{
	const struct ipv6hdr *ip = (const void *)(frame->data + at);
	const void *l4;
	unsigned int len;

	if (frame->len < at + sizeof(*ip) || ip->version != 6)
		return;
	len = ntohs(ip->payload_len);
	if (frame->len < at + sizeof(*ip) + len)
		return;

	frame->l3 = 6;
	frame->l3_ok = true;
	frame->sum = sum_of(ip, sizeof(*ip) + len);
	l4 = l4_header(frame, ip->nexthdr, at + sizeof(*ip), len);
	frame->hash = jhash2((const u32 *)&ip->saddr, 8, ports_of(l4) ^ RSS_KEY);
	if (l4)
		frame->l4_ok = without_checksum(frame, l4) ||
			!csum_ipv6_magic(&ip->saddr, &ip->daddr, len, ip->nexthdr,
					 csum_partial(l4, len, 0));
}

void frame_parse(struct frame *frame)
{
	const struct ethhdr *eth = (const void *)frame->data;

	if (frame->len < sizeof(*eth))
		return;
	if (eth->h_proto == htons(ETH_P_IP))
		parse_ip4(frame, sizeof(*eth));
	else if (eth->h_proto == htons(ETH_P_IPV6))
		parse_ip6(frame, sizeof(*eth));
}
