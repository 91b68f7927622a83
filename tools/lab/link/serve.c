// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame.h"
#include "session.h"

/* The command that runs for the present client; pid 0: none. */
struct job {
	pid_t pid;
	int pidfd;
	int out;		/* pipe, or the terminal's master side */
	int err;		/* pipe, or -1 */
	bool tty;
};

static struct job job = { .pidfd = -1, .out = -1, .err = -1 };

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void job_close(void)
{
	close_fd(&job.pidfd);
	close_fd(&job.out);
	close_fd(&job.err);
	job.pid = 0;
}

static void job_kill(void)
{
	if (!job.pid)
		return;
	kill(-job.pid, SIGKILL);
	kill(job.pid, SIGKILL);
	waitpid(job.pid, NULL, 0);
	job_close();
}

static void child_exec(char *cwd, char **env, char **argv)
{
	/* Without us nobody would end it; and our blocked signals are not its own. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	if (chdir(cwd) && chdir("/"))
		_exit(126);
	for (; *env; env++)
		putenv(*env);
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static pid_t fork_tty(const struct start *s)
{
	struct winsize ws = { .ws_row = s->rows, .ws_col = s->cols };

	job.tty = true;
	return forkpty(&job.out, NULL, NULL, &ws);
}

static pid_t fork_pipes(const struct start *s)
{
	int out[2], err[2] = { -1, -1 };
	pid_t pid;

	job.tty = false;
	if (pipe2(out, O_CLOEXEC))
		return -1;
	if (!(s->flags & START_MERGE) && pipe2(err, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_RDONLY);

		setsid();
		dup2(null, 0);
		dup2(out[1], 1);
		dup2(err[1] >= 0 ? err[1] : out[1], 2);
		return 0;
	}
	close(out[1]);
	close_fd(&err[1]);
	job.out = out[0];
	job.err = err[0];
	return pid;
}

/* Cuts the frame's strings: cwd, env..., "", argv... false: malformed. */
static bool cut(struct frame *f, char **cwd, char **vec, size_t max, char ***argv)
{
	char *p = f->data + sizeof(struct start);
	char *end = f->data + f->len;
	size_t n = 0;

	if (f->len <= sizeof(struct start) || end[-1])
		return false;
	*cwd = p;
	*argv = NULL;
	for (p += strlen(p) + 1; p < end && n < max - 1; p += strlen(p) + 1) {
		if (!*argv && !*p) {
			vec[n++] = NULL;
			*argv = vec + n;
		} else {
			vec[n++] = p;
		}
	}
	vec[n] = NULL;
	return *argv && **argv;
}

static bool job_start(struct frame *f)
{
	static char *vec[FRAME_MAX / 2];
	struct start s;
	char *cwd, **argv;
	pid_t pid;

	if (!cut(f, &cwd, vec, ARRAY_SIZE(vec), &argv))
		return false;
	memcpy(&s, f->data, sizeof(s));
	pid = s.flags & START_TTY ? fork_tty(&s) : fork_pipes(&s);
	if (!pid)
		child_exec(cwd, vec, argv);
	if (pid < 0)
		return false;
	job.pid = pid;
	job.pidfd = syscall(SYS_pidfd_open, pid, 0);
	fcntl(job.pidfd, F_SETFD, FD_CLOEXEC);
	fcntl(job.out, F_SETFL, O_NONBLOCK);
	fcntl(job.out, F_SETFD, FD_CLOEXEC);
	if (job.err >= 0)
		fcntl(job.err, F_SETFL, O_NONBLOCK);
	return job.pidfd >= 0;
}

/* Passes on what there is; closes the stream at its end. True if there was some. */
static bool relay(int port, int *fd, enum frame_type type)
{
	char buf[16384];
	ssize_t n;

	if (*fd < 0)
		return false;
	n = read(*fd, buf, sizeof(buf));
	if (n > 0) {
		frame_send(port, type, buf, n);
		return true;
	}
	if (!n || (errno != EAGAIN && errno != EINTR))
		close_fd(fd);
	return false;
}

/*
 * Ends with the command, not with its output: a daemon that it left behind may
 * keep the pipe open for ever.
 */
static void job_finish(int port)
{
	uint32_t code;
	int status;

	waitpid(job.pid, &status, 0);
	while (relay(port, &job.out, FRAME_OUT) || relay(port, &job.err, FRAME_ERR))
		;
	code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	job_close();
	frame_send(port, FRAME_EXIT, &code, sizeof(code));
}

static void job_resize(const struct frame *f)
{
	struct winsize ws = { 0 };
	struct start s;

	memcpy(&s, f->data, sizeof(s));
	ws.ws_row = s.rows;
	ws.ws_col = s.cols;
	ioctl(job.out, TIOCSWINSZ, &ws);
}

static void job_signal(const struct frame *f)
{
	uint32_t sig;

	memcpy(&sig, f->data, sizeof(sig));
	kill(-job.pid, sig);
}

static void refuse(int port)
{
	static const char text[] = "the lab cannot start the command\n";
	uint32_t code = EXIT_LOST;

	job_kill();
	frame_send(port, FRAME_ERR, text, sizeof(text) - 1);
	frame_send(port, FRAME_EXIT, &code, sizeof(code));
}

static void handle(int port, struct frame *f)
{
	switch (f->type) {
	case FRAME_HELLO:
		job_kill();
		frame_send(port, FRAME_HELLO, f->data, f->len);
		break;
	case FRAME_START:
		job_kill();
		if (!job_start(f))
			refuse(port);
		break;
	case FRAME_INPUT:
		if (job.pid && job.tty && write(job.out, f->data, f->len) < 0)
			break;
		break;
	case FRAME_SIGNAL:
		if (job.pid && f->len >= sizeof(uint32_t))
			job_signal(f);
		break;
	case FRAME_SIZE:
		if (job.pid && job.tty && f->len >= sizeof(struct start))
			job_resize(f);
		break;
	default:
		break;
	}
}

static bool is_socket(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISSOCK(st.st_mode);
}

int serve(int port)
{
	static struct reader reader;
	bool lasting = !is_socket(port);

	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		struct pollfd pfd[] = {
			{ .fd = port, .events = POLLIN },
			{ .fd = job.out, .events = POLLIN },
			{ .fd = job.err, .events = POLLIN },
			{ .fd = job.pidfd, .events = POLLIN },
		};
		int n;

		if (poll(pfd, 4, -1) < 0)
			continue;
		if (pfd[1].revents)
			relay(port, &job.out, FRAME_OUT);
		if (pfd[2].revents)
			relay(port, &job.err, FRAME_ERR);
		if (pfd[3].revents)
			job_finish(port);
		if (!pfd[0].revents)
			continue;
		n = frame_read(port, &reader);
		if (n > 0) {
			handle(port, &reader.frame);
		} else if (n < 0 && lasting && !errno) {
			/* In the guest: nobody is there yet, or any more. */
			usleep(10000);
		} else if (n < 0) {
			job_kill();
			return errno == EPROTO ? EXIT_LOST : 0;
		}
	}
}
