/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet: a linear part and fragments in pages. */
#ifndef UNIT_LINUX_SKBUFF_H
#define UNIT_LINUX_SKBUFF_H

#include <linux/types.h>

#define MAX_SKB_FRAGS	17

struct net_device;

struct page {
	void *memory;
	bool highmem;
};

typedef struct {
	struct page *page;
	unsigned int offset;
	unsigned int size;
} skb_frag_t;

struct skb_shared_info {
	unsigned char nr_frags;
	skb_frag_t frags[MAX_SKB_FRAGS];
};

struct sk_buff {
	struct sk_buff *next;
	unsigned int len;	/* all of it */
	unsigned int data_len;	/* what is in fragments */
	unsigned char *head;
	unsigned char *data;
	struct skb_shared_info *shinfo;
	u16 vlan_tci;
	bool vlan_present;
	bool gso;
};

/* A queue, as a ring of its packets by its last one. */
struct sk_buff_head {
	struct sk_buff *last;
	unsigned int qlen;
};

enum skb_drop_reason {
	SKB_DROP_REASON_DEV_READY,
};

void kfree_skb_reason(struct sk_buff *skb, enum skb_drop_reason reason);

static inline void __skb_queue_head_init(struct sk_buff_head *list)
{
	list->last = NULL;
	list->qlen = 0;
}

static inline unsigned int skb_queue_len(const struct sk_buff_head *list)
{
	return list->qlen;
}

static inline struct sk_buff *skb_peek(const struct sk_buff_head *list)
{
	return list->qlen ? list->last->next : NULL;
}

static inline void __skb_queue_tail(struct sk_buff_head *list, struct sk_buff *skb)
{
	if (list->qlen++) {
		skb->next = list->last->next;
		list->last->next = skb;
	} else {
		skb->next = skb;
	}
	list->last = skb;
}

static inline struct sk_buff *__skb_dequeue(struct sk_buff_head *list)
{
	struct sk_buff *skb = skb_peek(list);

	if (skb) {
		list->last->next = skb->next;
		list->qlen--;
	}
	return skb;
}

#define skb_shinfo(skb)	((skb)->shinfo)

static inline int skb_headlen(const struct sk_buff *skb)
{
	return skb->len - skb->data_len;
}

static inline bool skb_is_gso(const struct sk_buff *skb)
{
	return skb->gso;
}

static inline struct page *skb_frag_page(const skb_frag_t *frag)
{
	return frag->page;
}

static inline unsigned int skb_frag_size(const skb_frag_t *frag)
{
	return frag->size;
}

static inline void *skb_frag_address(const skb_frag_t *frag)
{
	if (frag->page->highmem)
		return NULL;
	return (char *)frag->page->memory + frag->offset;
}

static inline bool PageHighMem(const struct page *page)
{
	return page->highmem;
}

/*
 * Copies @len bytes at @off relative to skb->data, from all parts.
 * Returns -1 if they are not all there.
 */
int skb_copy_bits(const struct sk_buff *skb, int off, void *to, int len);

/*
 * As the kernel's: in place where @data of @hlen bytes holds it all, or else
 * by way of @buffer; a negative @off is looked for in place only below @data.
 */
void *__skb_header_pointer(const struct sk_buff *skb, int off, int len,
			   void *data, int hlen, void *buffer);

#endif
