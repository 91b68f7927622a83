// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs commands on the other side of a virtio-serial port of the lab.
 *
 *	link serve PORT
 *	link exec [-m] [-t] [-T SECONDS] [-e K=V]... PORT COMMAND...
 *	link tsc-khz
 *	lab-host COMMAND...
 *
 * PORT is a character device in the guest, QEMU's socket on the host.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "frame.h"
#include "session.h"

#define HOST_PORTS	"/run/lab/port/host.*"
#define SOCKET_TRIES	100	/* of 10 ms */
#define PORT_TRIES	3000	/* of 10 ms */

static int open_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* The socket's name appears a moment before QEMU listens on it. */
	for (int try = 0; fd >= 0 && try < SOCKET_TRIES; try++) {
		if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
			return fd;
		if (errno != ECONNREFUSED)
			break;
		usleep(10000);
	}
	return -1;
}

static int open_port(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -1;
	if (S_ISSOCK(st.st_mode))
		return open_socket(path);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* A port has one user at a time; the kernel refuses the second one. */
static int open_free_port(const char *pattern)
{
	glob_t g;
	int fd = -1;

	if (glob(pattern, 0, NULL, &g))
		return -1;
	for (int try = 0; fd < 0 && try < PORT_TRIES; try++) {
		if (try)
			usleep(10000);
		for (size_t i = 0; fd < 0 && i < g.gl_pathc; i++)
			fd = open_port(g.gl_pathv[i]);
	}
	globfree(&g);
	return fd;
}

static int usage(void)
{
	fputs("usage: link serve PORT\n"
	      "       link exec [-m] [-t] [-T SECONDS] [-e K=V]... PORT COMMAND...\n"
	      "       link tsc-khz\n"
	      "       lab-host COMMAND...\n", stderr);
	return 2;
}

static int lab_host(char **argv)
{
	struct request req = { .argv = argv };
	int fd, code;

	if (!*argv)
		return usage();
	fd = open_free_port(HOST_PORTS);
	if (fd < 0) {
		fputs("lab-host: no free port to the host; it works in the lab's guest only\n",
		      stderr);
		return EXIT_LOST;
	}
	code = client_run(fd, &req);
	close(fd);
	return code;
}

static int do_exec(int argc, char **argv)
{
	struct request req = { .env = calloc(argc + 1, sizeof(char *)) };
	int c, fd, envc = 0;

	while ((c = getopt(argc, argv, "+mtT:e:")) != -1) {
		switch (c) {
		case 'm':
			req.flags |= START_MERGE;
			break;
		case 't':
			req.flags |= START_TTY;
			break;
		case 'T':
			req.timeout = atoi(optarg);
			break;
		case 'e':
			req.env[envc++] = optarg;
			break;
		default:
			return usage();
		}
	}
	if (argc - optind < 2)
		return usage();
	fd = open_port(argv[optind]);
	if (fd < 0) {
		fprintf(stderr, "link: %s: %s\n", argv[optind], strerror(errno));
		return EXIT_LOST;
	}
	req.argv = argv + optind + 1;
	return client_run(fd, &req);
}

int main(int argc, char **argv)
{
	if (!strcmp(basename(argv[0]), "lab-host"))
		return lab_host(argv + 1);
	if (argc == 3 && !strcmp(argv[1], "serve")) {
		int fd = open_port(argv[2]);

		if (fd < 0) {
			fprintf(stderr, "link: %s: %s\n", argv[2], strerror(errno));
			return EXIT_LOST;
		}
		return serve(fd);
	}
	if (argc == 2 && !strcmp(argv[1], "tsc-khz"))
		return printf("%ld\n", clock_tsc_khz()) < 0;
	if (argc > 2 && !strcmp(argv[1], "exec"))
		return do_exec(argc - 1, argv + 1);
	return usage();
}
