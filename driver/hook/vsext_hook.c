// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsext_hook.ko: where patched NIC drivers and vsext.ko meet.
 *
 * DOC: Locking
 *
 * ops_lock: who is registered, the static calls and the static key, which
 *	change together. Taken under RTNL, before cpus_read_lock().
 * driver_lock: writers of the list of patched drivers. Readers use RCU; a module
 *	leaves the list before its memory is freed, and the module loader waits
 *	for RCU in between.
 *
 * The receive path takes no lock. Polls run with softirqs off, which RCU counts
 * as a reader, so synchronize_net() waits for every poll that is under way.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "vsext_hook.h"

#ifndef CONFIG_JUMP_LABEL
#error "CONFIG_JUMP_LABEL is missing: without it no patched driver can be told from others."
#endif

struct driver {
	struct list_head node;
	struct module *module;
	struct rcu_head rcu;
};

static DEFINE_MUTEX(ops_lock);
static const struct vsext_hook_ops *registered;

static DEFINE_MUTEX(driver_lock);
static LIST_HEAD(drivers);

bool vsext_hook_no_receive(struct napi_struct *napi, struct sk_buff *skb)
{
	return false;
}

bool vsext_hook_no_frags(struct napi_struct *napi)
{
	return false;
}

void vsext_hook_no_flush(struct napi_struct *napi)
{
}

struct static_key_false vsext_hook_on = STATIC_KEY_FALSE_INIT;
EXPORT_SYMBOL_GPL(vsext_hook_on);

/*
 * The keys as well as the trampolines: the kernel finds the key of an exported
 * trampoline only if the trampoline is its own, not another module's.
 */
DEFINE_STATIC_CALL(vsext_hook_receive, vsext_hook_no_receive);
EXPORT_STATIC_CALL_GPL(vsext_hook_receive);
DEFINE_STATIC_CALL(vsext_hook_frags, vsext_hook_no_frags);
EXPORT_STATIC_CALL_GPL(vsext_hook_frags);
DEFINE_STATIC_CALL(vsext_hook_flush, vsext_hook_no_flush);
EXPORT_STATIC_CALL_GPL(vsext_hook_flush);

static const struct vsext_hook_ops none = {
	.receive = vsext_hook_no_receive,
	.frags = vsext_hook_no_frags,
	.flush = vsext_hook_no_flush,
};

static void set_staging(const struct vsext_hook_ops *ops)
{
	lockdep_assert_held(&ops_lock);
	static_call_update(vsext_hook_receive, ops->receive);
	static_call_update(vsext_hook_frags, ops->frags);
}

/*
 * Call sites change one after the other. So flushing is on everywhere before the
 * first packet can be staged, and stays on until no poll is left that staged one.
 */
static void turn_on(void)
{
	lockdep_assert_held(&ops_lock);
	static_branch_enable(&vsext_hook_on);
	set_staging(registered);
}

static void turn_off(void)
{
	lockdep_assert_held(&ops_lock);
	set_staging(&none);
	synchronize_net();
	static_branch_disable(&vsext_hook_on);
}

int vsext_hook_register(const struct vsext_hook_ops *ops)
{
	int err = 0;

	if (!ops->receive || !ops->frags || !ops->flush)
		return -EINVAL;

	mutex_lock(&ops_lock);
	if (registered) {
		err = -EBUSY;
	} else {
		registered = ops;
		static_call_update(vsext_hook_flush, ops->flush);
	}
	mutex_unlock(&ops_lock);
	return err;
}
EXPORT_SYMBOL_GPL(vsext_hook_register);

static void noop(void *unused)
{
}

void vsext_hook_unregister(const struct vsext_hook_ops *ops)
{
	mutex_lock(&ops_lock);
	if (WARN_ON_ONCE(registered != ops)) {
		mutex_unlock(&ops_lock);
		return;
	}
	turn_off();
	static_call_update(vsext_hook_flush, none.flush);
	registered = NULL;
	mutex_unlock(&ops_lock);

	synchronize_net();
	/* Callers that RCU does not see, because they only hold off interrupts. */
	on_each_cpu(noop, NULL, 1);
}
EXPORT_SYMBOL_GPL(vsext_hook_unregister);

void vsext_hook_enable(bool on)
{
	mutex_lock(&ops_lock);
	if (!on)
		turn_off();
	else if (!WARN_ON_ONCE(!registered))
		turn_on();
	mutex_unlock(&ops_lock);
}
EXPORT_SYMBOL_GPL(vsext_hook_enable);

/* By the device's code and not by its bus driver: mlx4_en's PCI driver is mlx4_core. */
bool vsext_hook_drives(const struct net_device *dev)
{
	unsigned long ops = (unsigned long)dev->netdev_ops;
	struct driver *drv;
	bool found = false;

	rcu_read_lock();
	list_for_each_entry_rcu(drv, &drivers, node) {
		if (within_module(ops, drv->module)) {
			found = true;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}
EXPORT_SYMBOL_GPL(vsext_hook_drives);

/* A call site of the hook has an entry for its key; nothing else names that key. */
static bool calls_hook(const struct module *mod)
{
	unsigned int i;

	for (i = 0; i < mod->num_jump_entries; i++)
		if (jump_entry_key(&mod->jump_entries[i]) == &vsext_hook_on.key)
			return true;
	return false;
}

static int driver_coming(struct module *mod)
{
	struct driver *drv;

	if (!calls_hook(mod))
		return 0;

	drv = kmalloc(sizeof(*drv), GFP_KERNEL);
	if (!drv)
		return -ENOMEM;
	drv->module = mod;
	mutex_lock(&driver_lock);
	list_add_rcu(&drv->node, &drivers);
	mutex_unlock(&driver_lock);
	return 0;
}

static void driver_going(const struct module *mod)
{
	struct driver *drv;

	mutex_lock(&driver_lock);
	list_for_each_entry(drv, &drivers, node) {
		if (drv->module == mod) {
			list_del_rcu(&drv->node);
			kfree_rcu(drv, rcu);
			break;
		}
	}
	mutex_unlock(&driver_lock);
}

static int module_event(struct notifier_block *nb, unsigned long state, void *data)
{
	if (state == MODULE_STATE_COMING)
		return notifier_from_errno(driver_coming(data));
	if (state == MODULE_STATE_GOING)
		driver_going(data);
	return NOTIFY_OK;
}

static struct notifier_block module_nb = {
	.notifier_call = module_event,
};

static int __init vsext_hook_init(void)
{
	return register_module_notifier(&module_nb);
}

/* Nothing depends on us any more, so nobody is registered and no driver is listed. */
static void __exit vsext_hook_exit(void)
{
	unregister_module_notifier(&module_nb);
}

module_init(vsext_hook_init);
module_exit(vsext_hook_exit);

MODULE_DESCRIPTION("Receive hook between patched NIC drivers and vsext");
MODULE_LICENSE("GPL");
