// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

int rule_unknown(struct ctl *ctl)
{
	return ctl_fail(ctl, EXIT_KERNEL,
			"the kernel has a rule of a kind that this version does not know; use the vsextctl that came with the module");
}

int rules_put_selection(const struct flow *flow, struct nl_msg *msg)
{
	if (match_put(&flow->match, msg, VSEXT_FLOW_A_MATCH))
		return -1;
	if (flow->wanted_cookie[1] &&
	    nla_put(msg, VSEXT_FLOW_A_SELECT_COOKIE, sizeof(flow->wanted_cookie),
		    flow->wanted_cookie))
		return -1;
	return flow->wants_core ? nla_put_u32(msg, VSEXT_FLOW_A_SELECT_CORE, flow->wanted_core) : 0;
}

static int collect(struct nlattr **top, void *arg)
{
	struct rules *rules = arg;
	struct nlattr *nest = top[VSEXT_A_FLOW];
	struct rule *rule;

	if (!nest)
		return -1;
	if (rules->n == rules->room) {
		rules->room = rules->room ? 2 * rules->room : 64;
		rule = realloc(rules->rule, rules->room * sizeof(*rule));
		if (!rule)
			return -1;
		rules->rule = rule;
	}
	rule = &rules->rule[rules->n];
	rule->nest = malloc(nla_total_size(nla_len(nest)));
	if (!rule->nest)
		return -1;
	memcpy(rule->nest, nest, nla_attr_size(nla_len(nest)));
	nest = rule->nest;
	rule->priority = attr_number(nla_find(nla_data(nest), nla_len(nest),
					      VSEXT_FLOW_A_PRIORITY));
	rule->match = nla_find(nla_data(nest), nla_len(nest), VSEXT_FLOW_A_MATCH);
	rules->n++;
	return 0;
}

static void rules_clear(struct rules *rules)
{
	while (rules->n)
		free(rules->rule[--rules->n].nest);
}

void rules_free(struct rules *rules)
{
	rules_clear(rules);
	free(rules->rule);
}

/* The kernel's order depends on history; that of a saved file must not. */
int rules_compare(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;
	int xlen, ylen;

	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	xlen = x->match ? nla_len(x->match) : 0;
	ylen = y->match ? nla_len(y->match) : 0;
	if (xlen != ylen)
		return xlen > ylen ? -1 : 1;
	return xlen ? memcmp(nla_data(x->match), nla_data(y->match), xlen) : 0;
}

static int dump_rules(struct ctl *ctl, const struct flow *wanted, struct rules *rules)
{
	struct nl_msg *msg = session_message(VSEXT_CMD_FLOW_GET);
	struct nlattr *nest;

	nest = msg ? nla_nest_start(msg, VSEXT_A_FLOW) : NULL;
	if (!nest || rules_put_selection(wanted, msg)) {
		nlmsg_free(msg);
		return ctl_fail(ctl, EXIT_KERNEL, "out of memory");
	}
	nla_nest_end_keep_empty(msg, nest);
	return ctl_get(ctl, msg, true, collect, rules);
}

int rules_get(struct ctl *ctl, const struct flow *wanted, struct rules *rules)
{
	int code, tries = DUMP_TRIES;

	do {
		rules_clear(rules);
		code = dump_rules(ctl, wanted, rules);
	} while (!code && ctl->session.interrupted && --tries);
	if (!code && rules->n)
		qsort(rules->rule, rules->n, sizeof(*rules->rule), rules_compare);
	return code;
}

int rule_read(struct nlattr *nest, struct flow *flow, struct nlattr **attr)
{
	memset(flow, 0, sizeof(*flow));
	if (!nest_parse(nest, attr, VSEXT_FLOW_A_MAX))
		return -1;
	if (attr[VSEXT_FLOW_A_MATCH] && match_get(&flow->match, attr[VSEXT_FLOW_A_MATCH]))
		return -1;
	flow->priority = attr_number(attr[VSEXT_FLOW_A_PRIORITY]);
	flow->idle = attr_number(attr[VSEXT_FLOW_A_IDLE]);
	flow->hard = attr_number(attr[VSEXT_FLOW_A_HARD]);
	flow->cookie = attr_number(attr[VSEXT_FLOW_A_COOKIE]);
	flow->action = attr_number(attr[VSEXT_FLOW_A_ACTION]);
	flow->core = attr_number(attr[VSEXT_FLOW_A_CORE]);
	return flow->action < __VSEXT_ACT_MAX ? 0 : -1;
}

/* What @print writes, as a JSON string. */
static void add_printed(struct print *p, const char *key, const struct flow *flow,
			void (*print)(const struct flow *flow, FILE *to))
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return;
	print(flow, to);
	fclose(to);
	print_string(p, key, NULL, text ? text : "");
	free(text);
}

static void only_match(const struct flow *flow, FILE *to)
{
	flowtext_print_match(&flow->match, to);
}

static void print_json(struct print *p, const struct flow *flow, struct nlattr **attr, bool stats)
{
	bool assigned = attr[VSEXT_FLOW_A_ASSIGNED];
	char cookie[20];

	snprintf(cookie, sizeof(cookie), "0x%" PRIx64, flow->cookie);
	print_u64(p, "priority", NULL, flow->priority);
	print_string(p, "cookie", NULL, cookie);
	add_printed(p, "match", flow, only_match);
	add_printed(p, "actions", flow, flowtext_print_action);
	if (flow->idle)
		print_u64(p, "idle_timeout", NULL, flow->idle);
	if (flow->hard)
		print_u64(p, "hard_timeout", NULL, flow->hard);
	if (assigned)
		print_u64(p, "core", NULL, attr_number(attr[VSEXT_FLOW_A_ASSIGNED]));
	if (flow->action == VSEXT_ACT_CORE)
		print_bool(p, "offline", !assigned);
	if (!stats)
		return;
	print_decimal(p, "duration", NULL, attr_number(attr[VSEXT_FLOW_A_DURATION]) / 100, 1);
	print_u64(p, "packets", NULL, attr_number(attr[VSEXT_FLOW_A_PACKETS]));
	print_u64(p, "bytes", NULL, attr_number(attr[VSEXT_FLOW_A_BYTES]));
}

/* The rule, and behind '#' what is no part of it. */
static void print_line(const struct flow *flow, struct nlattr **attr, bool stats)
{
	bool assigned = attr[VSEXT_FLOW_A_ASSIGNED];
	const char *before = " # ";
	uint64_t tenths;

	flowtext_print(flow, stdout);
	fputs(",actions=", stdout);
	flowtext_print_action(flow, stdout);
	if (flow->action == VSEXT_ACT_CORE && !assigned)
		fputs("(offline)", stdout);
	if (flow->action != VSEXT_ACT_CORE && assigned) {
		printf("%score %" PRIu64, before, attr_number(attr[VSEXT_FLOW_A_ASSIGNED]));
		before = ", ";
	}
	if (!stats)
		return;
	tenths = attr_number(attr[VSEXT_FLOW_A_DURATION]) / 100;
	printf("%sduration=%" PRIu64 ".%us, n_packets=%" PRIu64 ", n_bytes=%" PRIu64, before,
	       tenths / 10, (unsigned int)(tenths % 10), attr_number(attr[VSEXT_FLOW_A_PACKETS]),
	       attr_number(attr[VSEXT_FLOW_A_BYTES]));
}

void rule_print(struct print *p, const struct flow *flow, struct nlattr **attr, bool stats)
{
	if (print_is_json(p))
		print_json(p, flow, attr, stats);
	else
		print_line(flow, attr, stats);
}
