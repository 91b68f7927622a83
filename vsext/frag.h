/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fragments: the first of a datagram to arrive decides, the others follow it,
 * whatever RX queue they come by.
 *
 * A fixed table of the keys of those that came first. Its memory does not depend
 * on what comes; what is pushed out of it, or is just being written by another
 * core, is decided by what it carries itself.
 *
 * This file and frag.c also build in user space (tests/unit).
 */
#ifndef _VSEXT_FRAG_H
#define _VSEXT_FRAG_H

#include <linux/jiffies.h>
#include <linux/types.h>

#include "flow.h"

#define VSEXT_FRAG_SETS	512
#define VSEXT_FRAG_WAYS	4
#define VSEXT_FRAG_LIFE	HZ	/* an identification may be used again then */

/**
 * vsext_frag_follow() - a fragment's key becomes that of the first to arrive
 * @key: of a fragment, complete; keeps its @outer.frag
 * @datagram: what vsext_flow_parse() returned
 *
 * Context: softirqs off. Takes no lock, does not wait.
 */
void vsext_frag_follow(struct vsext_key *key, u32 datagram);

#endif /* _VSEXT_FRAG_H */
