// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"

enum {
	CONFIG_THRESHOLD, CONFIG_FCF, CONFIG_QUEUE_LIMIT, CONFIG_MAX_FLOWS, CONFIG_MAX_MASKS,
	CONFIG_VXLAN_PORTS, CONFIG_ARGS
};

/* By enum vsext_fcf. */
static const char *const layouts[] = { "dscp6", "tos8", NULL };

static int put_config(struct nl_msg *msg, const struct arg *args)
{
	static const unsigned char numbers[] = {
		[CONFIG_THRESHOLD] = VSEXT_CONFIG_A_THRESHOLD,
		[CONFIG_QUEUE_LIMIT] = VSEXT_CONFIG_A_QUEUE_LIMIT,
		[CONFIG_MAX_FLOWS] = VSEXT_CONFIG_A_MAX_FLOWS,
		[CONFIG_MAX_MASKS] = VSEXT_CONFIG_A_MAX_MASKS,
	};
	const struct arg *fcf = &args[CONFIG_FCF];
	const struct arg *ports = &args[CONFIG_VXLAN_PORTS];
	unsigned int i;

	for (i = 0; i < sizeof(numbers); i++)
		if (numbers[i] && args[i].given &&
		    nla_put_u32(msg, numbers[i], args[i].number))
			return -1;
	if (fcf->given && nla_put_u8(msg, VSEXT_CONFIG_A_FCF, fcf->number))
		return -1;
	if (ports->given && nla_put(msg, VSEXT_CONFIG_A_VXLAN_PORTS,
				    ports->number * sizeof(*ports->ports), ports->ports))
		return -1;
	return 0;
}

static int build_set(struct ctl *ctl, const struct arg *args)
{
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < CONFIG_ARGS && !args[i].given; i++)
		;
	if (i == CONFIG_ARGS)
		return ctl_fail(ctl, EXIT_USAGE,
				"nothing to set: name threshold, fcf, queue-limit, max-flows, "
				"max-masks or vxlan-ports");
	nest = nla_nest_start(ctl->draft, VSEXT_A_CONFIG);
	if (!nest || put_config(ctl->draft, args))
		return ctl_fail(ctl, EXIT_KERNEL, "out of memory");
	nla_nest_end(ctl->draft, nest);
	return EXIT_OK;
}

struct config {
	uint64_t threshold;
	uint64_t queue_limit;
	uint64_t max_flows;
	uint64_t max_masks;
	const char *fcf;
	uint16_t ports[VSEXT_VXLAN_PORTS_MAX];
	unsigned int nports;
};

static int read_ports(const struct nlattr *attr, struct config *config)
{
	size_t len = attr ? (size_t)nla_len(attr) : 0;

	if (len > sizeof(config->ports) || len % sizeof(*config->ports))
		return -1;
	if (len)
		memcpy(config->ports, nla_data(attr), len);
	config->nports = len / sizeof(*config->ports);
	return 0;
}

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
	config->max_flows = attr_number(attr[VSEXT_CONFIG_A_MAX_FLOWS]);
	config->max_masks = attr_number(attr[VSEXT_CONFIG_A_MAX_MASKS]);
	config->fcf = layouts[fcf];
	return read_ports(attr[VSEXT_CONFIG_A_VXLAN_PORTS], config);
}

static int get_config(struct ctl *ctl, struct config *config)
{
	return ctl_get(ctl, session_message(VSEXT_CMD_CONFIG_GET), false, read_config, config);
}

/* As "config set" takes them. */
static const char *ports_text(const struct config *config, char *text, size_t size)
{
	size_t used = 0;
	unsigned int i;

	if (!config->nports)
		return "none";
	for (i = 0; i < config->nports; i++)
		used += snprintf(text + used, size - used, "%s%u", i ? "," : "",
				 config->ports[i]);
	return text;
}

static void print_ports(struct print *print, const struct config *config)
{
	char text[8 * VSEXT_VXLAN_PORTS_MAX];
	unsigned int i;

	if (!print_is_json(print)) {
		print_text(print, " vxlan-ports %s\n", ports_text(config, text, sizeof(text)));
		return;
	}
	print_array(print, "vxlan-ports");
	for (i = 0; i < config->nports; i++)
		print_u64(print, NULL, "%" PRIu64, config->ports[i]);
	print_end(print);
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
	print_u64(ctl->print, "queue-limit", " queue-limit %" PRIu64, config.queue_limit);
	print_u64(ctl->print, "max-flows", " max-flows %" PRIu64, config.max_flows);
	print_u64(ctl->print, "max-masks", " max-masks %" PRIu64, config.max_masks);
	print_ports(ctl->print, &config);
	print_end(ctl->print);
	return EXIT_OK;
}

int config_save(struct ctl *ctl, FILE *to)
{
	char text[8 * VSEXT_VXLAN_PORTS_MAX];
	struct config config;
	int code = get_config(ctl, &config);

	if (!code)
		fprintf(to, "config set threshold %" PRIu64 " fcf %s queue-limit %" PRIu64
			" max-flows %" PRIu64 " max-masks %" PRIu64 " vxlan-ports %s\n",
			config.threshold, config.fcf, config.queue_limit,
			config.max_flows, config.max_masks,
			ports_text(&config, text, sizeof(text)));
	return code;
}

static const struct verb verbs[] = {
	{ .name = "show", .usage = "config show", .run = show,
	  .params = (const struct param []){ { } } },
	{ .name = "set",
	  .usage = "config set [threshold 0..100] [fcf dscp6|tos8] [queue-limit N] "
		   "[max-flows N] [max-masks N] [vxlan-ports LIST|none]",
	  .cmd = VSEXT_CMD_CONFIG_SET, .build = build_set,
	  .params = (const struct param []){
		[CONFIG_THRESHOLD] = { "threshold", PARAM_U32 },
		[CONFIG_FCF] = { "fcf", PARAM_CHOICE, .choices = layouts },
		[CONFIG_QUEUE_LIMIT] = { "queue-limit", PARAM_U32 },
		[CONFIG_MAX_FLOWS] = { "max-flows", PARAM_U32 },
		[CONFIG_MAX_MASKS] = { "max-masks", PARAM_U32 },
		[CONFIG_VXLAN_PORTS] = { "vxlan-ports", PARAM_PORTS,
					 .max = VSEXT_VXLAN_PORTS_MAX },
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
	"  queue-limit  packets that may wait from one core to another (1000)\n"
	"  max-flows    rules that the flow table may hold (1048576)\n"
	"  max-masks    different sets of matched bits among them (64)\n"
	"  vxlan-ports  UDP ports on which VXLAN is looked into (4789)\n",
};
