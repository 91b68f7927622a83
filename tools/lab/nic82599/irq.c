// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <unistd.h>

#include "irq.h"

enum {
	EICR = 0x800,
	EICS = 0x808,
	EIAC = 0x810,
	EITR = 0x820,		/* 24 of them */
	EIMS = 0x880,
	EIMC = 0x888,
	EIAM = 0x890,
	GPIE = 0x898,
	IVAR = 0x900,		/* 64 of them */
	IVAR_MISC = 0xa00,
	EICS_EX = 0xa90,	/* two each */
	EIMS_EX = 0xaa0,
	EIMC_EX = 0xab0,
	EIAM_EX = 0xad0,
	EITR_MORE = 0x12300,	/* from vector 24 on */
};

#define QUEUE_CAUSES	0x0000ffffu
#define OTHER_CAUSES	0x7fff0000u
#define EITR_INTERVAL	0x00000ff8u	/* a quarter of a microsecond each */
#define EITR_KEEP	0x80000000u	/* the counter that runs */
#define GPIE_OCD	0x00000020u	/* reading EICR spares the queues */
#define GPIE_EIAME	0x40000000u	/* firing masks */
#define IVAR_VALID	0x80u

static bool within(uint32_t offset, uint32_t first, unsigned int count)
{
	return offset >= first && offset < first + 4 * count;
}

bool irq_register(uint32_t offset)
{
	return within(offset, EICR, 0x200 / 4) || within(offset, IVAR_MISC, 0x100 / 4) ||
	       within(offset, EITR_MORE, IRQ_VECTORS - 24);
}

void irq_init(struct irq *q)
{
	int i;

	memset(q, 0, sizeof(*q));
	for (i = 0; i < IRQ_VECTORS; i++)
		q->fd[i] = -1;
}

void irq_reset(struct irq *q)
{
	uint64_t fired = q->fired;
	int fd[IRQ_VECTORS];

	memcpy(fd, q->fd, sizeof(fd));
	memset(q, 0, sizeof(*q));
	memcpy(q->fd, fd, sizeof(fd));
	q->fired = fired;
}

void irq_set_fd(struct irq *q, unsigned int vector, int fd)
{
	if (q->fd[vector] >= 0)
		close(q->fd[vector]);
	q->fd[vector] = fd;
}

static void raise_entry(struct irq *q, uint32_t ivar, unsigned int byte)
{
	uint32_t entry = ivar >> (8 * byte) & 0xff;

	if (entry & IVAR_VALID)
		q->pending |= 1ull << (entry & (IRQ_VECTORS - 1));
}

void irq_queue(struct irq *q, unsigned int queue, bool tx)
{
	raise_entry(q, q->ivar[queue / 2], 2 * (queue & 1) + tx);
}

void irq_cause(struct irq *q, uint32_t cause)
{
	q->other |= cause & OTHER_CAUSES;
}

/* ---------------------------------------------------------------- registers */

/* The vector of EITR register number offset, or -1. */
static int eitr_vector(uint32_t offset)
{
	if (within(offset, EITR, 24))
		return (int)(offset - EITR) / 4;
	if (within(offset, EITR_MORE, IRQ_VECTORS - 24))
		return 24 + (int)(offset - EITR_MORE) / 4;
	return -1;
}

static uint32_t read_cause(struct irq *q)
{
	uint32_t value = (uint32_t)(q->pending & QUEUE_CAUSES) | q->other;

	if (!(q->gpie & GPIE_OCD))
		q->pending &= ~(uint64_t)QUEUE_CAUSES;
	q->other = 0;
	return value;
}

uint32_t irq_read(struct irq *q, uint32_t offset)
{
	int vector = eitr_vector(offset);

	if (vector >= 0)
		return q->eitr[vector];
	if (within(offset, IVAR, IRQ_QUEUES / 2))
		return q->ivar[(offset - IVAR) / 4];
	switch (offset) {
	case EICR:
		return read_cause(q);
	case EICS:
		return (uint32_t)(q->pending & QUEUE_CAUSES) | q->other;
	case EIMS:
	case EIMC:
		return (uint32_t)(q->enabled & QUEUE_CAUSES) | q->other_enabled;
	case EIMS_EX:
	case EIMC_EX:
		return (uint32_t)q->enabled;
	case EIMS_EX + 4:
	case EIMC_EX + 4:
		return (uint32_t)(q->enabled >> 32);
	case EIAM_EX:
		return (uint32_t)q->auto_mask;
	case EIAM_EX + 4:
		return (uint32_t)(q->auto_mask >> 32);
	case EICS_EX:
		return (uint32_t)q->pending;
	case EICS_EX + 4:
		return (uint32_t)(q->pending >> 32);
	case EIAC:
		return q->eiac;
	case GPIE:
		return q->gpie;
	case IVAR_MISC:
		return q->ivar_misc;
	}
	return 0;
}

