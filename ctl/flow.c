// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include "replace.h"
#include "rules.h"

#define ONLY_STRICT	"priority selects a rule with --strict only"
#define ONLY_ADDED	"this goes with rules that are added only"

/* Flow text may come as several words. NULL: out of memory. */
static char *join(int n, char **word)
{
	size_t size = 1;
	char *text;
	int i;

	for (i = 0; i < n; i++)
		size += strlen(word[i]) + 1;
	text = calloc(1, size);
	for (i = 0; text && i < n; i++) {
		if (i)
			strcat(text, " ");
		strcat(text, word[i]);
	}
	return text;
}

static int wrong_text(struct ctl *ctl, const char *text, const struct complaint *wrong)
{
	ctl_fail(ctl, EXIT_USAGE, "%s", wrong->why);
	flowtext_point(text, wrong->at, stderr);
	return EXIT_USAGE;
}

static int wrong_word(struct ctl *ctl, const char *text, struct span at, const char *why)
{
	struct complaint wrong = { .at = at };

	snprintf(wrong.why, sizeof(wrong.why), "%s", why);
	return wrong_text(ctl, text, &wrong);
}

static int put_action(const struct flow *flow, struct nl_msg *msg)
{
	if (nla_put_u8(msg, VSEXT_FLOW_A_ACTION, flow->action))
		return -1;
	if (flow->cookie_at.len && nla_put_u64(msg, VSEXT_FLOW_A_COOKIE, flow->cookie))
		return -1;
	if (flow->action != VSEXT_ACT_CORE)
		return 0;
	return nla_put_u32(msg, VSEXT_FLOW_A_CORE, flow->core);
}

static int put_rule(const struct flow *flow, struct nl_msg *msg)
{
	if (nla_put_u16(msg, VSEXT_FLOW_A_PRIORITY, flow->priority) ||
	    (flow->idle && nla_put_u16(msg, VSEXT_FLOW_A_IDLE, flow->idle)) ||
	    (flow->hard && nla_put_u16(msg, VSEXT_FLOW_A_HARD, flow->hard)))
		return -1;
	return put_action(flow, msg);
}

static int no_memory(struct ctl *ctl)
{
	return ctl_fail(ctl, EXIT_KERNEL, "out of memory");
}

static int parse_rule(struct ctl *ctl, const char *text, struct flow *flow)
{
	struct complaint wrong;

	if (flowtext_parse(text, flow, &wrong))
		return wrong_text(ctl, text, &wrong);
	if (!flow->action_at.len)
		return wrong_word(ctl, text, (struct span){ strlen(text), 0 },
				  "expected actions=irq:auto, irq:vm, irq:local or irq: with a core number");
	return EXIT_OK;
}

static int build_rule(struct ctl *ctl, int n, char **word, struct command *command, bool replace)
{
	struct nl_msg *msg = ctl->draft;
	struct nlattr *nest;
	struct flow flow;
	int code;

	command->text = join(n, word);
	if (!command->text)
		return no_memory(ctl);
	code = parse_rule(ctl, command->text, &flow);
	if (code)
		return code;
	if (flow.select_at.len)
		return wrong_word(ctl, command->text, flow.select_at,
				  "selects rules that exist, with show, mod and del only");
	nest = nla_nest_start(msg, VSEXT_A_FLOW);
	if (!nest || match_put(&flow.match, msg, VSEXT_FLOW_A_MATCH) || put_rule(&flow, msg) ||
	    (replace && nla_put_flag(msg, VSEXT_FLOW_A_REPLACE)) ||
	    (flow.check_overlap && nla_put_flag(msg, VSEXT_FLOW_A_CHECK_OVERLAP)))
		return no_memory(ctl);
	nla_nest_end(msg, nest);
	return EXIT_OK;
}

static int build_add(struct ctl *ctl, int n, char **word, struct command *command)
{
	return build_rule(ctl, n, word, command, false);
}

static int build_replace(struct ctl *ctl, int n, char **word, struct command *command)
{
	return build_rule(ctl, n, word, command, true);
}

/* The text of a match; a strict one names the priority as well. */
static int parse_match(struct ctl *ctl, const char *text, bool strict, struct flow *flow)
{
	struct complaint wrong;

	if (flowtext_parse(text, flow, &wrong))
		return wrong_text(ctl, text, &wrong);
	if (flow->action_at.len)
		return wrong_word(ctl, text, flow->action_at, "actions do not select rules");
	if (flow->cookie_at.len)
		return wrong_word(ctl, text, flow->cookie_at,
				  "cookies select rules as cookie=VALUE/MASK; a mask of -1 is all bits");
	if (flow->priority_at.len && !strict)
		return wrong_word(ctl, text, flow->priority_at, ONLY_STRICT);
	if (flow->added_at.len)
		return wrong_word(ctl, text, flow->added_at, ONLY_ADDED);
	return EXIT_OK;
}

/* Takes "--strict" out of the words. */
static bool take_strict(int *n, char **word)
{
	bool strict = false;
	int i, kept = 0;

	for (i = 0; i < *n; i++) {
		if (strcmp(word[i], "--strict"))
			word[kept++] = word[i];
		else
			strict = true;
	}
	*n = kept;
	return strict;
}

