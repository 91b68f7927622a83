// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl.h"

enum { CORE_ID, CORE_EXCLUDE };

static int build_set(struct ctl *ctl, const struct arg *args)
{
	struct nlattr *nest = nla_nest_start(ctl->draft, VSEXT_A_CORE);

	if (!nest || nla_put_u32(ctl->draft, VSEXT_CORE_A_ID, args[CORE_ID].number) ||
	    nla_put_u8(ctl->draft, VSEXT_CORE_A_EXCLUDED, args[CORE_EXCLUDE].number))
		return ctl_fail(ctl, EXIT_KERNEL, "out of memory");
	nla_nest_end(ctl->draft, nest);
	return EXIT_OK;
}

static const char *state(struct nlattr **core)
{
	bool excluded = attr_number(core[VSEXT_CORE_A_EXCLUDED]);

	if (!attr_number(core[VSEXT_CORE_A_ONLINE]))
		return excluded ? "offline,excluded" : "offline";
	if (attr_number(core[VSEXT_CORE_A_ISOLATED]))
		return excluded ? "isolated,excluded" : "isolated";
	return excluded ? "excluded" : "online";
}

static void print_vms(struct print *p, const struct nlattr *vms)
{
	const uint8_t *id = vms ? nla_data(vms) : NULL;
	int i, n = vms ? nla_len(vms) : 0;

	print_array(p, "vms");
	print_text(p, " ");
	for (i = 0; i < n; i++) {
		if (i)
			print_text(p, ",");
		print_u64(p, "id", "%" PRIu64, id[i]);
	}
	if (!n)
		print_text(p, "-");
	print_end(p);
}

static const struct {
	const char *name;
	unsigned int attr;
} counters[] = {
	{ "packets", VSEXT_CORE_A_PACKETS },
	{ "bytes", VSEXT_CORE_A_BYTES },
	{ "queued", VSEXT_CORE_A_QUEUED },
	{ "stolen", VSEXT_CORE_A_STOLEN },
	{ "wakeups", VSEXT_CORE_A_WAKEUPS },
	{ "drops", VSEXT_CORE_A_DROPS },
};

#define COUNTERS	(sizeof(counters) / sizeof(*counters))

static void print_head(struct ctl *ctl)
{
	size_t i;

	print_text(ctl->print, "%4s %6s %-17s %4s", "core", "load%", "state", "node");
	for (i = 0; ctl->stats && i < COUNTERS; i++)
		print_text(ctl->print, " %12s", counters[i].name);
	print_text(ctl->print, " vms\n");
}

struct table {
	struct ctl *ctl;
	bool headed;
};

static int print_core(struct nlattr **top, void *arg)
{
	struct nlattr *core[VSEXT_CORE_A_MAX + 1];
	struct table *table = arg;
	struct ctl *ctl = table->ctl;
	struct print *p = ctl->print;
	size_t i;

	if (!nest_parse(top[VSEXT_A_CORE], core, VSEXT_CORE_A_MAX) || !core[VSEXT_CORE_A_ID])
		return -1;
	if (!table->headed)
		print_head(ctl);
	table->headed = true;
	print_object(p, NULL);
	print_u64(p, "core", "%4" PRIu64, attr_number(core[VSEXT_CORE_A_ID]));
	print_decimal(p, "load", " %6.1f", attr_number(core[VSEXT_CORE_A_LOAD]), 1);
	print_text(p, " %-17s", state(core));
	print_bool(p, "online", attr_number(core[VSEXT_CORE_A_ONLINE]));
	print_bool(p, "isolated", attr_number(core[VSEXT_CORE_A_ISOLATED]));
	print_bool(p, "excluded", attr_number(core[VSEXT_CORE_A_EXCLUDED]));
	print_s64(p, "node", " %4" PRId64, (int32_t)attr_number(core[VSEXT_CORE_A_NODE]));
	for (i = 0; ctl->stats && i < COUNTERS; i++)
		print_u64(p, counters[i].name, " %12" PRIu64,
			  attr_number(core[counters[i].attr]));
	print_vms(p, core[VSEXT_CORE_A_VMS]);
	print_text(p, "\n");
	print_end(p);
	return 0;
}

static int show(struct ctl *ctl, const struct arg *args)
{
	uint32_t id = args[CORE_ID].number;
	bool one = args[CORE_ID].given;
	struct table table = { ctl };
	int code;

	print_array(ctl->print, NULL);
	code = ctl_get(ctl, ctl_get_message(VSEXT_CMD_CORE_GET, VSEXT_A_CORE, VSEXT_CORE_A_ID,
					    one ? &id : NULL, sizeof(id)),
		       !one, print_core, &table);
	print_end(ctl->print);
	return code;
}

static int save_core(struct nlattr **top, void *arg)
{
	struct nlattr *core[VSEXT_CORE_A_MAX + 1];
	FILE *to = arg;

	if (!nest_parse(top[VSEXT_A_CORE], core, VSEXT_CORE_A_MAX))
		return -1;
	if (attr_number(core[VSEXT_CORE_A_EXCLUDED]))
		fprintf(to, "core set %" PRIu64 " exclude on\n",
			attr_number(core[VSEXT_CORE_A_ID]));
	return 0;
}

int core_save(struct ctl *ctl, FILE *to)
{
	return ctl_get(ctl, session_message(VSEXT_CMD_CORE_GET), true, save_core, to);
}

static const struct verb verbs[] = {
	{ .name = "show", .usage = "core show [N]", .run = show,
	  .params = (const struct param []){
		[CORE_ID] = { "core", PARAM_CORE, .bare = true },
		{ } } },
	{ .name = "set", .usage = "core set N exclude on|off", .cmd = VSEXT_CMD_CORE_SET,
	  .build = build_set,
	  .params = (const struct param []){
		[CORE_ID] = { "core", PARAM_CORE, .bare = true, .required = true },
		[CORE_EXCLUDE] = { "exclude", PARAM_SWITCH, .required = true },
		{ } } },
	{ }
};

const struct object core_object = {
	.name = "core",
	.help = "the core table: load, state, pinned VMs",
	.verbs = verbs,
	.bare = verbs,
};
