// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes.h"
#include "vfio_user.h"

/* Header: id 16, command 16, size 32, flags 32, error 32. */
#define HEADER		16
#define MAX_PAYLOAD	(64 * 1024)
#define ACCESS		16	/* offset 64, region 32, count 32 */

#define TYPE_MASK	0x0f
#define TYPE_REPLY	0x01
#define NO_REPLY	0x10
#define IS_ERROR	0x20

enum command {
	VERSION = 1,
	DMA_MAP,
	DMA_UNMAP,
	GET_INFO,
	GET_REGION_INFO,
	GET_REGION_IO_FDS,
	GET_IRQ_INFO,
	SET_IRQS,
	REGION_READ,
	REGION_WRITE,
	DEVICE_RESET = 13,
	REGION_WRITE_MULTI = 15,
};

/* One message, and the reply that grows from it. */
struct message {
	uint16_t id;
	uint16_t command;
	uint32_t flags;
	size_t size;			/* of the payload */
	int fds[VFU_MAX_FDS];
	unsigned int fd_count;
	size_t reply_size;		/* of the payload */
	uint8_t payload[MAX_PAYLOAD];
	uint8_t reply[HEADER + MAX_PAYLOAD];
};

/* ---------------------------------------------------------------- transport */

static void close_fds(struct message *m)
{
	while (m->fd_count)
		close(m->fds[--m->fd_count]);
}

/* What comes along with the data; what there is no room for is closed. */
static void take_fds(struct message *m, struct msghdr *h)
{
	struct cmsghdr *c;
	size_t n, i;
	int fd;

	for (c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (m->fd_count < VFU_MAX_FDS)
				m->fds[m->fd_count++] = fd;
			else
				close(fd);
		}
	}
}

/* 1: all of it; 0: nothing there, only if it need not be; or -EPIPE. */
static int receive(int fd, struct message *m, uint8_t *data, size_t size, bool wait)
{
	union {
		struct cmsghdr header;
		uint8_t space[CMSG_SPACE(VFU_MAX_FDS * sizeof(int))];
	} control;
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct iovec part;
	struct msghdr h;
	size_t got = 0;
	ssize_t n;

	while (got < size) {
		part.iov_base = data + got;
		part.iov_len = size - got;
		memset(&h, 0, sizeof(h));
		h.msg_iov = &part;
		h.msg_iovlen = 1;
		h.msg_control = control.space;
		h.msg_controllen = sizeof(control.space);
		n = recvmsg(fd, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n > 0) {
			take_fds(m, &h);
			got += (size_t)n;
		} else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (!wait && !got)
				return 0;
			poll(&ready, 1, -1);
		} else {
			return -EPIPE;
		}
	}
	return 1;
}

static int send_all(int fd, const uint8_t *data, size_t size)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	ssize_t n;

	while (size) {
		n = send(fd, data, size, MSG_NOSIGNAL);
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		} else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			poll(&ready, 1, -1);
		} else {
			return -EPIPE;
		}
	}
	return 1;
}

static int answer(struct vfu *v, struct message *m, int error)
{
	uint8_t *h = m->reply;

	if (error) {
		v->refused++;
		m->reply_size = 0;
	}
	if (m->flags & NO_REPLY)
		return 1;
	put_le16(h, m->id);
	put_le16(h + 2, m->command);
	put_le32(h + 4, (uint32_t)(HEADER + m->reply_size));
	put_le32(h + 8, TYPE_REPLY | (error ? IS_ERROR : 0));
	put_le32(h + 12, (uint32_t)-error);
	return send_all(v->fd, h, HEADER + m->reply_size);
}

/* ---------------------------------------------------------------- commands */

/* Room for so much of a reply, all zero. */
static uint8_t *reply(struct message *m, size_t size)
{
	m->reply_size = size;
	memset(m->reply + HEADER, 0, size);
	return m->reply + HEADER;
}

static const char capabilities[] =
	"{\"capabilities\":{\"max_msg_fds\":%d,\"max_data_xfer_size\":%d,\"write_multiple\":true}}";

