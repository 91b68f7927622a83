// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "bytes.h"
#include "stats.h"
#include "tx.h"

#define DESCRIPTOR	16
#define PACKET_MAX	(UINT16_MAX + OFFLOAD_HEADERS)
#define PACKET_ROOM	(PACKET_MAX + FRAME_MIN + VLAN_TAG)

/* Command and type. */
#define CMD_EOP		0x01000000u
#define CMD_RS		0x08000000u
#define CMD_DEXT	0x20000000u
#define CMD_VLE		0x40000000u
#define CMD_TSE		0x80000000u
#define DTYP(command)	((command) >> 20 & 0xf)
#define DTYP_CONTEXT	2
#define DTYP_DATA	3

/* Options of a data descriptor. */
#define POPTS_IXSM	0x00000100u
#define POPTS_TXSM	0x00000200u
#define INDEX(options)	((options) >> 4 & 1)

#define TUCMD_IPV4	0x00000400u
#define STATUS_DD	1u

struct sender {
	struct nic *nic;
	unsigned int queue;
};

void tx_doorbell(struct nic *n, unsigned int queue)
{
	n->tx_ready[queue / 64] |= 1ull << (queue % 64);
}

void tx_reset(struct nic *n)
{
	unsigned int q;

	for (q = 0; q < TX_QUEUES; q++) {
		n->tx[q].started = false;
		n->tx[q].length = 0;
		memset(n->tx[q].context, 0, sizeof(n->tx[q].context));
	}
	memset(n->tx_ready, 0, sizeof(n->tx_ready));
}

/* ---------------------------------------------------------------- one packet */

static void put_on_wire(void *to, uint8_t *frame, unsigned int length)
{
	struct sender *s = to;

	if (port_send(s->nic->port, frame, length))
		stats_sent(s->nic, s->queue, frame, length);
	else
		s->nic->count.unsent++;
}

static void finish(struct nic *n, unsigned int q)
{
	struct tx_queue *t = &n->tx[q];
	struct sender s = { n, q };

	if (t->broken || offload_send(&t->offload, t->data, t->length, put_on_wire, &s) < 0)
		n->count.malformed++;
	t->started = false;
}

static void take_context(struct tx_queue *t, const uint8_t *d)
{
	static const enum l4 protocol[] = { L4_UDP, L4_TCP, L4_SCTP, L4_NONE };
	uint32_t lengths = get_le32(d), type = get_le32(d + 8), mss = get_le32(d + 12);
	struct offload *o = &t->context[INDEX(mss)];

	o->ip = lengths & 0x1ff;
	o->mac = lengths >> 9 & 0x7f;
	o->tci = (uint16_t)(lengths >> 16);
	o->l4 = mss >> 8 & 0xff;
	o->mss = mss >> 16 & OFFLOAD_MSS;
	o->protocol = protocol[type >> 11 & 3];
	o->version_4 = type & TUCMD_IPV4;
}

static void start(struct tx_queue *t, uint32_t command, uint32_t options)
{
	static const struct offload none;
	bool legacy = !(command & CMD_DEXT);

	t->started = true;
	t->length = 0;
	t->broken = false;
	t->offload = legacy ? none : t->context[INDEX(options)];
	t->offload.tag = command & CMD_VLE;
	t->offload.segment = !legacy && command & CMD_TSE;
	t->offload.ip_sum = !legacy && options & POPTS_IXSM;
	t->offload.l4_sum = !legacy && options & POPTS_TXSM;
	if (legacy)
		t->offload.tci = (uint16_t)(options >> 16);
	if (!t->data)
		t->data = malloc(PACKET_ROOM);
	if (!t->data)
		t->broken = true;
}

static void append(struct nic *n, struct tx_queue *t, uint64_t address, unsigned int size)
{
	const void *from = memory_at(&n->memory, address, size, false);

	if (!from || size > PACKET_MAX - t->length)
		t->broken = true;
	if (t->broken)
		return;
	memcpy(t->data + t->length, from, size);
	t->length += size;
}

static void take(struct nic *n, unsigned int q, const uint8_t *d)
{
	uint32_t command = get_le32(d + 8), options = get_le32(d + 12);
	struct tx_queue *t = &n->tx[q];

	if (command & CMD_DEXT && DTYP(command) == DTYP_CONTEXT) {
		take_context(t, d);
		return;
	}
	if (!t->started)
		start(t, command, options);
	if (command & CMD_DEXT && DTYP(command) != DTYP_DATA)
		t->broken = true;
	append(n, t, get_le64(d), command & 0xffff);
	if (command & CMD_EOP)
		finish(n, q);
}

/* ---------------------------------------------------------------- the ring */

static void report_done(uint8_t *d)
{
	__atomic_store_n((uint32_t *)(d + 12), htole32(STATUS_DD), __ATOMIC_RELEASE);
}

static bool may_send(struct nic *n, unsigned int q)
{
	return *nic_reg(n, TXDCTL(q)) & TXDCTL_ENABLE && *nic_reg(n, DMATXCTL) & DMATXCTL_TE &&
	       pci_is_master(&n->pci);
}

/* Looks at that many descriptors; true: there are more. */
static bool run_queue(struct nic *n, unsigned int q, unsigned int most)
{
	unsigned int count = *nic_reg(n, TDLEN(q)) / DESCRIPTOR;
	unsigned int head = *nic_reg(n, TDH(q)), tail = *nic_reg(n, TDT(q));
	uint8_t *ring, d[DESCRIPTOR];
	bool reported = false;

	if (!may_send(n, q) || !count || count > 0x10000 || head >= count || tail >= count)
		return false;
	ring = memory_at(&n->memory, nic_ring(n, TDBAL(q), TDBAH(q)),
			 (uint64_t)count * DESCRIPTOR, true);
	if (!ring)
		return false;
	while (head != tail && most--) {
		memcpy(d, ring + head * DESCRIPTOR, DESCRIPTOR);
		take(n, q, d);
		if (get_le32(d + 8) & CMD_RS) {
			report_done(ring + head * DESCRIPTOR);
			reported = true;
		}
		head = (head + 1) % count;
	}
	*nic_reg(n, TDH(q)) = head;
	if (reported)
		irq_queue(&n->irq, q, true);
	return head != tail;
}

bool tx_run(struct nic *n, unsigned int most)
{
	uint64_t ready = 0;
	unsigned int i, q;

	for (i = 0; i < TX_QUEUES / 64; i++) {
		uint64_t waiting = n->tx_ready[i];

		for (; waiting; waiting &= waiting - 1) {
			q = i * 64 + (unsigned int)__builtin_ctzll(waiting);
			if (!run_queue(n, q, most))
				n->tx_ready[i] &= ~(1ull << (q % 64));
		}
		ready |= n->tx_ready[i];
	}
	return ready;
}
