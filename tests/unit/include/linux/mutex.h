/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_MUTEX_H
#define UNIT_LINUX_MUTEX_H

#include <linux/types.h>

struct mutex {
	bool held;
};

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

#define lockdep_is_held(lock)	((lock)->held)

#endif
