// SPDX-License-Identifier: GPL-2.0-only
/*
 * udprecv - counts what arrives of udpsend's flows: packets, losses, order
 *
 * Everything is judged by the sender's sequence numbers. One socket takes all
 * flows, so their order among each other is the socket's.
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
#include <sys/socket.h>
#include <linux/sock_diag.h>
#include <time.h>
#include <unistd.h>

#include "flowspec.h"
#include "payload.h"
#include "seen.h"

#define BATCH		32
#define MAX_FLOWS	256
#define NSEC		1000000000LL

#ifndef SO_MEMINFO
#define SO_MEMINFO	55
#endif

struct flow {
	uint32_t id;
	struct seen seen;
	uint64_t packets;	/* duplicates included, markers not */
	uint64_t bytes;
	uint64_t corrupt;
	uint64_t sent;		/* from the marker */
	bool ended;
	int64_t first;
	int64_t last;
};

static struct flow *flows[MAX_FLOWS];
static int nflows;
static uint64_t foreign;	/* datagrams that udpsend did not write */
static bool verify;
static unsigned int work;	/* rounds per datagram */
static volatile sig_atomic_t stopped;

static char buffers[BATCH][PAYLOAD_MAX + 1];
static struct iovec iovs[BATCH];
static struct mmsghdr msgs[BATCH];

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC + ts.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "udprecv: %s: %s\n", what, strerror(errno));
	exit(2);
}

static struct flow *flow_of(uint32_t id)
{
	struct flow *f;
	int i;

	for (i = 0; i < nflows; i++)
		if (flows[i]->id == id)
			return flows[i];
	if (nflows == MAX_FLOWS)
		return NULL;
	f = calloc(1, sizeof(*f));
	if (!f)
		die("no memory");
	f->id = id;
	flows[nflows++] = f;
	return f;
}

/*
 * Stands for what a VM does with a datagram: its own kernel's way to the
 * application. Rounds and not time, since a throttled vCPU's clock goes on.
 */
static void toil(unsigned int rounds)
{
	static volatile uint64_t sink;
	uint64_t x = sink | 1;

	while (rounds--) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	sink = x;
}

static void take(const char *data, size_t len, int64_t t)
{
	struct payload p;
	struct flow *f;
	uint64_t seq;

	if (len < sizeof(p)) {
		foreign++;
		return;
	}
	memcpy(&p, data, sizeof(p));
	f = be32toh(p.magic) == PAYLOAD_MAGIC ? flow_of(be32toh(p.flow)) : NULL;
	if (!f) {
		foreign++;
		return;
	}
	seq = be64toh(p.seq);
	if (p.total) {
		f->ended = true;
		f->sent = be64toh(p.total) - 1;
		return;
	}
	if (!f->packets)
		f->first = t;
	f->last = t;
	f->packets++;
	f->bytes += len;
	if (verify && !payload_intact(data, len, f->id, seq))
		f->corrupt++;
	seen_add(&f->seen, seq);
	toil(work);
}

static int receive(int fd)
{
	int i, n;

	for (i = 0; i < BATCH; i++) {
		iovs[i] = (struct iovec){ buffers[i], sizeof(buffers[i]) };
		msgs[i].msg_hdr = (struct msghdr){ .msg_iov = &iovs[i], .msg_iovlen = 1 };
	}
	n = recvmmsg(fd, msgs, BATCH, MSG_DONTWAIT, NULL);
	if (n > 0) {
		int64_t t = now();

		for (i = 0; i < n; i++)
			take(buffers[i], msgs[i].msg_len, t);
	}
	return n;
}

static bool all_ended(int expected)
{
	int i;

	if (nflows < expected)
		return false;
	for (i = 0; i < nflows; i++)
		if (!flows[i]->ended)
			return false;
	return nflows > 0;
}

/*
 * Ends on a signal, after @seconds, or @idle_ms after the last datagram once
 * the marker of each of @expected flows has come.
 */
static void run(int fd, double seconds, int idle_ms, int expected)
{
	int64_t end = seconds ? now() + (int64_t)(seconds * NSEC) : INT64_MAX;
	int64_t quiet = now();

	while (!stopped) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		int64_t t;

		if (receive(fd) > 0) {
			quiet = now();
			if (quiet >= end)
				return;
			continue;
		}
		t = now();
		if (t >= end || (all_ended(expected) && t - quiet >= idle_ms * 1000000LL))
			return;
		poll(&pfd, 1, 20);
	}
}

static uint32_t socket_drops(int fd)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len))
		return 0;
	return info[SK_MEMINFO_DROPS];
}

