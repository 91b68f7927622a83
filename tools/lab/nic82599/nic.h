/* SPDX-License-Identifier: GPL-2.0-only */
/* nic - the registers of the card, and what lies behind them */
#ifndef NIC82599_NIC_H
#define NIC82599_NIC_H

#include "eeprom.h"
#include "fdir.h"
#include "irq.h"
#include "memory.h"
#include "offload.h"
#include "pci.h"
#include "port.h"
#include "regs.h"

#define NIC_BAR_SIZE	0x80000u

/* A packet that is being put together from its descriptors. */
struct tx_queue {
	struct offload context[2];
	struct offload offload;	/* of this packet */
	uint8_t *data;
	unsigned int length;
	bool started;
	bool broken;		/* too long, or from nowhere */
};

/*
 * What has become of every frame, since we run: received is the sum of ignored,
 * oversize, filtered, delivered, no_descriptor and missed.
 */
struct counters {
	uint64_t received;
	uint64_t ignored;	/* the receiver was off */
	uint64_t oversize;
	uint64_t filtered;	/* by address or VLAN */
	uint64_t delivered;
	uint64_t no_descriptor;	/* or a queue that is off, such as the drop queue */
	uint64_t missed;
	uint64_t bad_address;	/* those of no_descriptor with one in their ring */
	uint64_t queue[16];	/* delivered to */
	uint64_t sent;
	uint64_t unsent;	/* the port did not take them */
	uint64_t malformed;	/* packets that the driver described wrongly */
};

struct nic {
	uint32_t reg[NIC_BAR_SIZE / 4];
	struct irq irq;
	struct fdir fdir;
	struct memory memory;
	struct pci pci;
	struct port *port;
	uint8_t mac[6];
	uint16_t eeprom[EEPROM_WORDS];
	struct tx_queue tx[TX_QUEUES];
	uint64_t tx_ready[TX_QUEUES / 64];
	struct counters count;
};

static inline uint32_t *nic_reg(struct nic *n, uint32_t offset)
{
	return &n->reg[offset / 4];
}

/* Where a ring is: the card reads no lower bits. */
static inline uint64_t nic_ring(struct nic *n, uint32_t low, uint32_t high)
{
	return (uint64_t)*nic_reg(n, high) << 32 | (*nic_reg(n, low) & ~127u);
}

/* NULL if there is no memory. The port stays the caller's. */
struct nic *nic_new(const uint8_t mac[6], struct port *port);
void nic_free(struct nic *n);

void nic_reset(struct nic *n);

/* Offsets are multiples of four below NIC_BAR_SIZE. */
uint32_t nic_read(struct nic *n, uint32_t offset);
void nic_write(struct nic *n, uint32_t offset, uint32_t value);

#endif /* NIC82599_NIC_H */
