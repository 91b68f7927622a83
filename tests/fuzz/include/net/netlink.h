/* SPDX-License-Identifier: GPL-2.0-only */
/* Netlink attributes: what of the kernel's is needed to read and write matches. */
#ifndef FUZZ_NET_NETLINK_H
#define FUZZ_NET_NETLINK_H

#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <linux/types.h>

enum { NLA_BINARY = 1 };

struct nla_policy {
	u8 type;
	u16 len;
};

static inline int nla_type(const struct nlattr *attr)
{
	return attr->nla_type & NLA_TYPE_MASK;
}

static inline int nla_len(const struct nlattr *attr)
{
	return attr->nla_len - NLA_HDRLEN;
}

static inline void *nla_data(const struct nlattr *attr)
{
	return (char *)attr + NLA_HDRLEN;
}

static inline bool nla_ok(const struct nlattr *attr, int rem)
{
	return rem >= NLA_HDRLEN && attr->nla_len >= NLA_HDRLEN &&
	       attr->nla_len <= rem;
}

static inline struct nlattr *nla_next(const struct nlattr *attr, int *rem)
{
	*rem -= NLA_ALIGN(attr->nla_len);
	return (struct nlattr *)((char *)attr + NLA_ALIGN(attr->nla_len));
}

#define nla_for_each_nested(pos, nest, rem) \
	for (pos = nla_data(nest), rem = nla_len(nest); nla_ok(pos, rem); \
	     pos = nla_next(pos, &(rem)))

/* A message is what is in a socket buffer's data, which has room for so much: */
#define MESSAGE_MAX	4096

struct nlattr *nla_reserve(struct sk_buff *skb, int type, int len);
int nla_put(struct sk_buff *skb, int type, int len, const void *data);
struct nlattr *nla_nest_start(struct sk_buff *skb, int type);
void nla_nest_end(struct sk_buff *skb, struct nlattr *nest);

void *memchr_inv(const void *bytes, int c, size_t n);

#endif
