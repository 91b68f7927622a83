// SPDX-License-Identifier: GPL-2.0-only
/* Packet to flow key. */
#include <string.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>

#include "flow.h"
#include "packet.h"
#include "unit.h"

#include <linux/vsext.h>

#define ALL	(VSEXT_NEED_OUTER | VSEXT_NEED_INNER | VSEXT_NEED_FCF)
#define DSCP6	VSEXT_FCF_DSCP6

#define HOP	0
#define ROUTING	43
#define DEST	60

static const u8 ip1[16] = { 10, 0, 0, 1 }, ip2[16] = { 10, 0, 0, 2 };

static struct vsext_key parse_as(const struct packet *p, unsigned int need,
				 unsigned int fcf)
{
	struct sk_buff *skb = skb_make(p, p->len, 0, p->len, 0);
	struct vsext_key key;

	memset(&key, 0xa5, sizeof(key));
	vsext_flow_parse(skb, 0, need, fcf, &key);
	skb_free(skb);
	return key;
}

static struct vsext_key parse(const struct packet *p)
{
	return parse_as(p, ALL, DSCP6);
}

static void assert_same(const struct vsext_key *a, const struct vsext_key *b)
{
	assert_memory_equal(a, b, sizeof(*a));
}

/* What put_eth() and one of put_ipv4() and put_ipv6() leave in the key. */
static struct vsext_hdrs hdrs(u16 type, u8 proto, u16 src, u16 dst)
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
		memcpy(h.src, ip1, 16);
		memcpy(h.dst, ip2, 16);
	} else if (type == ETH_P_IPV6) {
		memcpy(h.src, SRC6, 16);
		memcpy(h.dst, DST6, 16);
	}
	return h;
}

/* --- one header after the other --- */

static void ethernet(void **state)
{
	struct vsext_key want = { .outer = hdrs(0x88cc, 0, 0, 0) }, key;
	struct packet p = {};

	(void)state;
	put_eth(&p, 0x88cc);
	put_payload(&p, 40);
	key = parse(&p);
	assert_same(&key, &want);
}

static void vlan_in_packet(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_IP, 6, 1, 2) }, key;
	struct packet p = {};

	(void)state;
	put_eth(&p, ETH_P_8021AD);
	put_vlan(&p, 0x2123, ETH_P_8021Q);
	put_vlan(&p, 0x0456, ETH_P_IP);
	put_ipv4(&p, 0, 0, 0, 6);
	put_ports(&p, 1, 2);
	key = parse(&p);
	want.outer.vlan_tci = htons(0x3123);
	assert_same(&key, &want);
}

/* The tag that the NIC took off is the outer one; tag 0 is a tag as well. */
static void vlan_accelerated(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_IP, 6, 1, 2) }, key;
	struct packet p = {};
	struct sk_buff *skb;

	(void)state;
	put_eth(&p, ETH_P_8021Q);
	put_vlan(&p, 0x0456, ETH_P_IP);
	put_ipv4(&p, 0, 0, 0, 6);
	put_ports(&p, 1, 2);
	skb = skb_make(&p, p.len, 0, p.len, 0);
	skb->vlan_present = true;
	skb->vlan_tci = 0x0789;
	vsext_flow_parse(skb, 0, ALL, DSCP6, &key);
	want.outer.vlan_tci = htons(0x1789);
	assert_same(&key, &want);

	skb->vlan_tci = 0;
	vsext_flow_parse(skb, 0, ALL, DSCP6, &key);
	want.outer.vlan_tci = htons(0x1000);
	assert_same(&key, &want);
	skb_free(skb);
}

static void too_many_vlans(void **state)
{
	struct packet p = {};
	struct vsext_key key;

	(void)state;
	put_eth(&p, ETH_P_8021Q);
	put_vlan(&p, 1, ETH_P_8021Q);
	put_vlan(&p, 2, ETH_P_8021Q);
	put_vlan(&p, 3, ETH_P_IP);
	put_ipv4(&p, 0, 0, 0, 6);
	key = parse(&p);
	assert_int_equal(key.outer.eth_type, htons(ETH_P_8021Q));
	assert_int_equal(key.outer.proto, 0);
}

