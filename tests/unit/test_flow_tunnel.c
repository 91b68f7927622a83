// SPDX-License-Identifier: GPL-2.0-only
/* Packet to flow key: tunnels and what is inside. */
#include <string.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>

#include "flow.h"
#include "packet.h"
#include "unit.h"

#include <linux/vsext.h>

#define DEST	60

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
	key = parse_all(&p);
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
	key = parse_all(&p);
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
	key = parse_all(&p);
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
	key = parse_all(&p);
	assert_same(&key, &want);

	p.byte[14 + 24 + 8] = 0x08;
	key = parse_all(&p);
	assert_int_equal(key.tun_type, VSEXT_TUN_VXLAN);

	p.byte[14 + 24 + 3]++;	/* another port */
	want.outer.tp_dst = htons(4790);
	key = parse_all(&p);
	assert_same(&key, &want);
	p.byte[14 + 24 + 3]--;

	p.byte[14 + 9] = 6;	/* TCP to port 4789 */
	want.outer = hdrs(ETH_P_IP, 6, 50000, 4789);
	key = parse_all(&p);
	assert_same(&key, &want);
}

static void vxlan_ports(void **state)
{
	struct vsext_layout other = {
		.vxlan_ports = 2, .vxlan_port = { htons(8472), htons(4790) },
	};
	struct packet p = {};
	struct vsext_key key;

	(void)state;
	put_vxlan_head(&p, false, 0x08);
	key = parse_as(&p, ALL, &other);
	assert_int_equal(key.tun_type, VSEXT_TUN_NONE);
	p.byte[14 + 24 + 3]++;
	key = parse_as(&p, ALL, &other);
	assert_int_equal(key.tun_type, VSEXT_TUN_VXLAN);
	other.vxlan_ports = 0;
	key = parse_as(&p, ALL, &other);
	assert_int_equal(key.tun_type, VSEXT_TUN_NONE);
}

/* --- other tunnels --- */

static void put_inner(struct packet *p)
{
	put_eth(p, ETH_P_IP);
	put_ipv4(p, 0, 0, 0, 6);
	put_ports(p, 80, 443);
}

static void geneve(void **state)
{
	struct vsext_key want = {
		.tun_type = VSEXT_TUN_GENEVE,
		.tun_id = htonl(0xabcdef),
		.outer = hdrs(ETH_P_IP, 17, 50000, 6081),
		.inner = hdrs(ETH_P_IP, 6, 80, 443),
	}, key;
	unsigned int options;

	(void)state;
	for (options = 0; options <= 252; options += 36) {
		struct packet p = {};

		put_eth(&p, ETH_P_IP);
		put_ipv4(&p, 0, 0, 0, 17);
		put_udp(&p, 50000, 6081);
		put_geneve(&p, options, 0x6558, 0xabcdef);
		put_inner(&p);
		key = parse_all(&p);
		assert_same(&key, &want);
		p.byte[14 + 20 + 8] |= 0x40;	/* a version that nobody knows */
		key = parse_all(&p);
		assert_int_equal(key.tun_type, VSEXT_TUN_NONE);
	}
}

static void geneve_of_ip(void **state)
{
	struct vsext_key want = {
		.tun_type = VSEXT_TUN_GENEVE,
		.tun_id = htonl(5),
		.outer = hdrs(ETH_P_IPV6, 17, 1, 6081),
		.inner = hdrs(ETH_P_IPV6, 17, 2, 3),
	}, key;
	struct packet p = {};

	(void)state;
	memset(want.inner.eth_dst, 0, 12);
	put_eth(&p, ETH_P_IPV6);
	put_ipv6(&p, 0, 17);
	put_udp(&p, 1, 6081);
	put_geneve(&p, 8, ETH_P_IPV6, 5);
	put_ipv6(&p, 0, 17);
	put_udp(&p, 2, 3);
	key = parse_all(&p);
	assert_same(&key, &want);
}

