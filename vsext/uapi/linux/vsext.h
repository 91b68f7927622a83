/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * vsext - per-flow choice of the core that runs the receive softirq
 *
 * This header is the specification of the generic netlink family "vsext".
 * Whatever a command refuses, it refuses whole: a negative errno, an extack
 * message that says why, and nothing changed.
 *
 * Access: every command needs CAP_NET_ADMIN in the initial user namespace
 * (-EPERM). Rules, VMs and settings are those of the host, ports belong to the
 * network namespace of their device.
 * Context: all commands run in process context under one mutex.
 * Byte order: match fields are in network byte order, everything else is in
 * host byte order. Counters are 64 bit and never reset while the object lives.
 *
 * Events: the multicast group VSEXT_GENL_GROUP_FLOW of the initial network namespace
 * (joining it needs CAP_NET_ADMIN) is told of rules that are removed, see
 * VSEXT_CMD_FLOW_REMOVED. A socket that loses events, because it or the kernel has no
 * room for them, is told -ENOBUFS by its next receive.
 *
 * Transactions: after VSEXT_CMD_TXN_BEGIN every command of the same socket that
 * writes becomes part of one transaction. Packets see either all or nothing of
 * its rules, and of its VMs, cores and settings (which follow within an RCU grace
 * period); VSEXT_CMD_TXN_COMMIT makes it visible, a failing command,
 * VSEXT_CMD_TXN_ABORT or the end of the socket takes all of it back. After a
 * failure all further commands of the socket are refused (-ECANCELED) until it
 * commits or aborts, so commands may be pipelined. Ports are attached at once and
 * put back as they were if the transaction is taken back. Other
 * sockets that want to write are told -EBUSY meanwhile (reads and
 * VSEXT_CMD_OFF are not).
 */
#ifndef _UAPI_LINUX_VSEXT_H
#define _UAPI_LINUX_VSEXT_H

#include <linux/types.h>

#define VSEXT_GENL_NAME		"vsext"
#define VSEXT_GENL_VERSION	1
#define VSEXT_GENL_GROUP_FLOW	"flow"

