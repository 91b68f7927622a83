/* SPDX-License-Identifier: GPL-2.0-only */
/* Parameters of a verb, declared in a table. */
#ifndef CTL_ARGS_H
#define CTL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "number.h"

#define PARAMS_MAX	8
#define ARG_PORTS_MAX	16

enum param_kind {
	PARAM_U8,
	PARAM_U32,
	PARAM_CORE,
	PARAM_CORES,	/* a list */
	PARAM_SWITCH,	/* on or off */
	PARAM_CHOICE,
	PARAM_TEXT,
	PARAM_UUID,
	PARAM_DEVICE,
	PARAM_FILE,
	PARAM_PORTS,	/* 4789,8472 or none; max: how many */
};

struct param {
	const char *name;		/* NULL ends the table */
	enum param_kind kind;
	bool required;
	bool bare;			/* the value comes without the name */
	const char *const *choices;	/* PARAM_CHOICE: number is the index; ends with NULL */
	size_t max;			/* PARAM_TEXT: bytes; PARAM_PORTS: how many */
};

struct arg {
	bool given;
	uint64_t number;	/* of a device, its ifindex */
	const char *text;
	struct core_set cores;
	uint8_t uuid[UUID_BYTES];
	uint16_t ports[ARG_PORTS_MAX];	/* number: how many */
};

#define ARGS_NO_DEVICE	(-2)	/* well written, but there is no such device */

/*
 * Reads words by @params into @args, by index. Returns 0, or -1 (a word is
 * wrong) or ARGS_NO_DEVICE with @why set to one sentence without a full stop.
 */
int args_parse(const struct param *params, int n, char **word, struct arg args[PARAMS_MAX],
	       char *why, size_t size);

#endif
