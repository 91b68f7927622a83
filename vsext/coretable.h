/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The core table: how loaded each core is, which VMs are pinned to it, and the
 * choice of a core from that. Also the administrator's settings, which are
 * published as one immutable copy so that a transaction changes all at once.
 *
 * This file and coretable.c also build in user space (tests/unit).
 */
#ifndef _VSEXT_CORETABLE_H
#define _VSEXT_CORETABLE_H

#include <linux/bitmap.h>
#include <linux/types.h>

#include <linux/vsext.h>

#include "flow.h"

#define VSEXT_MAX_CORES		1024
#define VSEXT_MAX_VMS		128	/* ids 1 to 127 */

#define VSEXT_CORE_NONE		(-1)

/**
 * struct vsext_core - what is known of a core
 * @load: permille, smoothed over about a second
 * @reserved: permille of load that recent assignments will bring; added to
 *	@load when choosing, so that a burst of new flows does not herd
 *
 * Written by the sampler and by choices, read by anybody: each field stands
 * for itself, stale values only make a choice less good.
 */
struct vsext_core {
	u32 load;
	u32 reserved;
	bool online;
	bool isolated;
};

struct vsext_vm {
	bool used;
	bool prio;
	bool has_uuid;
	char tenant[VSEXT_TENANT_MAX + 1];
	u8 uuid[16];
	unsigned long cores[BITS_TO_LONGS(VSEXT_MAX_CORES)];
};

/* How many there may be. */
struct vsext_limits {
	u32 flows;
	u32 masks;
};

/**
 * struct vsext_settings - immutable once published
 * @pinned: how many VMs are pinned to each core; vsext_settings_index() fills it
 */
struct vsext_settings {
	u32 threshold;		/* percent */
	u32 queue_limit;	/* packets */
	struct vsext_limits limits;
	struct vsext_layout layout;
	unsigned long excluded[BITS_TO_LONGS(VSEXT_MAX_CORES)];
	struct vsext_vm vm[VSEXT_MAX_VMS];
	u8 pinned[VSEXT_MAX_CORES];
};

void vsext_settings_default(struct vsext_settings *set);
void vsext_settings_index(struct vsext_settings *set);

/* Is VM @id there, and pinned to @core? */
bool vsext_vm_has_core(const struct vsext_settings *set, unsigned int id,
		       unsigned int core);
/* May flows be put on @core at all? */
bool vsext_core_usable(const struct vsext_settings *set,
		       const struct vsext_core *cores, unsigned int core);

/**
 * vsext_choose_core() - where a new flow goes (the paper's Core Table)
 * @n: cores in @cores
 * @prio: a priority flow: never loses its choice to the threshold
 *
 * The least loaded core with no VM pinned to it and a load at or below the
 * threshold; equal loads: the lowest number. VSEXT_CORE_NONE: there is none, so
 * the core of the hardware IRQ stays. The load that the flow will probably
 * bring is reserved on the chosen core. Context: any.
 */
int vsext_choose_core(const struct vsext_settings *set,
		      struct vsext_core *cores, unsigned int n, bool prio);

/**
 * vsext_choose_vm_core() - the least loaded online core of VM @id
 * VSEXT_CORE_NONE: no such VM, or it is pinned nowhere. Context: any.
 */
int vsext_choose_vm_core(const struct vsext_settings *set,
			 const struct vsext_core *cores, unsigned int n,
			 unsigned int id);

#endif /* _VSEXT_CORETABLE_H */
