/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks for cores that run in turns (see unit_others in unit.h). */
#ifndef UNIT_LINUX_SPINLOCK_H
#define UNIT_LINUX_SPINLOCK_H

#include <stdlib.h>

#include <linux/types.h>

typedef struct {
	bool held;
} spinlock_t;

#define spin_lock_init(lock)	((lock)->held = false)
#define spin_lock_bh(lock)	spin_lock(lock)
#define spin_unlock_bh(lock)	spin_unlock(lock)
#define lockdep_assert_held(lock) \
	((void)((lock)->held || (abort(), 0)))

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

#endif
