/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control: the settings in force, and changes to them and to the flow table.
 *
 * Locking of the whole module, outermost first:
 *   vsext_mutex	changes: settings, flow table, transactions
 *   rtnl_lock		ports
 *   rxq->serial	one packet at a time, ingress mode
 *   rxq->lock		moves of an RX queue
 * The packet path takes none of the first two; it reads settings, rules and
 * ports under RCU, which softirqs-off implies. Per-core data belong to their
 * core with softirqs off (dispatch.h, order.h say what to whom).
 */
#ifndef _VSEXT_CONTROL_H
#define _VSEXT_CONTROL_H

#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <net/net_namespace.h>

#include "coretable.h"
#include "writer.h"

extern struct vsext_settings __rcu *vsext_settings;

int vsext_control_init(void);	/* -ENOMEM */
/* No command comes any more: an open transaction is taken back. */
void vsext_control_stop(void);
void vsext_control_exit(void);

/*
 * All below: process context, vsext_mutex held.
 *
 * A change is entered, made, and left; leaving commits it or, on an error,
 * takes it back. In an open transaction, committing waits for its end.
 */

/* Who speaks: a netlink socket. */
struct vsext_speaker {
	const struct net *net;
	u32 portid;
};

/* -EBUSY: somebody else's transaction is open. -ECANCELED: yours has failed. */
int vsext_change_enter(const struct vsext_speaker *who,
		       struct netlink_ext_ack *extack);
int vsext_change_leave(int err);

/* The settings to change, NULL without memory; then to be read as well. */
struct vsext_settings *vsext_settings_edit(void);
/* Those in force. */
const struct vsext_settings *vsext_settings_current(void);
/* Those that the change is going to leave behind. */
const struct vsext_settings *vsext_settings_next(void);

/* Notes how to undo a port's new mode, should the transaction fail. */
int vsext_change_port(struct net *net, int ifindex, u8 old_mode);

int vsext_txn_begin(const struct vsext_speaker *who, bool flush,
		    struct netlink_ext_ack *extack);
int vsext_txn_commit(const struct vsext_speaker *who,
		     struct netlink_ext_ack *extack);
int vsext_txn_abort(const struct vsext_speaker *who,
		    struct netlink_ext_ack *extack);
/* Does the open transaction replace everything, as a saved state does? */
bool vsext_txn_restores(void);
/* Whoever's it is (VSEXT_CMD_OFF). */
void vsext_txn_cancel(void);

/* Cores came, went or were pinned: choices that are not valid any more go. */
void vsext_rules_revise(void);

#endif /* _VSEXT_CONTROL_H */
