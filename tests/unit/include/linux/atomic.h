/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_ATOMIC_H
#define UNIT_LINUX_ATOMIC_H

#include <linux/rcupdate.h>

typedef struct {
	long n;
} atomic_long_t;

#define atomic_long_add(i, v)	((v)->n += (long)(i))
#define atomic_long_sub(i, v)	((v)->n -= (long)(i))
#define atomic_long_inc(v)	atomic_long_add(1, v)
#define atomic_long_dec(v)	atomic_long_sub(1, v)
#define atomic_long_read(v)	((v)->n)

/* A test can put work before one of a reader, and behind one of a writer (unit.h). */
#define cmpxchg(p, old, new) ({ \
	unit_read_step(); \
	__auto_type was_ = __sync_val_compare_and_swap(p, old, new); \
	unit_write_step(); \
	was_; })

#endif
