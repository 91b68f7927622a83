/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic netlink family; <linux/vsext.h> is its specification.
 * netlink.c has policies, operations and the family, netlink_get.c what is
 * read, netlink_set.c what is changed.
 */
#ifndef _VSEXT_NETLINK_H
#define _VSEXT_NETLINK_H

#include <net/genetlink.h>

#include <linux/vsext.h>

#include "control.h"
#include "rule.h"

int vsext_netlink_init(void);
void vsext_netlink_exit(void);

/* Between the three files. */

/* No object has more attributes. */
#define VSEXT_NEST_MAX 24

struct vsext_nest {
	struct nlattr *attr[VSEXT_NEST_MAX + 1];
};

/* Opens the object @type, validated with its message. -EINVAL: it is absent. */
int vsext_nest_open(struct nlattr **attrs, int type, struct vsext_nest *nest,
		    struct netlink_ext_ack *extack);
/* Opens the VM or core of a command. Returns its id, or an errno. */
int vsext_nest_vm(struct genl_info *info, struct vsext_nest *nest);
int vsext_nest_core(struct genl_info *info, struct vsext_nest *nest);
void *vsext_put_header(struct sk_buff *msg, u32 portid, u32 seq, int flags,
		       u8 cmd);

static inline struct vsext_speaker vsext_speaker_of(struct genl_info *info)
{
	return (struct vsext_speaker){ genl_info_net(info), info->snd_portid };
}

/* Which rules a command is about. @core: VSEXT_CORE_NONE: whichever. */
struct vsext_selection {
	struct vsext_flow_match match;
	u64 cookie;
	u64 cookie_mask;
	int core;
};

/* -EINVAL with an extack message. */
int vsext_selection_get(const struct vsext_nest *nest, struct vsext_selection *sel,
			struct netlink_ext_ack *extack);
/* Beyond the match, which the iteration looks at. */
bool vsext_selection_has(const struct vsext_selection *sel,
			 const struct vsext_rule *rule);

/* Puts a VSEXT_A_FLOW nest. -EMSGSIZE: it does not fit. */
/* @why: enum vsext_removed; 0: it is in force. -EMSGSIZE. */
int vsext_flow_put(struct sk_buff *msg, const struct vsext_rule *rule, u8 why);

int vsext_do_get(struct sk_buff *skb, struct genl_info *info);
int vsext_dump_ports(struct sk_buff *msg, struct netlink_callback *cb);
int vsext_dump_flows(struct sk_buff *msg, struct netlink_callback *cb);
int vsext_dump_vms(struct sk_buff *msg, struct netlink_callback *cb);
int vsext_dump_cores(struct sk_buff *msg, struct netlink_callback *cb);

int vsext_do_set(struct sk_buff *skb, struct genl_info *info);

#endif /* _VSEXT_NETLINK_H */
