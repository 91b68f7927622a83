// SPDX-License-Identifier: GPL-2.0-only
/* Lines, numbers, core lists, UUIDs and declared parameters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "args.h"
#include "number.h"
#include "words.h"

static void splits(void **state)
{
	static const struct {
		const char *line;
		const char *words;	/* each followed by '|' */
	} cases[] = {
		{ "", "" },
		{ "  \t\r\n", "" },
		{ "# all of it", "" },
		{ "flow add udp,tp_dst=1 # core 2", "flow|add|udp,tp_dst=1|" },
		{ "a#b #c", "a#b|" },
		{ "vm set tenant \"red hat\"", "vm|set|tenant|red hat|" },
		{ "\"\" x", "|x|" },
		{ "\"a\\\"b\\\\c\\x41\"", "a\"b\\cA|" },
		{ "in_port=\"a,b\" y", "in_port=\"a,b\"|y|" },
		{ "\"# no comment\"", "# no comment|" },
	};
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char line[128], joined[128] = "", *word[WORDS_MAX];
		int k, n;

		snprintf(line, sizeof(line), "%s", cases[i].line);
		n = words_split(line, word, &why);
		assert_true(n >= 0);
		for (k = 0; k < n; k++) {
			strcat(joined, word[k]);
			strcat(joined, "|");
		}
		assert_string_equal(joined, cases[i].words);
	}
}

static void refuses_lines(void **state)
{
	static const char *const cases[][2] = {
		{ "a \"b", "the quote is not closed" },
		{ "\"b\\", "after \\ in quotes expected \\, \" or xHH" },
		{ "\"\\q\"", "after \\ in quotes expected \\, \" or xHH" },
		{ "\"\\x4\"", "after \\ in quotes expected \\, \" or xHH" },
		{ "\"\\x00\"", "after \\ in quotes expected \\, \" or xHH" },
		{ "\"a\"b", "expected white space after the closing quote" },
		{ "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a "
		  "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a",
		  "too many words on one line" },
	};
	char line[256], *word[WORDS_MAX];
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(line, sizeof(line), "%s", cases[i][0]);
		assert_int_equal(words_split(line, word, &why), -1);
		assert_string_equal(why, cases[i][1]);
	}
}

static void quotes_what_it_splits(void **state)
{
	char text[4], line[64], *word[WORDS_MAX], *quoted;
	unsigned int i, k;
	const char *why;
	size_t size;
	FILE *to;

	(void)state;
	for (i = 0; i < 1 << 18; i += 7) {
		for (k = 0; k < 3; k++)
			text[k] = i >> 6 * k & 63;
		text[0] = text[0] * 4 + 1;
		text[1] += 28;
		text[3] = '\0';
		to = open_memstream(&quoted, &size);
		words_quote(text, to);
		fclose(to);
		snprintf(line, sizeof(line), "%s x", quoted);
		free(quoted);
		assert_int_equal(words_split(line, word, &why), 2);
		assert_string_equal(word[0], text);
	}
}

static void reads_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		enum number_result result;
		uint64_t number;
	} cases[] = {
		{ "0", 0, NUMBER_OK, 0 },
		{ "1", 0, NUMBER_BIG, 0 },
		{ "255", 255, NUMBER_OK, 255 },
		{ "256", 255, NUMBER_BIG, 0 },
		{ "0xff", 255, NUMBER_OK, 255 },
		{ "0XfF", 255, NUMBER_OK, 255 },
		{ "010", 255, NUMBER_OK, 10 },
		{ "18446744073709551615", UINT64_MAX, NUMBER_OK, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, NUMBER_BIG, 0 },
		{ "0x10000000000000000", UINT64_MAX, NUMBER_BIG, 0 },
		{ "99999999999999999999999999", UINT64_MAX, NUMBER_BIG, 0 },
		{ "", 9, NUMBER_BAD, 0 },
		{ "-1", 9, NUMBER_BAD, 0 },
		{ "+1", 9, NUMBER_BAD, 0 },
		{ " 1", 9, NUMBER_BAD, 0 },
		{ "1 ", 9, NUMBER_BAD, 0 },
		{ "1a", 9, NUMBER_BAD, 0 },
		{ "99a", 9, NUMBER_BAD, 0 },
		{ "0x", 9, NUMBER_BAD, 0 },
		{ "0xg", 9, NUMBER_BAD, 0 },
		{ "1e3", 9999, NUMBER_BAD, 0 },
	};
	uint64_t number;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		number = 0;
		assert_int_equal(number_parse(cases[i].text, strlen(cases[i].text), cases[i].max,
					      &number), cases[i].result);
		assert_true(number == cases[i].number);
	}
}

