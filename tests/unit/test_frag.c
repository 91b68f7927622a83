// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fragments follow the first of their datagram to arrive: when they do, when they
 * must not, and what others can do to them.
 */
#include <pthread.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/jiffies.h>

#include "flow.h"
#include "frag.h"
#include "packet.h"
#include "unit.h"
#include "words.h"

#include <linux/vsext.h>

#define SLOTS	(VSEXT_FRAG_SETS * VSEXT_FRAG_WAYS)
#define IN_PORT	7

/* --- fragments --- */

static struct vsext_key key_in(const struct packet *p, u32 in_port)
{
	struct vsext_key key = parse_all(p);

	key.in_port = in_port;
	return key;
}

static struct vsext_key key_of(const struct packet *p)
{
	return key_in(p, IN_PORT);
}

/* What its rule is looked up with. */
static struct vsext_key arrive(const struct packet *p)
{
	struct vsext_key key = key_of(p);

	vsext_frag_follow(&key, datagram_of(p));
	return key;
}

static struct packet with_id(struct packet p, u16 id)
{
	p.byte[18] = id >> 8;
	p.byte[19] = id;
	return p;
}

/* Datagrams of a flow: the first fragment says port @src. */
static struct packet first4(u16 id, u16 src)
{
	return with_id(fragment4(IP_MF, src, 4789), id);
}

static struct packet later4(u16 id)
{
	return with_id(fragment4(IP_MF | 185, 0xdead, 0xbeef), id);
}

static struct packet last4(u16 id)
{
	return with_id(fragment4(370, 0, 4789), id);
}

/* Anything that came before is forgotten. */
static int later_on(void **state)
{
	(void)state;
	jiffies += VSEXT_FRAG_LIFE;
	return 0;
}

/* @p goes where the first fragment @decider has gone. */
static void assert_follows(const struct packet *p, const struct packet *decider)
{
	struct vsext_key want = key_of(decider), key = arrive(p);

	want.outer.frag = key_of(p).outer.frag;
	assert_same(&key, &want);
}

/* @p goes where it would if there were no others. */
static void assert_alone(const struct packet *p)
{
	struct vsext_key want = key_of(p), key = arrive(p);

	assert_same(&key, &want);
}

/* --- who decides --- */

static void first_decides(void **state)
{
	struct packet first = first4(1, 1000), later = later4(1), last = last4(1);
	struct vsext_key key;

	(void)state;
	assert_alone(&first);
	assert_follows(&later, &first);
	assert_follows(&last, &first);
	key = arrive(&last);
	assert_int_equal(key.outer.tp_src, htons(1000));
	assert_int_equal(key.inner.tp_dst, htons(4789));
	assert_int_equal(key.tun_id, htonl(5));
	assert_int_equal(key.outer.frag, VSEXT_FRAG_ANY | VSEXT_FRAG_LATER);
}

static void last_decides_if_it_is_first(void **state)
{
	struct packet first = first4(1, 1000), later = later4(1), last = last4(1);

	(void)state;
	last.byte[6] ^= 1;	/* to see whose key it is: another Ethernet source */
	assert_alone(&last);
	assert_follows(&first, &last);
	assert_follows(&later, &last);
	assert_int_equal(arrive(&first).outer.tp_src, 0);
	assert_int_equal(arrive(&first).outer.frag, VSEXT_FRAG_ANY);
}

static void ipv6(void **state)
{
	struct packet first = {}, later = {};

	(void)state;
	/* The first one has more headers: its last next header differs. */
	put_eth(&first, ETH_P_IPV6);
	put_ipv6(&first, 0, 44);
	later = first;
	put_frag_ext(&first, 60, 0, true);
	put_ext(&first, 17, 1);
	put_udp(&first, 1000, 4789);
	put_vxlan(&first, 8, 5);
	put_frag_ext(&later, 60, 1448, false);
	put_payload(&later, 20);
	assert_alone(&first);
	assert_follows(&later, &first);
	assert_int_equal(arrive(&later).outer.tp_src, htons(1000));
	assert_int_equal(arrive(&later).tun_id, htonl(5));
}

