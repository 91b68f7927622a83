// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser on packets that are cut short, spread over pages, or garbage. Each
 * part of a packet is a piece of memory of its own, so that the sanitizer sees
 * every access outside of it.
 */
#include <string.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>

#include "flow.h"
#include "packet.h"
#include "unit.h"

#include <linux/vsext.h>


static struct vsext_key parse(const struct packet *p, unsigned int len,
			      unsigned int pulled, unsigned int linear,
			      unsigned int cut)
{
	struct sk_buff *skb = skb_make(p, len, pulled, linear, cut);
	struct vsext_key key;

	memset(&key, 0xa5, sizeof(key));
	vsext_flow_parse(skb, -(int)pulled, ALL, &layout, &key);
	skb_free(skb);
	return key;
}

static struct vsext_key parse_linear(const struct packet *p, unsigned int len)
{
	return parse(p, len, 0, len, 0);
}

/* --- the packets --- */

static void vxlan_over_ipv4(struct packet *p)
{
	put_eth(p, ETH_P_8021Q);
	put_vlan(p, 0x123, ETH_P_IP);
	put_ipv4(p, 8, 0x94, 0, 17);
	put_udp(p, 50000, 4789);
	put_vxlan(p, 8, 0xabcdef);
	put_eth(p, ETH_P_8021Q);
	put_vlan(p, 0x456, ETH_P_IP);
	put_ipv4(p, 4, 0x28, 0, 6);
	put_ports(p, 80, 443);
	put_payload(p, 5);
}

static void vxlan_over_ipv6(struct packet *p)
{
	put_eth(p, ETH_P_IPV6);
	put_ipv6(p, 0x94, 0);
	put_ext(p, 60, 1);
	put_ext(p, 17, 2);
	put_udp(p, 50000, 4789);
	put_vxlan(p, 8, 0xabcdef);
	put_eth(p, ETH_P_IPV6);
	put_ipv6(p, 0x28, 43);
	put_ext(p, 17, 2);
	put_udp(p, 53, 54);
	put_payload(p, 5);
}

static void two_tags(struct packet *p)
{
	put_eth(p, ETH_P_8021AD);
	put_vlan(p, 0x123, ETH_P_8021Q);
	put_vlan(p, 0x456, ETH_P_IP);
	put_ipv4(p, 40, 0xff, 0, 17);
	put_udp(p, 1, 2);
	put_payload(p, 3);
}

static void fragment_of_ipv4(struct packet *p)
{
	put_eth(p, ETH_P_IP);
	put_ipv4(p, 0, 0x84, IP_MF, 17);
	put_udp(p, 1, 4789);
	put_payload(p, 20);
}

static void fragment_of_ipv6(struct packet *p)
{
	put_eth(p, ETH_P_IPV6);
	put_ipv6(p, 0x84, 0);
	put_ext(p, 44, 1);
	put_frag_ext(p, 17, 0, true);
	put_udp(p, 1, 4789);
	put_payload(p, 5);
}

static void arp(struct packet *p)
{
	put_eth(p, ETH_P_ARP);
	put_arp(p, 1);
}

static void geneve(struct packet *p)
{
	put_eth(p, ETH_P_IPV6);
	put_ipv6(p, 0, 17);
	put_udp(p, 1, 6081);
	put_geneve(p, 12, 0x6558, 77);
	put_eth(p, ETH_P_IP);
	put_ipv4(p, 0, 0, 0, 1);
	put_payload(p, 8);
}

static void gre(struct packet *p)
{
	put_eth(p, ETH_P_IP);
	put_ipv4(p, 8, 0, 0, 47);
	put_gre(p, 0xb000, ETH_P_IPV6, 0xfedcba98);
	put_ipv6(p, 0, 6);
	put_ports(p, 1, 2);
}

static void ip_in_ip(struct packet *p)
{
	put_eth(p, ETH_P_IP);
	put_ipv4(p, 0, 0, 0, 4);
	put_ipv4(p, 4, 0, 0, 132);
	put_ports(p, 1, 2);
}

static void esp(struct packet *p)
{
	put_eth(p, ETH_P_IP);
	put_ipv4(p, 0, 0x84, 0, 17);
	put_udp(p, 4500, 4500);
	put32(p, 0x12345678);
	put_payload(p, 8);
}

static void snap(struct packet *p)
{
	put_eth(p, 60);
	put(p, "\xaa\xaa\x03\0\0\0\x08\0", 8);
	put_ipv4(p, 0, 0, 0, 6);
	put_ports(p, 1, 2);
}

static void (*const packets[])(struct packet *p) = {
	vxlan_over_ipv4, vxlan_over_ipv6, two_tags, fragment_of_ipv4,
	fragment_of_ipv6, arp, geneve, gre, ip_in_ip, esp, snap,
};

