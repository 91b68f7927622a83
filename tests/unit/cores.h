/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cores that run in turns on one thread, each on its own stack. Which one goes on
 * is up to unit_random(), and so the same for the same seed.
 */
#ifndef UNIT_CORES_H
#define UNIT_CORES_H

#include <linux/percpu.h>
#include <linux/types.h>

/* Behind the cores: a process, which any of them may run. */
#define CORES_PROCESS	UNIT_CPUS

/* Begins anew: each core and the process call @run, which does not return. */
void cores_start(void (*run)(unsigned int n));
/* Lets one go on as far as it comes; now and then one of them stands still for long. */
void cores_step(void);
/* Lets the others go on. Without effect where it is not one of the cores that runs. */
void cores_yield(void);

#endif /* UNIT_CORES_H */
