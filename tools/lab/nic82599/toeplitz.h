/* SPDX-License-Identifier: GPL-2.0-only */
/* toeplitz - the hash of receive side scaling */
#ifndef NIC82599_TOEPLITZ_H
#define NIC82599_TOEPLITZ_H

#include <stddef.h>
#include <stdint.h>

#define TOEPLITZ_KEY	40
#define TOEPLITZ_INPUT	(TOEPLITZ_KEY - 4)

/* Of at most TOEPLITZ_INPUT bytes. */
uint32_t toeplitz(const uint8_t key[TOEPLITZ_KEY], const void *data, size_t length);

#endif /* NIC82599_TOEPLITZ_H */
