// SPDX-License-Identifier: GPL-2.0-only
/*
 * mlx4_en's receive rings without a ConnectX-3: its own code makes, fills, polls and
 * refills them; what the card would do with them is here. Receive goes through
 * napi_gro_frags(), pages are shared by the fragments of several frames.
 *
 * The one thing of the driver that is replaced (when it is compiled, see ./build) is
 * the allocation of a ring's memory, which would tell the firmware about it.
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/mlx4/cq.h>

#include "mlx4_en.h"
#include "ring.h"

#define CQE_SIZE	64
#define OPCODE_RECEIVE	0x01

/* What the driver finds behind its private data. */
static struct board {
	struct mlx4_en_dev mdev;
	struct mlx4_dev dev;
	struct mlx4_dev_persistent persist;
	struct mlx4_en_port_profile profile;
	u64 doorbells[16];
	u64 packets, bytes;	/* of rings that were closed */
	struct ring *ring;
} *board;

int ring_alloc_hwq_res(struct mlx4_dev *dev, struct mlx4_hwq_resources *res, int size)
{
	res->db.db = kzalloc(SMP_CACHE_BYTES, GFP_KERNEL);
	if (!res->db.db)
		return -ENOMEM;
	res->buf.direct.buf = dma_alloc_coherent(&board->ring->bus->dev, size,
						 &res->buf.direct.map, GFP_KERNEL);
	if (!res->buf.direct.buf) {
		kfree(res->db.db);
		return -ENOMEM;
	}
	return 0;
}

void ring_free_hwq_res(struct mlx4_dev *dev, struct mlx4_hwq_resources *res, int size)
{
	dma_free_coherent(&board->ring->bus->dev, size, res->buf.direct.buf, res->buf.direct.map);
	kfree(res->db.db);
}

static struct mlx4_en_priv *priv_of(struct ring_queue *q)
{
	return netdev_priv(q->ring->dev);
}

static struct mlx4_en_rx_ring *rx_ring(struct ring_queue *q)
{
	return priv_of(q)->rx_ring[q->index];
}

static struct mlx4_en_cq *rx_cq(struct ring_queue *q)
{
	return priv_of(q)->rx_cq[q->index];
}

static struct mlx4_cqe *cqe_at(struct mlx4_en_cq *cq, u32 i)
{
	/* The upper half of a large entry holds what a small one holds. */
	return mlx4_en_get_cqe(cq->buf, i & (cq->size - 1), CQE_SIZE) + 1;
}

/* ---------------------------------------------------------------- the card */

static int write_frame(struct mlx4_en_rx_ring *rx, u32 i, const struct frame *frame)
{
	struct mlx4_wqe_data_seg *seg = rx->buf + ((i & rx->size_mask) << rx->log_stride);
	struct mlx4_wqe_data_seg *end = (void *)seg + rx->stride;
	unsigned int at = 0, n;

	for (; at < frame->len; seg++, at += n) {
		if (seg == end || !seg->byte_count)
			return -EMSGSIZE;
		n = min(frame->len - at, be32_to_cpu(seg->byte_count));
		memcpy(ring_dma(be64_to_cpu(seg->addr)), frame->data + at, n);
	}
	return 0;
}

static u16 status_of(const struct frame *frame)
{
	u16 status = 0;

	if (frame->l3 == 4)
		status |= frame->fragment ? MLX4_CQE_STATUS_IPV4F : MLX4_CQE_STATUS_IPV4;
	else if (frame->l3 == 6)
		status |= MLX4_CQE_STATUS_IPV6;
	if (frame->l4 == IPPROTO_UDP)
		status |= MLX4_CQE_STATUS_UDP;
	else if (frame->l4 == IPPROTO_TCP)
		status |= MLX4_CQE_STATUS_TCP;
	if (frame->l3_ok)
		status |= MLX4_CQE_STATUS_IPOK;
	return status;
}