static void reads_core_lists(void **state)
{
	static const char *const same[] = { "none", "0", "0-3,5", "31-33", "8191", "0-8191" };
	static const char *const wrong[][2] = {
		{ "", "expected core numbers such as 0-3,5 or none" },
		{ "1,", "expected core numbers such as 0-3,5 or none" },
		{ "1-", "expected core numbers such as 0-3,5 or none" },
		{ "-1", "expected core numbers such as 0-3,5 or none" },
		{ "a", "expected core numbers such as 0-3,5 or none" },
		{ "3-1", "the range of cores runs backwards" },
		{ "8192", "core numbers end at 8191" },
		{ "0-99999999999", "core numbers end at 8191" },
	};
	struct core_set set;
	char *text;
	size_t i, size;
	FILE *to;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(*same); i++) {
		assert_null(core_set_parse(same[i], &set));
		to = open_memstream(&text, &size);
		core_set_print(&set, to);
		fclose(to);
		assert_string_equal(text, same[i]);
		free(text);
	}
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_string_equal(core_set_parse(wrong[i][0], &set), wrong[i][1]);
	assert_null(core_set_parse("2,33", &set));
	assert_int_equal(core_set_words(&set), 2);
	assert_int_equal(set.word[0], 4);
	assert_int_equal(set.word[1], 2);
}

static void reads_uuids(void **state)
{
	static const char good[] = "01234567-89ab-cdef-0123-456789abcdef";
	uint8_t uuid[UUID_BYTES];
	char text[UUID_TEXT];

	(void)state;
	assert_true(uuid_parse(good, uuid));
	assert_int_equal(uuid[0], 0x01);
	assert_int_equal(uuid[15], 0xef);
	uuid_format(uuid, text);
	assert_string_equal(text, good);
	assert_true(uuid_parse("01234567-89AB-CDEF-0123-456789ABCDEF", uuid));
	assert_false(uuid_parse("", uuid));
	assert_false(uuid_parse("0123456789ab-cdef-0123-456789abcdef---", uuid));
	assert_false(uuid_parse("01234567-89ab-cdef-0123-456789abcdeg", uuid));
	assert_false(uuid_parse("01234567-89ab-cdef-0123-456789abcdef0", uuid));
}

enum { ID, CORES, PRIO, NAME, MODE };

static const char *const modes[] = { "slow", "fast", NULL };

static const struct param params[] = {
	[ID] = { "id", PARAM_U8, .required = true },
	[CORES] = { "cores", PARAM_CORES },
	[PRIO] = { "prio", PARAM_SWITCH, .bare = true },
	[NAME] = { "name", PARAM_TEXT, .max = 4 },
	[MODE] = { "mode", PARAM_CHOICE, .choices = modes },
	{ }
};

static int parse(char *line, struct arg *args, char *why, size_t size)
{
	char *word[WORDS_MAX];
	const char *bad;
	int n = words_split(line, word, &bad);

	return args_parse(params, n, word, args, why, size);
}

static void reads_parameters(void **state)
{
	char line[] = "cores 1 on name abcd id 255 mode fast", why[256];
	struct arg args[PARAMS_MAX];

	(void)state;
	assert_int_equal(parse(line, args, why, sizeof(why)), 0);
	assert_int_equal(args[ID].number, 255);
	assert_true(core_set_has(&args[CORES].cores, 1));
	assert_int_equal(args[PRIO].number, 1);
	assert_string_equal(args[NAME].text, "abcd");
	assert_int_equal(args[MODE].number, 1);
}

static void refuses_parameters(void **state)
{
	static const char *const cases[][2] = {
		{ "", "id is missing" },
		{ "id", "a value is missing after 'id'" },
		{ "id 300", "id goes up to 255, not 300" },
		{ "id -1", "expected a number for id, not '-1'" },
		{ "id 1 id 2", "id is given twice" },
		{ "id 1 on off", "did not expect 'off'" },
		{ "id 1 maybe", "expected off or on for prio, not 'maybe'" },
		{ "id 1 name abcde", "name takes at most 4 bytes, not 5" },
		{ "id 1 name \"\\x1b\"", "name contains a control character" },
		{ "id 1 mode faster", "expected slow or fast for mode, not 'faster'" },
		{ "id 1 cores 2-1", "cores '2-1': the range of cores runs backwards" },
	};
	struct arg args[PARAMS_MAX];
	char line[64], why[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(line, sizeof(line), "%s", cases[i][0]);
		assert_int_equal(parse(line, args, why, sizeof(why)), -1);
		assert_string_equal(why, cases[i][1]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits),
		cmocka_unit_test(refuses_lines),
		cmocka_unit_test(quotes_what_it_splits),
		cmocka_unit_test(reads_numbers),
		cmocka_unit_test(reads_core_lists),
		cmocka_unit_test(reads_uuids),
		cmocka_unit_test(reads_parameters),
		cmocka_unit_test(refuses_parameters),
	};

	return cmocka_run_group_tests_name("ctl-words", tests, NULL, NULL);
}
