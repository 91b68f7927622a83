// SPDX-License-Identifier: GPL-2.0-only
/* Flow text: what is read, what is printed, and where complaints point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "flowtext.h"

static char *printed(const struct flow *flow)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	flowtext_print(flow, to);
	if (flow->action_at.len) {
		fputs(",actions=", to);
		flowtext_print_action(flow, to);
	}
	fclose(to);
	return text;
}

static void parse_ok(const char *text, struct flow *flow)
{
	struct complaint wrong;

	if (flowtext_parse(text, flow, &wrong))
		fail_msg("'%s': %s at %zu", text, wrong.why, wrong.at.at);
}

/* Of each pair the second is what is printed for the first. */
static const char *const pairs[][2] = {
	{ "", "priority=32768" },
	{ "priority=10,udp,tp_dst=4789,tun_id=42,vm_id=1,actions=irq:auto",
	  "priority=10,udp,tp_dst=4789,tun_type=vxlan,tun_id=42,vm_id=1,actions=irq:auto" },
	{ " udp ,\ttp_dst=0x10 , actions=irq:3 # core 3, n_packets=7",
	  "priority=32768,udp,tp_dst=16,actions=irq:3" },
	{ "actions=irq:3(offline)", "priority=32768,actions=irq:3" },
	{ "action=irq:local", "priority=32768,actions=irq:local" },
	{ "vm_id=3,actions=irq:vm", "priority=32768,vm_id=3,actions=irq:vm" },
	{ "cookie=0xffffffffffffffff", "cookie=0xffffffffffffffff,priority=32768" },
	{ "cookie=0", "priority=32768" },
	{ "hard_timeout=65535,udp,idle_timeout=0x3c,cookie=1",
	  "cookie=0x1,idle_timeout=60,hard_timeout=65535,priority=32768,udp" },
	{ "idle_timeout=0,hard_timeout=0", "priority=32768" },
	{ "in_port=lo", "priority=32768,in_port=lo" },
	{ "in_port=\"lo\"", "priority=32768,in_port=lo" },
	{ "in_port=1", "priority=32768,in_port=lo" },
	{ "in_port=4294967295", "priority=32768,in_port=4294967295" },
	{ "in_port=0x10/0xf0", "priority=32768,in_port=0x10/0xf0" },
	{ "dl_src=02:00:00:00:00:01,dl_dst=FF:ff:ff:ff:ff:ff",
	  "priority=32768,dl_src=02:00:00:00:00:01,dl_dst=ff:ff:ff:ff:ff:ff" },
	{ "eth_dst=01:02:03:04:05:06/01:00:00:00:00:00",
	  "priority=32768,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00" },
	{ "dl_type=0x800,nw_proto=6", "priority=32768,tcp" },
	{ "dl_type=0x86dd,nw_proto=17", "priority=32768,udp6" },
	{ "ip,nw_proto=1", "priority=32768,icmp" },
	{ "ip,nw_proto=47", "priority=32768,ip,nw_proto=47" },
	{ "ip,nw_proto=0x10/0xf0", "priority=32768,ip,nw_proto=0x10/0xf0" },
	{ "ipv6,nw_proto=58", "priority=32768,icmp6" },
	{ "eth_type=0x8847", "priority=32768,dl_type=0x8847" },
	{ "dl_type=0x800/0xff00", "priority=32768,dl_type=0x800/0xff00" },
	{ "arp", "priority=32768,arp" },
	{ "sctp6", "priority=32768,sctp6" },
	{ "udp,udp", "priority=32768,udp" },
	{ "ip,nw_src=10.1.2.3/8", "priority=32768,ip,nw_src=10.0.0.0/8" },
	{ "ip,nw_src=10.1.2.3/0", "priority=32768,ip" },
	{ "ip,nw_dst=10.1.2.3/255.0.255.0",
	  "priority=32768,ip,nw_dst=10.0.2.0/255.0.255.0" },
	{ "ip,nw_dst=10.1.2.3/255.255.255.255", "priority=32768,ip,nw_dst=10.1.2.3" },
	{ "ip,ip_src=1.2.3.4/31", "priority=32768,ip,nw_src=1.2.3.4/31" },
	{ "ipv6,ipv6_src=fd00::1/64", "priority=32768,ipv6,ipv6_src=fd00::/64" },
	{ "ipv6,ipv6_dst=fd00::1", "priority=32768,ipv6,ipv6_dst=fd00::1" },
	{ "ipv6,ipv6_dst=::1/::ff", "priority=32768,ipv6,ipv6_dst=::1/::ff" },
	{ "ip,nw_tos=184", "priority=32768,ip,nw_tos=184" },
	{ "ip,ip_dscp=46", "priority=32768,ip,nw_tos=184" },
	{ "ip,nw_tos=184,nw_ecn=3", "priority=32768,ip,nw_tos=184,nw_ecn=3" },
	{ "ip,nw_tos=0x81/0xc1", "priority=32768,ip,nw_tos=0x81/0xc1" },
	{ "ipv6,ip_ecn=0", "priority=32768,ipv6,nw_ecn=0" },
	{ "dl_vlan=7", "priority=32768,dl_vlan=7" },
	{ "dl_vlan=0xffff", "priority=32768,vlan_tci=0x0000" },
	{ "dl_vlan=7,dl_vlan_pcp=5", "priority=32768,dl_vlan=7,dl_vlan_pcp=5" },
	{ "dl_vlan_pcp=5", "priority=32768,dl_vlan_pcp=5" },
	{ "vlan_tci=0x1000/0x1000", "priority=32768,vlan_tci=0x1000/0x1000" },
	{ "vlan_tci=0xf007", "priority=32768,dl_vlan=7,dl_vlan_pcp=7" },
	{ "vlan_tci=0", "priority=32768,vlan_tci=0x0000" },
	{ "tcp,tp_src=80,tp_dst=0x1000/0xf000",
	  "priority=32768,tcp,tp_src=80,tp_dst=0x1000/0xf000" },
	{ "tun_type=vxlan", "priority=32768,tun_type=vxlan" },
	{ "tun_type=none", "priority=32768,tun_type=none" },
	{ "tun_id=7/0xff", "priority=32768,tun_type=vxlan,tun_id=0x7/0xff" },
	{ "tun_id=1,inner_udp,inner_nw_src=10.0.0.1,inner_tp_dst=53",
	  "priority=32768,tun_type=vxlan,tun_id=1,inner_udp,inner_nw_src=10.0.0.1,inner_tp_dst=53" },
	{ "tun_type=vxlan,inner_dl_vlan=9,inner_dl_src=02:00:00:00:00:01",
	  "priority=32768,tun_type=vxlan,inner_dl_vlan=9,inner_dl_src=02:00:00:00:00:01" },
	{ "tun_type=vxlan,inner_ipv6,inner_ipv6_dst=::/1",
	  "priority=32768,tun_type=vxlan,inner_ipv6,inner_ipv6_dst=::/1" },
	{ "tun_type=geneve,tun_id=5,inner_icmp,inner_icmp_type=8",
	  "priority=32768,tun_type=geneve,tun_id=5,inner_icmp,inner_icmp_type=8" },
	{ "tun_type=gre,tun_id=0xfedcba98,inner_ip",
	  "priority=32768,tun_type=gre,tun_id=4275878552,inner_ip" },
	{ "tun_type=ipip,inner_ipv6", "priority=32768,tun_type=ipip,inner_ipv6" },
	{ "ip,nw_proto=41,tun_type=4", "priority=32768,ip,nw_proto=41,tun_type=ipip" },
	{ "icmp,tp_src=3,icmp_code=4", "priority=32768,icmp,icmp_type=3,icmp_code=4" },
	{ "icmp6,icmp_type=135", "priority=32768,icmp6,icmp_type=135" },
	{ "arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.0/24",
	  "priority=32768,arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.0/24" },
	{ "rarp,nw_src=1.2.3.4", "priority=32768,rarp,arp_spa=1.2.3.4" },
	{ "sctp,tp_dst=9", "priority=32768,sctp,tp_dst=9" },
	{ "esp,esp_spi=4097", "priority=32768,esp,esp_spi=0x1001" },
	{ "udp6,tp_dst=4500,esp_spi=0x10/0xf0",
	  "priority=32768,udp6,tp_dst=4500,esp_spi=0x10/0xf0" },
	{ "esp6", "priority=32768,esp6" },
	{ "ip,ip_frag=no", "priority=32768,ip,ip_frag=no" },
	{ "ip,ip_frag=yes", "priority=32768,ip,ip_frag=yes" },
	{ "ip,ip_frag=first", "priority=32768,ip,ip_frag=first" },
	{ "ipv6,ip_frag=later", "priority=32768,ipv6,ip_frag=later" },
	{ "ipv6,ip_frag=not_later", "priority=32768,ipv6,ip_frag=not_later" },
	{ "ip,ip_frag=1/3", "priority=32768,ip,ip_frag=first" },
	{ "tun_type=vxlan,inner_ip,inner_ip_frag=yes",
	  "priority=32768,tun_type=vxlan,inner_ip,inner_ip_frag=yes" },
	{ "vm_id=0,vm_prio=1", "priority=32768,vm_id=0,vm_prio=1" },
	{ "vm_id=255", "priority=32768,vm_id=255" },
	{ "nw_src=*,tp_dst=*,in_port=*,dl_type=*", "priority=32768" },
};