/* Of the same order as whole packets of the flow. */
static void hash_is_the_flows(void **state)
{
	struct packet first = first4(1, 1000), whole = fragment4(0, 1000, 4789);
	struct packet last = last4(1);
	struct vsext_key key = key_of(&whole);
	u32 hash = vsext_flow_hash(&key, 3);

	(void)state;
	key = arrive(&first);
	assert_int_equal(vsext_flow_hash(&key, 3), hash);
	key = arrive(&last);
	assert_int_equal(vsext_flow_hash(&key, 3), hash);
}

/* --- whose datagram it is --- */

static void put_other(struct packet *p, unsigned int i)
{
	static const u8 at[] = { 14 + 9, 14 + 12, 14 + 15, 14 + 16, 14 + 19, 18, 19 };

	p->byte[at[i]] ^= 0x40;
}

#define OTHERS	7

/* Protocol, addresses, identification: another one is another datagram. */
static void of_another_datagram(void **state)
{
	struct packet first = first4(1, 1000), tagged = {};
	struct vsext_key key, want;
	unsigned int i;

	(void)state;
	arrive(&first);
	for (i = 0; i < OTHERS; i++) {
		struct packet last = last4(1);

		put_other(&last, i);
		assert_alone(&last);
	}

	put_eth(&tagged, ETH_P_8021Q);
	put_vlan(&tagged, 5, ETH_P_IP);
	put_ipv4(&tagged, 0, 0x84, 370, 17);
	tagged.byte[14 + 4 + 5] = 1;
	tagged.byte[14 + 4 + 4] = 0;
	assert_int_equal(datagram_of(&tagged), 1);
	assert_alone(&tagged);

	tagged = last4(1);
	want = key_in(&tagged, IN_PORT + 1);
	key = want;
	vsext_frag_follow(&key, 1);
	assert_same(&key, &want);
	assert_follows(&tagged, &first);
}

static void ipv6_identification(void **state)
{
	struct packet first = fragment6(0, true, 1000);
	struct packet last = fragment6(2896, false, 0xbeef);
	unsigned int byte;

	(void)state;
	arrive(&first);
	for (byte = 14 + 8; byte < 14 + 40; byte++) {
		last.byte[byte] ^= 1;
		assert_alone(&last);
		last.byte[byte] ^= 1;
	}
	for (byte = 14 + 40 + 8 + 4; byte < 14 + 40 + 8 + 8; byte++) {
		last.byte[byte] ^= 1;
		assert_alone(&last);
		last.byte[byte] ^= 1;
	}
	assert_follows(&last, &first);
}

/* A fast sender comes round in less than the time that we remember. */
static void identification_used_again(void **state)
{
	struct packet first = first4(1, 1000), next = first4(1, 2000), last = last4(1);

	(void)state;
	arrive(&first);
	assert_follows(&last, &first);
	assert_alone(&next);
	assert_follows(&last, &next);
	/* It counts from the second one. */
	jiffies += VSEXT_FRAG_LIFE - 1;
	arrive(&first);
	jiffies += VSEXT_FRAG_LIFE - 1;
	assert_follows(&last, &first);
}

static void forgotten_after_a_second(void **state)
{
	struct packet first = first4(1, 1000), last = last4(1);

	(void)state;
	assert_in_range(VSEXT_FRAG_LIFE, 1, HZ);
	arrive(&first);
	jiffies += VSEXT_FRAG_LIFE - 1;
	assert_follows(&last, &first);
	jiffies++;
	assert_alone(&last);
	/* Now this one is the first. */
	first.byte[6] ^= 1;
	assert_follows(&first, &last);
}

/* jiffies are 32 bits of a counter that comes round. */
static void forgotten_where_jiffies_come_round(void **state)
{
	struct packet first = first4(1, 1000), last = last4(1);
	unsigned long now = jiffies;

	(void)state;
	jiffies = 0xfffffff0;
	arrive(&first);
	jiffies = 0x100000000 + VSEXT_FRAG_LIFE - 17;
	assert_follows(&last, &first);
	jiffies++;
	assert_alone(&last);
	jiffies = now;
}