static void gre(void **state)
{
	static const u16 flags[] = {
		0, 0x2000, 0x8000, 0x1000, 0xa000, 0x3000, 0xb000,
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct vsext_key want = {
			.tun_type = VSEXT_TUN_GRE,
			.outer = hdrs(ETH_P_IP, 47, 0, 0),
			.inner = hdrs(ETH_P_IP, 6, 80, 443),
		}, key;
		struct packet p = {};

		if (flags[i] & 0x2000)
			want.tun_id = htonl(0xfedcba98);
		put_eth(&p, ETH_P_IP);
		put_ipv4(&p, 0, 0, 0, 47);
		put_gre(&p, flags[i], 0x6558, 0xfedcba98);
		put_inner(&p);
		key = parse_all(&p);
		assert_same(&key, &want);
	}
}

static void gre_of_ip_and_others(void **state)
{
	struct vsext_key want = {
		.tun_type = VSEXT_TUN_GRE,
		.outer = hdrs(ETH_P_IP, 47, 0, 0),
		.inner = hdrs(ETH_P_IP, 17, 80, 443),
	}, key;
	static const u8 bad[] = { 0x40, 0x08, 0x01 };
	struct packet p = {};
	unsigned int i;

	(void)state;
	memset(want.inner.eth_dst, 0, 12);
	put_eth(&p, ETH_P_IP);
	put_ipv4(&p, 0, 0, 0, 47);
	put_gre(&p, 0, ETH_P_IP, 0);
	put_ipv4(&p, 0, 0, 0, 17);
	put_udp(&p, 80, 443);
	key = parse_all(&p);
	assert_same(&key, &want);

	/* Neither Ethernet nor IP: the type is all. */
	p.byte[14 + 20 + 2] = 0x88;
	memset(&want.inner, 0, sizeof(want.inner));
	want.inner.eth_type = htons(0x8800);
	key = parse_all(&p);
	assert_same(&key, &want);

	/* Routing, a reserved bit, PPTP: not what is behind them. */
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		p.byte[14 + 20 + (bad[i] == 1)] = bad[i];
		key = parse_all(&p);
		assert_int_equal(key.tun_type, VSEXT_TUN_NONE);
		p.byte[14 + 20 + (bad[i] == 1)] = 0;
	}
}

static void ip_in_ip(void **state)
{
	static const u16 type[2] = { ETH_P_IP, ETH_P_IPV6 };
	unsigned int i, j;

	(void)state;
	for (i = 0; i < 2; i++)
		for (j = 0; j < 2; j++) {
			u8 proto = j ? 41 : 4;
			struct vsext_key want = {
				.tun_type = VSEXT_TUN_IPIP,
				.outer = hdrs(type[i], proto, 0, 0),
				.inner = hdrs(type[j], 6, 1, 2),
			}, key;
			struct packet p = {};

			memset(want.inner.eth_dst, 0, 12);
			put_eth(&p, type[i]);
			if (i)
				put_ipv6(&p, 0, proto);
			else
				put_ipv4(&p, 0, 0, 0, proto);
			if (j)
				put_ipv6(&p, 0, 6);
			else
				put_ipv4(&p, 0, 0, 0, 6);
			put_ports(&p, 1, 2);
			key = parse_all(&p);
			assert_same(&key, &want);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vxlan_inner_v4),
		cmocka_unit_test(vxlan_inner_v6),
		cmocka_unit_test(vxlan_inner_fragment),
		cmocka_unit_test(not_vxlan),
		cmocka_unit_test(vxlan_ports),
		cmocka_unit_test(geneve),
		cmocka_unit_test(geneve_of_ip),
		cmocka_unit_test(gre),
		cmocka_unit_test(gre_of_ip_and_others),
		cmocka_unit_test(ip_in_ip),
	};

	return cmocka_run_group_tests_name("flow_tunnel", tests, NULL, NULL);
}