static void prints(void **state)
{
	char *first, *again;
	struct flow flow;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		parse_ok(pairs[i][0], &flow);
		first = printed(&flow);
		assert_string_equal(first, pairs[i][1]);
		parse_ok(first, &flow);
		again = printed(&flow);
		assert_string_equal(again, first);
		free(again);
		free(first);
	}
}

/* The part in brackets is what the complaint points at. */
static const char *const complaints[][2] = {
	{ "priority=10,udp,[tp_dts]=4789",
	  "expected a match field as in ovs-ofctl, priority, cookie or actions" },
	{ "[UDP]", "expected a match field as in ovs-ofctl, priority, cookie or actions" },
	{ "[inner_in_port]=lo",
	  "expected a match field as in ovs-ofctl, priority, cookie or actions" },
	{ "[inner_]",
	  "expected a match field as in ovs-ofctl, priority, cookie or actions" },
	{ "[]=5", "expected a match field as in ovs-ofctl, priority, cookie or actions" },
	{ "[udp=1]", "udp takes no value" },
	{ "udp,[tp_dst]", "expected tp_dst=VALUE" },
	{ "udp,[tp_dst=]", "expected tp_dst=VALUE" },
	{ "udp,tp_dst=[65536]", "tp_dst goes up to 65535" },
	{ "udp,tp_dst=[18446744073709551617]", "tp_dst goes up to 65535" },
	{ "udp,tp_dst=[-1]", "expected a number for tp_dst" },
	{ "udp,tp_dst=[80x]", "expected a number for tp_dst" },
	{ "udp,tp_dst=[0x]", "expected a number for tp_dst" },
	{ "udp,tp_dst=[+1]", "expected a number for tp_dst" },
	{ "udp,tp_dst=80/[x]", "expected a number for tp_dst" },
	{ "udp,tp_dst=80/[]", "expected a number for tp_dst" },
	{ "udp,tp_dst=[]/80", "expected a number for tp_dst" },
	{ "priority=[65536]", "priority goes up to 65535" },
	{ "priority=1,[priority=2]", "priority is given twice" },
	{ "cookie=1,[cookie=1]", "cookie is given twice" },
	{ "cookie=1/1,[cookie=1/1]", "cookie is given twice" },
	{ "cookie=1/[-2]", "expected a number for cookie" },
	{ "cookie=[-1]/1", "expected a number for cookie" },
	{ "idle_timeout=[65536]", "idle_timeout goes up to 65535" },
	{ "idle_timeout=1,[idle_timeout=1]", "idle_timeout is given twice" },
	{ "hard_timeout=[-1]", "expected a number for hard_timeout" },
	{ "[check_overlap=1]", "check_overlap takes no value" },
	{ "core=1,[core=1]", "core is given twice" },
	{ "core=[8192]", "core goes up to 8191" },
	{ "core=[1/1]", "expected a number for core" },
	{ "vm_id=[300]", "vm_id goes up to 255" },
	{ "vm_prio=[2]", "vm_prio goes up to 1" },
	{ "[tun_id=16777216]", "tun_id goes up to 16777215, but with tun_type=gre" },
	{ "vm_prio=[on]", "expected a number for vm_prio" },
	{ "udp,[tcp]", "contradicts an earlier word, which sets nw_proto already" },
	{ "udp,[tcp6]", "contradicts an earlier word, which sets dl_type already" },
	{ "ip,nw_src=10.0.0.0/8,[nw_src=10.0.0.0/16]",
	  "contradicts an earlier word, which sets nw_src already" },
	{ "dl_vlan=1,[dl_vlan=2]",
	  "contradicts an earlier word, which sets vlan_tci already" },
	{ "dl_vlan=[4096]", "dl_vlan is 0 to 4095, or 0xffff for untagged" },
	{ "dl_vlan_pcp=[8]", "dl_vlan_pcp goes up to 7" },
	{ "ip,nw_tos=[1]",
	  "nw_tos is the DSCP in the upper six bits, the lower two are 0 (nw_ecn matches them)" },
	{ "ip,nw_tos=[256]", "nw_tos goes up to 255" },
	{ "ip,ip_dscp=[64]", "ip_dscp goes up to 63" },
	{ "ip,nw_ecn=[4]", "nw_ecn goes up to 3" },
	{ "dl_src=[02:00:00:00:00]",
	  "expected an Ethernet address such as 02:00:00:00:00:01" },
	{ "dl_src=[02:00:00:00:00:01:02]",
	  "expected an Ethernet address such as 02:00:00:00:00:01" },
	{ "dl_src=[2:0:0:0:0:1]",
	  "expected an Ethernet address such as 02:00:00:00:00:01" },
	{ "dl_src=02:00:00:00:00:01/[ff]",
	  "expected an Ethernet address such as 02:00:00:00:00:01" },
	{ "ip,nw_src=[10.0.0]", "expected an IPv4 address such as 10.0.0.1" },
	{ "ip,nw_src=[fd00::1]", "expected an IPv4 address such as 10.0.0.1" },
	{ "ip,nw_src=10.0.0.0/[33]", "a prefix goes up to 32" },
	{ "ip,nw_src=10.0.0.0/[x]", "expected an IPv4 address such as 10.0.0.1" },
	{ "ipv6,ipv6_src=[10.0.0.1]", "expected an IPv6 address such as fd00::1" },
	{ "ipv6,ipv6_src=::/[129]", "a prefix goes up to 128" },
	{ "in_port=[nosuchdev0]", "no such device in this network namespace" },
	{ "in_port=[averyveryverylongname]", "no such device in this network namespace" },
	{ "[in_port=]\"lo", "expected in_port=VALUE" },
	{ "tun_type=[stt]", "expected vxlan, geneve, gre, ipip or none" },
	{ "[nw_src=10.0.0.1]", "nw_src needs ip or arp in the same flow" },
	{ "ipv6,[nw_src=10.0.0.1]", "nw_src needs ip or arp in the same flow" },
	{ "dl_type=0x800/0xff00,[nw_src=10.0.0.1]", "nw_src needs ip or arp in the same flow" },
	{ "ip,[ipv6_src=::1]", "ipv6_src needs ipv6 in the same flow" },
	{ "[nw_proto=1]", "nw_proto needs ip, ipv6 or arp in the same flow" },
	{ "arp,[nw_tos=4]", "nw_tos needs ip or ipv6 in the same flow" },
	{ "dl_type=0x88cc,[ip_frag=no]", "ip_frag needs ip or ipv6 in the same flow" },
	{ "ip,ip_frag=[last]", "expected no, yes, first, later or not_later" },
	{ "tcp,[esp_spi=1]", "esp_spi needs esp, esp6, udp or udp6 in the same flow" },
	{ "esp,esp_spi=[4294967296]", "esp_spi goes up to 4294967295" },
	{ "tun_type=geneve,[tun_id=16777216]",
	  "tun_id goes up to 16777215, but with tun_type=gre" },
	{ "tun_type=ipip,[tun_id=1]", "tun_type=ipip has no tun_id" },
	{ "icmp6,ip_frag=no,[arp_spa=1.2.3.4]", "nw_src needs ip or arp in the same flow" },
	{ "[ip_dscp=1]", "nw_tos needs ip or ipv6 in the same flow" },
	{ "[tp_dst=4789],priority=1",
	  "tp_dst needs tcp, udp, sctp, icmp, tcp6, udp6, sctp6 or icmp6 in the same flow" },
	{ "ip,nw_proto=58,[tp_dst=1]",
	  "tp_dst needs tcp, udp, sctp, icmp, tcp6, udp6, sctp6 or icmp6 in the same flow" },
	{ "arp,arp_op=6,[tp_dst=1]",
	  "tp_dst needs tcp, udp, sctp, icmp, tcp6, udp6, sctp6 or icmp6 in the same flow" },
	{ "[inner_ip]", "inner_dl_type needs tun_type in the same flow" },
	{ "tun_id=1,ip,[inner_nw_src=1.2.3.4]",
	  "inner_nw_src needs inner_ip or inner_arp in the same flow" },
	{ "tun_id=1,udp,[inner_tp_dst=5]",
	  "inner_tp_dst needs inner_tcp, inner_udp, inner_sctp, inner_icmp or one for IPv6 in the same flow" },
	{ "udp,[actions=irq:vm]", "irq:vm needs an exact vm_id in the same flow" },
	{ "vm_id=1/0x7f,[actions=irq:vm]", "irq:vm needs an exact vm_id in the same flow" },
	{ "actions=[output:1]",
	  "expected irq:auto, irq:vm, irq:local or irq: with a core number" },
	{ "actions=irq:[spread]",
	  "expected irq:auto, irq:vm, irq:local or irq: with a core number" },
	{ "actions=irq:[]",
	  "expected irq:auto, irq:vm, irq:local or irq: with a core number" },
	{ "actions=irq:[-1]",
	  "expected irq:auto, irq:vm, irq:local or irq: with a core number" },
	{ "actions=irq:[8192]", "the core number goes up to 8191" },
	{ "actions=irq:1,[irq:2]", "a rule has one action, and it comes last" },
	{ "actions=irq:1,[priority=2]", "a rule has one action, and it comes last" },
	{ "[actions]", "expected actions=VALUE" },
	{ "[actions=]", "expected actions=VALUE" },
};