static bool selects_any(const struct flow *flow)
{
	int i;

	for (i = 1; i <= VSEXT_M_MAX; i++)
		if (flow->match.field[i].set)
			return true;
	return flow->wants_core || flow->wanted_cookie[1];
}

static int put_strict(const struct flow *flow, struct nl_msg *msg)
{
	if (nla_put_u16(msg, VSEXT_FLOW_A_PRIORITY, flow->priority))
		return -1;
	return nla_put_flag(msg, VSEXT_FLOW_A_STRICT);
}

/* Which rules a command is about. */
static int put_selected(const struct flow *flow, bool strict, struct nl_msg *msg)
{
	if (rules_put_selection(flow, msg))
		return -1;
	return strict ? put_strict(flow, msg) : 0;
}

static int build_del(struct ctl *ctl, int n, char **word, struct command *command)
{
	bool strict = take_strict(&n, word);
	struct nl_msg *msg = ctl->draft;
	struct nlattr *nest;
	struct flow flow;
	int code;

	command->text = join(n, word);
	if (!command->text)
		return no_memory(ctl);
	code = parse_match(ctl, command->text, strict, &flow);
	if (code)
		return code;
	/* An empty variable in a script must not empty the table. */
	if (!strict && !selects_any(&flow))
		return ctl_fail(ctl, EXIT_USAGE,
				"del needs a match; 'flow flush' deletes every rule");
	nest = nla_nest_start(msg, VSEXT_A_FLOW);
	if (!nest || put_selected(&flow, strict, msg))
		return no_memory(ctl);
	nla_nest_end(msg, nest);
	return EXIT_OK;
}

static int build_mod(struct ctl *ctl, int n, char **word, struct command *command)
{
	bool strict = take_strict(&n, word);
	struct nl_msg *msg = ctl->draft;
	struct nlattr *nest;
	struct flow flow;
	int code;

	command->text = join(n, word);
	if (!command->text)
		return no_memory(ctl);
	code = parse_rule(ctl, command->text, &flow);
	if (code)
		return code;
	if (flow.priority_at.len && !strict)
		return wrong_word(ctl, command->text, flow.priority_at, ONLY_STRICT);
	if (flow.added_at.len)
		return wrong_word(ctl, command->text, flow.added_at, ONLY_ADDED);
	nest = nla_nest_start(msg, VSEXT_A_FLOW);
	if (!nest || put_selected(&flow, strict, msg) || put_action(&flow, msg))
		return no_memory(ctl);
	nla_nest_end(msg, nest);
	return EXIT_OK;
}

/* The field that the attribute at @offset of the message sets, 0 if none does. */
static unsigned int field_at(const struct command *command, unsigned int offset)
{
	struct nlmsghdr *head = command->msg;
	struct nlattr *flow, *match, *a;
	int rem;

	flow = nlmsg_find_attr(head, GENL_HDRLEN, VSEXT_A_FLOW);
	match = flow ? nla_find(nla_data(flow), nla_len(flow), VSEXT_FLOW_A_MATCH) : NULL;
	if (!match)
		return 0;
	nla_for_each_nested(a, match, rem) {
		if ((size_t)((char *)a - (char *)head) == offset)
			return nla_type(a) <= VSEXT_M_MAX ? nla_type(a) : 0;
	}
	return 0;
}

static int rule_attr_at(const struct command *command, unsigned int offset)
{
	struct nlmsghdr *head = command->msg;
	struct nlattr *flow = nlmsg_find_attr(head, GENL_HDRLEN, VSEXT_A_FLOW), *a;
	int rem;

	if (!flow)
		return 0;
	nla_for_each_nested(a, flow, rem) {
		if ((size_t)((char *)a - (char *)head) == offset)
			return nla_type(a);
	}
	return 0;
}

static void point(const struct command *command, unsigned int offset)
{
	unsigned int attr = field_at(command, offset);
	struct complaint wrong;
	struct span at = { 0 };
	struct flow flow;

	if (flowtext_parse(command->text, &flow, &wrong))
		return;
	if (attr) {
		at = flow.where[attr];
	} else {
		switch (rule_attr_at(command, offset)) {
		case VSEXT_FLOW_A_ACTION:
		case VSEXT_FLOW_A_CORE:
			at = flow.action_at;
			break;
		case VSEXT_FLOW_A_PRIORITY:
			at = flow.priority_at;
			break;
		case VSEXT_FLOW_A_SELECT_COOKIE:
		case VSEXT_FLOW_A_SELECT_CORE:
			at = flow.select_at;
			break;
		}
	}
	if (at.len)
		flowtext_point(command->text, at, stderr);
}

static int build_flush(struct ctl *ctl, const struct arg *args)
{
	struct nlattr *nest = nla_nest_start(ctl->draft, VSEXT_A_FLOW);

	(void)args;
	if (!nest)
		return no_memory(ctl);
	nla_nest_end_keep_empty(ctl->draft, nest);
	return EXIT_OK;
}

