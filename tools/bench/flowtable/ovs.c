// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open vSwitch's tables. Its userspace datapath has most of what we need as static
 * functions, so all of that file is part of this one.
 */
#include <lib/dpif-netdev.c>
#include <lib/classifier.h>
#include <malloc.h>

#include "table.h"

static size_t taken;

/* Nobody controls this one by a socket. */
void unixctl_command_register(const char *name, const char *usage, int min_args,
			      int max_args, unixctl_cb_func *cb, void *aux)
{
	(void)name, (void)usage, (void)min_args, (void)max_args, (void)cb, (void)aux;
}

void unixctl_command_reply(struct unixctl_conn *connection, const char *body)
{
	(void)connection, (void)body;
}

void unixctl_command_reply_error(struct unixctl_conn *connection, const char *error)
{
	(void)connection, (void)error;
}

static void flow_of(const struct packet *packet, struct flow *flow)
{
	memset(flow, 0, sizeof(*flow));
	flow->in_port.odp_port = u32_to_odp(packet->in_port);
	flow->dl_type = htons(ETH_TYPE_IP);
	flow->nw_src = htonl(packet->src);
	flow->nw_dst = htonl(packet->dst);
	flow->nw_proto = packet->proto;
	flow->tp_src = htons(packet->sport);
	flow->tp_dst = htons(packet->dport);
}

/* What every packet has besides. */
static void decorate(struct flow *flow)
{
	memset(&flow->dl_dst, 0x02, sizeof(flow->dl_dst));
	memset(&flow->dl_src, 0x06, sizeof(flow->dl_src));
	flow->nw_ttl = 64;
	if (flow->nw_proto == IPPROTO_TCP)
		flow->tcp_flags = htons(TCP_ACK);
}

static void match_of(const struct rules *rules, unsigned int n, struct match *match,
		     unsigned int *mask)
{
	struct packet key;

	rule_of(rules, n, &key, mask);
	flow_of(&key, &match->flow);
	memset(&match->wc, 0, sizeof(match->wc));
	flow_of(&rules->mask[*mask], &match->wc.masks);
	match->wc.masks.dl_type = OVS_BE16_MAX;
	memset(&match->tun_md, 0, sizeof(match->tun_md));
}

static size_t in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* Old versions of tables that grew are freed by another thread. */
static void settle(unsigned int n)
{
	if (n % 65536 == 0)
		ovsrcu_barrier();
	else if (n % 1024 == 0)
		ovsrcu_quiesce();
}

static size_t bytes(void)
{
	return taken;
}

/* --- userspace datapath: exact match cache, classifier --- */

static struct dp_netdev_pmd_thread *pmd;
static struct dpcls dpcls;
static struct netdev_flow_key window[WINDOW];
static unsigned int since_sorted;

/* As dp_netdev_flow_add(), without what is no part of a lookup. */
static struct dp_netdev_flow *new_flow(const struct match *match,
				       const struct netdev_flow_key *mask)
{
	struct dp_netdev_flow *flow;

	flow = xzalloc(sizeof(*flow) - sizeof(flow->cr.flow.mf) + mask->len);
	*CONST_CAST(struct flow *, &flow->flow) = match->flow;
	ovs_refcount_init(&flow->ref_cnt);
	netdev_flow_key_init_masked(&flow->cr.flow, &match->flow, mask);
	return flow;
}

static bool dpcls_build(const struct rules *rules)
{
	struct netdev_flow_key mask;
	struct dp_netdev_flow *flow;
	struct match match;
	unsigned int i, number;

	vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
	/* Off by default; not taken where the machine has no AVX-512. */
	dpcls_subtable_set_prio("avx512_gather", 5);
	pmd = xzalloc(sizeof(*pmd));
	dfc_cache_init(&pmd->flow_cache);
	pmd->ctx.emc_insert_min = DEFAULT_EM_FLOW_INSERT_MIN;
	taken = in_use();
	dpcls_init(&dpcls);
	for (i = 0; i < rules->n; i++) {
		match_of(rules, i, &match, &number);
		netdev_flow_mask_init(&mask, &match);
		flow = new_flow(&match, &mask);
		flow->mark = i + 1;
		dpcls_insert(&dpcls, &flow->cr, &mask);
		settle(i);
	}
	ovsrcu_barrier();
	taken = in_use() - taken;
	return true;
}

