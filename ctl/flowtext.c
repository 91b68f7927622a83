// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "flowtext.h"
#include "number.h"

#define SEPARATORS	", \t\r\n\v\f"
#define ACTIONS		"irq:auto, irq:vm, irq:local or irq: with a core number"

const struct choice flowtext_tunnels[] = {
	{ "vxlan", VSEXT_TUN_VXLAN, 0xff },
	{ "geneve", VSEXT_TUN_GENEVE, 0xff },
	{ "gre", VSEXT_TUN_GRE, 0xff },
	{ "ipip", VSEXT_TUN_IPIP, 0xff },
	{ "none", VSEXT_TUN_NONE, 0xff },
	{ }
};

#define FRAG_BOTH	(VSEXT_FRAG_ANY | VSEXT_FRAG_LATER)

/* As ovs-fields(7) has them. */
const struct choice flowtext_frags[] = {
	{ "no", 0, VSEXT_FRAG_ANY },
	{ "yes", VSEXT_FRAG_ANY, VSEXT_FRAG_ANY },
	{ "first", VSEXT_FRAG_ANY, FRAG_BOTH },
	{ "later", FRAG_BOTH, FRAG_BOTH },
	{ "not_later", 0, VSEXT_FRAG_LATER },
	{ }
};

struct parser {
	const char *text;
	size_t at;
	struct flow *flow;
	struct complaint *wrong;
	struct span word;	/* name=value */
	struct span name;	/* without "inner_" */
	struct span value;
	bool has_value;
	unsigned int shift;	/* MATCH_INNER behind "inner_" */
};

struct syntax {
	const char *name;
	int (*set)(struct parser *p, const struct syntax *word);
	unsigned int attr;
	uint32_t max;		/* all bits of the field */
	uint32_t top;		/* largest value without a mask if below that */
	int proto;
	const struct choice *choices;
	bool inner;		/* exists with "inner_" as well */
};

static int __attribute__((format(printf, 3, 4)))
complain(struct parser *p, struct span at, const char *format, ...)
{
	va_list args;

	p->wrong->at = at;
	va_start(args, format);
	vsnprintf(p->wrong->why, sizeof(p->wrong->why), format, args);
	va_end(args);
	return -1;
}

static bool is_text(const struct parser *p, struct span at, const char *text)
{
	return at.len == strlen(text) && !memcmp(p->text + at.at, text, at.len);
}

/* A part as a string; longer ones are cut, which no valid value is. */
static void copy(const struct parser *p, struct span at, char *to, size_t size)
{
	size_t len = at.len < size ? at.len : size - 1;

	memcpy(to, p->text + at.at, len);
	to[len] = '\0';
}

/* Splits the value at '/'; true: there is a mask. */
static bool split_mask(const struct parser *p, struct span *value, struct span *mask)
{
	const char *start = p->text + p->value.at;
	const char *slash = memchr(start, '/', p->value.len);

	*value = p->value;
	if (!slash)
		return false;
	value->len = slash - start;
	mask->at = value->at + value->len + 1;
	mask->len = p->value.len - value->len - 1;
	return true;
}

static int read_number(struct parser *p, struct span at, const char *name, uint64_t max,
		       uint64_t *number)
{
	switch (number_parse(p->text + at.at, at.len, max, number)) {
	case NUMBER_OK:
		return 0;
	case NUMBER_BIG:
		return complain(p, at, "%s goes up to %llu", name, (unsigned long long)max);
	default:
		return complain(p, at, "expected a number for %s", name);
	}
}

static int took(struct parser *p, unsigned int attr, bool agrees)
{
	if (!agrees)
		return complain(p, p->word, "contradicts an earlier word, which sets %s already",
				match_name(attr));
	if (!p->flow->where[attr].len)
		p->flow->where[attr] = p->word;
	return 0;
}

static int take(struct parser *p, unsigned int attr, const uint8_t *value, const uint8_t *mask)
{
	attr += p->shift;
	return took(p, attr, match_set(&p->flow->match, attr, value, mask));
}

static int take_number(struct parser *p, unsigned int attr, uint32_t value, uint32_t mask)
{
	attr += p->shift;
	return took(p, attr, match_set_number(&p->flow->match, attr, value, mask));
}

static int set_number(struct parser *p, const struct syntax *word)
{
	uint64_t number, bits = word->max, top = word->top ? word->top : word->max;
	struct span value, mask;

	if (split_mask(p, &value, &mask)) {
		if (read_number(p, mask, word->name, word->max, &bits))
			return -1;
		top = word->max;
	}
	if (read_number(p, value, word->name, top, &number))
		return -1;
	return take_number(p, word->attr, number, bits);
}