/**
 * enum vsext_cmd - commands of the family
 *
 * @VSEXT_CMD_PORT_SET: attach to or detach from a device of the caller's netns.
 *	VSEXT_A_PORT { IFINDEX, MODE }
 *	-ENODEV no such device, -EOPNOTSUPP the mode cannot work on this device
 *	(extack says why), -EBUSY the device is going away.
 *	Setting the mode that is in force already is no error.
 * @VSEXT_CMD_PORT_GET: ports of the caller's netns; do { VSEXT_A_PORT { IFINDEX } }
 *	or dump. VSEXT_A_PORT { IFINDEX, IFNAME, MODE, ACTIVE, REASON, WARN,
 *	PACKETS, LOCAL, MOVED, DROPS }
 * @VSEXT_CMD_FLOW_ADD: add a rule. VSEXT_A_FLOW { MATCH, PRIORITY, ACTION,
 *	[CORE], [COOKIE], [IDLE], [HARD], [REPLACE], [CHECK_OVERLAP] }
 *	A rule with timeouts is removed when they are over: HARD seconds after it
 *	came into force (up to one second later), or IDLE seconds without a packet
 *	(up to two); while a transaction is open, behind its end.
 *	-EEXIST the same match at the same priority exists (with the flag REPLACE
 *	it is replaced and its counters start anew), -ENOTUNIQ with the flag
 *	CHECK_OVERLAP: a packet may match another rule of this priority as well
 *	(OpenFlow 1.0, 4.6; this looks at every rule), -EINVAL a field without the
 *	field it depends on, a value outside its mask, a core that does not
 *	exist, ACTION_VM without an exact VM_ID, an attribute that is not listed
 *	here, -ENODEV the core is absent or offline, -ENOSPC the table or the number
 *	of masks is full, -E2BIG 64 rules of other priorities have this match.
 * @VSEXT_CMD_FLOW_DEL: delete rules. VSEXT_A_FLOW { [MATCH], [PRIORITY], [STRICT],
 *	[SELECT_COOKIE], [SELECT_CORE] }
 *	Not strict: all rules at least as specific as MATCH (OpenFlow 1.0, 4.6);
 *	strict: the one of exactly this match and priority. Of these the ones that
 *	SELECT_* want. -ENOENT none is, -EINVAL a cookie with bits outside its mask,
 *	a core that does not exist, a PRIORITY without STRICT.
 *	Without any of it: all rules, and no error if there are none.
 * @VSEXT_CMD_FLOW_GET: dump of rules, in no particular order;
 *	VSEXT_A_FLOW { [MATCH], [SELECT_COOKIE], [SELECT_CORE] } restricts it as in
 *	FLOW_DEL, -EINVAL likewise. Replies VSEXT_A_FLOW
 *	{ MATCH, PRIORITY, COOKIE, ACTION, [CORE], [ASSIGNED], [IDLE], [HARD],
 *	PACKETS, BYTES, DURATION }
 *	A rule that stays meanwhile is told once; NLM_F_DUMP_INTR: others changed.
 * @VSEXT_CMD_VM_SET: add or change a VM. VSEXT_A_VM { ID, [CORES], [TENANT],
 *	[UUID], [PRIO] } What is not given stays as it is.
 *	-ERANGE the id does not fit the FCF layout in force (0 never does),
 *	-EINVAL a core that does not exist, -ENODEV one that is absent.
 * @VSEXT_CMD_VM_DEL: VSEXT_A_VM { ID }. -ENOENT no such VM.
 * @VSEXT_CMD_VM_GET: dump or do { VSEXT_A_VM { ID } }
 * @VSEXT_CMD_CORE_SET: VSEXT_A_CORE { ID, EXCLUDED }. -ENODEV no such core.
 * @VSEXT_CMD_CORE_GET: dump or do { VSEXT_A_CORE { ID } }. VSEXT_A_CORE { ID,
 *	LOAD, ONLINE, ISOLATED, EXCLUDED, NODE, VMS, PACKETS, BYTES, QUEUED,
 *	STOLEN, WAKEUPS, DROPS }
 * @VSEXT_CMD_CONFIG_SET: VSEXT_A_CONFIG { [THRESHOLD], [FCF], [QUEUE_LIMIT],
 *	[VXLAN_PORTS], [MAX_FLOWS], [MAX_MASKS] }
 *	-ERANGE a value outside its range, -EBUSY the layout cannot carry the id
 *	of a VM or rule that exists, or there are more rules or masks than that.
 * @VSEXT_CMD_CONFIG_GET: do without attributes.
 * @VSEXT_CMD_STATS_GET: do without attributes. VSEXT_A_STATS { enum vsext_stat }
 * @VSEXT_CMD_OFF: detach every port of every netns at once, aborting an open
 *	transaction. Rules, VMs and settings stay.
 * @VSEXT_CMD_TXN_BEGIN: open a transaction. VSEXT_A_TXN { [FLUSH] }: with the
 *	flag FLUSH it starts from no rules, no VMs, no excluded core and default
 *	settings (ports stay as they are), and its rules may name offline cores.
 *	-EBUSY one is open already.
 * @VSEXT_CMD_TXN_COMMIT: -ENOENT this socket has none open, -ECANCELED it failed
 *	and was taken back.
 * @VSEXT_CMD_TXN_ABORT: take everything back. -ENOENT as above.
 * @VSEXT_CMD_FLOW_MOD: change rules, which count on (OpenFlow 1.0, 4.6, but that
 *	nothing is added if there is none). VSEXT_A_FLOW { [MATCH], [PRIORITY],
 *	[STRICT], [SELECT_COOKIE], [SELECT_CORE], ACTION, [CORE], [COOKIE] }
 *	Rules are selected as in FLOW_DEL; ACTION and CORE are those of FLOW_ADD,
 *	and so are the errors. Without COOKIE theirs stays, and so do their age and
 *	timeouts. -ENOENT there is none.
 * @VSEXT_CMD_FLOW_REMOVED: not to be sent; an event: a rule was in force and is gone
 *	for all packets. VSEXT_A_FLOW as FLOW_GET has it, with the last counters, and
 *	REMOVED. Of one transaction or timeout in no particular order.
 */
