// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes while a packet is being looked up. The search is stopped at each of
 * its steps in turn, the writer does its work, and the search goes on: it must
 * find what one of the committed states holds, never a mixture.
 */
#include <string.h>

#include <linux/errno.h>

#include "cache.h"
#include "masks.h"
#include "rules.h"
#include "unit.h"

#define MAX_STEPS	200

static struct {
	unsigned int packet;
	u64 cookie;	/* 0: no rule */
} found;

/* As the receive path: parsed as deep as needed, looked up, counted. */
static void look_up(void *arg)
{
	const struct vsext_masks *masks = vsext_table_masks();
	unsigned int need = vsext_table_need(masks);
	struct vsext_key key = key_of(found.packet);
	const struct vsext_key *keys = &key;
	struct vsext_rule *rule;

	(void)arg;
	if (!(need & VSEXT_NEED_INNER)) {
		key.tun_id = 0;
		memset(&key.inner, 0, sizeof(key.inner));
	}
	if (!(need & VSEXT_NEED_FCF))
		key.vm_id = 0;
	vsext_table_lookup(masks, &keys, 1, &rule);
	found.cookie = rule ? rule->cookie : 0;
	unit_read_step();
	if (rule)
		vsext_rule_count(rule, 1, 64);
}

static void drop_all(void)
{
	assert_true(vsext_table_del_all(NULL) >= 0);
	vsext_table_commit();
	unit_grace();
}

/* So many masks that the cache is asked first; or that share the source as well. */
enum crowd { ALONE, CROWDED, FILTERED };

static void crowd(enum crowd how)
{
	unsigned int i;

	if (how == ALONE)
		return;
	for (i = 0; how == FILTERED && i < 30; i++)
		ok(add(M_SRC | (unsigned int[]){ M_PORT, M_DST, M_VNI, M_INNER,
						 M_VM }[i % 5], 910 + i, 9, 910));
	if (how == FILTERED) {
		vsext_table_commit();
		assert_non_null(vsext_table_masks()->filter);
		return;
	}
	ok(add(M_PORT, 900, 1, 900));
	ok(add(M_PORT | M_DST, 901, 1, 901));
	ok(add(M_NET | M_DST, 902, 1, 902));
	vsext_table_commit();
}

static void at_every_step_of(enum crowd how, void (*prepare)(void),
			     void (*writer)(void *arg), unsigned int packet,
			     u64 before, u64 after)
{
	unsigned int step;
	bool reached;

	found.packet = packet;
	for (step = 0; step < MAX_STEPS; step++) {
		crowd(how);
		prepare();
		unit_grace();
		assert_int_equal(hit(packet), before);
		/* A packet that the cache knows is not looked for. */
		if (how == FILTERED)
			vsext_cache_exit();
		reached = unit_race(look_up, NULL, step, writer);
		unit_grace();
		if (!reached)
			break;
		if (found.cookie != before && found.cookie != after)
			fail_msg("step %u: found rule %llu, neither %llu nor %llu",
				 step, found.cookie, before, after);
		assert_int_equal(hit(packet), after);
		drop_all();
	}
	assert_in_range(step, 2, MAX_STEPS - 1);
	drop_all();
}

/*
 * For each step of a search for @packet, in a table that @prepare filled: do
 * @writer's work there, and find @before or @after. Once more with a cache that
 * knows the packet, and with a filter and none.
 */
static void at_every_step(void (*prepare)(void), void (*writer)(void *arg),
			  unsigned int packet, u64 before, u64 after)
{
	enum crowd how;

	for (how = ALONE; how <= FILTERED; how++)
		at_every_step_of(how, prepare, writer, packet, before, after);
}

/* --- one rule --- */

static void one_rule(void)
{
	ok(add(M_SRC, 1, 5, 1));
	vsext_table_commit();
}

static void add_better(void *arg)
{
	(void)arg;
	ok(add(M_SRC, 1, 6, 2));
	vsext_table_commit();
}

static void replace_it(void *arg)
{
	(void)arg;
	ok(replace(M_SRC, 1, 5, 2));
	vsext_table_commit();
}

static void delete_it(void *arg)
{
	(void)arg;
	del(rule_of(1));
	vsext_table_commit();
}

static void two_priorities(void)
{
	ok(add(M_SRC, 1, 5, 3));
	ok(add(M_SRC, 1, 6, 1));
	vsext_table_commit();
}

static void add_and_abort(void *arg)
{
	(void)arg;
	ok(add(M_DST, 1, 9, 2));
	del(rule_of(1));
	vsext_table_abort();
}

