// SPDX-License-Identifier: GPL-2.0-only
/* Rings in the guest's memory: wrap, several buffers, filters, and hostile drivers. */
#include <sys/socket.h>
#include <unistd.h>

#include "card.h"
#include "rss.h"

static const struct flow udp = { "10.77.0.1", "10.77.0.2", 4001, 5001, 17, 0 };

static void receive(struct card *c, const struct flow *flow, unsigned int payload)
{
	static uint8_t data[FRAME_ROOM];

	rx_frame(c->nic, data, make_frame(data, flow, payload));
}

static uint32_t status(struct card *c, unsigned int q, unsigned int i)
{
	return get_le32(card_rx_descriptor(c, q, i) + 8);
}

static unsigned int length(struct card *c, unsigned int q, unsigned int i)
{
	return get_le16(card_rx_descriptor(c, q, i) + 12);
}

/* The guest takes what is there and gives the buffer back. */
static void give_back(struct card *c, unsigned int q, unsigned int i, unsigned int count)
{
	put_le64(card_rx_descriptor(c, q, i),
		 CARD_MEMORY + (uint64_t)(card_rx_buffer(c, q, i) - c->memory));
	put_le64(card_rx_descriptor(c, q, i) + 8, 0);
	nic_write(c->nic, RDT(q), (nic_read(c->nic, RDT(q)) + 1) % count);
}

static void rx_wraps(void **state)
{
	struct card *c = *state;
	uint8_t data[FRAME_ROOM];
	unsigned int n, size;

	card_rx_queue(c, 0, 8, 2);
	for (n = 0; n < 100; n++) {
		size = make_frame(data, &udp, 100 + n);
		receive(c, &udp, 100 + n);
		assert_int_equal(status(c, 0, n % 8) & 3, 3);
		assert_int_equal(length(c, 0, n % 8), size);
		assert_memory_equal(card_rx_buffer(c, 0, n % 8), data, size);
		give_back(c, 0, n % 8, 8);
	}
	assert_int_equal(c->nic->count.delivered, 100);
	assert_int_equal(nic_read(c->nic, QPRC(0)), 100);
	assert_int_equal(nic_read(c->nic, QPRC(0)), 0);
}

/* One descriptor less than the ring has, and then each frame is counted. */
static void rx_full(void **state)
{
	struct card *c = *state;
	unsigned int n;

	card_rx_queue(c, 0, 8, 2);
	for (n = 0; n < 10; n++)
		receive(c, &udp, 100);
	assert_int_equal(c->nic->count.delivered, 7);
	assert_int_equal(c->nic->count.no_descriptor, 3);
	assert_int_equal(nic_read(c->nic, GPRC), 10);
	assert_int_equal(nic_read(c->nic, QPRDC(0)), 3);
	assert_int_equal(status(c, 0, 7), 0);
	give_back(c, 0, 0, 8);
	receive(c, &udp, 100);
	assert_int_equal(c->nic->count.delivered, 8);
	assert_int_equal(status(c, 0, 7) & 3, 3);
}

/* Without the right to drop they are missed, not dropped by the queue. */
static void rx_missed(void **state)
{
	struct card *c = *state;
	unsigned int n;

	card_rx_queue(c, 0, 8, 2);
	nic_write(c->nic, SRRCTL(0), 2);
	for (n = 0; n < 10; n++)
		receive(c, &udp, 100);
	assert_int_equal(c->nic->count.delivered + c->nic->count.missed, 10);
	assert_int_equal(nic_read(c->nic, MPC(0)), 3);
	assert_int_equal(nic_read(c->nic, QPRDC(0)), 0);
}

static void rx_several_buffers(void **state)
{
	struct card *c = *state;
	uint8_t data[FRAME_ROOM], got[FRAME_ROOM];
	unsigned int size, i, at;

	card_rx_queue(c, 0, 16, 2);
	/* Twice, so that a frame lies around the end of the ring. */
	for (i = 0; i < 12; i++) {
		receive(c, &udp, 100);
		give_back(c, 0, i, 16);
	}
	receive(c, &udp, 9000);
	size = make_frame(data, &udp, 9000);
	for (i = 12, at = 0; at < size; at += length(c, 0, i), i = (i + 1) % 16) {
		memcpy(got + at, card_rx_buffer(c, 0, i), length(c, 0, i));
		assert_int_equal(status(c, 0, i) & 3, at + length(c, 0, i) == size ? 3 : 1);
	}
	assert_int_equal(i, 1);
	assert_memory_equal(got, data, size);
}

