// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>

#include "bytes.h"
#include "fdir.h"

enum {
	FDIRCTRL = 0xee00,
	FDIRIPSA = 0xee18,
	FDIRIPDA = 0xee1c,
	FDIRPORT = 0xee20,
	FDIRVLAN = 0xee24,
	FDIRHASH = 0xee28,
	FDIRCMD = 0xee2c,
	FDIRFREE = 0xee38,
	FDIRDIP4M = 0xee3c,
	FDIRSIP4M = 0xee40,
	FDIRTCPM = 0xee44,
	FDIRUDPM = 0xee48,
	FDIRLEN = 0xee4c,
	FDIRUSTAT = 0xee50,
	FDIRFSTAT = 0xee54,
	FDIRMATCH = 0xee58,
	FDIRMISS = 0xee5c,
	FDIRHKEY = 0xee68,
	FDIRSKEY = 0xee6c,
	FDIRM = 0xee70,
};

/* FDIRCTRL */
#define PBALLOC		0x00000003
#define INIT_DONE	0x00000008
#define PERFECT		0x00000010
#define DROP_QUEUE_SHIFT 8
#define FLEX_SHIFT	16
#define FLEX_MASK	0x1f
#define THRESH_SHIFT	28

/* FDIRM */
#define M_VLANID	0x01
#define M_VLANP		0x02
#define M_POOL		0x04
#define M_L4P		0x08
#define M_FLEX		0x10

/* FDIRCMD */
#define CMD		0x00000003
#define CMD_ADD		1
#define CMD_REMOVE	2
#define CMD_QUERY	3
#define FILTER_VALID	0x00000004
#define CLEARHT		0x00000100
#define DROP		0x00000200

#define TYPE_IP6	4

static uint32_t *reg(struct fdir *d, uint32_t offset)
{
	return &d->reg[(offset - FDIR_FIRST) / 4];
}

static bool is_perfect(struct fdir *d)
{
	return *reg(d, FDIRCTRL) & PERFECT;
}

/* How many filters the packet memory that the driver gave away has room for. */
static unsigned int capacity(struct fdir *d)
{
	unsigned int alloc = *reg(d, FDIRCTRL) & PBALLOC;

	if (!alloc)
		return 0;
	return (is_perfect(d) ? 1024u << alloc : 4096u << alloc) - 2;
}

static void clear(struct fdir *d)
{
	int i;

	for (i = 0; i < FDIR_BUCKETS; i++)
		d->bucket[i] = -1;
	for (i = 0; i < FDIR_MAX; i++)
		d->filter[i].next = i + 1 < FDIR_MAX ? i + 1 : -1;
	d->unused = 0;
	d->count = 0;
}

void fdir_reset(struct fdir *d)
{
	memset(d->reg, 0, sizeof(d->reg));
	clear(d);
}

/* ---------------------------------------------------------------- the hash */

/*
 * The key selects shifts of the fields: its low half of those with their halves
 * swapped, its high half of those as they are. Flow type and VLAN are added to
 * both, but not to the first term of the swapped ones.
 */
uint32_t fdir_hash(uint32_t key, uint32_t flow_vlan, uint32_t fields)
{
	uint32_t low = fields >> 16 | fields << 16;
	uint32_t high = fields ^ flow_vlan ^ flow_vlan >> 16;
	uint32_t hash = 0;
	int n;

	for (n = 0; n < 16; n++) {
		if (n == 1)
			low ^= flow_vlan ^ flow_vlan << 16;
		if (key >> n & 1)
			hash ^= low >> n;
		if (key >> (n + 16) & 1)
			hash ^= high >> n;
	}
	return hash;
}

static uint32_t fold_address(const uint8_t *p, unsigned int size)
{
	uint32_t folded = 0;

	for (; size; size -= 4, p += 4)
		folded ^= get_be32(p);
	return folded;
}

/* The flexible word: two bytes of the frame, at an offset that the driver chose. */
static const uint8_t *flex_bytes(struct fdir *d, const struct frame *f)
{
	static const uint8_t none[2];
	unsigned int offset = (*reg(d, FDIRCTRL) >> FLEX_SHIFT & FLEX_MASK) * 2;

	return offset + 2 <= f->length ? f->data + offset : none;
}

static uint8_t flow_type(const struct frame *f)
{
	return (uint8_t)(f->l4 | (f->version == 6 ? TYPE_IP6 : 0));
}

/* ---------------------------------------------------------------- the table */

