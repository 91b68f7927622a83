// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the debug kernel: makes kvmalloc() and alloc_percpu() count in
 * /proc/self/fail-nth. The kernel's own injection fails pages and slab objects only,
 * which one of the two replaces by the other and the other does not need.
 *
 * Left alone is what the loader does alike for every module, where it warns by design
 * when memory is short or makes hundreds of files; and so is what happens within the
 * making of each slab cache, which fails all the same: for its name or its descriptor.
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

static int __kprobes spare(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	unsigned int *nth = (unsigned int *)ri->data;

	*nth = READ_ONCE(current->fail_nth);
	WRITE_ONCE(current->fail_nth, 0);
	return 0;
}

static int __kprobes go_on(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	WRITE_ONCE(current->fail_nth, *(unsigned int *)ri->data);
	return 0;
}

#define SPARED(s) { .kp.symbol_name = (s), .entry_handler = spare, .handler = go_on, \
		    .data_size = sizeof(unsigned int), .maxactive = 16 }

static struct kretprobe jump_labels = SPARED("jump_label_module_notify");
static struct kretprobe trace_events = SPARED("__trace_add_new_event");
static struct kretprobe sysfs = SPARED("mod_sysfs_setup");
static struct kretprobe slab = SPARED("do_kmem_cache_create");
static struct kretprobe *spared[] = { &jump_labels, &trace_events, &sysfs, &slab };

static int __init faultall_init(void)
{
	int err = register_kretprobes(spared, ARRAY_SIZE(spared));

	if (err)
		return err;
	err = register_kprobes(probes, ARRAY_SIZE(probes));
	if (err)
		unregister_kretprobes(spared, ARRAY_SIZE(spared));
	return err;
}

static void __exit faultall_exit(void)
{
	unregister_kprobes(probes, ARRAY_SIZE(probes));
	unregister_kretprobes(spared, ARRAY_SIZE(spared));
}

module_init(faultall_init);
module_exit(faultall_exit);

MODULE_DESCRIPTION("More allocations that fail-nth counts");
MODULE_LICENSE("GPL");
