/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules in the syntax of ovs-ofctl(8). */
#ifndef CTL_FLOWTEXT_H
#define CTL_FLOWTEXT_H

#include <stdio.h>

#include "match.h"

/* A part of a text. */
struct span {
	size_t at;
	size_t len;
};

struct flow {
	struct match match;
	struct span where[VSEXT_M_MAX + 1];	/* the words that set the fields */
	struct span priority_at;		/* len 0: not given */
	struct span cookie_at;
	struct span added_at;			/* the first word for rules that are added only */
	struct span select_at;			/* the first word that selects only */
	struct span action_at;
	uint16_t priority;
	uint16_t idle, hard;			/* seconds, 0: none */
	uint64_t cookie;
	uint64_t wanted_cookie[2];		/* value and mask */
	enum vsext_action action;
	uint32_t core;
	uint32_t wanted_core;
	bool wants_core;
	bool check_overlap;
};

/* A value by its name; lists end with one that has none. */
struct choice {
	const char *name;
	uint32_t value;
	uint32_t mask;
};

extern const struct choice flowtext_tunnels[];
extern const struct choice flowtext_frags[];

/* What is wrong with a text, and where. */
struct complaint {
	struct span at;
	char why[256];
};

/* Reads @text into @flow; on failure returns -1 and fills @wrong. */
int flowtext_parse(const char *text, struct flow *flow, struct complaint *wrong);

/* Writes "priority=...,fields", with the cookie if there is one. */
void flowtext_print(const struct flow *flow, FILE *to);
/* Writes the fields only. */
void flowtext_print_match(const struct match *match, FILE *to);
/* Writes "irq:..." */
void flowtext_print_action(const struct flow *flow, FILE *to);

/* Writes (the part around @at of) the text and a line of carets under @at. */
void flowtext_point(const char *text, struct span at, FILE *to);

#endif
