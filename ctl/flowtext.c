// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "flowvalue.h"
#include "number.h"

#define SEPARATORS	", \t\r\n\v\f"
#define ACTIONS		"irq:auto, irq:vm, irq:local or irq: with a core number"

/* "udp" and the like: .max is the dl_type, .proto the nw_proto. */
static int set_protocol(struct parser *p, const struct syntax *word)
{
	if (parser_take(p, VSEXT_M_DL_TYPE, word->max, 0xffff))
		return -1;
	if (word->proto < 0)
		return 0;
	return parser_take(p, VSEXT_M_NW_PROTO, word->proto, 0xff);
}

static int set_priority(struct parser *p, const struct syntax *word)
{
	uint64_t priority;

	if (p->flow->priority_at.len)
		return parser_complain(p, p->word, "priority is given twice");
	if (parser_number(p, p->value, word->name, UINT16_MAX, &priority))
		return -1;
	p->flow->priority = priority;
	p->flow->priority_at = p->word;
	return 0;
}

static int selects(struct parser *p)
{
	if (!p->flow->select_at.len)
		p->flow->select_at = p->word;
	return 0;
}

/* As in ovs-ofctl: with a mask it says which rules are meant; -1 is all bits. */
static int select_cookie(struct parser *p, struct span value, struct span mask)
{
	uint64_t *wanted = p->flow->wanted_cookie;

	if (wanted[1])
		return parser_complain(p, p->word, "cookie is given twice");
	wanted[1] = UINT64_MAX;
	if (!parser_is_text(p, mask, "-1") &&
	    parser_number(p, mask, "cookie", UINT64_MAX, &wanted[1]))
		return -1;
	if (parser_number(p, value, "cookie", UINT64_MAX, &wanted[0]))
		return -1;
	wanted[0] &= wanted[1];
	return selects(p);
}

static int select_core(struct parser *p, const struct syntax *word)
{
	uint64_t core;

	if (p->flow->wants_core)
		return parser_complain(p, p->word, "core is given twice");
	if (parser_number(p, p->value, word->name, CORE_MAX, &core))
		return -1;
	p->flow->wants_core = true;
	p->flow->wanted_core = core;
	return selects(p);
}

static int set_cookie(struct parser *p, const struct syntax *word)
{
	struct span value, mask;

	if (parser_split_mask(p, &value, &mask))
		return select_cookie(p, value, mask);
	if (p->flow->cookie_at.len)
		return parser_complain(p, p->word, "cookie is given twice");
	if (parser_number(p, p->value, word->name, UINT64_MAX, &p->flow->cookie))
		return -1;
	p->flow->cookie_at = p->word;
	return 0;
}

static int added_only(struct parser *p)
{
	if (!p->flow->added_at.len)
		p->flow->added_at = p->word;
	return 0;
}

static int set_flag(struct parser *p, const struct syntax *word)
{
	(void)word;
	p->flow->check_overlap = true;
	return added_only(p);
}

static int set_seconds(struct parser *p, const struct syntax *word, uint16_t *seconds)
{
	uint64_t number;

	if (*seconds)
		return parser_complain(p, p->word, "%s is given twice", word->name);
	if (parser_number(p, p->value, word->name, UINT16_MAX, &number))
		return -1;
	*seconds = number;
	return added_only(p);
}

static int set_idle(struct parser *p, const struct syntax *word)
{
	return set_seconds(p, word, &p->flow->idle);
}

static int set_hard(struct parser *p, const struct syntax *word)
{
	return set_seconds(p, word, &p->flow->hard);
}

static int set_core(struct parser *p, struct span at)
{
	static const char offline[] = "(offline)";	/* as printed, no part of the rule */
	size_t cut = sizeof(offline) - 1;
	uint64_t core;

	if (at.len > cut && !memcmp(p->text + at.at + at.len - cut, offline, cut))
		at.len -= cut;
	if (number_parse(p->text + at.at, at.len, UINT32_MAX, &core) == NUMBER_BAD)
		return parser_complain(p, at, "expected " ACTIONS);
	if (parser_number(p, at, "the core number", CORE_MAX, &core))
		return -1;
	p->flow->action = VSEXT_ACT_CORE;
	p->flow->core = core;
	return 0;
}

static int set_actions(struct parser *p, const struct syntax *word)
{
	struct span at = p->value;
	size_t rest;

	(void)word;
	p->flow->action_at = p->word;
	rest = at.at + at.len;
	rest += strspn(p->text + rest, SEPARATORS);
	if (p->text[rest] && p->text[rest] != '#')
		return parser_complain(p, (struct span){ rest, strcspn(p->text + rest, SEPARATORS) },
				       "a rule has one action, and it comes last");
	if (at.len < 4 || memcmp(p->text + at.at, "irq:", 4))
		return parser_complain(p, at, "expected " ACTIONS);
	at.at += 4;
	at.len -= 4;
	if (parser_is_text(p, at, "auto"))
		p->flow->action = VSEXT_ACT_AUTO;
	else if (parser_is_text(p, at, "vm"))
		p->flow->action = VSEXT_ACT_VM;
	else if (parser_is_text(p, at, "local"))
		p->flow->action = VSEXT_ACT_LOCAL;
	else
		return set_core(p, at);
	return 0;
}