static void ipv4_options(void **state)
{
	unsigned int options;

	(void)state;
	for (options = 0; options <= 40; options += 4) {
		struct vsext_key want = { .outer = hdrs(ETH_P_IP, 17, 5, 6) };
		struct packet p = {};
		struct vsext_key key;

		put_eth(&p, ETH_P_IP);
		put_ipv4(&p, options, 0x1c, 0x4000, 17);
		put_udp(&p, 5, 6);
		key = parse(&p);
		want.outer.tos = 0x1c;
		want.vm_id = 7;
		assert_same(&key, &want);
	}
}

static void ipv4_lies(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_IP, 0, 0, 0) }, key;
	static const u8 first[] = { 0x44, 0x40, 0x65, 0x05, 0xf5 };
	struct packet p = {};
	unsigned int i;

	(void)state;
	memset(want.outer.src, 0, 16);
	memset(want.outer.dst, 0, 16);
	put_eth(&p, ETH_P_IP);
	put_ipv4(&p, 0, 0xff, 0, 17);
	put_udp(&p, 5, 6);
	for (i = 0; i < ARRAY_SIZE(first); i++) {
		p.byte[14] = first[i];
		key = parse(&p);
		assert_same(&key, &want);
	}
}

/* Ports are those of TCP and UDP only. */
static void other_protocols(void **state)
{
	static const u8 protos[] = { 1, 2, 47, 50, 51, 132, 255 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(protos); i++) {
		struct vsext_key want = {
			.outer = hdrs(ETH_P_IP, protos[i], 0, 0)
		};
		struct packet p = {};
		struct vsext_key key;

		put_eth(&p, ETH_P_IP);
		put_ipv4(&p, 0, 0, 0, protos[i]);
		put_udp(&p, 4789, 4789);
		put_vxlan(&p, 8, 1);
		key = parse(&p);
		assert_same(&key, &want);
	}
}

static void ipv6_extensions(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_IPV6, 6, 7, 8) }, key;
	struct packet p = {};

	(void)state;
	put_eth(&p, ETH_P_IPV6);
	put_ipv6(&p, 0xfc, HOP);
	put_ext(&p, DEST, 1);
	put_ext(&p, ROUTING, 3);
	put_ext(&p, 6, 2);
	put_ports(&p, 7, 8);
	key = parse(&p);
	want.outer.tos = 0xfc;
	want.vm_prio = 1;
	want.vm_id = 31;
	assert_same(&key, &want);
}

static void ipv6_lies(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_IPV6, 0, 0, 0) }, key;
	static const u8 first[] = { 0x4f, 0x0f, 0x7f, 0xff };
	struct packet p = {};
	unsigned int i;

	(void)state;
	memset(want.outer.src, 0, 16);
	memset(want.outer.dst, 0, 16);
	put_eth(&p, ETH_P_IPV6);
	put_ipv6(&p, 0xfc, 17);
	put_udp(&p, 7, 8);
	for (i = 0; i < ARRAY_SIZE(first); i++) {
		p.byte[14] = first[i];
		key = parse(&p);
		assert_same(&key, &want);
	}
}

/* A chain longer than any real one ends the parse, wherever it would lead. */
static void ipv6_long_chain(void **state)
{
	struct packet p = {};
	struct vsext_key key;
	unsigned int i;

	(void)state;
	put_eth(&p, ETH_P_IPV6);
	put_ipv6(&p, 0, DEST);
	for (i = 0; i < 30; i++)
		put_ext(&p, DEST, 1);
	put_ext(&p, 17, 1);
	put_udp(&p, 7, 8);
	key = parse(&p);
	assert_int_equal(key.outer.proto, DEST);
	assert_int_equal(key.outer.tp_dst, 0);
}

/* --- fragments --- */