static int *find(struct fdir *d, uint16_t hash, uint16_t id)
{
	int *at = &d->bucket[hash % FDIR_BUCKETS];

	while (*at >= 0 && (d->filter[*at].hash != hash || d->filter[*at].id != id))
		at = &d->filter[*at].next;
	return at;
}

static void count_up(uint32_t *value, unsigned int shift, uint32_t most)
{
	uint32_t n = *value >> shift & most;

	if (n < most)
		*value += 1u << shift;
}

/* New filters go to the end: the first one that matches counts. */
static int insert(struct fdir *d, int *at)
{
	int i = d->unused;

	if (d->count >= capacity(d) || i < 0)
		return -1;
	d->unused = d->filter[i].next;
	d->filter[i].next = -1;
	d->count++;
	*at = i;
	return i;
}

static bool add(struct fdir *d, uint32_t command)
{
	uint32_t hash = *reg(d, FDIRHASH);
	struct fdir_filter *f;
	unsigned int left;
	int *at, i;

	at = find(d, hash & 0x7fff, (uint16_t)(hash >> 16));
	i = *at >= 0 ? *at : insert(d, at);
	if (i < 0) {
		count_up(reg(d, FDIRFSTAT), 0, 0xff);
		return true;
	}
	f = &d->filter[i];
	f->hash = hash & 0x7fff;
	f->id = (uint16_t)(hash >> 16);
	f->type = command >> 5 & 7;
	f->queue = (command & DROP ? *reg(d, FDIRCTRL) >> DROP_QUEUE_SHIFT : command >> 16) & 0x7f;
	f->pool = command >> 24 & 0x3f;
	f->source = *reg(d, FDIRIPSA);
	f->destination = *reg(d, FDIRIPDA);
	f->ports = *reg(d, FDIRPORT);
	f->vlan = *reg(d, FDIRVLAN);
	count_up(reg(d, FDIRUSTAT), 0, 0xffff);
	left = capacity(d) > d->count ? capacity(d) - d->count : 0;
	return left < (*reg(d, FDIRCTRL) >> THRESH_SHIFT) * 16;
}

static void take_away(struct fdir *d)
{
	uint32_t hash = *reg(d, FDIRHASH);
	int *at = find(d, hash & 0x7fff, (uint16_t)(hash >> 16));
	int i = *at;

	if (i < 0) {
		count_up(reg(d, FDIRFSTAT), 8, 0xff);
		return;
	}
	*at = d->filter[i].next;
	d->filter[i].next = d->unused;
	d->unused = i;
	d->count--;
	count_up(reg(d, FDIRUSTAT), 16, 0xffff);
}

static bool command(struct fdir *d, uint32_t value)
{
	uint32_t hash = *reg(d, FDIRHASH);
	bool full = false;

	*reg(d, FDIRCMD) = value & ~(uint32_t)(CMD | FILTER_VALID);
	if (value & CLEARHT)
		clear(d);
	switch (value & CMD) {
	case CMD_ADD:
		full = add(d, value);
		break;
	case CMD_REMOVE:
		take_away(d);
		break;
	case CMD_QUERY:
		if (*find(d, hash & 0x7fff, (uint16_t)(hash >> 16)) >= 0)
			*reg(d, FDIRCMD) |= FILTER_VALID;
		break;
	}
	return full;
}

/* ---------------------------------------------------------------- registers */

uint32_t fdir_read(struct fdir *d, uint32_t offset)
{
	uint32_t value = *reg(d, offset);

	switch (offset) {
	case FDIRFREE:
		return capacity(d) > d->count ? capacity(d) - d->count : 0;
	case FDIRUSTAT:
	case FDIRFSTAT:
	case FDIRMATCH:
	case FDIRMISS:
	case FDIRLEN:
		*reg(d, offset) = 0;
		break;
	}
	return value;
}

bool fdir_write(struct fdir *d, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case FDIRCTRL:
		*reg(d, FDIRCTRL) = value | INIT_DONE;
		clear(d);
		return false;
	case FDIRCMD:
		return command(d, value);
	case FDIRFREE:
		return false;
	}
	*reg(d, offset) = value;
	return false;
}

/* ---------------------------------------------------------------- matching */

static uint16_t reverse(uint32_t bits)
{
	uint16_t reversed = 0;
	int i;

	for (i = 0; i < 16; i++)
		reversed |= (uint16_t)((bits >> i & 1) << (15 - i));
	return reversed;
}

/* The ports that count, destination in the high half; the register has the others. */
static uint32_t port_mask(struct fdir *d, enum l4 l4)
{
	uint32_t masked;

	if (l4 == L4_NONE || *reg(d, FDIRM) & M_L4P)
		return 0;
	if (l4 == L4_SCTP)
		return ~0u;
	masked = ~*reg(d, l4 == L4_TCP ? FDIRTCPM : FDIRUDPM);
	return (uint32_t)reverse(masked >> 16) << 16 | reverse(masked);
}

