// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts: masks, moderation, and vectors that QEMU does not listen to yet. */
#include <sys/eventfd.h>
#include <unistd.h>

#include "card.h"

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

static void masks_and_moderation(void **state)
{
	struct card *c = *state;
	struct irq *q = &c->nic->irq;
	int fd = eventfd(0, EFD_NONBLOCK), kept = dup(fd);

	irq_set_fd(q, 1, fd);
	card_rx_queue(c, 0, 64, 2);
	nic_write(c->nic, 0x900, 0x81);		/* queue 0's receiver: vector 1 */
	nic_write(c->nic, 0x898, 0x40000000);	/* a vector that fires is masked */
	nic_write(c->nic, 0xad0, ~0u);
	receive(c);
	irq_run(q, 1000);
	assert_int_equal(fired(kept), 0);
	nic_write(c->nic, 0xaa0, 2);
	irq_run(q, 1000);
	assert_int_equal(fired(kept), 1);
	receive(c);
	irq_run(q, 2000);
	assert_int_equal(fired(kept), 0);
	nic_write(c->nic, 0xaa0, 2);
	irq_run(q, 3000);
	assert_int_equal(fired(kept), 1);
	/* 100 us between two, from the last one on. */
	nic_write(c->nic, 0x824, 400);
	nic_write(c->nic, 0xaa0, 2);
	receive(c);
	assert_true(irq_run(q, 4000) == UINT64_MAX);
	assert_int_equal(fired(kept), 1);
	nic_write(c->nic, 0xaa0, 2);
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
	int fd = eventfd(0, EFD_NONBLOCK), kept = dup(fd);

	card_rx_queue(c, 0, 8, 2);
	nic_write(c->nic, 0x900, 0x81);
	nic_write(c->nic, 0xa00, 0x8100);	/* other causes: vector 1 as well */
	nic_write(c->nic, 0x898, 0x40000000);
	nic_write(c->nic, 0xad0, ~0u);
	nic_write(c->nic, 0xaa0, 2);
	nic_write(c->nic, 0x880, CAUSE_FLOW_DIRECTOR);
	receive(c);
	irq_cause(q, CAUSE_FLOW_DIRECTOR);
	assert_true(irq_run(q, 1000) == UINT64_MAX);
	irq_set_fd(q, 1, fd);
	irq_run(q, 2000);
	assert_int_equal(fired(kept), 2);
	close(kept);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, card_up, card_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(masks_and_moderation),
		TEST(interrupt_without_eventfd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
