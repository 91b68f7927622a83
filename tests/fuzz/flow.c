// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any packet, in any parts: its key is the same whatever the parts are, and what
 * the second parser makes of it.
 *
 * The first four bytes say how it comes: what the rules need and the NIC did; how
 * much is pulled already, linear, and in the first fragment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet.h"
#include "slow.h"
#include "unit.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define CONTROL	4

static const struct vsext_layout layouts[] = {
	{ .fcf = VSEXT_FCF_DSCP6, .vxlan_ports = 1, .vxlan_port = { htons(4789) } },
	{ .fcf = VSEXT_FCF_TOS8, .vxlan_ports = 2,
	  .vxlan_port = { htons(4789), htons(8472) } },
};

static void show(const char *who, const struct vsext_key *key, u32 datagram)
{
	unsigned int i;

	fprintf(stderr, "%-8s", who);
	for (i = 0; i < sizeof(*key); i++)
		fprintf(stderr, "%s%02x", i % 8 ? "" : " ", ((const u8 *)key)[i]);
	fprintf(stderr, " %x\n", datagram);
}

static void compare(const char *who, const struct vsext_key *a, u32 datagram_a,
		    const struct vsext_key *b, u32 datagram_b)
{
	if (datagram_a == datagram_b && !memcmp(a, b, sizeof(*a)))
		return;
	show("linear", a, datagram_a);
	show(who, b, datagram_b);
	abort();
}

static u32 parse(const struct packet *p, const u8 *control, unsigned int pulled,
		 unsigned int linear, unsigned int cut, struct vsext_key *key)
{
	struct sk_buff *skb = skb_make(p, p->len, pulled, linear, cut);
	u32 datagram;

	skb->gso = control[0] & 4;
	skb->vlan_present = control[0] & 8;
	skb->vlan_tci = 5;
	memset(key, 0xa5, sizeof(*key));
	datagram = vsext_flow_parse(skb, -(int)pulled,
				    VSEXT_NEED_OUTER | (control[0] & 3) << 1,
				    &layouts[!!(control[0] & 16)], key);
	key->in_port = 0;
	skb_free(skb);
	return datagram;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct vsext_key linear, parts, slow;
	u32 of_linear, of_parts, of_slow;
	unsigned int pulled;
	struct packet p;

	if (size < CONTROL || size - CONTROL > PACKET_MAX)
		return 0;
	p.len = size - CONTROL;
	memcpy(p.byte, data + CONTROL, p.len);
	pulled = data[1] & 1 && p.len >= 14 ? 14 : 0;

	of_linear = parse(&p, data, 0, p.len, 0, &linear);
	of_parts = parse(&p, data, pulled, data[2], data[2] + data[3], &parts);
	compare("parts", &linear, of_linear, &parts, of_parts);
	of_slow = slow_parse(p.byte, p.len, data[0] & 8 ? 5 : 0, data[0] & 4,
			     VSEXT_NEED_OUTER | (data[0] & 3) << 1,
			     &layouts[!!(data[0] & 16)], &slow);
	compare("slow", &linear, of_linear, &slow, of_slow);
	return 0;
}
