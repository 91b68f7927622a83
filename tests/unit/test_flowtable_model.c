// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flow table against a plain list of rules, through random changes; and
 * against memory that runs out at every single allocation.
 */
#include <string.h>

#include <linux/errno.h>

#include "rules.h"
#include "unit.h"

#define KEYS		12
#define PRIORITIES	4
#define MODEL_MAX	4096
#define ROUNDS		60000

static const unsigned int masks[] = {
	0, M_SRC, M_NET, M_SRC | M_DST, M_PORT | M_VNI, M_VM, M_INNER | M_DST,
};

/* --- the model: what is in force, and what the open transaction makes of it --- */

struct entry {
	unsigned int fields;
	unsigned int n;
	u16 priority;
	u64 cookie;
	bool now, next;
};

static struct entry model[MODEL_MAX];
static unsigned int entries;
static u64 last_cookie;

/* With no field to look at, all keys are one. */
static bool same_key(const struct entry *e, unsigned int fields, unsigned int n)
{
	return e->fields == fields && (!fields || e->n == n);
}

static struct entry *model_find(unsigned int fields, unsigned int n,
				u16 priority)
{
	unsigned int i;

	for (i = 0; i < entries; i++)
		if (model[i].next && same_key(&model[i], fields, n) &&
		    model[i].priority == priority)
			return &model[i];
	return NULL;
}

static void model_add(unsigned int fields, unsigned int n, u16 priority)
{
	assert_in_range(entries, 0, MODEL_MAX - 1);
	model[entries++] = (struct entry){
		fields, n, priority, ++last_cookie, false, true
	};
}

/* Ends the change set: what is in force from now on is what @commit says. */
static void model_end(bool commit)
{
	unsigned int i, n = 0;

	for (i = 0; i < entries; i++) {
		struct entry e = model[i];

		e.now = commit ? e.next : e.now;
		e.next = e.now;
		if (e.now)
			model[n++] = e;
	}
	entries = n;
}

static int model_priority(unsigned int packet)
{
	int best = -1;
	unsigned int i;

	for (i = 0; i < entries; i++)
		if (model[i].now && model[i].priority > best &&
		    same_key(&model[i], model[i].fields, packet))
			best = model[i].priority;
	return best;
}

/* --- comparison --- */

static struct entry *model_of(u64 cookie)
{
	unsigned int i;

	for (i = 0; i < entries; i++)
		if (model[i].cookie == cookie)
			return &model[i];
	return NULL;
}

/* Each rule that should be there is met once. */
static void compare_list(bool next)
{
	struct vsext_rule_pos pos = {};
	bool met[MODEL_MAX] = {};
	struct vsext_rule *rule;
	struct entry *e;
	unsigned int i;

	while ((rule = next ? vsext_table_next(&pos, NULL) :
			      vsext_table_next_active(&pos, NULL))) {
		e = model_of(rule->cookie);
		assert_non_null(e);
		assert_false(met[e - model]);
		met[e - model] = true;
	}
	for (i = 0; i < entries; i++)
		assert_int_equal(met[i], next ? model[i].next : model[i].now);
}

/* Rules of one priority may both match: the model says which is allowed. */
static void compare_hit(unsigned int packet, const struct vsext_rule *rule)
{
	int best = model_priority(packet);
	unsigned int i;

	if (best < 0) {
		assert_null(rule);
		return;
	}
	assert_non_null(rule);
	assert_int_equal(rule->priority, best);
	for (i = 0; i < entries; i++)
		if (model[i].cookie == rule->cookie)
			break;
	assert_in_range(i, 0, entries - 1);
	assert_true(model[i].now);
	assert_true(same_key(&model[i], model[i].fields, packet));
}

/* All packets, as many at a time as chance will have it, some of them twice. */
static void compare_hits(void)
{
	const struct vsext_key *key[VSEXT_LOOKUP_BATCH];
	struct vsext_rule *rule[VSEXT_LOOKUP_BATCH];
	static struct vsext_key keys[KEYS + 1];
	unsigned int i, j, n;

	for (i = 0; i <= KEYS; i++)
		keys[i] = key_of(i);
	for (i = 0; i <= KEYS; i += n / 2 + 1) {
		n = unit_random(VSEXT_LOOKUP_BATCH) + 1;
		for (j = 0; j < n; j++)
			key[j] = &keys[(i + j) % (KEYS + 1)];
		vsext_table_lookup(vsext_table_masks(), key, n, rule);
		for (j = 0; j < n; j++)
			compare_hit(key[j] - keys, rule[j]);
	}
}

