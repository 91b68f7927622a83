// SPDX-License-Identifier: GPL-2.0-only
/* The protocol towards QEMU: what it must answer, and everything it must survive. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "card.h"
#include "vfio_user.h"

enum {
	VERSION = 1, DMA_MAP, DMA_UNMAP, GET_INFO, GET_REGION_INFO, GET_REGION_IO_FDS,
	GET_IRQ_INFO, SET_IRQS, REGION_READ, REGION_WRITE, DMA_READ, DMA_WRITE, RESET,
	DIRTY_PAGES, WRITE_MULTI,
};

#define HEADER		16
#define NO_REPLY	0x10
#define BAR_SIZE	0x80000u

/* A device that only remembers. */
static struct {
	uint8_t bar[BAR_SIZE];
	uint8_t config[4096];
	struct memory memory;
	int vectors[64];
	unsigned int resets;
	uint64_t touched;	/* bytes of accesses */
} dev;
static struct vfu v;
static int us;			/* QEMU's end */
static uint8_t answer[70000];
static size_t answer_size;

static uint8_t *bytes_of(unsigned int region, uint64_t offset, size_t size)
{
	uint64_t end = region == 7 ? sizeof(dev.config) : region ? 0 : BAR_SIZE;

	assert_true(offset <= end && size <= end - offset);
	dev.touched += size;
	return (region ? dev.config : dev.bar) + offset;
}

static int do_read(void *device, unsigned int region, uint64_t offset, void *data, size_t size)
{
	(void)device;
	memcpy(data, bytes_of(region, offset, size), size);
	return 0;
}

static int do_write(void *device, unsigned int region, uint64_t offset, const void *data,
		    size_t size)
{
	(void)device;
	memcpy(bytes_of(region, offset, size), data, size);
	return 0;
}

static int do_map(void *device, uint64_t address, uint64_t size, int fd, uint64_t offset,
		  bool writable)
{
	(void)device;
	return memory_map(&dev.memory, address, size, fd, offset, writable);
}

static int do_unmap(void *device, uint64_t address, uint64_t size, bool all)
{
	(void)device;
	if (!all)
		return memory_unmap(&dev.memory, address, size);
	memory_unmap_all(&dev.memory);
	return 0;
}

static int do_vector(void *device, unsigned int vector, int fd)
{
	(void)device;
	assert_true(vector < 64);
	if (dev.vectors[vector] >= 0)
		close(dev.vectors[vector]);
	dev.vectors[vector] = fd;
	return 0;
}

static void do_reset(void *device)
{
	(void)device;
	dev.resets++;
}

static const struct vfu_ops ops = { do_read, do_write, do_map, do_unmap, do_vector, do_reset };

static int setup(void **state)
{
	int pair[2], i;

	(void)state;
	memset(&dev, 0, sizeof(dev));
	for (i = 0; i < 64; i++)
		dev.vectors[i] = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	us = pair[0];
	v = (struct vfu){ .fd = pair[1], .ops = &ops, .vectors = 64,
			  .region_size = { [0] = BAR_SIZE, [7] = 4096 } };
	return 0;
}

static int teardown(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 64; i++)
		do_vector(NULL, (unsigned int)i, -1);
	memory_unmap_all(&dev.memory);
	close(us);
	close(v.fd);
	return 0;
}

static int open_files(void)
{
	int n = 0, i;

	for (i = 3; i < 256; i++)
		n += fcntl(i, F_GETFD) >= 0;
	return n;
}

static void send_raw(const void *data, size_t size, const int *fds, unsigned int count)
{
	union {
		struct cmsghdr header;
		uint8_t space[CMSG_SPACE(32 * sizeof(int))];
	} control;
	struct iovec part = { (void *)(uintptr_t)data, size };
	struct msghdr h = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (count) {
		h.msg_control = control.space;
		h.msg_controllen = CMSG_SPACE(count * sizeof(int));
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	}
	assert_int_equal(sendmsg(us, &h, 0), size);
}