enum vsext_cmd {
	VSEXT_CMD_UNSPEC,
	VSEXT_CMD_PORT_SET,
	VSEXT_CMD_PORT_GET,
	VSEXT_CMD_FLOW_ADD,
	VSEXT_CMD_FLOW_DEL,
	VSEXT_CMD_FLOW_GET,
	VSEXT_CMD_VM_SET,
	VSEXT_CMD_VM_DEL,
	VSEXT_CMD_VM_GET,
	VSEXT_CMD_CORE_SET,
	VSEXT_CMD_CORE_GET,
	VSEXT_CMD_CONFIG_SET,
	VSEXT_CMD_CONFIG_GET,
	VSEXT_CMD_STATS_GET,
	VSEXT_CMD_OFF,
	VSEXT_CMD_TXN_BEGIN,
	VSEXT_CMD_TXN_COMMIT,
	VSEXT_CMD_TXN_ABORT,
	VSEXT_CMD_FLOW_MOD,
	VSEXT_CMD_FLOW_REMOVED,

	__VSEXT_CMD_MAX
};

#define VSEXT_CMD_MAX (__VSEXT_CMD_MAX - 1)

/* Top level: one nest per object. */
enum vsext_attr {
	VSEXT_A_UNSPEC,
	VSEXT_A_PORT,		/* nest, enum vsext_port_attr */
	VSEXT_A_FLOW,		/* nest, enum vsext_flow_attr */
	VSEXT_A_VM,		/* nest, enum vsext_vm_attr */
	VSEXT_A_CORE,		/* nest, enum vsext_core_attr */
	VSEXT_A_CONFIG,		/* nest, enum vsext_config_attr */
	VSEXT_A_STATS,		/* nest, enum vsext_stat */
	VSEXT_A_TXN,		/* nest, enum vsext_txn_attr */

	__VSEXT_A_MAX
};

#define VSEXT_A_MAX (__VSEXT_A_MAX - 1)

enum vsext_port_mode {
	VSEXT_PORT_OFF,
	VSEXT_PORT_AUTO,	/* driver where the driver is patched, else ingress */
	VSEXT_PORT_DRIVER,	/* hook in the driver's NAPI poll, before GRO */
	VSEXT_PORT_INGRESS,	/* netdev ingress hook, after GRO */
	__VSEXT_PORT_MODE_MAX
};

/* Why the active mode is what it is (VSEXT_PORT_A_REASON). */
enum vsext_port_reason {
	VSEXT_REASON_ASKED,		/* the administrator named this mode */
	VSEXT_REASON_DRIVER_HOOKED,	/* auto: the driver is patched */
	VSEXT_REASON_DRIVER_STOCK,	/* auto: the driver is not patched */
};

/* What would interfere with us (VSEXT_PORT_A_WARN, bits). */
#define VSEXT_WARN_RPS		(1U << 0)	/* RPS moves our packets again */
#define VSEXT_WARN_RFS		(1U << 1)	/* RFS does */
#define VSEXT_WARN_XDP		(1U << 2)	/* XDP sees packets before us */
#define VSEXT_WARN_XDP_GENERIC	(1U << 3)	/* generic XDP runs after us */
#define VSEXT_WARN_MASTER	(1U << 4)	/* also attached to its bond/team */
#define VSEXT_WARN_LOWER	(1U << 5)	/* also attached to a port below */

