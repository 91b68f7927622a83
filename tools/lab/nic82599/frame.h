/* SPDX-License-Identifier: GPL-2.0-only */
/* frame - what the receiver sees in an Ethernet frame, and nothing deeper */
#ifndef NIC82599_FRAME_H
#define NIC82599_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_MIN	60	/* without the FCS */
#define FRAME_FCS	4
#define VLAN_TAG	4

#define ETHERTYPE_8021Q	0x8100
#define ETHERTYPE_4	0x0800
#define ETHERTYPE_6	0x86dd

enum l4 {		/* as Flow Director numbers them */
	L4_NONE,
	L4_UDP,
	L4_TCP,
	L4_SCTP,
};

struct frame {
	const uint8_t *data;
	unsigned int length;
	uint16_t tci;		/* of the VLAN tag, if tagged */
	bool tagged;
	unsigned int version;	/* 4, 6, or 0: no IP, or broken */
	unsigned int ip;	/* offset of the IP header */
	unsigned int payload;	/* offset of what follows IP and its extensions */
	unsigned int end;	/* offset behind the IP packet */
	bool extended;		/* has IPv4 options or IPv6 extensions */
	bool fragment;
	enum l4 l4;		/* L4_NONE for fragments and for what is cut off */
	uint16_t source;	/* ports */
	uint16_t destination;
};

enum verdict {
	UNCHECKED,
	RIGHT,
	WRONG,
};

void frame_parse(struct frame *f, const void *data, unsigned int length);

/* Of the IPv4 header; UNCHECKED if there is none. */
enum verdict frame_ip_verdict(const struct frame *f);

/* Of TCP or UDP, over the whole packet; UNCHECKED without a checksum. */
enum verdict frame_l4_verdict(const struct frame *f);

#endif /* NIC82599_FRAME_H */
