// SPDX-License-Identifier: GPL-2.0-only
#include "bytes.h"
#include "pci.h"

/* Where the real one has its capabilities: the driver knows some by address. */
enum {
	COMMAND = 0x04,
	STATUS = 0x06,
	REVISION = 0x08,
	CLASS = 0x09,
	CACHE_LINE = 0x0c,
	BAR0 = 0x10,
	BAR4 = 0x20,
	SUBSYSTEM = 0x2c,
	CAPABILITIES = 0x34,
	POWER = 0x40,
	MSIX = 0x70,
	EXPRESS = 0xa0,
};

#define COMMAND_MASTER	0x0004
#define BAR_64		0x0c	/* 64 bits, prefetchable */

static const struct {
	uint16_t offset;
	uint16_t mask;
} writable[] = {
	{ COMMAND,	0x0547 },
	{ CACHE_LINE,	0x00ff },
	{ 0x3c,		0x00ff },	/* interrupt line */
	{ POWER + 4,	0x0103 },
	{ MSIX + 2,	0xc000 },
	{ EXPRESS + 8,	0x7fff },	/* device control */
	{ EXPRESS + 16,	0x01ff },	/* link control */
	{ EXPRESS + 40,	0x001f },	/* device control 2 */
};

void pci_init(struct pci *p, unsigned int vectors)
{
	uint8_t *c = p->config;

	memset(c, 0, PCI_CONFIG_SIZE);
	put_le16(c, 0x8086);
	put_le16(c + 2, 0x10f7);
	put_le16(c + STATUS, 0x0010);		/* has capabilities */
	c[REVISION] = 1;
	put_le16(c + CLASS + 1, 0x0200);	/* Ethernet */
	c[BAR0] = BAR_64;
	c[BAR4] = BAR_64;
	put_le16(c + SUBSYSTEM, 0x8086);
	put_le16(c + SUBSYSTEM + 2, 0x000c);
	c[CAPABILITIES] = POWER;

	c[POWER] = 0x01;
	c[POWER + 1] = MSIX;
	put_le16(c + POWER + 2, 0x0003);
	put_le16(c + POWER + 4, 0x0008);	/* keeps its state in D3 */

	c[MSIX] = 0x11;
	c[MSIX + 1] = EXPRESS;
	put_le16(c + MSIX + 2, (uint16_t)(vectors - 1));
	put_le32(c + MSIX + 4, PCI_BAR_MSIX);
	put_le32(c + MSIX + 8, 0x2000 | PCI_BAR_MSIX);

	c[EXPRESS] = 0x10;
	put_le16(c + EXPRESS + 2, 0x0002);		/* endpoint, version 2 */
	put_le32(c + EXPRESS + 4, 0x00008002);		/* payload up to 512 */
	put_le32(c + EXPRESS + 12, 0x00000082);		/* 5 GT/s, eight lanes */
	put_le16(c + EXPRESS + 18, 0x0082);
	put_le32(c + EXPRESS + 36, 0x0000001f);
	put_le32(c + EXPRESS + 44, 0x00000006);
}

void pci_read(const struct pci *p, uint64_t offset, void *data, size_t size)
{
	memset(data, 0, size);
	if (offset < PCI_CONFIG_SIZE && size <= PCI_CONFIG_SIZE - offset)
		memcpy(data, p->config + offset, size);
}

static uint8_t mask_of(uint64_t offset)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(writable); i++)
		if (offset - writable[i].offset < 2)
			return (uint8_t)(writable[i].mask >> (8 * (offset - writable[i].offset)));
	return 0;
}

void pci_write(struct pci *p, uint64_t offset, const void *data, size_t size)
{
	const uint8_t *from = data;
	uint8_t mask;
	size_t i;

	for (i = 0; i < size && offset + i < PCI_CONFIG_SIZE; i++) {
		mask = mask_of(offset + i);
		p->config[offset + i] = (uint8_t)((p->config[offset + i] & ~mask) |
						  (from[i] & mask));
	}
}

bool pci_is_master(const struct pci *p)
{
	return get_le16(p->config + COMMAND) & COMMAND_MASTER;
}
