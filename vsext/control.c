// SPDX-License-Identifier: GPL-2.0-only
/* Settings, changes and transactions. */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "aging.h"
#include "compat/compat.h"
#include "control.h"
#include "extack.h"
#include "flowtable.h"
#include "load.h"
#include "port.h"

/* Serialises changes: the flow table's writers, settings, transactions. */
DEFINE_MUTEX(vsext_mutex);
struct vsext_settings __rcu *vsext_settings;

/* How to put a port back. */
struct port_undo {
	struct list_head list;
	possible_net_t net;
	netns_tracker tracker;
	int ifindex;
	u8 mode;
};

/*
 * What is entered and not left, or the open transaction.
 * @edit: settings to be, NULL while they are those in force
 * @owner: of the open transaction
 * @failed: it was taken back; its owner has not heard of it at the end yet
 */
static struct {
	struct vsext_settings *edit;
	struct list_head undo;
	struct vsext_speaker owner;
	bool open;
	bool failed;
	bool restores;
} change = { .undo = LIST_HEAD_INIT(change.undo) };

static struct vsext_settings *current_settings(void)
{
	return writer_dereference(vsext_settings);
}

const struct vsext_settings *vsext_settings_current(void)
{
	return current_settings();
}

static bool is_owner(const struct vsext_speaker *who)
{
	return change.open && change.owner.net == who->net &&
	       change.owner.portid == who->portid;
}

struct vsext_settings *vsext_settings_edit(void)
{
	lockdep_assert_held(&vsext_mutex);
	if (change.edit)
		return change.edit;
	change.edit = kvmalloc(sizeof(*change.edit), GFP_KERNEL);
	if (change.edit)
		*change.edit = *current_settings();
	return change.edit;
}

const struct vsext_settings *vsext_settings_next(void)
{
	return change.edit ?: current_settings();
}

void vsext_rules_revise(void)
{
	const struct vsext_settings *set = current_settings();
	struct vsext_rule_pos pos = {};
	struct vsext_rule *rule;

	while ((rule = vsext_table_next_active(&pos, NULL))) {
		int core = READ_ONCE(rule->core);

		if (core == VSEXT_CORE_NONE || rule->action == VSEXT_ACT_CORE)
			continue;
		if (rule->action == VSEXT_ACT_VM ?
		    !vsext_vm_has_core(set, rule->vm_id, core) :
		    !vsext_core_usable(set, vsext_cores, core))
			WRITE_ONCE(rule->core, VSEXT_CORE_NONE);
	}
}

static void forget_undo(void)
{
	struct port_undo *undo, *next;

	list_for_each_entry_safe(undo, next, &change.undo, list) {
		put_net_track(read_pnet(&undo->net), &undo->tracker);
		kfree(undo);
	}
	INIT_LIST_HEAD(&change.undo);
}

static void sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(sweeper, sweep);

static void sweep_later(void)
{
	if (vsext_aging_any())
		queue_delayed_work(vsext_unbound_wq, &sweeper,
				   VSEXT_AGING_PERIOD * HZ);
}

static void sweep(struct work_struct *work)
{
	mutex_lock(&vsext_mutex);
	/* The change set of an open transaction is its own. */
	if (!change.open) {
		vsext_aging_sweep();
		vsext_table_commit();
	}
	sweep_later();
	mutex_unlock(&vsext_mutex);
}

static void commit(void)
{
	struct vsext_settings *old = current_settings();

	vsext_table_commit();
	sweep_later();
	if (change.edit) {
		vsext_settings_index(change.edit);
		rcu_assign_pointer(vsext_settings, change.edit);
		change.edit = NULL;
		vsext_rules_revise();
		synchronize_rcu();
		kvfree(old);
	}
	forget_undo();
}

static void take_back(void)
{
	struct port_undo *undo;

	vsext_table_abort();
	kvfree(change.edit);
	change.edit = NULL;
	/* The newest comes first, so the oldest mode of a port is set last. */
	list_for_each_entry(undo, &change.undo, list)
		vsext_port_set(read_pnet(&undo->net), undo->ifindex, undo->mode,
			       NULL);
	forget_undo();
}