/* A frame that does not fit into what is left leaves nothing behind. */
static void rx_does_not_fit(void **state)
{
	struct card *c = *state;

	card_rx_queue(c, 0, 8, 2);
	receive(c, &udp, 100);
	receive(c, &udp, 100);
	receive(c, &udp, 100);
	receive(c, &udp, 100);
	receive(c, &udp, 9000);
	assert_int_equal(c->nic->count.no_descriptor, 1);
	assert_int_equal(status(c, 0, 4), 0);
	receive(c, &udp, 100);
	assert_int_equal(status(c, 0, 4) & 3, 3);
}

static void rx_checksums(void **state)
{
	struct card *c = *state;
	uint8_t data[FRAME_ROOM];
	unsigned int size;

	card_rx_queue(c, 0, 32, 2);
	receive(c, &udp, 101);
	assert_int_equal(status(c, 0, 0), 0x63);
	size = make_frame(data, &udp, 101);
	data[60] ^= 1;
	rx_frame(c->nic, data, size);
	assert_int_equal(status(c, 0, 1), 0x40000063);
	size = make_frame(data, &udp, 101);
	data[22] ^= 1;
	rx_frame(c->nic, data, size);
	assert_int_equal(status(c, 0, 2) & 0x80000040, 0x80000040);
	size = make_frame(data, &udp, 101);
	put_be16(data + 40, 0);			/* UDP without a checksum */
	rx_frame(c->nic, data, size);
	assert_int_equal(status(c, 0, 3), 0x43);
	size = make_frame(data, &udp, 101);
	data[20] = 0x20;			/* a fragment */
	put_be16(data + 24, 0);
	put_be16(data + 24, (uint16_t)~plain_sum(0, data + 14, 20));
	rx_frame(c->nic, data, size);
	assert_int_equal(status(c, 0, 4), 0x43);
}

static void rx_filters(void **state)
{
	struct card *c = *state;
	uint8_t data[FRAME_ROOM];
	unsigned int size = make_frame(data, &udp, 50);
	struct flow tagged = udp;

	card_rx_queue(c, 0, 32, 2);
	data[5] ^= 1;				/* to another card */
	rx_frame(c->nic, data, size);
	assert_int_equal(c->nic->count.filtered, 1);
	nic_write(c->nic, FCTRL, FCTRL_UPE);
	rx_frame(c->nic, data, size);
	assert_int_equal(c->nic->count.delivered, 1);
	memset(data, 0xff, 6);			/* to all, who are not asked for */
	rx_frame(c->nic, data, size);
	assert_int_equal(c->nic->count.filtered, 2);
	memcpy(data, "\x01\x00\x5e\x00\x12\x34", 6);
	rx_frame(c->nic, data, size);
	assert_int_equal(c->nic->count.filtered, 3);
	nic_write(c->nic, MTA(0x341 / 32), 1u << (0x341 % 32));
	rx_frame(c->nic, data, size);
	assert_int_equal(c->nic->count.filtered, 4);
	nic_write(c->nic, MCSTCTRL, MCSTCTRL_MFE);
	rx_frame(c->nic, data, size);
	assert_int_equal(c->nic->count.delivered, 2);
	tagged.tci = 0x2005;
	receive(c, &tagged, 50);
	assert_int_equal(c->nic->count.delivered, 3);
	nic_write(c->nic, VLNCTRL, VLNCTRL_VFE);
	receive(c, &tagged, 50);
	assert_int_equal(c->nic->count.filtered, 5);
	nic_write(c->nic, VFTA(0), 1 << 5);
	receive(c, &tagged, 50);
	assert_int_equal(c->nic->count.delivered, 4);
	assert_int_equal(c->nic->count.received,
			 c->nic->count.delivered + c->nic->count.filtered);
}

