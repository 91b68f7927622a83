/* SPDX-License-Identifier: GPL-2.0-only */
/* One core. */
#ifndef BENCH_LINUX_PERCPU_H
#define BENCH_LINUX_PERCPU_H

#include <linux/slab.h>
#include <linux/types.h>

extern size_t counter_bytes;	/* of alloc_percpu_gfp() */

/* Counters are apart from the table: they are not read by a lookup. */
#define alloc_percpu_gfp(type, gfp) \
	(counter_bytes += sizeof(type), (type *)&counter_bytes)
#define free_percpu(p)		((void)(p))
#define per_cpu_ptr(p, cpu)	((void)(cpu), (p))
#define this_cpu_add(x, n)	((x) += (n))

#define DEFINE_PER_CPU(type, name)	__typeof__(type) name
#define per_cpu(name, cpu)	(*((void)(cpu), &(name)))
#define this_cpu_read(name)	(name)

#define UNIT_CPUS	1

#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (cpu) < 1; (cpu)++)

#endif
