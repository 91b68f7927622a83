// SPDX-License-Identifier: GPL-2.0-only
/*
 * nic82599 - an Intel 82599 for QEMU's vfio-user-pci device
 *
 * Waits for QEMU at a socket, serves it, and ends when QEMU does. SIGUSR1
 * writes the counters to a file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "bytes.h"
#include "nic.h"
#include "rx.h"
#include "tx.h"
#include "vfio_user.h"

/* How much of one kind of work is done before the others have their turn. */
#define MESSAGES	64
#define FRAMES		64
#define DESCRIPTORS	64

struct options {
	const char *socket;
	const char *port;
	const char *counters;
	uint8_t mac[6];
};

static const char usage[] =
	"usage: nic82599 --socket PATH --port tap:NAME|unix:PATH --mac MAC [--counters FILE]\n"
	"\n"
	"  --socket PATH     where QEMU's vfio-user-pci connects to\n"
	"  --port WHERE      the other end of the cable: a tap, or a datagram socket\n"
	"  --mac MAC         the card's own address\n"
	"  --counters FILE   written on SIGUSR1: what has become of every frame (JSON)\n";

/* ---------------------------------------------------------------- the device */

static int device_read(void *device, unsigned int region, uint64_t offset, void *data, size_t size)
{
	struct nic *n = device;
	size_t i;

	memset(data, 0, size);
	if (region == VFU_REGION_CONFIG) {
		pci_read(&n->pci, offset, data, size);
	} else if (region == PCI_BAR_REGISTERS) {
		if (size < 4)
			return -EINVAL;
		for (i = 0; i < size; i += 4)
			put_le32((uint8_t *)data + i, nic_read(n, (uint32_t)(offset + i)));
	}
	return 0;
}

static int device_write(void *device, unsigned int region, uint64_t offset, const void *data,
			size_t size)
{
	struct nic *n = device;
	size_t i;

	if (region == VFU_REGION_CONFIG) {
		pci_write(&n->pci, offset, data, size);
	} else if (region == PCI_BAR_REGISTERS) {
		if (size < 4)
			return -EINVAL;
		for (i = 0; i < size; i += 4)
			nic_write(n, (uint32_t)(offset + i), get_le32((const uint8_t *)data + i));
	}
	return 0;
}

static int device_map(void *device, uint64_t address, uint64_t size, int fd, uint64_t offset,
		      bool writable)
{
	struct nic *n = device;

	return memory_map(&n->memory, address, size, fd, offset, writable);
}

static int device_unmap(void *device, uint64_t address, uint64_t size, bool all)
{
	struct nic *n = device;

	if (!all)
		return memory_unmap(&n->memory, address, size);
	memory_unmap_all(&n->memory);
	return 0;
}

static int device_set_vector(void *device, unsigned int vector, int fd)
{
	struct nic *n = device;

	irq_set_fd(&n->irq, vector, fd);
	return 0;
}

static void device_reset(void *device)
{
	nic_reset(device);
}

static const struct vfu_ops device_ops = {
	.read = device_read,
	.write = device_write,
	.map = device_map,
	.unmap = device_unmap,
	.set_vector = device_set_vector,
	.reset = device_reset,
};

/* ---------------------------------------------------------------- counters */

static void print_counters(FILE *out, const struct nic *n, const struct vfu *v)
{
	const struct counters *c = &n->count;
	int i;

	fprintf(out, "{\"received\":%" PRIu64 ",\"ignored\":%" PRIu64 ",\"oversize\":%" PRIu64
		",\"filtered\":%" PRIu64 ",\"delivered\":%" PRIu64 ",\"no_descriptor\":%" PRIu64
		",\"missed\":%" PRIu64 ",\"bad_address\":%" PRIu64 ",\"sent\":%" PRIu64
		",\"unsent\":%" PRIu64 ",\"malformed\":%" PRIu64 ",\"interrupts\":%" PRIu64
		",\"refused\":%" PRIu64 ",\"queue\":[",
		c->received, c->ignored, c->oversize, c->filtered, c->delivered, c->no_descriptor,
		c->missed, c->bad_address, c->sent, c->unsent, c->malformed, n->irq.fired,
		v->refused);
	for (i = 0; i < 16; i++)
		fprintf(out, "%s%" PRIu64, i ? "," : "", c->queue[i]);
	fprintf(out, "]}\n");
}

