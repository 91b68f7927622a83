/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_RCULIST_H
#define UNIT_LINUX_RCULIST_H

#include <linux/list.h>
#include <linux/rcupdate.h>

#define hlist_first_rcu(head)	((head)->first)
#define hlist_next_rcu(node)	((node)->next)

static inline void unit_hlist_link(struct hlist_node *entry,
				   struct hlist_node **at)
{
	entry->next = *at;
	entry->pprev = at;
	if (entry->next)
		entry->next->pprev = &entry->next;
	rcu_assign_pointer(*at, entry);
}

static inline void hlist_add_head_rcu(struct hlist_node *entry,
				      struct hlist_head *head)
{
	unit_hlist_link(entry, &head->first);
}

static inline void hlist_add_behind_rcu(struct hlist_node *entry,
					struct hlist_node *prev)
{
	unit_hlist_link(entry, &prev->next);
}

/* Readers on the entry still find the next one. */
static inline void hlist_del_rcu(struct hlist_node *entry)
{
	WRITE_ONCE(*entry->pprev, entry->next);
	if (entry->next)
		entry->next->pprev = entry->pprev;
	entry->pprev = NULL;
}

#endif
