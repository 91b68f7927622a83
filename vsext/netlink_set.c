// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: what is changed. Each setter runs with a change entered. */
#include <linux/cpu.h>

#include "control.h"
#include "extack.h"
#include "flowtable.h"
#include "match.h"
#include "netlink.h"
#include "port.h"

/* --- setters: a change is entered --- */

static int set_port(struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct vsext_nest nest;
	int ifindex, old, err;

	old = vsext_nest_open(info->attrs, VSEXT_A_PORT, &nest, info->extack);
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
	if (old < 0)
		return old;
	err = vsext_change_port(net, ifindex, old);
	if (err)
		vsext_port_set(net, ifindex, old, NULL);
	return err;
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

static int set_action(struct vsext_rule *rule, const struct vsext_nest *nest,
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
	if (rule->action == VSEXT_ACT_CORE ? !core : !!core) {
		NL_SET_ERR_MSG(extack, "a core goes with the action irq:N, and only with that");
		return -EINVAL;
	}
	if (!core) {
		rule->core = VSEXT_CORE_NONE;
		return 0;
	}
	err = check_core(nla_get_u32(core), extack);
	if (err)
		return err;
	rule->core = nla_get_u32(core);
	/* A saved state stays valid while one of its cores is offline. */
	if (!cpu_online(rule->core) && !vsext_txn_restores()) {
		NL_SET_ERR_MSG(extack, "this core is offline");
		return -ENODEV;
	}
	return 0;
}

/* Can the layout that will be in force carry the VM id of the match? */
static int check_vm_id(const struct vsext_flow_match *match,
		       struct netlink_ext_ack *extack)
{
	if (match->key.vm_id <= vsext_fcf_max_id(vsext_settings_next()->layout.fcf))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "the FCF layout cannot carry this vm_id (dscp6: up to 31, tos8: up to 127)");
	return -ERANGE;
}

static void explain_add(int err, const struct vsext_limits *limits,
			struct netlink_ext_ack *extack)
{
	if (err == -EEXIST)
		NL_SET_ERR_MSG(extack,
			       "a rule with this match and priority exists already; use replace");
	else if (err == -E2BIG)
		NL_SET_ERR_MSG(extack, "too many rules have this match");
	else if (err == -ENOSPC)
		vsext_extack_msg(extack, NULL, vsext_table_count() >= limits->flows ?
			       "the flow table is full (config max-flows)" :
			       "too many different masks are in use (config max-masks)");
}

static int check_overlap(const struct vsext_nest *nest,
			 const struct vsext_flow_match *match, u16 priority,
			 struct netlink_ext_ack *extack)
{
	if (!nest->attr[VSEXT_FLOW_A_CHECK_OVERLAP] ||
	    !vsext_table_overlaps(match, priority))
		return 0;
	NL_SET_ERR_MSG(extack, "a packet may match a rule of the same priority as well");
	return -ENOTUNIQ;
}

static u16 seconds_of(const struct nlattr *attr)
{
	return attr ? nla_get_u16(attr) : 0;
}

#define SELECTION	(BIT(VSEXT_FLOW_A_MATCH) | BIT(VSEXT_FLOW_A_STRICT) | \
			 BIT(VSEXT_FLOW_A_PRIORITY) | \
			 BIT(VSEXT_FLOW_A_SELECT_COOKIE) | \
			 BIT(VSEXT_FLOW_A_SELECT_CORE))
#define WHAT_TO_DO	(BIT(VSEXT_FLOW_A_ACTION) | BIT(VSEXT_FLOW_A_CORE) | \
			 BIT(VSEXT_FLOW_A_COOKIE))
#define NEW_RULE	(WHAT_TO_DO | BIT(VSEXT_FLOW_A_MATCH) | \
			 BIT(VSEXT_FLOW_A_PRIORITY) | BIT(VSEXT_FLOW_A_IDLE) | \
			 BIT(VSEXT_FLOW_A_HARD) | BIT(VSEXT_FLOW_A_REPLACE) | \
			 BIT(VSEXT_FLOW_A_CHECK_OVERLAP))

/* What a command does not know is refused, so that it may mean something one day. */
static int open_flow(struct genl_info *info, u32 known, struct vsext_nest *nest)
{
	int i, err;

	err = vsext_nest_open(info->attrs, VSEXT_A_FLOW, nest, info->extack);
	if (err)
		return err;
	for (i = VSEXT_FLOW_A_MATCH; i <= VSEXT_FLOW_A_MAX; i++) {
		if (!nest->attr[i] || known & BIT(i))
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, nest->attr[i],
				    "the command has no such attribute");
		return -EINVAL;
	}
	return 0;
}

/* Of the priorities only strict commands know: without, it would be all of them. */
static int open_selection(struct genl_info *info, u32 known,
			  struct vsext_nest *nest, struct vsext_selection *sel)
{
	int err = open_flow(info, known, nest);