/* Who waits for the file sees all of it or nothing. */
static void write_counters(const char *path, const struct nic *n, const struct vfu *v)
{
	char name[4096];
	FILE *out;

	if (!path || snprintf(name, sizeof(name), "%s.new", path) >= (int)sizeof(name))
		return;
	out = fopen(name, "w");
	if (!out) {
		fprintf(stderr, "nic82599: %s cannot be written: %s\n", name, strerror(errno));
		return;
	}
	print_counters(out, n, v);
	fclose(out);
	rename(name, path);
}

/* ---------------------------------------------------------------- the loop */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int serve_messages(struct vfu *v)
{
	int i, err;

	for (i = 0; i < MESSAGES; i++) {
		err = vfu_serve(v);
		if (err <= 0)
			return err;
	}
	return 0;
}

/* Until there is something to do; at once if something is known to be. */
static void wait_for(struct pollfd *fds, nfds_t count, bool busy, uint64_t until)
{
	struct timespec left = { 0 };
	struct timespec *timeout = &left;
	uint64_t now;

	if (!busy && until == UINT64_MAX) {
		timeout = NULL;
	} else if (!busy) {
		now = now_ns();
		if (until > now) {
			left.tv_sec = (time_t)((until - now) / 1000000000u);
			left.tv_nsec = (long)((until - now) % 1000000000u);
		}
	}
	if (ppoll(fds, count, timeout, NULL) < 0 && errno != EINTR)
		abort();
}

/* Returns when QEMU has gone (0), or on what nobody can go on after. */
static int serve(struct nic *n, struct vfu *v, int signals, const char *counters)
{
	struct pollfd fds[] = {
		{ .fd = v->fd, .events = POLLIN },
		{ .fd = port_fd(n->port), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	uint64_t again = UINT64_MAX;
	bool busy = false;
	int err;

	for (;;) {
		wait_for(fds, 3, busy, again);
		busy = false;
		if (fds[0].revents) {
			err = serve_messages(v);
			if (err)
				return err == -EPIPE ? 0 : err;
		}
		if (fds[2].revents && read(signals, &info, sizeof(info)) == sizeof(info)) {
			if (info.ssi_signo != SIGUSR1)
				return 0;
			write_counters(counters, n, v);
		}
		if (tx_run(n, DESCRIPTORS))
			busy = true;
		if (fds[1].revents && rx_run(n, FRAMES))
			busy = true;
		again = irq_run(&n->irq, now_ns());
	}
}

/* ---------------------------------------------------------------- beginning */

static int wait_for_qemu(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, client = -1;

	if (strlen(path) >= sizeof(address.sun_path)) {
		fprintf(stderr, "nic82599: the path '%s' is too long for a socket\n", path);
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 1)) {
		fprintf(stderr, "nic82599: the socket %s cannot be made: %s\n", path,
			strerror(errno));
		return -1;
	}
	client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	close(fd);
	unlink(path);
	return client;
}

static int take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
	int end = 0;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
		      &mac[3], &mac[4], &mac[5], &end) == 6 && !text[end] && !(mac[0] & 1);
}

static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "port", required_argument, NULL, 'p' },
		{ "mac", required_argument, NULL, 'm' },
		{ "counters", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	bool mac = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		switch (c) {
		case 's':
			o->socket = optarg;
			break;
		case 'p':
			o->port = optarg;
			break;
		case 'm':
			mac = parse_mac(optarg, o->mac);
			break;
		case 'c':
			o->counters = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (o->socket && o->port && mac && optind == argc)
		return;
	fputs(usage, stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct vfu v = {
		.ops = &device_ops,
		.region_size = {
			[PCI_BAR_REGISTERS] = NIC_BAR_SIZE,
			[PCI_BAR_MSIX] = PCI_MSIX_SIZE,
			[VFU_REGION_CONFIG] = PCI_CONFIG_SIZE,
		},
		.vectors = IRQ_VECTORS,
	};
	struct port *port;
	struct nic *n;
	int err, signals;

	parse_options(argc, argv, &o);
	prctl(PR_SET_TIMERSLACK, 1000);
	signals = take_signals();
	port = port_open(o.port);
	n = port ? nic_new(o.mac, port) : NULL;
	if (!n)
		return 1;
	v.device = n;
	v.fd = wait_for_qemu(o.socket);
	err = v.fd < 0 ? -errno : serve(n, &v, signals, o.counters);
	if (err)
		fprintf(stderr, "nic82599: QEMU says what cannot be understood (%s)\n",
			strerror(-err));
	write_counters(o.counters, n, &v);
	nic_free(n);
	port_close(port);
	return err ? 1 : 0;
}
