/* SPDX-License-Identifier: GPL-2.0-only */
/* A line of a batch file as words, and a word as text fit for such a line. */
#ifndef CTL_WORDS_H
#define CTL_WORDS_H

#include <stdio.h>

#define WORDS_MAX	64

/*
 * Splits @line in place at white space; '#' at the start of a word begins a
 * comment. A word that starts with '"' ends at the next '"' and may contain
 * \" \\ and \xHH; elsewhere quotes are ordinary characters.
 * Returns the number of words, or -1 with *@why set.
 */
int words_split(char *line, char *word[WORDS_MAX], const char **why);

/* Writes @text as one word that words_split() gives back unchanged. */
void words_quote(const char *text, FILE *to);

/* Writes @len bytes of @text with whatever could confuse a terminal as '?'. */
void words_show(const char *text, size_t len, FILE *to);

#endif
