/* SPDX-License-Identifier: GPL-2.0-only */
/* What the objects of the command line share. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "args.h"
#include "flowtext.h"
#include "nl.h"
#include "print.h"

enum exit_code {
	EXIT_OK,
	EXIT_USAGE,	/* syntax, files, names: found before the kernel was asked */
	EXIT_KERNEL,	/* the kernel refused, or vsext is not there */
};

struct ctl {
	struct session session;
	struct print *print;
	enum print_style style;
	bool stats;		/* -s */
	struct nl_msg *draft;	/* of the command being built */
	const char *file;	/* the batch, NULL for the command line */
	unsigned int line;	/* in it, 0: what is said is not about a line */
};

struct verb;

/* A command that changes something, ready to be sent. */
struct command {
	const struct verb *verb;
	struct nlmsghdr *msg;	/* NULL while it is built */
	char *text;		/* flow text, to point into when the kernel refuses */
	unsigned int line;
};

struct verb {
	const char *name;
	const char *usage;		/* what follows the name */
	const struct param *params;	/* NULL: @words gets the words as they are */
	/* A change: fills the draft, a message of @cmd, and may go into a batch. */
	enum vsext_cmd cmd;
	int (*build)(struct ctl *ctl, const struct arg *args);
	int (*build_words)(struct ctl *ctl, int n, char **word, struct command *command);
	/* Anything else. */
	int (*run)(struct ctl *ctl, const struct arg *args);
	int (*run_words)(struct ctl *ctl, int n, char **word);
	/* What is said of the part of @text that the kernel's @offset points at. */
	void (*point)(const struct command *command, unsigned int offset);
};

struct object {
	const char *name;
	const char *help;		/* one line */
	const struct verb *verbs;	/* ends with a NULL name; NULL: like one verb */
	const struct verb *bare;	/* without a verb */
	const char *more;		/* for the help, may be NULL */
};

extern const struct object port_object, flow_object, vm_object, core_object;
extern const struct object config_object, stats_object, monitor_object;
extern const struct object save_object, restore_object, off_object;

/* All return an enum exit_code, so that callers can return what they get. */

/* Prints "vsextctl: ..." or "FILE:LINE: ..." and returns @code. */
int ctl_fail(const struct ctl *ctl, enum exit_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Opens the session unless it is open. */
int ctl_connect(struct ctl *ctl);
/* Says what the session has to say, and of which command. */
int ctl_refused(struct ctl *ctl);
/* session_get() with both; frees @msg. */
int ctl_get(struct ctl *ctl, struct nl_msg *msg, bool dump,
	    int (*reply)(struct nlattr *top[VSEXT_A_MAX + 1], void *arg), void *arg);
/* A nest of one number, or none if @given is false: the request of a GET. */
struct nl_msg *ctl_get_message(enum vsext_cmd cmd, int nest, int attr, const void *data,
			       size_t len);

/* Starts a draft. */
int ctl_draft(struct ctl *ctl, enum vsext_cmd cmd);

/* Makes a command of words; @command is valid on EXIT_OK only. */
int command_build(struct ctl *ctl, const struct verb *verb, int n, char **word,
		  struct command *command);
/* Makes it of the draft. */
int command_finish(struct ctl *ctl, struct command *command);
/* Queues it: session_queue(). */
int command_send(struct ctl *ctl, const struct command *command);
void command_free(struct command *command);
/* Finds object and verb, NULL if words name none (said already). */
const struct verb *command_find(struct ctl *ctl, int *n, char ***word);
/* Builds and sends, or runs. */
int command_run(struct ctl *ctl, int n, char **word);

/* Applies a file as one transaction; @restore: so that nothing else remains. */
int batch_run(struct ctl *ctl, const char *path, bool restore);

/* Batch lines for what there is; each returns an enum exit_code. */
int config_save(struct ctl *ctl, FILE *to);
int core_save(struct ctl *ctl, FILE *to);
int vm_save(struct ctl *ctl, FILE *to);
int flow_save(struct ctl *ctl, FILE *to);
int port_save(struct ctl *ctl, FILE *to);
/* A command that detaches a port. */
int port_build_off(struct ctl *ctl, unsigned int ifindex, struct command *command);
/* Calls @each with the ifindex of every attached port. */
int port_each(struct ctl *ctl, int (*each)(unsigned int ifindex, void *arg), void *arg);

#endif