static void rx_too_long(void **state)
{
	struct card *c = *state;
	struct flow tagged = udp;

	card_rx_queue(c, 0, 8, 2);
	nic_write(c->nic, MAXFRS, 1518u << 16);
	receive(c, &udp, 1472);
	assert_int_equal(c->nic->count.delivered, 1);
	receive(c, &udp, 1473);
	assert_int_equal(c->nic->count.oversize, 1);
	assert_int_equal(nic_read(c->nic, ROC), 1);
	tagged.tci = 5;				/* the tag does not count */
	receive(c, &tagged, 1472);
	assert_int_equal(c->nic->count.delivered, 2);
	receive(c, &tagged, 1473);
	assert_int_equal(c->nic->count.oversize, 2);
}

/* More buffers than any frame of the real card would need. */
static void rx_too_many_buffers(void **state)
{
	static uint8_t data[20000 + 100];
	struct card *c = *state;

	card_rx_queue(c, 0, 64, 1);
	nic_write(c->nic, MAXFRS, 0xffffu << 16);
	rx_frame(c->nic, data, make_frame(data, &udp, 16 * 1024 - 42));
	assert_int_equal(c->nic->count.delivered, 1);
	rx_frame(c->nic, data, make_frame(data, &udp, 16 * 1024 - 41));
	assert_int_equal(c->nic->count.no_descriptor, 1);
}

static void octets_have_36_bits(void **state)
{
	struct card *c = *state;

	card_rx_queue(c, 0, 8, 2);
	*nic_reg(c->nic, GORCL) = 0xffffffc0;
	receive(c, &udp, 22);
	assert_int_equal(nic_read(c->nic, GORCL), 4);
	assert_int_equal(nic_read(c->nic, GORCL + 4), 1);
	assert_int_equal(nic_read(c->nic, GORCL + 4), 0);
}

static void rx_strips_tags(void **state)
{
	struct card *c = *state;
	struct flow tagged = udp;
	uint8_t data[FRAME_ROOM];
	unsigned int size = make_frame(data, &udp, 50);

	tagged.tci = 0xa005;
	card_rx_queue(c, 0, 8, 2);
	receive(c, &tagged, 50);
	assert_int_equal(length(c, 0, 0), size + 4);
	assert_false(status(c, 0, 0) & 8);
	nic_write(c->nic, RXDCTL(0), RXDCTL_ENABLE | RXDCTL_VME);
	receive(c, &tagged, 50);
	assert_int_equal(length(c, 0, 1), size);
	assert_true(status(c, 0, 1) & 8);
	assert_int_equal(get_le16(card_rx_descriptor(c, 0, 1) + 14), 0xa005);
	assert_memory_equal(card_rx_buffer(c, 0, 1), data, size);
}

static void rx_spreads(void **state)
{
	struct card *c = *state;
	struct flow flow = udp;
	uint8_t key[TOEPLITZ_KEY], input[12], table[128];
	unsigned int i, q, at[4] = { 0 };
	uint32_t hash;

	srandom(6);
	for (q = 0; q < 4; q++)
		card_rx_queue(c, q, 64, 2);
	for (i = 0; i < TOEPLITZ_KEY; i++)
		key[i] = (uint8_t)random();
	for (i = 0; i < 128; i++)
		table[i] = random() % 4;
	for (i = 0; i < TOEPLITZ_KEY / 4; i++)
		nic_write(c->nic, RSSRK(i), get_le32(key + 4 * i));
	for (i = 0; i < 32; i++)
		nic_write(c->nic, RETA(i), get_le32(table + 4 * i));
	nic_write(c->nic, MRQC, RSS_ENABLED | RSS_UDP4);
	for (i = 0; i < 100; i++) {
		flow.source_port = (uint16_t)(1000 + i * 7);
		receive(c, &flow, 50);
		memcpy(input, "\x0a\x4d\x00\x01\x0a\x4d\x00\x02", 8);
		put_be16(input + 8, flow.source_port);
		put_be16(input + 10, flow.destination_port);
		hash = toeplitz(key, input, sizeof(input));
		q = table[hash % 128];
		assert_int_equal(get_le32(card_rx_descriptor(c, q, at[q]) + 4), hash);
		assert_int_equal(card_rx_descriptor(c, q, at[q]++)[0] & 15, 7);
	}
	for (q = 0; q < 4; q++)
		assert_in_range(at[q], 1, 60);
	assert_int_equal(c->nic->count.delivered, 100);
}