static void compare(void)
{
	unsigned int i, next = 0, need = 0;

	for (i = 0; i < entries; i++)
		next += model[i].next;
	assert_int_equal(vsext_table_count(), next);
	compare_list(false);
	compare_list(true);
	compare_hits();
	for (i = 0; i < entries; i++) {
		if (!model[i].now)
			continue;
		need |= VSEXT_NEED_OUTER;
		if (model[i].fields & (M_VNI | M_INNER))
			need |= VSEXT_NEED_INNER;
		if (model[i].fields & M_VM)
			need |= VSEXT_NEED_FCF;
	}
	assert_int_equal(needed() & need, need);
}

/* --- random changes --- */

static void change(void)
{
	unsigned int fields = masks[unit_random(ARRAY_SIZE(masks))];
	unsigned int n = unit_random(KEYS), priority = unit_random(PRIORITIES);
	struct entry *e = model_find(fields, n, priority);
	int err;

	struct vsext_rule *rule;

	switch (unit_random(5)) {
	case 4:
		if (!e)
			break;
		rule = vsext_table_edit(rule_of(e->cookie));
		assert_non_null(rule);
		rule->cookie = last_cookie + 1;
		if (e->now) {
			e->next = false;
			model_add(fields, n, priority);
		} else {
			e->cookie = ++last_cookie;
		}
		break;
	case 0:
		err = add(fields, n, priority, last_cookie + 1);
		assert_int_equal(err, e ? -EEXIST : 0);
		if (!err)
			model_add(fields, n, priority);
		break;
	case 1:
		assert_int_equal(replace(fields, n, priority, last_cookie + 1), 0);
		if (e)
			e->next = false;
		model_add(fields, n, priority);
		break;
	default:
		if (!e)
			break;
		del(rule_of(e->cookie));
		e->next = false;
		break;
	}
}

static void random_changes(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		change();
		if (!unit_random(5)) {
			bool commit = unit_random(3);

			if (commit)
				vsext_table_commit();
			else
				vsext_table_abort();
			model_end(commit);
		}
		if (!unit_random(20))
			unit_grace();
		if (!unit_random(10))
			compare();
	}
	vsext_table_abort();
	model_end(false);
	compare();
}

/* Now and then one allocation fails: what was refused has changed nothing. */
static void random_failures(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		unsigned int fields = masks[unit_random(ARRAY_SIZE(masks))];
		unsigned int n = unit_random(KEYS);
		unsigned int priority = unit_random(PRIORITIES);
		struct entry *e = model_find(fields, n, priority);
		bool commit = unit_random(3);
		int err;

		unit_fail_nth(1 + unit_random(6));
		err = replace(fields, n, priority, last_cookie + 1);
		if (err) {
			assert_int_equal(err, -ENOMEM);
			assert_true(unit_has_failed());
		} else {
			if (e)
				e->next = false;
			model_add(fields, n, priority);
		}
		if (!unit_random(4)) {
			if (commit)
				vsext_table_commit();
			else
				vsext_table_abort();
			model_end(commit);
		}
		if (!unit_random(20))
			unit_grace();
		if (!unit_random(10))
			compare();
	}
	unit_fail_nth(0);
	vsext_table_abort();
	model_end(false);
}

/* --- memory runs out --- */

/* Fails each allocation of @change in turn, until it needs no more of them. */
static void out_of_memory(int (*make_change)(void))
{
	unsigned int nth, live, seq = vsext_table_seq();
	int err;

	unit_grace();
	live = unit_live();
	for (nth = 1; nth < 100; nth++) {
		unit_fail_nth(nth);
		err = make_change();
		if (!unit_has_failed() || !err)
			break;
		assert_int_equal(err, -ENOMEM);
		unit_grace();
		assert_int_equal(unit_live(), live);
		assert_int_equal(vsext_table_seq(), seq);
		compare();
	}
	unit_fail_nth(0);
	assert_int_equal(err, 0);
	assert_in_range(nth, 2, 99);
}

static int first_rule(void)
{
	return add(M_SRC, 1, 1, last_cookie + 1);
}

static int other_mask(void)
{
	return add(M_VM, 1, 1, last_cookie + 1);
}

