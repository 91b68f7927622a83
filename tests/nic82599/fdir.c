// SPDX-License-Identifier: GPL-2.0-only
/* Flow Director: what matches, under which mask, and what the table does when full. */
#include "card.h"

#define BUCKET_KEY	0x3dad14e2u	/* what the driver writes */
#define SIGNATURE_KEY	0x174d3614u

enum {
	FDIRCTRL = 0xee00, IPSA = 0xee18, IPDA = 0xee1c, PORT = 0xee20, VLAN = 0xee24,
	HASH = 0xee28, CMD = 0xee2c, FREE = 0xee38, DIP4M = 0xee3c, SIP4M = 0xee40,
	TCPM = 0xee44, UDPM = 0xee48, USTAT = 0xee50, FSTAT = 0xee54, MATCH = 0xee58,
	MISS = 0xee5c, HKEY = 0xee68, SKEY = 0xee6c, MASK = 0xee70,
};

#define DROP_QUEUE	127
#define PERFECT_64K	(0x10u | 1 | DROP_QUEUE << 8 | 6 << 16 | 4u << 28)
#define SIGNATURE_64K	(1u | 6 << 16 | 4u << 28)
#define M_VLAN		0x03
#define M_POOL		0x04
#define M_L4		0x08
#define M_FLEX		0x10
#define ADD		(1u | 1 << 3 | 1 << 11 | 1 << 15)
#define DROP		0x200u
#define REMOVE		2
#define QUERY		3
#define UDP		0x20u
#define TCP		0x40u

static struct fdir *d;

static int setup(void **state)
{
	(void)state;
	d = calloc(1, sizeof(*d));
	fdir_reset(d);
	fdir_write(d, HKEY, BUCKET_KEY);
	fdir_write(d, SKEY, SIGNATURE_KEY);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(d);
	return 0;
}

/*
 * The hash as the datasheet words it: a stream of bits and a key of 32, each bit
 * of the key that is set adds the stream from there on. Here bit by bit.
 */
static uint32_t slow_hash(uint32_t key, uint32_t flow_vlan, uint32_t fields)
{
	uint32_t hash = 0, bit;
	int n, i;

	for (n = 0; n < 32; n++) {
		if (!(key >> n & 1))
			continue;
		for (i = 0; i < 15; i++) {
			/* bit i of the halves in turn, swapped for the low ones */
			if (n < 16) {
				bit = fields >> ((n + i + 16) % 32) & 1;
				if (n)
					bit ^= (flow_vlan ^ flow_vlan << 16) >> (n + i) & 1;
			} else {
				bit = (fields ^ flow_vlan ^ flow_vlan >> 16) >> (n - 16 + i) & 1;
			}
			hash ^= bit << i;
		}
	}
	return hash;
}

static void hash_is_that_of_the_datasheet(void **state)
{
	uint32_t key, flow, fields;
	int i;

	(void)state;
	srandom(1);
	for (i = 0; i < 10000; i++) {
		key = (uint32_t)random() << 1 ^ (uint32_t)random();
		flow = (uint32_t)random() & 0x00070fff;
		fields = (uint32_t)random() << 1 ^ (uint32_t)random();
		assert_int_equal(fdir_hash(key, flow, fields) & 0x7fff,
				 slow_hash(key, flow, fields));
	}
}

static const struct flow udp = { "10.77.0.1", "10.77.0.2", 4001, 5001, 17, 0 };

static const struct fdir_filter *match(const struct flow *flow)
{
	static uint8_t data[FRAME_ROOM];
	struct frame f;

	frame_parse(&f, data, make_frame(data, flow, 20));
	return fdir_match(d, &f);
}

static uint32_t ip(uint8_t a, uint8_t b, uint8_t c, uint8_t e)
{
	uint8_t bytes[] = { a, b, c, e };

	return get_le32(bytes);
}

/* The mask registers have a bit for what does not count; ports are bit-reversed. */
static void set_mask(uint32_t fdirm, uint32_t source, uint32_t destination, uint32_t ports)
{
	uint32_t reversed = 0;
	int i;

	for (i = 0; i < 16; i++) {
		reversed |= (ports >> i & 1) << (15 - i);
		reversed |= (ports >> (16 + i) & 1) << (31 - i);
	}
	fdir_write(d, FDIRCTRL, PERFECT_64K);
	fdir_write(d, MASK, fdirm);
	fdir_write(d, SIP4M, ~source);
	fdir_write(d, DIP4M, ~destination);
	fdir_write(d, TCPM, ~reversed);
	fdir_write(d, UDPM, ~reversed);
}