#define NUMBER(name_, attr_, max_) \
	{ .name = name_, .set = value_number, .attr = VSEXT_M_##attr_, .max = max_, \
	  .inner = true }
#define VALUE(name_, set_, attr_) \
	{ .name = name_, .set = set_, .attr = VSEXT_M_##attr_, .max = 0xff, .inner = true }
#define PROTOCOL(name_, type_, proto_) \
	{ .name = name_, .set = set_protocol, .max = type_, .proto = proto_, .inner = true }

static const struct syntax syntax[] = {
	{ .name = "in_port", .set = value_device, .attr = VSEXT_M_IN_PORT, .max = UINT32_MAX },
	VALUE("dl_src", value_mac, DL_SRC),
	VALUE("dl_dst", value_mac, DL_DST),
	VALUE("eth_src", value_mac, DL_SRC),
	VALUE("eth_dst", value_mac, DL_DST),
	NUMBER("dl_type", DL_TYPE, 0xffff),
	NUMBER("eth_type", DL_TYPE, 0xffff),
	NUMBER("vlan_tci", VLAN_TCI, 0xffff),
	VALUE("dl_vlan", value_vlan, VLAN_TCI),
	VALUE("dl_vlan_pcp", value_pcp, VLAN_TCI),
	VALUE("nw_src", value_address, NW_SRC),
	VALUE("nw_dst", value_address, NW_DST),
	VALUE("ip_src", value_address, NW_SRC),
	VALUE("ip_dst", value_address, NW_DST),
	VALUE("ipv6_src", value_address, IPV6_SRC),
	VALUE("ipv6_dst", value_address, IPV6_DST),
	VALUE("nw_proto", value_number, NW_PROTO),
	VALUE("ip_proto", value_number, NW_PROTO),
	VALUE("nw_tos", value_tos, NW_TOS),
	VALUE("ip_dscp", value_dscp, NW_TOS),
	VALUE("nw_ecn", value_ecn, NW_TOS),
	VALUE("ip_ecn", value_ecn, NW_TOS),
	NUMBER("tp_src", TP_SRC, 0xffff),
	NUMBER("tp_dst", TP_DST, 0xffff),
	NUMBER("icmp_type", TP_SRC, 0xffff),
	NUMBER("icmp_code", TP_DST, 0xffff),
	VALUE("arp_op", value_number, NW_PROTO),
	VALUE("arp_spa", value_address, NW_SRC),
	VALUE("arp_tpa", value_address, NW_DST),
	{ .name = "ip_frag", .set = value_choice, .attr = VSEXT_M_IP_FRAG, .max = 0xff,
	  .choices = flowtext_frags, .inner = true },
	{ .name = "tun_type", .set = value_choice, .attr = VSEXT_M_TUN_TYPE, .max = 0xff,
	  .choices = flowtext_tunnels },
	{ .name = "tun_id", .set = value_number, .attr = VSEXT_M_TUN_ID, .max = UINT32_MAX },
	{ .name = "esp_spi", .set = value_number, .attr = VSEXT_M_ESP_SPI, .max = UINT32_MAX },
	{ .name = "vm_id", .set = value_number, .attr = VSEXT_M_VM_ID, .max = 0xff },
	{ .name = "vm_prio", .set = value_number, .attr = VSEXT_M_VM_PRIO, .max = 0xff, .top = 1 },
	PROTOCOL("ip", ETH_P_IP, -1),
	PROTOCOL("tcp", ETH_P_IP, IPPROTO_TCP),
	PROTOCOL("udp", ETH_P_IP, IPPROTO_UDP),
	PROTOCOL("icmp", ETH_P_IP, IPPROTO_ICMP),
	PROTOCOL("sctp", ETH_P_IP, IPPROTO_SCTP),
	PROTOCOL("esp", ETH_P_IP, IPPROTO_ESP),
	PROTOCOL("ipv6", ETH_P_IPV6, -1),
	PROTOCOL("tcp6", ETH_P_IPV6, IPPROTO_TCP),
	PROTOCOL("udp6", ETH_P_IPV6, IPPROTO_UDP),
	PROTOCOL("icmp6", ETH_P_IPV6, IPPROTO_ICMPV6),
	PROTOCOL("sctp6", ETH_P_IPV6, IPPROTO_SCTP),
	PROTOCOL("esp6", ETH_P_IPV6, IPPROTO_ESP),
	PROTOCOL("arp", ETH_P_ARP, -1),
	PROTOCOL("rarp", ETH_P_RARP, -1),
	{ .name = "priority", .set = set_priority },
	{ .name = "cookie", .set = set_cookie },
	{ .name = "core", .set = select_core },
	{ .name = "check_overlap", .set = set_flag },
	{ .name = "idle_timeout", .set = set_idle },
	{ .name = "hard_timeout", .set = set_hard },
	{ .name = "actions", .set = set_actions },
	{ .name = "action", .set = set_actions },
};

#define SYNTAX_WORDS	(sizeof(syntax) / sizeof(*syntax))

static const struct syntax *find_word(struct parser *p)
{
	static const char inner[] = "inner_";
	size_t i, cut = sizeof(inner) - 1;
	char initial;

	p->shift = 0;
	p->name.at = p->word.at;
	if (p->name.len > cut && !memcmp(p->text + p->name.at, inner, cut)) {
		p->shift = MATCH_INNER;
		p->name.at += cut;
		p->name.len -= cut;
	}
	initial = p->text[p->name.at];
	for (i = 0; i < SYNTAX_WORDS; i++) {
		if (syntax[i].name[0] == initial && parser_is_text(p, p->name, syntax[i].name) &&
		    (!p->shift || syntax[i].inner))
			return &syntax[i];
	}
	return NULL;
}

static size_t value_length(const char *value)
{
	const char *end;

	if (*value != '"')
		return strcspn(value, SEPARATORS);
	end = strchr(value + 1, '"');
	return end ? (size_t)(end - value) + 1 : 0;
}

/* Cuts the next word; 0: none is left. */
static int next_word(struct parser *p)
{
	const char *start;

	p->at += strspn(p->text + p->at, SEPARATORS);
	start = p->text + p->at;
	if (!*start || *start == '#')
		return 0;
	p->word.at = p->at;
	p->name.len = strcspn(start, "=" SEPARATORS);
	p->word.len = p->name.len;
	p->has_value = start[p->name.len] == '=';
	if (p->has_value) {
		p->value.at = p->at + p->name.len + 1;
		p->value.len = value_length(p->text + p->value.at);
		p->word.len += 1 + p->value.len;
	}
	p->at += p->word.len;
	return 1;
}

static int parse_word(struct parser *p)
{
	struct span name = { p->word.at, p->name.len };
	const struct syntax *word = find_word(p);

	if (!word)
		return parser_complain(p, name,
				       "expected a match field as in ovs-ofctl, priority, cookie or actions");
	if (word->set == set_protocol || word->set == set_flag) {
		if (p->has_value)
			return parser_complain(p, p->word, "%s takes no value", word->name);
		return word->set(p, word);
	}
	if (!p->has_value || !p->value.len)
		return parser_complain(p, p->word, "expected %s=VALUE", word->name);
	if (word->attr && parser_is_text(p, p->value, "*"))
		return 0;
	return word->set(p, word);
}

/* GRE's key has 32 bits, the others' VNI 24, and IP in IP has none. */
static int check_tun_id(struct parser *p)
{
	const struct match *match = &p->flow->match;
	struct span at = p->flow->where[VSEXT_M_TUN_ID];
	uint32_t type = match_number(VSEXT_M_TUN_TYPE, match->field[VSEXT_M_TUN_TYPE].value);
	uint32_t id = match_number(VSEXT_M_TUN_ID, match->field[VSEXT_M_TUN_ID].value);

	if (type == VSEXT_TUN_IPIP && match->field[VSEXT_M_TUN_ID].set)
		return parser_complain(p, at, "tun_type=ipip has no tun_id");
	if (type != VSEXT_TUN_GRE && match_exact(match, VSEXT_M_TUN_ID) && id > 0xffffff)
		return parser_complain(p, at, "tun_id goes up to 16777215, but with tun_type=gre");
	return 0;
}

static int check_match(struct parser *p)
{
	struct flow *flow = p->flow;
	const char *needs;
	unsigned int attr;

	if (flow->match.field[VSEXT_M_TUN_ID].set && !flow->match.field[VSEXT_M_TUN_TYPE].set) {
		match_set_number(&flow->match, VSEXT_M_TUN_TYPE, VSEXT_TUN_VXLAN, 0xff);
		flow->where[VSEXT_M_TUN_TYPE] = flow->where[VSEXT_M_TUN_ID];
	}
	if (check_tun_id(p))
		return -1;
	attr = match_orphan(&flow->match, &needs);
	if (attr)
		return parser_complain(p, flow->where[attr], "%s needs %s in the same flow",
				       match_name(attr), needs);
	if (flow->action_at.len && flow->action == VSEXT_ACT_VM &&
	    !match_exact(&flow->match, VSEXT_M_VM_ID))
		return parser_complain(p, flow->action_at, "irq:vm needs an exact vm_id in the same flow");
	return 0;
}

int flowtext_parse(const char *text, struct flow *flow, struct complaint *wrong)
{
	struct parser p = { .text = text, .flow = flow, .wrong = wrong };

	memset(flow, 0, sizeof(*flow));
	flow->priority = VSEXT_FLOW_PRIORITY_DEFAULT;
	while (next_word(&p)) {
		if (parse_word(&p))
			return -1;
	}
	return check_match(&p);
}
