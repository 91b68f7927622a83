/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-core data side by side, UNIT_CPUS times. */
#ifndef UNIT_LINUX_PERCPU_H
#define UNIT_LINUX_PERCPU_H

#include <linux/slab.h>
#include <linux/types.h>

#define UNIT_CPUS	4
#define UNIT_STRIDE	64	/* bytes a core */

extern unsigned int unit_cpu;	/* the one that the test runs on */

#define alloc_percpu_gfp(type, gfp) ({ \
	_Static_assert(sizeof(type) <= UNIT_STRIDE, "does not fit"); \
	(type *)kzalloc(UNIT_CPUS * UNIT_STRIDE, gfp); })
#define free_percpu(p)	kfree(p)

#define per_cpu_ptr(p, cpu) \
	((typeof(&*(p)))((char *)(p) + (cpu) * UNIT_STRIDE))
#define this_cpu_add(x, n)	(*per_cpu_ptr(&(x), unit_cpu) += (n))

/* Variables: core 0's are where the others' offsets are counted from. */
#define DEFINE_PER_CPU(type, name) \
	__typeof__(type) name __attribute__((section("unit_percpu")))
#define per_cpu(name, cpu) \
	(*(typeof(&(name)))unit_per_cpu(&(name), sizeof(name), cpu))
#define this_cpu_read(name)	per_cpu(name, unit_cpu)
#define this_cpu_inc(name)	(per_cpu(name, unit_cpu)++)

void *unit_per_cpu(void *variable, size_t size, unsigned int cpu);

#define nr_cpu_ids		UNIT_CPUS
#define smp_processor_id()	unit_cpu

#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (cpu) < UNIT_CPUS; (cpu)++)

#endif
