/* SPDX-License-Identifier: GPL-2.0-only */
/* eeprom - the words that the driver reads, with a checksum that it accepts */
#ifndef NIC82599_EEPROM_H
#define NIC82599_EEPROM_H

#include <stdint.h>

#define EEPROM_WORDS	8192

void eeprom_fill(uint16_t word[EEPROM_WORDS]);

#endif /* NIC82599_EEPROM_H */