static void set_interval(struct irq *q, unsigned int vector, uint32_t value)
{
	q->eitr[vector] = value & EITR_INTERVAL;
	q->interval[vector] = (uint64_t)(value & EITR_INTERVAL) * 250;
	if (!(value & EITR_KEEP))
		q->next[vector] = 0;
}

static void replace_half(uint64_t *bits, bool high, uint32_t value)
{
	if (high)
		*bits = (*bits & 0xffffffffu) | (uint64_t)value << 32;
	else
		*bits = (*bits & ~0xffffffffull) | value;
}

void irq_write(struct irq *q, uint32_t offset, uint32_t value)
{
	uint64_t wide = (uint64_t)value << (offset & 4 ? 32 : 0);
	int vector = eitr_vector(offset);

	if (vector >= 0) {
		set_interval(q, (unsigned int)vector, value);
		return;
	}
	if (within(offset, IVAR, IRQ_QUEUES / 2)) {
		q->ivar[(offset - IVAR) / 4] = value;
		return;
	}
	switch (offset) {
	case EICR:
		q->other &= ~value;
		q->pending &= ~(uint64_t)(value & QUEUE_CAUSES);
		break;
	case EICS:
		q->other |= value & OTHER_CAUSES;
		q->pending |= value & QUEUE_CAUSES;
		break;
	case EIMS:
		q->other_enabled |= value & OTHER_CAUSES;
		q->enabled |= value & QUEUE_CAUSES;
		break;
	case EIMC:
		q->other_enabled &= ~value;
		q->enabled &= ~(uint64_t)(value & QUEUE_CAUSES);
		break;
	case EICS_EX:
	case EICS_EX + 4:
		q->pending |= wide;
		break;
	case EIMS_EX:
	case EIMS_EX + 4:
		q->enabled |= wide;
		break;
	case EIMC_EX:
	case EIMC_EX + 4:
		q->enabled &= ~wide;
		break;
	case EIAM_EX:
	case EIAM_EX + 4:
		replace_half(&q->auto_mask, offset & 4, value);
		break;
	case EIAM:
		replace_half(&q->auto_mask, false, value & QUEUE_CAUSES);
		break;
	case EIAC:
		q->eiac = value;
		break;
	case GPIE:
		q->gpie = value;
		break;
	case IVAR_MISC:
		q->ivar_misc = value;
		break;
	}
}

/* ---------------------------------------------------------------- firing */

static void signal_vector(struct irq *q, unsigned int vector)
{
	static const uint64_t one = 1;

	if (write(q->fd[vector], &one, sizeof(one)) == sizeof(one))
		q->fired++;
}

/* The driver masks what it has heard of before it clears it: once is enough. */
static void run_other(struct irq *q)
{
	uint32_t entry = q->ivar_misc >> 8 & 0xff;
	uint32_t active = q->other & q->other_enabled;
	unsigned int vector = entry & (IRQ_VECTORS - 1);

	if (!active || !(entry & IVAR_VALID) || q->fd[vector] < 0)
		return;
	q->other_enabled &= ~active;
	signal_vector(q, vector);
}

uint64_t irq_run(struct irq *q, uint64_t now)
{
	uint64_t ready = q->pending & q->enabled;
	uint64_t again = UINT64_MAX;
	unsigned int vector;

	run_other(q);
	while (ready) {
		vector = (unsigned int)__builtin_ctzll(ready);
		ready &= ready - 1;
		if (q->fd[vector] < 0)	/* QEMU gives it one when the driver asks for it */
			continue;
		if (now < q->next[vector]) {
			if (q->next[vector] < again)
				again = q->next[vector];
			continue;
		}
		q->pending &= ~(1ull << vector);
		if (q->gpie & GPIE_EIAME)
			q->enabled &= ~(q->auto_mask & 1ull << vector);
		q->next[vector] = now + q->interval[vector];
		signal_vector(q, vector);
	}
	return again;
}
