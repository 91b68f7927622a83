// SPDX-License-Identifier: GPL-2.0-only
/*
 * mlx5e's channels without a ConnectX: included at the end of en_main.c, whose own
 * functions make, fill, poll, refill and close them. The transmit queues of a channel
 * are left out.
 */
#include "ring_mlx5_card.c"

/* ---------------------------------------------------------------- channels */

/* From 7.2 on the core of the network has taken the device's lock. */
static void add_napi(struct mlx5e_channel *c)
{
#if HAS_OPS_LOCK
	netif_napi_add_config_locked(c->netdev, &c->napi, mlx5e_napi_poll, c->ix);
#else
	netif_napi_add(c->netdev, &c->napi, mlx5e_napi_poll);
#endif
}

static void del_napi(struct mlx5e_channel *c)
{
#if HAS_OPS_LOCK
	netif_napi_del_locked(&c->napi);
#else
	netif_napi_del(&c->napi);
#endif
}

static void close_channel(struct ring *ring, int i)
{
	struct mlx5e_channel *c = board->channel[i];

	mlx5e_close_queues(c);
	del_napi(c);
	kvfree(c);
	board->channel[i] = NULL;
}

/* Parameters are needed until the queues are open. */
static int open_queues(struct mlx5e_channel *c, struct mlx5e_channel_param *param)
{
	int err;
#if HAS_QUEUE_CONFIG
	struct netdev_queue_config config = {};

	mlx5e_queue_default_qcfg(c->netdev, &config);
	mlx5e_channel_pick_doorbell(c);
	err = mlx5e_build_channel_param(c->mdev, &board->params, &config, param);
	return err ?: mlx5e_open_queues(c, &board->params, param, false);
#else
#if HAS_Q_COUNTER_PARAM
	err = mlx5e_build_channel_param(c->mdev, &board->params, 0, param);
#else
	err = mlx5e_build_channel_param(c->mdev, &board->params, param);
#endif
	return err ?: mlx5e_open_queues(c, &board->params, param);
#endif
}

static int open_channel(struct ring *ring, int i)
{
	struct mlx5e_priv *priv = netdev_priv(ring->dev);
	struct mlx5e_channel_param *param = kvzalloc(sizeof(*param), GFP_KERNEL);
	struct mlx5e_channel *c = kvzalloc(sizeof(*c), GFP_KERNEL);
	int err = -ENOMEM;

	if (!param || !c)
		goto free;
	c->priv = priv;
	c->mdev = &board->mdev;
#if HAS_CHANNEL_TSTAMP
	c->tstamp = &priv->tstamp;
#endif
	c->ix = i;
	c->cpu = cpumask_first(&ring->queue[i].affinity);
	c->pdev = &ring->bus->dev;
	c->netdev = ring->dev;
	c->stats = &priv->channel_stats[i]->ch;
	c->aff_mask = &ring->queue[i].affinity;
	memset(board->engine[i], 0, sizeof(board->engine[i]));
	memset(&board->receiver[i], 0, sizeof(board->receiver[i]));
	add_napi(c);
	err = open_queues(c, param);
	if (err) {
		del_napi(c);
		goto free;
	}
	board->channel[i] = c;
	kvfree(param);
	return 0;

free:
	kvfree(param);
	kvfree(c);
	return err;
}

static int ring_open(struct ring *ring)
{
	struct mlx5e_priv *priv = netdev_priv(ring->dev);
	int err = 0, i;

	board->params.sw_mtu = ring->dev->mtu;
	mutex_lock(&priv->state_lock);
	for (i = 0; i < ring->queues; i++) {
		err = open_channel(ring, i);
		if (err)
			goto close;
	}
	for (i = 0; i < ring->queues; i++) {
		mlx5e_activate_channel(board->channel[i]);
		/* Its completion makes the first poll, which posts the buffers. */
		mlx5e_trigger_napi_icosq(board->channel[i]);
	}
	mutex_unlock(&priv->state_lock);
	return 0;

close:
	while (i--)
		close_channel(ring, i);
	mutex_unlock(&priv->state_lock);
	return err;
}

static void ring_close(struct ring *ring)
{
	struct mlx5e_priv *priv = netdev_priv(ring->dev);
	int i;

	mutex_lock(&priv->state_lock);
	for (i = 0; i < ring->queues; i++)
		mlx5e_deactivate_channel(board->channel[i]);
	for (i = 0; i < ring->queues; i++)
		close_channel(ring, i);
	mutex_unlock(&priv->state_lock);
}

static void ring_received(struct ring *ring, u64 *packets, u64 *bytes)
{
	struct mlx5e_priv *priv = netdev_priv(ring->dev);
	int i;

	for (i = 0; i < ring->queues; i++) {
		*packets += READ_ONCE(priv->channel_stats[i]->rq.packets);
		*bytes += READ_ONCE(priv->channel_stats[i]->rq.bytes);
	}
}

