// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "eeprom.h"

enum {
	POINTERS = 0x03,	/* to sections, up to the firmware's */
	FIRMWARE = 0x0f,
	PART_GUARD = 0x15,	/* the part number is a string... */
	PART_POINTER = 0x16,	/* ...over there */
	OEM_POINTER = 0x1b,
	SAN_POINTER_1 = 0x27,
	SAN_POINTER_2 = 0x28,
	CAPABILITIES = 0x2c,
	VERSION_LOW = 0x2d,
	VERSION_HIGH = 0x2e,
	CHECKSUM = 0x3f,
	PART = 0x100,
};

#define NONE		0xffff
#define SUM		0xbaba
#define STRING_GUARD	0xfafa

/* Any SFP+ module; no FCoE; nothing to be done against crosstalk. */
#define DEVICE_CAPS	(0x0001 | 0x0002 | 0x0080)

void eeprom_fill(uint16_t word[EEPROM_WORDS])
{
	static const char part[] = "LAB000-001";
	uint16_t sum = 0;
	unsigned int i;

	memset(word, 0, EEPROM_WORDS * sizeof(word[0]));
	for (i = POINTERS; i <= FIRMWARE; i++)
		word[i] = NONE;
	word[PART_GUARD] = STRING_GUARD;
	word[PART_POINTER] = PART;
	word[PART] = (sizeof(part) - 1) / 2 + 1;
	for (i = 0; i < (sizeof(part) - 1) / 2; i++)
		word[PART + 1 + i] = (uint16_t)(part[2 * i] << 8 | part[2 * i + 1]);
	word[OEM_POINTER] = NONE;
	word[SAN_POINTER_1] = NONE;
	word[SAN_POINTER_2] = NONE;
	word[CAPABILITIES] = DEVICE_CAPS;
	word[VERSION_LOW] = 0x0001;
	word[VERSION_HIGH] = 0x8000;
	for (i = 0; i < CHECKSUM; i++)
		sum += word[i];
	word[CHECKSUM] = (uint16_t)(SUM - sum);
}
