/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A change set: the rules that it adds and deletes, each of them once.
 *
 * Writer. This file and changes.c also build in user space (tests/unit).
 */
#ifndef _VSEXT_CHANGES_H
#define _VSEXT_CHANGES_H

#include "rule.h"

/* {} is empty. */
struct vsext_changes {
	struct vsext_rule **rule;
	unsigned int n;
	unsigned int room;	/* for so many there is memory */
};

/* Memory for @more that come; -ENOMEM. */
int vsext_changes_reserve(struct vsext_changes *c, unsigned int more);
/* There is memory for it. */
void vsext_changes_add(struct vsext_changes *c, struct vsext_rule *rule);
void vsext_changes_del(struct vsext_changes *c, const struct vsext_rule *rule);
/* Takes one out; NULL when none is left. */
struct vsext_rule *vsext_changes_next(struct vsext_changes *c);

#endif /* _VSEXT_CHANGES_H */
