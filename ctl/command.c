// SPDX-License-Identifier: GPL-2.0-only
/* From words to a command, and its way to the kernel. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "words.h"

static const struct object *const objects[] = {
	&port_object,
	&flow_object,
	&vm_object,
	&core_object,
	&config_object,
	&stats_object,
	&monitor_object,
	&save_object,
	&restore_object,
	&off_object,
};

#define OBJECTS	(sizeof(objects) / sizeof(*objects))

int ctl_fail(const struct ctl *ctl, enum exit_code code, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fflush(stdout);
	if (ctl->file && ctl->line)
		fprintf(stderr, "%s:%u: ", ctl->file, ctl->line);
	else
		fputs("vsextctl: ", stderr);
	words_show(text, strlen(text), stderr);
	fputc('\n', stderr);
	return code;
}

int ctl_connect(struct ctl *ctl)
{
	if (ctl->session.sock || !session_open(&ctl->session))
		return EXIT_OK;
	return ctl_fail(ctl, EXIT_KERNEL, "%s", ctl->session.why);
}

int ctl_refused(struct ctl *ctl)
{
	const struct command *command = ctl->session.refused;

	ctl->line = command ? command->line : 0;
	ctl_fail(ctl, EXIT_KERNEL, "%s", ctl->session.why);
	ctl->line = 0;
	if (command && command->verb->point && ctl->session.bad_offset)
		command->verb->point(command, ctl->session.bad_offset);
	return EXIT_KERNEL;
}

int ctl_get(struct ctl *ctl, struct nl_msg *msg, bool dump,
	    int (*reply)(struct nlattr *top[VSEXT_A_MAX + 1], void *arg), void *arg)
{
	int code;

	if (!msg)
		return ctl_fail(ctl, EXIT_KERNEL, "out of memory");
	code = ctl_connect(ctl);
	if (!code && session_get(&ctl->session, msg, dump, reply, arg))
		code = ctl_refused(ctl);
	nlmsg_free(msg);
	return code;
}

struct nl_msg *ctl_get_message(enum vsext_cmd cmd, int nest, int attr, const void *data,
			       size_t len)
{
	struct nl_msg *msg = session_message(cmd);
	struct nlattr *at;

	if (!msg || !data)
		return msg;
	at = nla_nest_start(msg, nest);
	if (at && !nla_put(msg, attr, len, data)) {
		nla_nest_end(msg, at);
		return msg;
	}
	nlmsg_free(msg);
	return NULL;
}

static int usage_error(struct ctl *ctl, const struct verb *verb, const char *why)
{
	ctl_fail(ctl, EXIT_USAGE, "%s", why);
	fprintf(stderr, "usage: vsextctl %s\n", verb->usage);
	return EXIT_USAGE;
}

static int parse_args(struct ctl *ctl, const struct verb *verb, int n, char **word,
		      struct arg *args)
{
	char why[512];

	switch (args_parse(verb->params, n, word, args, why, sizeof(why))) {
	case 0:
		return EXIT_OK;
	case ARGS_NO_DEVICE:
		return ctl_fail(ctl, EXIT_USAGE, "%s", why);
	default:
		return usage_error(ctl, verb, why);
	}
}

int ctl_draft(struct ctl *ctl, enum vsext_cmd cmd)
{
	if (!ctl->draft)
		ctl->draft = session_message(cmd);
	if (!ctl->draft || session_restart(ctl->draft, cmd))
		return ctl_fail(ctl, EXIT_KERNEL, "out of memory");
	return EXIT_OK;
}

/* There may be a million of them: each in as many bytes as it takes. */
int command_finish(struct ctl *ctl, struct command *command)
{
	const struct nlmsghdr *draft = nlmsg_hdr(ctl->draft);

	command->msg = malloc(draft->nlmsg_len);
	if (!command->msg)
		return ctl_fail(ctl, EXIT_KERNEL, "out of memory");
	memcpy(command->msg, draft, draft->nlmsg_len);
	return EXIT_OK;
}

int command_build(struct ctl *ctl, const struct verb *verb, int n, char **word,
		  struct command *command)
{
	static struct arg args[PARAMS_MAX];
	int code;