static int set_device(struct parser *p, const struct syntax *word)
{
	struct span at = p->value;
	char name[IF_NAMESIZE + 1];
	unsigned int ifindex;
	uint64_t number;

	if (p->text[at.at] == '"') {
		at.at++;
		at.len -= 2;
	} else if (memchr(p->text + at.at, '/', at.len) ||
		   number_parse(p->text + at.at, at.len, word->max, &number) != NUMBER_BAD) {
		return set_number(p, word);
	}
	copy(p, at, name, sizeof(name));
	ifindex = if_nametoindex(name);
	if (!ifindex)
		return complain(p, p->value, "no such device in this network namespace");
	return take_number(p, word->attr, ifindex, UINT32_MAX);
}

/* One of @choices by its name; a number is taken as it is. */
static int set_choice(struct parser *p, const struct syntax *word)
{
	const struct choice *c;
	char names[80] = "";

	for (c = word->choices; c->name; c++) {
		if (is_text(p, p->value, c->name))
			return take_number(p, word->attr, c->value, c->mask);
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			 c == word->choices ? "" : c[1].name ? ", " : " or ", c->name);
	}
	if (number_parse(p->text + p->value.at, 1, 9, &(uint64_t){ 0 }) == NUMBER_OK)
		return set_number(p, word);
	return complain(p, p->value, "expected %s", names);
}

static int read_mac(struct parser *p, struct span at, uint8_t *mac)
{
	char text[18] = "", hex[5] = "0x";
	uint64_t byte;
	int i;

	copy(p, at, text, sizeof(text));
	for (i = 0; i < ETH_ALEN; i++) {
		memcpy(hex + 2, text + 3 * i, 2);
		if (number_parse(hex, 4, 0xff, &byte) != NUMBER_OK ||
		    (i < ETH_ALEN - 1 && text[3 * i + 2] != ':'))
			break;
		mac[i] = byte;
	}
	if (i < ETH_ALEN || at.len != sizeof(text) - 1)
		return complain(p, at, "expected an Ethernet address such as 02:00:00:00:00:01");
	return 0;
}

static int set_mac(struct parser *p, const struct syntax *word)
{
	uint8_t mac[ETH_ALEN], bits[ETH_ALEN];
	struct span value, mask;

	memset(bits, 0xff, sizeof(bits));
	if (split_mask(p, &value, &mask) && read_mac(p, mask, bits))
		return -1;
	if (read_mac(p, value, mac))
		return -1;
	return take(p, word->attr, mac, bits);
}

static int read_address(struct parser *p, struct span at, int family, uint8_t *address)
{
	char text[INET6_ADDRSTRLEN + 1];

	copy(p, at, text, sizeof(text));
	if (inet_pton(family, text, address) == 1)
		return 0;
	return complain(p, at, family == AF_INET ? "expected an IPv4 address such as 10.0.0.1" :
						   "expected an IPv6 address such as fd00::1");
}

/* A mask is a prefix length or an address. */
static int read_netmask(struct parser *p, struct span at, int family, size_t len, uint8_t *mask)
{
	uint64_t prefix;
	size_t i;

	switch (number_parse(p->text + at.at, at.len, 8 * len, &prefix)) {
	case NUMBER_BAD:
		return read_address(p, at, family, mask);
	case NUMBER_BIG:
		return complain(p, at, "a prefix goes up to %zu", 8 * len);
	default:
		break;
	}
	for (i = 0; i < len; i++, prefix -= prefix < 8 ? prefix : 8)
		mask[i] = prefix < 8 ? 0xff00 >> prefix : 0xff;
	return 0;
}

static int set_address(struct parser *p, const struct syntax *word)
{
	uint8_t address[MATCH_LEN_MAX], bits[MATCH_LEN_MAX];
	size_t len = match_len(word->attr);
	int family = len == 4 ? AF_INET : AF_INET6;
	struct span value, mask;

	memset(bits, 0xff, sizeof(bits));
	if (split_mask(p, &value, &mask) && read_netmask(p, mask, family, len, bits))
		return -1;
	if (read_address(p, value, family, address))
		return -1;
	return take(p, word->attr, address, bits);
}

