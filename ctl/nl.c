// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "nl.h"

static int __attribute__((format(printf, 3, 4)))
fail(struct session *s, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->why, sizeof(s->why), format, args);
	va_end(args);
	s->result = error;
	s->done = true;
	return error;
}

static void explain(struct session *s, int error)
{
	if (error == -EPERM)
		fail(s, error, "this needs root (CAP_NET_ADMIN in the initial user namespace)");
	else
		fail(s, error, "the kernel refused: %s", strerror(-error));
}

/* Takes what the kernel says from the attributes behind its verdict. */
static void read_extack(struct session *s, struct nlattr *attr, int len)
{
	struct nlattr *tlv[NLMSGERR_ATTR_MAX + 1];

	if (nla_parse(tlv, NLMSGERR_ATTR_MAX, attr, len, NULL) < 0)
		return;
	if (tlv[NLMSGERR_ATTR_OFFS] && nla_len(tlv[NLMSGERR_ATTR_OFFS]) == 4)
		s->bad_offset = nla_get_u32(tlv[NLMSGERR_ATTR_OFFS]);
	if (tlv[NLMSGERR_ATTR_MSG])
		snprintf(s->why, sizeof(s->why), "%.*s", nla_len(tlv[NLMSGERR_ATTR_MSG]),
			 (char *)nla_data(tlv[NLMSGERR_ATTR_MSG]));
}