static void ipv4_fragments(void **state)
{
	struct packet first = fragment4(IP_MF, 1000, 4789);
	struct packet later = fragment4(IP_MF | 185, 0xdead, 0xbeef);
	struct packet last = fragment4(370, 0, 4789);
	struct vsext_key want = { .outer = hdrs(ETH_P_IP, 17, 0, 0) }, key;

	(void)state;
	want.outer.tos = 0x84;
	want.outer.frag = 1;
	want.vm_prio = 1;
	want.vm_id = 1;
	key = parse(&first);
	assert_same(&key, &want);
	key = parse(&later);
	assert_same(&key, &want);
	key = parse(&last);
	assert_same(&key, &want);
}

static void ipv6_fragments(void **state)
{
	struct packet first = fragment6(0, true, 1000);
	struct packet later = fragment6(1448, true, 0xdead);
	struct packet last = fragment6(2896, false, 0xbeef);
	struct vsext_key want = { .outer = hdrs(ETH_P_IPV6, 17, 0, 0) }, key;

	(void)state;
	want.outer.tos = 0x84;
	want.outer.frag = 1;
	want.vm_prio = 1;
	want.vm_id = 1;
	key = parse(&first);
	assert_same(&key, &want);
	key = parse(&later);
	assert_same(&key, &want);
	key = parse(&last);
	assert_same(&key, &want);
}

/* --- VXLAN --- */

static void put_vxlan_head(struct packet *p, bool v6, u8 flags)
{
	put_eth(p, v6 ? ETH_P_IPV6 : ETH_P_IP);
	if (v6)
		put_ipv6(p, 0, 17);
	else
		put_ipv4(p, 4, 0, 0, 17);
	put_udp(p, 50000, 4789);
	put_vxlan(p, flags, 0xabcdef);
}

static void vxlan_inner_v4(void **state)
{
	struct vsext_key want = {
		.tun_type = VSEXT_TUN_VXLAN,
		.tun_id = htonl(0xabcdef),
		.outer = hdrs(ETH_P_IPV6, 17, 50000, 4789),
		.inner = hdrs(ETH_P_IP, 6, 80, 443),
	}, key;
	struct packet p = {};

	(void)state;
	put_vxlan_head(&p, true, 0x08);
	put_eth(&p, ETH_P_8021Q);
	put_vlan(&p, 0x0fff, ETH_P_IP);
	put_ipv4(&p, 8, 0x28, 0, 6);
	put_ports(&p, 80, 443);
	want.inner.vlan_tci = htons(0x1fff);
	want.inner.tos = 0x28;
	key = parse(&p);
	assert_same(&key, &want);
}

static void vxlan_inner_v6(void **state)
{
	struct vsext_key want = {
		.tun_type = VSEXT_TUN_VXLAN,
		.tun_id = htonl(0xabcdef),
		.outer = hdrs(ETH_P_IP, 17, 50000, 4789),
		.inner = hdrs(ETH_P_IPV6, 17, 53, 54),
	}, key;
	struct packet p = {};

	(void)state;
	put_vxlan_head(&p, false, 0x88);
	put_eth(&p, ETH_P_IPV6);
	put_ipv6(&p, 0, DEST);
	put_ext(&p, 17, 1);
	put_udp(&p, 53, 54);
	key = parse(&p);
	assert_same(&key, &want);
}

static void vxlan_inner_fragment(void **state)
{
	struct packet p = {};
	struct vsext_key key;

	(void)state;
	put_vxlan_head(&p, false, 0x08);
	put_eth(&p, ETH_P_IP);
	put_ipv4(&p, 0, 0, IP_MF, 17);
	put_udp(&p, 53, 54);
	key = parse(&p);
	assert_int_equal(key.inner.frag, 1);
	assert_int_equal(key.inner.tp_src, 0);
	assert_int_equal(key.outer.frag, 0);
	assert_int_equal(key.outer.tp_src, htons(50000));
}

