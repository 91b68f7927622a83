// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "number.h"
#include "words.h"

/* Decodes the escape behind a backslash at *@from; false: there is no such. */
static bool unescape(char **from, char *to)
{
	char hex[5] = "0x";
	uint64_t byte;

	switch (**from) {
	case '"':
	case '\\':
		*to = *(*from)++;
		return true;
	case 'x':
		memcpy(hex + 2, *from + 1, strnlen(*from + 1, 2));
		if (number_parse(hex, 4, 0xff, &byte) != NUMBER_OK || !byte)
			return false;
		*to = (char)byte;
		*from += 3;
		return true;
	}
	return false;
}

/* Returns what follows the word whose opening quote is at @from, or NULL. */
static char *unquote(char *from, const char **why)
{
	char *to = from++;

	*why = "the quote is not closed";
	while (*from != '"') {
		if (!*from)
			return NULL;
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from++;
		if (!unescape(&from, to++)) {
			*why = "after \\ in quotes expected \\, \" or xHH";
			return NULL;
		}
	}
	from++;
	if (*from && !isspace((unsigned char)*from)) {
		*why = "expected white space after the closing quote";
		return NULL;
	}
	if (*from)
		from++;
	*to = '\0';
	return from;
}

int words_split(char *line, char *word[WORDS_MAX], const char **why)
{
	int n = 0;

	for (;;) {
		while (isspace((unsigned char)*line))
			line++;
		if (!*line || *line == '#')
			return n;
		if (n == WORDS_MAX) {
			*why = "too many words on one line";
			return -1;
		}
		word[n++] = line;
		if (*line == '"') {
			line = unquote(line, why);
			if (!line)
				return -1;
			continue;
		}
		while (*line && !isspace((unsigned char)*line))
			line++;
		if (*line)
			*line++ = '\0';
	}
}

static bool is_plain(const char *text)
{
	if (!*text || *text == '"' || *text == '#')
		return false;
	for (; *text; text++) {
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return false;
	}
	return true;
}

void words_quote(const char *text, FILE *to)
{
	if (is_plain(text)) {
		fputs(text, to);
		return;
	}
	fputc('"', to);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			fprintf(to, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			fprintf(to, "\\x%02x", c);
		else
			fputc(c, to);
	}
	fputc('"', to);
}

void words_show(const char *text, size_t len, FILE *to)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = text[i];

		if (isspace(c))
			c = ' ';
		fputc(c < ' ' || c >= 0x7f ? '?' : c, to);
	}
}