/* ---------------------------------------------------------------- hostile */

static void rx_hostile_ring(void **state)
{
	struct card *c = *state;
	struct nic *n = c->nic;
	static const struct {
		uint32_t low, high, size, head, tail;
	} rings[] = {
		{ 0, 0, 128, 0, 7 },			/* where nothing is */
		{ 0xfffffff0, 0xffffffff, 4096, 0, 7 },
		{ CARD_SIZE - 64, 1, 128, 0, 7 },	/* half outside */
		{ 0, 1, 0, 0, 0 },
		{ 0, 1, 128, 8, 7 },
		{ 0, 1, 128, 0, 8 },
		{ 0, 1, 128, 0xffffffff, 0xffffffff },
		{ 0, 1, 0xffffffff, 0, 5 },
		{ 1, 1, 128, 0, 7 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rings); i++) {
		card_rx_queue(c, 0, 8, 2);
		nic_write(n, RDBAL(0), rings[i].low);
		nic_write(n, RDBAH(0), rings[i].high);
		nic_write(n, RDLEN(0), rings[i].size);
		nic_write(n, RDH(0), rings[i].head);
		nic_write(n, RDT(0), rings[i].tail);
		receive(c, &udp, 100);
		receive(c, &udp, 9000);
	}
	assert_int_equal(n->count.received, 2 * ARRAY_SIZE(rings));
	assert_int_equal(n->count.received, n->count.delivered + n->count.no_descriptor);
}

static void rx_hostile_buffer(void **state)
{
	struct card *c = *state;

	card_rx_queue(c, 0, 8, 2);
	put_le64(card_rx_descriptor(c, 0, 0), CARD_MEMORY + CARD_SIZE - 100);
	receive(c, &udp, 50);
	assert_int_equal(c->nic->count.bad_address, 1);
	card_rx_queue(c, 0, 8, 2);
	put_le64(card_rx_descriptor(c, 0, 1), ~0ull);
	receive(c, &udp, 3000);
	assert_int_equal(c->nic->count.bad_address, 2);
	assert_int_equal(c->nic->count.no_descriptor, 2);
	assert_int_equal(c->nic->count.delivered, 0);
}

/* The lower bits of a ring's address do not exist. */
static void odd_addresses(void **state)
{
	struct card *c = *state;

	card_rx_queue(c, 0, 8, 2);
	nic_write(c->nic, RDBAL(0), nic_read(c->nic, RDBAL(0)) | 0x7f);
	receive(c, &udp, 50);
	assert_int_equal(status(c, 0, 0) & 3, 3);
	card_tx_queue(c, 0, 8);
	nic_write(c->nic, TDBAL(0), nic_read(c->nic, TDBAL(0)) | 0x7f);
	put_le32(card_tx_descriptor(c, 0, 0) + 8, 0x09000000);
	nic_write(c->nic, TDT(0), 1);
	tx_run(c->nic, 8);
	assert_int_equal(get_le32(card_tx_descriptor(c, 0, 0) + 12), 1);
}

/* Memory that is only to be read is not written to. */
static void rx_read_only_memory(void **state)
{
	struct card *c = *state;

	c->nic->memory.region[0].writable = false;
	card_rx_queue(c, 0, 8, 2);
	receive(c, &udp, 50);
	assert_int_equal(c->nic->count.no_descriptor, 1);
}

/* ---------------------------------------------------------------- sending */

#define DATA		0x20300000u
#define EOP		0x01000000u
#define RS		0x08000000u

static void put_tx(struct card *c, unsigned int i, uint64_t address, uint32_t size,
		   uint32_t command)
{
	uint8_t *d = card_tx_descriptor(c, 0, i);

	put_le64(d, address);
	put_le32(d + 8, size | command);
	put_le32(d + 12, 0);
}