/* --- an attacker --- */

/* Any number of datagrams that are never completed. */
static void flood(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct packet p = first4(i, i);

		memcpy(p.byte + 14 + 12, &i, sizeof(i));
		assert_alone(&p);
	}
}

/* The table's memory is its own: nothing is allocated, whatever comes. */
static void flood_takes_no_memory(void **state)
{
	unsigned int live = unit_live();

	(void)state;
	flood(50 * SLOTS);
	assert_int_equal(unit_live(), live);
}

/* Who is pushed out decides by what he carries, and never follows an attacker. */
static void flood_pushes_out(void **state)
{
	struct packet first = first4(1, 1000), last = last4(1);

	(void)state;
	arrive(&first);
	flood(50 * SLOTS);
	assert_alone(&last);
	/* And from there on the datagram is together again. */
	first.byte[6] ^= 1;
	assert_follows(&first, &last);
}

/* Which of as many datagrams as there is room for are known still: one bit each. */
static unsigned int crowd(u8 *known)
{
	unsigned int i, n = 0;

	flood(50 * SLOTS);
	memset(known, 0, SLOTS / 8);
	for (i = 0; i < SLOTS; i++) {
		struct packet first = first4(i, i + 1);

		arrive(&first);
	}
	for (i = 0; i < SLOTS; i++) {
		struct packet last = last4(i);

		if (arrive(&last).outer.tp_src == htons(i + 1)) {
			known[i / 8] |= 1 << i % 8;
			n++;
		}
	}
	return n;
}

/* Who shares a set with whom is a secret: nobody can send what pushes one out. */
static void sets_are_secret(void **state)
{
	u8 known[SLOTS / 8], again[SLOTS / 8];

	(void)state;
	assert_in_range(crowd(known), SLOTS / 4, SLOTS - 1);
	assert_in_range(crowd(again), SLOTS / 4, SLOTS - 1);
	assert_memory_equal(known, again, sizeof(known));
	vsext_words_init();
	assert_in_range(crowd(again), SLOTS / 4, SLOTS - 1);
	assert_memory_not_equal(known, again, sizeof(known));
}

/* What came last goes last, within the same jiffy too. */
static void oldest_goes(void **state)
{
	unsigned int i;

	(void)state;
	flood(50 * SLOTS);
	for (i = 0; i < 2000; i++) {
		struct packet first = first4(i, 1000 + i), last = last4(i);
		struct packet other = first4(i + 2000, 1);

		arrive(&first);
		arrive(&other);
		assert_follows(&last, &first);
	}
}

/* --- at the same time, on several cores --- */

static struct packet racer, its_peer;
static struct vsext_key racers_key, peers_key;

static void racer_arrives(void *arg)
{
	(void)arg;
	vsext_frag_follow(&racers_key, 1);
}

static void peer_arrives(void *arg)
{
	(void)arg;
	peers_key = arrive(&its_peer);
}

/* @peer comes at each step of @p in turn; @check what both have found then. */
static void at_every_step(const struct packet *p, void (*before)(void),
			  void (*peer)(void *arg), void (*check)(void))
{
	unsigned int step;
	bool reached;

	racer = *p;
	for (step = 0; step < 50; step++) {
		later_on(NULL);
		before();
		racers_key = key_of(p);
		reached = unit_race(racer_arrives, NULL, step, peer);
		if (!reached)
			break;
		check();
	}
	assert_in_range(step, 2, 49);
}

static void nothing(void)
{
}

static void both_know_who_was_first(void)
{
	struct packet later = later4(1);

	assert_int_equal(racers_key.outer.tp_src, peers_key.outer.tp_src);
	assert_int_equal(arrive(&later).outer.tp_src, peers_key.outer.tp_src);
}

