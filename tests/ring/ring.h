/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A NIC that is not there, around a driver's own receive path. For tests only.
 *
 *   sender's stack -> wireN -> the device: RSS, the frame written into the next
 *   posted buffer, its completion in the device's format, an interrupt on the
 *   queue's core -> the driver's interrupt handler, NAPI poll, refill -> ringN
 *
 * Whatever is sent on wireN arrives at ringN and the other way round. From wireN to
 * ringN it takes the driver's rings; the way back is short. A ring without a posted
 * buffer drops the frame, and counts it: wireN's tx_dropped, ringN's
 * rx_missed_errors. What comes while ringN is down, and what was in its rings when
 * it went down, is in rx_fifo_errors. There is one such pair for each load of the
 * driver.
 *
 * ring.c is the device; mlx4.c, and mlx5.c with mlx5_card.c, know their driver's
 * formats and are compiled into it.
 */
#ifndef RING_H
#define RING_H

#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#include "frame.h"

#define RING_QUEUES	8

/**
 * struct ring_queue - one RX queue
 * @lock: taken with interrupts off
 * @open: buffers are posted and interrupts allowed
 * @raised: an event is on its way to the queue's core
 * @affinity: that core
 * @written: completions written since it was opened
 * @frames: accepted since the module was loaded
 * @full: dropped for want of a posted buffer
 * @refused: dropped because the queue was closed or the frame was too long
 */
struct ring_queue {
	struct ring *ring;
	int index;

	spinlock_t lock;	/* what follows, up to @refused */
	bool open;
	bool raised;
	u32 written;
	u64 frames;
	u64 full;
	u64 refused;

	struct cpumask affinity;
	call_single_data_t remote;
	struct irq_work local;
	struct hrtimer later;
};

enum ring_state {
	RING_IDLE,	/* the driver waits for an interrupt, and there is no reason for one */
	RING_BUSY,	/* it polls */
	RING_ASKED,	/* it waits, and there is a reason */
};

/**
 * struct ring_nic - what a driver's part provides
 * @alloc: a net device with the driver's private data
 * @free: and back
 * @open: rings, buffers and NAPI as the driver makes them; process context, RTNL
 * @close: and back; the device is silent by then
 * @deliver: write a frame and its completion; -ENOBUFS, -EMSGSIZE. Under the lock.
 * @state: after doing what the driver has asked the device to do. Under the lock.
 * @interrupt: hard interrupt context on the queue's core. Under the lock.
 * @received: frames and bytes that the driver counted
 */
struct ring_nic {
	struct net_device *(*alloc)(struct ring *ring);
	void (*free)(struct net_device *dev);
	int (*open)(struct ring *ring);
	void (*close)(struct ring *ring);
	int (*deliver)(struct ring_queue *q, const struct frame *frame);
	enum ring_state (*state)(struct ring_queue *q);
	void (*interrupt)(struct ring_queue *q);
	void (*received)(struct ring *ring, u64 *packets, u64 *bytes);
};

struct ring {
	const struct ring_nic *nic;
	struct pci_dev *bus;	/* what DMA is mapped for: the host bridge, which has no driver */
	struct net_device *dev;
	struct net_device *wire;
	int queues;
	int size;	/* of a ring, a power of two */
	bool up;
	u64 purged;
	atomic_long_t sent, sent_bytes;	/* from dev to wire */
	struct ring_queue queue[RING_QUEUES];
};

/* Given by the driver's part. */
extern const struct ring_nic ring_nic;

/* The driver's module_init() and module_exit(), renamed when it is compiled. */
int ring_driver_init(void);
void ring_driver_exit(void);

/* What mlx4's allocation of a ring's memory becomes in the same way. */
struct mlx4_dev;
struct mlx4_hwq_resources;
int ring_alloc_hwq_res(struct mlx4_dev *dev, struct mlx4_hwq_resources *res, int size);
void ring_free_hwq_res(struct mlx4_dev *dev, struct mlx4_hwq_resources *res, int size);

/* The address of what the driver mapped: there is no IOMMU here. */
static inline void *ring_dma(u64 addr)
{
	return phys_to_virt(addr);
}

#endif
