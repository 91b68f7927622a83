// SPDX-License-Identifier: GPL-2.0-only
/* Packet to flow key. */
#include <string.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>

#include "flow.h"
#include "packet.h"
#include "unit.h"

#include <linux/vsext.h>

#define HOP	0
#define ROUTING	43
#define DEST	60

/* --- one header after the other --- */

static void ethernet(void **state)
{
	struct vsext_key want = { .outer = hdrs(0x88cc, 0, 0, 0) }, key;
	struct packet p = {};

	(void)state;
	put_eth(&p, 0x88cc);
	put_payload(&p, 40);
	key = parse_all(&p);
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
	key = parse_all(&p);
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
	vsext_flow_parse(skb, 0, ALL, &layout, &key);
	want.outer.vlan_tci = htons(0x1789);
	assert_same(&key, &want);

	skb->vlan_tci = 0;
	vsext_flow_parse(skb, 0, ALL, &layout, &key);
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
	key = parse_all(&p);
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
		key = parse_all(&p);
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
		key = parse_all(&p);
		assert_same(&key, &want);
	}
	/* Shorter than its own header. */
	p.byte[14] = 0x45;
	p.byte[16] = 0;
	p.byte[17] = 19;
	key = parse_all(&p);
	assert_same(&key, &want);
}

/* What is behind the length that IP gives is padding, whatever it looks like. */
static void ip_ends_early(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_IP, 17, 0, 0) }, key;
	struct packet p = {}, p6 = {}, jumbo = {};
	struct sk_buff *skb;

	(void)state;
	put_eth(&p, ETH_P_IP);
	put_ipv4(&p, 0, 0, 0, 17);
	put_udp(&p, 5, 4789);
	put_vxlan(&p, 8, 1);
	p.byte[16] = 0;
	p.byte[17] = 20 + 3;
	key = parse_all(&p);
	assert_same(&key, &want);
	p.byte[17] = 20 + 4;
	want.outer.tp_src = htons(5);
	want.outer.tp_dst = htons(4789);
	key = parse_all(&p);
	assert_same(&key, &want);
	p.byte[17] = 20 + 8 + 7;
	key = parse_all(&p);
	assert_same(&key, &want);
	p.byte[17]++;
	key = parse_all(&p);
	assert_int_equal(key.tun_type, VSEXT_TUN_VXLAN);

	/* No length: of what GRO has merged only. */
	p.byte[17] = 0;
	key = parse_all(&p);
	assert_int_equal(key.outer.proto, 0);
	skb = skb_make(&p, p.len, 0, p.len, 0);
	skb->gso = true;
	vsext_flow_parse(skb, 0, ALL, &layout, &key);
	assert_int_equal(key.tun_type, VSEXT_TUN_VXLAN);
	skb_free(skb);

	put_eth(&p6, ETH_P_IPV6);
	put_ipv6(&p6, 0, 17);
	put_udp(&p6, 5, 6);
	p6.byte[14 + 4] = 0;
	p6.byte[14 + 5] = 3;
	key = parse_all(&p6);
	assert_int_equal(key.outer.proto, 17);
	assert_int_equal(key.outer.tp_src, 0);

	/* No length: of what GRO has merged, and of jumbograms. */
	p6.byte[14 + 5] = 0;
	key = parse_all(&p6);
	assert_int_equal(key.outer.proto, 17);
	assert_int_equal(key.outer.tp_src, 0);
	skb = skb_make(&p6, p6.len, 0, p6.len, 0);
	skb->gso = true;
	vsext_flow_parse(skb, 0, ALL, &layout, &key);
	assert_int_equal(key.outer.tp_src, htons(5));
	skb_free(skb);
	put_eth(&jumbo, ETH_P_IPV6);
	put_ipv6(&jumbo, 0, HOP);
	put_ext(&jumbo, 17, 1);
	put_udp(&jumbo, 5, 6);
	jumbo.byte[14 + 4] = 0;
	jumbo.byte[14 + 5] = 0;
	key = parse_all(&jumbo);
	assert_int_equal(key.outer.tp_src, htons(5));
}

/* 802.3: a length, and a type only with SNAP. */
static void snap(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_IP, 6, 1, 2) }, key;
	struct packet p = {}, llc = {};

	(void)state;
	put_eth(&p, 40);
	put(&p, "\xaa\xaa\x03\0\0\0\x08\0", 8);
	put_ipv4(&p, 0, 0, 0, 6);
	put_ports(&p, 1, 2);
	key = parse_all(&p);
	assert_same(&key, &want);

	want.outer = hdrs(0x05ff, 0, 0, 0);
	p.byte[14 + 3] = 1;	/* another organisation's types */
	key = parse_all(&p);
	assert_same(&key, &want);
	put_eth(&llc, 0x5dc);
	put(&llc, "\x42\x42\x03", 3);	/* a bridge's */
	key = parse_all(&llc);
	assert_same(&key, &want);
}

static void arp(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_ARP, 2, 0, 0) }, key;
	struct packet p = {};
	unsigned int i;

	(void)state;
	put_eth(&p, ETH_P_ARP);
	put_arp(&p, 2);
	want.outer.nw_src = htonl(0x0a000001);
	want.outer.nw_dst = htonl(0x0a000002);
	key = parse_all(&p);
	assert_same(&key, &want);
	/* Not of IPv4 on Ethernet. */
	want.outer = hdrs(ETH_P_ARP, 0, 0, 0);
	for (i = 14; i < 14 + 6; i++) {
		p.byte[i] ^= 1;
		key = parse_all(&p);
		assert_same(&key, &want);
		p.byte[i] ^= 1;
	}
	p.len--;
	key = parse_all(&p);
	assert_same(&key, &want);
}

