// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: what is read. One filler serves get and dump. */
#include <linux/cpu.h>
#include <linux/rtnetlink.h>
#include <net/sock.h>

#include "compat/compat.h"
#include "control.h"
#include "dispatch.h"
#include "extack.h"
#include "flowtable.h"
#include "load.h"
#include "match.h"
#include "netlink.h"
#include "port.h"

/* --- fillers --- */

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

/* Those that are not 0. */
static int put_timeouts(struct sk_buff *msg, const struct vsext_rule_timer *timer)
{
	if (timer->idle && nla_put_u16(msg, VSEXT_FLOW_A_IDLE, timer->idle))
		return -EMSGSIZE;
	return timer->hard ? nla_put_u16(msg, VSEXT_FLOW_A_HARD, timer->hard) : 0;
}

int vsext_flow_put(struct sk_buff *msg, const struct vsext_rule *rule, u8 why)
{
	u64 duration = vsext_rule_age(rule) * (MSEC_PER_SEC / VSEXT_RULE_SECOND);
	const struct vsext_rule_timer *timer = vsext_rule_timer(rule);
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
	    put_u64(msg, VSEXT_FLOW_A_BYTES, sum.bytes, VSEXT_FLOW_A_PAD) ||
	    put_u64(msg, VSEXT_FLOW_A_DURATION, duration, VSEXT_FLOW_A_PAD))
		return -EMSGSIZE;
	if (timer && put_timeouts(msg, timer))
		return -EMSGSIZE;
	if (why && nla_put_u8(msg, VSEXT_FLOW_A_REMOVED, why))
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

static int put_vxlan_ports(struct sk_buff *msg, const struct vsext_layout *layout)
{
	u16 ports[VSEXT_VXLAN_PORTS_MAX];
	unsigned int i;

	for (i = 0; i < layout->vxlan_ports; i++)
		ports[i] = ntohs(layout->vxlan_port[i]);
	return nla_put(msg, VSEXT_CONFIG_A_VXLAN_PORTS, i * sizeof(u16), ports);
}

static int fill_config(struct sk_buff *msg, const struct vsext_settings *set)
{
	struct nlattr *nest = nla_nest_start(msg, VSEXT_A_CONFIG);

	if (!nest ||
	    nla_put_u32(msg, VSEXT_CONFIG_A_THRESHOLD, set->threshold) ||
	    nla_put_u8(msg, VSEXT_CONFIG_A_FCF, set->layout.fcf) ||
	    nla_put_u32(msg, VSEXT_CONFIG_A_QUEUE_LIMIT, set->queue_limit) ||
	    nla_put_u32(msg, VSEXT_CONFIG_A_MAX_FLOWS, set->limits.flows) ||
	    nla_put_u32(msg, VSEXT_CONFIG_A_MAX_MASKS, set->limits.masks) ||
	    put_vxlan_ports(msg, &set->layout))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static void sum_stats(u64 *stat)
{
	struct vsext_order_stats order;
	struct vsext_port_stats ports;
	struct vsext_core_stats core;
	struct vsext_memory memory;
	unsigned int cpu;

	rtnl_lock();
	stat[VSEXT_STAT_DROP_GONE] = vsext_ports_sum(&ports);
	stat[VSEXT_STAT_WAITING] = vsext_ports_held();
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
		stat[VSEXT_STAT_WAITING] += core.queued;
		stat[VSEXT_STAT_DELIVERED] += core.packets;
		stat[VSEXT_STAT_DROP_GONE] += core.gone;
		stat[VSEXT_STAT_OFFLINE] += core.offline;
	}
	vsext_table_memory(&memory);
	stat[VSEXT_STAT_MEM_RULES] = memory.rules;
	stat[VSEXT_STAT_MEM_COUNTERS] = memory.counters;
	stat[VSEXT_STAT_MEM_TABLES] = memory.tables;
	stat[VSEXT_STAT_MEM_MASKS] = memory.masks;
	stat[VSEXT_STAT_MEM_CACHE] = memory.cache;
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
	struct vsext_nest nest;
	int err;

	err = vsext_nest_open(info->attrs, VSEXT_A_PORT, &nest, info->extack);
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

static int get_vm(struct sk_buff *msg, struct genl_info *info)
{
	const struct vsext_settings *set = vsext_settings_current();
	struct vsext_nest nest;
	int id;

	id = vsext_nest_vm(info, &nest);
	if (id < 0)
		return id;
	if (id >= VSEXT_MAX_VMS || !set->vm[id].used) {
		NL_SET_ERR_MSG(info->extack, "no VM has this id");
		return -ENOENT;
	}
	return fill_vm(msg, id, &set->vm[id]);
}

static int get_core(struct sk_buff *msg, struct genl_info *info)
{
	struct vsext_nest nest;
	int id;

	id = vsext_nest_core(info, &nest);
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

int vsext_do_get(struct sk_buff *skb, struct genl_info *info)
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
	header = vsext_put_header(msg, info->snd_portid, info->snd_seq, 0, cmd);
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
	return vsext_put_header(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
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

int vsext_dump_ports(struct sk_buff *msg, struct netlink_callback *cb)
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

static int dump_selection(struct netlink_callback *cb, struct vsext_selection *sel)
{
	struct nlattr **attrs = vsext_dump_attrs(cb);
	struct vsext_nest nest = {};
	int err = 0;

	if (attrs && attrs[VSEXT_A_FLOW])
		err = vsext_nest_open(attrs, VSEXT_A_FLOW, &nest, cb->extack);
	return err ?: vsext_selection_get(&nest, sel, cb->extack);
}

int vsext_dump_flows(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct vsext_rule_pos *pos = (struct vsext_rule_pos *)cb->ctx, next;
	struct vsext_selection sel;
	struct vsext_rule *rule;
	void *header;
	int err;

	BUILD_BUG_ON(sizeof(*pos) > sizeof(cb->ctx));
	err = dump_selection(cb, &sel);
	if (err)
		return err;
	mutex_lock(&vsext_mutex);
	cb->seq = vsext_table_seq();
	for (next = *pos; (rule = vsext_table_next_active(&next, &sel.match));
	     *pos = next) {
		if (!vsext_selection_has(&sel, rule))
			continue;
		header = dump_header(msg, cb, VSEXT_CMD_FLOW_GET);
		if (!header)
			break;
		genl_dump_check_consistent(cb, header);
		if (dump_end(msg, header, vsext_flow_put(msg, rule, 0)))
			break;
	}
	mutex_unlock(&vsext_mutex);
	return msg->len;
}

int vsext_dump_vms(struct sk_buff *msg, struct netlink_callback *cb)
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

int vsext_dump_cores(struct sk_buff *msg, struct netlink_callback *cb)
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
