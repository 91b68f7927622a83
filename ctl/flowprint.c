// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <string.h>

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "flowtext.h"
#include "words.h"

#define POINT_WIDTH	72
#define POINT_BEFORE	24

struct writer {
	const struct match *match;
	unsigned int shift;	/* MATCH_INNER for the inner packet */
	const char *comma;
	FILE *to;
};

static const struct match_field *field(const struct writer *w, unsigned int attr)
{
	return &w->match->field[attr + w->shift];
}

static void start(struct writer *w, const char *name)
{
	fprintf(w->to, "%s%s%s", w->comma, w->shift ? "inner_" : "", name);
	w->comma = ",";
}

static void print_number(struct writer *w, const char *name, unsigned int attr)
{
	const struct match_field *f = field(w, attr);

	if (!f->set)
		return;
	start(w, name);
	if (match_exact(w->match, attr + w->shift))
		fprintf(w->to, "=%u", match_number(attr, f->value));
	else
		fprintf(w->to, "=0x%x/0x%x", match_number(attr, f->value),
			match_number(attr, f->mask));
}

static void print_hex(struct writer *w, const char *name, unsigned int attr)
{
	const struct match_field *f = field(w, attr);

	if (!f->set)
		return;
	start(w, name);
	fprintf(w->to, "=0x%x", match_number(attr, f->value));
	if (!match_exact(w->match, attr + w->shift))
		fprintf(w->to, "/0x%x", match_number(attr, f->mask));
}

static void print_choice(struct writer *w, const char *name, unsigned int attr,
			 const struct choice *choices)
{
	const struct match_field *f = field(w, attr);
	const struct choice *c;

	for (c = choices; f->set && c->name; c++) {
		if (match_number(attr, f->value) != c->value ||
		    match_number(attr, f->mask) != c->mask)
			continue;
		start(w, name);
		fprintf(w->to, "=%s", c->name);
		return;
	}
	print_number(w, name, attr);
}

/* A device name that flow text would read as something else is quoted. */
static bool is_plain_name(const char *name)
{
	if (isdigit((unsigned char)*name))
		return false;
	for (; *name; name++) {
		if (!isalnum((unsigned char)*name) && !strchr("._-@:+", *name))
			return false;
	}
	return true;
}

static bool is_quotable(const char *name)
{
	for (; *name; name++) {
		if (!isgraph((unsigned char)*name) || *name == '"')
			return false;
	}
	return true;
}

static void print_device(struct writer *w)
{
	const struct match_field *f = field(w, VSEXT_M_IN_PORT);
	char name[IF_NAMESIZE];

	if (!match_exact(w->match, VSEXT_M_IN_PORT) ||
	    !if_indextoname(match_number(VSEXT_M_IN_PORT, f->value), name) ||
	    !is_quotable(name)) {
		print_number(w, "in_port", VSEXT_M_IN_PORT);
		return;
	}
	start(w, "in_port");
	fprintf(w->to, is_plain_name(name) ? "=%s" : "=\"%s\"", name);
}

static const struct {
	const char *name;
	uint16_t type;
	int proto;
} protocols[] = {
	{ "tcp", ETH_P_IP, IPPROTO_TCP },
	{ "udp", ETH_P_IP, IPPROTO_UDP },
	{ "icmp", ETH_P_IP, IPPROTO_ICMP },
	{ "sctp", ETH_P_IP, IPPROTO_SCTP },
	{ "esp", ETH_P_IP, IPPROTO_ESP },
	{ "ip", ETH_P_IP, -1 },
	{ "tcp6", ETH_P_IPV6, IPPROTO_TCP },
	{ "udp6", ETH_P_IPV6, IPPROTO_UDP },
	{ "icmp6", ETH_P_IPV6, IPPROTO_ICMPV6 },
	{ "sctp6", ETH_P_IPV6, IPPROTO_SCTP },
	{ "esp6", ETH_P_IPV6, IPPROTO_ESP },
	{ "ipv6", ETH_P_IPV6, -1 },
	{ "arp", ETH_P_ARP, -1 },
	{ "rarp", ETH_P_RARP, -1 },
};

