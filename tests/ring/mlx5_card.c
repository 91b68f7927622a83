// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a ConnectX does with what mlx5e posts: it executes the work requests of the
 * internal control queues (UMR: memory for the striding RQ), receives into either
 * kind of RQ, and writes the completions. Commands to the firmware, which en_main.c
 * gives by the names that it is compiled with (see ./build), all succeed.
 */
#include "compat.h"
#include "ring.h"

static bool ring_striding;
module_param(ring_striding, bool, 0444);

/* Of a channel; what serves TLS and XDP may be missing. */
#define CONTROL_QUEUES	2

/* Where the card is in a control queue. */
struct engine {
	u16 executed;
	u32 written;	/* completions */
};

/* Where it is in a receive queue; @index and on only of a striding one. */
struct receiver {
	u16 taken;	/* buffers begun */
	u16 index;	/* of the one in use */
	u32 stride;	/* its next free one */
	u32 strides;	/* that it has; 0 before the first */
};

/* A translation table: from the card's addresses to pages. */
struct table {
	u32 entries;
	__be64 *entry;
};

static struct board {
	struct mlx5_core_dev mdev;
	struct mlx5_hca_cap caps[MLX5_CAP_NUM];
	struct mlx5_uars_page uar;
	struct mlx5e_params params;
	struct mlx5e_channel *channel[RING_QUEUES];
	struct engine engine[RING_QUEUES][CONTROL_QUEUES];
	struct receiver receiver[RING_QUEUES];
	struct table table[RING_QUEUES];
} *board;

/* ---------------------------------------------------------------- the firmware */

int ring_create_cq(struct mlx5_core_dev *dev, struct mlx5_core_cq *cq,
		   u32 *in, int inlen, u32 *out, int outlen)
{
	/* 0 would look like what an empty doorbell record asks for. */
	cq->arm_sn = 1;
#if HAS_UAR_IN_CORE_CQ
	cq->uar = &board->uar;
#endif
	return 0;
}

int ring_destroy_cq(struct mlx5_core_dev *dev, struct mlx5_core_cq *cq)
{
	return 0;
}

#if HAS_VECTOR2EQN
int ring_vector2eqn(struct mlx5_core_dev *dev, int vector, int *eqn)
#else
int ring_comp_eqn_get(struct mlx5_core_dev *dev, u16 vector, int *eqn)
#endif
{
	*eqn = 0;
	return 0;
}

int ring_create_rq(struct mlx5_core_dev *dev, u32 *in, int inlen, u32 *rqn)
{
	*rqn = 0;
	return 0;
}

int ring_modify_rq(struct mlx5_core_dev *dev, u32 rqn, u32 *in)
{
	return 0;
}

void ring_destroy_rq(struct mlx5_core_dev *dev, u32 rqn)
{
}

int ring_create_sq(struct mlx5_core_dev *dev, u32 *in, int inlen, u32 *sqn)
{
	*sqn = 0;
	return 0;
}

int ring_modify_sq(struct mlx5_core_dev *dev, u32 sqn, u32 *in)
{
	return 0;
}

void ring_destroy_sq(struct mlx5_core_dev *dev, u32 sqn)
{
}

/* A key is its table's place, from 1, above 8 bits that are the driver's. */
static struct table *table_of(u32 key)
{
	return &board->table[(key >> 8) - 1];
}

int ring_create_mkey(struct mlx5_core_dev *dev, u32 *mkey, u32 *in, int inlen)
{
	const __be64 *initial = MLX5_ADDR_OF(create_mkey_in, in, klm_pas_mtt);
	u32 octwords = MLX5_GET(create_mkey_in, in, translations_octword_actual_size);
	struct table *table = board->table;

	while (table < &board->table[RING_QUEUES] && table->entry)
		table++;
	if (table == &board->table[RING_QUEUES])
		return -ENOSPC;
	table->entries = octwords * (MLX5_OCTWORD / sizeof(*initial));
	table->entry = kvmalloc_array(table->entries, sizeof(*initial), GFP_KERNEL);
	if (!table->entry)
		return -ENOMEM;
	memcpy(table->entry, initial, table->entries * sizeof(*initial));
	*mkey = (table - board->table + 1) << 8;
	return 0;
}

