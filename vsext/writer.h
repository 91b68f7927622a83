/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who changes rules or settings: control.h has the locking of the whole module.
 *
 * This file also builds in user space (tests/unit).
 */
#ifndef _VSEXT_WRITER_H
#define _VSEXT_WRITER_H

#include <linux/mutex.h>
#include <linux/rcupdate.h>

extern struct mutex vsext_mutex; /* changes of settings and rules */

#define writer_dereference(p) \
	rcu_dereference_protected(p, lockdep_is_held(&vsext_mutex))

#endif /* _VSEXT_WRITER_H */