static uint32_t vlan_mask(struct fdir *d)
{
	uint32_t m = *reg(d, FDIRM);

	return (m & M_VLANID ? 0 : 0x0fff) | (m & M_VLANP ? 0 : 0xe000) |
	       (m & M_FLEX ? 0 : 0xffff0000);
}

static bool same(uint32_t a, uint32_t b, uint32_t mask)
{
	return !((a ^ b) & mask);
}

/* What of a frame is compared, masked. */
static void fields_of(struct fdir *d, const struct frame *f, struct fdir_filter *key)
{
	const uint8_t *flex = flex_bytes(d, f);
	uint32_t ports = (uint32_t)f->destination << 16 | f->source;
	uint32_t vlan = f->tagged ? f->tci : 0;

	key->type = *reg(d, FDIRM) & M_L4P ? 0 : flow_type(f);
	key->source = get_le32(f->data + f->ip + 12) & ~*reg(d, FDIRSIP4M);
	key->destination = get_le32(f->data + f->ip + 16) & ~*reg(d, FDIRDIP4M);
	key->ports = ports & port_mask(d, f->l4);
	key->vlan = (vlan | (uint32_t)get_le16(flex) << 16) & vlan_mask(d);
}

static uint16_t perfect_hash(struct fdir *d, const struct fdir_filter *key)
{
	uint32_t source = htobe32(htole32(key->source));
	uint32_t destination = htobe32(htole32(key->destination));
	uint32_t flex = (key->vlan >> 24 | (key->vlan >> 8 & 0xff00)) << 16;
	uint32_t ports = key->ports << 16 | key->ports >> 16;

	return fdir_hash(*reg(d, FDIRHKEY), (uint32_t)key->type << 16 | (key->vlan & 0xffff),
			 source ^ destination ^ ports ^ flex) & 0x1fff;
}

static bool is_perfect_match(struct fdir *d, const struct fdir_filter *filter,
			     const struct fdir_filter *key, enum l4 l4)
{
	if (!(*reg(d, FDIRM) & M_L4P) && filter->type != key->type)
		return false;
	if (!(*reg(d, FDIRM) & M_POOL) && filter->pool)
		return false;
	return same(filter->source, key->source, ~*reg(d, FDIRSIP4M)) &&
	       same(filter->destination, key->destination, ~*reg(d, FDIRDIP4M)) &&
	       same(filter->ports, key->ports, port_mask(d, l4)) &&
	       same(filter->vlan, key->vlan, vlan_mask(d));
}

static const struct fdir_filter *match_perfect(struct fdir *d, const struct frame *f)
{
	struct fdir_filter key = { 0 };
	uint16_t hash;
	int i;

	if (f->version != 4)
		return NULL;
	fields_of(d, f, &key);
	hash = perfect_hash(d, &key);
	for (i = d->bucket[hash]; i >= 0; i = d->filter[i].next)
		if (d->filter[i].hash == hash &&
		    is_perfect_match(d, &d->filter[i], &key, f->l4))
			return &d->filter[i];
	return NULL;
}

static const struct fdir_filter *match_signature(struct fdir *d, const struct frame *f)
{
	uint32_t flow_vlan = (uint32_t)flow_type(f) << 16 | (f->tagged ? f->tci : 0);
	unsigned int at = f->ip + (f->version == 4 ? 12 : 8);
	uint32_t fields;
	int i;

	if (f->l4 == L4_NONE)
		return NULL;
	fields = fold_address(f->data + at, f->version == 4 ? 8 : 32) ^
		 ((uint32_t)f->source << 16 | f->destination) ^
		 (uint32_t)get_be16(flex_bytes(d, f)) << 16;
	i = *find(d, fdir_hash(*reg(d, FDIRHKEY), flow_vlan, fields) & 0x7fff,
		  fdir_hash(*reg(d, FDIRSKEY), flow_vlan, fields) & 0x7fff);
	return i < 0 ? NULL : &d->filter[i];
}

const struct fdir_filter *fdir_match(struct fdir *d, const struct frame *f)
{
	const struct fdir_filter *match;

	if (!capacity(d) || !f->version)
		return NULL;
	match = is_perfect(d) ? match_perfect(d, f) : match_signature(d, f);
	count_up(reg(d, match ? FDIRMATCH : FDIRMISS), 0, ~0u);
	return match;
}