static void report_flow(FILE *out, const struct flow *f)
{
	double s = (double)(f->last - f->first) / NSEC;
	uint64_t sent = f->ended ? f->sent : f->seen.next;

	fprintf(out, "{\"id\":%" PRIu32 ",\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64
		",\"ended\":%s,\"sent\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"gaps\":%" PRIu64
		",\"reordered\":%" PRIu64 ",\"duplicates\":%" PRIu64 ",\"ancient\":%" PRIu64
		",\"max_late\":%" PRIu64 ",\"corrupt\":%" PRIu64 ",\"seconds\":%.6f,\"mbps\":%.3f}",
		f->id, f->packets, f->bytes, f->ended ? "true" : "false", sent,
		sent - f->seen.unique, seen_gaps(&f->seen), f->seen.reordered,
		f->seen.duplicates, f->seen.ancient, f->seen.max_late, f->corrupt, s,
		s > 0 ? (double)f->bytes * 8 / 1e6 / s : 0);
}

static void report(FILE *out, int fd)
{
	uint64_t packets = 0, reordered = 0, lost = 0;
	int i;

	for (i = 0; i < nflows; i++) {
		packets += flows[i]->packets;
		reordered += flows[i]->seen.reordered;
		lost += (flows[i]->ended ? flows[i]->sent : flows[i]->seen.next) -
			flows[i]->seen.unique;
	}
	fprintf(out, "{\"packets\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"reordered\":%" PRIu64
		",\"foreign\":%" PRIu64 ",\"socket_drops\":%" PRIu32 ",\"flows\":[",
		packets, lost, reordered, foreign, socket_drops(fd));
	for (i = 0; i < nflows; i++) {
		fputs(i ? "," : "", out);
		report_flow(out, flows[i]);
	}
	fputs("]}\n", out);
}

static int open_socket(const struct endpoint *ep, int rcvbuf)
{
	int fd = socket(ep->addr.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0)
		die("cannot open a socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf)) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf)))
		die("cannot set the receive buffer");
	if (bind(fd, (const struct sockaddr *)&ep->addr, ep->len))
		die("cannot receive on that address");
	return fd;
}

static void usage(FILE *out)
{
	fprintf(out,
		"usage: udprecv [-f FLOWS] [-t SECONDS] [-i IDLE_MS] [-r BYTES] [-V] [-w ROUNDS] [-p FILE] [-o FILE] ADDR:PORT\n"
		"\n"
		"  -f FLOWS    how many flows must end before it may stop (1)\n"
		"  -t SECONDS  stop after this time in any case\n"
		"  -i IDLE_MS  stop so long after the last datagram of ended flows (300)\n"
		"  -r BYTES    receive buffer (16 MiB)\n"
		"  -V          verify the pattern that udpsend -V wrote\n"
		"  -w ROUNDS   work to do for every datagram, as a VM would (0)\n"
		"  -p FILE     make FILE once the socket is open\n"
		"  -o FILE     write the result there\n"
		"\n"
		"Prints what came as JSON; stops on SIGINT and SIGTERM as well.\n");
}

struct options {
	double seconds;
	int idle_ms;
	int expected;
	int rcvbuf;
	const char *ready;
	const char *out;
};

static int whole(const char *text, char option)
{
	char *end;
	long n = strtol(text, &end, 0);

	if (end == text || *end || n < 0 || n > INT32_MAX) {
		fprintf(stderr, "udprecv: '%s' is no value for -%c\n", text, option);
		exit(1);
	}
	return (int)n;
}

static void parse_options(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "f:t:i:r:Vw:p:o:h")) != -1) {
		switch (c) {
		case 'f':
			o->expected = whole(optarg, c);
			break;
		case 't':
			o->seconds = atof(optarg);
			break;
		case 'i':
			o->idle_ms = whole(optarg, c);
			break;
		case 'r':
			o->rcvbuf = whole(optarg, c);
			break;
		case 'V':
			verify = true;
			break;
		case 'w':
			work = whole(optarg, c);
			break;
		case 'p':
			o->ready = optarg;
			break;
		case 'o':
			o->out = optarg;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(1);
		}
	}
	if (optind != argc - 1) {
		usage(stderr);
		exit(1);
	}
}

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		die(path);
	return f;
}

int main(int argc, char **argv)
{
	struct options o = { .idle_ms = 300, .expected = 1, .rcvbuf = 16 << 20 };
	struct sigaction sa = { .sa_handler = on_signal };
	struct endpoint ep = { 0 };
	FILE *out = stdout;
	int fd;

	parse_options(&o, argc, argv);
	if (!endpoint_parse(&ep, argv[optind])) {
		fprintf(stderr, "udprecv: '%s' is not ADDR:PORT\n", argv[optind]);
		return 1;
	}
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	fd = open_socket(&ep, o.rcvbuf);
	if (o.out)
		out = create(o.out);
	if (o.ready)
		fclose(create(o.ready));
	run(fd, o.seconds, o.idle_ms, o.expected);
	report(out, fd);
	return fclose(out) ? 2 : 0;
}
