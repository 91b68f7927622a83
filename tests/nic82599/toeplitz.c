// SPDX-License-Identifier: GPL-2.0-only
/* The hash of RSS against the vectors that Microsoft publishes for it. */
#include "card.h"
#include "rss.h"

static const uint8_t key[TOEPLITZ_KEY] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
	0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
	0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
	0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static const struct {
	const char *destination;
	uint16_t destination_port;
	const char *source;
	uint16_t source_port;
	uint32_t addresses;
	uint32_t ports;
} vectors[] = {
	{ "161.142.100.80", 1766, "66.9.149.187", 2794, 0x323e8fc2, 0x51ccc178 },
	{ "65.69.140.83", 4739, "199.92.111.2", 14230, 0xd718262a, 0xc626b0ea },
	{ "12.22.207.184", 38024, "24.19.198.95", 12898, 0xd2d0a5de, 0x5c2b394a },
	{ "209.142.163.6", 2217, "38.27.205.30", 48228, 0x82989176, 0xafc7327f },
	{ "202.188.127.2", 1303, "153.39.163.191", 44251, 0x5d1809c5, 0x10e828a2 },
	{ "3ffe:2501:200:3::1", 1766, "3ffe:2501:200:1fff::7", 2794,
	  0x2cc18cd5, 0x40207d3d },
	{ "ff02::1", 4739, "3ffe:501:8::260:97ff:fe40:efab", 14230, 0x0f0c461c, 0xdde51bbf },
	{ "fe80::200:f8ff:fe21:67cf", 38024, "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251,
	  0x4b61e985, 0x02d1feef },
};

/* The frame of a vector, parsed. */
static void make(struct frame *f, uint8_t *data, unsigned int i, int protocol)
{
	struct flow flow = {
		.source = vectors[i].source,
		.destination = vectors[i].destination,
		.source_port = vectors[i].source_port,
		.destination_port = vectors[i].destination_port,
		.protocol = protocol,
	};

	frame_parse(f, data, make_frame(data, &flow, 100));
}

static void published_vectors(void **state)
{
	uint8_t data[FRAME_ROOM];
	struct frame f;
	unsigned int i;
	uint32_t hash;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		make(&f, data, i, 6);
		rss_hash(&f, RSS_IP4 | RSS_IP6, key, &hash);
		assert_int_equal(hash, vectors[i].addresses);
		rss_hash(&f, RSS_TCP4 | RSS_TCP6, key, &hash);
		assert_int_equal(hash, vectors[i].ports);
	}
}

/* Type as the descriptor names it, for what the driver enables. */
static void types(void **state)
{
	const uint32_t usual = RSS_IP4 | RSS_TCP4 | RSS_IP6 | RSS_TCP6;
	uint8_t data[FRAME_ROOM];
	struct frame f;
	uint32_t hash;

	(void)state;
	make(&f, data, 0, 6);
	assert_int_equal(rss_hash(&f, usual, key, &hash), 1);
	make(&f, data, 0, 17);
	assert_int_equal(rss_hash(&f, usual, key, &hash), 2);
	assert_int_equal(hash, vectors[0].addresses);
	assert_int_equal(rss_hash(&f, usual | RSS_UDP4, key, &hash), 7);
	assert_int_equal(hash, vectors[0].ports);
	make(&f, data, 5, 6);
	assert_int_equal(rss_hash(&f, usual, key, &hash), 3);
	make(&f, data, 5, 17);
	assert_int_equal(rss_hash(&f, usual, key, &hash), 5);
	assert_int_equal(rss_hash(&f, usual | RSS_UDP6, key, &hash), 8);
	make(&f, data, 0, 6);
	assert_int_equal(rss_hash(&f, RSS_TCP6, key, &hash), 0);
	assert_int_equal(hash, 0);
}

/* A fragment has no ports, whatever lies where they would be. */
static void fragments(void **state)
{
	uint8_t data[FRAME_ROOM];
	struct frame f;
	unsigned int length;
	uint32_t hash;

	(void)state;
	make(&f, data, 1, 17);
	length = f.length;
	data[20] |= 0x20;	/* more fragments follow */
	frame_parse(&f, data, length);
	assert_true(f.fragment);
	assert_int_equal(f.l4, L4_NONE);
	assert_int_equal(rss_hash(&f, RSS_IP4 | RSS_UDP4, key, &hash), 2);
	assert_int_equal(hash, vectors[1].addresses);
}

/* Every length of a frame, cut anywhere: nothing behind its end is read. */
static void cut_frames(void **state)
{
	uint8_t data[FRAME_ROOM], *cut;
	unsigned int i, length, size;
	struct frame f;
	uint32_t hash;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		make(&f, data, i, i % 2 ? 17 : 6);
		length = f.length;
		for (size = 0; size <= length; size++) {
			cut = malloc(size + !size);
			memcpy(cut, data, size);
			frame_parse(&f, cut, size);
			rss_hash(&f, ~0u, key, &hash);
			frame_ip_verdict(&f);
			frame_l4_verdict(&f);
			assert_true(size == length || f.version == 0);
			free(cut);
		}
	}
}

/* Any bytes behind an Ethernet header. */
static void random_frames(void **state)
{
	static const uint8_t protocols[] = { 0, 6, 17, 43, 44, 60, 132, 59 };
	uint8_t *data;
	unsigned int i, size, at;
	struct frame f;
	uint32_t hash;

	(void)state;
	srandom(82599);
	for (i = 0; i < 200000; i++) {
		size = (unsigned int)random() % 90;
		data = malloc(size + 14);
		for (at = 0; at < size + 14; at++)
			data[at] = (uint8_t)random();
		put_be16(data + 12, i % 3 ? i % 3 == 1 ? 0x0800 : 0x86dd : 0x8100);
		if (size)
			data[14] = (uint8_t)(i % 3 == 1 ? 0x45 + random() % 4 : 0x60);
		if (size > 3 && i % 3 == 1)
			put_be16(data + 16, (uint16_t)(random() % (size + 2)));
		if (size > 6 && i % 3 == 2) {
			put_be16(data + 18, (uint16_t)(random() % (size + 2)));
			data[20] = protocols[random() % ARRAY_SIZE(protocols)];
		}
		frame_parse(&f, data, size + 14);
		rss_hash(&f, ~0u, key, &hash);
		frame_ip_verdict(&f);
		frame_l4_verdict(&f);
		assert_true(f.end <= f.length && f.payload <= f.length);
		free(data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_vectors),
		cmocka_unit_test(types),
		cmocka_unit_test(fragments),
		cmocka_unit_test(cut_frames),
		cmocka_unit_test(random_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
