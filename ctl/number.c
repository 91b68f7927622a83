// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <string.h>

#include "number.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

enum number_result number_parse(const char *text, size_t len, uint64_t max, uint64_t *number)
{
	enum number_result result = NUMBER_OK;
	unsigned int base = 10;
	uint64_t sum = 0;
	size_t i = 0;

	if (len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		i = 2;
	}
	if (i == len)
		return NUMBER_BAD;
	for (; i < len; i++) {
		unsigned int d = digit(text[i]);

		if (d >= base)
			return NUMBER_BAD;
		if (sum > (max - d) / base || d > max)
			result = NUMBER_BIG;	/* and still look for bad characters */
		else
			sum = sum * base + d;
	}
	if (result == NUMBER_OK)
		*number = sum;
	return result;
}

static void core_set_add(struct core_set *set, unsigned int core)
{
	set->word[core / 32] |= UINT32_C(1) << core % 32;
}

bool core_set_has(const struct core_set *set, unsigned int core)
{
	return core <= CORE_MAX && set->word[core / 32] >> core % 32 & 1;
}

static const char *core_parse(const char *text, size_t len, uint64_t *core)
{
	switch (number_parse(text, len, CORE_MAX, core)) {
	case NUMBER_OK:
		return NULL;
	case NUMBER_BIG:
		return "core numbers end at 8191";
	default:
		return "expected core numbers such as 0-3,5 or none";
	}
}

/* One item of a list: "N" or "N-M". */
static const char *range_parse(const char *text, size_t len, struct core_set *set)
{
	const char *dash = memchr(text, '-', len);
	uint64_t first, last;
	const char *why;

	why = core_parse(text, dash ? (size_t)(dash - text) : len, &first);
	if (why)
		return why;
	last = first;
	if (dash)
		why = core_parse(dash + 1, len - (size_t)(dash + 1 - text), &last);
	if (why)
		return why;
	if (last < first)
		return "the range of cores runs backwards";
	for (; first <= last; first++)
		core_set_add(set, first);
	return NULL;
}

const char *core_set_parse(const char *text, struct core_set *set)
{
	memset(set, 0, sizeof(*set));
	if (!strcmp(text, "none"))
		return NULL;
	for (;;) {
		size_t len = strcspn(text, ",");
		const char *why = range_parse(text, len, set);

		if (why || !text[len])
			return why;
		text += len + 1;
	}
}

size_t core_set_words(const struct core_set *set)
{
	size_t n = CORE_WORDS;

	while (n > 1 && !set->word[n - 1])
		n--;
	return n;
}

void core_set_print(const struct core_set *set, FILE *to)
{
	const char *comma = "";
	unsigned int core, last;

	for (core = 0; core <= CORE_MAX; core = last + 1) {
		last = core;
		if (!core_set_has(set, core))
			continue;
		while (core_set_has(set, last + 1))
			last++;
		fprintf(to, "%s%u", comma, core);
		if (last > core)
			fprintf(to, "-%u", last);
		comma = ",";
	}
	if (!*comma)
		fputs("none", to);
}

static bool is_dash(int i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

bool uuid_parse(const char *text, uint8_t uuid[UUID_BYTES])
{
	int i, n = 0;

	if (strlen(text) != UUID_TEXT - 1)
		return false;
	for (i = 0; i < UUID_TEXT - 1; i++) {
		if (is_dash(i) ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	for (i = 0; i < UUID_TEXT - 1; i += 2) {
		if (is_dash(i))
			i++;
		uuid[n++] = digit(text[i]) << 4 | digit(text[i + 1]);
	}
	return true;
}

void uuid_format(const uint8_t uuid[UUID_BYTES], char text[UUID_TEXT])
{
	char *end = text;
	int i;

	for (i = 0; i < UUID_BYTES; i++) {
		if (is_dash(end - text))
			*end++ = '-';
		end += sprintf(end, "%02x", uuid[i]);
	}
}