/* The hash as the driver computes it, from the masked filter. */
static uint32_t bucket(uint32_t type, uint32_t source, uint32_t destination, uint32_t ports)
{
	uint32_t fields = __builtin_bswap32(source) ^ __builtin_bswap32(destination) ^
			  (ports >> 16 | ports << 16);

	return slow_hash(BUCKET_KEY, type << 16, fields) & 0x1fff;
}

static void add(uint16_t id, uint32_t command, uint32_t source, uint32_t destination,
		uint32_t ports)
{
	fdir_write(d, IPSA, source);
	fdir_write(d, IPDA, destination);
	fdir_write(d, PORT, ports);
	fdir_write(d, VLAN, 0);
	fdir_write(d, HASH, (uint32_t)id << 16 |
		   bucket(command >> 5 & 3, source, destination, ports));
	fdir_write(d, CMD, ADD | command);
}

static void five_tuple(void **state)
{
	const uint32_t ports = 5001u << 16 | 4001;
	const struct fdir_filter *f;
	struct flow other = udp;

	(void)state;
	set_mask(M_VLAN | M_POOL | M_FLEX, ~0u, ~0u, ~0u);
	add(7, UDP | 2 << 16, ip(10, 77, 0, 1), ip(10, 77, 0, 2), ports);
	f = match(&udp);
	assert_non_null(f);
	assert_int_equal(f->queue, 2);
	assert_int_equal(f->id, 7);
	other.source_port++;
	assert_null(match(&other));
	other = udp;
	other.destination_port++;
	assert_null(match(&other));
	other = udp;
	other.source = "10.77.0.3";
	assert_null(match(&other));
	other = udp;
	other.destination = "10.77.0.3";
	assert_null(match(&other));
	other = udp;
	other.protocol = 6;
	assert_null(match(&other));
	assert_int_equal(fdir_read(d, MATCH), 1);
	assert_int_equal(fdir_read(d, MISS), 5);
	assert_int_equal(fdir_read(d, MATCH), 0);
}

static void one_port(void **state)
{
	struct flow other = udp;

	(void)state;
	set_mask(M_VLAN | M_POOL | M_FLEX, 0, 0, 0xffff0000);
	add(0, UDP | 3 << 16, 0, 0, 5001u << 16);
	add(1, UDP | 2 << 16 | DROP, 0, 0, 5002u << 16);
	assert_int_equal(match(&udp)->queue, 3);
	other.source = "192.0.2.9";
	other.source_port = 1;
	assert_int_equal(match(&other)->queue, 3);
	other.destination_port = 5002;
	assert_int_equal(match(&other)->queue, DROP_QUEUE);
	other.destination_port = 5003;
	assert_null(match(&other));
}

/* Part of a port: only its lower bits, here; and a /24. */
static void partial_masks(void **state)
{
	struct flow other = udp;

	(void)state;
	set_mask(M_VLAN | M_POOL | M_FLEX, ip(255, 255, 255, 0), 0, 0x000f0000);
	add(0, UDP | 1 << 16, ip(10, 77, 0, 0), 0, 9u << 16);
	assert_int_equal(udp.destination_port & 0xf, 9);
	assert_int_equal(match(&udp)->queue, 1);
	other.source = "10.77.0.200";
	other.destination_port = 0xaff9;
	assert_int_equal(match(&other)->queue, 1);
	other.destination_port = 0xaffa;
	assert_null(match(&other));
	other.destination_port = 0xaff9;
	other.source = "10.77.1.1";
	assert_null(match(&other));
}

/* Without the L4 type, any protocol and fragments match by their addresses. */
static void addresses_only(void **state)
{
	struct flow other = udp;

	(void)state;
	set_mask(M_VLAN | M_POOL | M_FLEX | M_L4, ~0u, 0, 0);
	add(0, 1 << 16, ip(10, 77, 0, 1), 0, 0);
	assert_int_equal(match(&udp)->queue, 1);
	other.protocol = 47;
	assert_int_equal(match(&other)->queue, 1);
	other.protocol = 132;
	assert_int_equal(match(&other)->queue, 1);
	other.source = "fe80::1";
	other.destination = "fe80::2";
	assert_null(match(&other));
}

static void vlan(void **state)
{
	struct flow tagged = udp;

	(void)state;
	set_mask(M_POOL | M_FLEX | 0x02, 0, 0, 0xffff0000);	/* the priority does not count */
	fdir_write(d, VLAN, 0x0123);
	fdir_write(d, PORT, 5001u << 16);
	fdir_write(d, HASH, slow_hash(BUCKET_KEY, 1 << 16 | 0x123, 5001) & 0x1fff);
	fdir_write(d, CMD, ADD | UDP | 2 << 16);
	assert_null(match(&udp));
	tagged.tci = 0xe123;
	assert_int_equal(match(&tagged)->queue, 2);
	tagged.tci = 0xe124;
	assert_null(match(&tagged));
}

