// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <string.h>

#include "vxlan.h"

struct vxlan_frame {
	uint32_t flags;
	uint32_t vni;
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

_Static_assert(sizeof(struct vxlan_frame) == VXLAN_HEADERS, "headers of a tunneled datagram");

static uint16_t ip_checksum(const void *header)
{
	const unsigned char *p = header;
	uint32_t sum = 0;
	int i;

	for (i = 0; i < 20; i += 2)
		sum += p[i] << 8 | p[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return htons(~sum & 0xffff);
}

void vxlan_headers(void *frame, const struct flowspec *spec)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.frag_off = htons(0x4000),	/* the inner datagram is never fragmented */
		.tot_len = htons(spec->size + 28),
		.saddr = spec->isrc.sin_addr.s_addr,
		.daddr = spec->idst.sin_addr.s_addr,
	};
	struct vxlan_frame f = {
		.flags = htonl(0x08000000),
		.vni = htonl(spec->vni << 8),
		.eth.h_proto = htons(ETH_P_IP),
		.udp.source = spec->isrc.sin_port,
		.udp.dest = spec->idst.sin_port,
		.udp.len = htons(spec->size + 8),
	};

	memcpy(f.eth.h_dest, spec->dmac, ETH_ALEN);
	memcpy(f.eth.h_source, spec->smac, ETH_ALEN);
	ip.check = ip_checksum(&ip);
	f.ip = ip;
	memcpy(frame, &f, sizeof(f));
}