int ring_destroy_mkey(struct mlx5_core_dev *dev, u32 mkey)
{
	struct table *table = table_of(mkey);

	kvfree(table->entry);
	table->entry = NULL;
	return 0;
}

/* ---------------------------------------------------------------- completions */

static struct mlx5_cqe64 *begin_cqe(struct mlx5e_cq *cq, u32 n)
{
	struct mlx5_cqe64 *cqe = mlx5_cqwq_get_wqe(&cq->wq, n & cq->wq.fbc.sz_m1);

	memset(cqe, 0, offsetof(struct mlx5_cqe64, op_own));
	return cqe;
}

/* What says that it is there changes its meaning with every round. */
static void end_cqe(struct mlx5e_cq *cq, struct mlx5_cqe64 *cqe, u32 n, u8 opcode)
{
	dma_wmb();
	WRITE_ONCE(cqe->op_own, opcode << 4 | (n >> cq->wq.fbc.log_sz & 1));
}

static enum ring_state cq_state(struct mlx5e_cq *cq, u32 written)
{
	u32 seen = be32_to_cpu(READ_ONCE(*cq->mcq.set_ci_db));
	u32 armed = be32_to_cpu(READ_ONCE(*cq->mcq.arm_db));

	if ((armed >> 28 & 3) != (cq->mcq.arm_sn & 3))
		return RING_BUSY;
	return (written ^ seen) & 0xffffff ? RING_ASKED : RING_IDLE;
}

/* ---------------------------------------------------------------- control queues */

static void update_table(const struct mlx5_wqe_ctrl_seg *ctrl)
{
	const struct mlx5_wqe_umr_ctrl_seg *umr = (const void *)(ctrl + 1);
	const struct mlx5_mkey_seg *mkey = (const void *)(umr + 1);
	struct table *table = table_of(be32_to_cpu(ctrl->umr_mkey));
	const u32 per_octword = MLX5_OCTWORD / sizeof(__be64);
	u32 first = be16_to_cpu(umr->xlt_offset) * per_octword;
	u32 n = be16_to_cpu(umr->xlt_octowords) * per_octword;

	if (WARN_ON_ONCE(first + n > table->entries))
		return;
	memcpy(table->entry + first, mkey + 1, n * sizeof(__be64));
}

static u16 posted_to(struct mlx5e_icosq *sq)
{
	return be32_to_cpu(READ_ONCE(*sq->wq.db));
}

static void execute(struct mlx5e_icosq *sq, struct engine *engine)
{
	u16 posted = posted_to(sq);

	dma_rmb();
	while (engine->executed != posted) {
		const struct mlx5_wqe_ctrl_seg *ctrl =
			mlx5_wq_cyc_get_wqe(&sq->wq, mlx5_wq_cyc_ctr2ix(&sq->wq, engine->executed));
		u32 segments = be32_to_cpu(ctrl->qpn_ds) & MLX5_WQE_CTRL_DS_MASK;

		if ((be32_to_cpu(ctrl->opmod_idx_opcode) & 0xff) == MLX5_OPCODE_UMR)
			update_table(ctrl);
		if (ctrl->fm_ce_se & MLX5_WQE_CTRL_CQ_UPDATE) {
			struct mlx5_cqe64 *cqe = begin_cqe(&sq->cq, engine->written);

			cqe->wqe_counter = cpu_to_be16(engine->executed);
			end_cqe(&sq->cq, cqe, engine->written++, MLX5_CQE_REQ);
		}
		engine->executed += DIV_ROUND_UP(segments, MLX5_SEND_WQEBB_NUM_DS);
	}
}

static struct mlx5e_icosq *control_queue(struct mlx5e_channel *c, int i)
{
	if (!i)
		return &c->icosq;
#if HAS_ASYNC_ICOSQ
	return &c->async_icosq;
#else
	return c->async_icosq;
#endif
}