static int set_vlan(struct parser *p, const struct syntax *word)
{
	uint64_t vid;

	if (read_number(p, p->value, word->name, 0xffff, &vid))
		return -1;
	if (vid == 0xffff)	/* OpenFlow 1.0's "untagged" */
		return take_number(p, word->attr, 0, 0xffff);
	if (vid > 0xfff)
		return complain(p, p->value, "dl_vlan is 0 to 4095, or 0xffff for untagged");
	return take_number(p, word->attr, 0x1000 | vid, 0x1fff);
}

static int set_pcp(struct parser *p, const struct syntax *word)
{
	uint64_t pcp;

	if (read_number(p, p->value, word->name, 7, &pcp))
		return -1;
	return take_number(p, word->attr, 0x1000 | pcp << 13, 0xf000);
}

static int set_tos(struct parser *p, const struct syntax *word)
{
	struct span value, mask;
	uint64_t tos;

	if (split_mask(p, &value, &mask))
		return set_number(p, word);
	if (read_number(p, p->value, word->name, 0xff, &tos))
		return -1;
	if (tos & 3)
		return complain(p, p->value,
				"nw_tos is the DSCP in the upper six bits, the lower two are 0 (nw_ecn matches them)");
	return take_number(p, word->attr, tos, 0xfc);
}

static int set_dscp(struct parser *p, const struct syntax *word)
{
	uint64_t dscp;

	if (read_number(p, p->value, word->name, 63, &dscp))
		return -1;
	return take_number(p, word->attr, dscp << 2, 0xfc);
}

static int set_ecn(struct parser *p, const struct syntax *word)
{
	uint64_t ecn;

	if (read_number(p, p->value, word->name, 3, &ecn))
		return -1;
	return take_number(p, word->attr, ecn, 0x03);
}

/* "udp" and the like: .max is the dl_type, .proto the nw_proto. */
static int set_protocol(struct parser *p, const struct syntax *word)
{
	if (take_number(p, VSEXT_M_DL_TYPE, word->max, 0xffff))
		return -1;
	if (word->proto < 0)
		return 0;
	return take_number(p, VSEXT_M_NW_PROTO, word->proto, 0xff);
}

static int set_priority(struct parser *p, const struct syntax *word)
{
	uint64_t priority;

	if (p->flow->priority_at.len)
		return complain(p, p->word, "priority is given twice");
	if (read_number(p, p->value, word->name, UINT16_MAX, &priority))
		return -1;
	p->flow->priority = priority;
	p->flow->priority_at = p->word;
	return 0;
}

static int set_cookie(struct parser *p, const struct syntax *word)
{
	if (p->flow->cookie_at.len)
		return complain(p, p->word, "cookie is given twice");
	if (read_number(p, p->value, word->name, UINT64_MAX, &p->flow->cookie))
		return -1;
	p->flow->cookie_at = p->word;
	return 0;
}

static int set_core(struct parser *p, struct span at)
{
	static const char offline[] = "(offline)";	/* as printed, no part of the rule */
	size_t cut = sizeof(offline) - 1;
	uint64_t core;

	if (at.len > cut && !memcmp(p->text + at.at + at.len - cut, offline, cut))
		at.len -= cut;
	if (number_parse(p->text + at.at, at.len, UINT32_MAX, &core) == NUMBER_BAD)
		return complain(p, at, "expected " ACTIONS);
	if (read_number(p, at, "the core number", CORE_MAX, &core))
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
		return complain(p, (struct span){ rest, strcspn(p->text + rest, SEPARATORS) },
				"a rule has one action, and it comes last");
	if (at.len < 4 || memcmp(p->text + at.at, "irq:", 4))
		return complain(p, at, "expected " ACTIONS);
	at.at += 4;
	at.len -= 4;
	if (is_text(p, at, "auto"))
		p->flow->action = VSEXT_ACT_AUTO;
	else if (is_text(p, at, "vm"))
		p->flow->action = VSEXT_ACT_VM;
	else if (is_text(p, at, "local"))
		p->flow->action = VSEXT_ACT_LOCAL;
	else
		return set_core(p, at);
	return 0;
}

#define NUMBER(name_, attr_, max_) \
	{ .name = name_, .set = set_number, .attr = VSEXT_M_##attr_, .max = max_, \
	  .inner = true }
