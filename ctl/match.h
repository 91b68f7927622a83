/* SPDX-License-Identifier: GPL-2.0-only */
/* What a rule matches, and the same as netlink attributes. */
#ifndef CTL_MATCH_H
#define CTL_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/vsext.h>

struct nl_msg;
struct nlattr;

#define MATCH_LEN_MAX	16
/* From a field of the outer packet to the same field of the inner one. */
#define MATCH_INNER	(VSEXT_M_INNER_DL_DST - VSEXT_M_DL_DST)

/* Value and mask are in the byte order of the attribute. */
struct match_field {
	bool set;
	uint8_t value[MATCH_LEN_MAX];
	uint8_t mask[MATCH_LEN_MAX];
};

struct match {
	struct match_field field[VSEXT_M_MAX + 1];	/* by enum vsext_match */
};

/* Bytes of a field's value; 0: there is no such field. */
size_t match_len(unsigned int attr);
/* Name of a field as flow text has it, "inner_" included. */
const char *match_name(unsigned int attr);
bool match_exact(const struct match *match, unsigned int attr);
/* A field of 1, 2 or 4 bytes in host order, in_port as well. */
uint32_t match_number(unsigned int attr, const uint8_t *bytes);
/* What it must be; 0 as well if it may be several. */
uint32_t match_exact_number(const struct match *match, unsigned int attr);
void match_bytes(unsigned int attr, uint32_t number, uint8_t *bytes);

/*
 * Sets (more bits of) a field; value bits outside the mask are dropped, an
 * empty mask sets nothing. False: the field is set already and differs.
 */
bool match_set(struct match *match, unsigned int attr, const uint8_t *value, const uint8_t *mask);
bool match_set_number(struct match *match, unsigned int attr, uint32_t value, uint32_t mask);

/*
 * The first field that is set without the field it depends on, 0 for none;
 * @needs says what it depends on.
 */
unsigned int match_orphan(const struct match *match, const char **needs);

/* Nest @type of @msg from @match. */
int match_put(const struct match *match, struct nl_msg *msg, int type);
/* The inverse; what this version does not know makes it fail. */
int match_get(struct match *match, struct nlattr *nest);

#endif