static void execute_all(struct ring_queue *q)
{
	struct mlx5e_icosq *sq;
	int i;

	for (i = 0; i < CONTROL_QUEUES; i++) {
		sq = control_queue(board->channel[q->index], i);
		if (sq)
			execute(sq, &board->engine[q->index][i]);
	}
}

/* ---------------------------------------------------------------- receive */

static void fill_cqe(struct mlx5_cqe64 *cqe, const struct frame *frame)
{
	u8 l4 = frame->l4 == IPPROTO_UDP ? CQE_L4_HDR_TYPE_UDP :
		frame->l4 == IPPROTO_TCP ? CQE_L4_HDR_TYPE_TCP_ACK_AND_DATA :
					   CQE_L4_HDR_TYPE_NONE;

	cqe->rss_hash_result = cpu_to_be32(frame->hash);
	if (frame->l3)
		cqe->rss_hash_type = CQE_RSS_HTYPE_IP | (frame->l4 ? CQE_RSS_HTYPE_L4 : 0);
	cqe->check_sum = (__force __be16)frame->sum;
	cqe->hds_ip_ext = CQE_L2_OK | (frame->l3_ok ? CQE_L3_OK : 0) |
			  (frame->l4_ok ? CQE_L4_OK : 0);
	cqe->l4_l3_hdr_type = l4 << 4;
}

/* The legacy queue: one buffer, of one or more pieces, for each frame. */
static int receive_cyclic(struct ring_queue *q, const struct frame *frame)
{
	struct mlx5e_rq *rq = &board->channel[q->index]->rq;
	struct receiver *at = &board->receiver[q->index];
	u16 ix = mlx5_wq_cyc_ctr2ix(&rq->wqe.wq, at->taken);
	const struct mlx5e_rx_wqe_cyc *wqe = mlx5_wq_cyc_get_wqe(&rq->wqe.wq, ix);
	const struct mlx5_wqe_data_seg *seg = wqe->data;
	const struct mlx5_wqe_data_seg *end = seg + rq->wqe.info.num_frags;
	struct mlx5_cqe64 *cqe;
	u32 done = 0, n;

	if (at->taken == (u16)be32_to_cpu(READ_ONCE(*rq->wqe.wq.db)))
		return -ENOBUFS;
	dma_rmb();
	for (; done < frame->len; done += n, seg++) {
		if (seg == end)
			return -EMSGSIZE;
		n = min_t(u32, frame->len - done,
			  be32_to_cpu(seg->byte_count) & ~MLX5_HW_START_PADDING);
		memcpy(ring_dma(be64_to_cpu(seg->addr)), frame->data + done, n);
	}
	at->taken++;

	cqe = begin_cqe(&rq->cq, q->written);
	fill_cqe(cqe, frame);
	cqe->wqe_counter = cpu_to_be16(ix);
	cqe->byte_cnt = cpu_to_be32(frame->len);
	end_cqe(&rq->cq, cqe, q->written++, MLX5_CQE_RESP_SEND);
	return 0;
}

/* Through the translation table that UMRs have filled. */
static void write_striding(struct mlx5e_rq *rq, u64 addr, const struct frame *frame)
{
	const struct table *table = table_of(be32_to_cpu(rq->mpwqe.umr_mkey_be));
	u32 page = 1 << rq->mpwqe.page_shift;
	u32 done, n;

	for (done = 0; done < frame->len; done += n, addr += n) {
		u64 entry = addr >> rq->mpwqe.page_shift;

		if (WARN_ON_ONCE(entry >= table->entries))
			return;
		n = min_t(u32, frame->len - done, page - (addr & (page - 1)));
		memcpy(ring_dma((be64_to_cpu(table->entry[entry]) & ~(u64)(page - 1)) +
				(addr & (page - 1))),
		       frame->data + done, n);
	}
}

/* A completion for some strides of the buffer in use; what they hold is for the caller. */
static struct mlx5_cqe64 *take_strides(struct ring_queue *q, u32 strides, u32 flag_and_len)
{
	struct mlx5e_rq *rq = &board->channel[q->index]->rq;
	struct receiver *at = &board->receiver[q->index];
	struct mlx5_cqe64 *cqe = begin_cqe(&rq->cq, q->written);