#define VALUE(name_, set_, attr_) \
	{ .name = name_, .set = set_, .attr = VSEXT_M_##attr_, .max = 0xff, .inner = true }
#define PROTOCOL(name_, type_, proto_) \
	{ .name = name_, .set = set_protocol, .max = type_, .proto = proto_, .inner = true }

static const struct syntax syntax[] = {
	{ .name = "in_port", .set = set_device, .attr = VSEXT_M_IN_PORT, .max = UINT32_MAX },
	VALUE("dl_src", set_mac, DL_SRC),
	VALUE("dl_dst", set_mac, DL_DST),
	VALUE("eth_src", set_mac, DL_SRC),
	VALUE("eth_dst", set_mac, DL_DST),
	NUMBER("dl_type", DL_TYPE, 0xffff),
	NUMBER("eth_type", DL_TYPE, 0xffff),
	NUMBER("vlan_tci", VLAN_TCI, 0xffff),
	VALUE("dl_vlan", set_vlan, VLAN_TCI),
	VALUE("dl_vlan_pcp", set_pcp, VLAN_TCI),
	VALUE("nw_src", set_address, NW_SRC),
	VALUE("nw_dst", set_address, NW_DST),
	VALUE("ip_src", set_address, NW_SRC),
	VALUE("ip_dst", set_address, NW_DST),
	VALUE("ipv6_src", set_address, IPV6_SRC),
	VALUE("ipv6_dst", set_address, IPV6_DST),
	VALUE("nw_proto", set_number, NW_PROTO),
	VALUE("ip_proto", set_number, NW_PROTO),
	VALUE("nw_tos", set_tos, NW_TOS),
	VALUE("ip_dscp", set_dscp, NW_TOS),
	VALUE("nw_ecn", set_ecn, NW_TOS),
	VALUE("ip_ecn", set_ecn, NW_TOS),
	NUMBER("tp_src", TP_SRC, 0xffff),
	NUMBER("tp_dst", TP_DST, 0xffff),
	NUMBER("icmp_type", TP_SRC, 0xffff),
	NUMBER("icmp_code", TP_DST, 0xffff),
	VALUE("arp_op", set_number, NW_PROTO),
	VALUE("arp_spa", set_address, NW_SRC),
	VALUE("arp_tpa", set_address, NW_DST),
	{ .name = "ip_frag", .set = set_choice, .attr = VSEXT_M_IP_FRAG, .max = 0xff,
	  .choices = flowtext_frags, .inner = true },
	{ .name = "tun_type", .set = set_choice, .attr = VSEXT_M_TUN_TYPE, .max = 0xff,
	  .choices = flowtext_tunnels },
	{ .name = "tun_id", .set = set_number, .attr = VSEXT_M_TUN_ID, .max = UINT32_MAX },
	{ .name = "esp_spi", .set = set_number, .attr = VSEXT_M_ESP_SPI, .max = UINT32_MAX },
	{ .name = "vm_id", .set = set_number, .attr = VSEXT_M_VM_ID, .max = 0xff },
	{ .name = "vm_prio", .set = set_number, .attr = VSEXT_M_VM_PRIO, .max = 0xff, .top = 1 },
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
	{ .name = "actions", .set = set_actions },
	{ .name = "action", .set = set_actions },
};

#define SYNTAX_WORDS	(sizeof(syntax) / sizeof(*syntax))

static const struct syntax *find_word(struct parser *p)
{
	static const char inner[] = "inner_";
	size_t i, cut = sizeof(inner) - 1;

	p->shift = 0;
	p->name.at = p->word.at;
	if (p->name.len > cut && !memcmp(p->text + p->name.at, inner, cut)) {
		p->shift = MATCH_INNER;
		p->name.at += cut;
		p->name.len -= cut;
	}
	for (i = 0; i < SYNTAX_WORDS; i++) {
		if (is_text(p, p->name, syntax[i].name) && (!p->shift || syntax[i].inner))
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
		return complain(p, name,
				"expected a match field as in ovs-ofctl, priority, cookie or actions");
	if (word->set == set_protocol) {
		if (p->has_value)
			return complain(p, p->word, "%s takes no value", word->name);
		return word->set(p, word);
	}
	if (!p->has_value || !p->value.len)
		return complain(p, p->word, "expected %s=VALUE", word->name);
	if (word->attr && is_text(p, p->value, "*"))
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
		return complain(p, at, "tun_type=ipip has no tun_id");
	if (type != VSEXT_TUN_GRE && match_exact(match, VSEXT_M_TUN_ID) && id > 0xffffff)
		return complain(p, at, "tun_id goes up to 16777215, but with tun_type=gre");
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
		return complain(p, flow->where[attr], "%s needs %s in the same flow",
				match_name(attr), needs);
	if (flow->action_at.len && flow->action == VSEXT_ACT_VM &&
	    !match_exact(&flow->match, VSEXT_M_VM_ID))
		return complain(p, flow->action_at, "irq:vm needs an exact vm_id in the same flow");
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
