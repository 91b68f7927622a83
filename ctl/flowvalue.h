/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the two files that read flow text: flowtext.c its words, flowvalue.c values. */
#ifndef CTL_FLOWVALUE_H
#define CTL_FLOWVALUE_H

#include "flowtext.h"

struct parser {
	const char *text;
	size_t at;
	struct flow *flow;
	struct complaint *wrong;
	struct span word;	/* name=value */
	struct span name;	/* without "inner_" */
	struct span value;
	bool has_value;
	unsigned int shift;	/* MATCH_INNER behind "inner_" */
};

struct syntax {
	const char *name;
	int (*set)(struct parser *p, const struct syntax *word);
	unsigned int attr;
	uint32_t max;		/* all bits of the field */
	uint32_t top;		/* largest value without a mask if below that */
	int proto;
	const struct choice *choices;
	bool inner;		/* exists with "inner_" as well */
};

/* Returns -1, so that callers can return what they get. */
int parser_complain(struct parser *p, struct span at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool parser_is_text(const struct parser *p, struct span at, const char *text);
/* Splits the value at '/'; true: there is a mask. */
bool parser_split_mask(const struct parser *p, struct span *value, struct span *mask);
int parser_number(struct parser *p, struct span at, const char *name, uint64_t max,
		  uint64_t *number);
/* Sets (more bits of) a field of the match. */
int parser_take(struct parser *p, unsigned int attr, uint32_t value, uint32_t mask);

/* What a word's value sets. */
int value_number(struct parser *p, const struct syntax *word);
int value_device(struct parser *p, const struct syntax *word);
int value_choice(struct parser *p, const struct syntax *word);
int value_mac(struct parser *p, const struct syntax *word);
int value_address(struct parser *p, const struct syntax *word);
int value_vlan(struct parser *p, const struct syntax *word);
int value_pcp(struct parser *p, const struct syntax *word);
int value_tos(struct parser *p, const struct syntax *word);
int value_dscp(struct parser *p, const struct syntax *word);
int value_ecn(struct parser *p, const struct syntax *word);

#endif