/* Sends a command and serves it. Returns the error in the answer. */
static int call_fds(unsigned int command, const void *payload, size_t size, const int *fds,
		    unsigned int count)
{
	static uint8_t message[70000];
	ssize_t n;

	put_le16(message, 7);
	put_le16(message + 2, (uint16_t)command);
	put_le32(message + 4, (uint32_t)(HEADER + size));
	put_le32(message + 8, 0);
	put_le32(message + 12, 0);
	memcpy(message + HEADER, payload, size);
	send_raw(message, HEADER + size, fds, count);
	assert_int_equal(vfu_serve(&v), 1);
	n = recv(us, answer, sizeof(answer), MSG_DONTWAIT);
	assert_true(n >= HEADER);
	assert_int_equal(get_le32(answer + 4), n);
	assert_int_equal(get_le16(answer), 7);
	assert_int_equal(get_le16(answer + 2), command);
	assert_int_equal(get_le32(answer + 8) & 0xf, 1);
	assert_int_equal(!!(get_le32(answer + 8) & 0x20), !!get_le32(answer + 12));
	answer_size = (size_t)n - HEADER;
	return (int)get_le32(answer + 12);
}

static int call(unsigned int command, const void *payload, size_t size)
{
	return call_fds(command, payload, size, NULL, 0);
}

static int access_region(unsigned int command, uint32_t region, uint64_t offset, uint32_t size,
			 uint64_t value)
{
	uint8_t p[24];

	put_le64(p, offset);
	put_le32(p + 8, region);
	put_le32(p + 12, size);
	put_le64(p + 16, value);
	return call(command, p, command == REGION_READ ? 16 : sizeof(p));
}

static int map(uint64_t address, uint64_t size, uint64_t offset, int fd)
{
	uint8_t p[32];

	put_le32(p, sizeof(p));
	put_le32(p + 4, 3);
	put_le64(p + 8, offset);
	put_le64(p + 16, address);
	put_le64(p + 24, size);
	return call_fds(DMA_MAP, p, sizeof(p), &fd, fd >= 0);
}

static int unmap(uint32_t flags, uint64_t address, uint64_t size)
{
	uint8_t p[24];

	put_le32(p, sizeof(p));
	put_le32(p + 4, flags);
	put_le64(p + 8, address);
	put_le64(p + 16, size);
	return call(DMA_UNMAP, p, sizeof(p));
}

static int set_irqs(uint32_t flags, uint32_t index, uint32_t start, uint32_t count, const int *fds,
		    unsigned int n)
{
	uint8_t p[20];

	put_le32(p, sizeof(p));
	put_le32(p + 4, flags);
	put_le32(p + 8, index);
	put_le32(p + 12, start);
	put_le32(p + 16, count);
	return call_fds(SET_IRQS, p, sizeof(p), fds, n);
}

/* ---------------------------------------------------------------- as QEMU does it */

static void handshake(void **state)
{
	static const uint8_t hello[] = "\0\0\0\0{\"capabilities\":{}}";

	(void)state;
	assert_int_equal(call(VERSION, hello, sizeof(hello)), 0);
	assert_int_equal(answer[HEADER + answer_size - 1], 0);
	assert_non_null(strstr((char *)answer + HEADER + 4, "\"write_multiple\":true"));
	assert_int_equal(call(VERSION, "\1\0\0\0", 4), ENOTSUP);
	assert_int_equal(call(VERSION, "\0", 1), EINVAL);
}

static void description(void **state)
{
	uint8_t p[32] = { 0 };

	(void)state;
	assert_int_equal(call(GET_INFO, p, 16), 0);
	assert_int_equal(get_le32(answer + HEADER + 8), 9);
	assert_int_equal(call(GET_REGION_INFO, p, 32), 0);
	assert_int_equal(get_le64(answer + HEADER + 16), BAR_SIZE);
	put_le32(p + 8, 9);
	assert_int_equal(call(GET_REGION_INFO, p, 32), EINVAL);
	put_le32(p + 8, ~0u);
	assert_int_equal(call(GET_REGION_INFO, p, 32), EINVAL);
	put_le32(p + 8, 2);
	assert_int_equal(call(GET_IRQ_INFO, p, 16), 0);
	assert_int_equal(get_le32(answer + HEADER + 12), 64);
	put_le32(p + 8, 5);
	assert_int_equal(call(GET_IRQ_INFO, p, 16), EINVAL);
	assert_int_equal(call(GET_REGION_IO_FDS, p, 16), ENOTSUP);
	assert_int_equal(call(RESET, p, 0), 0);
	assert_int_equal(dev.resets, 1);
}