enum vsext_port_attr {
	VSEXT_PORT_A_UNSPEC,
	VSEXT_PORT_A_PAD,
	VSEXT_PORT_A_IFINDEX,	/* u32 */
	VSEXT_PORT_A_IFNAME,	/* string */
	VSEXT_PORT_A_MODE,	/* u8, enum vsext_port_mode: asked for */
	VSEXT_PORT_A_ACTIVE,	/* u8, DRIVER or INGRESS */
	VSEXT_PORT_A_REASON,	/* u8, enum vsext_port_reason */
	VSEXT_PORT_A_WARN,	/* u32, VSEXT_WARN_* */
	VSEXT_PORT_A_PACKETS,	/* u64, seen */
	VSEXT_PORT_A_LOCAL,	/* u64, left on the core of the hardware IRQ */
	VSEXT_PORT_A_MOVED,	/* u64, handed to another core */
	VSEXT_PORT_A_DROPS,	/* u64, dropped by us */

	__VSEXT_PORT_A_MAX
};

#define VSEXT_PORT_A_MAX (__VSEXT_PORT_A_MAX - 1)

/**
 * enum vsext_match - match fields (in VSEXT_FLOW_A_MATCH)
 *
 * The payload is the value (exact match), or the value followed by a mask of
 * the same length. A value bit outside the mask is refused. Absent: any.
 * The outer fields are those of OpenFlow 1.0 (5.2.3) as ovs-ofctl(8) names
 * them; INNER_* are the same fields of the packet inside the tunnel.
 *
 * Dependencies, each of them matched exactly:
 *	NW_SRC, NW_DST		DL_TYPE 0x0800, or 0x0806 and 0x8035 (ARP, RARP)
 *	IPV6_SRC, IPV6_DST	DL_TYPE 0x86dd
 *	NW_PROTO		DL_TYPE 0x0800, 0x86dd, 0x0806 or 0x8035 (the opcode)
 *	NW_TOS, IP_FRAG		DL_TYPE 0x0800 or 0x86dd
 *	TP_SRC, TP_DST		NW_PROTO 6, 17 or 132; with DL_TYPE 0x0800 also 1, with
 *				0x86dd 58 (ICMP's type and code)
 *	ESP_SPI			NW_PROTO 50, or 17 (RFC 3948, port 4500)
 *	TUN_ID, INNER_*		TUN_TYPE; TUN_ID not of an IPIP tunnel
 *
 * All fragments of the outer packet match as the first of its datagram to arrive,
 * but for IP_FRAG: without ports, SPI and what is inside if that is not its start.
 * Fragments inside have no ports.
 */
enum vsext_match {
	VSEXT_M_UNSPEC,
	VSEXT_M_IN_PORT,	/* u32, host order: ifindex, in whatever netns */
	VSEXT_M_DL_DST,		/* 6 bytes */
	VSEXT_M_DL_SRC,		/* 6 bytes */
	VSEXT_M_DL_TYPE,	/* be16 */
	VSEXT_M_VLAN_TCI,	/* be16: PCP 0xe000, tagged 0x1000, VID 0x0fff; 0 untagged */
	VSEXT_M_NW_SRC,		/* be32 */
	VSEXT_M_NW_DST,		/* be32 */
	VSEXT_M_IPV6_SRC,	/* 16 bytes */
	VSEXT_M_IPV6_DST,	/* 16 bytes */
	VSEXT_M_NW_PROTO,	/* u8 */
	VSEXT_M_NW_TOS,		/* u8: DSCP and ECN, or the IPv6 traffic class */
	VSEXT_M_TP_SRC,		/* be16 */
	VSEXT_M_TP_DST,		/* be16 */
	VSEXT_M_IP_FRAG,	/* u8: VSEXT_FRAG_*, and no other bit in the mask */
	VSEXT_M_TUN_TYPE,	/* u8, enum vsext_tun_type */
	VSEXT_M_TUN_ID,		/* be32: VNI (24 bits), or the key of GRE, 0 without */
	VSEXT_M_ESP_SPI,	/* be32, of the outer packet */
	VSEXT_M_INNER_DL_DST,
	VSEXT_M_INNER_DL_SRC,
	VSEXT_M_INNER_DL_TYPE,
	VSEXT_M_INNER_VLAN_TCI,
	VSEXT_M_INNER_NW_SRC,
	VSEXT_M_INNER_NW_DST,
	VSEXT_M_INNER_IPV6_SRC,
	VSEXT_M_INNER_IPV6_DST,
	VSEXT_M_INNER_NW_PROTO,
	VSEXT_M_INNER_NW_TOS,
	VSEXT_M_INNER_TP_SRC,
	VSEXT_M_INNER_TP_DST,
	VSEXT_M_INNER_IP_FRAG,
	VSEXT_M_VM_ID,		/* u8: from the FCF of the outer header, 0 unmarked */
	VSEXT_M_VM_PRIO,	/* u8: 0 or 1, from the FCF */

