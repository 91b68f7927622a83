// SPDX-License-Identifier: GPL-2.0-only
/* Events as they come: a line, or a line with a JSON object, each. */
#include <stdio.h>

#include "rules.h"

static const char *const reasons[__VSEXT_REMOVED_MAX] = {
	[VSEXT_REMOVED_IDLE] = "idle",
	[VSEXT_REMOVED_HARD] = "hard",
	[VSEXT_REMOVED_DELETE] = "delete",
	[VSEXT_REMOVED_REPLACE] = "replace",
};

static struct print *begin_event(struct ctl *ctl, const char *what)
{
	struct print *p = print_new(ctl->style);

	if (!p)
		return NULL;
	print_object(p, NULL);
	print_string(p, "event", NULL, what);
	return p;
}

static void end_event(struct print *p)
{
	print_end(p);
	print_free(p, true);
	fflush(stdout);
}

static int on_removed(struct nlattr **top, void *arg)
{
	struct nlattr *attr[VSEXT_FLOW_A_MAX + 1];
	struct ctl *ctl = arg;
	const char *why = NULL;
	struct flow flow;
	struct print *p;
	uint64_t number;

	if (rule_read(top[VSEXT_A_FLOW], &flow, attr))
		return -1;
	number = attr_number(attr[VSEXT_FLOW_A_REMOVED]);
	if (number < __VSEXT_REMOVED_MAX)
		why = reasons[number];
	p = begin_event(ctl, "removed");
	if (!p || !why)
		return -1;
	print_string(p, "reason", "removed reason=%s ", why);
	rule_print(p, &flow, attr, true);
	print_text(p, "\n");
	end_event(p);
	return 0;
}

/* On standard error too, where people look. */
static void on_lost(void *arg)
{
	struct ctl *ctl = arg;
	struct print *p;

	ctl_fail(ctl, EXIT_OK, "warning: events were lost");
	p = begin_event(ctl, "lost");
	if (p)
		end_event(p);
}

static int monitor_flow(struct ctl *ctl, const struct arg *args)
{
	int code = ctl_connect(ctl);

	(void)args;
	if (code)
		return code;
	session_listen(&ctl->session, VSEXT_GENL_GROUP_FLOW, on_removed, on_lost, ctl);
	return ctl_refused(ctl);
}

static const struct verb verbs[] = {
	{ .name = "flow", .usage = "monitor flow", .run = monitor_flow,
	  .params = (const struct param []){ { } } },
	{ }
};

const struct object monitor_object = {
	.name = "monitor",
	.help = "rules that are removed, as they are",
	.verbs = verbs,
	.bare = verbs,
};
