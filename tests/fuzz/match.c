// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any attributes: those that the kernel's validation lets through either make a
 * match or are refused with a message. A match has no value outside of its mask,
 * is the same when it was written and read again, and its rule is found by a
 * packet that looks like it.
 *
 * An attribute is a byte of type, a byte of length, and what it holds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/errno.h>

#include "flowtable.h"
#include "match.h"
#include "rules.h"
#include "unit.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void insist(bool true_always, const char *what)
{
	if (true_always)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

#define INSIST(x)	insist(x, #x)

/* --- messages --- */

/* As the kernel validates a nest before anybody reads it. */
static bool is_valid(const struct nlattr *nest)
{
	const struct nlattr *attr;
	int rem;

	nla_for_each_nested(attr, nest, rem) {
		if (!nla_type(attr) || nla_type(attr) > VSEXT_M_MAX ||
		    nla_len(attr) > vsext_match_policy[nla_type(attr)].len)
			return false;
	}
	return !rem;
}

/* Exactly as long as it is, so that nothing behind it is read. */
static struct nlattr *nest_of(const u8 *data, size_t size)
{
	struct sk_buff skb = { .data = calloc(1, MESSAGE_MAX) };
	struct nlattr *nest = nla_nest_start(&skb, VSEXT_FLOW_A_MATCH), *exact;
	size_t len;

	for (; size >= 2; data += 2 + len, size -= 2 + len) {
		len = data[1] % 40;
		if (len > size - 2)
			len = size - 2;
		if (nla_put(&skb, data[0] % (VSEXT_M_MAX + 2), len, data + 2))
			break;
	}
	nla_nest_end(&skb, nest);
	exact = malloc(skb.len);
	memcpy(exact, skb.data, skb.len);
	free(skb.data);
	return exact;
}

/* --- matches --- */

static void is_the_same_again(const struct vsext_flow_match *match)
{
	struct sk_buff skb = { .data = calloc(1, MESSAGE_MAX) };
	struct netlink_ext_ack extack = {};
	struct vsext_flow_match again;

	INSIST(!vsext_match_put(&skb, match));
	INSIST(is_valid((struct nlattr *)skb.data));
	INSIST(!vsext_match_get((struct nlattr *)skb.data, &again, &extack));
	INSIST(!memcmp(&again, match, sizeof(again)));
	free(skb.data);
}

static void is_found(const struct vsext_flow_match *match)
{
	struct vsext_rule *rule = vsext_rule_alloc(match);
	struct vsext_key packet = match->key;
	struct vsext_flow_match of_rule;
	const u8 *mask = (const u8 *)&match->mask;
	unsigned int i;

	INSIST(!vsext_table_add(rule, &match->mask, &limits, false));
	vsext_table_commit();
	vsext_rule_match(rule, &of_rule);
	INSIST(!memcmp(&of_rule, match, sizeof(of_rule)));
	INSIST(vsext_table_get(match, rule->priority) == rule);
	INSIST(lookup(&packet) == rule);
	/* What the mask does not look at does not matter; one bit that it does. */
	for (i = 0; i < sizeof(packet); i++)
		((u8 *)&packet)[i] ^= ~mask[i];
	INSIST(lookup(&packet) == rule);
	for (i = 0; i < sizeof(packet); i++)
		if (mask[i])
			break;
	if (i < sizeof(packet)) {
		((u8 *)&packet)[i] ^= mask[i];
		INSIST(!lookup(&packet));
	}
	INSIST(!vsext_table_del(rule));
	vsext_table_commit();
	unit_grace();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct netlink_ext_ack extack = {};
	struct vsext_flow_match match;
	struct nlattr *nest = nest_of(data, size);
	const u8 *key = (const u8 *)&match.key, *mask = (const u8 *)&match.mask;
	unsigned int i;
	void *none;
	int err;

	if (is_valid(nest)) {
		err = vsext_match_get(nest, &match, &extack);
		INSIST(err == 0 || err == -EINVAL);
		INSIST(!err == !extack._msg);
		for (i = 0; !err && i < sizeof(match.key); i++)
			INSIST(!(key[i] & ~mask[i]));
		if (!err) {
			is_the_same_again(&match);
			INSIST(!table_up(&none));
			is_found(&match);
			INSIST(!table_down(&none));
		}
	}
	free(nest);
	return 0;
}
