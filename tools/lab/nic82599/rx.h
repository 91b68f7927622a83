/* SPDX-License-Identifier: GPL-2.0-only */
/* rx - from the cable into the memory of a queue */
#ifndef NIC82599_RX_H
#define NIC82599_RX_H

#include "nic.h"

/*
 * A frame has come in. data has FRAME_MIN bytes of room at least and is
 * written to.
 */
void rx_frame(struct nic *n, uint8_t *data, unsigned int length);

/* Takes at most that many frames from the port; true: there may be more. */
bool rx_run(struct nic *n, unsigned int most);

#endif /* NIC82599_RX_H */
