// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts: masks, moderation, and vectors that QEMU does not listen to yet. */
#include <sys/eventfd.h>
#include <unistd.h>

#include "card.h"

enum {
	EICR = 0x800, EICS = 0x808, EITR = 0x820, EIMS = 0x880, EIMC = 0x888, GPIE = 0x898,
	IVAR = 0x900, IVAR_MISC = 0xa00, EICS_EX = 0xa90, EIMS_EX = 0xaa0, EIMC_EX = 0xab0,
	EIAM_EX = 0xad0, EITR_MORE = 0x12300,
};

#define GPIE_OCD	0x00000020u
#define GPIE_EIAME	0x40000000u

static void receive(struct card *c)
{
	static const struct flow udp = { "10.77.0.1", "10.77.0.2", 4001, 5001, 17, 0 };
	static uint8_t data[FRAME_ROOM];

	rx_frame(c->nic, data, make_frame(data, &udp, 50));
}

static uint64_t fired(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

/* Gives the vector an eventfd; ours is for the test to close. */
static int listen_to(struct card *c, unsigned int vector)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	irq_set_fd(&c->nic->irq, vector, fd);
	return dup(fd);
}

static void masks_and_moderation(void **state)
{
	struct card *c = *state;
	struct irq *q = &c->nic->irq;
	int kept = listen_to(c, 1);

	card_rx_queue(c, 0, 64, 2);
	nic_write(c->nic, IVAR, 0x81);		/* queue 0's receiver: vector 1 */
	nic_write(c->nic, GPIE, GPIE_EIAME);	/* a vector that fires is masked */
	nic_write(c->nic, EIAM_EX, ~0u);
	receive(c);
	irq_run(q, 1000);
	assert_int_equal(fired(kept), 0);
	nic_write(c->nic, EIMS_EX, 2);
	irq_run(q, 1000);
	assert_int_equal(fired(kept), 1);
	receive(c);
	irq_run(q, 2000);
	assert_int_equal(fired(kept), 0);
	nic_write(c->nic, EIMS_EX, 2);
	irq_run(q, 3000);
	assert_int_equal(fired(kept), 1);
	/* 100 us between two, from the last one on. */
	nic_write(c->nic, EITR + 4, 400);
	nic_write(c->nic, EIMS_EX, 2);
	receive(c);
	assert_true(irq_run(q, 4000) == UINT64_MAX);
	assert_int_equal(fired(kept), 1);
	nic_write(c->nic, EIMS_EX, 2);
	receive(c);
	assert_int_equal(irq_run(q, 5000), 104000);
	assert_int_equal(fired(kept), 0);
	assert_true(irq_run(q, 104000) == UINT64_MAX);
	assert_int_equal(fired(kept), 1);
	close(kept);
}

/* What happens before QEMU has given the vector its eventfd is not forgotten. */
static void interrupt_without_eventfd(void **state)
{
	struct card *c = *state;
	struct irq *q = &c->nic->irq;
	int kept;

	card_rx_queue(c, 0, 8, 2);
	nic_write(c->nic, IVAR, 0x81);
	nic_write(c->nic, IVAR_MISC, 0x8100);	/* other causes: vector 1 as well */
	nic_write(c->nic, GPIE, GPIE_EIAME);
	nic_write(c->nic, EIAM_EX, ~0u);
	nic_write(c->nic, EIMS_EX, 2);
	nic_write(c->nic, EIMS, CAUSE_FLOW_DIRECTOR);
	receive(c);
	irq_cause(q, CAUSE_FLOW_DIRECTOR);
	assert_true(irq_run(q, 1000) == UINT64_MAX);
	kept = listen_to(c, 1);
	irq_run(q, 2000);
	assert_int_equal(fired(kept), 2);
	close(kept);
}

