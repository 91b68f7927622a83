/* SPDX-License-Identifier: GPL-2.0-only */
/* card - what the tests of the 82599 share: frames, and a card with memory and a cable */
#ifndef NIC82599_TEST_CARD_H
#define NIC82599_TEST_CARD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <cmocka.h>

#include "bytes.h"
#include "nic.h"
#include "rx.h"
#include "tx.h"

#define FRAME_ROOM	16384

struct flow {
	const char *source;		/* addresses, of either version */
	const char *destination;
	uint16_t source_port;
	uint16_t destination_port;
	int protocol;			/* 6, 17, or any other without ports */
	uint16_t tci;			/* not 0: tagged */
};

/*
 * Writes an Ethernet frame to the card with so many bytes behind the L4 header
 * and right checksums, computed here. Returns its length.
 */
unsigned int make_frame(uint8_t *data, const struct flow *flow, unsigned int payload);

/* The sum of 16-bit words, byte by byte as the RFC has it: folded. */
uint16_t plain_sum(uint32_t seed, const uint8_t *data, unsigned int length);

#define CARD_MEMORY	0x100000000ull	/* the guest's address of its memory */
#define CARD_SIZE	(4u << 20)
#define CARD_MAC	"\x02\x76\x73\x78\x00\x02"

struct card {
	struct nic *nic;
	uint8_t *memory;	/* as the guest sees it, from CARD_MEMORY on */
	int wire;		/* our end of the cable, a datagram socket */
	char path[64];
};

/* Up, with receiver and sender on; for cmocka's setup and teardown. */
int card_up(void **state);
int card_down(void **state);

/* A receive queue: so many descriptors, kilobytes in each buffer. All are given. */
void card_rx_queue(struct card *c, unsigned int queue, unsigned int count, unsigned int kb);
/* Where its descriptor or its buffer number i lies. */
uint8_t *card_rx_descriptor(struct card *c, unsigned int queue, unsigned int i);
uint8_t *card_rx_buffer(struct card *c, unsigned int queue, unsigned int i);

void card_tx_queue(struct card *c, unsigned int queue, unsigned int count);
uint8_t *card_tx_descriptor(struct card *c, unsigned int queue, unsigned int i);
/* Room for a packet; its address as the guest knows it. */
uint8_t *card_tx_data(struct card *c, uint64_t *address);

/* A frame that the card sent, or -1. */
ssize_t card_sent(struct card *c, uint8_t *data, size_t room);

#endif /* NIC82599_TEST_CARD_H */
