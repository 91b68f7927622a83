/* SPDX-License-Identifier: GPL-2.0-only */
/* RCU without readers beside the writer: what is freed is freed at once. */
#ifndef BENCH_LINUX_RCUPDATE_H
#define BENCH_LINUX_RCUPDATE_H

#include <linux/compiler.h>
#include <linux/types.h>

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

#define rcu_dereference(p)		READ_ONCE(p)
#define rcu_dereference_protected(p, c)	((void)(c), (p))
#define rcu_assign_pointer(p, v)	__atomic_store_n(&(p), v, __ATOMIC_RELEASE)
#define RCU_INIT_POINTER(p, v)		WRITE_ONCE(p, v)

#define smp_load_acquire(p)		__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_rmb()			__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_store_release(p, v)		__atomic_store_n(p, v, __ATOMIC_RELEASE)

#define synchronize_rcu()		do { } while (0)
#define rcu_barrier()			do { } while (0)
#define get_state_synchronize_rcu()	0
#define cond_synchronize_rcu(state)	((void)(state))
#define call_rcu(head, func)		(func)(head)
#define kfree_rcu(ptr, member)		kfree(ptr)

#endif
