// SPDX-License-Identifier: GPL-2.0-only
/*
 * udpsend - UDP flows at a fixed rate, numbered, plain or inside VXLAN
 *
 * Wakes at absolute ticks and sends what is due by the clock, so a late tick
 * is made up for by the next one (up to -c ticks) and the offered rate is
 * what was asked for. Sockets are not connected: a connected sender would have
 * its flow hash, and with it the path through the receiver, chosen anew.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "flowspec.h"
#include "payload.h"
#include "vxlan.h"

#define BATCH		8
#define MARKERS		20
#define MARKER_GAP	(10 * 1000000L)
#define NSEC		1000000000LL

struct flow {
	struct flowspec spec;
	int fd;
	size_t headers;		/* bytes in front of the payload */
	char *frames;		/* BATCH of them */
	struct mmsghdr msgs[BATCH];
	struct iovec iovs[BATCH];
	uint64_t sent;
	uint64_t errors;	/* sends that failed; the datagram is tried again */
	uint64_t skipped;	/* due but given up for being too late */
	int last_errno;
};

static struct flow *flows;
static int nflows;
static long tick_ns = 1000000;
static int catch_up = 50;
static double seconds;
static uint64_t limit;
static bool pattern;
static bool quiet_end;
static volatile sig_atomic_t stopped;

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

static void sleep_until(int64_t t)
{
	struct timespec ts = { .tv_sec = t / NSEC, .tv_nsec = t % NSEC };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR && !stopped)
		;
}

