// SPDX-License-Identifier: GPL-2.0-only
#include "bytes.h"
#include "rss.h"
#include "rx.h"
#include "stats.h"

#define DESCRIPTOR	16
#define PARTS		16	/* buffers for one frame */

/* Descriptor, as written back: status and errors, then the packet's type. */
#define STAT_DD		0x00000001u
#define STAT_EOP	0x00000002u
#define STAT_FLM	0x00000004u
#define STAT_VP		0x00000008u
#define STAT_L4CS	0x00000020u
#define STAT_IPCS	0x00000040u
#define ERR_L4		0x40000000u
#define ERR_IP		0x80000000u

#define TYPE_IP4	0x0010u
#define TYPE_IP4_EX	0x0020u
#define TYPE_IP6	0x0040u
#define TYPE_IP6_EX	0x0080u
#define TYPE_TCP	0x0100u
#define TYPE_UDP	0x0200u
#define TYPE_SCTP	0x0400u

struct ring {
	uint8_t *descriptors;
	unsigned int count;
	unsigned int head;
	unsigned int free;
	unsigned int buffer;	/* size */
};

/* What the descriptor says of a frame. */
struct report {
	uint32_t info;
	uint32_t hash;
	uint32_t status;
	uint16_t tci;
};

/* ---------------------------------------------------------------- filters */

static bool is_our_address(struct nic *n, const uint8_t *address)
{
	uint32_t low = get_le32(address);
	uint32_t high = get_le16(address + 4) | RAH_AV;
	uint32_t i;

	for (i = 0; i < RAR_ENTRIES; i++)
		if (*nic_reg(n, RAL(i)) == low &&
		    (*nic_reg(n, RAH(i)) & (RAH_AV | 0xffff)) == high)
			return true;
	return false;
}

/* Twelve bits of the address, which ones is configurable, select one of the table. */
static bool is_our_group(struct nic *n, const uint8_t *address)
{
	uint32_t control = *nic_reg(n, MCSTCTRL);
	uint32_t hash;

	if (!(control & MCSTCTRL_MFE))
		return false;
	hash = get_le16(address + 4) >> (4 - (control & MCSTCTRL_MO));
	if ((control & MCSTCTRL_MO) == 3)
		hash = get_le16(address + 4);
	hash &= 0xfff;
	return *nic_reg(n, MTA(hash / 32)) >> (hash % 32) & 1;
}

static bool passes_address(struct nic *n, const uint8_t *address)
{
	uint32_t control = *nic_reg(n, FCTRL);

	if ((address[0] & address[1] & address[2] & address[3] & address[4] & address[5]) == 0xff)
		return control & FCTRL_BAM;
	if (address[0] & 1)
		return control & FCTRL_MPE || is_our_group(n, address);
	return control & FCTRL_UPE || is_our_address(n, address);
}

static bool passes_vlan(struct nic *n, const struct frame *f)
{
	unsigned int id = f->tci & 0xfff;

	if (!f->tagged || !(*nic_reg(n, VLNCTRL) & VLNCTRL_VFE))
		return true;
	return *nic_reg(n, VFTA(id / 32)) >> (id % 32) & 1;
}

static unsigned int longest(struct nic *n, const struct frame *f)
{
	unsigned int most = 1518;

	if (*nic_reg(n, HLREG0) & HLREG0_JUMBOEN)
		most = *nic_reg(n, MAXFRS) >> 16;
	return most - FRAME_FCS + (f->tagged ? VLAN_TAG : 0);
}

/* ---------------------------------------------------------------- which queue */

static unsigned int by_hash(struct nic *n, const struct frame *f, struct report *r)
{
	uint32_t mrqc = *nic_reg(n, MRQC);
	uint8_t key[TOEPLITZ_KEY];
	unsigned int i, type;

	if ((mrqc & RSS_MODE) != RSS_ENABLED)
		return 0;
	for (i = 0; i < TOEPLITZ_KEY / 4; i++)
		put_le32(key + 4 * i, *nic_reg(n, RSSRK(i)));
	type = rss_hash(f, mrqc, key, &r->hash);
	if (!type)
		return 0;
	r->info |= type;
	i = r->hash & 0x7f;
	return *nic_reg(n, RETA(i / 4)) >> (8 * (i % 4)) & 0xf;
}

static unsigned int choose_queue(struct nic *n, const struct frame *f, struct report *r)
{
	unsigned int queue = by_hash(n, f, r);
	const struct fdir_filter *filter = fdir_match(&n->fdir, f);

	if (!filter)
		return queue;
	r->status |= STAT_FLM;
	return filter->queue;
}

/* ---------------------------------------------------------------- the report */

static uint32_t packet_type(const struct frame *f)
{
	static const uint32_t l4[] = { 0, TYPE_UDP, TYPE_TCP, TYPE_SCTP };

	if (f->version == 4)
		return (f->extended ? TYPE_IP4_EX : TYPE_IP4) | l4[f->l4];
	if (f->version == 6)
		return (f->extended ? TYPE_IP6_EX : TYPE_IP6) | l4[f->l4];
	return 0;
}

static uint32_t checksum_status(const struct frame *f)
{
	enum verdict ip = frame_ip_verdict(f);
	enum verdict l4 = frame_l4_verdict(f);
	uint32_t status = 0;

	if (ip != UNCHECKED)
		status |= STAT_IPCS | (ip == WRONG ? ERR_IP : 0);
	if (l4 != UNCHECKED)
		status |= STAT_L4CS | (l4 == WRONG ? ERR_L4 : 0);
	return status;
}

