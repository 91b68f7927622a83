/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timeouts of rules (OpenFlow 1.0, 5.3.3).
 *
 * Packets do not say when a rule was used: that it has counted since the last look
 * is enough for timeouts of seconds, and costs them nothing.
 *
 * All of it: writer. This file and aging.c also build in user space (tests/unit).
 */
#ifndef _VSEXT_AGING_H
#define _VSEXT_AGING_H

#include "rule.h"

/* How often vsext_aging_sweep() is to be called, in seconds. */
#define VSEXT_AGING_PERIOD	1

/* The rule has come into force, or takes the place of one that was. */
void vsext_aging_start(struct vsext_rule *rule);
/* The rule goes; also if it was never started. */
void vsext_aging_stop(struct vsext_rule *rule);

/* Are there rules with timeouts in force? */
bool vsext_aging_any(void);
/* Adds the deletion of the rules whose time is over to the (empty) change set. */
void vsext_aging_sweep(void);

#endif /* _VSEXT_AGING_H */
