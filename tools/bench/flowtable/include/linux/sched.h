/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_LINUX_SCHED_H
#define BENCH_LINUX_SCHED_H

#define cond_resched()	do { } while (0)

#endif