static struct packet make(unsigned int n)
{
	struct packet p = {};

	packets[n](&p);
	return p;
}

/* --- cut short --- */

/*
 * A field of the short packet is either that of the whole one or 0, but for the
 * protocol, which is as far as the chain of IPv6 headers could be followed.
 */
static void assert_part(const struct vsext_key *part,
			const struct vsext_key *whole, unsigned int len)
{
	const u8 *a = (const u8 *)part, *b = (const u8 *)whole;
	struct vsext_key short_of = *part;
	unsigned int i;

	if (whole->outer.eth_type == htons(ETH_P_IPV6))
		short_of.outer.proto = whole->outer.proto;
	if (whole->inner.eth_type == htons(ETH_P_IPV6))
		short_of.inner.proto = whole->inner.proto;
	/* What ends before its SNAP type has none. */
	if (part->outer.eth_type == htons(0x05ff))
		short_of.outer.eth_type = whole->outer.eth_type;
	a = (const u8 *)&short_of;
	for (i = 0; i < sizeof(*part); i++)
		if (a[i] && a[i] != b[i])
			fail_msg("%u bytes: byte %u of the key is %u, not %u",
				 len, i, a[i], b[i]);
}

static void cut_short(void **state)
{
	unsigned int n, len;

	(void)state;
	for (n = 0; n < ARRAY_SIZE(packets); n++) {
		struct packet p = make(n);
		struct vsext_key whole = parse_linear(&p, p.len);

		for (len = 0; len < p.len; len++) {
			struct vsext_key key = parse_linear(&p, len);

			assert_part(&key, &whole, len);
		}
	}
}

/* Each header counts as soon as its last byte is there, and not before. */
static void appears_with_its_last_byte(void **state)
{
	struct packet p = make(0);
	struct vsext_key key[PACKET_MAX];
	unsigned int len;

	(void)state;
	for (len = 0; len <= p.len; len++)
		key[len] = parse_linear(&p, len);
#define APPEARS(at, field) do { \
	assert_int_equal(key[(at) - 1].field, 0); \
	assert_int_not_equal(key[at].field, 0); \
} while (0)
	APPEARS(14, outer.eth_dst[0]);
	APPEARS(18, outer.vlan_tci);
	APPEARS(18, outer.eth_type);
	APPEARS(18 + 20, outer.nw_src);
	APPEARS(18 + 20, vm_id);
	APPEARS(18 + 28 + 4, outer.tp_src);
	APPEARS(18 + 28 + 16, tun_id);
	APPEARS(62 + 14, inner.eth_src[0]);
	APPEARS(62 + 18, inner.vlan_tci);
	APPEARS(62 + 18 + 20, inner.nw_dst);
	APPEARS(62 + 18 + 24 + 4, inner.tp_dst);
#undef APPEARS
}

/* --- spread over pages --- */

/* However a packet lies in memory, and however short: the key is the same. */
static void every_split(void **state)
{
	unsigned int n, len, linear, cut;

	(void)state;
	for (n = 0; n < ARRAY_SIZE(packets); n++) {
		struct packet p = make(n);

		for (len = 0; len <= p.len; len++) {
			struct vsext_key want = parse_linear(&p, len), key;

			for (linear = 0; linear <= len; linear++) {
				cut = linear + unit_random(len - linear + 1);
				key = parse(&p, len, 0, linear, cut);
				assert_memory_equal(&key, &want, sizeof(key));
			}
		}
	}
}

/* As behind eth_type_trans(): the Ethernet header lies before skb->data. */
static void every_split_behind_ethernet(void **state)
{
	unsigned int n, len, linear, cut;

	(void)state;
	for (n = 0; n < ARRAY_SIZE(packets); n++) {
		struct packet p = make(n);

		for (len = ETH_HLEN; len <= p.len; len++) {
			struct vsext_key want = parse_linear(&p, len), key;

			for (linear = ETH_HLEN; linear <= len; linear++) {
				cut = linear + unit_random(len - linear + 1);
				key = parse(&p, len, ETH_HLEN, linear, cut);
				assert_memory_equal(&key, &want, sizeof(key));
			}
		}
	}
}

/* As napi_gro_frags() gets it: nothing linear, the header in the first page. */
static void gro_frags(void **state)
{
	unsigned int n, cut;

	(void)state;
	for (n = 0; n < ARRAY_SIZE(packets); n++) {
		struct packet p = make(n);
		struct vsext_key want = parse_linear(&p, p.len), key;

		for (cut = 0; cut <= p.len; cut++) {
			key = parse(&p, p.len, 0, 0, cut);
			assert_memory_equal(&key, &want, sizeof(key));
		}
	}
}

