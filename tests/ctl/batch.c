// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that are sent ahead of the kernel's verdict. The kernel is a stand-in
 * behind libnl: it takes buffers of messages, refuses what it is told to, and its
 * answers need room, as those of the real one do. It has one port and one rule.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "batch.h"
#include "replace.h"

#define FAMILY	33
#define PORT	7
#define ROOM	1000
#define WHY	"the table is full"

static struct {
	/* what it is told */
	int refuse;		/* the how many-th rule; 0: none */
	int begin;		/* its verdict on that */
	unsigned int room;	/* for answers, once there are rules */
	/* what it does */
	bool open, failed, committed, congested, overrun, nonblocking;
	int rules, deleted, detached;
	unsigned int sends, first, last;
	struct answer {
		uint32_t seq;
		int type;	/* NLMSG_ERROR, NLMSG_DONE or FAMILY */
		int what;	/* errno or command */
	} answer[ROOM];
} kernel;

static void answer(uint32_t seq, int type, int what)
{
	unsigned int room = kernel.rules ? kernel.room : ROOM;

	if (kernel.congested || kernel.last - kernel.first >= room) {
		kernel.overrun |= !kernel.congested;
		kernel.congested = true;
		return;
	}
	kernel.answer[kernel.last++ % ROOM] = (struct answer){ seq, type, what };
}

static int handle(uint8_t cmd)
{
	if (cmd == VSEXT_CMD_TXN_BEGIN) {
		kernel.open = !kernel.begin;
		return kernel.begin;
	}
	assert_true(kernel.open);
	if (kernel.failed)
		return -ECANCELED;
	if (cmd == VSEXT_CMD_TXN_COMMIT) {
		kernel.committed = true;
		return 0;
	}
	if (cmd == VSEXT_CMD_FLOW_DEL) {
		kernel.deleted++;
		return 0;
	}
	if (cmd == VSEXT_CMD_PORT_SET) {
		kernel.detached++;
		return 0;
	}
	assert_int_equal(cmd, VSEXT_CMD_FLOW_ADD);
	if (++kernel.rules != kernel.refuse)
		return 0;
	kernel.failed = true;
	return -ENOSPC;
}

/* --- in place of libnl's --- */

int nl_sendto(struct nl_sock *sock, void *buf, size_t size)
{
	struct nlmsghdr *head = buf;
	int left = size, error;
	bool ack = false;
	uint8_t cmd;

	(void)sock;
	kernel.sends++;
	for (; nlmsg_ok(head, left); head = nlmsg_next(head, &left)) {
		assert_false(ack);	/* only the last one asks for it */
		assert_int_equal(head->nlmsg_type, FAMILY);
		assert_true(head->nlmsg_flags & NLM_F_REQUEST);
		cmd = ((struct genlmsghdr *)nlmsg_data(head))->cmd;
		if (head->nlmsg_flags & NLM_F_DUMP) {
			answer(head->nlmsg_seq, FAMILY, cmd);
			answer(head->nlmsg_seq, NLMSG_DONE, 0);
			ack = true;
			continue;
		}
		ack = head->nlmsg_flags & NLM_F_ACK;
		error = handle(cmd);
		if (error || ack)
			answer(head->nlmsg_seq, NLMSG_ERROR, error);
	}
	assert_int_equal(left, 0);
	assert_true(ack);
	return size;
}

static void put_verdict(struct nl_msg *msg, const struct answer *a)
{
	struct nlmsgerr err = { .error = a->what };

	nlmsg_put(msg, 0, a->seq, a->type, 0, NLM_F_CAPPED | (a->what ? NLM_F_ACK_TLVS : 0));
	nlmsg_append(msg, &err, a->type == NLMSG_DONE ? sizeof(int) : sizeof(err), NLMSG_ALIGNTO);
	if (a->what)
		nla_put_string(msg, NLMSGERR_ATTR_MSG, a->what == -ECANCELED ? "failed already" :
			       WHY);
}