/* Words that select rules are no part of one. */
static void selects(void **state)
{
	static const struct {
		const char *text;
		uint64_t cookie, mask;
		bool core;
		uint32_t number;
	} cases[] = {
		{ "udp", 0, 0, false, 0 },
		{ "cookie=1", 0, 0, false, 0 },
		{ "cookie=0x12/-1", 0x12, UINT64_MAX, false, 0 },
		{ "udp,cookie=0x1ff/0xf0", 0xf0, 0xf0, false, 0 },
		{ "cookie=0xffffffffffffffff/0xffffffffffffffff", UINT64_MAX, UINT64_MAX, false, 0 },
		{ "cookie=7/0", 0, 0, false, 0 },
		{ "core=3,cookie=1/1", 1, 1, true, 3 },
		{ "core=0", 0, 0, true, 0 },
	};
	struct flow flow;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		parse_ok(cases[i].text, &flow);
		assert_true(flow.wanted_cookie[0] == cases[i].cookie);
		assert_true(flow.wanted_cookie[1] == cases[i].mask);
		assert_int_equal(flow.wants_core, cases[i].core);
		assert_int_equal(flow.wanted_core, cases[i].number);
		assert_int_equal(!!flow.select_at.len, strchr(cases[i].text, '/') || cases[i].core);
	}
}

