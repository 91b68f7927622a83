// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "port.h"

struct port {
	int fd;
	bool tap;
	struct sockaddr_un path;	/* ours */
	struct sockaddr_un peer;
	socklen_t peer_size;		/* 0: nobody has sent yet */
};

static void complain(const char *what, const char *name)
{
	fprintf(stderr, "nic82599: the %s '%s' cannot be opened: %s\n", what, name,
		strerror(errno));
}

static int open_tap(struct port *p, const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	if (!*name || strlen(name) >= sizeof(request.ifr_name)) {
		errno = ENAMETOOLONG;
		complain("tap", name);
		return -1;
	}
	memcpy(request.ifr_name, name, strlen(name));
	p->tap = true;
	p->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (p->fd < 0 || ioctl(p->fd, TUNSETIFF, &request)) {
		complain("tap", name);
		return -1;
	}
	return 0;
}

static int open_unix(struct port *p, const char *path)
{
	const int room = 4 << 20;

	p->path.sun_family = AF_UNIX;
	if (!*path || strlen(path) >= sizeof(p->path.sun_path)) {
		errno = ENAMETOOLONG;
		complain("socket", path);
		return -1;
	}
	memcpy(p->path.sun_path, path, strlen(path));
	p->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0 || bind(p->fd, (struct sockaddr *)&p->path, sizeof(p->path))) {
		complain("socket", path);
		p->path.sun_path[0] = 0;	/* not ours to remove */
		return -1;
	}
	setsockopt(p->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	return 0;
}

struct port *port_open(const char *where)
{
	struct port *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return NULL;
	p->fd = -1;
	if (!strncmp(where, "tap:", 4)) {
		err = open_tap(p, where + 4);
	} else if (!strncmp(where, "unix:", 5)) {
		err = open_unix(p, where + 5);
	} else {
		fprintf(stderr, "nic82599: '%s' is neither tap:NAME nor unix:PATH\n", where);
		err = -1;
	}
	if (!err)
		return p;
	port_close(p);
	return NULL;
}

void port_close(struct port *p)
{
	if (!p)
		return;
	if (p->fd >= 0)
		close(p->fd);
	if (p->path.sun_path[0])
		unlink(p->path.sun_path);
	free(p);
}

int port_fd(const struct port *p)
{
	return p->fd;
}

static ssize_t receive_unix(struct port *p, void *frame, size_t room)
{
	socklen_t size = sizeof(p->peer);
	ssize_t n;

	n = recvfrom(p->fd, frame, room, 0, (struct sockaddr *)&p->peer, &size);
	if (n >= 0 && size > sizeof(sa_family_t))
		p->peer_size = size;
	return n;
}

ssize_t port_receive(struct port *p, void *frame, size_t room)
{
	ssize_t n = p->tap ? read(p->fd, frame, room) : receive_unix(p, frame, room);

	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

bool port_send(struct port *p, const void *frame, size_t length)
{
	ssize_t n;

	if (p->tap) {
		n = write(p->fd, frame, length);
	} else {
		if (!p->peer_size)
			return false;
		n = sendto(p->fd, frame, length, MSG_NOSIGNAL,
			   (struct sockaddr *)&p->peer, p->peer_size);
	}
	return n == (ssize_t)length;
}