	if (err)
		return err;
	if (nest->attr[VSEXT_FLOW_A_PRIORITY] && !nest->attr[VSEXT_FLOW_A_STRICT]) {
		NL_SET_ERR_MSG(info->extack, "a priority is for strict commands");
		return -EINVAL;
	}
	return vsext_selection_get(nest, sel, info->extack);
}

static int add_flow(struct genl_info *info)
{
	const struct vsext_limits *limits = &vsext_settings_next()->limits;
	struct vsext_flow_match match;
	struct vsext_rule *rule;
	struct vsext_nest nest;
	int err;

	err = open_flow(info, NEW_RULE, &nest) ?:
	      vsext_match_get(nest.attr[VSEXT_FLOW_A_MATCH], &match,
			      info->extack) ?:
	      check_vm_id(&match, info->extack);
	if (err)
		return err;
	rule = vsext_rule_alloc_timed(&match, seconds_of(nest.attr[VSEXT_FLOW_A_IDLE]),
				      seconds_of(nest.attr[VSEXT_FLOW_A_HARD]));
	if (!rule)
		return -ENOMEM;
	rule->priority = VSEXT_FLOW_PRIORITY_DEFAULT;
	if (nest.attr[VSEXT_FLOW_A_PRIORITY])
		rule->priority = nla_get_u16(nest.attr[VSEXT_FLOW_A_PRIORITY]);
	if (nest.attr[VSEXT_FLOW_A_COOKIE])
		rule->cookie = nla_get_u64(nest.attr[VSEXT_FLOW_A_COOKIE]);
	err = set_action(rule, &nest, info->extack) ?:
	      check_overlap(&nest, &match, rule->priority, info->extack);
	if (!err) {
		err = vsext_table_add(rule, &match.mask, limits,
				      nest.attr[VSEXT_FLOW_A_REPLACE]);
		explain_add(err, limits, info->extack);
	}
	if (err)
		vsext_rule_free(rule);
	return err;
}

/*
 * Does @change to the rules that the command is about. Returns how many there
 * are, or an errno.
 */
static int for_selected(const struct vsext_nest *nest,
			const struct vsext_selection *sel,
			int (*change)(struct vsext_rule *rule, const void *arg),
			const void *arg)
{
	struct nlattr *priority = nest->attr[VSEXT_FLOW_A_PRIORITY];
	struct vsext_rule_pos pos = {};
	struct vsext_rule *rule;
	int n = 0, err = 0;

	if (nest->attr[VSEXT_FLOW_A_STRICT]) {
		rule = vsext_table_get(&sel->match, priority ?
				       nla_get_u16(priority) :
				       VSEXT_FLOW_PRIORITY_DEFAULT);
		if (!rule || !vsext_selection_has(sel, rule))
			return 0;
		return change(rule, arg) ?: 1;
	}
	while (!err && (rule = vsext_table_next(&pos, &sel->match))) {
		if (!vsext_selection_has(sel, rule))
			continue;
		err = change(rule, arg);
		n++;
	}
	return err ?: n;
}

static int del_one(struct vsext_rule *rule, const void *arg)
{
	return vsext_table_del(rule);
}

static int del_flow(struct genl_info *info)
{
	struct vsext_selection sel;
	struct vsext_nest nest;
	int n;

	n = open_selection(info, SELECTION, &nest, &sel) ?:
	    for_selected(&nest, &sel, del_one, NULL);
	/* Emptying an empty table is no mistake. */
	if (n || !(nest.attr[VSEXT_FLOW_A_MATCH] ||
		   nest.attr[VSEXT_FLOW_A_STRICT] ||
		   nest.attr[VSEXT_FLOW_A_SELECT_COOKIE] ||
		   nest.attr[VSEXT_FLOW_A_SELECT_CORE]))
		return min(n, 0);
	NL_SET_ERR_MSG(info->extack, "no rule matches");
	return -ENOENT;
}

struct modification {
	const struct vsext_nest *nest;
	struct netlink_ext_ack *extack;
};

static int mod_one(struct vsext_rule *rule, const void *arg)
{
	const struct modification *mod = arg;
	const struct nlattr *cookie = mod->nest->attr[VSEXT_FLOW_A_COOKIE];
	u8 action = rule->action;
	int core, err;

	rule = vsext_table_edit(rule);
	if (!rule)
		return -ENOMEM;
	core = rule->core;
	if (cookie)
		rule->cookie = nla_get_u64(cookie);
	err = set_action(rule, mod->nest, mod->extack);
	/* The choice made for an action that stays is kept, too. */
	if (!err && action == rule->action && action != VSEXT_ACT_CORE)
		rule->core = core;
	return err;
}