static void complains(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(complaints) / sizeof(*complaints); i++) {
		const char *marked = complaints[i][0];
		size_t at = strcspn(marked, "["), len = strcspn(marked + at, "]") - 1;
		struct complaint wrong = { 0 };
		struct flow flow;
		char text[256];

		snprintf(text, sizeof(text), "%.*s%.*s%s", (int)at, marked, (int)len,
			 marked + at + 1, marked + at + len + 2);
		if (!flowtext_parse(text, &flow, &wrong))
			fail_msg("'%s' was accepted", text);
		assert_string_equal(wrong.why, complaints[i][1]);
		if (wrong.at.at != at || wrong.at.len != len)
			fail_msg("'%s' points at %zu+%zu", text, wrong.at.at, wrong.at.len);
	}
}

static void points(void **state)
{
	static const struct {
		struct span at;
		const char *text;
		const char *shown;
	} cases[] = {
		{ { 4, 6 }, "udp,tp_dts=1", "  udp,tp_dts=1\n      ^^^^^^\n" },
		{ { 3, 0 }, "udp", "  udp\n     ^\n" },
		{ { 0, 4 }, "a\033[b\tc\200", "  a?[b c?\n  ^^^^\n" },
		{ { 60, 3 },
		  "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890",
		  "  ...678901234567890123456789012345678901234567890123456789012345678901234567...\n"
		  "                             ^^^\n" },
	};
	size_t i, size;
	char *text;
	FILE *to;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		to = open_memstream(&text, &size);
		assert_non_null(to);
		flowtext_point(cases[i].text, cases[i].at, to);
		fclose(to);
		assert_string_equal(text, cases[i].shown);
		free(text);
	}
}

