// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>

#include "ctl.h"

enum { CONFIG_THRESHOLD, CONFIG_FCF, CONFIG_QUEUE_LIMIT };

/* By enum vsext_fcf. */
static const char *const layouts[] = { "dscp6", "tos8", NULL };

static int put_config(struct nl_msg *msg, const struct arg *args)
{
	const struct arg *threshold = &args[CONFIG_THRESHOLD];
	const struct arg *limit = &args[CONFIG_QUEUE_LIMIT];
	const struct arg *fcf = &args[CONFIG_FCF];

	if (threshold->given && nla_put_u32(msg, VSEXT_CONFIG_A_THRESHOLD, threshold->number))
		return -1;
	if (fcf->given && nla_put_u8(msg, VSEXT_CONFIG_A_FCF, fcf->number))
		return -1;
	if (limit->given && nla_put_u32(msg, VSEXT_CONFIG_A_QUEUE_LIMIT, limit->number))
		return -1;
	return 0;
}

static int build_set(struct ctl *ctl, const struct arg *args, struct command *command)
{
	struct nlattr *nest;

	if (!args[CONFIG_THRESHOLD].given && !args[CONFIG_FCF].given &&
	    !args[CONFIG_QUEUE_LIMIT].given)
		return ctl_fail(ctl, EXIT_USAGE,
				"nothing to set: name threshold, fcf or queue-limit");
	nest = nla_nest_start(command->msg, VSEXT_A_CONFIG);
	if (!nest || put_config(command->msg, args))
		return ctl_fail(ctl, EXIT_KERNEL, "out of memory");
	nla_nest_end(command->msg, nest);
	return EXIT_OK;
}

struct config {
	uint64_t threshold;
	uint64_t queue_limit;
	const char *fcf;
};

static int read_config(struct nlattr **top, void *arg)
{
	struct nlattr *attr[VSEXT_CONFIG_A_MAX + 1];
	struct config *config = arg;
	uint64_t fcf;

	if (!nest_parse(top[VSEXT_A_CONFIG], attr, VSEXT_CONFIG_A_MAX))
		return -1;
	fcf = attr_number(attr[VSEXT_CONFIG_A_FCF]);
	if (fcf >= __VSEXT_FCF_MAX)
		return -1;
	config->threshold = attr_number(attr[VSEXT_CONFIG_A_THRESHOLD]);
	config->queue_limit = attr_number(attr[VSEXT_CONFIG_A_QUEUE_LIMIT]);
	config->fcf = layouts[fcf];
	return 0;
}

static int get_config(struct ctl *ctl, struct config *config)
{
	return ctl_get(ctl, session_message(VSEXT_CMD_CONFIG_GET), false, read_config, config);
}

static int show(struct ctl *ctl, const struct arg *args)
{
	struct config config;
	int code = get_config(ctl, &config);

	(void)args;
	if (code)
		return code;
	print_object(ctl->print, NULL);
	print_u64(ctl->print, "threshold", "threshold %" PRIu64, config.threshold);
	print_string(ctl->print, "fcf", " fcf %s", config.fcf);
	print_u64(ctl->print, "queue-limit", " queue-limit %" PRIu64 "\n", config.queue_limit);
	print_end(ctl->print);
	return EXIT_OK;
}

int config_save(struct ctl *ctl, FILE *to)
{
	struct config config;
	int code = get_config(ctl, &config);

	if (!code)
		fprintf(to, "config set threshold %" PRIu64 " fcf %s queue-limit %" PRIu64 "\n",
			config.threshold, config.fcf, config.queue_limit);
	return code;
}

static const struct verb verbs[] = {
	{ .name = "show", .usage = "config show", .run = show,
	  .params = (const struct param []){ { } } },
	{ .name = "set",
	  .usage = "config set [threshold 0..100] [fcf dscp6|tos8] [queue-limit N]",
	  .cmd = VSEXT_CMD_CONFIG_SET, .build = build_set,
	  .params = (const struct param []){
		[CONFIG_THRESHOLD] = { "threshold", PARAM_U32 },
		[CONFIG_FCF] = { "fcf", PARAM_CHOICE, .choices = layouts },
		[CONFIG_QUEUE_LIMIT] = { "queue-limit", PARAM_U32 },
		{ } } },
	{ }
};

const struct object config_object = {
	.name = "config",
	.help = "settings of the whole module",
	.verbs = verbs,
	.bare = verbs,
	.more =
	"\n  threshold    load in percent up to which irq:auto takes a core (50)\n"
	"  fcf          where the VM id is in the outer header's ToS byte (dscp6)\n"
	"  queue-limit  packets that may wait from one core to another (1000)\n",
};