static int higher_priority(void)
{
	return add(M_VM, 2, 3, last_cookie + 1);
}

static int replaced(void)
{
	return replace(M_VM, 2, 3, last_cookie + 1);
}

static int edited(void)
{
	struct vsext_rule *rule = vsext_table_edit(
		rule_of(model_find(M_VM, 2, 3)->cookie));

	if (!rule)
		return -ENOMEM;
	rule->cookie = last_cookie + 1;
	return 0;
}

static void every_allocation_fails(void **state)
{
	(void)state;
	compare();
	out_of_memory(first_rule);
	model_add(M_SRC, 1, 1);
	compare();
	vsext_table_commit();
	model_end(true);
	out_of_memory(other_mask);
	model_add(M_VM, 1, 1);
	compare();
	vsext_table_commit();
	model_end(true);
	out_of_memory(higher_priority);
	model_add(M_VM, 2, 3);
	vsext_table_commit();
	model_end(true);
	compare();
	out_of_memory(replaced);
	model_find(M_VM, 2, 3)->next = false;
	model_add(M_VM, 2, 3);
	compare();
	vsext_table_commit();
	model_end(true);
	compare();
	out_of_memory(edited);
	model_find(M_VM, 2, 3)->next = false;
	model_add(M_VM, 2, 3);
	compare();
	vsext_table_commit();
	model_end(true);
	compare();
}

/* What could not be put at its new place in the search is tried again. */
static void reordering_fails(void **state)
{
	unsigned int nth;

	(void)state;
	for (nth = 1; nth <= 3; nth++) {
		assert_int_equal(add(M_SRC, 1, 5, 1), 0);
		assert_int_equal(add(M_DST, 1, 3, 2), 0);
		assert_int_equal(add(M_VM, 1, 1, 3), 0);
		vsext_table_commit();
		unit_fail_nth(nth);
		assert_int_equal(add(M_VM, 1, 9, 4), -ENOMEM);
		unit_fail_nth(0);
		assert_int_equal(hit(1), 1);
		assert_int_equal(add(M_VM, 1, 9, 4), 0);
		vsext_table_commit();
		assert_int_equal(hit(1), 4);
		assert_true(vsext_table_del_all(NULL) >= 0);
		vsext_table_commit();
	}
}

/* Larger buckets are not to be had: what there is serves, and no more comes. */
static void growth_fails(void **state)
{
	unsigned int i, n = 0;

	(void)state;
	for (i = 0; i < 100; i++) {
		/* Behind the rule and its counters come the buckets. */
		unit_fail_nth(i < 16 ? 0 : 3);
		if (add(M_SRC, i, 1, i + 1))
			assert_true(unit_has_failed());
		else
			n++;
	}
	assert_in_range(n, 16, 99);
	unit_fail_nth(0);
	vsext_table_commit();
	for (i = 0; i < 100; i++)
		assert_int_equal(hit(i), i < n ? i + 1 : 0);
	assert_int_equal(add(M_SRC, 100, 1, 101), 0);
	vsext_table_commit();
	assert_int_equal(hit(100), 101);
}

/* A mask that could not be taken out is used again, and goes in the end. */
static void deletion_without_memory(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(add(M_SRC, 1, 1, 1), 0);
		assert_int_equal(add(M_DST, 2, 1, 2), 0);
		vsext_table_commit();
		del(rule_of(1));
		unit_fail_nth(1);
		vsext_table_commit();
		assert_true(unit_has_failed());
		assert_int_equal(hit(1), 0);
		assert_int_equal(hit(2), 2);
		del(rule_of(2));
		vsext_table_commit();
		assert_int_equal(hit(2), 0);
		assert_int_equal(vsext_table_count(), 0);
	}
}

static int no_rules(void **state)
{
	entries = 0;
	last_cookie = 0;
	return table_up(state);
}

/* The same with every rule of a mask in one bucket. */
static int one_bucket(void **state)
{
	int err = no_rules(state);

	collide();
	return err;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, no_rules, table_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(random_changes), TEST(random_failures),
		{ "random_changes_in_one_bucket", random_changes, one_bucket,
		  table_down, NULL },
		TEST(every_allocation_fails), TEST(reordering_fails),
		TEST(growth_fails),
		TEST(deletion_without_memory),
	};

	return cmocka_run_group_tests_name("flowtable_model", tests, NULL, NULL);
}