static int version(struct vfu *v, struct message *m)
{
	char said[160];
	uint8_t *p;
	size_t n;

	(void)v;
	if (m->size < 4)
		return -EINVAL;
	if (get_le16(m->payload) != 0)
		return -ENOTSUP;
	n = (size_t)snprintf(said, sizeof(said),
			     capabilities, VFU_MAX_FDS, VFU_MAX_DATA) + 1;
	p = reply(m, 4 + n);
	memcpy(p, m->payload, 4);
	memcpy(p + 4, said, n);
	return 0;
}

static int dma_map(struct vfu *v, struct message *m)
{
	uint32_t flags;

	if (m->size < 32)
		return -EINVAL;
	flags = get_le32(m->payload + 4);
	if (!m->fd_count)
		return 0;	/* what cannot be mapped is out of our reach */
	return v->ops->map(v->device, get_le64(m->payload + 16), get_le64(m->payload + 24),
			   m->fds[0], get_le64(m->payload + 8), flags & 2);
}

static int dma_unmap(struct vfu *v, struct message *m)
{
	uint64_t address, size;
	bool all;
	int err;

	if (m->size < 24)
		return -EINVAL;
	all = get_le32(m->payload + 4) & 2;
	address = get_le64(m->payload + 8);
	size = get_le64(m->payload + 16);
	err = v->ops->unmap(v->device, address, size, all);
	if (err && err != -ENOENT)	/* it may have come without a file */
		return err;
	memcpy(reply(m, 24), m->payload, 24);
	return 0;
}

static int get_info(struct vfu *v, struct message *m)
{
	uint8_t *p = reply(m, 16);

	(void)v;
	put_le32(p, 16);
	put_le32(p + 4, 1 | 2);		/* can be reset, is PCI */
	put_le32(p + 8, VFU_REGIONS);
	put_le32(p + 12, VFU_IRQS);
	return 0;
}

static int get_region_info(struct vfu *v, struct message *m)
{
	uint32_t index;
	uint8_t *p;

	if (m->size < 16)
		return -EINVAL;
	index = get_le32(m->payload + 8);
	if (index >= VFU_REGIONS)
		return -EINVAL;
	p = reply(m, 32);
	put_le32(p, 32);
	put_le32(p + 4, v->region_size[index] ? 1 | 2 : 0);	/* read, write */
	put_le32(p + 8, index);
	put_le64(p + 16, v->region_size[index]);
	return 0;
}

static int get_irq_info(struct vfu *v, struct message *m)
{
	uint32_t index;
	uint8_t *p;

	if (m->size < 16)
		return -EINVAL;
	index = get_le32(m->payload + 8);
	if (index >= VFU_IRQS)
		return -EINVAL;
	p = reply(m, 16);
	put_le32(p, 16);
	put_le32(p + 4, index == VFU_IRQ_MSIX ? 1 : 0);		/* eventfds */
	put_le32(p + 8, index);
	put_le32(p + 12, index == VFU_IRQ_MSIX ? v->vectors : 0);
	return 0;
}

#define IRQ_NO_DATA	0x01
#define IRQ_EVENTFD	0x04
#define IRQ_TRIGGER	0x20

/* Without fds the vectors lose theirs. */
static int set_vectors(struct vfu *v, struct message *m, uint32_t start, uint32_t count)
{
	uint32_t i;
	int err = 0;

	if (m->fd_count && m->fd_count != count)
		return -EINVAL;
	for (i = 0; i < count && !err; i++)
		err = v->ops->set_vector(v->device, start + i, m->fd_count ? m->fds[i] : -1);
	if (m->fd_count && !err)
		m->fd_count = 0;	/* they are the device's now */
	return err;
}

static int set_irqs(struct vfu *v, struct message *m)
{
	uint32_t flags, start, count;

	if (m->size < 20)
		return -EINVAL;
	flags = get_le32(m->payload + 4);
	start = get_le32(m->payload + 12);
	count = get_le32(m->payload + 16);
	if (get_le32(m->payload + 8) != VFU_IRQ_MSIX)
		return count ? -EINVAL : 0;
	if (!(flags & IRQ_TRIGGER))
		return -ENOTSUP;
	if (start > v->vectors || count > v->vectors - start)
		return -EINVAL;
	if (flags & IRQ_EVENTFD)
		return set_vectors(v, m, start, count);
	if (!(flags & IRQ_NO_DATA) || count)
		return -ENOTSUP;
	close_fds(m);
	return set_vectors(v, m, 0, v->vectors);
}

