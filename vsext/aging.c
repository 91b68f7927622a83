// SPDX-License-Identifier: GPL-2.0-only
/* A list of the rules that have timeouts, looked through now and then. */
#include <linux/kernel.h>
#include <linux/sched.h>

#include "aging.h"
#include "flowtable.h"

static struct vsext_rule *first;

void vsext_aging_start(struct vsext_rule *rule)
{
	struct vsext_rule_timer *timer = vsext_rule_timer(rule);

	if (!timer)
		return;
	timer->next = first;
	timer->last = &first;
	if (first)
		vsext_rule_timer(first)->last = &timer->next;
	first = rule;
}

void vsext_aging_stop(struct vsext_rule *rule)
{
	struct vsext_rule_timer *timer = vsext_rule_timer(rule);

	if (!timer || !timer->last)
		return;
	*timer->last = timer->next;
	if (timer->next)
		vsext_rule_timer(timer->next)->last = timer->last;
	timer->last = NULL;
}

bool vsext_aging_any(void)
{
	return first;
}

static bool is_over(u64 age, u16 seconds)
{
	return seconds && age >= seconds * VSEXT_RULE_SECOND;
}

/* Why its time is over; UNSPEC: it is not. */
static enum vsext_removed expired(struct vsext_rule *rule, u32 now)
{
	struct vsext_rule_timer *timer = vsext_rule_timer(rule);
	struct vsext_rule_stats sum;

	if (is_over(vsext_rule_age(rule), timer->hard))
		return VSEXT_REMOVED_HARD;
	if (!timer->idle)
		return VSEXT_REMOVED_UNSPEC;
	vsext_rule_sum(rule, &sum);
	if (sum.packets != timer->packets) {
		timer->packets = sum.packets;
		timer->used = now;
	}
	return is_over(now - timer->used, timer->idle) ? VSEXT_REMOVED_IDLE :
							 VSEXT_REMOVED_UNSPEC;
}

void vsext_aging_sweep(void)
{
	u32 now = vsext_rule_now();
	enum vsext_removed why;
	struct vsext_rule *rule;

	for (rule = first; rule; rule = vsext_rule_timer(rule)->next) {
		cond_resched();
		why = expired(rule, now);
		/* Without memory for it: next time. */
		if (why && vsext_table_remove(rule, why))
			break;
	}
}
