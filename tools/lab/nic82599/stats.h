/* SPDX-License-Identifier: GPL-2.0-only */
/* stats - the card's statistics registers; reading clears them */
#ifndef NIC82599_STATS_H
#define NIC82599_STATS_H

#include "nic.h"

/* Is reading the register at this offset to clear it? */
bool stats_cleared(uint32_t offset);

/* A frame with its FCS has come in, and has passed the filters. */
void stats_arrived(struct nic *n, unsigned int length);
void stats_accepted(struct nic *n, const uint8_t *frame, unsigned int length);
void stats_oversize(struct nic *n);

void stats_delivered(struct nic *n, unsigned int queue, unsigned int length);
void stats_no_descriptor(struct nic *n, unsigned int queue);
void stats_missed(struct nic *n);

void stats_sent(struct nic *n, unsigned int queue, const uint8_t *frame, unsigned int length);

#endif /* NIC82599_STATS_H */
