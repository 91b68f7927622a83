// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "print.h"

#define DEPTH_MAX	8

struct print {
	enum print_style style;
	int depth;
	struct json_object *nest[DEPTH_MAX];	/* [0] is the whole */
};

struct print *print_new(enum print_style style)
{
	struct print *p = calloc(1, sizeof(*p));

	if (p)
		p->style = style;
	return p;
}

bool print_is_json(const struct print *p)
{
	return p->style != PRINT_TEXT;
}

void print_free(struct print *p, bool write)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (!p)
		return;
	if (p->style == PRINT_JSON_PRETTY)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	if (p->nest[0]) {
		if (write)
			puts(json_object_to_json_string_ext(p->nest[0], flags));
		json_object_put(p->nest[0]);
	}
	free(p);
}

static void add(struct print *p, const char *key, struct json_object *value)
{
	struct json_object *to = p->depth ? p->nest[p->depth - 1] : NULL;

	if (!to)
		json_object_put(value);
	else if (json_object_is_type(to, json_type_array))
		json_object_array_add(to, value);
	else
		json_object_object_add(to, key, value);
}

static void open_nest(struct print *p, const char *key, struct json_object *nest)
{
	if (p->depth)
		add(p, key, nest);
	p->nest[p->depth++] = nest;
}

void print_array(struct print *p, const char *key)
{
	if (print_is_json(p))
		open_nest(p, key, json_object_new_array());
}

void print_object(struct print *p, const char *key)
{
	if (print_is_json(p))
		open_nest(p, key, json_object_new_object());
}

void print_end(struct print *p)
{
	if (print_is_json(p))
		p->depth--;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

void print_u64(struct print *p, const char *key, const char *format, uint64_t value)
{
	if (!print_is_json(p)) {
		if (format)
			printf(format, value);
	} else if (key) {
		add(p, key, json_object_new_uint64(value));
	}
}

void print_s64(struct print *p, const char *key, const char *format, int64_t value)
{
	if (!print_is_json(p)) {
		if (format)
			printf(format, value);
	} else if (key) {
		add(p, key, json_object_new_int64(value));
	}
}

/* Length of the UTF-8 sequence at @s, 0 if it is none. */
static size_t utf8_length(const unsigned char *s)
{
	size_t len, i;

	if (*s < 0x80)
		return 1;
	if (*s < 0xc2 || *s > 0xf4)
		return 0;
	len = *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

/* JSON is UTF-8; names in the kernel are bytes. */
static struct json_object *json_string(const char *value)
{
	const unsigned char *from = (const unsigned char *)value;
	struct json_object *json;
	char *text, *to;

	text = malloc(3 * strlen(value) + 1);
	if (!text)
		return NULL;
	for (to = text; *from; ) {
		size_t len = utf8_length(from);

		if (len) {
			memcpy(to, from, len);
			from += len;
			to += len;
		} else {
			memcpy(to, "\xef\xbf\xbd", 3);
			from++;
			to += 3;
		}
	}
	json = json_object_new_string_len(text, to - text);
	free(text);
	return json;
}

void print_string(struct print *p, const char *key, const char *format, const char *value)
{
	if (!print_is_json(p)) {
		if (format)
			printf(format, value);
	} else if (key) {
		add(p, key, json_string(value));
	}
}

void print_decimal(struct print *p, const char *key, const char *format, uint64_t value,
		   int digits)
{
	double scaled = value;
	char text[32];
	int i;

	for (i = 0; i < digits; i++)
		scaled /= 10;
	if (!print_is_json(p)) {
		printf(format, scaled);
		return;
	}
	snprintf(text, sizeof(text), "%.*f", digits, scaled);
	add(p, key, json_object_new_double_s(scaled, text));
}

#pragma GCC diagnostic pop

void print_bool(struct print *p, const char *key, bool value)
{
	if (print_is_json(p))
		add(p, key, json_object_new_boolean(value));
}

void print_text(struct print *p, const char *format, ...)
{
	va_list args;

	if (print_is_json(p))
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}