static int deliver(struct ring_queue *q, const struct frame *frame)
{
	struct mlx4_en_rx_ring *rx = rx_ring(q);
	struct mlx4_en_cq *cq = rx_cq(q);
	struct mlx4_cqe *cqe = cqe_at(cq, q->written);
	int err;

	/* The doorbell record says how many buffers were posted, modulo 2^16. */
	if ((u16)q->written == (u16)be32_to_cpu(READ_ONCE(*rx->wqres.db.db)))
		return -ENOBUFS;
	dma_rmb();
	err = write_frame(rx, q->written, frame);
	if (err)
		return err;

	cqe->vlan_my_qpn = 0;
	cqe->immed_rss_invalid = cpu_to_be32(frame->hash);
	cqe->status = cpu_to_be16(status_of(frame));
	cqe->badfcs_enc = 0;
	cqe->byte_cnt = cpu_to_be32(frame->len);
	cqe->checksum = cpu_to_be16(frame->l4_ok ? 0xffff : 0);
	/* What says that it is there changes its meaning with every round. */
	dma_wmb();
	WRITE_ONCE(cqe->owner_sr_opcode,
		   OPCODE_RECEIVE | (q->written & cq->size ? MLX4_CQE_OWNER_MASK : 0));
	q->written++;
	return 0;
}

static enum ring_state state(struct ring_queue *q)
{
	const struct mlx4_cq *cq = &rx_cq(q)->mcq;
	u32 seen = be32_to_cpu(READ_ONCE(*cq->set_ci_db));
	u32 armed = be32_to_cpu(READ_ONCE(*cq->arm_db));

	if ((armed >> 28 & 3) != (cq->arm_sn & 3))
		return RING_BUSY;
	return (q->written ^ seen) & 0xffffff ? RING_ASKED : RING_IDLE;
}

static void interrupt(struct ring_queue *q)
{
	struct mlx4_cq *cq = &rx_cq(q)->mcq;

	cq->arm_sn++;
	mlx4_en_rx_irq(cq);
}

/* ---------------------------------------------------------------- rings */

static void free_cq(struct ring_queue *q)
{
	struct mlx4_en_cq *cq = rx_cq(q);

	ring_free_hwq_res(&board->dev, &cq->wqres, cq->buf_size);
	kfree(cq);
}

static int make_cq(struct ring_queue *q)
{
	struct mlx4_en_cq *cq = kzalloc(sizeof(*cq), GFP_KERNEL);

	if (!cq)
		return -ENOMEM;
	cq->dev = q->ring->dev;
	cq->ring = q->index;
	cq->type = RX;
	cq->size = q->ring->size;
	cq->buf_size = cq->size * CQE_SIZE;
	cq->aff_mask = &q->affinity;
	if (ring_alloc_hwq_res(&board->dev, &cq->wqres, cq->buf_size)) {
		kfree(cq);
		return -ENOMEM;
	}
	cq->buf = cq->wqres.buf.direct.buf;
	cq->mcq.set_ci_db = cq->wqres.db.db;
	cq->mcq.arm_db = cq->wqres.db.db + 1;
	cq->mcq.arm_sn = 1;
	/* Every entry is the card's in the first round. */
	memset(cq->buf, 0xff, cq->buf_size);
	priv_of(q)->rx_cq[q->index] = cq;
	return 0;
}

static int make_queue(struct ring_queue *q)
{
	struct mlx4_en_priv *priv = priv_of(q);
	int err = make_cq(q);

	if (err)
		return err;
	err = mlx4_en_create_rx_ring(priv, &priv->rx_ring[q->index], q->ring->size,
				     priv->stride, NUMA_NO_NODE, q->index);
	if (err)
		free_cq(q);
	return err;
}

static void free_queues(struct ring *ring, int n)
{
	struct mlx4_en_priv *priv = netdev_priv(ring->dev);

	/* The driver says so to lockdep. */
	mutex_lock(&priv->mdev->state_lock);
	while (n--) {
		mlx4_en_destroy_rx_ring(priv, &priv->rx_ring[n], ring->size, priv->stride);
		free_cq(&ring->queue[n]);
	}
	mutex_unlock(&priv->mdev->state_lock);
}

