/* SPDX-License-Identifier: GPL-2.0-only */
/* checksum - of the internet protocols (RFC 1071) and of SCTP (CRC32c) */
#ifndef NIC82599_CHECKSUM_H
#define NIC82599_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* The sum of data as 16-bit words in network order, added to seed; not folded. */
uint64_t checksum_add(uint64_t seed, const void *data, size_t length);

/* Folds to 16 bits. The sum of what carries a right checksum folds to 0xffff. */
uint16_t checksum_fold(uint64_t sum);

uint32_t crc32c(const void *data, size_t length);

#endif /* NIC82599_CHECKSUM_H */
