// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"

bool write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd pfd = { .fd = fd, .events = POLLOUT };

			poll(&pfd, 1, -1);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

/* One write for a small frame: a client killed in between leaves no half frame. */
bool frame_send(int fd, enum frame_type type, const void *data, size_t len)
{
	static struct frame f;

	f.type = type;
	f.len = len;
	memcpy(f.data, data, len);
	return write_all(fd, &f, FRAME_HEADER + len);
}

static bool frame_sane(const struct frame *f)
{
	return f->type >= FRAME_HELLO && f->type <= FRAME_EXIT && f->len <= FRAME_MAX;
}

int frame_read(int fd, struct reader *r)
{
	size_t want = FRAME_HEADER;
	ssize_t n;

	if (r->have >= FRAME_HEADER && r->have == FRAME_HEADER + r->frame.len)
		r->have = 0;
	if (r->have >= FRAME_HEADER)
		want += r->frame.len;
	n = read(fd, (char *)&r->frame + r->have, want - r->have);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		errno = 0;
		return -1;
	}
	r->have += n;
	if (r->have < FRAME_HEADER)
		return 0;
	if (!frame_sane(&r->frame)) {
		errno = EPROTO;
		return -1;
	}
	return r->have == FRAME_HEADER + r->frame.len;
}
