// SPDX-License-Identifier: GPL-2.0-only
/* The card's statistics: what each frame counts for, received and sent; reading clears. */
#include <unistd.h>

#include "card.h"

static const struct flow udp = { "10.77.0.1", "10.77.0.2", 4001, 5001, 17, 0 };

/* Lengths without FCS, and which of the six sizes that is. */
static const struct {
	unsigned int length;
	unsigned int size;
} frames[] = {
	{ 60, 0 }, { 61, 1 }, { 123, 1 }, { 124, 2 }, { 251, 2 }, { 252, 3 }, { 507, 3 },
	{ 508, 4 }, { 1019, 4 }, { 1020, 5 }, { 1514, 5 },
};

static const char *const groups[] = { "\xff\xff\xff\xff\xff\xff", "\x01\x00\x5e\x00\x00\x01" };

/* Reads it twice: the second time nothing is left. */
static uint32_t taken(struct card *c, uint32_t offset)
{
	uint32_t value = nic_read(c->nic, offset);

	assert_int_equal(nic_read(c->nic, offset), 0);
	return value;
}

static void received(void **state)
{
	struct card *c = *state;
	uint8_t data[FRAME_ROOM];
	unsigned int i;

	card_rx_queue(c, 0, 64, 2);
	nic_write(c->nic, FCTRL, FCTRL_BAM | FCTRL_MPE);
	for (i = 0; i < ARRAY_SIZE(frames); i++) {
		rx_frame(c->nic, data, make_frame(data, &udp, frames[i].length - 42));
		assert_int_equal(taken(c, PRC64 + 4 * frames[i].size), 1);
		assert_int_equal(taken(c, GORCL), frames[i].length + 4);
		assert_int_equal(taken(c, TORL), frames[i].length + 4);
		assert_int_equal(taken(c, QBRCL(0)), frames[i].length + 4);
	}
	assert_int_equal(taken(c, GPRC), ARRAY_SIZE(frames));
	assert_int_equal(taken(c, TPR), ARRAY_SIZE(frames));
	assert_int_equal(taken(c, QPRC(0)), ARRAY_SIZE(frames));
	for (i = 0; i < 2; i++) {
		memcpy(data, groups[i], 6);
		rx_frame(c->nic, data, 60);
		assert_int_equal(taken(c, BPRC), !i);
		assert_int_equal(taken(c, MPRC), i);
	}
}

/* What is shorter than any frame of a wire gets there as long as one. */
static void padded(void **state)
{
	struct card *c = *state;
	uint8_t data[FRAME_ROOM];
	unsigned int length = make_frame(data, &udp, 3);

	card_rx_queue(c, 0, 8, 2);
	memset(data + length, 0xee, FRAME_MIN);
	assert_int_equal(write(c->wire, data, length), length);
	assert_true(rx_run(c->nic, 1));
	assert_false(rx_run(c->nic, 1));
	assert_int_equal(get_le16(card_rx_descriptor(c, 0, 0) + 12), 60);
	memset(data + length, 0, FRAME_MIN);
	assert_memory_equal(card_rx_buffer(c, 0, 0), data, 60);
	assert_int_equal(taken(c, PRC64), 1);
}

static void transmit(struct card *c, unsigned int i, unsigned int length)
{
	uint8_t *d = card_tx_descriptor(c, 0, i);
	uint64_t address;

	card_tx_data(c, &address);
	put_le64(d, address);
	put_le32(d + 8, length | 0x2b300000);
	nic_write(c->nic, TDT(0), i + 1);
	tx_run(c->nic, 8);
}

static void sent(void **state)
{
	struct card *c = *state;
	uint64_t address;
	uint8_t *data = card_tx_data(c, &address);
	unsigned int i, n = ARRAY_SIZE(frames);

	card_tx_queue(c, 0, 64);
	transmit(c, 0, 60);				/* before anybody has spoken to us */
	assert_int_equal(c->nic->count.unsent, 1);
	assert_int_equal(taken(c, GPTC), 0);
	assert_int_equal(write(c->wire, data, 60), 60);
	rx_run(c->nic, 1);
	for (i = 0; i < n; i++) {
		make_frame(data, &udp, frames[i].length - 42);
		transmit(c, 1 + i, frames[i].length);
		assert_int_equal(taken(c, PTC64 + 4 * frames[i].size), 1);
		assert_int_equal(taken(c, GOTCL), frames[i].length + 4);
		assert_int_equal(taken(c, QBTCL(0)), frames[i].length + 4);
	}
	assert_int_equal(taken(c, GPTC), n);
	assert_int_equal(taken(c, TPT), n);
	assert_int_equal(taken(c, QPTC(0)), n);
	for (i = 0; i < 2; i++) {
		memcpy(data, groups[i], 6);
		transmit(c, 1 + n + i, 60);
		assert_int_equal(taken(c, BPTC), !i);
		assert_int_equal(taken(c, MPTC), i);
	}
	assert_int_equal(c->nic->count.sent, n + 2);
}

/* Queues count where the driver maps them to, four queues to a register. */
static void mapped(void **state)
{
	struct card *c = *state;
	uint8_t data[FRAME_ROOM];

	card_rx_queue(c, 0, 8, 2);
	nic_write(c->nic, RQSMR(0), 0x0000000f);
	rx_frame(c->nic, data, make_frame(data, &udp, 100));
	assert_int_equal(taken(c, QPRC(15)), 1);
	assert_int_equal(taken(c, QPRC(0)), 0);
	nic_write(c->nic, RXDCTL(0), 0);
	rx_frame(c->nic, data, make_frame(data, &udp, 100));
	assert_int_equal(taken(c, QPRDC(15)), 1);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, card_up, card_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(received),
		TEST(padded),
		TEST(sent),
		TEST(mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
