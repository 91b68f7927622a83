// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: policies, fillers, dumps, setters, operations, family. */
#include <linux/cpu.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "compat/compat.h"
#include "control.h"
#include "dispatch.h"
#include "flowtable.h"
#include "load.h"
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

/* Largest of the nests' attribute counts. */
#define NEST_MAX (VSEXT_CORE_A_MAX > VSEXT_FLOW_A_MAX ? VSEXT_CORE_A_MAX : \
							VSEXT_FLOW_A_MAX)

struct nest {
	struct nlattr *attr[NEST_MAX + 1];
};

/* The nest was validated with the message. */
static int open_nest(struct nlattr **attrs, int type, int max,
		     struct nest *nest, struct netlink_ext_ack *extack)
{
	BUILD_BUG_ON(VSEXT_PORT_A_MAX > NEST_MAX || VSEXT_VM_A_MAX > NEST_MAX ||
		     VSEXT_CONFIG_A_MAX > NEST_MAX);
	memset(nest, 0, sizeof(*nest));
	if (!attrs || !attrs[type]) {
		NL_SET_ERR_MSG(extack, "the object of the command is missing");
		return -EINVAL;
	}
	return nla_parse_nested(nest->attr, max, attrs[type], NULL, extack);
}

/* --- fillers --- */

static void *put_header(struct sk_buff *msg, u32 portid, u32 seq, int flags,
			u8 cmd)
{
	return genlmsg_put(msg, portid, seq, &family, flags, cmd);
}

static bool put_u64(struct sk_buff *msg, int type, u64 value, int pad)
{
	return nla_put_u64_64bit(msg, type, value, pad);
}