/* Takes the tag out if the queue wants that. */
static uint8_t *strip_tag(struct nic *n, unsigned int queue, const struct frame *f,
			  struct report *r, uint8_t *data, unsigned int *length)
{
	if (!f->tagged || !(*nic_reg(n, RXDCTL(queue)) & RXDCTL_VME))
		return data;
	r->status |= STAT_VP;
	r->tci = f->tci;
	memmove(data + VLAN_TAG, data, 12);
	*length -= VLAN_TAG;
	return data + VLAN_TAG;
}

/* ---------------------------------------------------------------- the ring */

static bool ring_open(struct nic *n, unsigned int q, struct ring *r)
{
	unsigned int tail = *nic_reg(n, RDT(q));

	r->count = *nic_reg(n, RDLEN(q)) / DESCRIPTOR;
	r->head = *nic_reg(n, RDH(q));
	r->buffer = (*nic_reg(n, SRRCTL(q)) & SRRCTL_BSIZE) * 1024;
	if (!(*nic_reg(n, RXDCTL(q)) & RXDCTL_ENABLE) || !r->buffer)
		return false;
	if (!r->count || r->count > 0x10000 || r->head >= r->count || tail >= r->count)
		return false;
	r->free = (tail + r->count - r->head) % r->count;
	r->descriptors = memory_at(&n->memory, nic_ring(n, RDBAL(q), RDBAH(q)),
				   (uint64_t)r->count * DESCRIPTOR, true);
	return r->descriptors;
}

/* Where the parts go; false if one of them would go nowhere. */
static bool find_buffers(struct nic *n, const struct ring *r, unsigned int parts,
			 uint8_t *buffer[PARTS])
{
	unsigned int i, at = r->head;

	for (i = 0; i < parts; i++) {
		buffer[i] = memory_at(&n->memory, get_le64(r->descriptors + at * DESCRIPTOR),
				      r->buffer, true);
		if (!buffer[i])
			return false;
		at = (at + 1) % r->count;
	}
	return true;
}

/* The driver looks at the length first: that half comes last, and at once. */
static void write_back(uint8_t *descriptor, const struct report *r, uint32_t status,
		       unsigned int length)
{
	uint64_t low = (uint64_t)r->hash << 32 | r->info;
	uint64_t high = (uint64_t)r->tci << 48 | (uint64_t)length << 32 | status;
	uint64_t *d = (uint64_t *)descriptor;

	__atomic_store_n(d, htole64(low), __ATOMIC_RELAXED);
	__atomic_store_n(d + 1, htole64(high), __ATOMIC_RELEASE);
}

static void fill(struct nic *n, unsigned int q, struct ring *r, const struct report *report,
		 uint8_t *const buffer[PARTS], const uint8_t *data, unsigned int length)
{
	unsigned int i, size;

	for (i = 0; length; i++, data += size, length -= size) {
		size = length < r->buffer ? length : r->buffer;
		memcpy(buffer[i], data, size);
		write_back(r->descriptors + r->head * DESCRIPTOR, report,
			   size == length ? report->status | STAT_DD | STAT_EOP : STAT_DD, size);
		r->head = (r->head + 1) % r->count;
	}
	*nic_reg(n, RDH(q)) = r->head;
}

static void no_room(struct nic *n, unsigned int q, bool open)
{
	if (open && !(*nic_reg(n, SRRCTL(q)) & SRRCTL_DROP_EN))
		stats_missed(n);
	else
		stats_no_descriptor(n, q);
}

static void deliver(struct nic *n, unsigned int q, const struct report *report,
		    const uint8_t *data, unsigned int length)
{
	uint8_t *buffer[PARTS];
	unsigned int parts;
	struct ring r;

	if (!ring_open(n, q, &r)) {
		no_room(n, q, false);
		return;
	}
	parts = (length + r.buffer - 1) / r.buffer;
	if (parts > PARTS || parts > r.free) {
		no_room(n, q, true);
		return;
	}
	if (!find_buffers(n, &r, parts, buffer)) {
		n->count.bad_address++;
		no_room(n, q, false);
		return;
	}
	fill(n, q, &r, report, buffer, data, length);
	stats_delivered(n, q, length);
	irq_queue(&n->irq, q, false);
}

/* ---------------------------------------------------------------- frames */

void rx_frame(struct nic *n, uint8_t *data, unsigned int length)
{
	struct report report = { 0 };
	unsigned int queue;
	struct frame f;

	if (length < FRAME_MIN) {
		memset(data + length, 0, FRAME_MIN - length);
		length = FRAME_MIN;
	}
	stats_arrived(n, length);
	if (!(*nic_reg(n, RXCTRL) & RXCTRL_RXEN) || !pci_is_master(&n->pci)) {
		n->count.ignored++;
		return;
	}
	frame_parse(&f, data, length);
	if (length > longest(n, &f)) {
		stats_oversize(n);
		return;
	}
	if (!passes_address(n, data) || !passes_vlan(n, &f)) {
		n->count.filtered++;
		return;
	}
	stats_accepted(n, data, length);
	queue = choose_queue(n, &f, &report);
	report.info |= packet_type(&f);
	report.status |= checksum_status(&f);
	data = strip_tag(n, queue, &f, &report, data, &length);
	deliver(n, queue, &report, data, length);
}

bool rx_run(struct nic *n, unsigned int most)
{
	static uint8_t frame[65536 + FRAME_MIN];
	ssize_t length;

	while (most--) {
		length = port_receive(n->port, frame, 65536);
		if (length <= 0)
			return false;
		rx_frame(n, frame, (unsigned int)length);
	}
	return true;
}
