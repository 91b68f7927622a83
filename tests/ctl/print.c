// SPDX-License-Identifier: GPL-2.0-only
/* The same calls as text and as JSON. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "print.h"

static void print_all(struct print *p)
{
	print_array(p, NULL);
	print_object(p, NULL);
	print_u64(p, "big", "%" PRIu64, UINT64_MAX);
	print_s64(p, "node", " %" PRId64, -1);
	print_string(p, "name", " %s", "a\"\xff\xc3\xa9\xed\xa0\x80");
	print_decimal(p, "load", " %.1f", 505, 1);
	print_bool(p, "on", true);
	print_text(p, "%s", "\n");
	print_u64(p, NULL, "%" PRIu64 "\n", 7);
	print_string(p, "hidden", NULL, "x");
	print_array(p, "none");
	print_end(p);
	print_end(p);
	print_end(p);
}

/* What print_all() writes to standard output. */
static void output(enum print_style style, bool write, char *text, size_t size)
{
	char name[] = "/tmp/ctl-print.XXXXXX";
	int fd = mkstemp(name), stdout_fd = dup(STDOUT_FILENO);
	struct print *p = print_new(style);
	ssize_t len;

	assert_true(fd >= 0);
	unlink(name);
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	print_all(p);
	print_free(p, write);
	fflush(stdout);
	dup2(stdout_fd, STDOUT_FILENO);
	close(stdout_fd);
	len = pread(fd, text, size - 1, 0);
	close(fd);
	assert_true(len >= 0);
	text[len] = '\0';
}

static void writes_text(void **state)
{
	char text[512];

	(void)state;
	output(PRINT_TEXT, true, text, sizeof(text));
	assert_string_equal(text,
			    "18446744073709551615 -1 a\"\xff\xc3\xa9\xed\xa0\x80 50.5\n7\n");
}

static void writes_json(void **state)
{
	char text[512];

	(void)state;
	output(PRINT_JSON, true, text, sizeof(text));
	assert_string_equal(text, "[{\"big\":18446744073709551615,\"node\":-1,"
			    "\"name\":\"a\\\"\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\","
			    "\"load\":50.5,\"on\":true,\"hidden\":\"x\",\"none\":[]}]\n");
	output(PRINT_JSON, false, text, sizeof(text));
	assert_string_equal(text, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_text),
		cmocka_unit_test(writes_json),
	};

	return cmocka_run_group_tests_name("ctl-print", tests, NULL, NULL);
}
