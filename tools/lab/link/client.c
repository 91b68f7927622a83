// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"
#include "session.h"

static volatile sig_atomic_t caught, resized;
static sigset_t unblocked;
static struct termios cooked;

static void on_signal(int sig)
{
	if (sig == SIGWINCH)
		resized = 1;
	else
		caught = sig;
}

/* They are let in while we wait and nowhere else, so that none is overlooked. */
static void catch_signals(void)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH };
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t i = 0; i < ARRAY_SIZE(sigs); i++) {
		sigaddset(&blocked, sigs[i]);
		sigaction(sigs[i], &sa, NULL);
	}
	sigprocmask(SIG_BLOCK, &blocked, &unblocked);
	for (size_t i = 0; i < ARRAY_SIZE(sigs); i++)
		sigdelset(&unblocked, sigs[i]);
}

static void restore_terminal(void)
{
	tcsetattr(0, TCSADRAIN, &cooked);
}

static void raw_terminal(void)
{
	struct termios raw;

	if (tcgetattr(0, &cooked))
		return;
	atexit(restore_terminal);
	raw = cooked;
	cfmakeraw(&raw);
	tcsetattr(0, TCSADRAIN, &raw);
}

static struct start start_of(const struct request *req)
{
	struct start s = { .flags = req->flags };
	struct winsize ws;

	if ((req->flags & START_TTY) && !ioctl(0, TIOCGWINSZ, &ws)) {
		s.rows = ws.ws_row;
		s.cols = ws.ws_col;
	}
	return s;
}

/* Like poll(), until the timeout that began at since; 0: it has passed. */
static int wait_for(struct pollfd *pfd, int n, const struct timespec *since, unsigned int timeout)
{
	struct timespec now, left;

	if (!timeout)
		return ppoll(pfd, n, NULL, &unblocked);
	clock_gettime(CLOCK_MONOTONIC, &now);
	left.tv_sec = since->tv_sec + timeout - now.tv_sec;
	left.tv_nsec = since->tv_nsec - now.tv_nsec;
	if (left.tv_nsec < 0) {
		left.tv_nsec += 1000000000;
		left.tv_sec--;
	}
	return left.tv_sec < 0 ? 0 : ppoll(pfd, n, &left, &unblocked);
}

/* 0: readable; else the code to leave with. */
static int await(int port, const struct timespec *since, unsigned int timeout)
{
	struct pollfd pfd = { .fd = port, .events = POLLIN };

	for (;;) {
		int n = wait_for(&pfd, 1, since, timeout);

		if (caught)
			return 128 + caught;
		if (n > 0)
			return 0;
		if (!n)
			return EXIT_TIMEOUT;
	}
}

/* Skips what an earlier client left in the port. 0: the server is with us. */
static int greet(int port, const struct timespec *since, unsigned int timeout)
{
	struct {
		uint32_t type, len;
		char token[TOKEN_LEN];
	} hello = { FRAME_HELLO, TOKEN_LEN, "" };
	char seen[sizeof(hello)] = "";

	if (getrandom(hello.token, TOKEN_LEN, 0) != TOKEN_LEN)
		return EXIT_LOST;
	if (!write_all(port, &hello, sizeof(hello)))
		return EXIT_LOST;
	while (memcmp(seen, &hello, sizeof(hello))) {
		int err = await(port, since, timeout);
		char c;

		if (err)
			return err;
		switch (read(port, &c, 1)) {
		case 1:
			memmove(seen, seen + 1, sizeof(seen) - 1);
			seen[sizeof(seen) - 1] = c;
			break;
		case 0:
			return EXIT_LOST;
		default:
			if (errno != EINTR && errno != EAGAIN)
				return EXIT_LOST;
		}
	}
	return 0;
}

static bool put(char *buf, size_t *len, const char *s)
{
	size_t n = strlen(s) + 1;

	if (*len + n > FRAME_MAX)
		return false;
	memcpy(buf + *len, s, n);
	*len += n;
	return true;
}

static bool send_start(int port, const struct request *req)
{
	static char buf[FRAME_MAX];
	struct start s = start_of(req);
	size_t len = sizeof(s);
	char *cwd = getcwd(NULL, 0);
	bool ok;

	memcpy(buf, &s, sizeof(s));
	ok = put(buf, &len, cwd ? cwd : "/");
	for (char **e = req->env; e && *e; e++)
		ok = ok && put(buf, &len, *e);
	ok = ok && put(buf, &len, "");
	for (char **a = req->argv; *a; a++)
		ok = ok && put(buf, &len, *a);
	free(cwd);
	if (!ok) {
		fprintf(stderr, "the command line is longer than %d bytes\n", FRAME_MAX);
		return false;
	}
	return frame_send(port, FRAME_START, buf, len);
}

/* Terminal input goes over as it is; end of file becomes a hang-up. */
static bool forward_input(int port)
{
	char buf[1024];
	ssize_t n = read(0, buf, sizeof(buf));
	uint32_t hup = SIGHUP;

	if (n > 0)
		return frame_send(port, FRAME_INPUT, buf, n);
	if (n < 0 && errno == EINTR)
		return true;
	frame_send(port, FRAME_SIGNAL, &hup, sizeof(hup));
	return false;
}

static void forward_events(int port, const struct request *req)
{
	if (caught) {
		uint32_t sig = caught;

		caught = 0;
		frame_send(port, FRAME_SIGNAL, &sig, sizeof(sig));
	}
	if (resized) {
		struct start s = start_of(req);

		resized = 0;
		if (req->flags & START_TTY)
			frame_send(port, FRAME_SIZE, &s, sizeof(s));
	}
}

/* -1: go on; else the exit code. */
static int handle(const struct frame *f)
{
	uint32_t code;

	switch (f->type) {
	case FRAME_OUT:
	case FRAME_ERR:
		if (!write_all(f->type == FRAME_OUT ? 1 : 2, f->data, f->len))
			return 128 + SIGPIPE;
		return -1;
	case FRAME_EXIT:
		memcpy(&code, f->data, sizeof(code));
		return code;
	default:
		return EXIT_LOST;
	}
}

static int converse(int port, const struct request *req, const struct timespec *since)
{
	static struct reader reader;
	struct pollfd pfd[2] = {
		{ .fd = port, .events = POLLIN },
		{ .fd = req->flags & START_TTY ? 0 : -1, .events = POLLIN },
	};

	for (;;) {
		int n = wait_for(pfd, 2, since, req->timeout);
		int code = -1;

		forward_events(port, req);
		if (!n) {
			uint32_t sig = SIGKILL;

			frame_send(port, FRAME_SIGNAL, &sig, sizeof(sig));
			return EXIT_TIMEOUT;
		}
		if (n < 0)
			continue;
		if (pfd[1].revents && !forward_input(port))
			pfd[1].fd = -1;
		if (!pfd[0].revents)
			continue;
		n = frame_read(port, &reader);
		if (n < 0)
			return EXIT_LOST;
		if (n)
			code = handle(&reader.frame);
		if (code >= 0)
			return code;
	}
}

int client_run(int port, const struct request *req)
{
	struct timespec since;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &since);
	catch_signals();
	err = greet(port, &since, req->timeout);
	if (err)
		return err;
	if (req->flags & START_TTY)
		raw_terminal();
	if (!send_start(port, req))
		return EXIT_LOST;
	return converse(port, req, &since);
}
