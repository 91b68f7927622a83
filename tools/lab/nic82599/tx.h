/* SPDX-License-Identifier: GPL-2.0-only */
/* tx - from the descriptors of a queue to the cable */
#ifndef NIC82599_TX_H
#define NIC82599_TX_H

#include "nic.h"

/* The driver has moved the tail of that queue. */
void tx_doorbell(struct nic *n, unsigned int queue);

/* Forgets what was half put together. */
void tx_reset(struct nic *n);

/* Looks at about that many descriptors; true: there are more. */
bool tx_run(struct nic *n, unsigned int most);

#endif /* NIC82599_TX_H */