/* The flexible bytes are the Ethernet type, where the driver puts them. */
static void flexible_bytes(void **state)
{
	struct flow tagged = udp;

	(void)state;
	tagged.tci = 5;
	set_mask(M_POOL | M_VLAN, 0, 0, 0xffff0000);
	fdir_write(d, VLAN, 0x0081u << 16);		/* as they lie in the frame: 8100 */
	fdir_write(d, PORT, 5001u << 16);
	fdir_write(d, HASH, slow_hash(BUCKET_KEY, 1 << 16, 5001 ^ 0x8100u << 16) & 0x1fff);
	fdir_write(d, CMD, ADD | UDP | 2 << 16);
	assert_int_equal(match(&tagged)->queue, 2);
	assert_null(match(&udp));
	fdir_write(d, VLAN, 0x0008u << 16);
	fdir_write(d, HASH, slow_hash(BUCKET_KEY, 1 << 16, 5001 ^ 0x0800u << 16) & 0x1fff);
	fdir_write(d, CMD, ADD | UDP | 3 << 16);
	assert_int_equal(match(&udp)->queue, 3);
	assert_int_equal(match(&tagged)->queue, 2);
}

static void removal(void **state)
{
	uint32_t before;

	(void)state;
	set_mask(M_VLAN | M_POOL | M_FLEX, 0, 0, 0xffff0000);
	before = fdir_read(d, FREE);
	assert_int_equal(before, 2046);
	add(5, UDP | 3 << 16, 0, 0, 5001u << 16);
	assert_int_equal(fdir_read(d, FREE), before - 1);
	fdir_write(d, CMD, QUERY);
	assert_true(fdir_read(d, CMD) & 4);
	fdir_write(d, CMD, REMOVE);
	assert_null(match(&udp));
	assert_int_equal(fdir_read(d, FREE), before);
	fdir_write(d, CMD, QUERY);
	assert_false(fdir_read(d, CMD) & 4);
	fdir_write(d, CMD, REMOVE);
	assert_int_equal(fdir_read(d, USTAT), 1 << 16 | 1);
	assert_int_equal(fdir_read(d, FSTAT), 1 << 8);
}

/* Filters of one bucket, which only their fields tell apart. */
static void collisions(void **state)
{
	const uint32_t ports = 5001u << 16 | 4001;
	uint32_t hash = bucket(1, ip(10, 77, 0, 1), ip(10, 77, 0, 2), ports);

	(void)state;
	set_mask(M_POOL | M_FLEX, ~0u, ~0u, ~0u);
	add(1, UDP | 1 << 16, ip(10, 77, 0, 1), ip(10, 77, 0, 2), ports);
	add(2, UDP | 2 << 16, ip(10, 77, 0, 1), ip(10, 77, 0, 2), ports);
	assert_int_equal(match(&udp)->queue, 1);	/* the first one counts */
	fdir_write(d, HASH, 1u << 16 | hash);
	fdir_write(d, CMD, REMOVE);
	assert_int_equal(match(&udp)->queue, 2);
	fdir_write(d, HASH, 2u << 16 | hash);
	fdir_write(d, IPSA, ip(10, 77, 0, 3));
	fdir_write(d, CMD, ADD | UDP | 2 << 16);
	assert_null(match(&udp));
	fdir_write(d, IPSA, ip(10, 77, 0, 1));
	fdir_write(d, VLAN, 5);
	fdir_write(d, CMD, ADD | UDP | 2 << 16);
	assert_null(match(&udp));
	fdir_write(d, VLAN, 0);
	fdir_write(d, IPDA, 0);
	fdir_write(d, CMD, ADD | UDP | 2 << 16);
	assert_null(match(&udp));
	fdir_write(d, IPDA, ip(10, 77, 0, 2));
	fdir_write(d, PORT, ports + 1);
	fdir_write(d, CMD, ADD | UDP | 2 << 16);
	assert_null(match(&udp));
	fdir_write(d, PORT, ports);
	fdir_write(d, CMD, ADD | TCP | 2 << 16);
	assert_null(match(&udp));
	fdir_write(d, CMD, ADD | UDP | 1u << 24 | 2 << 16);
	assert_non_null(match(&udp));			/* pools do not count */
}