/* ---------------------------------------------------------------- the net device */

static void fill_doorbells(struct mlx5_core_dev *mdev)
{
	struct mlx5_sq_bfreg bfreg = { .map = board->uar.map, .up = &board->uar };

#if HAS_UAR_IN_CORE_CQ
	mdev->mlx5e_res.hw_objs.bfreg = bfreg;
	mdev->priv.uar = &board->uar;
#else
	mdev->priv.bfreg = bfreg;
#endif
}

static int make_buf_pools(void)
{
#if HAS_BUF_POOLS
	return mlx5_frag_buf_pools_init(&board->mdev);
#else
	return 0;
#endif
}

static void free_buf_pools(void)
{
#if HAS_BUF_POOLS
	if (board->mdev.priv.frag_buf_node_pools)
		mlx5_frag_buf_pools_cleanup(&board->mdev);
#endif
}

static void fill_mdev(struct ring *ring)
{
	struct mlx5_core_dev *mdev = &board->mdev;
	void *general;
	int i;

	for (i = 0; i < MLX5_CAP_NUM; i++)
		mdev->caps.hca[i] = &board->caps[i];
	general = mdev->caps.hca[MLX5_CAP_GENERAL]->cur;
	MLX5_SET(cmd_hca_cap, general, max_wqe_sz_sq, 1024);
	MLX5_SET(cmd_hca_cap, general, ext_stride_num_range, 1);
	mdev->device = &ring->bus->dev;
	mdev->pdev = ring->bus;
	mdev->priv.numa_node = NUMA_NO_NODE;
	mutex_init(&mdev->priv.alloc_mutex);
	mutex_init(&mdev->priv.pgdir_mutex);
	INIT_LIST_HEAD(&mdev->priv.pgdir_list);
	fill_doorbells(mdev);

	board->params.rq_wq_type = ring_striding ? MLX5_WQ_TYPE_LINKED_LIST_STRIDING_RQ :
						   MLX5_WQ_TYPE_CYCLIC;
	MLX5E_SET_PFLAG(&board->params, MLX5E_PFLAG_RX_STRIDING_RQ, ring_striding);
	board->params.log_rq_mtu_frames = ilog2(ring->size);
	board->params.log_sq_size = MLX5E_PARAMS_MINIMUM_LOG_SQ_SIZE;
	board->params.hard_mtu = MLX5E_ETH_HARD_MTU;
	board->params.num_channels = ring->queues;
}

static void free_priv(struct mlx5e_priv *priv)
{
	int i;

	if (priv->wq)
		destroy_workqueue(priv->wq);
	for (i = 0; priv->channel_stats && i < RING_QUEUES; i++)
		kvfree(priv->channel_stats[i]);
	kfree(priv->channel_stats);
}

static int fill_priv(struct ring *ring, struct net_device *dev)
{
	struct mlx5e_priv *priv = netdev_priv(dev);
	int i;

	priv->mdev = &board->mdev;
	priv->netdev = dev;
	priv->profile = &mlx5e_nic_profile;
	mutex_init(&priv->state_lock);
	priv->wq = alloc_ordered_workqueue("ring", 0);
	priv->channel_stats = kcalloc(RING_QUEUES, sizeof(*priv->channel_stats), GFP_KERNEL);
	if (!priv->wq || !priv->channel_stats)
		return -ENOMEM;
	for (i = 0; i < ring->queues; i++) {
		priv->channel_stats[i] = kvzalloc(sizeof(*priv->channel_stats[i]), GFP_KERNEL);
		if (!priv->channel_stats[i])
			return -ENOMEM;
	}
	return 0;
}

static void ring_free(struct net_device *dev)
{
	free_priv(netdev_priv(dev));
	free_netdev(dev);
	free_buf_pools();
	free_page((unsigned long)board->uar.map);
	kvfree(board);
}

static struct net_device *ring_alloc(struct ring *ring)
{
	struct net_device *dev;

	board = kvzalloc(sizeof(*board), GFP_KERNEL);
	if (!board)
		return NULL;
	dev = alloc_etherdev_mqs(sizeof(struct mlx5e_priv), ring->queues, ring->queues);
	if (!dev) {
		kvfree(board);
		return NULL;
	}
	board->uar.map = (__force void __iomem *)get_zeroed_page(GFP_KERNEL);
	fill_mdev(ring);
	if (!board->uar.map || make_buf_pools() || fill_priv(ring, dev)) {
		ring_free(dev);
		return NULL;
	}
#if HAS_OPS_LOCK
	dev->request_ops_lock = true;
#endif
	return dev;
}

const struct ring_nic ring_nic = {
	.alloc = ring_alloc,
	.free = ring_free,
	.open = ring_open,
	.close = ring_close,
	.deliver = ring_deliver,
	.state = ring_state,
	.interrupt = ring_interrupt,
	.received = ring_received,
};