static uint32_t seed = 1;

static uint32_t any(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void any_field(struct match *match, unsigned int attr)
{
	uint8_t value[MATCH_LEN_MAX], mask[MATCH_LEN_MAX];
	bool exact = any(2);
	size_t i, zeros = exact && attr == VSEXT_M_TUN_ID;

	for (i = 0; i < MATCH_LEN_MAX; i++) {
		value[i] = i < zeros ? 0 : any(256);
		mask[i] = exact ? 0xff : any(256);
	}
	if (attr == VSEXT_M_VM_PRIO && mask[0] == 0xff)
		value[0] &= 1;
	match_set(match, attr, value, mask);
}

static void any_packet(struct match *match, unsigned int shift)
{
	static const uint32_t types[] = { 0x0800, 0x86dd, 0x0806, 0x88a8 };
	static const uint32_t protocols[] = { 6, 17, 1, 47, 132 };
	uint32_t type = types[any(4)], proto = protocols[any(5)];
	bool v4 = type == 0x0800, ip = v4 || type == 0x86dd;
	unsigned int attr;

	for (attr = VSEXT_M_DL_DST; attr <= VSEXT_M_VLAN_TCI; attr++) {
		if (attr != VSEXT_M_DL_TYPE && any(2))
			any_field(match, attr + shift);
	}
	match_set_number(match, VSEXT_M_DL_TYPE + shift, type, 0xffff);
	if (!ip)
		return;
	any_field(match, (v4 ? VSEXT_M_NW_SRC : VSEXT_M_IPV6_SRC) + shift);
	any_field(match, (v4 ? VSEXT_M_NW_DST : VSEXT_M_IPV6_DST) + shift);
	any_field(match, VSEXT_M_NW_TOS + shift);
	match_set_number(match, VSEXT_M_NW_PROTO + shift, proto, 0xff);
	if (proto != 6 && proto != 17)
		return;
	any_field(match, VSEXT_M_TP_SRC + shift);
	any_field(match, VSEXT_M_TP_DST + shift);
}

static void any_flow(struct flow *flow)
{
	memset(flow, 0, sizeof(*flow));
	flow->priority = any(65536);
	flow->cookie = any(2) ? (uint64_t)any(1 << 24) << 40 | any(1 << 24) : 0;
	any_packet(&flow->match, 0);
	if (any(2))
		any_field(&flow->match, VSEXT_M_IN_PORT);
	if (any(2))
		any_field(&flow->match, VSEXT_M_VM_ID);
	if (any(2))
		any_field(&flow->match, VSEXT_M_VM_PRIO);
	if (any(2))
		return;
	match_set_number(&flow->match, VSEXT_M_TUN_TYPE, VSEXT_TUN_VXLAN, 0xff);
	any_field(&flow->match, VSEXT_M_TUN_ID);
	any_packet(&flow->match, MATCH_INNER);
}

/* Whatever the kernel may hold survives print and parse. */
static void survives_text(void **state)
{
	struct flow flow, again;
	char *text;
	int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		any_flow(&flow);
		text = printed(&flow);
		parse_ok(text, &again);
		assert_memory_equal(&again.match, &flow.match, sizeof(flow.match));
		assert_int_equal(again.priority, flow.priority);
		assert_true(again.cookie == flow.cookie);
		free(text);
	}
}