static void accesses(void **state)
{
	uint8_t p[8 + 2 * 24];

	(void)state;
	assert_int_equal(access_region(REGION_WRITE, 0, 0x1018, 4, 0x11223344), 0);
	assert_int_equal(access_region(REGION_READ, 0, 0x1018, 4, 0), 0);
	assert_int_equal(get_le32(answer + HEADER + 16), 0x11223344);
	assert_int_equal(access_region(REGION_WRITE, 0, BAR_SIZE - 8, 8, 5), 0);
	assert_int_equal(access_region(REGION_READ, 7, 0x71, 3, 0), 0);
	put_le64(p, 2);
	put_le64(p + 8, 0x100);
	put_le32(p + 16, 0);
	put_le32(p + 20, 4);
	put_le64(p + 24, 1);
	memcpy(p + 32, p + 8, 24);
	put_le64(p + 32, 0x104);
	put_le64(p + 48, 2);
	assert_int_equal(call(WRITE_MULTI, p, sizeof(p)), 0);
	assert_int_equal(get_le32(dev.bar + 0x100), 1);
	assert_int_equal(get_le32(dev.bar + 0x104), 2);
}

/* Posted writes are not answered, not even wrong ones. */
static void no_reply(void **state)
{
	uint8_t m[HEADER + 20];

	(void)state;
	put_le16(m, 1);
	put_le16(m + 2, REGION_WRITE);
	put_le32(m + 4, sizeof(m));
	put_le32(m + 8, NO_REPLY);
	put_le32(m + 12, 0);
	put_le64(m + 16, 0x20);
	put_le32(m + 24, 0);
	put_le32(m + 28, 4);
	put_le32(m + 32, 42);
	send_raw(m, sizeof(m), NULL, 0);
	assert_int_equal(vfu_serve(&v), 1);
	assert_int_equal(get_le32(dev.bar + 0x20), 42);
	put_le32(m + 24, 8);
	send_raw(m, sizeof(m), NULL, 0);
	assert_int_equal(vfu_serve(&v), 1);
	assert_int_equal(recv(us, answer, sizeof(answer), MSG_DONTWAIT), -1);
	assert_int_equal(v.refused, 1);
	assert_int_equal(vfu_serve(&v), 0);
}

static void mapping(void **state)
{
	int fd = memfd_create("m", 0);

	(void)state;
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	assert_int_equal(pwrite(fd, "here", 4, 0x3000), 4);
	assert_int_equal(map(0x100000, 0x10000, 0x3000, fd), 0);
	assert_memory_equal(memory_at(&dev.memory, 0x100000, 4, true), "here", 4);
	assert_non_null(memory_at(&dev.memory, 0x10ffff, 1, true));
	assert_null(memory_at(&dev.memory, 0x10ffff, 2, true));
	assert_null(memory_at(&dev.memory, 0xfffff, 1, true));
	assert_null(memory_at(&dev.memory, 0x100000, ~0ull, true));
	assert_null(memory_at(&dev.memory, ~0ull, 2, true));
	assert_int_equal(unmap(0, 0x100000, 0x8000), 0);	/* no such one: left alone */
	assert_non_null(memory_at(&dev.memory, 0x100000, 4, true));
	assert_int_equal(unmap(0, 0x100000, 0x10000), 0);
	assert_null(memory_at(&dev.memory, 0x100000, 4, true));
	assert_int_equal(map(0x100000, 0x1000, 0, fd), 0);
	assert_int_equal(map(0x200000, 0x1000, 0, fd), 0);
	assert_int_equal(unmap(2, 0, 0), 0);
	assert_int_equal(dev.memory.count, 0);
	assert_int_equal(map(0x100000, 0x1000, 0, -1), 0);	/* without a file: out of reach */
	assert_null(memory_at(&dev.memory, 0x100000, 1, false));
	close(fd);
}

static void vectors(void **state)
{
	int fds[8], before, i;

	(void)state;
	for (i = 0; i < 8; i++)
		fds[i] = eventfd(0, 0);
	before = open_files();
	assert_int_equal(set_irqs(4 | 0x20, 2, 0, 8, fds, 8), 0);
	assert_int_equal(open_files(), before + 8);
	assert_int_equal(set_irqs(4 | 0x20, 2, 1, 1, fds, 1), 0);	/* another for one */
	assert_int_equal(open_files(), before + 8);
	assert_int_equal(set_irqs(4 | 0x20, 2, 2, 2, NULL, 0), 0);	/* two go */
	assert_int_equal(open_files(), before + 6);
	assert_int_equal(set_irqs(1 | 0x20, 2, 0, 0, NULL, 0), 0);	/* all go */
	assert_int_equal(open_files(), before);
	for (i = 0; i < 8; i++)
		close(fds[i]);
}