/* Both look for the datagram, none has come yet: one of them decides. */
static void first_against_last(void **state)
{
	struct packet first = first4(1, 1000), last = last4(1);

	(void)state;
	its_peer = last;
	at_every_step(&first, nothing, peer_arrives, both_know_who_was_first);
	its_peer = first;
	at_every_step(&last, nothing, peer_arrives, both_know_who_was_first);
}

static void first_came(void)
{
	struct packet first = first4(1, 1000);

	arrive(&first);
}

static void flood_arrives(void *arg)
{
	(void)arg;
	flood(50 * SLOTS);
}

static void one_key_or_the_other(void)
{
	struct packet first = first4(1, 1000);
	struct vsext_key alone = key_of(&racer), follows = key_of(&first);

	follows.outer.frag = alone.outer.frag;
	if (racers_key.outer.tp_src)
		assert_same(&racers_key, &follows);
	else
		assert_same(&racers_key, &alone);
}

static void pushed_out_meanwhile(void **state)
{
	struct packet last = last4(1);

	(void)state;
	at_every_step(&last, first_came, flood_arrives, one_key_or_the_other);
}

static unsigned int calls;

static void meanwhile(void)
{
	struct packet first = first4(1, 1000), last = last4(1);

	/* While the slot is claimed; behind that. */
	if (!calls++)
		assert_alone(&last);
	else
		assert_follows(&last, &first);
}

/* It does not wait for a writer that is interrupted, and leaves the slot to him. */
static void amid_a_write(void **state)
{
	struct packet first = first4(1, 1000), last = last4(1);
	struct packet before = first4(1, 2000);

	(void)state;
	calls = 0;
	arrive(&before);
	unit_between_writes = meanwhile;
	arrive(&first);
	unit_between_writes = NULL;
	assert_int_equal(calls, 2);
	assert_follows(&last, &first);
}

/* --- for real --- */

#define THREADS	4
#define ROUNDS	200000

/* Every field says @n. */
static struct vsext_key of_number(u32 n)
{
	struct vsext_key key = {};
	u32 *word = (u32 *)&key;
	unsigned int i;

	for (i = 0; i < sizeof(key) / sizeof(*word); i++)
		word[i] = n;
	return key;
}

/* What all fragments have in common, and @frag. */
static void of_datagram(struct vsext_key *key, u8 frag)
{
	key->in_port = IN_PORT;
	key->outer.eth_type = htons(ETH_P_IP);
	key->outer.vlan_tci = 0;
	key->outer.proto = 17;
	memset(key->outer.src, 0, 32);
	key->outer.frag = frag;
}

static void *many_arrive(void *arg)
{
	u32 n = (uintptr_t)arg, i;

	for (i = 0; i < ROUNDS; i++) {
		u8 frag = VSEXT_FRAG_ANY | (i % 4 ? VSEXT_FRAG_LATER : 0);
		struct vsext_key key = of_number(n), want;

		of_datagram(&key, frag);
		vsext_frag_follow(&key, 1);
		want = of_number(key.tun_id);
		of_datagram(&want, frag);
		if (memcmp(&key, &want, sizeof(key)))
			return "a mixture of two keys";
		n += THREADS;
	}
	return NULL;
}

/* A key is one that somebody has stored, or his own; never parts of two. */
static void no_mixture(void **state)
{
	pthread_t thread[THREADS];
	uintptr_t i;
	void *wrong;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, many_arrive,
						(void *)i), 0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &wrong);
		if (wrong)
			fail_msg("%s", (char *)wrong);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, later_on)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_decides), TEST(last_decides_if_it_is_first),
		TEST(ipv6), TEST(hash_is_the_flows),
		TEST(of_another_datagram), TEST(ipv6_identification),
		TEST(identification_used_again), TEST(forgotten_after_a_second),
		TEST(forgotten_where_jiffies_come_round),
		TEST(flood_takes_no_memory), TEST(flood_pushes_out),
		TEST(sets_are_secret), TEST(oldest_goes),
		TEST(first_against_last), TEST(pushed_out_meanwhile),
		TEST(amid_a_write), TEST(no_mixture),
	};

	vsext_words_init();
	return cmocka_run_group_tests_name("frag", tests, NULL, NULL);
}
