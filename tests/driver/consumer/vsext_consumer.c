// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for vsext.ko where the hook itself is tested: stages what it is
 * given, hands it to GRO when the poll ends, and counts what would be wrong.
 */
#include <linux/module.h>
#include <linux/percpu.h>

#include "vsext_hook.h"

struct stage {
	struct napi_struct *napi;
	struct sk_buff_head packets;
};

static DEFINE_PER_CPU(struct stage, stages);
static atomic_long_t staged, flushed, foreign, refused;
static bool take = true;

static int get_count(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%ld\n", atomic_long_read(kp->arg));
}

static const struct kernel_param_ops count_ops = { .get = get_count };

/* Handed over at a flush, and therefore by the poll that staged them. */
module_param_cb(staged, &count_ops, &staged, 0444);
module_param_cb(flushed, &count_ops, &flushed, 0444);
/* Found in the stage by the poll of another NAPI: a poll ended without a flush. */
module_param_cb(foreign, &count_ops, &foreign, 0444);
/* Left to the driver, since take=0. */
module_param_cb(refused, &count_ops, &refused, 0444);
module_param(take, bool, 0644);

static void check_owner(struct stage *stage, struct napi_struct *napi)
{
	if (!skb_queue_empty(&stage->packets) && stage->napi != napi)
		atomic_long_inc(&foreign);
}

static bool receive(struct napi_struct *napi, struct sk_buff *skb)
{
	struct stage *stage = this_cpu_ptr(&stages);

	if (vsext_hook_in_netpoll(napi))
		return false;
	WARN_ON_ONCE(!in_softirq());
	check_owner(stage, napi);
	if (!READ_ONCE(take)) {
		atomic_long_inc(&refused);
		return false;
	}
	stage->napi = napi;
	__skb_queue_tail(&stage->packets, skb);
	atomic_long_inc(&staged);
	return true;
}

static bool frags(struct napi_struct *napi)
{
	return false;
}

static void flush(struct napi_struct *napi)
{
	struct stage *stage = this_cpu_ptr(&stages);
	struct sk_buff *skb;

	if (vsext_hook_in_netpoll(napi))
		return;
	check_owner(stage, napi);
	while ((skb = __skb_dequeue(&stage->packets))) {
		atomic_long_inc(&flushed);
		napi_gro_receive(napi, skb);
	}
}

static const struct vsext_hook_ops ops = {
	.receive = receive,
	.frags = frags,
	.flush = flush,
};

static bool on;

static int set_on(const char *val, const struct kernel_param *kp)
{
	int err = param_set_bool(val, kp);

	if (!err)
		vsext_hook_enable(on);
	return err;
}

static const struct kernel_param_ops on_ops = { .set = set_on, .get = param_get_bool };

module_param_cb(on, &on_ops, &on, 0600);

static char asked[IFNAMSIZ];
static struct kparam_string asked_string = { .maxlen = sizeof(asked), .string = asked };

/* Reads as Y or N once the name of a device has been written. */
static int get_drives(char *buf, const struct kernel_param *kp)
{
	struct net_device *dev = dev_get_by_name(&init_net, strim(asked));
	int len;

	if (!dev)
		return -ENODEV;
	len = sysfs_emit(buf, "%c\n", vsext_hook_drives(dev) ? 'Y' : 'N');
	dev_put(dev);
	return len;
}

static const struct kernel_param_ops drives_ops = {
	.set = param_set_copystring,
	.get = get_drives,
};

module_param_cb(drives, &drives_ops, &asked_string, 0600);

static int __init consumer_init(void)
{
	static const struct vsext_hook_ops incomplete = { .receive = receive };
	int cpu, err;

	for_each_possible_cpu(cpu)
		__skb_queue_head_init(&per_cpu_ptr(&stages, cpu)->packets);
	if (vsext_hook_register(&incomplete) != -EINVAL)
		return -EPROTO;
	err = vsext_hook_register(&ops);
	if (err)
		return err;
	if (vsext_hook_register(&ops) != -EBUSY) {
		vsext_hook_unregister(&ops);
		return -EPROTO;
	}
	return 0;
}

/* Unregistering while packets arrive is the point: nobody may be inside us afterwards. */
static void __exit consumer_exit(void)
{
	int cpu;

	vsext_hook_unregister(&ops);
	for_each_possible_cpu(cpu)
		WARN_ON(!skb_queue_empty(&per_cpu_ptr(&stages, cpu)->packets));
}

module_init(consumer_init);
module_exit(consumer_exit);

MODULE_DESCRIPTION("Test consumer of the vsext receive hook");
MODULE_LICENSE("GPL");