/* The port, or a rule that no file has. */
static void put_object(struct nl_msg *msg, const struct answer *a)
{
	bool port = a->what == VSEXT_CMD_PORT_GET;
	struct nlattr *nest, *match;

	genlmsg_put(msg, 0, a->seq, FAMILY, 0, NLM_F_MULTI, a->what, VSEXT_GENL_VERSION);
	nest = nla_nest_start(msg, port ? VSEXT_A_PORT : VSEXT_A_FLOW);
	if (port) {
		nla_put_u32(msg, VSEXT_PORT_A_IFINDEX, PORT);
		nla_put_string(msg, VSEXT_PORT_A_IFNAME, "eth0");
	} else {
		match = nla_nest_start(msg, VSEXT_FLOW_A_MATCH);
		nla_put_u8(msg, VSEXT_M_VM_ID, 1);
		nla_nest_end(msg, match);
		nla_put_u16(msg, VSEXT_FLOW_A_PRIORITY, 1);
		nla_put_u8(msg, VSEXT_FLOW_A_ACTION, VSEXT_ACT_AUTO);
	}
	nla_nest_end(msg, nest);
}

static int receive(struct nl_sock *sock, struct sockaddr_nl *from, unsigned char **buf,
		   struct ucred **creds)
{
	struct nl_msg *msg;
	struct answer *a;
	size_t len;

	(void)sock;
	(void)creds;
	if (kernel.overrun) {
		kernel.overrun = false;
		return -NLE_NOMEM;	/* ENOBUFS */
	}
	if (kernel.first == kernel.last) {
		assert_true(kernel.nonblocking);	/* or it waits for ever */
		return -NLE_AGAIN;
	}
	a = &kernel.answer[kernel.first++ % ROOM];
	kernel.congested &= kernel.first != kernel.last;
	msg = nlmsg_alloc();
	if (a->type == FAMILY)
		put_object(msg, a);
	else
		put_verdict(msg, a);
	memset(from, 0, sizeof(*from));
	len = nlmsg_hdr(msg)->nlmsg_len;
	*buf = malloc(len);
	memcpy(*buf, nlmsg_hdr(msg), len);
	nlmsg_free(msg);
	return len;
}

int genl_connect(struct nl_sock *sock)
{
	struct nl_cb *cb = nl_socket_get_cb(sock);

	nl_cb_overwrite_recv(cb, receive);
	nl_cb_put(cb);
	return 0;
}

int genl_ctrl_resolve(struct nl_sock *sock, const char *name)
{
	(void)sock;
	(void)name;
	return FAMILY;
}

int nl_socket_set_nonblocking(const struct nl_sock *sock)
{
	(void)sock;
	kernel.nonblocking = true;
	return 0;
}

/* --- a batch of so many rules, each on its line --- */

static char path[] = "/tmp/vsextctl-batch.XXXXXX";
static char said[256];

static void write_rules(int n, const char *verb)
{
	FILE *to = fopen(path, "w");
	int i;

	assert_non_null(to);
	for (i = 1; i <= n; i++)
		fprintf(to, "%sudp,tp_dst=%d,actions=irq:auto\n", verb, i);
	fclose(to);
}

static int apply(struct ctl *ctl)
{
	return batch_run(ctl, path, false);
}

static int restore(struct ctl *ctl)
{
	return batch_run(ctl, path, true);
}

static int replace(struct ctl *ctl)
{
	char *words[] = { "flow", "replace", NULL }, **word = words;
	int n = 2;

	return replace_all(ctl, path, command_find(ctl, &n, &word));
}

/* Returns the exit code; what it said is in @said. */
static int run_as(int (*what)(struct ctl *ctl), int n)
{
	struct ctl ctl = { .style = PRINT_TEXT };
	FILE *error = tmpfile();
	int code, saved;
	size_t len;

	assert_non_null(error);
	write_rules(n, what == replace ? "" : "flow add ");
	saved = dup(STDERR_FILENO);
	dup2(fileno(error), STDERR_FILENO);
	code = what(&ctl);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(error);
	len = fread(said, 1, sizeof(said) - 1, error);
	said[len] = '\0';
	fclose(error);
	/* Only a closed socket takes a transaction back. */
	assert_true(!code == !!ctl.session.sock);
	session_close(&ctl.session);
	nlmsg_free(ctl.draft);
	return code;
}

static int run(int n)
{
	return run_as(apply, n);
}

static int reset(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	kernel.room = ROOM;
	return 0;
}

