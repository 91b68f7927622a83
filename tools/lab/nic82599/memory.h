/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory - the guest's memory, as far as QEMU has shown it to us
 *
 * Addresses come from the guest: nothing is reached but by memory_at(), which
 * answers NULL for what does not lie in one mapped region.
 */
#ifndef NIC82599_MEMORY_H
#define NIC82599_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMORY_REGIONS	256

struct memory_region {
	uint64_t start;
	uint64_t size;
	uint8_t *base;
	bool writable;
};

struct memory {
	struct memory_region region[MEMORY_REGIONS];
	unsigned int count;
	unsigned int last;	/* where the last address was found */
};

/*
 * Maps size bytes of the file from offset at the guest's address start: whole
 * pages. Returns 0 or a negative error number; the file stays the caller's.
 */
int memory_map(struct memory *m, uint64_t start, uint64_t size, int fd, uint64_t offset,
	       bool writable);

/* Takes the region with exactly these bounds away. -ENOENT if there is none. */
int memory_unmap(struct memory *m, uint64_t start, uint64_t size);

void memory_unmap_all(struct memory *m);

/* NULL unless all of it is mapped in one region and, if asked for, writable. */
void *memory_at(struct memory *m, uint64_t address, uint64_t size, bool write);

#endif /* NIC82599_MEMORY_H */