/* Is it one that the device may see? Registers know no odd sizes. */
static int check_access(struct vfu *v, const uint8_t *p, size_t *size)
{
	uint64_t offset = get_le64(p);
	uint32_t region = get_le32(p + 8);
	uint32_t count = get_le32(p + 12);

	if (region >= VFU_REGIONS || !count || count > VFU_MAX_DATA)
		return -EINVAL;
	if (offset > v->region_size[region] || count > v->region_size[region] - offset)
		return -EINVAL;
	if (region != VFU_REGION_CONFIG &&
	    (count > 8 || (count & (count - 1)) || offset % count))
		return -EINVAL;
	*size = count;
	return 0;
}

static int region_read(struct vfu *v, struct message *m)
{
	size_t size;
	uint8_t *p;
	int err;

	if (m->size < ACCESS)
		return -EINVAL;
	err = check_access(v, m->payload, &size);
	if (err)
		return err;
	p = reply(m, ACCESS + size);
	memcpy(p, m->payload, ACCESS);
	return v->ops->read(v->device, get_le32(p + 8), get_le64(p), p + ACCESS, size);
}

static int region_write(struct vfu *v, struct message *m)
{
	size_t size;
	int err;

	if (m->size < ACCESS)
		return -EINVAL;
	err = check_access(v, m->payload, &size);
	if (err)
		return err;
	if (m->size - ACCESS < size)
		return -EINVAL;
	memcpy(reply(m, ACCESS), m->payload, ACCESS);
	return v->ops->write(v->device, get_le32(m->payload + 8), get_le64(m->payload),
			     m->payload + ACCESS, size);
}

/* Several writes of up to eight bytes, which QEMU had collected. */
static int region_write_multi(struct vfu *v, struct message *m)
{
	const uint8_t *p = m->payload + 8;
	uint64_t count, i;
	size_t size;
	int err;

	if (m->size < 8)
		return -EINVAL;
	count = get_le64(m->payload);
	if (count > (m->size - 8) / (ACCESS + 8))
		return -EINVAL;
	for (i = 0; i < count; i++, p += ACCESS + 8) {
		err = check_access(v, p, &size);
		if (!err && size > 8)
			err = -EINVAL;
		if (!err)
			err = v->ops->write(v->device, get_le32(p + 8), get_le64(p), p + ACCESS,
					    size);
		if (err)
			return err;
	}
	put_le64(reply(m, 8), count);
	return 0;
}

static int device_reset(struct vfu *v, struct message *m)
{
	(void)m;
	v->ops->reset(v->device);
	return 0;
}

typedef int (*handler)(struct vfu *v, struct message *m);

static const handler handlers[] = {
	[VERSION] = version,
	[DMA_MAP] = dma_map,
	[DMA_UNMAP] = dma_unmap,
	[GET_INFO] = get_info,
	[GET_REGION_INFO] = get_region_info,
	[GET_IRQ_INFO] = get_irq_info,
	[SET_IRQS] = set_irqs,
	[REGION_READ] = region_read,
	[REGION_WRITE] = region_write,
	[DEVICE_RESET] = device_reset,
	[REGION_WRITE_MULTI] = region_write_multi,
};

static handler handler_of(const struct message *m)
{
	if ((m->flags & TYPE_MASK) || m->command >= ARRAY_SIZE(handlers))
		return NULL;
	return handlers[m->command];
}

int vfu_serve(struct vfu *v)
{
	static struct message m;
	uint8_t h[HEADER];
	handler handle;
	uint32_t size;
	int err;

	m.fd_count = 0;
	m.reply_size = 0;
	err = receive(v->fd, &m, h, sizeof(h), false);
	if (err <= 0)
		return err;
	m.id = get_le16(h);
	m.command = get_le16(h + 2);
	m.flags = get_le32(h + 8);
	size = get_le32(h + 4);
	if (size < HEADER || size > HEADER + MAX_PAYLOAD) {
		close_fds(&m);
		return -EPROTO;
	}
	m.size = size - HEADER;
	err = receive(v->fd, &m, m.payload, m.size, true);
	if (err == 1) {
		handle = handler_of(&m);
		err = answer(v, &m, handle ? handle(v, &m) : -ENOTSUP);
	}
	close_fds(&m);
	return err;
}
