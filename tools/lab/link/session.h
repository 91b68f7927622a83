/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAB_SESSION_H
#define LAB_SESSION_H

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define EXIT_LOST	125	/* the other side vanished */
#define EXIT_TIMEOUT	124

struct request {
	unsigned int flags;	/* START_* */
	unsigned int timeout;	/* seconds; 0: none */
	char **env;		/* NULL-terminated K=V; may be NULL */
	char **argv;
};

/*
 * Has the other side of the port run a command and passes its output on.
 * Returns its exit code, EXIT_TIMEOUT or EXIT_LOST.
 */
int client_run(int port, const struct request *req);

/* Measures the TSC's frequency, which is the guest's as well under TCG. */
long clock_tsc_khz(void);

/* Runs what clients ask for, one at a time. Returns when the port is gone. */
int serve(int port);

#endif