/* The hash is the NIC's. Once a second the most popular masks go to the front. */
static void dpcls_fill(const struct packet *packet, unsigned int n)
{
	struct flow flow;
	unsigned int i;

	for (i = 0; i < n; i++) {
		flow_of(&packet[i], &flow);
		decorate(&flow);
		netdev_flow_key_init(&window[i], &flow);
		/* It has left the values out. */
		window[i].len = netdev_flow_key_size(miniflow_n_values(&window[i].mf));
		window[i].hash = miniflow_hash_5tuple(&window[i].mf, 0);
	}
	since_sorted += n;
	if (since_sorted >= 1 << 17) {
		dpcls_sort_subtable_vector(&dpcls);
		ovsrcu_quiesce();
		since_sorted = 0;
	}
}

/* As dfc_processing() and fast_path_processing(). */
static void dpcls_lookup_batch(const struct netdev_flow_key *key, uint32_t *found)
{
	const struct netdev_flow_key *missed[BATCH];
	struct dpcls_rule *rule[BATCH];
	struct dp_netdev_flow *flow;
	unsigned int i, misses = 0;
	uint8_t at[BATCH];

	for (i = 0; i < BATCH; i++) {
		flow = emc_lookup(&pmd->flow_cache.emc_cache, &key[i]);
		if (flow) {
			found[i] = flow->mark;
			continue;
		}
		at[misses] = i;
		missed[misses++] = &key[i];
	}
	if (!misses)
		return;
	dpcls_lookup(&dpcls, missed, rule, misses, NULL);
	for (i = 0; i < misses; i++) {
		found[at[i]] = 0;
		if (!rule[i])
			continue;
		flow = dp_netdev_flow_cast(rule[i]);
		found[at[i]] = flow->mark;
		emc_probabilistic_insert(pmd, missed[i], flow);
	}
}

static void dpcls_lookups(unsigned int n, uint32_t *found)
{
	unsigned int i;

	for (i = 0; i < n; i += BATCH)
		dpcls_lookup_batch(&window[i], &found[i]);
}

const struct table dpcls_table = {
	"ovs dpcls", false, dpcls_build, dpcls_fill, dpcls_lookups, bytes
};

/* --- OpenFlow tables --- */

struct openflow_rule {
	struct cls_rule cls_rule;
	uint32_t number;
};

static struct classifier classifier;
static struct flow flows[WINDOW];

/* As oftable_init() of ofproto. */
static void classifier_start(void)
{
	static const enum mf_field_id prefixes[] = { MFF_IPV4_DST, MFF_IPV4_SRC };

	classifier_init(&classifier, flow_segment_u64s);
	classifier_set_prefix_fields(&classifier, prefixes, ARRAY_SIZE(prefixes));
}

static bool classifier_build(const struct rules *rules)
{
	struct openflow_rule *rule;
	struct match match;
	unsigned int i, mask;

	taken = in_use();
	classifier_start();
	classifier_defer(&classifier);
	for (i = 0; i < rules->n; i++) {
		match_of(rules, i, &match, &mask);
		rule = xmalloc(sizeof(*rule));
		rule->number = i + 1;
		cls_rule_init(&rule->cls_rule, &match, rules->priority[mask]);
		classifier_insert(&classifier, &rule->cls_rule, OVS_VERSION_MIN, NULL, 0);
		settle(i);
	}
	classifier_publish(&classifier);
	ovsrcu_barrier();
	taken = in_use() - taken;
	return true;
}

static void classifier_fill(const struct packet *packet, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		flow_of(&packet[i], &flows[i]);
		decorate(&flows[i]);
	}
}

static void classifier_lookups(unsigned int n, uint32_t *found)
{
	const struct cls_rule *rule;
	unsigned int i;

	for (i = 0; i < n; i++) {
		rule = classifier_lookup(&classifier, OVS_VERSION_MIN, &flows[i], NULL);
		found[i] = rule ? CONTAINER_OF(rule, struct openflow_rule,
					       cls_rule)->number : 0;
	}
}

const struct table classifier_table = {
	"ovs classifier", false, classifier_build, classifier_fill, classifier_lookups,
	bytes
};
