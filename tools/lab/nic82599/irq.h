/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * irq - causes, their masks, their vectors, and how often a vector may fire
 *
 * Only MSI-X: a queue's cause is that of its vector, all others share one
 * vector. A vector that fires masks itself (auto-mask); while it is masked, has
 * no eventfd, or until its interval (EITR) is over, it is pending.
 */
#ifndef NIC82599_IRQ_H
#define NIC82599_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#define IRQ_VECTORS	64
#define IRQ_QUEUES	128

/* Causes of EICR that are not those of a queue. */
#define CAUSE_FLOW_DIRECTOR	0x00010000u

struct irq {
	int fd[IRQ_VECTORS];		/* eventfd, -1: none */
	uint64_t pending;		/* vectors */
	uint64_t enabled;
	uint64_t auto_mask;
	uint64_t fired;			/* for the counters */
	uint64_t interval[IRQ_VECTORS];	/* ns */
	uint64_t next[IRQ_VECTORS];	/* not before that time */
	uint32_t eitr[IRQ_VECTORS];
	uint32_t other;			/* causes, bits 16 to 30 */
	uint32_t other_enabled;
	uint32_t gpie;
	uint32_t eiac;
	uint32_t ivar[IRQ_QUEUES / 2];
	uint32_t ivar_misc;
};

/* Is the register at this offset one of ours? */
bool irq_register(uint32_t offset);

uint32_t irq_read(struct irq *q, uint32_t offset);
void irq_write(struct irq *q, uint32_t offset, uint32_t value);

void irq_init(struct irq *q);

/* All but the eventfds, which are QEMU's. */
void irq_reset(struct irq *q);

/* Takes the fd over; -1 takes what was there away. */
void irq_set_fd(struct irq *q, unsigned int vector, int fd);

/* The queue has something to look at. */
void irq_queue(struct irq *q, unsigned int queue, bool tx);

/* Another cause, CAUSE_... */
void irq_cause(struct irq *q, uint32_t cause);

/*
 * Fires what may fire at that time (ns). Returns when it wants to be called
 * again, or UINT64_MAX.
 */
uint64_t irq_run(struct irq *q, uint64_t now);

#endif /* NIC82599_IRQ_H */