/* Each one has its bits, its interval and its eventfd. */
static void all_vectors(void **state)
{
	struct card *c = *state;
	struct nic *n = c->nic;
	uint32_t bit, half, eitr, v;
	int kept;

	nic_write(n, GPIE, GPIE_EIAME);
	for (v = 0; v < IRQ_VECTORS; v++) {
		bit = 1u << v % 32;
		half = v / 32 * 4;
		eitr = v < 24 ? EITR + 4 * v : EITR_MORE + 4 * (v - 24);
		kept = listen_to(c, v);
		nic_write(n, EIAM_EX + half, bit);
		nic_write(n, IVAR + v / 2 * 4, (0x80 | v) << (v % 2 * 16));
		nic_write(n, eitr, 400);
		assert_int_equal(nic_read(n, eitr), 400);
		nic_write(n, EIMS_EX + half, bit);
		irq_queue(&n->irq, v, false);
		assert_int_equal(nic_read(n, EICS_EX + half), bit);
		irq_run(&n->irq, 1000);
		assert_int_equal(fired(kept), 1);
		assert_int_equal(nic_read(n, EICS_EX + half), 0);
		assert_false(nic_read(n, EIMS_EX + half) & bit);	/* by itself */
		nic_write(n, EIAM_EX + half, 0);
		nic_write(n, EIMS_EX + half, bit);
		nic_write(n, EICS_EX + half, bit);
		assert_int_equal(irq_run(&n->irq, 2000), 101000);
		nic_write(n, EIMC_EX + half, bit);
		assert_true(irq_run(&n->irq, 101000) == UINT64_MAX);
		nic_write(n, EIMS_EX + half, bit);
		irq_run(&n->irq, 101000);
		assert_int_equal(fired(kept), 1);
		assert_true(nic_read(n, EIMS_EX + half) & bit);
		close(kept);
	}
}

static void other_causes(void **state)
{
	const uint32_t cause = CAUSE_FLOW_DIRECTOR;
	struct card *c = *state;
	struct nic *n = c->nic;
	int kept = listen_to(c, 3);

	nic_write(n, IVAR_MISC, 0x8300);
	nic_write(n, EICS, cause);
	irq_run(&n->irq, 1000);
	assert_int_equal(fired(kept), 0);
	nic_write(n, EIMS, cause);
	irq_run(&n->irq, 1000);
	irq_run(&n->irq, 1000);
	assert_int_equal(fired(kept), 1);
	assert_int_equal(nic_read(n, EICS), cause);
	nic_write(n, EICR, cause);
	assert_int_equal(nic_read(n, EICS), 0);
	nic_write(n, EIMS, cause);
	nic_write(n, EIMC, cause);
	nic_write(n, EICS, cause | 1);
	irq_run(&n->irq, 1000);
	assert_int_equal(fired(kept), 0);
	nic_write(n, GPIE, GPIE_OCD);
	assert_int_equal(nic_read(n, EICR), cause | 1);
	assert_int_equal(nic_read(n, EICR), 1);
	nic_write(n, GPIE, 0);
	assert_int_equal(nic_read(n, EICR), 1);
	assert_int_equal(nic_read(n, EICR), 0);
	close(kept);
}

/* A receiver's and a sender's cause of each of two queues. */
static void causes_of_queues(void **state)
{
	struct card *c = *state;
	struct nic *n = c->nic;
	unsigned int i;

	nic_write(n, IVAR + 4, 0x83828180);
	for (i = 0; i < 4; i++) {
		irq_queue(&n->irq, 2 + i / 2, i % 2);
		assert_int_equal(nic_read(n, EICR), 1 << i);
	}
	nic_write(n, IVAR + 4, 0x03828180);		/* not valid */
	irq_queue(&n->irq, 3, true);
	assert_int_equal(nic_read(n, EICR), 0);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, card_up, card_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(masks_and_moderation),
		TEST(interrupt_without_eventfd),
		TEST(all_vectors),
		TEST(other_causes),
		TEST(causes_of_queues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
