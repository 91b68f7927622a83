// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <string.h>

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netlink/attr.h>

#include "match.h"

static_assert(VSEXT_M_INNER_IP_FRAG - VSEXT_M_IP_FRAG == MATCH_INNER,
	      "inner fields come in the order of the outer ones");

#define FIELD(attr_, len_, name_) \
	[VSEXT_M_##attr_] = { .len = len_, .name = name_ }

static const struct {
	size_t len;
	const char *name;
} fields[VSEXT_M_MAX + 1] = {
	FIELD(IN_PORT, 4, "in_port"),
	FIELD(DL_DST, 6, "dl_dst"),
	FIELD(DL_SRC, 6, "dl_src"),
	FIELD(DL_TYPE, 2, "dl_type"),
	FIELD(VLAN_TCI, 2, "vlan_tci"),
	FIELD(NW_SRC, 4, "nw_src"),
	FIELD(NW_DST, 4, "nw_dst"),
	FIELD(IPV6_SRC, 16, "ipv6_src"),
	FIELD(IPV6_DST, 16, "ipv6_dst"),
	FIELD(NW_PROTO, 1, "nw_proto"),
	FIELD(NW_TOS, 1, "nw_tos"),
	FIELD(TP_SRC, 2, "tp_src"),
	FIELD(TP_DST, 2, "tp_dst"),
	FIELD(IP_FRAG, 1, "ip_frag"),
	FIELD(TUN_TYPE, 1, "tun_type"),
	FIELD(TUN_ID, 4, "tun_id"),
	FIELD(ESP_SPI, 4, "esp_spi"),
	FIELD(INNER_DL_DST, 6, "inner_dl_dst"),
	FIELD(INNER_DL_SRC, 6, "inner_dl_src"),
	FIELD(INNER_DL_TYPE, 2, "inner_dl_type"),
	FIELD(INNER_VLAN_TCI, 2, "inner_vlan_tci"),
	FIELD(INNER_NW_SRC, 4, "inner_nw_src"),
	FIELD(INNER_NW_DST, 4, "inner_nw_dst"),
	FIELD(INNER_IPV6_SRC, 16, "inner_ipv6_src"),
	FIELD(INNER_IPV6_DST, 16, "inner_ipv6_dst"),
	FIELD(INNER_NW_PROTO, 1, "inner_nw_proto"),
	FIELD(INNER_NW_TOS, 1, "inner_nw_tos"),
	FIELD(INNER_TP_SRC, 2, "inner_tp_src"),
	FIELD(INNER_TP_DST, 2, "inner_tp_dst"),
	FIELD(INNER_IP_FRAG, 1, "inner_ip_frag"),
	FIELD(VM_ID, 1, "vm_id"),
	FIELD(VM_PRIO, 1, "vm_prio"),
};

size_t match_len(unsigned int attr)
{
	return attr <= VSEXT_M_MAX ? fields[attr].len : 0;
}

const char *match_name(unsigned int attr)
{
	return attr <= VSEXT_M_MAX ? fields[attr].name : NULL;
}

static bool is_inner(unsigned int attr)
{
	return attr >= VSEXT_M_INNER_DL_DST && attr <= VSEXT_M_INNER_IP_FRAG;
}

bool match_exact(const struct match *match, unsigned int attr)
{
	const struct match_field *f = &match->field[attr];
	size_t i;

	for (i = 0; i < match_len(attr); i++) {
		if (f->mask[i] != 0xff)
			return false;
	}
	return f->set;
}

uint32_t match_number(unsigned int attr, const uint8_t *bytes)
{
	uint32_t number = 0;
	size_t i;

	if (attr == VSEXT_M_IN_PORT) {
		memcpy(&number, bytes, sizeof(number));
		return number;
	}
	for (i = 0; i < match_len(attr); i++)
		number = number << 8 | bytes[i];
	return number;
}

void match_bytes(unsigned int attr, uint32_t number, uint8_t *bytes)
{
	size_t i = match_len(attr);

	if (attr == VSEXT_M_IN_PORT) {
		memcpy(bytes, &number, sizeof(number));
		return;
	}
	for (; i > 0; number >>= 8)
		bytes[--i] = number;
}

/* Several words of flow text can be parts of one such field. */
static bool is_composed(unsigned int attr)
{
	if (is_inner(attr))
		attr -= MATCH_INNER;
	return attr == VSEXT_M_VLAN_TCI || attr == VSEXT_M_NW_TOS;
}

static bool differs(const struct match_field *f, unsigned int attr,
		    const uint8_t *value, const uint8_t *mask)
{
	size_t i;

	for (i = 0; i < match_len(attr); i++) {
		uint8_t both = f->mask[i] & mask[i];

		if ((f->value[i] ^ value[i]) & both)
			return true;
		if (f->mask[i] != mask[i] && !is_composed(attr))
			return true;
	}
	return false;
}

bool match_set(struct match *match, unsigned int attr, const uint8_t *value, const uint8_t *mask)
{
	static const uint8_t nothing[MATCH_LEN_MAX];
	struct match_field *f = &match->field[attr];
	size_t i, len = match_len(attr);

	if (!memcmp(mask, nothing, len))
		return true;
	if (f->set && differs(f, attr, value, mask))
		return false;
	f->set = true;
	for (i = 0; i < len; i++) {
		f->mask[i] |= mask[i];
		f->value[i] |= value[i] & mask[i];
	}
	return true;
}

bool match_set_number(struct match *match, unsigned int attr, uint32_t value, uint32_t mask)
{
	uint8_t v[MATCH_LEN_MAX], m[MATCH_LEN_MAX];

	match_bytes(attr, value, v);
	match_bytes(attr, mask, m);
	return match_set(match, attr, v, m);
}

uint32_t match_exact_number(const struct match *match, unsigned int attr)
{
	return match_exact(match, attr) ? match_number(attr, match->field[attr].value) : 0;
}

enum need {
	NEED_NOTHING,
	NEED_IPV4,
	NEED_IPV6,
	NEED_IP,
	NEED_IP_OR_ARP,
	NEED_PORTS,
	NEED_ESP,
	NEED_TUNNEL,
};

/* As flow text names it, for the outer and for the inner packet. */
static const char *const need_names[][2] = {
	[NEED_IPV4] = { "ip or arp", "inner_ip or inner_arp" },
	[NEED_IPV6] = { "ipv6", "inner_ipv6" },
	[NEED_IP] = { "ip or ipv6", "inner_ip or inner_ipv6" },
	[NEED_IP_OR_ARP] = { "ip, ipv6 or arp", "inner_ip, inner_ipv6 or inner_arp" },
	[NEED_PORTS] = { "tcp, udp, sctp, icmp, tcp6, udp6, sctp6 or icmp6",
			 "inner_tcp, inner_udp, inner_sctp, inner_icmp or one for IPv6" },
	[NEED_ESP] = { "esp, esp6, udp or udp6", NULL },
	[NEED_TUNNEL] = { "tun_type", "tun_type" },
};

static bool has_ports(uint32_t proto, bool v4, bool v6)
{
	return ((v4 || v6) && (proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
			       proto == IPPROTO_SCTP)) ||
	       (v4 && proto == IPPROTO_ICMP) || (v6 && proto == IPPROTO_ICMPV6);
}

/* What a field lacks within its packet, the one at @shift (0 or MATCH_INNER). */
static enum need lacks(const struct match *match, unsigned int attr, unsigned int shift)
{
	uint32_t type = match_exact_number(match, VSEXT_M_DL_TYPE + shift), proto;
	bool v4 = type == ETH_P_IP, v6 = type == ETH_P_IPV6;
	bool arp = type == ETH_P_ARP || type == ETH_P_RARP;

	switch (attr - shift) {
	case VSEXT_M_NW_SRC:
	case VSEXT_M_NW_DST:
		return v4 || arp ? NEED_NOTHING : NEED_IPV4;
	case VSEXT_M_IPV6_SRC:
	case VSEXT_M_IPV6_DST:
		return v6 ? NEED_NOTHING : NEED_IPV6;
	case VSEXT_M_NW_PROTO:
		return v4 || v6 || arp ? NEED_NOTHING : NEED_IP_OR_ARP;
	case VSEXT_M_NW_TOS:
	case VSEXT_M_IP_FRAG:
		return v4 || v6 ? NEED_NOTHING : NEED_IP;
	case VSEXT_M_TP_SRC:
	case VSEXT_M_TP_DST:
		proto = match_exact_number(match, VSEXT_M_NW_PROTO + shift);
		return has_ports(proto, v4, v6) ? NEED_NOTHING : NEED_PORTS;
	case VSEXT_M_ESP_SPI:
		proto = match_exact_number(match, VSEXT_M_NW_PROTO);
		return (v4 || v6) && (proto == IPPROTO_ESP || proto == IPPROTO_UDP) ?
		       NEED_NOTHING : NEED_ESP;
	}
	return NEED_NOTHING;
}

static enum need lacks_tunnel(const struct match *match, unsigned int attr)
{
	if (!is_inner(attr) && attr != VSEXT_M_TUN_ID)
		return NEED_NOTHING;
	return match_exact(match, VSEXT_M_TUN_TYPE) ? NEED_NOTHING : NEED_TUNNEL;
}

unsigned int match_orphan(const struct match *match, const char **needs)
{
	unsigned int attr;

	for (attr = 1; attr <= VSEXT_M_MAX; attr++) {
		enum need need;

		if (!match->field[attr].set)
			continue;
		need = lacks_tunnel(match, attr);
		if (!need)
			need = lacks(match, attr, is_inner(attr) ? MATCH_INNER : 0);
		if (need) {
			*needs = need_names[need][is_inner(attr)];
			return attr;
		}
	}
	return 0;
}

int match_put(const struct match *match, struct nl_msg *msg, int type)
{
	uint8_t both[2 * MATCH_LEN_MAX];
	struct nlattr *nest;
	unsigned int attr;

	nest = nla_nest_start(msg, type);
	if (!nest)
		return -EMSGSIZE;
	for (attr = 1; attr <= VSEXT_M_MAX; attr++) {
		const struct match_field *f = &match->field[attr];
		size_t len = match_len(attr);

		if (!f->set)
			continue;
		memcpy(both, f->value, len);
		memcpy(both + len, f->mask, len);
		if (nla_put(msg, attr, match_exact(match, attr) ? len : 2 * len, both))
			return -EMSGSIZE;
	}
	nla_nest_end_keep_empty(msg, nest);
	return 0;
}

int match_get(struct match *match, struct nlattr *nest)
{
	struct nlattr *a;
	int rem;

	memset(match, 0, sizeof(*match));
	nla_for_each_nested(a, nest, rem) {
		unsigned int attr = nla_type(a);
		size_t len = match_len(attr);
		uint8_t exact[MATCH_LEN_MAX];
		const uint8_t *data = nla_data(a);

		memset(exact, 0xff, sizeof(exact));
		if (!len || ((size_t)nla_len(a) != len && (size_t)nla_len(a) != 2 * len))
			return -EPROTO;
		if (!match_set(match, attr, data, (size_t)nla_len(a) == len ? exact : data + len))
			return -EPROTO;
	}
	return 0;
}