static void update_moves_a_filter(void **state)
{
	(void)state;
	set_mask(M_VLAN | M_POOL | M_FLEX, 0, 0, 0xffff0000);
	add(5, UDP | 3 << 16, 0, 0, 5001u << 16);
	add(5, UDP | 1 << 16, 0, 0, 5001u << 16);
	assert_int_equal(match(&udp)->queue, 1);
	assert_int_equal(fdir_read(d, FREE), 2045);
}

/* Full: it says so in time, refuses, and works again when cleared. */
static void full_table(void **state)
{
	unsigned int i, said = 0;

	(void)state;
	set_mask(M_VLAN | M_POOL | M_FLEX, 0, 0, 0xffffffff);
	for (i = 0; i < 2046; i++) {
		fdir_write(d, PORT, i);
		fdir_write(d, HASH, i << 16 | bucket(1, 0, 0, i));
		said += fdir_write(d, CMD, ADD | UDP | 1 << 16);
	}
	assert_int_equal(said, 64);
	assert_int_equal(fdir_read(d, FREE), 0);
	fdir_write(d, HASH, 3000u << 16);
	assert_true(fdir_write(d, CMD, ADD | UDP));
	assert_int_equal(fdir_read(d, FSTAT), 1);
	fdir_write(d, CMD, 1 << 8);
	assert_int_equal(fdir_read(d, FREE), 2046);
	add(0, UDP | 3 << 16, 0, 0, 5001u << 16 | 4001);
	assert_int_equal(match(&udp)->queue, 3);
}

static void off_until_memory_is_given(void **state)
{
	(void)state;
	fdir_write(d, FDIRCTRL, 0x10);
	add(0, UDP | 3 << 16, 0, 0, 0);
	assert_null(match(&udp));
	assert_int_equal(fdir_read(d, MISS), 0);
}

/* As the driver does for a TCP flow that it sends: addresses and ports are swapped. */
static void signature(void **state)
{
	const struct flow tcp = { "10.77.0.1", "10.77.0.2", 4001, 5001, 6, 0 };
	struct flow other = tcp;
	uint32_t common, flow = 2 << 16;

	(void)state;
	fdir_write(d, FDIRCTRL, SIGNATURE_64K);
	common = 0x0a4d0001u ^ 0x0a4d0002u ^ (4001u << 16 | 5001) ^ 0x0800u << 16;
	fdir_write(d, HASH, slow_hash(SIGNATURE_KEY, flow, common) << 16 |
		   slow_hash(BUCKET_KEY, flow, common));
	fdir_write(d, CMD, ADD | TCP | 2 << 16);
	assert_int_equal(fdir_read(d, FREE), 8189);
	assert_int_equal(match(&tcp)->queue, 2);
	other.source_port++;
	assert_null(match(&other));
	other = tcp;
	other.protocol = 17;
	assert_null(match(&other));
	other.protocol = 47;
	assert_null(match(&other));
}

/* Any values in any register: nothing breaks, and lists stay lists. */
static void random_registers(void **state)
{
	struct flow flow = udp;
	uint32_t offset;
	int i;

	(void)state;
	srandom(2);
	for (i = 0; i < 60000; i++) {
		offset = FDIR_FIRST + (uint32_t)random() % 32 * 4;
		if (random() % 2)
			offset = random() % 2 ? CMD : HASH;
		if (offset > FDIR_LAST)
			continue;
		if (offset == FDIRCTRL && random() % 64)
			continue;
		fdir_write(d, offset, offset == HASH ? (uint32_t)random() & 0x3f003f :
			   (uint32_t)random() << 1);
		fdir_read(d, FDIR_FIRST + (uint32_t)random() % 31 * 4);
		if (i % 16)
			continue;
		flow.protocol = random() % 2 ? 6 : 17;
		flow.source_port = (uint16_t)random();
		match(&flow);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_is_that_of_the_datasheet),
		cmocka_unit_test_setup_teardown(five_tuple, setup, teardown),
		cmocka_unit_test_setup_teardown(one_port, setup, teardown),
		cmocka_unit_test_setup_teardown(partial_masks, setup, teardown),
		cmocka_unit_test_setup_teardown(addresses_only, setup, teardown),
		cmocka_unit_test_setup_teardown(vlan, setup, teardown),
		cmocka_unit_test_setup_teardown(flexible_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(removal, setup, teardown),
		cmocka_unit_test_setup_teardown(collisions, setup, teardown),
		cmocka_unit_test_setup_teardown(update_moves_a_filter, setup, teardown),
		cmocka_unit_test_setup_teardown(full_table, setup, teardown),
		cmocka_unit_test_setup_teardown(off_until_memory_is_given, setup, teardown),
		cmocka_unit_test_setup_teardown(signature, setup, teardown),
		cmocka_unit_test_setup_teardown(random_registers, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