/* The ring at our end of the cable must know us before anything can come. */
static void say_hello(struct card *c)
{
	uint8_t data[FRAME_ROOM];

	send(c->wire, data, make_frame(data, &udp, 10), 0);
	rx_run(c->nic, 1);
}

static void tx_wraps(void **state)
{
	struct card *c = *state;
	uint8_t *data, got[FRAME_ROOM];
	unsigned int n, i = 0, size;
	uint64_t address;

	say_hello(c);
	card_tx_queue(c, 0, 8);
	data = card_tx_data(c, &address);
	for (n = 0; n < 100; n++) {
		size = make_frame(data, &udp, 200 + n);
		put_tx(c, i, address, 30, DATA);
		put_tx(c, (i + 1) % 8, address + 30, size - 30, DATA | EOP | RS);
		i = (i + 2) % 8;
		nic_write(c->nic, TDT(0), i);
		assert_false(tx_run(c->nic, 64));
		assert_int_equal(card_sent(c, got, sizeof(got)), size);
		assert_memory_equal(got, data, size);
		assert_int_equal(get_le32(card_tx_descriptor(c, 0, (i + 7) % 8) + 12), 1);
		assert_int_equal(nic_read(c->nic, TDH(0)), i);
	}
	assert_int_equal(nic_read(c->nic, GPTC), 100);
	assert_int_equal(nic_read(c->nic, QPTC(0)), 100);
}

/* A bounded turn each, and all of it in the end. */
static void tx_takes_turns(void **state)
{
	struct card *c = *state;
	uint64_t address;
	unsigned int i, n = 1, size;

	say_hello(c);
	card_tx_queue(c, 0, 64);
	size = make_frame(card_tx_data(c, &address), &udp, 10);
	for (i = 0; i < 8; i++)
		put_tx(c, i, address, size, DATA | EOP | RS);
	nic_write(c->nic, TDT(0), 8);
	while (tx_run(c->nic, 3))
		n++;
	assert_int_equal(n, 3);
	assert_int_equal(c->nic->count.sent, 8);
}

static void tx_hostile(void **state)
{
	struct card *c = *state;
	struct nic *n = c->nic;
	uint64_t address;
	unsigned int i;

	say_hello(c);
	card_tx_queue(c, 0, 64);
	card_tx_data(c, &address);
	put_tx(c, 0, 0, 100, DATA | EOP | RS);			/* from nowhere */
	put_tx(c, 1, CARD_MEMORY + CARD_SIZE - 50, 100, DATA | EOP | RS);
	put_tx(c, 2, ~0ull - 10, 100, DATA | EOP | RS);
	put_tx(c, 3, address, 5, DATA | EOP | RS);		/* no frame */
	put_tx(c, 4, address, 60, 7u << 20 | 1u << 29 | EOP | RS);
	put_tx(c, 5, address, 60, DATA | EOP | RS | 1u << 31);	/* segments without a context */
	put_tx(c, 6, address, 60, DATA | EOP | RS);		/* nothing is wrong with it */
	nic_write(n, TDT(0), 7);
	tx_run(n, 64);
	assert_int_equal(n->count.malformed, 6);
	assert_int_equal(n->count.sent, 1);
	/* A packet that never ends, in a ring that is asked for again and again. */
	for (i = 0; i < 64; i++)
		put_tx(c, i, address, 0xffff, DATA);
	for (i = 0; i < 20; i++) {
		nic_write(n, TDT(0), (6 + 63 * i) % 64);
		while (tx_run(n, 16))
			;
	}
	nic_write(n, TDT(0), 64);
	assert_false(tx_run(n, 16));
	nic_write(n, TDH(0), 64);
	nic_write(n, TDT(0), 5);
	assert_false(tx_run(n, 16));
	nic_write(n, TDH(0), 0xffffffff);
	nic_write(n, TDT(0), 0xfffffffe);
	assert_false(tx_run(n, 64));
	nic_write(n, TDLEN(0), 0xffffffff);
	assert_false(tx_run(n, 64));
	assert_int_equal(n->count.sent, 1);
}