/* ---------------------------------------------------------------- as nobody should */

static void hostile_accesses(void **state)
{
	uint8_t p[64];

	(void)state;
	assert_int_equal(access_region(REGION_READ, 0, BAR_SIZE, 4, 0), EINVAL);
	assert_int_equal(access_region(REGION_READ, 0, BAR_SIZE - 2, 4, 0), EINVAL);
	assert_int_equal(access_region(REGION_READ, 0, ~0ull - 3, 4, 0), EINVAL);
	assert_int_equal(access_region(REGION_READ, 0, ~0ull - 3, 8, 0), EINVAL);
	assert_int_equal(access_region(REGION_READ, 0, 2, 4, 0), EINVAL);
	assert_int_equal(access_region(REGION_READ, 0, 0, 3, 0), EINVAL);
	assert_int_equal(access_region(REGION_READ, 0, 0, 16, 0), EINVAL);
	assert_int_equal(access_region(REGION_READ, 0, 0, 0, 0), EINVAL);
	assert_int_equal(access_region(REGION_READ, 1, 0, 4, 0), EINVAL);
	assert_int_equal(access_region(REGION_READ, ~0u, 0, 4, 0), EINVAL);
	assert_int_equal(access_region(REGION_READ, 7, 4000, 97, 0), EINVAL);
	assert_int_equal(access_region(REGION_READ, 7, 0, ~0u, 0), EINVAL);
	assert_int_equal(access_region(REGION_WRITE, 7, 0, 64, 0), EINVAL);	/* has only 8 */
	assert_int_equal(call(REGION_READ, p, 15), EINVAL);
	assert_int_equal(dev.touched, 0);
	memset(p, 0, sizeof(p));
	put_le32(p + 20, 4);				/* one write that would be right */
	put_le64(p, ~0ull);
	assert_int_equal(call(WRITE_MULTI, p, 8), EINVAL);
	put_le64(p, 2);
	assert_int_equal(call(WRITE_MULTI, p, 8 + 24), EINVAL);
	put_le64(p, 0xaaaaaaaaaaaaaabull);		/* times 24 it is small */
	assert_int_equal(call(WRITE_MULTI, p, 8 + 24), EINVAL);
	assert_int_equal(dev.touched, 0);
}

static void hostile_mappings(void **state)
{
	int fd = memfd_create("m", 0), pipes[2], before, i;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(ftruncate(fd, 0x10000), 0);
	before = open_files();
	assert_int_equal(map(0, 0x11000, 0, fd), EINVAL);	/* more than the file has */
	assert_int_equal(map(0, 0x1000, 0x10000, fd), EINVAL);
	assert_int_equal(map(0, 0x2000, ~0ull - 0xfff, fd), EINVAL);
	assert_int_equal(map(0, 0, 0, fd), EINVAL);
	assert_int_equal(map(0x800, 0x1000, 0, fd), EINVAL);	/* not whole pages */
	assert_int_equal(map(0, 0x800, 0, fd), EINVAL);
	assert_int_equal(map(0, 0x1000, 0x801, fd), EINVAL);
	assert_int_equal(map(~0ull - 0xfff, 0x2000, 0, fd), EINVAL);
	assert_int_equal(map(0, 0x1000, 0, pipes[0]), EINVAL);
	assert_int_equal(map(0x1000, 0x2000, 0, fd), 0);
	assert_int_equal(map(0x2000, 0x2000, 0, fd), EINVAL);	/* overlap */
	assert_int_equal(unmap(2, 0, 0), 0);
	for (i = 0; i < MEMORY_REGIONS; i++)
		assert_int_equal(map((uint64_t)i << 20, 0x1000, 0, fd), 0);
	assert_int_equal(map(1ull << 40, 0x1000, 0, fd), ENOSPC);
	assert_int_equal(open_files(), before);
	close(pipes[0]);
	close(pipes[1]);
	close(fd);
}