static void survives_netlink(void **state)
{
	struct nlattr *nest;
	struct nl_msg *msg;
	struct match match;
	struct flow flow;
	int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		msg = nlmsg_alloc_simple(16, 0);
		any_flow(&flow);
		assert_int_equal(match_put(&flow.match, msg, VSEXT_FLOW_A_MATCH), 0);
		nest = nlmsg_find_attr(nlmsg_hdr(msg), 0, VSEXT_FLOW_A_MATCH);
		assert_non_null(nest);
		assert_int_equal(match_get(&match, nest), 0);
		assert_memory_equal(&match, &flow.match, sizeof(match));
		nlmsg_free(msg);
	}
}

static void refuses_foreign_attributes(void **state)
{
	static const struct {
		int type, len;
	} cases[] = { { VSEXT_M_MAX + 1, 4 }, { VSEXT_M_TP_DST, 1 }, { VSEXT_M_TP_DST, 3 },
		      { VSEXT_M_DL_DST, 0 }, { VSEXT_M_IPV6_SRC, 33 } };
	static const char zeros[64];
	struct nlattr *nest;
	struct match match;
	struct nl_msg *msg;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		msg = nlmsg_alloc_simple(16, 0);
		nest = nla_nest_start(msg, VSEXT_FLOW_A_MATCH);
		nla_put(msg, cases[i].type, cases[i].len, zeros);
		nla_nest_end(msg, nest);
		assert_int_not_equal(match_get(&match, nest), 0);
		nlmsg_free(msg);
	}
}