	*command = (struct command){ .verb = verb, .line = ctl->line };
	code = ctl_draft(ctl, verb->cmd);
	if (code)
		return code;
	if (verb->build_words) {
		code = verb->build_words(ctl, n, word, command);
	} else {
		code = parse_args(ctl, verb, n, word, args);
		if (!code)
			code = verb->build(ctl, args);
	}
	if (!code)
		code = command_finish(ctl, command);
	if (code)
		command_free(command);
	return code;
}

int command_send(struct ctl *ctl, const struct command *command)
{
	return session_queue(&ctl->session, command->msg, command) ? ctl_refused(ctl) : EXIT_OK;
}

void command_free(struct command *command)
{
	free(command->msg);
	free(command->text);
	command->msg = NULL;
	command->text = NULL;
}

static const struct object *find_object(const char *name)
{
	size_t i;

	for (i = 0; i < OBJECTS; i++) {
		if (!strcmp(objects[i]->name, name))
			return objects[i];
	}
	return NULL;
}

static const struct verb *find_verb(struct ctl *ctl, const struct object *object,
				    const char *name)
{
	const struct verb *verb;

	for (verb = object->verbs; verb->name; verb++) {
		if (!strcmp(verb->name, name))
			return verb;
	}
	ctl_fail(ctl, EXIT_USAGE, "'%s' is not something to do with a %s; see 'vsextctl %s help'",
		 name, object->name, object->name);
	return NULL;
}

const struct verb *command_find(struct ctl *ctl, int *n, char ***word)
{
	const struct object *object = find_object(**word);

	if (!object) {
		ctl_fail(ctl, EXIT_USAGE, "unknown object '%s'; see 'vsextctl help'", **word);
		return NULL;
	}
	++*word;
	--*n;
	if (!object->verbs || !*n)
		return object->bare;
	++*word;
	--*n;
	return find_verb(ctl, object, (*word)[-1]);
}

static void help_object(const struct object *object)
{
	const struct verb *verb = object->verbs ? object->verbs : object->bare;

	for (; verb->name; verb++) {
		printf("vsextctl %s\n", verb->usage);
		if (!object->verbs)
			break;
	}
	if (object->more)
		fputs(object->more, stdout);
}

static void help(void)
{
	size_t i;

	puts("usage: vsextctl [-j] [-p] [-s] OBJECT [VERB ...]\n"
	     "       vsextctl -b FILE\n\n"
	     "  -j       JSON\n"
	     "  -p       JSON for people\n"
	     "  -s       with counters\n"
	     "  -b FILE  apply a file of commands, all of it or nothing ('-': standard input)\n"
	     "  -V       version\n\n"
	     "objects (help: vsextctl OBJECT help)");
	for (i = 0; i < OBJECTS; i++)
		printf("  %-8s %s\n", objects[i]->name, objects[i]->help);
}

static bool is_help(const char *word)
{
	return !strcmp(word, "help") || !strcmp(word, "-h") || !strcmp(word, "--help");
}

static int send_one(struct ctl *ctl, const struct verb *verb, int n, char **word)
{
	struct command command;
	int code;

	code = command_build(ctl, verb, n, word, &command);
	if (code)
		return code;
	code = ctl_connect(ctl);
	if (!code)
		code = command_send(ctl, &command);
	if (!code && session_flush(&ctl->session))
		code = ctl_refused(ctl);
	command_free(&command);
	return code;
}

int command_run(struct ctl *ctl, int n, char **word)
{
	static struct arg args[PARAMS_MAX];
	const struct object *object = n ? find_object(word[0]) : NULL;
	const struct verb *verb;
	int code;

	if (!n || is_help(word[0])) {
		help();
		return EXIT_OK;
	}
	if (object && n == 2 && is_help(word[1])) {
		help_object(object);
		return EXIT_OK;
	}
	verb = command_find(ctl, &n, &word);
	if (!verb)
		return EXIT_USAGE;
	if (verb->cmd)
		return send_one(ctl, verb, n, word);
	if (verb->run_words)
		return verb->run_words(ctl, n, word);
	code = parse_args(ctl, verb, n, word, args);
	return code ? code : verb->run(ctl, args);
}