	__VSEXT_M_MAX
};

#define VSEXT_M_MAX (__VSEXT_M_MAX - 1)

/* As Open vSwitch has it: 0 whole, ANY the first one, ANY and LATER the others. */
#define VSEXT_FRAG_ANY		0x01
#define VSEXT_FRAG_LATER	0x02

enum vsext_tun_type {
	VSEXT_TUN_NONE,
	VSEXT_TUN_VXLAN,	/* RFC 7348, the ports of VSEXT_CONFIG_A_VXLAN_PORTS */
	VSEXT_TUN_GENEVE,	/* RFC 8926, UDP port 6081 */
	VSEXT_TUN_GRE,		/* RFC 2784 and 2890, Ethernet or IP inside */
	VSEXT_TUN_IPIP,		/* RFC 2003, 2473, 4213: IPv4 or IPv6 in either */
	__VSEXT_TUN_MAX
};

/**
 * enum vsext_action - where the receive softirq of a rule's packets runs
 * @VSEXT_ACT_LOCAL: on the core of the hardware IRQ
 * @VSEXT_ACT_CORE: on core VSEXT_FLOW_A_CORE; offline: as LOCAL
 * @VSEXT_ACT_AUTO: on the core chosen for the rule at its first packet: no VM
 *	pinned, load at or below the threshold, least loaded; none such: LOCAL
 *	(the paper's "IRQ: -")
 * @VSEXT_ACT_VM: on the core of the VM that the rule's VM_ID names
 */
enum vsext_action {
	VSEXT_ACT_LOCAL,
	VSEXT_ACT_CORE,
	VSEXT_ACT_AUTO,
	VSEXT_ACT_VM,
	__VSEXT_ACT_MAX
};

/**
 * enum vsext_removed - why a rule was removed (OpenFlow 1.0, 5.4.3)
 * @VSEXT_REMOVED_IDLE: no packet within its idle timeout
 * @VSEXT_REMOVED_HARD: the hard timeout is over
 * @VSEXT_REMOVED_DELETE: FLOW_DEL, or a transaction that starts with a flush
 * @VSEXT_REMOVED_REPLACE: FLOW_ADD with the flag REPLACE
 */
enum vsext_removed {
	VSEXT_REMOVED_UNSPEC,
	VSEXT_REMOVED_IDLE,
	VSEXT_REMOVED_HARD,
	VSEXT_REMOVED_DELETE,
	VSEXT_REMOVED_REPLACE,
	__VSEXT_REMOVED_MAX
};

