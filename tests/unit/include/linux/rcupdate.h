/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RCU for one reader and one writer. The reader can be stopped at each of its
 * accesses, so that a test can put the writer's work there, and a whole read can
 * be put between the writer's stores (see unit.h).
 */
#ifndef UNIT_LINUX_RCUPDATE_H
#define UNIT_LINUX_RCUPDATE_H

#include <stdlib.h>

#include <linux/compiler.h>
#include <linux/types.h>

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
	void *memory;
};

void unit_read_step(void);
void unit_write_step(void);

#define rcu_dereference(p)		({ unit_read_step(); READ_ONCE(p); })
#define rcu_dereference_protected(p, c)	(*((c) ? &(p) : (abort(), &(p))))
#define rcu_assign_pointer(p, v)	({ WRITE_ONCE(p, v); unit_write_step(); })
#define RCU_INIT_POINTER(p, v)		WRITE_ONCE(p, v)

#define smp_load_acquire(p)		({ unit_read_step(); READ_ONCE(*(p)); })
#define smp_store_release(p, v)		({ WRITE_ONCE(*(p), v); unit_write_step(); })
#define smp_rmb()			unit_read_step()
#define smp_wmb()			do { } while (0)

void synchronize_rcu(void);
void rcu_barrier(void);
unsigned long get_state_synchronize_rcu(void);
void cond_synchronize_rcu(unsigned long state);
unsigned long start_poll_synchronize_rcu(void);
bool poll_state_synchronize_rcu(unsigned long state);
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
void unit_kfree_rcu(struct rcu_head *head, void *memory);

#define kfree_rcu(ptr, member)		unit_kfree_rcu(&(ptr)->member, ptr)

#endif
