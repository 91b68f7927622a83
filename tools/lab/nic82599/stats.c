// SPDX-License-Identifier: GPL-2.0-only
#include "bytes.h"
#include "stats.h"

#define PER_QUEUE	16u	/* registers; queues are mapped to them */

static const struct {
	uint32_t first;
	unsigned int count;
	unsigned int step;
} cleared[] = {
	{ 0x04000, 5, 4 },		/* errors of the MAC */
	{ 0x04034, 4, 4 },
	{ MPC(0), 8, 4 },
	{ 0x03f00, 16, 4 },		/* flow control, of which there is none */
	{ 0x03f60, 3, 4 },
	{ 0x04140, 16, 4 },
	{ 0x041a4, 2, 4 },
	{ PRC64, 16, 4 },		/* up to GOTCH */
	{ 0x040a4, 4, 4 },
	{ 0x040b4, 3, 4 },
	{ TORL, 2, 4 },
	{ TPR, 10, 4 },
	{ QPRC(0), PER_QUEUE, 0x40 },
	{ QBRCL(0), PER_QUEUE, 0x40 },
	{ QBRCL(0) + 4, PER_QUEUE, 0x40 },
	{ QPRDC(0), PER_QUEUE, 0x40 },
	{ QPTC(0), PER_QUEUE, 0x40 },
	{ QBTCL(0), 2 * PER_QUEUE, 4 },
};

bool stats_cleared(uint32_t offset)
{
	unsigned int i, skip;

	for (i = 0; i < ARRAY_SIZE(cleared); i++) {
		skip = offset - cleared[i].first;
		if (offset >= cleared[i].first && skip % cleared[i].step == 0 &&
		    skip / cleared[i].step < cleared[i].count)
			return true;
	}
	return false;
}

static void count(struct nic *n, uint32_t offset)
{
	uint32_t *value = nic_reg(n, offset);

	if (*value != UINT32_MAX)
		++*value;
}

/* Octets: 36 bits in two registers. */
static void count_octets(struct nic *n, uint32_t low, unsigned int length)
{
	uint32_t *value = nic_reg(n, low);

	if (*value > UINT32_MAX - length)
		*nic_reg(n, low + 4) = (*nic_reg(n, low + 4) + 1) & 0xf;
	*value += length;
}

static void count_size(struct nic *n, uint32_t first, unsigned int length)
{
	static const unsigned int most[] = { 64, 127, 255, 511, 1023 };
	unsigned int i;

	for (i = 0; i < 5 && length > most[i]; i++)
		;
	count(n, first + 4 * i);
}

static bool is_broadcast(const uint8_t *frame)
{
	return (frame[0] & frame[1] & frame[2] & frame[3] & frame[4] & frame[5]) == 0xff;
}

void stats_arrived(struct nic *n, unsigned int length)
{
	n->count.received++;
	count(n, TPR);
	count_octets(n, TORL, length + FRAME_FCS);
}

void stats_accepted(struct nic *n, const uint8_t *frame, unsigned int length)
{
	count(n, GPRC);
	count_octets(n, GORCL, length + FRAME_FCS);
	count_size(n, PRC64, length + FRAME_FCS);
	if (is_broadcast(frame))
		count(n, BPRC);
	else if (frame[0] & 1)
		count(n, MPRC);
}

void stats_oversize(struct nic *n)
{
	n->count.oversize++;
	count(n, ROC);
}

/* Four queues to a register of RQSMR. */
static unsigned int rx_register(struct nic *n, unsigned int queue)
{
	return *nic_reg(n, RQSMR(queue / 4)) >> (8 * (queue % 4)) & (PER_QUEUE - 1);
}

static unsigned int tx_register(struct nic *n, unsigned int queue)
{
	return *nic_reg(n, TQSM(queue / 4)) >> (8 * (queue % 4)) & (PER_QUEUE - 1);
}

void stats_delivered(struct nic *n, unsigned int queue, unsigned int length)
{
	unsigned int i = rx_register(n, queue);

	n->count.delivered++;
	if (queue < 16)
		n->count.queue[queue]++;
	count(n, QPRC(i));
	count_octets(n, QBRCL(i), length + FRAME_FCS);
}

void stats_no_descriptor(struct nic *n, unsigned int queue)
{
	n->count.no_descriptor++;
	count(n, QPRDC(rx_register(n, queue)));
}

void stats_missed(struct nic *n)
{
	n->count.missed++;
	count(n, MPC(0));
}

void stats_sent(struct nic *n, unsigned int queue, const uint8_t *frame, unsigned int length)
{
	unsigned int i = tx_register(n, queue);

	n->count.sent++;
	count(n, TPT);
	count(n, GPTC);
	count_octets(n, GOTCL, length + FRAME_FCS);
	count_size(n, PTC64, length + FRAME_FCS);
	if (is_broadcast(frame))
		count(n, BPTC);
	else if (frame[0] & 1)
		count(n, MPTC);
	count(n, QPTC(i));
	count_octets(n, QBTCL(i), length + FRAME_FCS);
}
