// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the debug kernel: makes kvmalloc() and alloc_percpu() count in
 * /proc/self/fail-nth. The kernel's own injection fails pages and slab objects only,
 * which one of the two replaces by the other and the other does not need.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>

/* Of those that this module failed; the test reads it. */
static unsigned long failed;
module_param(failed, ulong, 0444);

/* Returns NULL from the function that is about to begin. */
static int __kprobes pre_handler(struct kprobe *p, struct pt_regs *regs)
{
	unsigned int nth = READ_ONCE(current->fail_nth);

	if (!nth)
		return 0;
	WRITE_ONCE(current->fail_nth, nth - 1);
	if (nth > 1)
		return 0;
	failed++;
	regs->ax = 0;
	regs->ip = *(unsigned long *)regs->sp;
	regs->sp += sizeof(unsigned long);
	return 1;
}

/* A probe that has one is not turned into a jump, which could not return. */
static void __kprobes post_handler(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
}

#define PROBE(s) { .symbol_name = (s), .pre_handler = pre_handler, .post_handler = post_handler }

static struct kprobe kvmalloc = PROBE("__kvmalloc_node_noprof");
static struct kprobe percpu = PROBE("pcpu_alloc_noprof");
static struct kprobe *probes[] = { &kvmalloc, &percpu };

static int __init faultall_init(void)
{
	return register_kprobes(probes, ARRAY_SIZE(probes));
}

static void __exit faultall_exit(void)
{
	unregister_kprobes(probes, ARRAY_SIZE(probes));
}

module_init(faultall_init);
module_exit(faultall_exit);

MODULE_DESCRIPTION("More allocations that fail-nth counts");
MODULE_LICENSE("GPL");