enum vsext_flow_attr {
	VSEXT_FLOW_A_UNSPEC,
	VSEXT_FLOW_A_PAD,
	VSEXT_FLOW_A_MATCH,	/* nest, enum vsext_match; empty: every packet */
	VSEXT_FLOW_A_PRIORITY,	/* u16, default 32768 */
	VSEXT_FLOW_A_COOKIE,	/* u64, opaque */
	VSEXT_FLOW_A_ACTION,	/* u8, enum vsext_action */
	VSEXT_FLOW_A_CORE,	/* u32, with VSEXT_ACT_CORE */
	VSEXT_FLOW_A_ASSIGNED,	/* u32, out: the core in force, if there is one */
	VSEXT_FLOW_A_PACKETS,	/* u64, out: packets on the wire (GRO segments) */
	VSEXT_FLOW_A_BYTES,	/* u64, out */
	VSEXT_FLOW_A_REPLACE,	/* flag */
	VSEXT_FLOW_A_STRICT,	/* flag */
	VSEXT_FLOW_A_SELECT_COOKIE, /* u64[2]: value and mask (Nicira's NXM_NX_COOKIE) */
	VSEXT_FLOW_A_SELECT_CORE, /* u32: CORE, or the core chosen, is this one */
	VSEXT_FLOW_A_CHECK_OVERLAP, /* flag */
	VSEXT_FLOW_A_IDLE,	/* u16, seconds; absent or 0: none */
	VSEXT_FLOW_A_HARD,	/* u16, likewise */
	VSEXT_FLOW_A_DURATION,	/* u64, out: ms since it came into force; steps of 100 */
	VSEXT_FLOW_A_REMOVED,	/* u8, out: enum vsext_removed */

	__VSEXT_FLOW_A_MAX
};

#define VSEXT_FLOW_A_MAX (__VSEXT_FLOW_A_MAX - 1)

#define VSEXT_FLOW_PRIORITY_DEFAULT	32768

enum vsext_vm_attr {
	VSEXT_VM_A_UNSPEC,
	VSEXT_VM_A_PAD,
	VSEXT_VM_A_ID,		/* u8, 1 to 31 (dscp6) or 127 (tos8) */
	VSEXT_VM_A_CORES,	/* u32[]: bit b of word w is core 32 * w + b */
	VSEXT_VM_A_TENANT,	/* string, at most 63 bytes */
	VSEXT_VM_A_UUID,	/* 16 bytes */
	VSEXT_VM_A_PRIO,	/* u8, 0 or 1: its flows count as marked priority */

	__VSEXT_VM_A_MAX
};

#define VSEXT_VM_A_MAX	(__VSEXT_VM_A_MAX - 1)
#define VSEXT_TENANT_MAX 63

enum vsext_core_attr {
	VSEXT_CORE_A_UNSPEC,
	VSEXT_CORE_A_PAD,
	VSEXT_CORE_A_ID,	/* u32 */
	VSEXT_CORE_A_LOAD,	/* u32, permille of the last second or so */
	VSEXT_CORE_A_ONLINE,	/* u8 */
	VSEXT_CORE_A_ISOLATED,	/* u8 */
	VSEXT_CORE_A_EXCLUDED,	/* u8, by the administrator */
	VSEXT_CORE_A_NODE,	/* s32, NUMA node, -1 unknown */
	VSEXT_CORE_A_VMS,	/* u8[]: ids of the VMs pinned here */
	VSEXT_CORE_A_PACKETS,	/* u64, delivered here by us */
	VSEXT_CORE_A_BYTES,	/* u64 */
	VSEXT_CORE_A_QUEUED,	/* u32, waiting here for delivery now */
	VSEXT_CORE_A_STOLEN,	/* u64, taken here for another core */
	VSEXT_CORE_A_WAKEUPS,	/* u64, IPIs sent to this core */
	VSEXT_CORE_A_DROPS,	/* u64, dropped on the way to this core */

	__VSEXT_CORE_A_MAX
};

#define VSEXT_CORE_A_MAX (__VSEXT_CORE_A_MAX - 1)

/* Layout of the flow control field in the ToS byte or IPv6 traffic class. */
enum vsext_fcf {
	VSEXT_FCF_DSCP6,	/* 0x80 priority, 0x7c VM id; ECN untouched */
	VSEXT_FCF_TOS8,		/* 0x80 priority, 0x7f VM id (the paper's) */
	__VSEXT_FCF_MAX
};