static int open(struct ring *ring)
{
	struct mlx4_en_priv *priv = netdev_priv(ring->dev);
	int err, i;

	mlx4_en_calc_rx_buf(ring->dev);
	for (i = 0; i < ring->queues; i++) {
		err = make_queue(&ring->queue[i]);
		if (err)
			goto free;
	}
	err = mlx4_en_activate_rx_rings(priv);
	if (err)
		goto free;
	priv->port_up = true;
	for (i = 0; i < ring->queues; i++) {
		netif_napi_add(ring->dev, &priv->rx_cq[i]->napi, mlx4_en_poll_rx_cq);
		napi_enable(&priv->rx_cq[i]->napi);
		mlx4_en_arm_cq(priv, priv->rx_cq[i]);
	}
	return 0;

free:
	free_queues(ring, i);
	return err;
}

static void add_counts(struct ring *ring, u64 *packets, u64 *bytes)
{
	struct mlx4_en_priv *priv = netdev_priv(ring->dev);
	int i;

	for (i = 0; i < ring->queues; i++) {
		*packets += READ_ONCE(priv->rx_ring[i]->packets);
		*bytes += READ_ONCE(priv->rx_ring[i]->bytes);
	}
}

static void close(struct ring *ring)
{
	struct mlx4_en_priv *priv = netdev_priv(ring->dev);
	int i;

	priv->port_up = false;
	for (i = 0; i < ring->queues; i++) {
		napi_disable(&priv->rx_cq[i]->napi);
		netif_napi_del(&priv->rx_cq[i]->napi);
		mlx4_en_deactivate_rx_ring(priv, priv->rx_ring[i]);
	}
	add_counts(ring, &board->packets, &board->bytes);
	free_queues(ring, ring->queues);
}

static void received(struct ring *ring, u64 *packets, u64 *bytes)
{
	*packets = board->packets;
	*bytes = board->bytes;
	if (ring->up)
		add_counts(ring, packets, bytes);
}

/* ---------------------------------------------------------------- the net device */

static void fill_priv(struct ring *ring, struct net_device *dev)
{
	struct mlx4_en_priv *priv = netdev_priv(dev);

	board->ring = ring;
	board->persist.pdev = ring->bus;
	board->dev.persist = &board->persist;
	board->dev.caps.cqe_size = CQE_SIZE;
	board->dev.numa_node = NUMA_NO_NODE;
	board->mdev.dev = &board->dev;
	board->mdev.uar_map = (__force void __iomem *)board->doorbells;
	spin_lock_init(&board->mdev.uar_lock);
	mutex_init(&board->mdev.state_lock);
	board->profile.rx_ring_size = ring->size;
	board->profile.rx_ring_num = ring->queues;

	priv->dev = dev;
	priv->mdev = &board->mdev;
	priv->prof = &board->profile;
	priv->ddev = &ring->bus->dev;
	priv->rx_ring_num = ring->queues;
	priv->cqe_size = CQE_SIZE;
	priv->cqe_factor = 1;
	priv->stride = roundup_pow_of_two(sizeof(struct mlx4_en_rx_desc) +
					  DS_SIZE * MLX4_EN_MAX_RX_FRAGS);
}

static struct net_device *alloc_nic(struct ring *ring)
{
	struct net_device *dev;

	board = kzalloc(sizeof(*board), GFP_KERNEL);
	if (!board)
		return NULL;
	dev = alloc_etherdev_mqs(sizeof(struct mlx4_en_priv), ring->queues, ring->queues);
	if (!dev) {
		kfree(board);
		return NULL;
	}
	fill_priv(ring, dev);
	return dev;
}

static void free_nic(struct net_device *dev)
{
	free_netdev(dev);
	kfree(board);
}

const struct ring_nic ring_nic = {
	.alloc = alloc_nic,
	.free = free_nic,
	.open = open,
	.close = close,
	.deliver = deliver,
	.state = state,
	.interrupt = interrupt,
	.received = received,
};