	cqe->wqe_id = cpu_to_be16(at->index);
	cqe->wqe_counter = cpu_to_be16(at->stride);
	cqe->byte_cnt = cpu_to_be32(strides << 16 | flag_and_len);
	at->stride += strides;
	return cqe;
}

/* Buffers form a list whose end is only known to be linked once it was posted. */
static bool next_buffer(struct mlx5e_rq *rq, struct receiver *at)
{
	struct mlx5_wq_ll *wq = &rq->mpwqe.wq;

	if (at->taken == (u16)be32_to_cpu(READ_ONCE(*wq->db)))
		return false;
	dma_rmb();
	if (at->strides) {
		const struct mlx5e_rx_wqe_ll *wqe = mlx5_wq_ll_get_wqe(wq, at->index);

		at->index = be16_to_cpu(wqe->next.next_wqe_index);
	}
	at->taken++;
	at->stride = 0;
	at->strides = rq->mpwqe.num_strides;
	return true;
}

static int receive_striding(struct ring_queue *q, const struct frame *frame)
{
	struct mlx5e_rq *rq = &board->channel[q->index]->rq;
	struct receiver *at = &board->receiver[q->index];
	u32 need = DIV_ROUND_UP(frame->len, 1 << rq->mpwqe.log_stride_sz);
	const struct mlx5e_rx_wqe_ll *wqe;
	struct mlx5_cqe64 *cqe;

	if (need > rq->mpwqe.num_strides)
		return -EMSGSIZE;
	if (at->stride + need > at->strides) {
		u32 left = at->strides - at->stride;

		if (left) {
			cqe = take_strides(q, left, BIT(31));
			end_cqe(&rq->cq, cqe, q->written++, MLX5_CQE_RESP_SEND);
		}
		if (!next_buffer(rq, at))
			return -ENOBUFS;
	}
	wqe = mlx5_wq_ll_get_wqe(&rq->mpwqe.wq, at->index);
	write_striding(rq, be64_to_cpu(wqe->data[0].addr) +
			   ((u64)at->stride << rq->mpwqe.log_stride_sz), frame);
	cqe = take_strides(q, need, frame->len);
	fill_cqe(cqe, frame);
	end_cqe(&rq->cq, cqe, q->written++, MLX5_CQE_RESP_SEND);
	return 0;
}

static int ring_deliver(struct ring_queue *q, const struct frame *frame)
{
	execute_all(q);
	return ring_striding ? receive_striding(q, frame) : receive_cyclic(q, frame);
}

/* The driver posts, then asks for interrupts; so look at it in the other order. */
static enum ring_state ring_state(struct ring_queue *q)
{
	struct mlx5e_channel *c = board->channel[q->index];
	struct engine *engine = board->engine[q->index];
	enum ring_state state;
	struct mlx5e_icosq *sq;
	int i;

	execute_all(q);
	state = cq_state(&c->rq.cq, q->written);
	for (i = 0; i < CONTROL_QUEUES; i++) {
		sq = control_queue(c, i);
		if (sq)
			state = max(state, cq_state(&sq->cq, engine[i].written));
	}
	dma_rmb();
	for (i = 0; state == RING_IDLE && i < CONTROL_QUEUES; i++) {
		sq = control_queue(c, i);
		if (sq && posted_to(sq) != engine[i].executed)
			return RING_BUSY;
	}
	return state;
}

static void interrupt_of(struct mlx5e_cq *cq, u32 written)
{
	if (cq_state(cq, written) == RING_ASKED) {
		cq->mcq.arm_sn++;
		cq->mcq.comp(&cq->mcq, NULL);
	}
}

static void ring_interrupt(struct ring_queue *q)
{
	struct mlx5e_channel *c = board->channel[q->index];
	struct mlx5e_icosq *sq;
	int i;

	interrupt_of(&c->rq.cq, q->written);
	for (i = 0; i < CONTROL_QUEUES; i++) {
		sq = control_queue(c, i);
		if (sq)
			interrupt_of(&sq->cq, board->engine[q->index][i].written);
	}
}
