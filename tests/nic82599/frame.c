// SPDX-License-Identifier: GPL-2.0-only
/* What the receiver sees: IPv6 headers in a row, fragments, lengths that differ. */
#include "card.h"
#include "rss.h"

#define HOP_BY_HOP	0
#define ROUTING		43
#define FRAGMENT	44
#define OPTIONS		60

static const struct flow tcp6 = { "fd77::1", "fd77::2", 4001, 5001, 6, 0 };
static const struct flow udp6 = { "fd77::1", "fd77::2", 4001, 5001, 17, 0 };
static const struct flow udp4 = { "10.77.0.1", "10.77.0.2", 4001, 5001, 17, 0 };

/* Puts an extension header, of words of eight bytes, directly behind IPv6's. */
static unsigned int extend(uint8_t *data, unsigned int length, uint8_t type, unsigned int words,
			   uint16_t second)
{
	unsigned int size = 8 * words;

	memmove(data + 54 + size, data + 54, length - 54);
	memset(data + 54, 0, size);
	data[54] = data[20];
	data[55] = type == FRAGMENT ? 0 : (uint8_t)(words - 1);
	put_be16(data + 56, second);
	data[20] = type;
	put_be16(data + 18, (uint16_t)(get_be16(data + 18) + size));
	return length + size;
}

static void extensions(void **state)
{
	uint8_t data[FRAME_ROOM];
	unsigned int length = make_frame(data, &tcp6, 100);
	struct frame f;
	uint32_t hash;
	const uint8_t key[TOEPLITZ_KEY] = { 1 };

	(void)state;
	frame_parse(&f, data, length);
	assert_false(f.extended);
	assert_int_equal(rss_hash(&f, RSS_TCP6 | RSS_TCP6_EX, key, &hash), 3);
	length = extend(data, length, OPTIONS, 1, 0);
	length = extend(data, length, ROUTING, 3, 0);
	length = extend(data, length, HOP_BY_HOP, 2, 0);
	frame_parse(&f, data, length);
	assert_true(f.extended && !f.fragment);
	assert_int_equal(f.l4, L4_TCP);
	assert_int_equal(f.payload, 54 + 8 + 24 + 16);
	assert_int_equal(f.destination, 5001);
	assert_int_equal(frame_l4_verdict(&f), RIGHT);
	assert_int_equal(rss_hash(&f, RSS_TCP6, key, &hash), 0);
	assert_int_equal(rss_hash(&f, RSS_TCP6_EX | RSS_IP6, key, &hash), 6);
	assert_int_equal(rss_hash(&f, RSS_IP6, key, &hash), 5);
}

/* A first fragment, a later one, and a packet that is whole but says it is one. */
static void fragments(void **state)
{
	static const uint16_t offsets[] = { 0x0001, 0x0100, 0x0000 };
	uint8_t data[FRAME_ROOM];
	unsigned int i, length;
	struct frame f;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		length = make_frame(data, &udp6, 100);
		length = extend(data, length, FRAGMENT, 1, offsets[i]);
		frame_parse(&f, data, length);
		assert_int_equal(f.fragment, offsets[i] != 0);
		assert_int_equal(f.l4, offsets[i] ? L4_NONE : L4_UDP);
		assert_int_equal(frame_l4_verdict(&f), offsets[i] ? UNCHECKED : RIGHT);
	}
}

/* On its way by further routers, a packet is summed with its last address. */
static void routed(void **state)
{
	uint8_t data[FRAME_ROOM];
	unsigned int length = make_frame(data, &udp6, 100);
	struct frame f;

	(void)state;
	length = extend(data, length, ROUTING, 3, 1);	/* one is left */
	frame_parse(&f, data, length);
	assert_int_equal(f.l4, L4_NONE);
	assert_int_equal(frame_l4_verdict(&f), UNCHECKED);
}

/* UDP's own length counts, as far as IP has so much; padding never does. */
static void udp_lengths(void **state)
{
	uint8_t data[FRAME_ROOM];
	unsigned int length = make_frame(data, &udp4, 6);
	struct frame f;

	(void)state;
	memset(data + length, 0xff, 18);
	frame_parse(&f, data, 60);
	assert_int_equal(frame_l4_verdict(&f), RIGHT);
	put_be16(data + 38, 12);		/* two bytes of IP's are not UDP's */
	put_be16(data + 40, 0);
	put_be16(data + 40, (uint16_t)~plain_sum(17 + 12 + plain_sum(0, data + 26, 8),
						 data + 34, 12));
	frame_parse(&f, data, 60);
	assert_int_equal(frame_l4_verdict(&f), RIGHT);
	put_be16(data + 38, 15);
	assert_int_equal(frame_l4_verdict(&f), WRONG);
	put_be16(data + 38, 7);
	assert_int_equal(frame_l4_verdict(&f), WRONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(extensions),
		cmocka_unit_test(fragments),
		cmocka_unit_test(routed),
		cmocka_unit_test(udp_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
