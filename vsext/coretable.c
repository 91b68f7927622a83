// SPDX-License-Identifier: GPL-2.0-only
/* Choice of a core. */
#include <linux/bitmap.h>
#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "coretable.h"

#define ASSIGNMENT_LOAD	50	/* permille that a new flow is taken to bring */

void vsext_settings_default(struct vsext_settings *set)
{
	memset(set, 0, sizeof(*set));
	set->threshold = 50;
	set->queue_limit = 1000;
	set->limits.flows = VSEXT_MAX_FLOWS;
	set->limits.masks = VSEXT_MAX_MASKS;
	set->layout.fcf = VSEXT_FCF_DSCP6;
	set->layout.vxlan_ports = 1;
	set->layout.vxlan_port[0] = htons(VSEXT_VXLAN_PORT);
}

void vsext_settings_index(struct vsext_settings *set)
{
	unsigned int id, core;

	memset(set->pinned, 0, sizeof(set->pinned));
	for (id = 1; id < VSEXT_MAX_VMS; id++)
		if (set->vm[id].used)
			for_each_set_bit(core, set->vm[id].cores,
					 VSEXT_MAX_CORES)
				set->pinned[core]++;
}

bool vsext_vm_has_core(const struct vsext_settings *set, unsigned int id,
		       unsigned int core)
{
	return set->vm[id].used && test_bit(core, set->vm[id].cores);
}

bool vsext_core_usable(const struct vsext_settings *set,
		       const struct vsext_core *cores, unsigned int core)
{
	return READ_ONCE(cores[core].online) && !cores[core].isolated &&
	       !test_bit(core, set->excluded) && !set->pinned[core];
}

static u32 expected_load(const struct vsext_core *core)
{
	return READ_ONCE(core->load) + READ_ONCE(core->reserved);
}

int vsext_choose_core(const struct vsext_settings *set,
		      struct vsext_core *cores, unsigned int n, bool prio)
{
	u32 limit = prio ? U32_MAX : set->threshold * 10, least = U32_MAX;
	int best = VSEXT_CORE_NONE;
	unsigned int core;

	for (core = 0; core < n; core++) {
		u32 load = expected_load(&cores[core]);

		if (load > limit || load >= least ||
		    !vsext_core_usable(set, cores, core))
			continue;
		least = load;
		best = core;
	}
	if (best != VSEXT_CORE_NONE)
		WRITE_ONCE(cores[best].reserved,
			   READ_ONCE(cores[best].reserved) + ASSIGNMENT_LOAD);
	return best;
}

int vsext_choose_vm_core(const struct vsext_settings *set,
			 const struct vsext_core *cores, unsigned int n,
			 unsigned int id)
{
	const struct vsext_vm *vm = &set->vm[id];
	int best = VSEXT_CORE_NONE;
	u32 least = U32_MAX;
	unsigned int core;

	if (!vm->used)
		return best;
	for_each_set_bit(core, vm->cores, n) {
		u32 load = expected_load(&cores[core]);

		if (load >= least || !READ_ONCE(cores[core].online))
			continue;
		least = load;
		best = core;
	}
	return best;
}