/* So many that there is another filter. */
static void add_many(void *arg)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i < 60; i++)
		ok(add(i & 1 ? M_SRC : M_DST, 2000 + i, 5, 7));
	vsext_table_commit();
}

static void single(void **state)
{
	(void)state;
	at_every_step(one_rule, add_better, 1, 1, 2);
	at_every_step(one_rule, replace_it, 1, 1, 2);
	at_every_step(one_rule, delete_it, 1, 1, 0);
	at_every_step(one_rule, add_and_abort, 1, 1, 1);
	at_every_step(one_rule, add_many, 1, 1, 1);
	at_every_step(two_priorities, delete_it, 1, 1, 3);
}

/* --- transactions --- */

/* From one mask to another one, which there was not before. */
static void move_to_new_mask(void *arg)
{
	(void)arg;
	del(rule_of(1));
	ok(add(M_DST | M_VNI, 1, 5, 2));
	vsext_table_commit();
}

/* To one that a filter knows, but not for this source. */
static void move_to_old_mask(void *arg)
{
	(void)arg;
	del(rule_of(1));
	ok(add(M_SRC | M_DST, 1, 5, 2));
	vsext_table_commit();
}

/* The same behind a filter for less than what the last one was for. */
static void shrink_and_move(void *arg)
{
	const struct vsext_filter *filter = vsext_table_masks()->filter;
	unsigned int i;

	for (i = 0; i < 150; i++)
		ok(add(M_SRC | M_DST, 3000 + i, 5, 7));
	vsext_table_abort();
	assert_int_equal(filter != vsext_table_masks()->filter, !!filter);
	move_to_old_mask(arg);
}

static void two_masks(void)
{
	ok(add(M_SRC, 1, 50, 1));
	ok(add(M_DST, 2, 40, 3));
	vsext_table_commit();
}

static void move_up(void *arg)
{
	(void)arg;
	del(rule_of(1));
	ok(add(M_DST, 1, 70, 2));
	vsext_table_commit();
}

static void move_down(void *arg)
{
	(void)arg;
	del(rule_of(1));
	ok(add(M_DST, 1, 1, 2));
	vsext_table_commit();
}

/* The packet that is being looked up was not parsed as deep as that. */
static void move_inside(void *arg)
{
	(void)arg;
	del(rule_of(1));
	ok(add(M_INNER | M_VM, 1, 5, 2));
	vsext_table_commit();
}

static void move_inside_later(void *arg)
{
	(void)arg;
	ok(add(M_INNER | M_VM, 9, 5, 9));
	vsext_table_commit();
	del(rule_of(1));
	ok(add(M_INNER | M_VM, 1, 5, 2));
	vsext_table_commit();
}

/* A packet that was not parsed as deep as that looks unmarked, and is not. */
static void add_for_unmarked(void *arg)
{
	struct vsext_flow_match match = { .mask.vm_id = 0xff };
	struct vsext_rule *rule = vsext_rule_alloc(&match);

	(void)arg;
	assert_non_null(rule);
	rule->priority = 9;
	rule->cookie = 2;
	ok(vsext_table_add(rule, &match.mask, &limits, false));
	vsext_table_commit();
}

static void moves(void **state)
{
	(void)state;
	at_every_step(one_rule, move_inside, 1, 1, 2);
	at_every_step(one_rule, move_inside_later, 1, 1, 2);
	at_every_step(one_rule, add_for_unmarked, 1, 1, 1);
	at_every_step(one_rule, move_to_new_mask, 1, 1, 2);
	at_every_step(one_rule, move_to_old_mask, 1, 1, 2);
	at_every_step(one_rule, shrink_and_move, 1, 1, 2);
	at_every_step(two_masks, move_up, 1, 1, 2);
	at_every_step(two_masks, move_down, 1, 1, 2);
}

/* --- a transaction that is prepared already --- */

static void prepared_move_up(void)
{
	ok(add(M_SRC, 1, 50, 1));
	ok(add(M_DST, 2, 80, 3));
	vsext_table_commit();
	del(rule_of(1));
	ok(add(M_DST, 1, 70, 2));
}

static void prepared_move_down(void)
{
	ok(add(M_SRC, 1, 50, 1));
	ok(add(M_DST, 2, 40, 3));
	vsext_table_commit();
	del(rule_of(1));
	ok(add(M_DST, 1, 30, 2));
}

static void prepared_replacement(void)
{
	one_rule();
	ok(add(M_SRC, 2, 5, 3));
	ok(replace(M_SRC, 1, 5, 2));
}

static void commit(void *arg)
{
	(void)arg;
	vsext_table_commit();
}

