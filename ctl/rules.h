/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules as the kernel tells of them. */
#ifndef CTL_RULES_H
#define CTL_RULES_H

#include "ctl.h"

#define DUMP_TRIES	3

struct rules {
	size_t n, room;
	struct rule {
		uint16_t priority;
		struct nlattr *nest;
		struct nlattr *match;	/* within nest, may be NULL */
	} *rule;
};

/* Which rules a command is about: the match, and what else @flow selects by. */
int rules_put_selection(const struct flow *flow, struct nl_msg *msg);

/*
 * Fills @rules, which is to be {} or freed, in the order of rules_compare(). Rules that
 * change while they are read are read again, but not for ever: then
 * ctl->session.interrupted stays set. Returns an enum exit_code.
 */
int rules_get(struct ctl *ctl, const struct flow *wanted, struct rules *rules);
void rules_free(struct rules *rules);
/* By priority, the highest first, then by match. */
int rules_compare(const void *a, const void *b);

/* A VSEXT_A_FLOW nest; -1: of a kind that is not known. @attr is by enum vsext_flow_attr. */
int rule_read(struct nlattr *nest, struct flow *flow, struct nlattr **attr);
/* Returns EXIT_KERNEL. */
int rule_unknown(struct ctl *ctl);
/* A line, or members of a JSON object. @stats: with counters. */
void rule_print(struct print *print, const struct flow *flow, struct nlattr **attr, bool stats);

#endif