static void not_vxlan(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_IP, 17, 50000, 4789) };
	struct packet p = {};
	struct vsext_key key;

	(void)state;
	put_vxlan_head(&p, false, 0xf7);
	put_eth(&p, ETH_P_IP);
	put_ipv4(&p, 0, 0, 0, 6);
	put_ports(&p, 80, 443);
	key = parse(&p);
	assert_same(&key, &want);

	p.byte[14 + 24 + 8] = 0x08;
	key = parse(&p);
	assert_int_equal(key.tun_type, VSEXT_TUN_VXLAN);

	p.byte[14 + 24 + 3]++;	/* another port */
	want.outer.tp_dst = htons(4790);
	key = parse(&p);
	assert_same(&key, &want);
	p.byte[14 + 24 + 3]--;

	p.byte[14 + 9] = 6;	/* TCP to port 4789 */
	want.outer = hdrs(ETH_P_IP, 6, 50000, 4789);
	key = parse(&p);
	assert_same(&key, &want);
}

/* --- depth and the FCF --- */

static void only_as_deep_as_needed(void **state)
{
	struct vsext_key all, key;
	struct packet p = {};

	(void)state;
	put_eth(&p, ETH_P_IP);
	put_ipv4(&p, 0, 0xfc, 0, 17);
	put_udp(&p, 1, 4789);
	put_vxlan(&p, 8, 9);
	put_eth(&p, ETH_P_IP);
	put_ipv4(&p, 0, 0, 0, 6);
	put_ports(&p, 80, 443);
	all = parse(&p);
	assert_int_equal(all.vm_id, 31);
	assert_int_equal(all.tun_id, htonl(9));

	key = parse_as(&p, VSEXT_NEED_OUTER, DSCP6);
	all.vm_id = 0;
	all.vm_prio = 0;
	all.tun_type = 0;
	all.tun_id = 0;
	memset(&all.inner, 0, sizeof(all.inner));
	assert_same(&key, &all);
}

static void flow_control_field(void **state)
{
	unsigned int tos;

	(void)state;
	for (tos = 0; tos < 256; tos++) {
		struct packet v4 = {}, v6 = {};
		struct vsext_key key;

		put_eth(&v4, ETH_P_IP);
		put_ipv4(&v4, 0, tos, 0, 50);
		put_eth(&v6, ETH_P_IPV6);
		put_ipv6(&v6, tos, 50);

		key = parse(&v4);
		assert_int_equal(key.outer.tos, tos);
		assert_int_equal(key.vm_prio, tos >= 128);
		assert_int_equal(key.vm_id, tos % 128 / 4);
		key = parse(&v6);
		assert_int_equal(key.outer.tos, tos);
		assert_int_equal(key.vm_prio, tos >= 128);
		assert_int_equal(key.vm_id, tos % 128 / 4);
		key = parse_as(&v4, ALL, VSEXT_FCF_TOS8);
		assert_int_equal(key.vm_prio, tos >= 128);
		assert_int_equal(key.vm_id, tos % 128);
	}
	assert_int_equal(vsext_fcf_max_id(VSEXT_FCF_DSCP6), 31);
	assert_int_equal(vsext_fcf_max_id(VSEXT_FCF_TOS8), 127);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ethernet),
		cmocka_unit_test(vlan_in_packet),
		cmocka_unit_test(vlan_accelerated),
		cmocka_unit_test(too_many_vlans),
		cmocka_unit_test(ipv4_options),
		cmocka_unit_test(ipv4_lies),
		cmocka_unit_test(other_protocols),
		cmocka_unit_test(ipv6_extensions),
		cmocka_unit_test(ipv6_lies),
		cmocka_unit_test(ipv6_long_chain),
		cmocka_unit_test(ipv4_fragments),
		cmocka_unit_test(ipv6_fragments),
		cmocka_unit_test(vxlan_inner_v4),
		cmocka_unit_test(vxlan_inner_v6),
		cmocka_unit_test(vxlan_inner_fragment),
		cmocka_unit_test(not_vxlan),
		cmocka_unit_test(only_as_deep_as_needed),
		cmocka_unit_test(flow_control_field),
	};

	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