static int mod_flow(struct genl_info *info)
{
	struct vsext_selection sel;
	struct vsext_nest nest;
	int n;

	n = open_selection(info, SELECTION | WHAT_TO_DO, &nest, &sel) ?:
	    for_selected(&nest, &sel, mod_one,
			 &(struct modification){ &nest, info->extack });
	if (n)
		return min(n, 0);
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
	struct vsext_nest nest;
	int id, err = 0;

	id = vsext_nest_vm(info, &nest);
	if (id < 0)
		return id;
	set = vsext_settings_edit();
	if (!set)
		return -ENOMEM;
	if (!id || id > vsext_fcf_max_id(set->layout.fcf)) {
		vsext_extack_msg(info->extack, NULL, set->layout.fcf == VSEXT_FCF_TOS8 ?
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
	struct vsext_nest nest;
	int id;

	id = vsext_nest_vm(info, &nest);
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
	struct vsext_nest nest;
	int id;

	id = vsext_nest_core(info, &nest);
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
	struct vsext_rule_pos pos = {};
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
	while ((rule = vsext_table_next(&pos, NULL))) {
		struct vsext_flow_match match;

		vsext_rule_match(rule, &match);
		if (match.key.vm_id <= max)
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

/* There may be no more than that, and are not. */
static int set_limit(const struct nlattr *attr, u32 *limit, u32 max, u32 used,
		     const char *msg, struct netlink_ext_ack *extack)
{
	int err = set_u32(attr, limit, 0, max, msg, extack);

	if (err || *limit >= used)
		return err;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the flow table holds more than that");
	return -EBUSY;
}

static int set_vxlan_ports(const struct nlattr *attr, struct vsext_layout *layout,
			   struct netlink_ext_ack *extack)
{
	u16 ports[VSEXT_VXLAN_PORTS_MAX];
	unsigned int i;

	if (!attr)
		return 0;
	if (nla_len(attr) % sizeof(u16)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the list of ports is not one of 16-bit words");
		return -EINVAL;
	}
	nla_memcpy(ports, attr, sizeof(ports));
	for (i = 0; i < nla_len(attr) / sizeof(u16); i++) {
		if (!ports[i]) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "a UDP port is 1 to 65535");
			return -ERANGE;
		}
		layout->vxlan_port[i] = htons(ports[i]);
	}
	layout->vxlan_ports = i;
	return 0;
}

static int set_config(struct genl_info *info)
{
	struct vsext_settings *set;
	struct nlattr *fcf;
	struct vsext_nest nest;
	int err;

	err = vsext_nest_open(info->attrs, VSEXT_A_CONFIG, &nest, info->extack);
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
		set->layout.fcf = nla_get_u8(fcf);
	}
	return set_u32(nest.attr[VSEXT_CONFIG_A_THRESHOLD], &set->threshold, 0,
		       100, "the threshold is a percentage, 0 to 100",
		       info->extack) ?:
	       set_u32(nest.attr[VSEXT_CONFIG_A_QUEUE_LIMIT], &set->queue_limit,
		       VSEXT_QUEUE_LIMIT_MIN, VSEXT_QUEUE_LIMIT_MAX,
		       "the queue limit is 64 to 65536 packets", info->extack) ?:
	       set_limit(nest.attr[VSEXT_CONFIG_A_MAX_FLOWS], &set->limits.flows,
			 VSEXT_MAX_FLOWS, vsext_table_count(),
			 "the flow table holds up to 1048576 rules", info->extack) ?:
	       set_limit(nest.attr[VSEXT_CONFIG_A_MAX_MASKS], &set->limits.masks,
			 VSEXT_MAX_MASKS, vsext_table_mask_count(),
			 "there are up to 64 different masks", info->extack) ?:
	       set_vxlan_ports(nest.attr[VSEXT_CONFIG_A_VXLAN_PORTS],
			       &set->layout, info->extack);
}

int vsext_do_set(struct sk_buff *skb, struct genl_info *info)
{
	static int (*const set[])(struct genl_info *) = {
		[VSEXT_CMD_PORT_SET]	= set_port,
		[VSEXT_CMD_FLOW_ADD]	= add_flow,
		[VSEXT_CMD_FLOW_DEL]	= del_flow,
		[VSEXT_CMD_FLOW_MOD]	= mod_flow,
		[VSEXT_CMD_VM_SET]	= set_vm,
		[VSEXT_CMD_VM_DEL]	= del_vm,
		[VSEXT_CMD_CORE_SET]	= set_core,
		[VSEXT_CMD_CONFIG_SET]	= set_config,
	};
	struct vsext_speaker who = vsext_speaker_of(info);
	int err;

	mutex_lock(&vsext_mutex);
	err = vsext_change_enter(&who, info->extack);
	if (!err)
		err = vsext_change_leave(set[info->genlhdr->cmd](info));
	mutex_unlock(&vsext_mutex);
	return err;
}
