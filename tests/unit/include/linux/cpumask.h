/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_CPUMASK_H
#define UNIT_LINUX_CPUMASK_H

#include <linux/percpu.h>

#define num_possible_cpus()		UNIT_CPUS
#define for_each_present_cpu(cpu)	for_each_possible_cpu(cpu)

#endif
