// SPDX-License-Identifier: GPL-2.0-only
/* Packet to flow key: fragments. */
#include <string.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>

#include "flow.h"
#include "packet.h"
#include "unit.h"

#include <linux/vsext.h>

#define DEST	60

/* A datagram to a VXLAN port: only its start has ports and what follows. */
static void ipv4_fragments(void **state)
{
	struct packet first = fragment4(IP_MF, 1000, 4789);
	struct packet later = fragment4(IP_MF | 185, 0xdead, 0xbeef);
	struct packet last = fragment4(370, 0, 4789);
	struct vsext_key want = { .outer = hdrs(ETH_P_IP, 17, 1000, 4789) }, key;

	(void)state;
	want.outer.tos = 0x84;
	want.outer.frag = VSEXT_FRAG_ANY;
	want.vm_prio = 1;
	want.vm_id = 1;
	want.tun_type = VSEXT_TUN_VXLAN;
	want.tun_id = htonl(5);
	want.inner = hdrs(ETH_P_IP, 6, 1000, 4789);
	key = parse_all(&first);
	assert_same(&key, &want);
	want.outer = hdrs(ETH_P_IP, 17, 0, 0);
	want.outer.tos = 0x84;
	want.outer.frag = VSEXT_FRAG_ANY | VSEXT_FRAG_LATER;
	want.tun_type = VSEXT_TUN_NONE;
	want.tun_id = 0;
	memset(&want.inner, 0, sizeof(want.inner));
	key = parse_all(&later);
	assert_same(&key, &want);
	key = parse_all(&last);
	assert_same(&key, &want);
}

static void ipv6_fragments(void **state)
{
	struct packet first = fragment6(0, true, 1000);
	struct packet later = fragment6(1448, true, 0xdead);
	struct packet last = fragment6(2896, false, 0xbeef);
	struct vsext_key want = { .outer = hdrs(ETH_P_IPV6, 17, 1000, 4789) }, key;

	(void)state;
	want.outer.tos = 0x84;
	want.outer.frag = VSEXT_FRAG_ANY;
	want.vm_prio = 1;
	want.vm_id = 1;
	key = parse_all(&first);
	assert_same(&key, &want);
	want.outer.tp_src = 0;
	want.outer.tp_dst = 0;
	want.outer.frag = VSEXT_FRAG_ANY | VSEXT_FRAG_LATER;
	key = parse_all(&later);
	assert_same(&key, &want);
	key = parse_all(&last);
	assert_same(&key, &want);
}

/* The start of a datagram is read behind the fragment header, too. */
static void ipv6_first_fragment_with_options(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_IPV6, 50, 0, 0) }, key;
	struct packet p = {};

	(void)state;
	put_eth(&p, ETH_P_IPV6);
	put_ipv6(&p, 0, 44);
	put_frag_ext(&p, DEST, 0, true);
	put_ext(&p, 50, 2);
	put32(&p, 0x1001);
	want.outer.frag = VSEXT_FRAG_ANY;
	want.esp_spi = htonl(0x1001);
	key = parse_all(&p);
	assert_same(&key, &want);
}

/* RFC 6946: neither offset nor more to come. Only real fragments hide what follows. */
static void ipv6_atomic_fragment(void **state)
{
	struct vsext_key want = { .outer = hdrs(ETH_P_IPV6, 17, 1000, 4789) }, key;
	struct packet p = fragment6(0, false, 1000), twice = {};

	(void)state;
	want.outer.tos = 0x84;
	want.vm_prio = 1;
	want.vm_id = 1;
	key = parse_all(&p);
	assert_same(&key, &want);

	put_eth(&twice, ETH_P_IPV6);
	put_ipv6(&twice, 0x84, 44);
	put_frag_ext(&twice, 44, 0, false);
	put_frag_ext(&twice, 17, 0, true);
	put_udp(&twice, 1000, 4789);
	want.outer.frag = VSEXT_FRAG_ANY;
	key = parse_all(&twice);
	assert_same(&key, &want);
	assert_int_equal(datagram_of(&twice), 0xabcdef);
}

static void fragment_in_fragment(void **state)
{
	struct packet p = {};
	struct vsext_key key;

	(void)state;
	put_eth(&p, ETH_P_IPV6);
	put_ipv6(&p, 0, 44);
	put_frag_ext(&p, 44, 0, true);
	put_frag_ext(&p, 17, 0, false);
	put_udp(&p, 1000, 4789);
	key = parse_all(&p);
	assert_int_equal(key.outer.proto, 44);
	assert_int_equal(key.outer.frag, VSEXT_FRAG_ANY);
	assert_int_equal(key.outer.tp_dst, 0);
}

/* RFC 1858: the first fragment ends before the ports do. */
static void tiny_first_fragment(void **state)
{
	struct packet p = fragment4(IP_MF, 1000, 4789), p6 = fragment6(0, true, 1000);
	struct vsext_key key;

	(void)state;
	p.byte[16] = 0;
	p.byte[17] = 20 + 3;
	key = parse_all(&p);
	assert_int_equal(key.outer.frag, VSEXT_FRAG_ANY);
	assert_int_equal(key.outer.tp_src, 0);
	p.byte[17]++;
	key = parse_all(&p);
	assert_int_equal(key.outer.tp_src, htons(1000));
	assert_int_equal(key.tun_type, VSEXT_TUN_NONE);
	p6.byte[14 + 4] = 0;
	p6.byte[14 + 5] = 8 + 8 + 3;
	key = parse_all(&p6);
	assert_int_equal(key.outer.frag, VSEXT_FRAG_ANY);
	assert_int_equal(key.outer.tp_src, 0);
}

/* Of the outer packet, and of fragments only. */
static void identification(void **state)
{
	struct packet first = fragment4(IP_MF, 1, 2), last = fragment4(370, 1, 2);
	struct packet whole = fragment4(0x4000, 1, 2);
	struct packet first6 = fragment6(0, true, 1), last6 = fragment6(2896, false, 1);
	struct packet in_vxlan = {};

	(void)state;
	assert_int_equal(datagram_of(&first), 77);
	assert_int_equal(datagram_of(&last), 77);
	assert_int_equal(datagram_of(&whole), 0);
	assert_int_equal(datagram_of(&first6), 0xabcdef);
	assert_int_equal(datagram_of(&last6), 0xabcdef);

	put_eth(&in_vxlan, ETH_P_IPV6);
	put_ipv6(&in_vxlan, 0, 44);
	put_frag_ext(&in_vxlan, 17, 0, true);
	put_udp(&in_vxlan, 1, 4789);
	put_vxlan(&in_vxlan, 8, 1);
	put_eth(&in_vxlan, ETH_P_IP);
	put_ipv4(&in_vxlan, 0, 0, IP_MF, 17);
	assert_int_equal(datagram_of(&in_vxlan), 0xabcdef);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_fragments),
		cmocka_unit_test(ipv6_fragments),
		cmocka_unit_test(ipv6_first_fragment_with_options),
		cmocka_unit_test(ipv6_atomic_fragment),
		cmocka_unit_test(fragment_in_fragment),
		cmocka_unit_test(tiny_first_fragment),
		cmocka_unit_test(identification),
	};

	return cmocka_run_group_tests_name("flow_frag", tests, NULL, NULL);
}
