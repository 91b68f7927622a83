/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules for the flow table's tests: short to write, and easy to tell apart.
 */
#ifndef UNIT_RULES_H
#define UNIT_RULES_H

#include "flowtable.h"
#include "mask.h"

/* Which fields a mask looks at; any number of them is a mask. */
#define M_PORT	BIT(0)		/* in_port */
#define M_SRC	BIT(1)		/* outer.src, all 16 bytes */
#define M_NET	BIT(2)		/* outer.src, the first byte */
#define M_DST	BIT(3)		/* outer.tp_dst */
#define M_VNI	BIT(4)		/* tun_id */
#define M_INNER	BIT(5)		/* inner.tp_src */
#define M_VM	BIT(6)		/* vm_id */
#define M_ALL	0x7f

/* Of the table; table_up() makes them as wide as they get. */
extern struct vsext_limits limits;

/* A key whose fields all have to do with @n; keys of different n differ in all. */
struct vsext_key key_of(unsigned int n);
struct vsext_key mask_of(unsigned int fields);
/* Key @n as far as @fields of it. */
struct vsext_flow_match match_of(unsigned int fields, unsigned int n);

/* A rule that is not in the table; NULL without memory. */
struct vsext_rule *new_rule(unsigned int fields, unsigned int n, u16 priority,
			    u64 cookie);
/* The same with timeouts in seconds. */
struct vsext_rule *new_timed(unsigned int fields, unsigned int n, u16 priority,
			     u64 cookie, u16 idle, u16 hard);
/* vsext_table_add() of such a rule, which is freed if that fails. */
int add_timed(unsigned int fields, unsigned int n, u16 priority, u64 cookie,
	      u16 idle, u16 hard);
int add(unsigned int fields, unsigned int n, u16 priority, u64 cookie);
int replace(unsigned int fields, unsigned int n, u16 priority, u64 cookie);
/* The rule of the next generation with that cookie, or NULL. */
struct vsext_rule *rule_of(u64 cookie);
/* Any rule of the next generation, or NULL. */
struct vsext_rule *any_rule(void);
void del(struct vsext_rule *rule);
void ok(int err);
/* A change of one rule, at once. */
void put_rule(unsigned int fields, unsigned int n, u16 priority, u64 cookie);
void remove_rule(u64 cookie);
/* Every rule has the same hash, and so the same bucket. */
void collide(void);
/* VSEXT_NEED_* of all rules, and what a packet finds. */
unsigned int needed(void);
struct vsext_rule *lookup(const struct vsext_key *key);
/* Cookie of the rule that a packet with key @n hits; 0: none. */
u64 hit(unsigned int n);

/* For cmocka: an empty table before; nothing of it left after. */
int table_up(void **state);
int table_down(void **state);

#endif /* UNIT_RULES_H */
