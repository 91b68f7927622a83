/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers, core lists and UUIDs as text. Nothing is skipped, nothing wraps. */
#ifndef CTL_NUMBER_H
#define CTL_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum number_result {
	NUMBER_OK,
	NUMBER_BAD,	/* not a number: empty, a sign, trailing characters */
	NUMBER_BIG,	/* a number, but above the maximum */
};

/* Reads all of @text[0..@len) as decimal or 0x hexadecimal. */
enum number_result number_parse(const char *text, size_t len, uint64_t max, uint64_t *number);

#define CORE_MAX	8191
#define CORE_WORDS	((CORE_MAX + 1) / 32)

/* In the layout of VSEXT_VM_A_CORES: bit b of word w is core 32 * w + b. */
struct core_set {
	uint32_t word[CORE_WORDS];
};

/* "none" or a list such as "0-3,5". Returns NULL, or what is wrong with it. */
const char *core_set_parse(const char *text, struct core_set *set);
bool core_set_has(const struct core_set *set, unsigned int core);
/* Words up to the highest core of the set; at least one. */
size_t core_set_words(const struct core_set *set);
/* The inverse of core_set_parse(). */
void core_set_print(const struct core_set *set, FILE *to);

#define UUID_BYTES	16
#define UUID_TEXT	37	/* with the final NUL */

bool uuid_parse(const char *text, uint8_t uuid[UUID_BYTES]);
void uuid_format(const uint8_t uuid[UUID_BYTES], char text[UUID_TEXT]);

#endif
