/* SPDX-License-Identifier: GPL-2.0-only */
/* pci - the configuration space of an 82599 on a KX4 backplane */
#ifndef NIC82599_PCI_H
#define NIC82599_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCI_CONFIG_SIZE	4096
#define PCI_BAR_REGISTERS 0
#define PCI_BAR_MSIX	4
#define PCI_MSIX_SIZE	0x4000

struct pci {
	uint8_t config[PCI_CONFIG_SIZE];
};

void pci_init(struct pci *p, unsigned int vectors);

void pci_read(const struct pci *p, uint64_t offset, void *data, size_t size);

/* Changes what the standard lets software change, and nothing else. */
void pci_write(struct pci *p, uint64_t offset, const void *data, size_t size);

/* May the device reach memory? */
bool pci_is_master(const struct pci *p);

#endif /* NIC82599_PCI_H */