/* Headers in one piece are read where they are. */
static void nothing_is_copied(void **state)
{
	struct packet p = make(1);

	(void)state;
	unit_copies = 0;
	parse_linear(&p, p.len);
	parse(&p, p.len, ETH_HLEN, p.len - 5, 0);
	parse(&p, p.len, ETH_HLEN, ETH_HLEN, 0);
	parse(&p, p.len, 0, 0, 0);
	assert_int_equal(unit_copies, 0);
	parse(&p, p.len, 0, 20, 0);
	assert_int_not_equal(unit_copies, 0);
}

/*
 * A fragment that the kernel cannot read directly: a highmem page is copied by
 * skb_copy_bits(), the memory of a device not even that.
 */
static void unreadable_pages(void **state)
{
	struct packet p = make(0);
	struct vsext_key want = parse_linear(&p, 20), key;
	struct sk_buff *skb = skb_make(&p, p.len, 0, 20, 0);
	struct page *page = skb->shinfo->frags[0].page;

	(void)state;
	skb->shinfo->frags[0].page = NULL;
	vsext_flow_parse(skb, 0, ALL, &layout, &key);
	assert_memory_equal(&key, &want, sizeof(key));
	skb->shinfo->frags[0].page = page;
	skb_free(skb);

	skb = skb_make(&p, p.len, 0, 0, 0);
	page = skb->shinfo->frags[0].page;
	skb->shinfo->frags[0].page = NULL;
	vsext_flow_parse(skb, 0, ALL, &layout, &key);
	want = parse_linear(&p, 0);
	assert_memory_equal(&key, &want, sizeof(key));
	skb->shinfo->frags[0].page = page;

	page->highmem = true;
	vsext_flow_parse(skb, 0, ALL, &layout, &key);
	want = parse_linear(&p, p.len);
	assert_memory_equal(&key, &want, sizeof(key));
	skb_free(skb);
}

static void packet_is_left_alone(void **state)
{
	struct packet p = make(0);
	struct sk_buff *skb = skb_make(&p, p.len, ETH_HLEN, 20, 40), before = *skb;
	struct vsext_key key;
	u8 bytes[PACKET_MAX];

	(void)state;
	vsext_flow_parse(skb, -ETH_HLEN, ALL, &layout, &key);
	assert_memory_equal(skb, &before, sizeof(before));
	assert_int_equal(skb_copy_bits(skb, -ETH_HLEN, bytes, p.len), 0);
	assert_memory_equal(bytes, p.byte, p.len);
	skb_free(skb);
}

/* --- garbage --- */

/* Damages a packet where it hurts: anywhere, or all of it. */
static void damage(struct packet *p)
{
	unsigned int n = unit_random(8) ? 1 + unit_random(4) : p->len;

	while (n--)
		p->byte[unit_random(p->len)] = unit_random(256);
}

static void assert_sane(const struct vsext_key *key)
{
	/* Never LATER alone. */
	assert_int_not_equal(key->outer.frag, VSEXT_FRAG_LATER);
	assert_int_not_equal(key->inner.frag, VSEXT_FRAG_LATER);
	assert_in_range(key->outer.frag, 0, 3);
	assert_in_range(key->inner.frag, 0, 3);
	assert_in_range(key->vm_prio, 0, 1);
	assert_in_range(key->vm_id, 0, 31);
	if (key->tun_type != VSEXT_TUN_GRE)
		assert_in_range(ntohl(key->tun_id), 0, 0xffffff);
	if (key->outer.frag & VSEXT_FRAG_LATER) {
		assert_int_equal(key->outer.tp_dst, 0);
		assert_int_equal(key->esp_spi, 0);
		assert_int_equal(key->tun_type, 0);
	}
	if (key->inner.frag)
		assert_int_equal(key->inner.tp_dst, 0);
	if (!key->tun_type)
		assert_int_equal(key->inner.eth_type, 0);
}

static void garbage(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 60000; i++) {
		struct packet p = make(unit_random(ARRAY_SIZE(packets)));
		unsigned int len, linear, cut;
		struct vsext_key want, key;

		damage(&p);
		len = unit_random(4) ? p.len : unit_random(p.len + 1);
		linear = unit_random(len + 1);
		cut = linear + unit_random(len - linear + 1);
		want = parse_linear(&p, len);
		assert_sane(&want);
		key = parse(&p, len, 0, linear, cut);
		assert_memory_equal(&key, &want, sizeof(key));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_short),
		cmocka_unit_test(appears_with_its_last_byte),
		cmocka_unit_test(every_split),
		cmocka_unit_test(every_split_behind_ethernet),
		cmocka_unit_test(gro_frags),
		cmocka_unit_test(nothing_is_copied),
		cmocka_unit_test(unreadable_pages),
		cmocka_unit_test(packet_is_left_alone),
		cmocka_unit_test(garbage),
	};

	return cmocka_run_group_tests_name("flow_paged", tests, NULL, NULL);
}