static void commits(void **state)
{
	(void)state;
	at_every_step(prepared_move_up, commit, 1, 1, 2);
	at_every_step(prepared_move_down, commit, 1, 1, 2);
	at_every_step(prepared_replacement, commit, 1, 1, 2);
	collide();
	at_every_step(prepared_move_up, commit, 1, 1, 2);
	at_every_step(prepared_replacement, commit, 1, 1, 2);
}

/* --- one transaction after the other --- */

static void commit_then_open(void *arg)
{
	(void)arg;
	ok(add(M_INNER, 9, 1, 9));
	vsext_table_commit();
	del(rule_of(1));
	ok(add(M_NET, 1, 80, 2));
}

static void abort_after(void)
{
	vsext_table_abort();
	drop_all();
}

/* A slow search must not see what is only prepared. */
static void open_transaction_is_not_seen(void **state)
{
	unsigned int step;

	(void)state;
	found.packet = 1;
	for (step = 0; step < MAX_STEPS; step++) {
		one_rule();
		if (!unit_race(look_up, NULL, step, commit_then_open))
			break;
		if (found.cookie != 1)
			fail_msg("step %u: found rule %llu, which is not committed",
				 step, found.cookie);
		abort_after();
	}
	assert_in_range(step, 2, MAX_STEPS - 1);
}

static void three_commits(void *arg)
{
	(void)arg;
	ok(replace(M_SRC, 1, 5, 2));
	vsext_table_commit();
	ok(replace(M_SRC, 1, 5, 3));
	ok(add(M_SRC, 3, 5, 4));
	vsext_table_commit();
	ok(replace(M_SRC, 1, 5, 5));
	vsext_table_commit();
}

/* There always is a rule; which one, depends. */
static void never_without_a_rule(void **state)
{
	unsigned int step;

	(void)state;
	found.packet = 1;
	for (step = 0; step < MAX_STEPS; step++) {
		one_rule();
		if (!unit_race(look_up, NULL, step, three_commits))
			break;
		if (found.cookie != 1 && found.cookie != 2 &&
		    found.cookie != 3 && found.cookie != 5)
			fail_msg("step %u: found rule %llu", step, found.cookie);
		drop_all();
	}
	assert_in_range(step, 2, MAX_STEPS - 1);
}

/* --- whole searches, between the writer's stores --- */

static u64 old_rule, new_rule_found;

static void search_meanwhile(void)
{
	u64 cookie = hit(1);

	if (cookie != old_rule && cookie != new_rule_found)
		fail_msg("found rule %llu, neither %llu nor %llu", cookie,
			 old_rule, new_rule_found);
}

/* A cache must not learn of a rule that is about to go. */
static void between_writes_of(enum crowd how, void (*writer)(void *arg), u64 after)
{
	crowd(how);
	one_rule();
	/* Its mask stays. */
	ok(add(M_SRC, 8, 5, 8));
	vsext_table_commit();
	old_rule = 1;
	new_rule_found = after;
	unit_between_writes = search_meanwhile;
	writer(NULL);
	unit_between_writes = NULL;
	unit_grace();
	assert_int_equal(hit(1), after);
	drop_all();
}

static void between_writes(void **state)
{
	enum crowd how;

	(void)state;
	for (how = CROWDED; how <= FILTERED; how++) {
		between_writes_of(how, delete_it, 0);
		between_writes_of(how, add_better, 2);
		between_writes_of(how, replace_it, 2);
		between_writes_of(how, add_and_abort, 1);
		between_writes_of(how, move_up, 2);
		between_writes_of(how, move_to_new_mask, 2);
		between_writes_of(how, add_many, 1);
	}
}

/* --- growth --- */

static void sixteen_rules(void)
{
	unsigned int i;

	for (i = 1; i <= 16; i++)
		ok(add(M_SRC, i, 5, i));
	vsext_table_commit();
}

static void grow_twice(void *arg)
{
	unsigned int i;

	(void)arg;
	for (i = 17; i <= 40; i++) {
		ok(add(M_SRC, i, 5, i));
		vsext_table_commit();
	}
}

static void growth(void **state)
{
	unsigned int packet;

	(void)state;
	for (packet = 1; packet <= 16; packet++)
		at_every_step(sixteen_rules, grow_twice, packet, packet, packet);
	at_every_step(sixteen_rules, grow_twice, 30, 0, 30);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, table_up, table_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(single), TEST(moves), TEST(commits),
		TEST(open_transaction_is_not_seen),
		TEST(never_without_a_rule), TEST(between_writes), TEST(growth),
	};

	return cmocka_run_group_tests_name("flowtable_race", tests, NULL, NULL);
}
