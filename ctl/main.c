// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"

static int usage(void)
{
	fputs("try: vsextctl help\n", stderr);
	return EXIT_USAGE;
}

static int run(struct ctl *ctl, const char *batch, int n, char **word)
{
	int code;

	ctl->print = print_new(ctl->style);
	if (!ctl->print)
		return ctl_fail(ctl, EXIT_KERNEL, "out of memory");
	if (batch)
		code = batch_run(ctl, batch, false);
	else
		code = command_run(ctl, n, word);
	print_free(ctl->print, !code);
	session_close(&ctl->session);
	nlmsg_free(ctl->draft);
	return code;
}

/* A full disk or a closed pipe must not pass for success. */
static int finish(struct ctl *ctl, int code)
{
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	return ctl_fail(ctl, code ? code : EXIT_USAGE, "writing to standard output failed: %s",
			strerror(errno));
}

int main(int argc, char **argv)
{
	struct ctl ctl = { .style = PRINT_TEXT };
	const char *batch = NULL;
	int option;

	while ((option = getopt(argc, argv, "+jpsb:Vh")) != -1) {
		switch (option) {
		case 'j':
			if (ctl.style == PRINT_TEXT)
				ctl.style = PRINT_JSON;
			break;
		case 'p':
			ctl.style = PRINT_JSON_PRETTY;
			break;
		case 's':
			ctl.stats = true;
			break;
		case 'b':
			batch = optarg;
			break;
		case 'V':
			printf("vsextctl %s\n", VSEXTCTL_VERSION);
			return finish(&ctl, EXIT_OK);
		case 'h':
			return finish(&ctl, command_run(&ctl, 0, NULL));
		default:
			return usage();
		}
	}
	if (batch && optind < argc) {
		ctl_fail(&ctl, EXIT_USAGE, "-b FILE takes its commands from the file, not '%s'",
			 argv[optind]);
		return usage();
	}
	return finish(&ctl, run(&ctl, batch, argc - optind, argv + optind));
}