static void icmp(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_IP, 1, 3, 4) }, key;
	struct packet p = {}, p6 = {};

	(void)state;
	put_eth(&p, ETH_P_IP);
	put_ipv4(&p, 0, 0, 0, 1);
	put(&p, "\x03\x04", 2);
	key = parse_all(&p);
	assert_same(&key, &want);
	put_eth(&p6, ETH_P_IPV6);
	put_ipv6(&p6, 0, 58);
	put(&p6, "\x87\x00", 2);
	want.outer = hdrs(ETH_P_IPV6, 58, 0x87, 0);
	key = parse_all(&p6);
	assert_same(&key, &want);
	/* The other IP's number. */
	p6.byte[14 + 6] = 1;
	want.outer = hdrs(ETH_P_IPV6, 1, 0, 0);
	key = parse_all(&p6);
	assert_same(&key, &want);
}

static void sctp(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_IP, 132, 7, 8) }, key;
	struct packet p = {};

	(void)state;
	put_eth(&p, ETH_P_IP);
	put_ipv4(&p, 0, 0, 0, 132);
	put_ports(&p, 7, 8);
	key = parse_all(&p);
	assert_same(&key, &want);
}

static void esp(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_IP, 50, 0, 0) }, key;
	struct packet p = {}, p6 = {}, udp = {};

	(void)state;
	want.esp_spi = htonl(0xdeadbeef);
	put_eth(&p, ETH_P_IP);
	put_ipv4(&p, 0, 0, 0, 50);
	put32(&p, 0xdeadbeef);
	key = parse_all(&p);
	assert_same(&key, &want);
	p.len--;
	want.esp_spi = 0;
	key = parse_all(&p);
	assert_same(&key, &want);

	put_eth(&p6, ETH_P_IPV6);
	put_ipv6(&p6, 0, HOP);
	put_ext(&p6, 50, 1);
	put32(&p6, 7);
	key = parse_all(&p6);
	assert_int_equal(key.esp_spi, htonl(7));

	put_eth(&udp, ETH_P_IP);
	put_ipv4(&udp, 0, 0, 0, 17);
	put_udp(&udp, 4500, 1024);
	put32(&udp, 0x1001);
	key = parse_all(&udp);
	assert_int_equal(key.esp_spi, htonl(0x1001));
	udp.byte[14 + 20 + 1]++;	/* from another port */
	key = parse_all(&udp);
	assert_int_equal(key.esp_spi, 0);
}

static void authentication_header(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_IPV6, 6, 7, 8) }, key;
	struct packet p = {};

	(void)state;
	put_eth(&p, ETH_P_IPV6);
	put_ipv6(&p, 0, 51);
	/* 24 bytes: its length counts units of four, without two. */
	put(&p, "\x06\x04", 2);
	put_payload(&p, 22);
	put_ports(&p, 7, 8);
	key = parse_all(&p);
	assert_same(&key, &want);
}

/* Nothing behind IP is looked at. */
static void other_protocols(void **state)
{
	static const u8 protos[] = { 2, 51, 58, 89, 255 };
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
		key = parse_all(&p);
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
	key = parse_all(&p);
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
		key = parse_all(&p);
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
	key = parse_all(&p);
	assert_int_equal(key.outer.proto, DEST);
	assert_int_equal(key.outer.tp_dst, 0);
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
	all = parse_all(&p);
	assert_int_equal(all.vm_id, 31);
	assert_int_equal(all.tun_id, htonl(9));

	key = parse_as(&p, VSEXT_NEED_OUTER, &layout);
	all.vm_id = 0;
	all.vm_prio = 0;
	all.tun_type = 0;
	all.tun_id = 0;
	memset(&all.inner, 0, sizeof(all.inner));
	assert_same(&key, &all);
}

static void flow_control_field(void **state)
{
	struct vsext_layout tos8 = layout;
	unsigned int tos;

	(void)state;
	tos8.fcf = VSEXT_FCF_TOS8;
	for (tos = 0; tos < 256; tos++) {
		struct packet v4 = {}, v6 = {};
		struct vsext_key key;

		put_eth(&v4, ETH_P_IP);
		put_ipv4(&v4, 0, tos, 0, 50);
		put_eth(&v6, ETH_P_IPV6);
		put_ipv6(&v6, tos, 50);

		key = parse_all(&v4);
		assert_int_equal(key.outer.tos, tos);
		assert_int_equal(key.vm_prio, tos >= 128);
		assert_int_equal(key.vm_id, tos % 128 / 4);
		key = parse_all(&v6);
		assert_int_equal(key.outer.tos, tos);
		assert_int_equal(key.vm_prio, tos >= 128);
		assert_int_equal(key.vm_id, tos % 128 / 4);
		key = parse_as(&v4, ALL, &tos8);
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
		cmocka_unit_test(ip_ends_early),
		cmocka_unit_test(snap),
		cmocka_unit_test(arp),
		cmocka_unit_test(icmp),
		cmocka_unit_test(sctp),
		cmocka_unit_test(esp),
		cmocka_unit_test(authentication_header),
		cmocka_unit_test(other_protocols),
		cmocka_unit_test(ipv6_extensions),
		cmocka_unit_test(ipv6_lies),
		cmocka_unit_test(ipv6_long_chain),
		cmocka_unit_test(only_as_deep_as_needed),
		cmocka_unit_test(flow_control_field),
	};

	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
