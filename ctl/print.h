/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One call makes text or JSON: a key of NULL is text only, a format of NULL is
 * JSON only. Everything goes to standard output.
 */
#ifndef CTL_PRINT_H
#define CTL_PRINT_H

#include <stdbool.h>
#include <stdint.h>

struct print;

enum print_style {
	PRINT_TEXT,
	PRINT_JSON,
	PRINT_JSON_PRETTY,
};

/* NULL: out of memory. */
struct print *print_new(enum print_style style);
bool print_is_json(const struct print *print);
/* Writes the JSON out if it is to be; the text went out already. */
void print_free(struct print *print, bool write);

/* Containers; @key is NULL at the top and in arrays. */
void print_array(struct print *print, const char *key);
void print_object(struct print *print, const char *key);
void print_end(struct print *print);

/* @format holds one conversion: PRIu64, PRId64 or s. */
void print_u64(struct print *print, const char *key, const char *format, uint64_t value);
void print_s64(struct print *print, const char *key, const char *format, int64_t value);
void print_string(struct print *print, const char *key, const char *format, const char *value);
void print_bool(struct print *print, const char *key, bool value);
/* In JSON @value / 10^@digits as a number, in text by @format (a double). */
void print_decimal(struct print *print, const char *key, const char *format, uint64_t value,
		   int digits);
void print_text(struct print *print, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
