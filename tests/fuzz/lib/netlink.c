// SPDX-License-Identifier: GPL-2.0-only
/* Messages that are written. */
#include <string.h>

#include <linux/errno.h>
#include <net/netlink.h>

void *memchr_inv(const void *bytes, int c, size_t n)
{
	const u8 *byte = bytes;

	for (; n; n--, byte++)
		if (*byte != c)
			return (void *)byte;
	return NULL;
}

struct nlattr *nla_reserve(struct sk_buff *skb, int type, int len)
{
	struct nlattr *attr = (struct nlattr *)(skb->data + skb->len);

	if (skb->len + NLA_HDRLEN + NLA_ALIGN(len) > MESSAGE_MAX)
		return NULL;
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	skb->len += NLA_HDRLEN + NLA_ALIGN(len);
	return attr;
}

int nla_put(struct sk_buff *skb, int type, int len, const void *data)
{
	struct nlattr *attr = nla_reserve(skb, type, len);

	if (!attr)
		return -EMSGSIZE;
	memcpy(nla_data(attr), data, len);
	return 0;
}

struct nlattr *nla_nest_start(struct sk_buff *skb, int type)
{
	return nla_reserve(skb, type | NLA_F_NESTED, 0);
}

void nla_nest_end(struct sk_buff *skb, struct nlattr *nest)
{
	nest->nla_len = skb->data + skb->len - (u8 *)nest;
}
