// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"

static bool overlaps(const struct memory *m, uint64_t start, uint64_t size)
{
	unsigned int i;

	for (i = 0; i < m->count; i++) {
		const struct memory_region *r = &m->region[i];

		if (start < r->start + r->size && r->start < start + size)
			return true;
	}
	return false;
}

/* Touching a mapping behind the end of its file would end us. */
static bool file_holds(int fd, uint64_t offset, uint64_t size)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return false;
	return offset <= (uint64_t)st.st_size && size <= (uint64_t)st.st_size - offset;
}

int memory_map(struct memory *m, uint64_t start, uint64_t size, int fd, uint64_t offset,
	       bool writable)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int prot = PROT_READ | (writable ? PROT_WRITE : 0);
	struct memory_region *r;

	if (!size || (start | size | offset) % page || start + size < start ||
	    overlaps(m, start, size))
		return -EINVAL;
	if (m->count == MEMORY_REGIONS)
		return -ENOSPC;
	if (!file_holds(fd, offset, size))
		return -EINVAL;
	r = &m->region[m->count];
	r->base = mmap(NULL, size, prot, MAP_SHARED, fd, (off_t)offset);
	if (r->base == MAP_FAILED)
		return -errno;
	r->start = start;
	r->size = size;
	r->writable = writable;
	m->count++;
	return 0;
}

static void drop(struct memory *m, unsigned int i)
{
	munmap(m->region[i].base, m->region[i].size);
	m->region[i] = m->region[--m->count];
	m->last = 0;
}

int memory_unmap(struct memory *m, uint64_t start, uint64_t size)
{
	unsigned int i;

	for (i = 0; i < m->count; i++) {
		if (m->region[i].start != start || m->region[i].size != size)
			continue;
		drop(m, i);
		return 0;
	}
	return -ENOENT;
}

void memory_unmap_all(struct memory *m)
{
	while (m->count)
		drop(m, m->count - 1);
}

static void *inside(const struct memory_region *r, uint64_t address, uint64_t size, bool write)
{
	uint64_t skip = address - r->start;

	if (address < r->start || skip > r->size || size > r->size - skip)
		return NULL;
	return write && !r->writable ? NULL : r->base + skip;
}

void *memory_at(struct memory *m, uint64_t address, uint64_t size, bool write)
{
	unsigned int i;
	void *p;

	if (m->last < m->count) {
		p = inside(&m->region[m->last], address, size, write);
		if (p)
			return p;
	}
	for (i = 0; i < m->count; i++) {
		p = inside(&m->region[i], address, size, write);
		if (p) {
			m->last = i;
			return p;
		}
	}
	return NULL;
}