static void die(const char *what)
{
	fprintf(stderr, "udpsend: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void set_option(int fd, int level, int name, int value, const char *what)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		die(what);
}

static void open_socket(struct flow *f)
{
	int family = f->spec.dst.addr.ss_family;

	f->fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (f->fd < 0)
		die("cannot open a socket");
	set_option(f->fd, SOL_SOCKET, SO_REUSEADDR, 1, "cannot share the source port");
	set_option(f->fd, SOL_SOCKET, SO_SNDBUF, 4 << 20, "cannot set the send buffer");
	/* Path MTU discovery would turn outer fragments into inner ones. */
	if (family == AF_INET6) {
		set_option(f->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT,
			   "cannot switch path MTU discovery off");
		set_option(f->fd, IPPROTO_IPV6, IPV6_TCLASS, f->spec.tos,
			   "cannot set the traffic class");
	} else {
		set_option(f->fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT,
			   "cannot switch path MTU discovery off");
		set_option(f->fd, IPPROTO_IP, IP_TOS, f->spec.tos, "cannot set the ToS");
	}
	if (f->spec.vxlan && family == AF_INET6)
		set_option(f->fd, IPPROTO_UDP, UDP_NO_CHECK6_TX, 1, "cannot omit the checksum");
	else if (f->spec.vxlan)
		set_option(f->fd, SOL_SOCKET, SO_NO_CHECK, 1, "cannot omit the checksum");
	if (f->spec.src.len &&
	    bind(f->fd, (struct sockaddr *)&f->spec.src.addr, f->spec.src.len))
		die("cannot use the source address");
}

static void prepare(struct flow *f)
{
	size_t len;
	int i;

	f->headers = f->spec.vxlan ? VXLAN_HEADERS : 0;
	len = f->headers + f->spec.size;
	f->frames = calloc(BATCH, len);
	if (!f->frames)
		die("no memory");
	for (i = 0; i < BATCH; i++) {
		char *frame = f->frames + i * len;

		if (f->spec.vxlan)
			vxlan_headers(frame, &f->spec);
		f->iovs[i] = (struct iovec){ .iov_base = frame, .iov_len = len };
		f->msgs[i].msg_hdr = (struct msghdr){
			.msg_name = &f->spec.dst.addr,
			.msg_namelen = f->spec.dst.len,
			.msg_iov = &f->iovs[i],
			.msg_iovlen = 1,
		};
	}
	open_socket(f);
}

static void stamp(struct flow *f, int slot, uint64_t seq, uint64_t total)
{
	char *data = (char *)f->iovs[slot].iov_base + f->headers;
	struct payload p = {
		.magic = htobe32(PAYLOAD_MAGIC),
		.flow = htobe32(f->spec.id),
		.seq = htobe64(seq),
		.time = htobe64(now()),
		.total = htobe64(total),
	};

	memcpy(data, &p, sizeof(p));
	if (pattern)
		payload_fill(data, f->spec.size, f->spec.id, seq);
}

/* Sends up to BATCH of what is due; false if nothing is, or nothing goes. */
static bool send_some(struct flow *f, uint64_t due)
{
	int n = due - f->sent < BATCH ? (int)(due - f->sent) : BATCH;
	int i, done;

	if (due <= f->sent)
		return false;
	for (i = 0; i < n; i++)
		stamp(f, i, f->sent + i, 0);
	done = sendmmsg(f->fd, f->msgs, n, 0);
	if (done < 0) {
		f->errors++;
		f->last_errno = errno;
		return false;
	}
	f->sent += done;
	return true;
}

static uint64_t due_at(struct flow *f, int64_t elapsed)
{
	uint64_t due = (uint64_t)(f->spec.pps * (double)elapsed / NSEC) + 1 - f->skipped;
	uint64_t most = (uint64_t)(f->spec.pps * (double)tick_ns * catch_up / NSEC) + 1;

	if (limit && f->sent == limit)
		return limit;
	if (due > f->sent + most) {
		f->skipped += due - f->sent - most;
		due = f->sent + most;
	}
	return limit && due > limit ? limit : due;
}

static bool finished(int64_t elapsed)
{
	int i;

	if (stopped || (seconds && (double)elapsed >= seconds * NSEC))
		return true;
	for (i = 0; limit && i < nflows; i++)
		if (flows[i].sent < limit)
			return false;
	return limit;
}

/*
 * Flows take turns batch by batch, so none waits for another's whole tick, and
 * take turns at being first, or a full ring would always hit the same one.
 */
static void send_due(int64_t elapsed)
{
	static int first;
	bool more = true;
	int i;

	while (more && !stopped) {
		more = false;
		for (i = 0; i < nflows; i++) {
			struct flow *f = &flows[(first + i) % nflows];

			more |= send_some(f, due_at(f, elapsed));
		}
	}
	first = (first + 1) % nflows;
}

static void run(int64_t start, uint64_t *ticks, uint64_t *late)
{
	int64_t next = start, t = start;

	while (!finished(t - start)) {
		send_due(t - start);
		next += tick_ns;
		sleep_until(next);
		t = now();
		++*ticks;
		if (t - next > tick_ns) {
			++*late;
			next += (t - next) / tick_ns * tick_ns;
		}
	}
}

/* Several, since an overloaded receiver loses some. */
static void send_markers(void)
{
	int i, n;

	for (n = 0; n < MARKERS; n++) {
		for (i = 0; i < nflows; i++) {
			stamp(&flows[i], 0, flows[i].sent, flows[i].sent + 1);
			sendmmsg(flows[i].fd, flows[i].msgs, 1, 0);
		}
		sleep_until(now() + MARKER_GAP);
	}
}

/* This machine's cores together, in clock ticks since boot. */
static void host_time(double *idle, double *all)
{
	FILE *f = fopen("/proc/stat", "re");
	double t[8] = { 0 };
	int i;

	*idle = *all = 0;
	if (!f)
		return;
	if (fscanf(f, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &t[0], &t[1], &t[2], &t[3], &t[4],
		   &t[5], &t[6], &t[7]) == 8)
		*idle = t[3] + t[4];
	for (i = 0; i < 8; i++)
		*all += t[i];
	fclose(f);
}

static void report(int64_t elapsed, uint64_t ticks, uint64_t late, double idle)
{
	double s = (double)elapsed / NSEC;
	int i;

	printf("{\"seconds\":%.6f,\"ticks\":%" PRIu64 ",\"late\":%" PRIu64
	       ",\"host_idle_pct\":%.1f,\"flows\":[", s, ticks, late, idle);
	for (i = 0; i < nflows; i++) {
		struct flow *f = &flows[i];

		printf("%s{\"id\":%" PRIu32 ",\"sent\":%" PRIu64 ",\"bytes\":%" PRIu64
		       ",\"offered_mbps\":%.3f,\"skipped\":%" PRIu64 ",\"errors\":%" PRIu64 "}",
		       i ? "," : "", f->spec.id, f->sent, f->sent * f->spec.size,
		       (double)(f->sent * f->spec.size) * 8 / 1e6 / s, f->skipped, f->errors);
	}
	printf("]}\n");
	for (i = 0; i < nflows; i++)
		if (flows[i].errors)
			fprintf(stderr, "udpsend: flow %" PRIu32 ": sends failed, last with: %s\n",
				flows[i].spec.id, strerror(flows[i].last_errno));
}

static void usage(FILE *out)
{
	fprintf(out,
		"usage: udpsend [-t SECONDS] [-n PACKETS] [-T TICK_US] [-c TICKS] [-Vm] FLOW...\n"
		"\n"
		"  -t SECONDS   stop after this time\n"
		"  -n PACKETS   stop when every flow has sent exactly as many\n"
		"  -T TICK_US   wake up every so many microseconds (1000)\n"
		"  -c TICKS     make up for at most so many missed ticks (50)\n"
		"  -V           fill datagrams with a pattern that udprecv -V verifies\n"
		"  -m           send no markers at the end\n"
		"\n"
		"FLOW: dst=ADDR:PORT,size=BYTES,mbps=N|pps=N[,src=ADDR:PORT][,id=N][,tos=N]\n"
		"      and for VXLAN: vni=N,isrc=ADDR:PORT,idst=ADDR:PORT[,smac=MAC][,dmac=MAC];\n"
		"      size and mbps count the (inner) UDP payload.\n"
		"Prints what was sent as JSON.\n");
}

static bool positive(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && !*end && *out > 0 && *out < 1e15;
}

static void parse_options(int argc, char **argv)
{
	double v = 0;
	int c;

	while ((c = getopt(argc, argv, "t:n:T:c:Vmh")) != -1) {
		bool good = true;

		switch (c) {
		case 't':
			good = positive(optarg, &v);
			seconds = v;
			break;
		case 'n':
			good = positive(optarg, &v) && v >= 1;
			limit = (uint64_t)v;
			break;
		case 'T':
			good = positive(optarg, &v) && v >= 1;
			tick_ns = (long)(v * 1000);
			break;
		case 'c':
			good = positive(optarg, &v) && v >= 1;
			catch_up = (int)v;
			break;
		case 'V':
			pattern = true;
			break;
		case 'm':
			quiet_end = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(1);
		}
		if (!good) {
			fprintf(stderr, "udpsend: '%s' is no value for -%c\n", optarg, c);
			exit(1);
		}
	}
}

static void parse_flows(int argc, char **argv)
{
	const char *wrong;
	int i;

	flows = calloc(argc, sizeof(*flows));
	if (!flows)
		die("no memory");
	for (i = 0; i < argc; i++) {
		wrong = flowspec_parse(&flows[i].spec, argv[i]);
		if (wrong) {
			fprintf(stderr, "udpsend: flow %d: %s\n", i + 1, wrong);
			exit(1);
		}
	}
	nflows = argc;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	double idle, idle_end, all, all_end;
	uint64_t ticks = 0, late = 0;
	int64_t start, end;
	int i;

	parse_options(argc, argv);
	if (optind == argc || (!seconds && !limit)) {
		usage(stderr);
		return 1;
	}
	parse_flows(argc - optind, argv + optind);
	for (i = 0; i < nflows; i++)
		prepare(&flows[i]);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	host_time(&idle, &all);
	start = now();
	run(start, &ticks, &late);
	end = now();
	host_time(&idle_end, &all_end);
	if (!quiet_end)
		send_markers();
	report(end - start, ticks, late,
	       all_end > all ? 100 * (idle_end - idle) / (all_end - all) : 0);
	return 0;
}