static int show_rules(struct ctl *ctl, const struct rules *rules)
{
	struct nlattr *attr[VSEXT_FLOW_A_MAX + 1];
	struct flow flow;
	size_t i;

	for (i = 0; i < rules->n; i++) {
		if (rule_read(rules->rule[i].nest, &flow, attr))
			return rule_unknown(ctl);
		print_object(ctl->print, NULL);
		rule_print(ctl->print, &flow, attr, ctl->stats);
		print_text(ctl->print, "\n");
		print_end(ctl->print);
	}
	return EXIT_OK;
}

static int show(struct ctl *ctl, int n, char **word)
{
	struct rules rules = { 0 };
	struct flow flow;
	char *text = join(n, word);
	int code;

	if (!text)
		return no_memory(ctl);
	code = parse_match(ctl, text, false, &flow);
	free(text);
	if (code)
		return code;
	print_array(ctl->print, NULL);
	code = rules_get(ctl, &flow, &rules);
	if (!code)
		code = show_rules(ctl, &rules);
	if (!code && ctl->session.interrupted)
		ctl_fail(ctl, EXIT_OK,
			 "warning: the rules changed while they were read; those that came or went may be missing or there twice");
	print_end(ctl->print);
	rules_free(&rules);
	return code;
}

int flow_save(struct ctl *ctl, FILE *to)
{
	struct nlattr *attr[VSEXT_FLOW_A_MAX + 1];
	struct flow everything = { 0 };
	struct rules rules = { 0 };
	struct flow flow;
	int code;
	size_t i;

	code = rules_get(ctl, &everything, &rules);
	if (!code && ctl->session.interrupted)
		code = ctl_fail(ctl, EXIT_KERNEL, "the rules changed while they were read, %d times; try again later",
				DUMP_TRIES);
	for (i = 0; !code && i < rules.n; i++) {
		if (rule_read(rules.rule[i].nest, &flow, attr))
			break;
		fputs("flow add ", to);
		flowtext_print(&flow, to);
		fputs(",actions=", to);
		flowtext_print_action(&flow, to);
		fputc('\n', to);
	}
	if (!code && i < rules.n)
		code = rule_unknown(ctl);
	rules_free(&rules);
	return code;
}

static const struct verb replace_verb = {
	.name = "replace", .usage = "flow replace FLOW", .cmd = VSEXT_CMD_FLOW_ADD,
	.build_words = build_replace, .point = point,
};

static int run_replace_all(struct ctl *ctl, const struct arg *args)
{
	return replace_all(ctl, args[0].text, &replace_verb);
}

static const struct verb verbs[] = {
	{ .name = "show", .usage = "flow show [MATCH]", .run_words = show },
	{ .name = "add", .usage = "flow add FLOW", .cmd = VSEXT_CMD_FLOW_ADD,
	  .build_words = build_add, .point = point },
	{ .name = "replace", .usage = "flow replace FLOW", .cmd = VSEXT_CMD_FLOW_ADD,
	  .build_words = build_replace, .point = point },
	{ .name = "replace-all", .usage = "flow replace-all FILE", .run = run_replace_all,
	  .params = (const struct param []){
		{ "FILE", PARAM_FILE, .bare = true, .required = true }, { } } },
	{ .name = "mod", .usage = "flow mod [--strict] FLOW", .cmd = VSEXT_CMD_FLOW_MOD,
	  .build_words = build_mod, .point = point },
	{ .name = "del", .usage = "flow del [--strict] MATCH", .cmd = VSEXT_CMD_FLOW_DEL,
	  .build_words = build_del, .point = point },
	{ .name = "flush", .usage = "flow flush", .cmd = VSEXT_CMD_FLOW_DEL, .build = build_flush,
	  .params = (const struct param []){ { } } },
	{ }
};

const struct object flow_object = {
	.name = "flow",
	.help = "rules that choose the core",
	.verbs = verbs,
	.bare = verbs,
	.more =
	"\nFLOW is a rule in the syntax of ovs-ofctl(8), MATCH its match fields:\n"
	"  'priority=10,udp,tp_dst=4789,tun_id=42,vm_id=1,actions=irq:auto'\n"
	"Match fields, with VALUE or VALUE/MASK:\n"
	"  in_port dl_src dl_dst dl_type dl_vlan dl_vlan_pcp vlan_tci\n"
	"  ip ipv6 tcp udp icmp sctp esp tcp6 udp6 icmp6 sctp6 esp6 arp rarp\n"
	"  nw_src nw_dst ipv6_src ipv6_dst nw_proto nw_tos ip_dscp nw_ecn ip_frag\n"
	"  tp_src tp_dst icmp_type icmp_code arp_op arp_spa arp_tpa esp_spi\n"
	"  inner_ with any of these but in_port: the packet inside the tunnel\n"
	"  tun_type tun_id vm_id vm_prio\n"
	"Words that select rules (show, mod, del): cookie=VALUE/MASK core=N\n"
	"Words of a rule: priority=N cookie=N idle_timeout=S hard_timeout=S check_overlap\n"
	"Actions: irq:N irq:auto irq:vm irq:local\n",
};