static void hostile_vectors(void **state)
{
	uint8_t h[HEADER] = { 0 };
	int fds[20], before, i;

	(void)state;
	for (i = 0; i < 20; i++)
		fds[i] = eventfd(0, 0);
	before = open_files();
	assert_int_equal(set_irqs(4 | 0x20, 2, 64, 1, fds, 1), EINVAL);
	assert_int_equal(set_irqs(4 | 0x20, 2, 63, 2, fds, 2), EINVAL);
	assert_int_equal(set_irqs(4 | 0x20, 2, ~0u, 2, fds, 2), EINVAL);
	assert_int_equal(set_irqs(4 | 0x20, 2, 2, ~0u, fds, 2), EINVAL);
	assert_int_equal(set_irqs(4 | 0x20, 2, 0, 2, fds, 3), EINVAL);
	assert_int_equal(set_irqs(4 | 0x20, 2, 0, 20, fds, 20), EINVAL);
	assert_int_equal(set_irqs(4 | 0x20, 0, 0, 1, fds, 1), EINVAL);
	assert_int_equal(set_irqs(4 | 0x20, ~0u, 0, 1, fds, 1), EINVAL);
	assert_int_equal(set_irqs(4 | 0x08, 2, 0, 1, fds, 1), ENOTSUP);
	assert_int_equal(set_irqs(2 | 0x20, 2, 0, 1, fds, 1), ENOTSUP);
	assert_int_equal(call_fds(GET_INFO, fds, 16, fds, 8), 0);	/* nobody asked for them */
	put_le16(h + 2, GET_INFO);
	put_le32(h + 4, HEADER + 16);
	send_raw(h, HEADER, fds, 8);			/* some with each part */
	send_raw(h, 16, fds, 8);
	assert_int_equal(vfu_serve(&v), 1);
	assert_int_equal(open_files(), before);
	for (i = 0; i < 20; i++)
		close(fds[i]);
}

/* Lengths that no message has: nothing more can be made out. */
static void hostile_headers(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 15, 16 + 65537, 0x7fffffff, 0xffffffff };
	uint8_t h[HEADER] = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		put_le16(h + 2, REGION_READ);
		put_le32(h + 4, sizes[i]);
		send_raw(h, sizeof(h), NULL, 0);
		assert_int_equal(vfu_serve(&v), -EPROTO);
	}
	assert_int_equal(call(0, h, 0), ENOTSUP);
	assert_int_equal(call(16, h, 0), ENOTSUP);
	assert_int_equal(call(65535, h, 0), ENOTSUP);
	assert_int_equal(call(DMA_READ, h, 16), ENOTSUP);
}

static void client_goes(void **state)
{
	uint8_t h[HEADER] = { 0 };

	(void)state;
	put_le16(h + 2, REGION_READ);
	put_le32(h + 4, HEADER + 16);
	send_raw(h, sizeof(h), NULL, 0);
	send_raw(h, 5, NULL, 0);		/* in the middle of a message */
	shutdown(us, SHUT_WR);
	assert_int_equal(vfu_serve(&v), -EPIPE);
	assert_int_equal(vfu_serve(&v), -EPIPE);
}

/* Messages that are right but for some bytes, with files or without. */
static void random_messages(void **state)
{
	uint8_t m[HEADER + 200];
	int fd = memfd_create("m", 0), before, i, at, fds[8];
	size_t size;

	(void)state;
	assert_int_equal(ftruncate(fd, 0x4000), 0);
	for (i = 0; i < 8; i++)
		fds[i] = fd;
	before = open_files();
	srandom(5);
	for (i = 0; i < 100000; i++) {
		size = HEADER + (size_t)random() % 100;
		memset(m, 0, sizeof(m));
		for (at = HEADER; at < (int)size; at++)
			if (random() % 3 == 0)
				m[at] = (uint8_t)(random() % 4 ? random() % 8 : random());
		put_le16(m, (uint16_t)i);
		put_le16(m + 2, (uint16_t)(random() % 18));
		put_le32(m + 4, (uint32_t)size);
		put_le32(m + 8, random() % 8 ? 0 : (uint32_t)random() & 0x3f);
		if (random() % 4 == 0)
			put_le32(m + HEADER + 8, (uint32_t)random() % 10);
		send_raw(m, size, fds, random() % 4 ? 0 : 1 + (unsigned int)random() % 8);
		assert_int_equal(vfu_serve(&v), 1);
		while (recv(us, answer, sizeof(answer), MSG_DONTWAIT) > 0)
			;
	}
	set_irqs(1 | 0x20, 2, 0, 0, NULL, 0);
	assert_int_equal(open_files(), before);
	assert_in_range(v.refused, 1000, 99999);
	close(fd);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(handshake),
		TEST(description),
		TEST(accesses),
		TEST(no_reply),
		TEST(mapping),
		TEST(vectors),
		TEST(hostile_accesses),
		TEST(hostile_mappings),
		TEST(hostile_vectors),
		TEST(hostile_headers),
		TEST(client_goes),
		TEST(random_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
