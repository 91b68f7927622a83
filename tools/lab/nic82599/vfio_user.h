/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_user - the server's side of the vfio-user protocol, version 0.0
 *
 * Written by hand because Debian has no library for it. The client is QEMU, and
 * through it the guest: no length, index or address of a message is believed.
 */
#ifndef NIC82599_VFIO_USER_H
#define NIC82599_VFIO_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VFU_REGIONS	9	/* those of a PCI device */
#define VFU_REGION_CONFIG 7
#define VFU_IRQS	5
#define VFU_IRQ_MSIX	2
#define VFU_MAX_FDS	8	/* in one message; we say so to the client */
#define VFU_MAX_DATA	4096	/* of one access to a region; dito */

/*
 * The device behind it. All but the accesses return 0 or a negative error
 * number, which the client gets to see.
 */
struct vfu_ops {
	/* One, two, four or eight bytes, or any number in the configuration space. */
	int (*read)(void *device, unsigned int region, uint64_t offset, void *data, size_t size);
	int (*write)(void *device, unsigned int region, uint64_t offset, const void *data,
		     size_t size);
	int (*map)(void *device, uint64_t address, uint64_t size, int fd, uint64_t offset,
		   bool writable);
	int (*unmap)(void *device, uint64_t address, uint64_t size, bool all);
	/* Takes the fd over; -1: the vector has none any more. */
	int (*set_vector)(void *device, unsigned int vector, int fd);
	void (*reset)(void *device);
};

struct vfu {
	int fd;
	void *device;
	const struct vfu_ops *ops;
	uint64_t region_size[VFU_REGIONS];
	unsigned int vectors;		/* of MSI-X, the only interrupts */
	uint64_t refused;		/* messages that were answered with an error */
};

/*
 * Serves one message if there is one. Returns 1 if it did, 0 if there is none,
 * or a negative error number: the client is gone (-EPIPE), or nothing that it
 * says can be made out any more (-EPROTO).
 */
int vfu_serve(struct vfu *v);

#endif /* NIC82599_VFIO_USER_H */