/* Mutated text is read or refused, and complaints stay inside of it. */
static void withstands_noise(void **state)
{
	static const char base[] =
		"cookie=0x1,priority=10,in_port=\"lo\",udp,dl_src=02:00:00:00:00:01/ff:ff:ff:00:00:00,nw_src=10.0.0.0/8,nw_tos=4,tp_dst=80/0xff,tun_id=4,inner_ipv6,inner_ipv6_dst=::1/64,vm_id=1,actions=irq:auto # x";
	struct complaint wrong;
	char text[sizeof(base)];
	struct flow flow;
	int i, k;

	(void)state;
	for (i = 0; i < 200000; i++) {
		memcpy(text, base, sizeof(base));
		for (k = any(4); k >= 0; k--)
			text[any(sizeof(base) - 1)] = any(8) ? 32 + any(95) : any(256);
		if (flowtext_parse(text, &flow, &wrong))
			assert_true(wrong.at.at + wrong.at.len <= strlen(text));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints),
		cmocka_unit_test(selects),
		cmocka_unit_test(complains),
		cmocka_unit_test(points),
		cmocka_unit_test(survives_text),
		cmocka_unit_test(survives_netlink),
		cmocka_unit_test(refuses_foreign_attributes),
		cmocka_unit_test(withstands_noise),
	};

	return cmocka_run_group_tests_name("ctl-flowtext", tests, NULL, NULL);
}