/* Half a packet is forgotten, and nothing is received before the driver says so. */
static void reset_in_between(void **state)
{
	struct card *c = *state;
	uint8_t *data, got[FRAME_ROOM];
	unsigned int size;
	uint64_t address;

	say_hello(c);
	card_rx_queue(c, 0, 8, 2);
	card_tx_queue(c, 0, 8);
	data = card_tx_data(c, &address);
	size = make_frame(data, &udp, 200);
	put_tx(c, 0, address, 30, DATA);
	nic_write(c->nic, TDT(0), 1);
	tx_run(c->nic, 8);
	nic_write(c->nic, CTRL, CTRL_RST);
	receive(c, &udp, 50);
	assert_int_equal(c->nic->count.delivered, 0);
	nic_write(c->nic, DMATXCTL, DMATXCTL_TE);
	card_tx_queue(c, 0, 8);
	put_tx(c, 0, address, size, DATA | EOP | RS);
	nic_write(c->nic, TDT(0), 1);
	tx_run(c->nic, 8);
	assert_int_equal(card_sent(c, got, sizeof(got)), size);
	assert_memory_equal(got, data, size);
}

/* ---------------------------------------------------------------- anything at all */

static void random_registers_and_descriptors(void **state)
{
	static const uint32_t near[] = {
		0x1000, 0x1018, 0x1028, 0x2100, 0x6000, 0x6018, 0x6028, 0x5818, 0x5c00, 0x5080,
		0x4a80, 0x3000, 0x4268, 0x800, 0x900, 0xee00, 0xee2c, 0xd000,
	};
	struct card *c = *state;
	struct flow flow = udp;
	uint32_t offset, value;
	unsigned int i, q;

	say_hello(c);
	srandom(4);
	for (i = 0; i < 60000; i++) {
		if (i % 1000 == 0) {
			nic_reset(c->nic);
			nic_write(c->nic, FCTRL, FCTRL_UPE);
			nic_write(c->nic, RXCTRL, 1);
			nic_write(c->nic, DMATXCTL, 1);
			for (q = 0; q < 4; q++) {
				card_rx_queue(c, q, 32, 2);
				card_tx_queue(c, q, 32);
			}
		}
		offset = (near[(unsigned int)random() % ARRAY_SIZE(near)] +
			  (uint32_t)random() % 64 * 4) & ~3u;
		value = (uint32_t)random() << 1 ^ (uint32_t)random();
		nic_write(c->nic, offset, random() % 2 ? value % 64 : value);
		nic_read(c->nic, (uint32_t)random() % (NIC_BAR_SIZE / 4) * 4);
		for (q = 0; q < 64; q++)
			c->memory[random() % 0xc0000] = (uint8_t)random();
		flow.source_port = (uint16_t)random();
		receive(c, &flow, (unsigned int)random() % 4000);
		tx_run(c->nic, 32);
		irq_run(&c->nic->irq, i * 1000);
		while (i % 64 == 0 && recv(c->wire, &value, sizeof(value), MSG_DONTWAIT) > 0)
			;
	}
	assert_int_equal(c->nic->count.received,
			 c->nic->count.ignored + c->nic->count.oversize +
			 c->nic->count.filtered + c->nic->count.delivered +
			 c->nic->count.no_descriptor + c->nic->count.missed);
	assert_in_range(c->nic->count.delivered, 1, 60000);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, card_up, card_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rx_wraps),
		TEST(rx_full),
		TEST(rx_missed),
		TEST(rx_several_buffers),
		TEST(rx_does_not_fit),
		TEST(rx_checksums),
		TEST(rx_filters),
		TEST(rx_too_long),
		TEST(rx_too_many_buffers),
		TEST(octets_have_36_bits),
		TEST(rx_strips_tags),
		TEST(rx_spreads),
		TEST(rx_hostile_ring),
		TEST(rx_hostile_buffer),
		TEST(odd_addresses),
		TEST(rx_read_only_memory),
		TEST(tx_wraps),
		TEST(tx_takes_turns),
		TEST(tx_hostile),
		TEST(reset_in_between),
		TEST(random_registers_and_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