static void verdict(struct session *s, struct nlmsghdr *head)
{
	struct nlmsgerr *err = nlmsg_data(head);
	int skip = sizeof(*err);

	if (err->error) {
		explain(s, err->error);
		s->refused = s->about[head->nlmsg_seq - s->first_seq];
	}
	s->done = true;
	if (!(head->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(head->nlmsg_flags & NLM_F_CAPPED))
		skip += err->msg.nlmsg_len - NLMSG_HDRLEN;
	if (nlmsg_datalen(head) > skip)
		read_extack(s, nlmsg_attrdata(head, skip), nlmsg_attrlen(head, skip));
	if (!err->error && *s->why)
		fprintf(stderr, "vsextctl: warning: %s\n", s->why);
}

/* Behind a refused message, what was sent with it is refused as well: that is no news. */
static int on_sequence(struct nl_msg *msg, void *arg)
{
	struct session *s = arg;

	return nlmsg_hdr(msg)->nlmsg_seq - s->first_seq < s->sent ? NL_OK : NL_SKIP;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	(void)from;
	verdict(arg, (struct nlmsghdr *)((char *)err - NLMSG_HDRLEN));
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	verdict(arg, nlmsg_hdr(msg));
	return NL_STOP;
}

/* A dump that failed half-way says so in its last message. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *head = nlmsg_hdr(msg);
	struct session *s = arg;
	int error = 0;

	s->done = true;
	if (nlmsg_datalen(head) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(head), sizeof(error));
	if (error >= 0)
		return NL_STOP;
	explain(s, error);
	if (head->nlmsg_flags & NLM_F_ACK_TLVS)
		read_extack(s, nlmsg_attrdata(head, sizeof(error)),
			    nlmsg_attrlen(head, sizeof(error)));
	return NL_STOP;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct session *s = arg;

	(void)msg;
	s->interrupted = true;
	return NL_OK;
}

static int on_reply(struct nl_msg *msg, void *arg)
{
	struct nlattr *top[VSEXT_A_MAX + 1];
	struct session *s = arg;

	if (s->result || !s->reply)
		return NL_OK;
	if (genlmsg_parse(nlmsg_hdr(msg), 0, top, VSEXT_A_MAX, NULL) < 0 || s->reply(top, s->arg))
		s->result = -EPROTO;
	return NL_OK;
}

static void set_callbacks(struct session *s, struct nl_cb *cb)
{
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, s);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, s);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, s);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, s);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, s);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_reply, s);
}

static int find_family(struct session *s)
{
	s->family = genl_ctrl_resolve(s->sock, VSEXT_GENL_NAME);
	if (s->family == -NLE_OBJ_NOTFOUND)
		return fail(s, -ENOENT, "vsext is not loaded: run 'modprobe vsext'");
	if (s->family < 0)
		return fail(s, -EIO, "generic netlink does not answer: %s",
			    nl_geterror(s->family));
	return 0;
}

int session_open(struct session *s)
{
	int fd, on = 1, result;
	struct nl_cb *cb;

	memset(s, 0, sizeof(*s));
	s->sock = nl_socket_alloc();
	if (!s->sock)
		return fail(s, -ENOMEM, "out of memory");
	result = genl_connect(s->sock);
	if (result < 0) {
		fail(s, -EIO, "no netlink socket: %s", nl_geterror(result));
		goto close;
	}
	if (find_family(s))
		goto close;
	fd = nl_socket_get_fd(s->sock);
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	cb = nl_socket_get_cb(s->sock);
	set_callbacks(s, cb);
	nl_cb_put(cb);
	return 0;

close:
	session_close(s);
	return s->result;
}

void session_close(struct session *s)
{
	nl_socket_free(s->sock);
	s->sock = NULL;
}

int session_restart(struct nl_msg *msg, enum vsext_cmd cmd)
{
	nlmsg_hdr(msg)->nlmsg_len = NLMSG_HDRLEN;
	return genlmsg_put(msg, 0, 0, 0, 0, 0, cmd, VSEXT_GENL_VERSION) ? 0 : -ENOMEM;
}

struct nl_msg *session_message(enum vsext_cmd cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(4096);

	if (msg && session_restart(msg, cmd)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static int other_version(struct session *s)
{
	return fail(s, -EPROTO,
		    "the kernel module speaks another version of the protocol; use the vsextctl that came with it");
}

/*
 * Netlink answers within send(). If answers are lost (ENOBUFS), those that came
 * first are not: they say what was refused, and without any, nobody knows.
 */
static int receive(struct session *s)
{
	bool lost = false;
	int result = 0;

	while (!s->done && result >= 0) {
		result = nl_recvmsgs_default(s->sock);
		if (s->done || lost || result != -NLE_NOMEM)
			continue;
		lost = true;
		result = nl_socket_set_nonblocking(s->sock);
	}
	if (lost && !s->result)
		return fail(s, -EIO, "answers of the kernel were lost");
	if (!s->done)
		return fail(s, -EIO, "reading from the kernel failed: %s", nl_geterror(result));
	return s->result == -EPROTO && !*s->why ? other_version(s) : s->result;
}

/* Sends what is queued; @flags: of the last message, which is to be answered. */
static int talk(struct session *s, int flags)
{
	int result;

	s->last->nlmsg_flags |= flags;
	s->result = 0;
	s->refused = NULL;
	s->done = false;
	s->interrupted = false;
	s->bad_offset = 0;
	s->why[0] = '\0';
	result = nl_sendto(s->sock, s->queue, s->bytes);
	s->sent = s->n;
	s->bytes = 0;
	s->n = 0;
	if (result < 0)
		return fail(s, -EIO, "sending to the kernel failed: %s", nl_geterror(result));
	return receive(s);
}

int session_flush(struct session *s)
{
	s->reply = NULL;
	return s->n ? talk(s, NLM_F_ACK) : 0;
}

int session_queue(struct session *s, const struct nlmsghdr *msg, const void *about)
{
	size_t size = NLMSG_ALIGN(msg->nlmsg_len);

	if (s->bytes + size > QUEUE_BYTES && session_flush(s))
		return s->result;
	s->last = memcpy(s->queue + s->bytes, msg, msg->nlmsg_len);
	s->last->nlmsg_type = s->family;
	s->last->nlmsg_flags = NLM_F_REQUEST;
	s->last->nlmsg_seq = nl_socket_use_seq(s->sock);
	if (!s->n)
		s->first_seq = s->last->nlmsg_seq;
	s->about[s->n++] = about;
	s->bytes += size;
	return 0;
}

int session_get(struct session *s, struct nl_msg *msg, bool dump,
		int (*reply)(struct nlattr *top[VSEXT_A_MAX + 1], void *arg), void *arg)
{
	if (session_queue(s, nlmsg_hdr(msg), NULL))
		return s->result;
	s->reply = reply;
	s->arg = arg;
	return talk(s, dump ? NLM_F_DUMP : NLM_F_ACK);
}

/* Events come in bursts: a flush of the table is one. */
#define EVENT_BUFFER	(8 << 20)

static int join_group(struct session *s, const char *group)
{
	int fd = nl_socket_get_fd(s->sock), size = EVENT_BUFFER, id, result;

	nl_socket_disable_seq_check(s->sock);
	id = genl_ctrl_resolve_grp(s->sock, VSEXT_GENL_NAME, group);
	if (id < 0)
		return fail(s, -ENOENT,
			    "the module tells of no events; use the vsextctl that came with it");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	result = nl_socket_add_membership(s->sock, id);
	if (result == -NLE_PERM) {
		explain(s, -EPERM);
		return s->result;
	}
	if (result < 0)
		return fail(s, -EIO, "the kernel refused: %s", nl_geterror(result));
	return 0;
}

int session_listen(struct session *s, const char *group,
		   int (*event)(struct nlattr *top[VSEXT_A_MAX + 1], void *arg),
		   void (*lost)(void *arg), void *arg)
{
	int result;

	s->reply = event;
	s->arg = arg;
	s->result = 0;
	if (join_group(s, group))
		return s->result;
	while (!s->result) {
		result = nl_recvmsgs_default(s->sock);
		if (result == -NLE_NOMEM)	/* ENOBUFS */
			lost(arg);
		else if (result < 0)
			return fail(s, -EIO, "reading from the kernel failed: %s",
				    nl_geterror(result));
	}
	return other_version(s);
}

bool nest_parse(struct nlattr *nest, struct nlattr **table, int max)
{
	return nest && nla_parse_nested(table, max, nest, NULL) >= 0;
}

uint64_t attr_number(const struct nlattr *attr)
{
	uint64_t wide;

	if (!attr)
		return 0;
	switch (nla_len(attr)) {
	case 1:
		return nla_get_u8(attr);
	case 2:
		return nla_get_u16(attr);
	case 4:
		return nla_get_u32(attr);
	case 8:
		memcpy(&wide, nla_data(attr), sizeof(wide));
		return wide;
	}
	return 0;
}
