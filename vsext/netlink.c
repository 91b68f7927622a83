// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: policies, transactions, operations, family. */
#include "compat/compat.h"
#include "control.h"
#include "flowtable.h"
#include "match.h"
#include "netlink.h"
#include "port.h"

static struct genl_family family;

/* --- policies --- */

static const struct nla_policy port_policy[VSEXT_PORT_A_MAX + 1] = {
	[VSEXT_PORT_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[VSEXT_PORT_A_MODE]	= NLA_POLICY_MAX(NLA_U8,
						 __VSEXT_PORT_MODE_MAX - 1),
};

static const struct nla_policy flow_policy[VSEXT_FLOW_A_MAX + 1] = {
	[VSEXT_FLOW_A_MATCH]	= NLA_POLICY_NESTED(vsext_match_policy),
	[VSEXT_FLOW_A_PRIORITY]	= { .type = NLA_U16 },
	[VSEXT_FLOW_A_COOKIE]	= { .type = NLA_U64 },
	[VSEXT_FLOW_A_ACTION]	= NLA_POLICY_MAX(NLA_U8, __VSEXT_ACT_MAX - 1),
	[VSEXT_FLOW_A_CORE]	= { .type = NLA_U32 },
	[VSEXT_FLOW_A_REPLACE]	= { .type = NLA_FLAG },
	[VSEXT_FLOW_A_STRICT]	= { .type = NLA_FLAG },
	[VSEXT_FLOW_A_SELECT_COOKIE]	= NLA_POLICY_EXACT_LEN(2 * sizeof(u64)),
	[VSEXT_FLOW_A_SELECT_CORE]	= { .type = NLA_U32 },
	[VSEXT_FLOW_A_CHECK_OVERLAP]	= { .type = NLA_FLAG },
	[VSEXT_FLOW_A_IDLE]	= { .type = NLA_U16 },
	[VSEXT_FLOW_A_HARD]	= { .type = NLA_U16 },
};

static const struct nla_policy vm_policy[VSEXT_VM_A_MAX + 1] = {
	[VSEXT_VM_A_ID]		= { .type = NLA_U8 },
	[VSEXT_VM_A_CORES]	= { .type = NLA_BINARY,
				    .len = VSEXT_MAX_CORES / 8 },
	[VSEXT_VM_A_TENANT]	= { .type = NLA_NUL_STRING,
				    .len = VSEXT_TENANT_MAX },
	[VSEXT_VM_A_UUID]	= NLA_POLICY_EXACT_LEN(16),
	[VSEXT_VM_A_PRIO]	= NLA_POLICY_MAX(NLA_U8, 1),
};

static const struct nla_policy core_policy[VSEXT_CORE_A_MAX + 1] = {
	[VSEXT_CORE_A_ID]	= { .type = NLA_U32 },
	[VSEXT_CORE_A_EXCLUDED]	= NLA_POLICY_MAX(NLA_U8, 1),
};

static const struct nla_policy config_policy[VSEXT_CONFIG_A_MAX + 1] = {
	[VSEXT_CONFIG_A_THRESHOLD]	= { .type = NLA_U32 },
	[VSEXT_CONFIG_A_FCF]		= { .type = NLA_U8 },
	[VSEXT_CONFIG_A_QUEUE_LIMIT]	= { .type = NLA_U32 },
	[VSEXT_CONFIG_A_MAX_FLOWS]	= { .type = NLA_U32 },
	[VSEXT_CONFIG_A_MAX_MASKS]	= { .type = NLA_U32 },
	[VSEXT_CONFIG_A_VXLAN_PORTS]	= { .type = NLA_BINARY,
					    .len = 2 * VSEXT_VXLAN_PORTS_MAX },
};

static const struct nla_policy txn_policy[VSEXT_TXN_A_MAX + 1] = {
	[VSEXT_TXN_A_FLUSH]	= { .type = NLA_FLAG },
};

static const struct nla_policy policy[VSEXT_A_MAX + 1] = {
	[VSEXT_A_PORT]		= NLA_POLICY_NESTED(port_policy),
	[VSEXT_A_FLOW]		= NLA_POLICY_NESTED(flow_policy),
	[VSEXT_A_VM]		= NLA_POLICY_NESTED(vm_policy),
	[VSEXT_A_CORE]		= NLA_POLICY_NESTED(core_policy),
	[VSEXT_A_CONFIG]	= NLA_POLICY_NESTED(config_policy),
	[VSEXT_A_TXN]		= NLA_POLICY_NESTED(txn_policy),
};

/* --- what commands have in common --- */

int vsext_nest_open(struct nlattr **attrs, int type, struct vsext_nest *nest,
		    struct netlink_ext_ack *extack)
{
	static const u8 max[VSEXT_A_MAX + 1] = {
		[VSEXT_A_PORT]		= VSEXT_PORT_A_MAX,
		[VSEXT_A_FLOW]		= VSEXT_FLOW_A_MAX,
		[VSEXT_A_VM]		= VSEXT_VM_A_MAX,
		[VSEXT_A_CORE]		= VSEXT_CORE_A_MAX,
		[VSEXT_A_CONFIG]	= VSEXT_CONFIG_A_MAX,
		[VSEXT_A_TXN]		= VSEXT_TXN_A_MAX,
	};

	memset(nest, 0, sizeof(*nest));
	if (WARN_ON_ONCE(max[type] > VSEXT_NEST_MAX))
		return -EINVAL;
	if (!attrs || !attrs[type]) {
		NL_SET_ERR_MSG(extack, "the object of the command is missing");
		return -EINVAL;
	}
	/* It was validated with its message. */
	return nla_parse_nested(nest->attr, max[type], attrs[type], NULL,
				extack);
}

int vsext_nest_vm(struct genl_info *info, struct vsext_nest *nest)
{
	int err = vsext_nest_open(info->attrs, VSEXT_A_VM, nest, info->extack);

	if (err)
		return err;
	if (!nest->attr[VSEXT_VM_A_ID]) {
		NL_SET_ERR_MSG(info->extack, "which VM?");
		return -EINVAL;
	}
	return nla_get_u8(nest->attr[VSEXT_VM_A_ID]);
}

int vsext_nest_core(struct genl_info *info, struct vsext_nest *nest)
{
	int err = vsext_nest_open(info->attrs, VSEXT_A_CORE, nest, info->extack);
	u32 id;

	if (err)
		return err;
	if (!nest->attr[VSEXT_CORE_A_ID]) {
		NL_SET_ERR_MSG(info->extack, "which core?");
		return -EINVAL;
	}
	id = nla_get_u32(nest->attr[VSEXT_CORE_A_ID]);
	if (id >= nr_cpu_ids || !cpu_possible(id)) {
		NL_SET_ERR_MSG(info->extack, "no such core");
		return -ENODEV;
	}
	return id;
}

int vsext_selection_get(const struct vsext_nest *nest, struct vsext_selection *sel,
			struct netlink_ext_ack *extack)
{
	struct nlattr *cookie = nest->attr[VSEXT_FLOW_A_SELECT_COOKIE];
	struct nlattr *core = nest->attr[VSEXT_FLOW_A_SELECT_CORE];
	u64 wanted[2] = {};

	sel->core = VSEXT_CORE_NONE;
	if (core) {
		if (nla_get_u32(core) >= nr_cpu_ids) {
			NL_SET_ERR_MSG_ATTR(extack, core, "no such core");
			return -EINVAL;
		}
		sel->core = nla_get_u32(core);
	}
	if (cookie)
		nla_memcpy(wanted, cookie, sizeof(wanted));
	if (wanted[0] & ~wanted[1]) {
		NL_SET_ERR_MSG_ATTR(extack, cookie, "a cookie has bits outside of its mask");
		return -EINVAL;
	}
	sel->cookie = wanted[0];
	sel->cookie_mask = wanted[1];
	return vsext_match_get(nest->attr[VSEXT_FLOW_A_MATCH], &sel->match,
			       extack);
}

bool vsext_selection_has(const struct vsext_selection *sel,
			 const struct vsext_rule *rule)
{
	return (rule->cookie & sel->cookie_mask) == sel->cookie &&
	       (sel->core == VSEXT_CORE_NONE ||
		READ_ONCE(rule->core) == sel->core);
}

void *vsext_put_header(struct sk_buff *msg, u32 portid, u32 seq, int flags,
		       u8 cmd)
{
	return genlmsg_put(msg, portid, seq, &family, flags, cmd);
}

/* --- transactions --- */

static int do_txn(struct sk_buff *skb, struct genl_info *info)
{
	struct vsext_speaker who = vsext_speaker_of(info);
	struct vsext_nest nest = {};
	int err = 0;

	if (info->attrs[VSEXT_A_TXN])
		err = vsext_nest_open(info->attrs, VSEXT_A_TXN, &nest, info->extack);
	if (err)
		return err;
	mutex_lock(&vsext_mutex);
	switch (info->genlhdr->cmd) {
	case VSEXT_CMD_TXN_BEGIN:
		err = vsext_txn_begin(&who, nest.attr[VSEXT_TXN_A_FLUSH],
				      info->extack);
		break;
	case VSEXT_CMD_TXN_COMMIT:
		err = vsext_txn_commit(&who, info->extack);
		break;
	default:
		err = vsext_txn_abort(&who, info->extack);
	}
	mutex_unlock(&vsext_mutex);
	return err;
}

static int do_off(struct sk_buff *skb, struct genl_info *info)
{
	mutex_lock(&vsext_mutex);
	vsext_txn_cancel();
	vsext_ports_off();
	mutex_unlock(&vsext_mutex);
	return 0;
}

/* --- events --- */

/* Rules are the host's, and so is who hears of them. */
static const struct genl_multicast_group groups[] = {
	{ .name = VSEXT_GENL_GROUP_FLOW, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

static bool listens(void)
{
	return genl_has_listeners(&family, &init_net, 0);
}

/*
 * Of listeners it is only known that any network namespace has some: whoever owns
 * one may join there, and hears nothing. Only what is sent tells more.
 */
static bool removed(const struct vsext_rule *rule)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *header;

	header = msg ? vsext_put_header(msg, 0, 0, 0, VSEXT_CMD_FLOW_REMOVED) :
		       NULL;
	if (!header || vsext_flow_put(msg, rule, rule->removal)) {
		nlmsg_free(msg);
		genl_set_err(&family, &init_net, 0, 0, -ENOBUFS);
		return true;
	}
	genlmsg_end(msg, header);
	return genlmsg_multicast_netns(&family, &init_net, msg, 0, 0,
				       GFP_KERNEL) != -ESRCH;
}

static const struct vsext_table_listener listener = { listens, removed };

/* --- family --- */

#define SET(c, f) { .cmd = VSEXT_CMD_##c, .doit = f, .flags = GENL_ADMIN_PERM }
#define GET(c, d, m) { .cmd = VSEXT_CMD_##c, .doit = d, .dumpit = m, \
		       .flags = GENL_ADMIN_PERM }

static const struct genl_small_ops ops[] = {
	SET(PORT_SET, vsext_do_set),
	SET(FLOW_ADD, vsext_do_set),
	SET(FLOW_DEL, vsext_do_set),
	SET(FLOW_MOD, vsext_do_set),
	SET(VM_SET, vsext_do_set),
	SET(VM_DEL, vsext_do_set),
	SET(CORE_SET, vsext_do_set),
	SET(CONFIG_SET, vsext_do_set),
	SET(TXN_BEGIN, do_txn),
	SET(TXN_COMMIT, do_txn),
	SET(TXN_ABORT, do_txn),
	SET(OFF, do_off),
	GET(PORT_GET, vsext_do_get, vsext_dump_ports),
	GET(FLOW_GET, NULL, vsext_dump_flows),
	GET(VM_GET, vsext_do_get, vsext_dump_vms),
	GET(CORE_GET, vsext_do_get, vsext_dump_cores),
	GET(CONFIG_GET, vsext_do_get, NULL),
	GET(STATS_GET, vsext_do_get, NULL),
};

static struct genl_family family __ro_after_init = {
	.name = VSEXT_GENL_NAME,
	.version = VSEXT_GENL_VERSION,
	.maxattr = VSEXT_A_MAX,
	.policy = policy,
	.netnsok = true,
	.module = THIS_MODULE,
	.small_ops = ops,
	.n_small_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	/* We have a lock of our own, and detaching sleeps. */
	.parallel_ops = true,
};

int vsext_netlink_init(void)
{
	int err = genl_register_family(&family);

	if (err)
		return err;
	mutex_lock(&vsext_mutex);
	vsext_table_listen(&listener);
	mutex_unlock(&vsext_mutex);
	return 0;
}

void vsext_netlink_exit(void)
{
	mutex_lock(&vsext_mutex);
	vsext_table_listen(NULL);
	mutex_unlock(&vsext_mutex);
	genl_unregister_family(&family);
}