static void all_of_it(void **state)
{
	(void)state;
	assert_int_equal(run(5000), EXIT_OK);
	assert_string_equal(said, "");
	assert_int_equal(kernel.rules, 5000);
	assert_true(kernel.committed);
	assert_in_range(kernel.sends, 2, 50);
}

/* The rule of line @n of @of is refused: that line is named and nothing committed. */
static void refused_at(int n, int of)
{
	char want[128];

	kernel.refuse = n;
	assert_int_equal(run(of), EXIT_KERNEL);
	snprintf(want, sizeof(want), "%s:%d: " WHY "\nvsextctl: nothing was changed\n", path, n);
	assert_string_equal(said, want);
	assert_int_equal(kernel.rules, n);
	assert_false(kernel.committed);
}

static void a_refused_line(void **state)
{
	static const int lines[] = { 1, 2, 499, 512, 513, 1024, 2500, 4999 };
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		reset(state);
		refused_at(lines[i], 5000);
	}
}

static void the_last_line(void **state)
{
	(void)state;
	refused_at(5000, 5000);
}

static void the_only_line(void **state)
{
	(void)state;
	refused_at(1, 1);
}

/* Of the answers to one buffer only the first fits. */
static void answers_that_are_lost(void **state)
{
	(void)state;
	kernel.room = 1;
	refused_at(2500, 5000);
	assert_true(kernel.nonblocking);
}

static void room_for_one_answer(void **state)
{
	(void)state;
	kernel.room = 1;
	assert_int_equal(run(5000), EXIT_OK);
	assert_true(kernel.committed);
}

/* It may have done what it was told, but nobody knows: no success. */
static void no_answer(void **state)
{
	(void)state;
	kernel.room = 0;
	assert_int_equal(run(5000), EXIT_KERNEL);
	assert_non_null(strstr(said, "answers of the kernel were lost"));
}

static void no_transaction(void **state)
{
	(void)state;
	kernel.begin = -EBUSY;
	assert_int_equal(run(5000), EXIT_KERNEL);
	assert_int_equal(kernel.rules, 0);
}

/* What detaches the port is in no line of the file. */
static void restoring(void **state)
{
	(void)state;
	assert_int_equal(run_as(restore, 1000), EXIT_OK);
	assert_int_equal(kernel.rules, 1000);
	assert_int_equal(kernel.detached, 1);
	assert_true(kernel.committed);
}

static void replacing_all(void **state)
{
	(void)state;
	assert_int_equal(run_as(replace, 1000), EXIT_OK);
	assert_int_equal(kernel.rules, 1000);
	assert_int_equal(kernel.deleted, 1);
	assert_true(kernel.committed);
}

/* What is said of a command that was refused does not reach later ones. */
static void a_session_after_a_refusal(void **state)
{
	struct session session;
	struct nl_msg *msg;
	int i;

	(void)state;
	kernel.refuse = 3;
	kernel.open = true;
	assert_int_equal(session_open(&session), 0);
	msg = session_message(VSEXT_CMD_FLOW_ADD);
	for (i = 1; i <= 10; i++)
		assert_int_equal(session_queue(&session, nlmsg_hdr(msg), (void *)(intptr_t)i), 0);
	assert_int_equal(session_flush(&session), -ENOSPC);
	assert_ptr_equal(session.refused, (void *)3);
	assert_int_equal(session_flush(&session), 0);
	kernel.failed = false;
	assert_int_equal(session_queue(&session, nlmsg_hdr(msg), NULL), 0);
	assert_int_equal(session_flush(&session), 0);
	assert_null(session.refused);
	nlmsg_free(msg);
	session_close(&session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(all_of_it, reset),
		cmocka_unit_test_setup(a_refused_line, reset),
		cmocka_unit_test_setup(the_last_line, reset),
		cmocka_unit_test_setup(the_only_line, reset),
		cmocka_unit_test_setup(answers_that_are_lost, reset),
		cmocka_unit_test_setup(room_for_one_answer, reset),
		cmocka_unit_test_setup(no_answer, reset),
		cmocka_unit_test_setup(no_transaction, reset),
		cmocka_unit_test_setup(restoring, reset),
		cmocka_unit_test_setup(replacing_all, reset),
		cmocka_unit_test_setup(a_session_after_a_refusal, reset),
	};
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