static bool is_arp(const struct writer *w)
{
	uint32_t type = match_exact_number(w->match, VSEXT_M_DL_TYPE + w->shift);

	return type == ETH_P_ARP || type == ETH_P_RARP;
}

static bool is_icmp(const struct writer *w)
{
	uint32_t proto = match_exact_number(w->match, VSEXT_M_NW_PROTO + w->shift);

	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

/* "udp" for dl_type=0x0800,nw_proto=17 and so on. */
static void print_protocol(struct writer *w)
{
	const struct match_field *type = field(w, VSEXT_M_DL_TYPE);
	bool exact = match_exact(w->match, VSEXT_M_NW_PROTO + w->shift);
	int proto = field(w, VSEXT_M_NW_PROTO)->value[0];
	size_t i;

	if (!match_exact(w->match, VSEXT_M_DL_TYPE + w->shift)) {
		print_number(w, "dl_type", VSEXT_M_DL_TYPE);
		print_number(w, "nw_proto", VSEXT_M_NW_PROTO);
		return;
	}
	for (i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
		if (protocols[i].type != match_number(VSEXT_M_DL_TYPE, type->value))
			continue;
		if (protocols[i].proto >= 0 && !(exact && protocols[i].proto == proto))
			continue;
		start(w, protocols[i].name);
		if (protocols[i].proto < 0)
			print_number(w, is_arp(w) ? "arp_op" : "nw_proto", VSEXT_M_NW_PROTO);
		return;
	}
	start(w, "dl_type");
	fprintf(w->to, "=0x%04x", match_number(VSEXT_M_DL_TYPE, type->value));
	print_number(w, "nw_proto", VSEXT_M_NW_PROTO);
}

static void print_vlan(struct writer *w)
{
	const struct match_field *f = field(w, VSEXT_M_VLAN_TCI);
	uint32_t value, mask;

	if (!f->set)
		return;
	value = match_number(VSEXT_M_VLAN_TCI, f->value);
	mask = match_number(VSEXT_M_VLAN_TCI, f->mask);
	if (!(value & 0x1000) || (mask != 0x1fff && mask != 0xf000 && mask != 0xffff)) {
		start(w, "vlan_tci");
		fprintf(w->to, mask == 0xffff ? "=0x%04x" : "=0x%04x/0x%04x", value, mask);
		return;
	}
	if (mask & 0x0fff) {
		start(w, "dl_vlan");
		fprintf(w->to, "=%u", value & 0xfff);
	}
	if (mask & 0xe000) {
		start(w, "dl_vlan_pcp");
		fprintf(w->to, "=%u", value >> 13);
	}
}

static void print_mac(struct writer *w, const char *name, unsigned int attr)
{
	const struct match_field *f = field(w, attr);
	const uint8_t *m = f->value;

	if (!f->set)
		return;
	start(w, name);
	fprintf(w->to, "=%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	if (match_exact(w->match, attr + w->shift))
		return;
	m = f->mask;
	fprintf(w->to, "/%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

/* The length of a prefix mask, or -1. */
static int prefix_length(const uint8_t *mask, size_t len)
{
	size_t bits = 0, i;

	while (bits < 8 * len && mask[bits / 8] & 0x80 >> bits % 8)
		bits++;
	for (i = bits; i < 8 * len; i++) {
		if (mask[i / 8] & 0x80 >> i % 8)
			return -1;
	}
	return bits;
}

static void print_address(struct writer *w, const char *name, unsigned int attr)
{
	const struct match_field *f = field(w, attr);
	size_t len = match_len(attr);
	int family = len == 4 ? AF_INET : AF_INET6;
	int prefix = prefix_length(f->mask, len);
	char text[INET6_ADDRSTRLEN];

	if (!f->set)
		return;
	start(w, name);
	fprintf(w->to, "=%s", inet_ntop(family, f->value, text, sizeof(text)));
	if (match_exact(w->match, attr + w->shift))
		return;
	if (prefix >= 0)
		fprintf(w->to, "/%d", prefix);
	else
		fprintf(w->to, "/%s", inet_ntop(family, f->mask, text, sizeof(text)));
}

static void print_tos(struct writer *w)
{
	const struct match_field *f = field(w, VSEXT_M_NW_TOS);
	uint8_t value = f->value[0], mask = f->mask[0];

	if (!f->set)
		return;
	if (mask != 0xfc && mask != 0x03 && mask != 0xff) {
		start(w, "nw_tos");
		fprintf(w->to, "=0x%x/0x%x", value, mask);
		return;
	}
	if (mask & 0xfc) {
		start(w, "nw_tos");
		fprintf(w->to, "=%u", value & 0xfc);
	}
	if (mask & 3) {
		start(w, "nw_ecn");
		fprintf(w->to, "=%u", value & 3);
	}
}

static void print_packet(struct writer *w)
{
	print_protocol(w);
	print_vlan(w);
	print_mac(w, "dl_src", VSEXT_M_DL_SRC);
	print_mac(w, "dl_dst", VSEXT_M_DL_DST);
	print_address(w, is_arp(w) ? "arp_spa" : "nw_src", VSEXT_M_NW_SRC);
	print_address(w, is_arp(w) ? "arp_tpa" : "nw_dst", VSEXT_M_NW_DST);
	print_address(w, "ipv6_src", VSEXT_M_IPV6_SRC);
	print_address(w, "ipv6_dst", VSEXT_M_IPV6_DST);
	print_tos(w);
	print_number(w, is_icmp(w) ? "icmp_type" : "tp_src", VSEXT_M_TP_SRC);
	print_number(w, is_icmp(w) ? "icmp_code" : "tp_dst", VSEXT_M_TP_DST);
	print_choice(w, "ip_frag", VSEXT_M_IP_FRAG, flowtext_frags);
}

static void print_match(struct writer *w)
{
	print_device(w);
	print_packet(w);
	print_hex(w, "esp_spi", VSEXT_M_ESP_SPI);
	print_choice(w, "tun_type", VSEXT_M_TUN_TYPE, flowtext_tunnels);
	print_number(w, "tun_id", VSEXT_M_TUN_ID);
	w->shift = MATCH_INNER;
	print_packet(w);
	w->shift = 0;
	print_number(w, "vm_id", VSEXT_M_VM_ID);
	print_number(w, "vm_prio", VSEXT_M_VM_PRIO);
}

void flowtext_print_match(const struct match *match, FILE *to)
{
	struct writer w = { .match = match, .comma = "", .to = to };

	print_match(&w);
}

void flowtext_print(const struct flow *flow, FILE *to)
{
	struct writer w = { .match = &flow->match, .comma = ",", .to = to };

	if (flow->cookie)
		fprintf(to, "cookie=0x%llx,", (unsigned long long)flow->cookie);
	if (flow->idle)
		fprintf(to, "idle_timeout=%u,", flow->idle);
	if (flow->hard)
		fprintf(to, "hard_timeout=%u,", flow->hard);
	fprintf(to, "priority=%u", flow->priority);
	print_match(&w);
}

void flowtext_print_action(const struct flow *flow, FILE *to)
{
	static const char *const names[] = {
		[VSEXT_ACT_LOCAL] = "local",
		[VSEXT_ACT_AUTO] = "auto",
		[VSEXT_ACT_VM] = "vm",
	};

	if (flow->action == VSEXT_ACT_CORE)
		fprintf(to, "irq:%u", flow->core);
	else
		fprintf(to, "irq:%s", names[flow->action]);
}

void flowtext_point(const char *text, struct span at, FILE *to)
{
	size_t from = at.at > POINT_BEFORE ? at.at - POINT_BEFORE : 0;
	size_t len = strlen(text), carets = at.len ? at.len : 1;
	int indent;

	if (len <= POINT_WIDTH)
		from = 0;
	indent = 2 + (from ? 3 : 0) + (int)(at.at - from);
	fprintf(to, "  %s", from ? "..." : "");
	words_show(text + from, len - from < POINT_WIDTH ? len - from : POINT_WIDTH, to);
	if (len - from > POINT_WIDTH)
		fputs("...", to);
	fprintf(to, "\n%*s", indent, "");
	if (carets > POINT_WIDTH + 1 - (at.at - from))
		carets = POINT_WIDTH + 1 - (at.at - from);
	while (carets--)
		fputc('^', to);
	fputc('\n', to);
}