static int fill_port(struct sk_buff *msg, const struct vsext_port *port)
{
	struct vsext_port_stats s;
	struct nlattr *nest;
	u64 drops;

	vsext_port_sum(port, &s);
	drops = s.drop_full + s.drop_hold;
	nest = nla_nest_start(msg, VSEXT_A_PORT);
	if (!nest ||
	    nla_put_u32(msg, VSEXT_PORT_A_IFINDEX, port->ifindex) ||
	    nla_put_string(msg, VSEXT_PORT_A_IFNAME, port->dev->name) ||
	    nla_put_u8(msg, VSEXT_PORT_A_MODE, port->mode) ||
	    nla_put_u8(msg, VSEXT_PORT_A_ACTIVE, port->active) ||
	    nla_put_u8(msg, VSEXT_PORT_A_REASON, port->reason) ||
	    nla_put_u32(msg, VSEXT_PORT_A_WARN, vsext_port_warnings(port)) ||
	    put_u64(msg, VSEXT_PORT_A_PACKETS,
		    s.local + s.moved + s.held + drops, VSEXT_PORT_A_PAD) ||
	    put_u64(msg, VSEXT_PORT_A_LOCAL, s.local, VSEXT_PORT_A_PAD) ||
	    put_u64(msg, VSEXT_PORT_A_MOVED, s.moved + s.held,
		    VSEXT_PORT_A_PAD) ||
	    put_u64(msg, VSEXT_PORT_A_DROPS, drops, VSEXT_PORT_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int fill_flow(struct sk_buff *msg, const struct vsext_rule *rule)
{
	int core = READ_ONCE(rule->core);
	struct vsext_rule_stats sum;
	struct vsext_flow_match match;
	struct nlattr *nest;

	vsext_rule_sum(rule, &sum);
	vsext_rule_match(rule, &match);
	nest = nla_nest_start(msg, VSEXT_A_FLOW);
	if (!nest || vsext_match_put(msg, &match) ||
	    nla_put_u16(msg, VSEXT_FLOW_A_PRIORITY, rule->priority) ||
	    put_u64(msg, VSEXT_FLOW_A_COOKIE, rule->cookie, VSEXT_FLOW_A_PAD) ||
	    nla_put_u8(msg, VSEXT_FLOW_A_ACTION, rule->action) ||
	    put_u64(msg, VSEXT_FLOW_A_PACKETS, sum.packets, VSEXT_FLOW_A_PAD) ||
	    put_u64(msg, VSEXT_FLOW_A_BYTES, sum.bytes, VSEXT_FLOW_A_PAD))
		return -EMSGSIZE;
	if (rule->action == VSEXT_ACT_CORE &&
	    nla_put_u32(msg, VSEXT_FLOW_A_CORE, core))
		return -EMSGSIZE;
	if (core != VSEXT_CORE_NONE && cpu_online(core) &&
	    nla_put_u32(msg, VSEXT_FLOW_A_ASSIGNED, core))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_cores(struct sk_buff *msg, const unsigned long *cores)
{
	u32 words[VSEXT_MAX_CORES / 32];

	bitmap_to_arr32(words, cores, VSEXT_MAX_CORES);
	return nla_put(msg, VSEXT_VM_A_CORES, DIV_ROUND_UP(nr_cpu_ids, 32) * 4,
		       words);
}

static int fill_vm(struct sk_buff *msg, u8 id, const struct vsext_vm *vm)
{
	struct nlattr *nest = nla_nest_start(msg, VSEXT_A_VM);

	if (!nest || nla_put_u8(msg, VSEXT_VM_A_ID, id) ||
	    put_cores(msg, vm->cores) ||
	    (vm->tenant[0] &&
	     nla_put_string(msg, VSEXT_VM_A_TENANT, vm->tenant)) ||
	    (vm->has_uuid &&
	     nla_put(msg, VSEXT_VM_A_UUID, sizeof(vm->uuid), vm->uuid)) ||
	    nla_put_u8(msg, VSEXT_VM_A_PRIO, vm->prio))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_vms(struct sk_buff *msg, const struct vsext_settings *set,
		   unsigned int core)
{
	u8 ids[VSEXT_MAX_VMS];
	unsigned int id, n = 0;

	for (id = 1; id < VSEXT_MAX_VMS; id++)
		if (set->vm[id].used && test_bit(core, set->vm[id].cores))
			ids[n++] = id;
	return n ? nla_put(msg, VSEXT_CORE_A_VMS, n, ids) : 0;
}

static int fill_core(struct sk_buff *msg, const struct vsext_settings *set,
		     unsigned int id)
{
	const struct vsext_core *core = &vsext_cores[id];
	struct vsext_core_stats s;
	struct nlattr *nest;

	vsext_dispatch_stats(id, &s);
	nest = nla_nest_start(msg, VSEXT_A_CORE);
	if (!nest || nla_put_u32(msg, VSEXT_CORE_A_ID, id) ||
	    nla_put_u32(msg, VSEXT_CORE_A_LOAD, READ_ONCE(core->load)) ||
	    nla_put_u8(msg, VSEXT_CORE_A_ONLINE, cpu_online(id)) ||
	    nla_put_u8(msg, VSEXT_CORE_A_ISOLATED, READ_ONCE(core->isolated)) ||
	    nla_put_u8(msg, VSEXT_CORE_A_EXCLUDED,
		       test_bit(id, set->excluded)) ||
	    nla_put_s32(msg, VSEXT_CORE_A_NODE, cpu_to_node(id)) ||
	    put_vms(msg, set, id) ||
	    put_u64(msg, VSEXT_CORE_A_PACKETS, s.packets, VSEXT_CORE_A_PAD) ||
	    put_u64(msg, VSEXT_CORE_A_BYTES, s.bytes, VSEXT_CORE_A_PAD) ||
	    nla_put_u32(msg, VSEXT_CORE_A_QUEUED, s.queued) ||
	    put_u64(msg, VSEXT_CORE_A_STOLEN, s.stolen, VSEXT_CORE_A_PAD) ||
	    put_u64(msg, VSEXT_CORE_A_WAKEUPS, s.wakeups, VSEXT_CORE_A_PAD) ||
	    put_u64(msg, VSEXT_CORE_A_DROPS, s.drops + s.gone,
		    VSEXT_CORE_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int fill_config(struct sk_buff *msg, const struct vsext_settings *set)
{
	struct nlattr *nest = nla_nest_start(msg, VSEXT_A_CONFIG);

	if (!nest ||
	    nla_put_u32(msg, VSEXT_CONFIG_A_THRESHOLD, set->threshold) ||
	    nla_put_u8(msg, VSEXT_CONFIG_A_FCF, set->fcf) ||
	    nla_put_u32(msg, VSEXT_CONFIG_A_QUEUE_LIMIT, set->queue_limit))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static void sum_stats(u64 *stat)
{
	struct vsext_order_stats order;
	struct vsext_port_stats ports;
	struct vsext_core_stats core;
	unsigned int cpu;

	rtnl_lock();
	stat[VSEXT_STAT_DROP_GONE] = vsext_ports_sum(&ports);
	rtnl_unlock();
	vsext_order_stats(&order);
	stat[VSEXT_STAT_PACKETS] = ports.local + ports.moved + ports.held +
				   ports.drop_full + ports.drop_hold;
	stat[VSEXT_STAT_HITS] = ports.hits;
	stat[VSEXT_STAT_LOCAL] = ports.local;
	stat[VSEXT_STAT_MOVED] = ports.moved;
	stat[VSEXT_STAT_HELD] = ports.held;
	stat[VSEXT_STAT_DROP_FULL] = ports.drop_full;
	stat[VSEXT_STAT_DROP_HOLD] = ports.drop_hold;
	stat[VSEXT_STAT_MOVES] = order.moves;
	stat[VSEXT_STAT_FENCE_TIMEOUTS] = order.timeouts;
	for_each_possible_cpu(cpu) {
		vsext_dispatch_stats(cpu, &core);
		stat[VSEXT_STAT_DELIVERED] += core.packets;
		stat[VSEXT_STAT_DROP_GONE] += core.gone;
		stat[VSEXT_STAT_OFFLINE] += core.offline;
	}
}

static int fill_stats(struct sk_buff *msg)
{
	u64 stat[VSEXT_STAT_MAX + 1] = {};
	struct nlattr *nest;
	int type;

	sum_stats(stat);
	nest = nla_nest_start(msg, VSEXT_A_STATS);
	if (!nest)
		return -EMSGSIZE;
	for (type = VSEXT_STAT_PACKETS; type <= VSEXT_STAT_MAX; type++)
		if (put_u64(msg, type, stat[type], VSEXT_STAT_PAD))
			return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* --- gets --- */

static int get_port(struct sk_buff *msg, struct genl_info *info)
{
	struct vsext_port *port = NULL;
	struct net_device *dev;
	struct nest nest;
	int err;

	err = open_nest(info->attrs, VSEXT_A_PORT, VSEXT_PORT_A_MAX, &nest,
			info->extack);
	if (err)
		return err;
	if (!nest.attr[VSEXT_PORT_A_IFINDEX]) {
		NL_SET_ERR_MSG(info->extack, "which device?");
		return -EINVAL;
	}
	rtnl_lock();
	dev = __dev_get_by_index(genl_info_net(info),
				 nla_get_u32(nest.attr[VSEXT_PORT_A_IFINDEX]));
	if (dev)
		port = vsext_port_find(dev);
	if (port)
		err = fill_port(msg, port);
	else
		err = -ENODEV;
	rtnl_unlock();
	if (err == -ENODEV)
		vsext_extack_msg(info->extack, NULL, dev ? "vsext is not attached to this device" :
			       "no such device in this network namespace");
	return err;
}

static int vm_id(const struct nest *nest, struct netlink_ext_ack *extack)
{
	if (!nest->attr[VSEXT_VM_A_ID]) {
		NL_SET_ERR_MSG(extack, "which VM?");
		return -EINVAL;
	}
	return nla_get_u8(nest->attr[VSEXT_VM_A_ID]);
}

static int get_vm(struct sk_buff *msg, struct genl_info *info)
{
	const struct vsext_settings *set = vsext_settings_current();
	struct nest nest;
	int id, err;

	err = open_nest(info->attrs, VSEXT_A_VM, VSEXT_VM_A_MAX, &nest,
			info->extack);
	id = err ?: vm_id(&nest, info->extack);
	if (id < 0)
		return id;
	if (id >= VSEXT_MAX_VMS || !set->vm[id].used) {
		NL_SET_ERR_MSG(info->extack, "no VM has this id");
		return -ENOENT;
	}
	return fill_vm(msg, id, &set->vm[id]);
}

static int core_id(const struct nest *nest, struct netlink_ext_ack *extack)
{
	u32 id;

	if (!nest->attr[VSEXT_CORE_A_ID]) {
		NL_SET_ERR_MSG(extack, "which core?");
		return -EINVAL;
	}
	id = nla_get_u32(nest->attr[VSEXT_CORE_A_ID]);
	if (id >= nr_cpu_ids || !cpu_possible(id)) {
		NL_SET_ERR_MSG(extack, "no such core");
		return -ENODEV;
	}
	return id;
}

static int get_core(struct sk_buff *msg, struct genl_info *info)
{
	struct nest nest;
	int id, err;

	err = open_nest(info->attrs, VSEXT_A_CORE, VSEXT_CORE_A_MAX, &nest,
			info->extack);
	id = err ?: core_id(&nest, info->extack);
	return id < 0 ? id : fill_core(msg, vsext_settings_current(), id);
}

static int get_config(struct sk_buff *msg, struct genl_info *info)
{
	return fill_config(msg, vsext_settings_current());
}

static int get_stats(struct sk_buff *msg, struct genl_info *info)
{
	return fill_stats(msg);
}

static int do_get(struct sk_buff *skb, struct genl_info *info)
{
	static int (*const get[])(struct sk_buff *, struct genl_info *) = {
		[VSEXT_CMD_PORT_GET]	= get_port,
		[VSEXT_CMD_VM_GET]	= get_vm,
		[VSEXT_CMD_CORE_GET]	= get_core,
		[VSEXT_CMD_CONFIG_GET]	= get_config,
		[VSEXT_CMD_STATS_GET]	= get_stats,
	};
	u8 cmd = info->genlhdr->cmd;
	struct sk_buff *msg;
	void *header;
	int err;

	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	header = put_header(msg, info->snd_portid, info->snd_seq, 0, cmd);
	mutex_lock(&vsext_mutex);
	err = header ? get[cmd](msg, info) : -EMSGSIZE;
	mutex_unlock(&vsext_mutex);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, header);
	return genlmsg_reply(msg, info);
}

/* --- dumps: cb->args[0] is where to go on --- */

static void *dump_header(struct sk_buff *msg, struct netlink_callback *cb,
			 u8 cmd)
{
	return put_header(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  NLM_F_MULTI, cmd);
}

/* Ends one object; -EMSGSIZE: it goes into the next message. */
static int dump_end(struct sk_buff *msg, void *header, int err)
{
	if (err)
		genlmsg_cancel(msg, header);
	else
		genlmsg_end(msg, header);
	return err;
}

static int dump_ports(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct net *net = sock_net(msg->sk);
	const struct vsext_port *port;
	void *header;

	rtnl_lock();
	for (port = vsext_port_next(net, cb->args[0]); port;
	     port = vsext_port_next(net, cb->args[0])) {
		header = dump_header(msg, cb, VSEXT_CMD_PORT_GET);
		if (!header || dump_end(msg, header, fill_port(msg, port)))
			break;
		cb->args[0] = port->ifindex + 1;
	}
	rtnl_unlock();
	return msg->len;
}

/*
 * Where the dump goes on: behind the rule of args[0]'s id. args[1] points to
 * it, which holds as long as the table is that of args[2].
 */
static struct vsext_rule *dump_position(struct netlink_callback *cb)
{
	struct vsext_rule *rule;

	if (cb->args[0] && cb->args[2] == vsext_table_seq())
		return vsext_table_next_active((void *)cb->args[1]);
	rule = vsext_table_next_active(NULL);
	while (rule && rule->id <= (u64)cb->args[0])
		rule = vsext_table_next_active(rule);
	return rule;
}

static int dump_filter(struct netlink_callback *cb, struct vsext_flow_match *match)
{
	struct nlattr **attrs = vsext_dump_attrs(cb);
	struct nest nest = {};
	int err = 0;

	if (attrs && attrs[VSEXT_A_FLOW])
		err = open_nest(attrs, VSEXT_A_FLOW, VSEXT_FLOW_A_MAX, &nest,
				cb->extack);
	return err ?: vsext_match_get(nest.attr[VSEXT_FLOW_A_MATCH], match,
				      cb->extack);
}

static int dump_flows(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct vsext_rule *rule;
	struct vsext_flow_match match;
	void *header;
	int err;

	err = dump_filter(cb, &match);
	if (err)
		return err;
	mutex_lock(&vsext_mutex);
	cb->seq = vsext_table_seq();
	for (rule = dump_position(cb); rule;
	     rule = vsext_table_next_active(rule)) {
		if (vsext_rule_within(rule, &match)) {
			header = dump_header(msg, cb, VSEXT_CMD_FLOW_GET);
			if (!header)
				break;
			genl_dump_check_consistent(cb, header);
			if (dump_end(msg, header, fill_flow(msg, rule)))
				break;
		}
		cb->args[0] = rule->id;
		cb->args[1] = (long)rule;
		cb->args[2] = vsext_table_seq();
	}
	mutex_unlock(&vsext_mutex);
	return msg->len;
}

static int dump_vms(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct vsext_settings *set;
	void *header;

	mutex_lock(&vsext_mutex);
	set = vsext_settings_current();
	for (; cb->args[0] < VSEXT_MAX_VMS; cb->args[0]++) {
		if (!set->vm[cb->args[0]].used)
			continue;
		header = dump_header(msg, cb, VSEXT_CMD_VM_GET);
		if (!header || dump_end(msg, header,
					fill_vm(msg, cb->args[0],
						&set->vm[cb->args[0]])))
			break;
	}
	mutex_unlock(&vsext_mutex);
	return msg->len;
}

static int dump_cores(struct sk_buff *msg, struct netlink_callback *cb)
{
	void *header;

	mutex_lock(&vsext_mutex);
	for (; cb->args[0] < nr_cpu_ids; cb->args[0]++) {
		if (!cpu_present(cb->args[0]))
			continue;
		header = dump_header(msg, cb, VSEXT_CMD_CORE_GET);
		if (!header || dump_end(msg, header,
					fill_core(msg, vsext_settings_current(),
						  cb->args[0])))
			break;
	}
	mutex_unlock(&vsext_mutex);
	return msg->len;
}

/* --- setters: a change is entered --- */

static int set_port(struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct nest nest;
	int ifindex, old;

	old = open_nest(info->attrs, VSEXT_A_PORT, VSEXT_PORT_A_MAX, &nest,
			info->extack);
	if (old)
		return old;
	if (!nest.attr[VSEXT_PORT_A_IFINDEX] || !nest.attr[VSEXT_PORT_A_MODE]) {
		NL_SET_ERR_MSG(info->extack, "which device, and which mode?");
		return -EINVAL;
	}
	ifindex = nla_get_u32(nest.attr[VSEXT_PORT_A_IFINDEX]);
	old = vsext_port_set(net, ifindex,
			     nla_get_u8(nest.attr[VSEXT_PORT_A_MODE]),
			     info->extack);
	return old < 0 ? old : vsext_change_port(net, ifindex, old);
}

static int check_core(u32 core, struct netlink_ext_ack *extack)
{
	if (core >= nr_cpu_ids || !cpu_possible(core)) {
		NL_SET_ERR_MSG(extack, "no such core");
		return -EINVAL;
	}
	if (!cpu_present(core)) {
		NL_SET_ERR_MSG(extack, "this core is absent");
		return -ENODEV;
	}
	return 0;
}

static int set_action(struct vsext_rule *rule, const struct nest *nest,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *core = nest->attr[VSEXT_FLOW_A_CORE];
	int err;

	if (!nest->attr[VSEXT_FLOW_A_ACTION]) {
		NL_SET_ERR_MSG(extack, "the rule has no action");
		return -EINVAL;
	}
	rule->action = nla_get_u8(nest->attr[VSEXT_FLOW_A_ACTION]);
	if (rule->action == VSEXT_ACT_VM && !rule->vm_id) {
		NL_SET_ERR_MSG(extack, "irq:vm needs an exact vm_id other than 0 in the match");
		return -EINVAL;
	}
	if (!core != (rule->action != VSEXT_ACT_CORE)) {
		NL_SET_ERR_MSG(extack, "a core goes with the action irq:N, and only with that");
		return -EINVAL;
	}
	if (!core)
		return 0;
	rule->core = nla_get_u32(core);
	err = check_core(rule->core, extack);
	if (!err && !cpu_online(rule->core)) {
		NL_SET_ERR_MSG(extack, "this core is offline");
		err = -ENODEV;
	}
	return err;
}

/* Can the layout that will be in force carry the VM id of the match? */
static int check_vm_id(const struct vsext_flow_match *match,
		       struct netlink_ext_ack *extack)
{
	if (match->key.vm_id <= vsext_fcf_max_id(vsext_settings_next()->fcf))
		return 0;
	NL_SET_ERR_MSG(extack, "the vm_id does not fit the layout of the flow control field (1 to 31 with dscp6, 1 to 127 with tos8)");
	return -ERANGE;
}

static void explain_add(int err, struct netlink_ext_ack *extack)
{
	if (err == -EEXIST)
		NL_SET_ERR_MSG(extack, "a rule with this match and priority exists already; use replace");
	else if (err == -ENOSPC)
		vsext_extack_msg(extack, NULL, vsext_table_count() >= VSEXT_MAX_RULES ?
			       "the flow table is full" :
			       "too many different masks are in use");
}

static int add_flow(struct genl_info *info)
{
	struct vsext_flow_match match;
	struct vsext_rule *rule;
	struct nest nest;
	int err;

	err = open_nest(info->attrs, VSEXT_A_FLOW, VSEXT_FLOW_A_MAX, &nest,
			info->extack) ?:
	      vsext_match_get(nest.attr[VSEXT_FLOW_A_MATCH], &match,
			      info->extack) ?:
	      check_vm_id(&match, info->extack);
	if (err)
		return err;
	rule = vsext_rule_alloc(&match);
	if (!rule)
		return -ENOMEM;
	rule->priority = VSEXT_FLOW_PRIORITY_DEFAULT;
	if (nest.attr[VSEXT_FLOW_A_PRIORITY])
		rule->priority = nla_get_u16(nest.attr[VSEXT_FLOW_A_PRIORITY]);
	if (nest.attr[VSEXT_FLOW_A_COOKIE])
		rule->cookie = nla_get_u64(nest.attr[VSEXT_FLOW_A_COOKIE]);
	err = set_action(rule, &nest, info->extack);
	if (!err) {
		err = vsext_table_add(rule, &match.mask,
				      nest.attr[VSEXT_FLOW_A_REPLACE]);
		explain_add(err, info->extack);
	}
	if (err)
		vsext_rule_free(rule);
	return err;
}

static int del_flow(struct genl_info *info)
{
	u16 priority = VSEXT_FLOW_PRIORITY_DEFAULT;
	struct vsext_rule *rule, *next;
	struct vsext_flow_match match;
	bool found = false;
	struct nest nest;
	int err;

	err = open_nest(info->attrs, VSEXT_A_FLOW, VSEXT_FLOW_A_MAX, &nest,
			info->extack) ?:
	      vsext_match_get(nest.attr[VSEXT_FLOW_A_MATCH], &match,
			      info->extack);
	if (err)
		return err;
	if (nest.attr[VSEXT_FLOW_A_PRIORITY])
		priority = nla_get_u16(nest.attr[VSEXT_FLOW_A_PRIORITY]);
	for (rule = vsext_table_next(NULL); rule; rule = next) {
		next = vsext_table_next(rule);
		if (nest.attr[VSEXT_FLOW_A_STRICT] ?
		    !vsext_rule_is(rule, &match) || rule->priority != priority :
		    !vsext_rule_within(rule, &match))
			continue;
		vsext_table_del(rule);
		found = true;
	}
	if (found)
		return 0;
	NL_SET_ERR_MSG(info->extack, "no rule matches");
	return -ENOENT;
}

static int check_cores(const unsigned long *cores,
		       struct netlink_ext_ack *extack)
{
	unsigned int core;
	int err = 0;

	for_each_set_bit(core, cores, VSEXT_MAX_CORES) {
		err = check_core(core, extack);
		if (err)
			break;
	}
	return err;
}

static int read_cores(const struct nlattr *attr, unsigned long *cores,
		      struct netlink_ext_ack *extack)
{
	u32 words[VSEXT_MAX_CORES / 32] = {};

	if (nla_len(attr) % sizeof(u32)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the list of cores is not one of 32-bit words");
		return -EINVAL;
	}
	nla_memcpy(words, attr, sizeof(words));
	bitmap_from_arr32(cores, words, VSEXT_MAX_CORES);
	return check_cores(cores, extack);
}

static int set_vm(struct genl_info *info)
{
	struct vsext_settings *set;
	struct vsext_vm *vm;
	struct nest nest;
	int id, err;

	err = open_nest(info->attrs, VSEXT_A_VM, VSEXT_VM_A_MAX, &nest,
			info->extack);
	id = err ?: vm_id(&nest, info->extack);
	if (id < 0)
		return id;
	set = vsext_settings_edit();
	if (!set)
		return -ENOMEM;
	if (!id || id > vsext_fcf_max_id(set->fcf)) {
		vsext_extack_msg(info->extack, NULL, set->fcf == VSEXT_FCF_TOS8 ?
			       "a VM id is 1 to 127 in the layout tos8" :
			       "a VM id is 1 to 31 in the layout dscp6");
		return -ERANGE;
	}
	vm = &set->vm[id];
	vm->used = true;
	if (nest.attr[VSEXT_VM_A_CORES])
		err = read_cores(nest.attr[VSEXT_VM_A_CORES], vm->cores,
				 info->extack);
	if (nest.attr[VSEXT_VM_A_TENANT])
		nla_strscpy(vm->tenant, nest.attr[VSEXT_VM_A_TENANT],
			    sizeof(vm->tenant));
	if (nest.attr[VSEXT_VM_A_UUID]) {
		nla_memcpy(vm->uuid, nest.attr[VSEXT_VM_A_UUID],
			   sizeof(vm->uuid));
		vm->has_uuid = true;
	}
	if (nest.attr[VSEXT_VM_A_PRIO])
		vm->prio = nla_get_u8(nest.attr[VSEXT_VM_A_PRIO]);
	return err;
}

static int del_vm(struct genl_info *info)
{
	struct vsext_settings *set;
	struct nest nest;
	int id, err;

	err = open_nest(info->attrs, VSEXT_A_VM, VSEXT_VM_A_MAX, &nest,
			info->extack);
	id = err ?: vm_id(&nest, info->extack);
	if (id < 0)
		return id;
	if (id >= VSEXT_MAX_VMS || !vsext_settings_next()->vm[id].used) {
		NL_SET_ERR_MSG(info->extack, "no VM has this id");
		return -ENOENT;
	}
	set = vsext_settings_edit();
	if (!set)
		return -ENOMEM;
	memset(&set->vm[id], 0, sizeof(set->vm[id]));
	return 0;
}

static int set_core(struct genl_info *info)
{
	struct vsext_settings *set;
	struct nest nest;
	int id, err;

	err = open_nest(info->attrs, VSEXT_A_CORE, VSEXT_CORE_A_MAX, &nest,
			info->extack);
	id = err ?: core_id(&nest, info->extack);
	if (id < 0)
		return id;
	if (!nest.attr[VSEXT_CORE_A_EXCLUDED]) {
		NL_SET_ERR_MSG(info->extack, "nothing to set");
		return -EINVAL;
	}
	if (!cpu_present(id)) {
		NL_SET_ERR_MSG(info->extack, "this core is absent");
		return -ENODEV;
	}
	set = vsext_settings_edit();
	if (!set)
		return -ENOMEM;
	__assign_bit(id, set->excluded,
		     nla_get_u8(nest.attr[VSEXT_CORE_A_EXCLUDED]));
	return 0;
}

/* All VM ids in use must fit a new layout. */
static int check_fcf(const struct vsext_settings *set, u8 fcf,
		     struct netlink_ext_ack *extack)
{
	unsigned int max = vsext_fcf_max_id(fcf), id;
	struct vsext_rule *rule;

	if (fcf >= __VSEXT_FCF_MAX) {
		NL_SET_ERR_MSG(extack, "no such layout of the flow control field");
		return -ERANGE;
	}
	for (id = max + 1; id < VSEXT_MAX_VMS; id++) {
		if (!set->vm[id].used)
			continue;
		NL_SET_ERR_MSG(extack, "a VM has an id that this layout cannot carry");
		return -EBUSY;
	}
	for (rule = vsext_table_next(NULL); rule;
	     rule = vsext_table_next(rule)) {
		if (rule->key.vm_id <= max)
			continue;
		NL_SET_ERR_MSG(extack, "a rule matches a vm_id that this layout cannot carry");
		return -EBUSY;
	}
	return 0;
}

static int set_u32(const struct nlattr *attr, u32 *value, u32 min, u32 max,
		   const char *msg, struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	if (nla_get_u32(attr) < min || nla_get_u32(attr) > max) {
		vsext_extack_msg(extack, attr, msg);
		return -ERANGE;
	}
	*value = nla_get_u32(attr);
	return 0;
}

static int set_config(struct genl_info *info)
{
	struct vsext_settings *set;
	struct nlattr *fcf;
	struct nest nest;
	int err;

	err = open_nest(info->attrs, VSEXT_A_CONFIG, VSEXT_CONFIG_A_MAX, &nest,
			info->extack);
	if (err)
		return err;
	set = vsext_settings_edit();
	if (!set)
		return -ENOMEM;
	fcf = nest.attr[VSEXT_CONFIG_A_FCF];
	if (fcf) {
		err = check_fcf(set, nla_get_u8(fcf), info->extack);
		if (err)
			return err;
		set->fcf = nla_get_u8(fcf);
	}
	return set_u32(nest.attr[VSEXT_CONFIG_A_THRESHOLD], &set->threshold, 0,
		       100, "the threshold is a percentage, 0 to 100",
		       info->extack) ?:
	       set_u32(nest.attr[VSEXT_CONFIG_A_QUEUE_LIMIT], &set->queue_limit,
		       VSEXT_QUEUE_LIMIT_MIN, VSEXT_QUEUE_LIMIT_MAX,
		       "the queue limit is 64 to 65536 packets", info->extack);
}

static struct vsext_speaker speaker(const struct genl_info *info)
{
	return (struct vsext_speaker){ genl_info_net(info), info->snd_portid };
}

static int do_set(struct sk_buff *skb, struct genl_info *info)
{
	static int (*const set[])(struct genl_info *) = {
		[VSEXT_CMD_PORT_SET]	= set_port,
		[VSEXT_CMD_FLOW_ADD]	= add_flow,
		[VSEXT_CMD_FLOW_DEL]	= del_flow,
		[VSEXT_CMD_VM_SET]	= set_vm,
		[VSEXT_CMD_VM_DEL]	= del_vm,
		[VSEXT_CMD_CORE_SET]	= set_core,
		[VSEXT_CMD_CONFIG_SET]	= set_config,
	};
	struct vsext_speaker who = speaker(info);
	int err;

	mutex_lock(&vsext_mutex);
	err = vsext_change_enter(&who, info->extack);
	if (!err)
		err = vsext_change_leave(set[info->genlhdr->cmd](info));
	mutex_unlock(&vsext_mutex);
	return err;
}

static int do_txn(struct sk_buff *skb, struct genl_info *info)
{
	struct vsext_speaker who = speaker(info);
	struct nest nest = {};
	int err = 0;

	if (info->attrs[VSEXT_A_TXN])
		err = open_nest(info->attrs, VSEXT_A_TXN, VSEXT_TXN_A_MAX,
				&nest, info->extack);
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

/* --- family --- */

#define SET(c, f) { .cmd = VSEXT_CMD_##c, .doit = f, .flags = GENL_ADMIN_PERM }

static const struct genl_small_ops ops[] = {
	SET(PORT_SET, do_set),
	SET(FLOW_ADD, do_set),
	SET(FLOW_DEL, do_set),
	SET(VM_SET, do_set),
	SET(VM_DEL, do_set),
	SET(CORE_SET, do_set),
	SET(CONFIG_SET, do_set),
	SET(TXN_BEGIN, do_txn),
	SET(TXN_COMMIT, do_txn),
	SET(TXN_ABORT, do_txn),
	SET(OFF, do_off),
	{ .cmd = VSEXT_CMD_PORT_GET, .doit = do_get, .dumpit = dump_ports },
	{ .cmd = VSEXT_CMD_FLOW_GET, .dumpit = dump_flows,
	  .flags = GENL_ADMIN_PERM },
	{ .cmd = VSEXT_CMD_VM_GET, .doit = do_get, .dumpit = dump_vms,
	  .flags = GENL_ADMIN_PERM },
	{ .cmd = VSEXT_CMD_CORE_GET, .doit = do_get, .dumpit = dump_cores },
	{ .cmd = VSEXT_CMD_CONFIG_GET, .doit = do_get },
	{ .cmd = VSEXT_CMD_STATS_GET, .doit = do_get },
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
	.resv_start_op = __VSEXT_CMD_MAX,
};

int vsext_netlink_init(void)
{
	return genl_register_family(&family);
}

void vsext_netlink_exit(void)
{
	genl_unregister_family(&family);
}
