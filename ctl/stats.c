// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>

#include "ctl.h"

static const struct {
	const char *name;
	const char *what;
} counters[VSEXT_STAT_MAX + 1] = {
	[VSEXT_STAT_PACKETS] = { "packets", "seen on attached ports" },
	[VSEXT_STAT_HITS] = { "hits", "matched a rule" },
	[VSEXT_STAT_LOCAL] = { "local", "left on the core of the hardware IRQ" },
	[VSEXT_STAT_MOVED] = { "moved", "handed to another core" },
	[VSEXT_STAT_HELD] = { "held", "held while their flow changed cores" },
	[VSEXT_STAT_DELIVERED] = { "delivered", "given to the stack out of our queues" },
	[VSEXT_STAT_DROP_FULL] = { "drop_full", "dropped, the queue to the core was full" },
	[VSEXT_STAT_DROP_HOLD] = { "drop_hold", "dropped, too many were held for one move" },
	[VSEXT_STAT_DROP_GONE] = { "drop_gone", "dropped, the device went away" },
	[VSEXT_STAT_MOVES] = { "moves", "flow buckets that changed cores" },
	[VSEXT_STAT_FENCE_TIMEOUTS] = { "fence_timeouts", "moves that were not waited for" },
	[VSEXT_STAT_OFFLINE] = { "offline", "batches handled here, their core being offline" },
	[VSEXT_STAT_WAITING] = { "waiting", "queued or held now" },
	[VSEXT_STAT_MEM_RULES] = { "mem_rules", "bytes in rules, without their counters" },
	[VSEXT_STAT_MEM_COUNTERS] = { "mem_counters", "bytes in the counters of rules, all cores" },
	[VSEXT_STAT_MEM_TABLES] = { "mem_tables", "bytes in hash tables of rules, and their filter" },
	[VSEXT_STAT_MEM_MASKS] = { "mem_masks", "bytes in masks" },
	[VSEXT_STAT_MEM_CACHE] = { "mem_cache", "bytes in the lookup caches, all cores" },
};

static int print_stats(struct nlattr **top, void *arg)
{
	struct nlattr *stat[VSEXT_STAT_MAX + 1];
	struct ctl *ctl = arg;
	int i;

	if (!nest_parse(top[VSEXT_A_STATS], stat, VSEXT_STAT_MAX))
		return -1;
	print_object(ctl->print, NULL);
	for (i = 0; i <= VSEXT_STAT_MAX; i++) {
		if (!counters[i].name)
			continue;
		print_text(ctl->print, "%-15s", counters[i].name);
		print_u64(ctl->print, counters[i].name, "%20" PRIu64, attr_number(stat[i]));
		print_text(ctl->print, "  %s\n", counters[i].what);
	}
	print_end(ctl->print);
	return 0;
}

static int show(struct ctl *ctl, const struct arg *args)
{
	(void)args;
	return ctl_get(ctl, session_message(VSEXT_CMD_STATS_GET), false, print_stats, ctl);
}

static const struct verb verbs[] = {
	{ .name = "show", .usage = "stats [show]", .run = show,
	  .params = (const struct param []){ { } } },
	{ }
};

const struct object stats_object = {
	.name = "stats",
	.help = "counters since the module was loaded, and memory in use",
	.verbs = verbs,
	.bare = verbs,
};
