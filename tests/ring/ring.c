// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "ring: " fmt

#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "compat.h"
#include "ring.h"

/* How long the device waits for the driver to ask for the next interrupt. */
#define LATER	(50 * NSEC_PER_USEC)

static int ring_queues = 4;
module_param(ring_queues, int, 0444);
static int ring_size = 1024;
module_param(ring_size, int, 0444);
/* No interrupt comes: the driver is as slow as can be. */
static bool ring_held;
module_param(ring_held, bool, 0644);

static struct ring *ring;

/* ---------------------------------------------------------------- interrupts */

static int core_of(const struct ring_queue *q)
{
	int core = cpumask_first(&q->affinity);

	return core < nr_cpu_ids && cpu_online(core) ? core : raw_smp_processor_id();
}

/* One event at a time: until it has run, it covers whatever comes. */
static void raise(struct ring_queue *q)
{
	int core = core_of(q);

	lockdep_assert_held(&q->lock);
	q->raised = true;
	if (core == raw_smp_processor_id())
		irq_work_queue(&q->local);
	else
		smp_call_function_single_async(core, &q->remote);
}

/* The driver speaks to the device by writing to memory, and nobody sees that. */
static void look_later(struct ring_queue *q)
{
	q->raised = true;
	hrtimer_start(&q->later, ns_to_ktime(LATER), HRTIMER_MODE_REL_PINNED);
}

/* On the queue's core, as a hard interrupt. */
static void event(struct ring_queue *q)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	q->raised = false;
	if (q->open && core_of(q) != raw_smp_processor_id()) {
		raise(q);
	} else if (q->open) {
		switch (q->ring->nic->state(q)) {
		case RING_IDLE:
			break;
		case RING_BUSY:
			look_later(q);
			break;
		case RING_ASKED:
			if (!READ_ONCE(ring_held))
				q->ring->nic->interrupt(q);
			look_later(q);
			break;
		}
	}
	spin_unlock_irqrestore(&q->lock, flags);
}

static void remote_event(void *q)
{
	event(q);
}

static void local_event(struct irq_work *work)
{
	event(container_of(work, struct ring_queue, local));
}

static enum hrtimer_restart later_event(struct hrtimer *timer)
{
	event(container_of(timer, struct ring_queue, later));
	return HRTIMER_NORESTART;
}

static void init_timer(struct hrtimer *timer)
{
#if HAS_HRTIMER_SETUP
	hrtimer_setup(timer, later_event, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED);
	timer->function = later_event;
#endif
}

static bool is_raised(struct ring_queue *q)
{
	unsigned long flags;
	bool raised;

	spin_lock_irqsave(&q->lock, flags);
	raised = q->raised;
	spin_unlock_irqrestore(&q->lock, flags);
	return raised;
}

/* Frames are refused from now on, and no event is on its way any more. */
static void silence(struct ring_queue *q)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	q->open = false;
	spin_unlock_irqrestore(&q->lock, flags);
	while (is_raised(q))
		usleep_range(100, 200);
	irq_work_sync(&q->local);
	hrtimer_cancel(&q->later);
}

static void allow(struct ring_queue *q)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	q->open = true;
	raise(q);
	spin_unlock_irqrestore(&q->lock, flags);
}

/* ---------------------------------------------------------------- ringN */

static int nic_open(struct net_device *dev)
{
	int err, i;

	for (i = 0; i < ring->queues; i++)
		ring->queue[i].written = 0;
	err = ring->nic->open(ring);
	if (err)
		return err;
	ring->up = true;
	for (i = 0; i < ring->queues; i++)
		allow(&ring->queue[i]);
	netif_tx_start_all_queues(dev);
	netif_carrier_on(dev);
	return 0;
}

/* Frames that the driver freed with its rings, ever. */
static u64 purged(void)
{
	u64 packets = 0, bytes = 0, frames = 0;
	int i;

	ring->nic->received(ring, &packets, &bytes);
	for (i = 0; i < ring->queues; i++)
		frames += ring->queue[i].frames;
	return frames - packets;
}

static int nic_close(struct net_device *dev)
{
	int i;

	netif_carrier_off(dev);
	netif_tx_disable(dev);
	for (i = 0; i < ring->queues; i++)
		silence(&ring->queue[i]);
	ring->up = false;
	synchronize_net();	/* statistics */
	ring->nic->close(ring);
	WRITE_ONCE(ring->purged, purged());
	return 0;
}