int vsext_change_enter(const struct vsext_speaker *who,
		       struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&vsext_mutex);
	if (!change.open)
		return 0;
	if (!is_owner(who)) {
		NL_SET_ERR_MSG(extack, "another transaction is open, try again later");
		return -EBUSY;
	}
	if (change.failed) {
		NL_SET_ERR_MSG(extack, "the transaction has failed already");
		return -ECANCELED;
	}
	return 0;
}

int vsext_change_leave(int err)
{
	lockdep_assert_held(&vsext_mutex);
	if (err) {
		take_back();
		change.failed = change.open;
	} else if (!change.open) {
		commit();
	}
	return err;
}

int vsext_change_port(struct net *net, int ifindex, u8 old_mode)
{
	struct port_undo *undo;

	lockdep_assert_held(&vsext_mutex);
	undo = kzalloc(sizeof(*undo), GFP_KERNEL);
	if (!undo)
		return -ENOMEM;
	undo->ifindex = ifindex;
	undo->mode = old_mode;
	write_pnet(&undo->net, get_net_track(net, &undo->tracker, GFP_KERNEL));
	list_add(&undo->list, &change.undo);
	return 0;
}

static int flush(void)
{
	struct vsext_settings *edit = vsext_settings_edit();

	if (!edit)
		return -ENOMEM;
	vsext_settings_default(edit);
	return min(vsext_table_del_all(NULL), 0);
}

int vsext_txn_begin(const struct vsext_speaker *who, bool with_flush,
		    struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&vsext_mutex);
	if (change.open) {
		vsext_extack_msg(extack, NULL, is_owner(who) ?
			       "this socket's transaction is open already" :
			       "another transaction is open, try again later");
		return -EBUSY;
	}
	if (with_flush) {
		err = flush();
		if (err) {
			take_back();
			return err;
		}
	}
	change.owner = *who;
	change.open = true;
	change.failed = false;
	change.restores = with_flush;
	return 0;
}

bool vsext_txn_restores(void)
{
	return change.open && change.restores;
}

static int check_owner(const struct vsext_speaker *who,
		       struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&vsext_mutex);
	if (is_owner(who))
		return 0;
	NL_SET_ERR_MSG(extack, "this socket has no open transaction");
	return -ENOENT;
}

int vsext_txn_commit(const struct vsext_speaker *who,
		     struct netlink_ext_ack *extack)
{
	int err = check_owner(who, extack);

	if (err)
		return err;
	change.open = false;
	if (change.failed) {
		NL_SET_ERR_MSG(extack, "the transaction has failed, nothing was changed");
		return -ECANCELED;
	}
	commit();
	return 0;
}

int vsext_txn_abort(const struct vsext_speaker *who,
		    struct netlink_ext_ack *extack)
{
	int err = check_owner(who, extack);

	if (err)
		return err;
	take_back();
	change.open = false;
	return 0;
}

void vsext_txn_cancel(void)
{
	lockdep_assert_held(&vsext_mutex);
	if (!change.open)
		return;
	take_back();
	change.failed = true;
}

/* The owner's socket is closed: what it did not commit is taken back. */
static int socket_closed(struct notifier_block *nb, unsigned long event,
			 void *data)
{
	const struct netlink_notify *n = data;
	const struct vsext_speaker who = { n->net, n->portid };

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	/* Racy on purpose: our own socket's state cannot change under us. */
	if (!data_race(is_owner(&who)))
		return NOTIFY_DONE;
	mutex_lock(&vsext_mutex);
	if (is_owner(&who))
		vsext_txn_abort(&who, NULL);
	mutex_unlock(&vsext_mutex);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_closed,
};

int vsext_control_init(void)
{
	struct vsext_settings *set;

	set = kvzalloc(sizeof(*set), GFP_KERNEL);
	if (!set)
		return -ENOMEM;
	vsext_settings_default(set);
	RCU_INIT_POINTER(vsext_settings, set);
	netlink_register_notifier(&socket_notifier);
	return 0;
}

void vsext_control_stop(void)
{
	netlink_unregister_notifier(&socket_notifier);
	cancel_delayed_work_sync(&sweeper);
	mutex_lock(&vsext_mutex);
	take_back();
	change.open = false;
	mutex_unlock(&vsext_mutex);
}

void vsext_control_exit(void)
{
	kvfree(rcu_dereference_protected(vsext_settings, true));
}