enum vsext_config_attr {
	VSEXT_CONFIG_A_UNSPEC,
	VSEXT_CONFIG_A_THRESHOLD,	/* u32, percent, 0 to 100, default 50 */
	VSEXT_CONFIG_A_FCF,		/* u8, enum vsext_fcf */
	VSEXT_CONFIG_A_QUEUE_LIMIT,	/* u32, packets from one core to another,
					 * 64 to 65536, default 1000
					 */
	VSEXT_CONFIG_A_VXLAN_PORTS,	/* u16[], at most VSEXT_VXLAN_PORTS_MAX, 1 to
					 * 65535, all of them; default 4789
					 */
	VSEXT_CONFIG_A_MAX_FLOWS,	/* u32, rules, up to VSEXT_MAX_FLOWS, the default */
	VSEXT_CONFIG_A_MAX_MASKS,	/* u32, different masks among them, up to
					 * VSEXT_MAX_MASKS, the default
					 */

	__VSEXT_CONFIG_A_MAX
};

#define VSEXT_CONFIG_A_MAX (__VSEXT_CONFIG_A_MAX - 1)

#define VSEXT_VXLAN_PORT	4789
#define VSEXT_VXLAN_PORTS_MAX	8
#define VSEXT_QUEUE_LIMIT_MIN	64
#define VSEXT_QUEUE_LIMIT_MAX	65536
#define VSEXT_MAX_FLOWS		1048576
#define VSEXT_MAX_MASKS		64

/**
 * enum vsext_stat - counters since the module was loaded, and gauges, all u64
 *
 * PACKETS = LOCAL + MOVED + HELD + DROP_FULL + DROP_HOLD, and
 * MOVED + HELD = DELIVERED + DROP_GONE + WAITING (while traffic runs, as nearly
 * as counters of several cores can be read at a time);
 * a GRO packet of the ingress mode counts once.
 */
enum vsext_stat {
	VSEXT_STAT_UNSPEC,
	VSEXT_STAT_PAD,
	VSEXT_STAT_PACKETS,	/* seen on attached ports */
	VSEXT_STAT_HITS,	/* matched a rule */
	VSEXT_STAT_LOCAL,	/* left on the core of the hardware IRQ */
	VSEXT_STAT_MOVED,	/* handed to a core's queue */
	VSEXT_STAT_HELD,	/* held while their flow changed cores */
	VSEXT_STAT_DELIVERED,	/* delivered to the stack out of our queues */
	VSEXT_STAT_DROP_FULL,	/* the queue to the chosen core was full */
	VSEXT_STAT_DROP_HOLD,	/* too many packets held for one move */
	VSEXT_STAT_DROP_GONE,	/* the device went away meanwhile */
	VSEXT_STAT_MOVES,	/* flow buckets that changed cores behind a fence */
	VSEXT_STAT_FENCE_TIMEOUTS, /* of them: not waited for any longer */
	VSEXT_STAT_OFFLINE,	/* batches handled here as their core was offline */
	VSEXT_STAT_WAITING,	/* gauge: queued or held now */
	VSEXT_STAT_MEM_RULES,	/* gauges, bytes: rules */
	VSEXT_STAT_MEM_COUNTERS, /* their counters */
	VSEXT_STAT_MEM_TABLES,	/* the hash tables and the filter that find them */
	VSEXT_STAT_MEM_MASKS,	/* masks */
	VSEXT_STAT_MEM_CACHE,	/* what cores remember of their last packets */

	__VSEXT_STAT_MAX
};

#define VSEXT_STAT_MAX (__VSEXT_STAT_MAX - 1)

enum vsext_txn_attr {
	VSEXT_TXN_A_UNSPEC,
	VSEXT_TXN_A_FLUSH,	/* flag */

	__VSEXT_TXN_A_MAX
};

#define VSEXT_TXN_A_MAX (__VSEXT_TXN_A_MAX - 1)

#endif /* _UAPI_LINUX_VSEXT_H */
