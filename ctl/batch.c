// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "words.h"

#define LINE_MAX_BYTES	16384
#define NO_LINE		(-1)	/* the end of the file */
#define NO_TEXT		(-2)	/* a zero byte, or too long */

static int push(struct ctl *ctl, struct batch *batch, struct command *command)
{
	struct command *more;

	if (batch->n == batch->room) {
		batch->room = batch->room ? 2 * batch->room : 64;
		more = realloc(batch->command, batch->room * sizeof(*more));
		if (!more)
			return ctl_fail(ctl, EXIT_KERNEL, "out of memory");
		batch->command = more;
	}
	batch->command[batch->n++] = *command;
	return EXIT_OK;
}

void batch_free(struct batch *batch)
{
	while (batch->n)
		command_free(&batch->command[--batch->n]);
	free(batch->command);
}

static int parse_line(struct ctl *ctl, char *line, const struct verb *verb, struct batch *batch)
{
	char *words[WORDS_MAX], **word = words;
	struct command command;
	const char *why;
	int code, n;

	n = words_split(line, words, &why);
	if (n < 0)
		return ctl_fail(ctl, EXIT_USAGE, "%s", why);
	if (!n)
		return EXIT_OK;
	if (!verb)
		verb = command_find(ctl, &n, &word);
	if (!verb)
		return EXIT_USAGE;
	if (!verb->cmd || verb->cmd == VSEXT_CMD_OFF)
		return ctl_fail(ctl, EXIT_USAGE, "'%s' cannot be part of a transaction",
				verb->usage);
	code = command_build(ctl, verb, n, word, &command);
	if (code)
		return code;
	code = push(ctl, batch, &command);
	if (code)
		command_free(&command);
	return code;
}

/* Reads one line without its end; returns its length, NO_LINE or NO_TEXT. */
static int read_line(FILE *in, char line[LINE_MAX_BYTES])
{
	int c, n = 0;

	while ((c = getc_unlocked(in)) != EOF && c != '\n') {
		if (!c || n == LINE_MAX_BYTES - 1)
			return NO_TEXT;
		line[n++] = c;
	}
	line[n] = '\0';
	return c == EOF && !n ? NO_LINE : n;
}

static int parse_file(struct ctl *ctl, FILE *in, const struct verb *verb, struct batch *batch)
{
	static char line[LINE_MAX_BYTES];
	int code, n;

	for (ctl->line = 1; ; ctl->line++) {
		n = read_line(in, line);
		if (ferror(in))
			return ctl_fail(ctl, EXIT_USAGE, "reading failed: %s", strerror(errno));
		if (n == NO_LINE)
			return EXIT_OK;
		if (n == NO_TEXT)
			return ctl_fail(ctl, EXIT_USAGE,
					"no text file: the line holds a zero byte or exceeds %d bytes",
					LINE_MAX_BYTES - 1);
		code = parse_line(ctl, line, verb, batch);
		if (code)
			return code;
	}
}

int batch_read(struct ctl *ctl, const char *path, const struct verb *verb, struct batch *batch)
{
	bool standard = !strcmp(path, "-");
	FILE *in = standard ? stdin : fopen(path, "re");
	int code;

	if (!in)
		return ctl_fail(ctl, EXIT_USAGE, "cannot open '%s': %s", path, strerror(errno));
	ctl->file = standard ? "standard input" : path;
	code = parse_file(ctl, in, verb, batch);
	ctl->line = 0;
	if (!standard)
		fclose(in);
	return code;
}

/* The device that a command of a batch attaches or detaches, 0 if it does neither. */
static unsigned int device_of(const struct command *command)
{
	struct nlattr *port;

	if (command->verb->cmd != VSEXT_CMD_PORT_SET)
		return 0;
	port = nlmsg_find_attr(command->msg, GENL_HDRLEN, VSEXT_A_PORT);
	if (!port)
		return 0;
	return attr_number(nla_find(nla_data(port), nla_len(port), VSEXT_PORT_A_IFINDEX));
}

struct detach {
	struct ctl *ctl;
	struct batch *batch;
	size_t named;	/* commands that came from the file */
	int code;
};

/* What the file does not name is to be detached. */
static int detach_unnamed(unsigned int ifindex, void *arg)
{
	struct detach *detach = arg;
	struct command command;
	size_t i;

	for (i = 0; i < detach->named; i++) {
		if (device_of(&detach->batch->command[i]) == ifindex)
			return 0;
	}
	detach->code = port_build_off(detach->ctl, ifindex, &command);
	if (!detach->code)
		detach->code = push(detach->ctl, detach->batch, &command);
	return detach->code;
}

static int detach_others(struct ctl *ctl, struct batch *batch)
{
	struct detach detach = { .ctl = ctl, .batch = batch, .named = batch->n };
	int code = port_each(ctl, detach_unnamed, &detach);

	return detach.code ? detach.code : code;
}

int batch_begin(struct ctl *ctl, bool flush)
{
	struct nl_msg *msg;

	msg = ctl_get_message(VSEXT_CMD_TXN_BEGIN, VSEXT_A_TXN, VSEXT_TXN_A_FLUSH,
			      flush ? "" : NULL, 0);
	return ctl_get(ctl, msg, false, NULL, NULL);
}

int batch_commit(struct ctl *ctl)
{
	return ctl_get(ctl, session_message(VSEXT_CMD_TXN_COMMIT), false, NULL, NULL);
}

static int send_all(struct ctl *ctl, const struct batch *batch)
{
	int code = EXIT_OK;
	size_t i;

	for (i = 0; !code && i < batch->n; i++)
		code = command_send(ctl, &batch->command[i]);
	return code ? code : batch_commit(ctl);
}

static int apply(struct ctl *ctl, bool restore, struct batch *batch)
{
	int code;

	code = ctl_connect(ctl);
	if (!code && restore)
		code = detach_others(ctl, batch);
	if (!code)
		code = batch_begin(ctl, restore);
	if (!code)
		code = send_all(ctl, batch);
	if (code)	/* takes back what was sent */
		session_close(&ctl->session);
	return code;
}

int batch_run(struct ctl *ctl, const char *path, bool restore)
{
	struct batch batch = { 0 };
	int code;

	code = batch_read(ctl, path, NULL, &batch);
	if (!code)
		code = apply(ctl, restore, &batch);
	if (code)
		ctl_fail(ctl, code, "nothing was changed");
	batch_free(&batch);
	return code;
}
