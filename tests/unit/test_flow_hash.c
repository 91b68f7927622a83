// SPDX-License-Identifier: GPL-2.0-only
/* The hash of a flow: one for all of its packets, and another for any other. */
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>

#include "flow.h"
#include "packet.h"
#include "unit.h"

#include <linux/vsext.h>

static u32 hash_of(const struct packet *p, unsigned int need, u32 seed)
{
	struct sk_buff *skb = skb_make(p, p->len, 0, p->len, 0);
	struct vsext_key key;

	vsext_flow_parse(skb, 0, need, &layout, &key);
	skb_free(skb);
	return vsext_flow_hash(&key, seed);
}

static void hash_of_a_flow(void **state)
{
	struct packet a = {}, b = {};

	(void)state;
	put_eth(&a, ETH_P_IP);
	put_ipv4(&a, 0, 0, 0, 17);
	put_udp(&a, 1000, 4789);
	put_vxlan(&a, 8, 1);
	put_eth(&a, ETH_P_IP);
	put_ipv4(&a, 0, 0, 0, 6);

	/* The same flow: another tag, ToS, options, payload, depth. */
	put_eth(&b, ETH_P_8021Q);
	put_vlan(&b, 5, ETH_P_IP);
	put_ipv4(&b, 8, 0xfc, 0, 17);
	put_udp(&b, 1000, 4789);
	put_payload(&b, 100);
	assert_int_equal(hash_of(&a, ALL, 1), hash_of(&b, VSEXT_NEED_OUTER, 1));
	assert_int_not_equal(hash_of(&a, ALL, 1), hash_of(&a, ALL, 2));
}

/* Each SA is a flow, whatever the rules look at; in UDP the ports are. */
static void hash_of_esp(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct packet a = {}, b;

		put_eth(&a, i == 1 ? ETH_P_IPV6 : ETH_P_IP);
		if (i == 1)
			put_ipv6(&a, 0, 50);
		else
			put_ipv4(&a, 0, 0, 0, i ? 17 : 50);
		if (i == 2)
			put_udp(&a, 4500, 4500);
		b = a;
		put32(&a, 0x1001);
		put32(&b, 0x1002);
		assert_int_equal(hash_of(&a, ALL, 1),
				 hash_of(&a, VSEXT_NEED_OUTER, 1));
		assert_int_equal(hash_of(&a, ALL, 1) == hash_of(&b, ALL, 1),
				 i == 2);
	}
}

/* What shows its ports is of its flow. */
static void hash_of_fragments(void **state)
{
	struct packet first = fragment4(IP_MF, 1000, 4789);
	struct packet whole = fragment4(0, 1000, 4789);
	struct packet later = fragment4(IP_MF | 185, 0xdead, 0xbeef);
	struct packet last = fragment4(370, 1, 2);
	struct packet first6 = fragment6(0, true, 1000);
	struct packet whole6 = fragment6(0, false, 1000);
	struct packet later6 = fragment6(1448, true, 0xdead);
	struct packet last6 = fragment6(2896, false, 0xbeef);
	struct packet gre = {}, gre_later = {};

	(void)state;
	assert_int_equal(hash_of(&first, ALL, 1), hash_of(&whole, ALL, 1));
	assert_int_equal(hash_of(&later, ALL, 1), hash_of(&last, ALL, 1));
	assert_int_equal(hash_of(&first6, ALL, 1), hash_of(&whole6, ALL, 1));
	assert_int_equal(hash_of(&later6, ALL, 1), hash_of(&last6, ALL, 1));
	/* The ports of this one are not known: of VMs, each has its own. */
	last.byte[15] ^= 0x7c;
	assert_int_not_equal(hash_of(&later, ALL, 1), hash_of(&last, ALL, 1));
	/* This has none. */
	put_eth(&gre, ETH_P_IP);
	put_ipv4(&gre, 0, 0x84, 0, 47);
	put_eth(&gre_later, ETH_P_IP);
	put_ipv4(&gre_later, 0, 0x84, 185, 47);
	assert_int_equal(hash_of(&gre, ALL, 1), hash_of(&gre_later, ALL, 1));
}

static int by_value(const void *a, const void *b)
{
	const u32 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Each field of the 5-tuple counts: no two of these flows hash alike. */
static void hash_tells_flows_apart(void **state)
{
	static u32 hash[2 * 16 * 5 * 8];
	unsigned int n = 0, i, bit;

	(void)state;
	for (i = 0; i < 2; i++) {
		unsigned int ip = i ? 22 : 26, addr = i ? 16 : 4;
		unsigned int ports = i ? 54 : 34;
		struct packet p = {};

		put_eth(&p, i ? ETH_P_IPV6 : ETH_P_IP);
		if (i)
			put_ipv6(&p, 0, 17);
		else
			put_ipv4(&p, 0, 0, 0, 17);
		put_udp(&p, 1, 2);
		hash[n++] = hash_of(&p, ALL, 7);
		for (bit = 0; bit < 2 * addr * 8; bit++) {
			p.byte[ip + bit / 8] ^= 1 << bit % 8;
			hash[n++] = hash_of(&p, ALL, 7);
			p.byte[ip + bit / 8] ^= 1 << bit % 8;
		}
		for (bit = 0; bit < 32; bit++) {
			p.byte[ports + bit / 8] ^= 1 << bit % 8;
			hash[n++] = hash_of(&p, ALL, 7);
			p.byte[ports + bit / 8] ^= 1 << bit % 8;
		}
		p.byte[i ? 20 : 23] = 6;
		hash[n++] = hash_of(&p, ALL, 7);
	}
	assert_true(n <= ARRAY_SIZE(hash));
	qsort(hash, n, sizeof(hash[0]), by_value);
	for (i = 1; i < n; i++)
		assert_int_not_equal(hash[i - 1], hash[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_of_a_flow),
		cmocka_unit_test(hash_of_esp),
		cmocka_unit_test(hash_of_fragments),
		cmocka_unit_test(hash_tells_flows_apart),
	};

	return cmocka_run_group_tests_name("flow_hash", tests, NULL, NULL);
}
