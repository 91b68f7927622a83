// SPDX-License-Identifier: GPL-2.0-only
/* An array in which each rule knows its place. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "changes.h"

#define ROOM_MIN	512	/* a page */

int vsext_changes_reserve(struct vsext_changes *c, unsigned int more)
{
	unsigned int room = max_t(unsigned int, c->room * 2, ROOM_MIN);
	struct vsext_rule **new;

	if (c->n + more <= c->room)
		return 0;
	new = kvmalloc_array(room, sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	if (c->n)
		memcpy(new, c->rule, c->n * sizeof(*new));
	kvfree(c->rule);
	c->rule = new;
	c->room = room;
	return 0;
}

void vsext_changes_add(struct vsext_changes *c, struct vsext_rule *rule)
{
	BUILD_BUG_ON(2 * VSEXT_MAX_FLOWS >= 1 << 24);
	rule->change = c->n;
	c->rule[c->n++] = rule;
}

/* The newest takes its place. */
void vsext_changes_del(struct vsext_changes *c, const struct vsext_rule *rule)
{
	struct vsext_rule *newest = c->rule[--c->n];

	newest->change = rule->change;
	c->rule[newest->change] = newest;
}

struct vsext_rule *vsext_changes_next(struct vsext_changes *c)
{
	if (c->n)
		return c->rule[--c->n];
	kvfree(c->rule);
	*c = (struct vsext_changes){};
	return NULL;
}
