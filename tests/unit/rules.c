// SPDX-License-Identifier: GPL-2.0-only
/* Rules for the flow table's tests. */
#include <string.h>

#include <linux/errno.h>

#include "rules.h"
#include "unit.h"
#include "writer.h"

struct vsext_limits limits;

struct vsext_key key_of(unsigned int n)
{
	struct vsext_key key = {
		.in_port = n + 1,
		.tun_id = n + 1,
		.vm_id = n % 127 + 1,
	};

	key.outer.src[0] = n % 255 + 1;
	key.outer.src[8] = n / 255;
	key.outer.tp_dst = n + 1;
	key.inner.tp_src = n + 1;
	return key;
}

struct vsext_key mask_of(unsigned int fields)
{
	struct vsext_key mask = {};

	if (fields & M_PORT)
		mask.in_port = ~0;
	if (fields & M_SRC)
		memset(mask.outer.src, 0xff, 16);
	if (fields & M_NET)
		mask.outer.src[0] = 0xff;
	if (fields & M_DST)
		mask.outer.tp_dst = 0xffff;
	if (fields & M_VNI)
		mask.tun_id = ~0;
	if (fields & M_INNER)
		mask.inner.tp_src = 0xffff;
	if (fields & M_VM)
		mask.vm_id = 0xff;
	return mask;
}

struct vsext_flow_match match_of(unsigned int fields, unsigned int n)
{
	struct vsext_flow_match match = { key_of(n), mask_of(fields) };
	const u8 *mask = (const u8 *)&match.mask;
	u8 *key = (u8 *)&match.key;
	unsigned int i;

	for (i = 0; i < sizeof(match.key); i++)
		key[i] &= mask[i];
	return match;
}

struct vsext_rule *new_timed(unsigned int fields, unsigned int n, u16 priority,
			     u64 cookie, u16 idle, u16 hard)
{
	struct vsext_flow_match match = { key_of(n), mask_of(fields) };
	struct vsext_rule *rule = vsext_rule_alloc_timed(&match, idle, hard);

	if (!rule)
		return NULL;
	rule->priority = priority;
	rule->cookie = cookie;
	return rule;
}

struct vsext_rule *new_rule(unsigned int fields, unsigned int n, u16 priority,
			    u64 cookie)
{
	return new_timed(fields, n, priority, cookie, 0, 0);
}

static int add_rule(struct vsext_rule *rule, unsigned int fields,
		    bool may_replace)
{
	struct vsext_key mask = mask_of(fields);
	int err;

	if (!rule)
		return -ENOMEM;
	err = vsext_table_add(rule, &mask, &limits, may_replace);
	if (err)
		vsext_rule_free(rule);
	return err;
}

int add_timed(unsigned int fields, unsigned int n, u16 priority, u64 cookie,
	      u16 idle, u16 hard)
{
	return add_rule(new_timed(fields, n, priority, cookie, idle, hard),
			fields, false);
}

int add(unsigned int fields, unsigned int n, u16 priority, u64 cookie)
{
	return add_rule(new_rule(fields, n, priority, cookie), fields, false);
}

int replace(unsigned int fields, unsigned int n, u16 priority, u64 cookie)
{
	return add_rule(new_rule(fields, n, priority, cookie), fields, true);
}

struct vsext_rule *rule_of(u64 cookie)
{
	struct vsext_rule_pos pos = {};
	struct vsext_rule *rule;

	while ((rule = vsext_table_next(&pos, NULL)))
		if (rule->cookie == cookie)
			return rule;
	return NULL;
}

struct vsext_rule *any_rule(void)
{
	struct vsext_rule_pos pos = {};

	return vsext_table_next(&pos, NULL);
}

void del(struct vsext_rule *rule)
{
	assert_int_equal(vsext_table_del(rule), 0);
}

void ok(int err)
{
	assert_int_equal(err, 0);
}

void put_rule(unsigned int fields, unsigned int n, u16 priority, u64 cookie)
{
	ok(add(fields, n, priority, cookie));
	vsext_table_commit();
}

void remove_rule(u64 cookie)
{
	struct vsext_rule *rule = rule_of(cookie);

	assert_non_null(rule);
	del(rule);
	vsext_table_commit();
}

/*
 * With this word of the secret 0, the first two words have a hash of 0 if the
 * second is 0: of all keys up to number 253, under masks of one field. What the
 * cache hashes has more words.
 */
void collide(void)
{
	vsext_hash_key[1] = 0;
}

unsigned int needed(void)
{
	return vsext_table_need(vsext_table_masks());
}

struct vsext_rule *lookup(const struct vsext_key *key)
{
	struct vsext_rule *rule;

	vsext_table_lookup(vsext_table_masks(), &key, 1, &rule);
	return rule;
}

u64 hit(unsigned int n)
{
	struct vsext_key key = key_of(n);
	struct vsext_rule *rule = lookup(&key);

	return rule ? rule->cookie : 0;
}

int table_up(void **state)
{
	(void)state;
	unit_fail_nth(0);
	if (unit_live() || vsext_table_init())
		return 1;
	mutex_lock(&vsext_mutex);
	limits = (struct vsext_limits){ VSEXT_MAX_FLOWS, VSEXT_MAX_MASKS };
	return 0;
}

int table_down(void **state)
{
	(void)state;
	unit_fail_nth(0);
	vsext_table_abort();
	vsext_table_del_all(NULL);
	vsext_table_commit();
	mutex_unlock(&vsext_mutex);
	vsext_table_exit();
	unit_grace();
	if (!unit_live())
		return 0;
	print_error("%u pieces of memory are left\n", unit_live());
	return 1;
}