static int nic_change_mtu(struct net_device *dev, int mtu)
{
	if (ring->up)
		return -EBUSY;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

static netdev_tx_t nic_xmit(struct sk_buff *skb, struct net_device *dev)
{
	atomic_long_inc(&ring->sent);
	atomic_long_add(skb->len, &ring->sent_bytes);
	skb_tx_timestamp(skb);
	dev_forward_skb(ring->wire, skb);
	return NETDEV_TX_OK;
}

static void nic_stats(struct net_device *dev, struct rtnl_link_stats64 *s)
{
	int i;

	ring->nic->received(ring, &s->rx_packets, &s->rx_bytes);
	s->tx_packets = atomic_long_read(&ring->sent);
	s->tx_bytes = atomic_long_read(&ring->sent_bytes);
	s->rx_fifo_errors = READ_ONCE(ring->purged);
	for (i = 0; i < ring->queues; i++) {
		s->rx_missed_errors += READ_ONCE(ring->queue[i].full);
		s->rx_fifo_errors += READ_ONCE(ring->queue[i].refused);
	}
}

static const struct net_device_ops nic_ops = {
	.ndo_open = nic_open,
	.ndo_stop = nic_close,
	.ndo_start_xmit = nic_xmit,
	.ndo_change_mtu = nic_change_mtu,
	.ndo_get_stats64 = nic_stats,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static struct net_device *nic_alloc(void)
{
	struct net_device *dev = ring->nic->alloc(ring);

	if (!dev)
		return NULL;
	strscpy(dev->name, "ring%d", IFNAMSIZ);
	dev->netdev_ops = &nic_ops;
	dev->hw_features = NETIF_F_RXCSUM | NETIF_F_RXHASH;
	dev->features = dev->hw_features;
	dev->max_mtu = 9000;
	eth_hw_addr_random(dev);
	SET_NETDEV_DEV(dev, &ring->bus->dev);
	return dev;
}

/* ---------------------------------------------------------------- wireN */

static void deliver(struct ring_queue *q, const struct frame *frame)
{
	unsigned long flags;
	int err = -ENETDOWN;

	spin_lock_irqsave(&q->lock, flags);
	if (q->open)
		err = q->ring->nic->deliver(q, frame);
	if (!err)
		q->frames++;
	else if (err == -ENOBUFS)
		q->full++;
	else
		q->refused++;
	/* Out of buffers as well: the driver may have posted some, which needs work. */
	if (q->open && !q->raised)
		raise(q);
	spin_unlock_irqrestore(&q->lock, flags);
}

static netdev_tx_t wire_xmit(struct sk_buff *skb, struct net_device *wire)
{
	struct frame frame = {};

	if (eth_skb_pad(skb))
		return NETDEV_TX_OK;
	if (skb_linearize(skb)) {
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	frame.data = skb->data;
	frame.len = skb->len;
	frame_parse(&frame);
	deliver(&ring->queue[frame.hash % ring->queues], &frame);
	dev_consume_skb_any(skb);
	return NETDEV_TX_OK;
}

static int wire_open(struct net_device *wire)
{
	netif_tx_start_all_queues(wire);
	return 0;
}

static int wire_close(struct net_device *wire)
{
	netif_tx_disable(wire);
	return 0;
}

static void wire_stats(struct net_device *wire, struct rtnl_link_stats64 *s)
{
	int i;

	s->rx_packets = atomic_long_read(&ring->sent);
	s->rx_bytes = atomic_long_read(&ring->sent_bytes);
	for (i = 0; i < ring->queues; i++) {
		s->tx_packets += READ_ONCE(ring->queue[i].frames);
		s->tx_dropped += READ_ONCE(ring->queue[i].full) +
				 READ_ONCE(ring->queue[i].refused);
	}
}

static const struct net_device_ops wire_ops = {
	.ndo_open = wire_open,
	.ndo_stop = wire_close,
	.ndo_start_xmit = wire_xmit,
	.ndo_get_stats64 = wire_stats,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static struct net_device *wire_alloc(void)
{
	struct net_device *wire = alloc_etherdev_mqs(0, ring->queues, 1);

	if (!wire)
		return NULL;
	strscpy(wire->name, "wire%d", IFNAMSIZ);
	wire->netdev_ops = &wire_ops;
	wire->priv_flags |= IFF_NO_QUEUE;
	wire->max_mtu = ring->dev->max_mtu;
	eth_hw_addr_random(wire);
	return wire;
}

/* ---------------------------------------------------------------- parameters */

/* ring_cores=0,1,2,3: where the interrupts of the queues go, at any time. */
static int set_cores(const char *val, const struct kernel_param *kp)
{
	char *copy = kstrdup(val, GFP_KERNEL);
	char *rest = copy, *word;
	int i, core, err = 0;

	if (!copy)
		return -ENOMEM;
	for (i = 0; !err && i < RING_QUEUES && (word = strsep(&rest, ",")); i++) {
		err = kstrtoint(strim(word), 0, &core);
		if (!err && (core < 0 || core >= nr_cpu_ids))
			err = -ERANGE;
		if (!err && ring)
			cpumask_copy(&ring->queue[i].affinity, cpumask_of(core));
	}
	kfree(copy);
	return ring ? err : -ENODEV;
}

static int get_cores(char *buf, const struct kernel_param *kp)
{
	int i, len = 0;

	for (i = 0; ring && i < ring->queues; i++)
		len += sysfs_emit_at(buf, len, "%s%u", i ? "," : "",
				     cpumask_first(&ring->queue[i].affinity));
	return len + sysfs_emit_at(buf, len, "\n");
}

static const struct kernel_param_ops cores_ops = { .set = set_cores, .get = get_cores };

module_param_cb(ring_cores, &cores_ops, NULL, 0644);

/* Frames that each queue took. */
static int get_frames(char *buf, const struct kernel_param *kp)
{
	int i, len = 0;

	for (i = 0; ring && i < ring->queues; i++)
		len += sysfs_emit_at(buf, len, "%s%llu", i ? "," : "",
				     READ_ONCE(ring->queue[i].frames));
	return len + sysfs_emit_at(buf, len, "\n");
}

static const struct kernel_param_ops frames_ops = { .get = get_frames };

module_param_cb(ring_frames, &frames_ops, NULL, 0444);

/* ---------------------------------------------------------------- life */

static void init_queue(int i)
{
	struct ring_queue *q = &ring->queue[i];

	q->ring = ring;
	q->index = i;
	spin_lock_init(&q->lock);
	cpumask_copy(&q->affinity, cpumask_of(i % num_online_cpus()));
	INIT_CSD(&q->remote, remote_event, q);
	init_irq_work(&q->local, local_event);
	init_timer(&q->later);
}

static int make(void)
{
	int i;

	if (ring_queues < 1 || ring_queues > RING_QUEUES || ring_size < 64 ||
	    ring_size > 8192 || !is_power_of_2(ring_size))
		return -EINVAL;
	ring = kzalloc(sizeof(*ring), GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	ring->nic = &ring_nic;
	ring->queues = ring_queues;
	ring->size = ring_size;
	for (i = 0; i < ring->queues; i++)
		init_queue(i);
	return 0;
}

/* Parameters are read and written until the module is gone. */
static void forget(void)
{
	kernel_param_lock(THIS_MODULE);
	kfree(ring);
	ring = NULL;
	kernel_param_unlock(THIS_MODULE);
}

static int plug(void)
{
	int err;

	ring->bus = pci_get_domain_bus_and_slot(0, 0, PCI_DEVFN(0, 0));
	if (!ring->bus)
		return -ENODEV;
	err = dma_set_mask_and_coherent(&ring->bus->dev, DMA_BIT_MASK(64));
	if (err)
		goto unplug;
	err = -ENOMEM;
	ring->dev = nic_alloc();
	if (!ring->dev)
		goto unplug;
	ring->wire = wire_alloc();
	if (!ring->wire)
		goto free_dev;
	err = register_netdev(ring->dev);
	if (err)
		goto free_wire;
	netif_carrier_off(ring->dev);
	err = register_netdev(ring->wire);
	if (err)
		goto unregister;
	return 0;

unregister:
	unregister_netdev(ring->dev);
free_wire:
	free_netdev(ring->wire);
free_dev:
	ring->nic->free(ring->dev);
unplug:
	pci_dev_put(ring->bus);
	return err;
}

static void unplug(void)
{
	LIST_HEAD(both);

	rtnl_lock();
	unregister_netdevice_queue(ring->wire, &both);
	unregister_netdevice_queue(ring->dev, &both);
	unregister_netdevice_many(&both);
	rtnl_unlock();
	free_netdev(ring->wire);
	ring->nic->free(ring->dev);
	pci_dev_put(ring->bus);
}

static int __ref ring_init(void)
{
	int err = ring_driver_init();

	if (err)
		return err;
	err = make();
	if (!err)
		err = plug();
	if (!err)
		return 0;
	pr_err("no ring: %d\n", err);
	forget();
	ring_driver_exit();
	return err;
}

static void __exit ring_exit(void)
{
	unplug();
	forget();
	ring_driver_exit();
}

module_init(ring_init);
module_exit(ring_exit);
