// SPDX-License-Identifier: GPL-2.0-only
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "args.h"

struct sink {
	char *why;
	size_t size;
};

#define COMPLAIN(sink, ...)	(snprintf((sink)->why, (sink)->size, __VA_ARGS__), -1)

static int parse_number(const struct param *param, const char *word, uint64_t max,
			struct arg *arg, struct sink *sink)
{
	switch (number_parse(word, strlen(word), max, &arg->number)) {
	case NUMBER_OK:
		return 0;
	case NUMBER_BIG:
		return COMPLAIN(sink, "%s goes up to %llu, not %s", param->name,
				(unsigned long long)max, word);
	default:
		return COMPLAIN(sink, "expected a number for %s, not '%s'", param->name, word);
	}
}

static int parse_choice(const struct param *param, const char *const *choices, const char *word,
			struct arg *arg, struct sink *sink)
{
	size_t used = 0, i;
	char list[128] = "";

	for (i = 0; choices[i]; i++) {
		if (!strcmp(word, choices[i])) {
			arg->number = i;
			return 0;
		}
		used += snprintf(list + used, sizeof(list) - used, "%s%s", i ? " or " : "",
				 choices[i]);
	}
	return COMPLAIN(sink, "expected %s for %s, not '%s'", list, param->name, word);
}

static int parse_text(const struct param *param, const char *word, struct sink *sink)
{
	const char *c;

	if (strlen(word) > param->max)
		return COMPLAIN(sink, "%s takes at most %zu bytes, not %zu", param->name,
				param->max, strlen(word));
	for (c = word; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return COMPLAIN(sink, "%s contains a control character", param->name);
	}
	return 0;
}

static int parse_cores(const struct param *param, const char *word, struct arg *arg,
		       struct sink *sink)
{
	const char *why = core_set_parse(word, &arg->cores);

	return why ? COMPLAIN(sink, "%s '%s': %s", param->name, word, why) : 0;
}

static int parse_ports(const struct param *param, const char *word, struct arg *arg,
		       struct sink *sink)
{
	const char *at = word;
	uint64_t port;

	if (!strcmp(word, "none"))
		return 0;
	for (;; at++) {
		size_t len = strcspn(at, ",");

		if (number_parse(at, len, UINT16_MAX, &port) != NUMBER_OK || !port)
			return COMPLAIN(sink, "expected ports such as 4789,8472 or none for %s, not '%s'",
					param->name, word);
		if (arg->number == param->max)
			return COMPLAIN(sink, "%s takes at most %zu ports", param->name,
					param->max);
		arg->ports[arg->number++] = port;
		at += len;
		if (!*at)
			return 0;
	}
}

static int parse_device(const char *word, struct arg *arg, struct sink *sink)
{
	arg->number = if_nametoindex(word);
	if (arg->number)
		return 0;
	snprintf(sink->why, sink->size, "no device '%s' in this network namespace", word);
	return ARGS_NO_DEVICE;
}

static int parse_uuid(const char *word, struct arg *arg, struct sink *sink)
{
	if (uuid_parse(word, arg->uuid))
		return 0;
	return COMPLAIN(sink,
			"expected a UUID such as 01234567-89ab-cdef-0123-456789abcdef, not '%s'",
			word);
}

static int parse_value(const struct param *param, const char *word, struct arg *arg,
		       struct sink *sink)
{
	static const char *const on_off[] = { "off", "on", NULL };

	arg->given = true;
	arg->text = word;
	switch (param->kind) {
	case PARAM_U8:
		return parse_number(param, word, UINT8_MAX, arg, sink);
	case PARAM_U32:
		return parse_number(param, word, UINT32_MAX, arg, sink);
	case PARAM_CORE:
		return parse_number(param, word, CORE_MAX, arg, sink);
	case PARAM_CORES:
		return parse_cores(param, word, arg, sink);
	case PARAM_SWITCH:
		return parse_choice(param, on_off, word, arg, sink);
	case PARAM_CHOICE:
		return parse_choice(param, param->choices, word, arg, sink);
	case PARAM_TEXT:
		return parse_text(param, word, sink);
	case PARAM_UUID:
		return parse_uuid(word, arg, sink);
	case PARAM_DEVICE:
		return parse_device(word, arg, sink);
	case PARAM_PORTS:
		return parse_ports(param, word, arg, sink);
	case PARAM_FILE:
		break;
	}
	return 0;
}

/* A named parameter by its name, else the first bare one without a value. */
static int find_param(const struct param *params, const char *word, const struct arg *args)
{
	int i;

	for (i = 0; params[i].name; i++) {
		if (!params[i].bare && !strcmp(params[i].name, word))
			return i;
	}
	for (i = 0; params[i].name; i++) {
		if (params[i].bare && !args[i].given)
			return i;
	}
	return -1;
}

static int check_required(const struct param *params, const struct arg *args, struct sink *sink)
{
	int i;

	for (i = 0; params[i].name; i++) {
		if (params[i].required && !args[i].given)
			return COMPLAIN(sink, "%s is missing", params[i].name);
	}
	return 0;
}

int args_parse(const struct param *params, int n, char **word, struct arg args[PARAMS_MAX],
	       char *why, size_t size)
{
	struct sink sink = { why, size };
	int i, k, result;

	memset(args, 0, PARAMS_MAX * sizeof(*args));
	for (i = 0; i < n; i++) {
		k = find_param(params, word[i], args);
		if (k < 0)
			return COMPLAIN(&sink, "did not expect '%s'", word[i]);
		if (args[k].given)
			return COMPLAIN(&sink, "%s is given twice", word[i]);
		if (!params[k].bare && ++i == n)
			return COMPLAIN(&sink, "a value is missing after '%s'", word[i - 1]);
		result = parse_value(&params[k], word[i], &args[k], &sink);
		if (result)
			return result;
	}
	return check_required(params, args, &sink);
}
