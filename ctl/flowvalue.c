// SPDX-License-Identifier: GPL-2.0-only
/* What stands behind the '=' of a match field. */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_ether.h>

#include "flowvalue.h"
#include "number.h"

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

int parser_complain(struct parser *p, struct span at, const char *format, ...)
{
	va_list args;

	p->wrong->at = at;
	va_start(args, format);
	vsnprintf(p->wrong->why, sizeof(p->wrong->why), format, args);
	va_end(args);
	return -1;
}

bool parser_is_text(const struct parser *p, struct span at, const char *text)
{
	return !strncmp(p->text + at.at, text, at.len) && !text[at.len];
}

/* A part as a string; longer ones are cut, which no valid value is. */
static void copy(const struct parser *p, struct span at, char *to, size_t size)
{
	size_t len = at.len < size ? at.len : size - 1;

	memcpy(to, p->text + at.at, len);
	to[len] = '\0';
}

/* Splits the value at '/'; true: there is a mask. */
bool parser_split_mask(const struct parser *p, struct span *value, struct span *mask)
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

int parser_number(struct parser *p, struct span at, const char *name, uint64_t max,
		  uint64_t *number)
{
	switch (number_parse(p->text + at.at, at.len, max, number)) {
	case NUMBER_OK:
		return 0;
	case NUMBER_BIG:
		return parser_complain(p, at, "%s goes up to %llu", name, (unsigned long long)max);
	default:
		return parser_complain(p, at, "expected a number for %s", name);
	}
}

static int took(struct parser *p, unsigned int attr, bool agrees)
{
	if (!agrees)
		return parser_complain(p, p->word, "contradicts an earlier word, which sets %s already",
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

int parser_take(struct parser *p, unsigned int attr, uint32_t value, uint32_t mask)
{
	attr += p->shift;
	return took(p, attr, match_set_number(&p->flow->match, attr, value, mask));
}

int value_number(struct parser *p, const struct syntax *word)
{
	uint64_t number, bits = word->max, top = word->top ? word->top : word->max;
	struct span value, mask;

	if (parser_split_mask(p, &value, &mask)) {
		if (parser_number(p, mask, word->name, word->max, &bits))
			return -1;
		top = word->max;
	}
	if (parser_number(p, value, word->name, top, &number))
		return -1;
	return parser_take(p, word->attr, number, bits);
}

int value_device(struct parser *p, const struct syntax *word)
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
		return value_number(p, word);
	}
	copy(p, at, name, sizeof(name));
	ifindex = if_nametoindex(name);
	if (!ifindex)
		return parser_complain(p, p->value, "no such device in this network namespace");
	return parser_take(p, word->attr, ifindex, UINT32_MAX);
}

/* One of @choices by its name; a number is taken as it is. */
int value_choice(struct parser *p, const struct syntax *word)
{
	const struct choice *c;
	char names[80] = "";

	for (c = word->choices; c->name; c++) {
		if (parser_is_text(p, p->value, c->name))
			return parser_take(p, word->attr, c->value, c->mask);
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			 c == word->choices ? "" : c[1].name ? ", " : " or ", c->name);
	}
	if (number_parse(p->text + p->value.at, 1, 9, &(uint64_t){ 0 }) == NUMBER_OK)
		return value_number(p, word);
	return parser_complain(p, p->value, "expected %s", names);
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
		return parser_complain(p, at, "expected an Ethernet address such as 02:00:00:00:00:01");
	return 0;
}

int value_mac(struct parser *p, const struct syntax *word)
{
	uint8_t mac[ETH_ALEN], bits[ETH_ALEN];
	struct span value, mask;

	memset(bits, 0xff, sizeof(bits));
	if (parser_split_mask(p, &value, &mask) && read_mac(p, mask, bits))
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
	return parser_complain(p, at, family == AF_INET ? "expected an IPv4 address such as 10.0.0.1" :
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
		return parser_complain(p, at, "a prefix goes up to %zu", 8 * len);
	default:
		break;
	}
	for (i = 0; i < len; i++, prefix -= prefix < 8 ? prefix : 8)
		mask[i] = prefix < 8 ? 0xff00 >> prefix : 0xff;
	return 0;
}

int value_address(struct parser *p, const struct syntax *word)
{
	uint8_t address[MATCH_LEN_MAX], bits[MATCH_LEN_MAX];
	size_t len = match_len(word->attr);
	int family = len == 4 ? AF_INET : AF_INET6;
	struct span value, mask;

	memset(bits, 0xff, sizeof(bits));
	if (parser_split_mask(p, &value, &mask) && read_netmask(p, mask, family, len, bits))
		return -1;
	if (read_address(p, value, family, address))
		return -1;
	return take(p, word->attr, address, bits);
}

int value_vlan(struct parser *p, const struct syntax *word)
{
	uint64_t vid;

	if (parser_number(p, p->value, word->name, 0xffff, &vid))
		return -1;
	if (vid == 0xffff)	/* OpenFlow 1.0's "untagged" */
		return parser_take(p, word->attr, 0, 0xffff);
	if (vid > 0xfff)
		return parser_complain(p, p->value, "dl_vlan is 0 to 4095, or 0xffff for untagged");
	return parser_take(p, word->attr, 0x1000 | vid, 0x1fff);
}

int value_pcp(struct parser *p, const struct syntax *word)
{
	uint64_t pcp;

	if (parser_number(p, p->value, word->name, 7, &pcp))
		return -1;
	return parser_take(p, word->attr, 0x1000 | pcp << 13, 0xf000);
}

int value_tos(struct parser *p, const struct syntax *word)
{
	struct span value, mask;
	uint64_t tos;

	if (parser_split_mask(p, &value, &mask))
		return value_number(p, word);
	if (parser_number(p, p->value, word->name, 0xff, &tos))
		return -1;
	if (tos & 3)
		return parser_complain(p, p->value,
				       "nw_tos is the DSCP in the upper six bits, the lower two are 0 (nw_ecn matches them)");
	return parser_take(p, word->attr, tos, 0xfc);
}

int value_dscp(struct parser *p, const struct syntax *word)
{
	uint64_t dscp;

	if (parser_number(p, p->value, word->name, 63, &dscp))
		return -1;
	return parser_take(p, word->attr, dscp << 2, 0xfc);
}

int value_ecn(struct parser *p, const struct syntax *word)
{
	uint64_t ecn;

	if (parser_number(p, p->value, word->name, 3, &ecn))
		return -1;
	return parser_take(p, word->attr, ecn, 0x03);
}
