// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "bytes.h"
#include "nic.h"
#include "stats.h"
#include "tx.h"

/* Up at 10 Gb/s; the partner at the other end does no flow control. */
#define LINKS_UP_10G	(0x40000000u | 0x30000000u | 0x80000000u)
#define LINKS2_PARTNER_AN 0x00000040u
#define ANLP1_STATE	0x00010000u

#define EEC_PRESENT	(0x00000100u | 0x00000200u | 0x00000400u | 7u << 11)
#define EERD_DONE	0x00000002u
#define MAXFRS_1518	(1518u << 16)
#define KX4_AUTOC	0xc0008004u	/* autonegotiates KX4 and KX */

static const struct {
	uint32_t offset;
	uint32_t value;
} defaults[] = {
	{ I2CCTL, 0x0000000fu },
	{ RDRXCTL, 0x00000402u },
	{ RXPBSIZE, 512u << 10 },
	{ HLREG0, 0x0000e481u },
	{ MAXFRS, MAXFRS_1518 },
	{ AUTOC, KX4_AUTOC },
	{ LINKS, LINKS_UP_10G },
	{ LINKS2, LINKS2_PARTNER_AN },
	{ ANLP1, ANLP1_STATE },
	{ VLNCTRL, ETHERTYPE_8021Q },
	{ SECTXSTAT, SEC_RDY | SEC_OFF },
	{ SECRXSTAT, SEC_RDY | SEC_OFF },
	{ EEC, EEC_PRESENT },
	{ MSRWD, 0xffff0000u },		/* no PHY answers */
	{ FWSM, FWSM_VALID },
};

void nic_reset(struct nic *n)
{
	unsigned int i;

	memset(n->reg, 0, sizeof(n->reg));
	for (i = 0; i < ARRAY_SIZE(defaults); i++)
		*nic_reg(n, defaults[i].offset) = defaults[i].value;
	*nic_reg(n, RAL(0)) = get_le32(n->mac);
	*nic_reg(n, RAH(0)) = get_le16(n->mac + 4) | RAH_AV;
	irq_reset(&n->irq);
	fdir_reset(&n->fdir);
	tx_reset(n);
}

struct nic *nic_new(const uint8_t mac[6], struct port *port)
{
	struct nic *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	memcpy(n->mac, mac, 6);
	n->port = port;
	eeprom_fill(n->eeprom);
	pci_init(&n->pci, IRQ_VECTORS);
	irq_init(&n->irq);
	nic_reset(n);
	return n;
}

void nic_free(struct nic *n)
{
	unsigned int i;

	if (!n)
		return;
	for (i = 0; i < IRQ_VECTORS; i++)
		irq_set_fd(&n->irq, i, -1);
	for (i = 0; i < TX_QUEUES; i++)
		free(n->tx[i].data);
	memory_unmap_all(&n->memory);
	free(n);
}

static bool is_fdir(uint32_t offset)
{
	return offset >= FDIR_FIRST && offset <= FDIR_LAST;
}

/* The register hands the semaphore out to whom it shows it free. */
static uint32_t take_semaphore(struct nic *n)
{
	uint32_t value = *nic_reg(n, SWSM);

	*nic_reg(n, SWSM) |= SWSM_SMBI;
	return value;
}

static uint32_t read_eeprom(struct nic *n)
{
	uint32_t word = *nic_reg(n, EERD) >> 2 & (EEPROM_WORDS - 1);

	return EERD_DONE | (uint32_t)n->eeprom[word] << 16;
}

uint32_t nic_read(struct nic *n, uint32_t offset)
{
	uint32_t value = *nic_reg(n, offset);

	if (irq_register(offset))
		return irq_read(&n->irq, offset);
	if (is_fdir(offset))
		return fdir_read(&n->fdir, offset);
	switch (offset) {
	case STATUS:
		return *nic_reg(n, CTRL) & CTRL_GIO_DIS ? 0 : STATUS_GIO;
	case EERD:
		return read_eeprom(n);
	case SWSM:
		return take_semaphore(n);
	case RDRXCTL:
		return value | RDRXCTL_DMAIDONE;
	}
	if (stats_cleared(offset))
		*nic_reg(n, offset) = 0;
	return value;
}

static void write_ctrl(struct nic *n, uint32_t value)
{
	if (value & (CTRL_RST | CTRL_LNK_RST))
		nic_reset(n);
	else
		*nic_reg(n, CTRL) = value;
}

/* The queue whose register at that distance from its base this is, or -1. */
static int tx_queue_of(uint32_t offset, uint32_t distance)
{
	uint32_t skip = offset - TX_BASE(0);

	return skip < 0x40 * TX_QUEUES && skip % 0x40 == distance ? (int)(skip / 0x40) : -1;
}

static bool is_read_only(uint32_t offset)
{
	switch (offset) {
	case STATUS:
	case LINKS:
	case LINKS2:
	case ANLP1:
	case SECTXSTAT:
	case SECRXSTAT:
	case FWSM:
	case MSRWD:
		return true;
	}
	return stats_cleared(offset);
}

void nic_write(struct nic *n, uint32_t offset, uint32_t value)
{
	int queue = tx_queue_of(offset, TDT(0) - TX_BASE(0));

	if (irq_register(offset)) {
		irq_write(&n->irq, offset, value);
		return;
	}
	if (is_fdir(offset)) {
		if (fdir_write(&n->fdir, offset, value))
			irq_cause(&n->irq, CAUSE_FLOW_DIRECTOR);
		return;
	}
	if (is_read_only(offset))
		return;
	if (offset == CTRL) {
		write_ctrl(n, value);
		return;
	}
	if (offset == MSCA)
		value &= ~MSCA_BUSY;
	*nic_reg(n, offset) = value;
	if (queue >= 0)
		tx_doorbell(n, (unsigned int)queue);
}
