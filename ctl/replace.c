// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of a file instead of those that there are. Both are sorted and compared
 * while a transaction is open, in which nobody else changes any; only what differs is
 * sent, so that the rest counts on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include "batch.h"
#include "replace.h"
#include "rules.h"

/* A rule of the file, and the command that adds it; to be sorted as rules are. */
struct wanted {
	struct rule rule;
	const struct command *command;
};

static void read_command(const struct command *command, struct wanted *wanted)
{
	struct nlattr *nest = nlmsg_find_attr(command->msg, GENL_HDRLEN, VSEXT_A_FLOW);
	struct rule *rule = &wanted->rule;

	wanted->command = command;
	rule->nest = nest;
	rule->priority = attr_number(nla_find(nla_data(nest), nla_len(nest),
					      VSEXT_FLOW_A_PRIORITY));
	rule->match = nla_find(nla_data(nest), nla_len(nest), VSEXT_FLOW_A_MATCH);
}

/* NULL: out of memory. */
static struct wanted *sort_batch(const struct batch *batch)
{
	struct wanted *wanted = calloc(batch->n + 1, sizeof(*wanted));
	size_t i;

	if (!wanted)
		return NULL;
	for (i = 0; i < batch->n; i++)
		read_command(&batch->command[i], &wanted[i]);
	qsort(wanted, batch->n, sizeof(*wanted), rules_compare);
	return wanted;
}

static int check_twice(struct ctl *ctl, const struct wanted *wanted, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++) {
		unsigned int a = wanted[i - 1].command->line, b = wanted[i].command->line;

		if (rules_compare(&wanted[i - 1], &wanted[i]))
			continue;
		ctl->line = a < b ? b : a;
		ctl_fail(ctl, EXIT_USAGE, "line %u has the same match and priority", a < b ? a : b);
		ctl->line = 0;
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

/* Of rules with the same match and priority: the rest, too? */
static bool is_same(const struct rule *a, const struct rule *b)
{
	struct nlattr *attr[VSEXT_FLOW_A_MAX + 1];
	struct flow x, y;

	if (rule_read(a->nest, &x, attr) || rule_read(b->nest, &y, attr))
		return false;
	return x.cookie == y.cookie && x.idle == y.idle && x.hard == y.hard &&
	       x.action == y.action && x.core == y.core;
}

static int send_deletion(struct ctl *ctl, const struct rule *rule)
{
	int code = ctl_draft(ctl, VSEXT_CMD_FLOW_DEL);
	struct nlattr *nest;

	if (code)
		return code;
	nest = nla_nest_start(ctl->draft, VSEXT_A_FLOW);
	if (!nest || !rule->match ||
	    nla_put(ctl->draft, VSEXT_FLOW_A_MATCH | NLA_F_NESTED, nla_len(rule->match),
		    nla_data(rule->match)) ||
	    nla_put_u16(ctl->draft, VSEXT_FLOW_A_PRIORITY, rule->priority) ||
	    nla_put_flag(ctl->draft, VSEXT_FLOW_A_STRICT))
		return ctl_fail(ctl, EXIT_KERNEL, "out of memory");
	nla_nest_end(ctl->draft, nest);
	if (session_queue(&ctl->session, nlmsg_hdr(ctl->draft), NULL))
		return ctl_refused(ctl);
	return EXIT_OK;
}

/* What goes goes first: there may be no room for both. */
static int send_differences(struct ctl *ctl, const struct wanted *wanted, size_t n,
			    const struct rules *rules, bool deletions)
{
	size_t i = 0, k = 0;
	int code = EXIT_OK;

	while (!code && (i < n || k < rules->n)) {
		int order = i == n ? 1 : k == rules->n ? -1 :
			    rules_compare(&wanted[i], &rules->rule[k]);

		if (deletions)
			code = order > 0 ? send_deletion(ctl, &rules->rule[k]) : EXIT_OK;
		else if (order < 0 || (!order && !is_same(&wanted[i].rule, &rules->rule[k])))
			code = command_send(ctl, wanted[i].command);
		i += order <= 0;
		k += order >= 0;
	}
	return code;
}

static int apply(struct ctl *ctl, const struct wanted *wanted, size_t n)
{
	struct flow everything = { 0 };
	struct rules rules = { 0 };
	int code;

	code = ctl_connect(ctl);
	if (!code)
		code = batch_begin(ctl, false);
	if (!code)
		code = rules_get(ctl, &everything, &rules);
	if (!code)
		code = send_differences(ctl, wanted, n, &rules, true);
	if (!code)
		code = send_differences(ctl, wanted, n, &rules, false);
	if (!code)
		code = batch_commit(ctl);
	rules_free(&rules);
	if (code)	/* takes back what was sent */
		session_close(&ctl->session);
	return code;
}

int replace_all(struct ctl *ctl, const char *path, const struct verb *replace)
{
	struct batch batch = { 0 };
	struct wanted *wanted = NULL;
	int code;

	code = batch_read(ctl, path, replace, &batch);
	if (!code) {
		wanted = sort_batch(&batch);
		code = wanted ? check_twice(ctl, wanted, batch.n) :
				ctl_fail(ctl, EXIT_KERNEL, "out of memory");
	}
	if (!code)
		code = apply(ctl, wanted, batch.n);
	if (code)
		ctl_fail(ctl, code, "nothing was changed");
	free(wanted);
	batch_free(&batch);
	return code;
}
