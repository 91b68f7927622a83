// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "words.h"

static const char *const modes[] = { "auto", "driver", "ingress", NULL };

static const char *mode_name(uint64_t mode)
{
	static const char *const names[] = {
		[VSEXT_PORT_OFF] = "off",
		[VSEXT_PORT_AUTO] = "auto",
		[VSEXT_PORT_DRIVER] = "driver",
		[VSEXT_PORT_INGRESS] = "ingress",
	};

	return mode < __VSEXT_PORT_MODE_MAX ? names[mode] : "unknown";
}

static const char *reason_text(uint64_t reason)
{
	switch (reason) {
	case VSEXT_REASON_ASKED:
		return "as asked";
	case VSEXT_REASON_DRIVER_HOOKED:
		return "its driver is patched";
	case VSEXT_REASON_DRIVER_STOCK:
		return "its driver is not patched";
	}
	return "for a reason this version does not know";
}

/* The file /sys/class/net/IF/queues/QUEUE/@file starts with something but 0. */
static bool is_set(const char *ifname, const char *queue, const char *file)
{
	char path[PATH_MAX];
	bool set = false;
	FILE *in;
	int c;

	snprintf(path, sizeof(path), "/sys/class/net/%s/queues/%s/%s", ifname, queue, file);
	in = fopen(path, "re");
	if (!in)
		return false;
	while (!set && (c = fgetc(in)) != EOF)
		set = c != '0' && c != ',' && c != '\n';
	fclose(in);
	return set;
}

static int is_rx(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "rx-", 3);
}

/* Receive queues whose @file is set, as "rx-0 rx-2"; "" if that is not known. */
static void list_queues(const char *ifname, const char *file, char *list, size_t size)
{
	struct dirent **queues;
	char path[PATH_MAX];
	size_t used = 0;
	int i, n;

	list[0] = '\0';
	snprintf(path, sizeof(path), "/sys/class/net/%s/queues", ifname);
	n = scandir(path, &queues, is_rx, versionsort);
	for (i = 0; i < n; i++) {
		if (used < size && is_set(ifname, queues[i]->d_name, file))
			used += snprintf(list + used, size - used, "%s%s", used ? " " : "",
					 queues[i]->d_name);
		free(queues[i]);
	}
	if (n >= 0)
		free(queues);
}

static const struct warning {
	uint32_t bit;
	const char *name;
	const char *file;	/* that says which queues are meant */
	const char *what;
	const char *cure;	/* with the device as %s */
} warnings[] = {
	{ VSEXT_WARN_RPS, "rps", "rps_cpus", "RPS is on and moves our packets again",
	  "for q in /sys/class/net/%s/queues/rx-*; do echo 0 > $q/rps_cpus; done" },
	{ VSEXT_WARN_RFS, "rfs", "rps_flow_cnt", "RFS is on and moves our packets again",
	  "for q in /sys/class/net/%s/queues/rx-*; do echo 0 > $q/rps_flow_cnt; done" },
	{ VSEXT_WARN_XDP, "xdp", NULL,
	  "an XDP program sees packets before us and may redirect them",
	  "ip link set dev %s xdp off" },
	{ VSEXT_WARN_XDP_GENERIC, "xdp-generic", NULL,
	  "a generic XDP program runs after us, on the core we chose",
	  "ip link set dev %s xdpgeneric off" },
	{ VSEXT_WARN_MASTER, "master", NULL,
	  "its bond or team is attached as well, so each packet passes us twice",
	  "vsextctl port set dev %s off" },
	{ VSEXT_WARN_LOWER, "lower", NULL,
	  "a port below it is attached as well, so each packet passes us twice",
	  "vsextctl port set dev %s off" },
};

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void print_warning(struct print *p, const struct warning *w, const char *ifname)
{
	char queues[256] = "", cure[256], show[64];
	FILE *to = fmemopen(show, sizeof(show), "w");

	if (!to)
		return;
	words_show(ifname, strlen(ifname), to);
	fclose(to);
	if (w->file)
		list_queues(ifname, w->file, queues, sizeof(queues));
	snprintf(cure, sizeof(cure), w->cure, show);
	print_object(p, NULL);
	print_string(p, "name", NULL, w->name);
	print_string(p, "text", "    warning: %s", w->what);
	if (*queues)
		print_string(p, "queues", " (%s)", queues);
	print_string(p, "cure", "; to stop it: %s\n", cure);
	print_end(p);
}

static void print_driver(struct print *p, const char *ifname)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *driver;
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device/driver", ifname);
	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return;
	target[len] = '\0';
	driver = strrchr(target, '/');
	print_string(p, "driver", " driver %s", driver ? driver + 1 : target);
}

static void print_counters(struct print *p, struct nlattr **port)
{
	print_u64(p, "packets", "    packets %" PRIu64, attr_number(port[VSEXT_PORT_A_PACKETS]));
	print_u64(p, "local", " local %" PRIu64, attr_number(port[VSEXT_PORT_A_LOCAL]));
	print_u64(p, "moved", " moved %" PRIu64, attr_number(port[VSEXT_PORT_A_MOVED]));
	print_u64(p, "drops", " drops %" PRIu64 "\n", attr_number(port[VSEXT_PORT_A_DROPS]));
}

static int print_port(struct nlattr **top, void *arg)
{
	struct nlattr *port[VSEXT_PORT_A_MAX + 1];
	struct ctl *ctl = arg;
	struct print *p = ctl->print;
	const char *ifname;
	size_t i;

	if (!nest_parse(top[VSEXT_A_PORT], port, VSEXT_PORT_A_MAX) || !port[VSEXT_PORT_A_IFNAME])
		return -1;
	ifname = nla_get_string(port[VSEXT_PORT_A_IFNAME]);
	print_object(p, NULL);
	print_string(p, "dev", "dev %s", ifname);
	print_u64(p, "ifindex", NULL, attr_number(port[VSEXT_PORT_A_IFINDEX]));
	print_string(p, "mode", " mode %s", mode_name(attr_number(port[VSEXT_PORT_A_MODE])));
	print_string(p, "active", " active %s", mode_name(attr_number(port[VSEXT_PORT_A_ACTIVE])));
	print_string(p, "reason", " (%s)", reason_text(attr_number(port[VSEXT_PORT_A_REASON])));
	print_driver(p, ifname);
	print_text(p, "\n");
	if (ctl->stats)
		print_counters(p, port);
	print_array(p, "warnings");
	for (i = 0; i < sizeof(warnings) / sizeof(*warnings); i++) {
		if (attr_number(port[VSEXT_PORT_A_WARN]) & warnings[i].bit)
			print_warning(p, &warnings[i], ifname);
	}
	print_end(p);
	print_end(p);
	return 0;
}

enum { SHOW_DEV };

static int show(struct ctl *ctl, const struct arg *args)
{
	uint32_t ifindex = args[SHOW_DEV].number;
	bool one = args[SHOW_DEV].given;
	int code;

	print_array(ctl->print, NULL);
	code = ctl_get(ctl, ctl_get_message(VSEXT_CMD_PORT_GET, VSEXT_A_PORT, VSEXT_PORT_A_IFINDEX,
					    one ? &ifindex : NULL, sizeof(ifindex)),
		       !one, print_port, ctl);
	print_end(ctl->print);
	return code;
}

enum { SET_DEV, SET_SWITCH, SET_MODE };

static int put_port(struct ctl *ctl, unsigned int ifindex, uint8_t mode)
{
	struct nlattr *nest = nla_nest_start(ctl->draft, VSEXT_A_PORT);

	if (!nest || nla_put_u32(ctl->draft, VSEXT_PORT_A_IFINDEX, ifindex) ||
	    nla_put_u8(ctl->draft, VSEXT_PORT_A_MODE, mode))
		return ctl_fail(ctl, EXIT_KERNEL, "out of memory");
	nla_nest_end(ctl->draft, nest);
	return EXIT_OK;
}

static int build_set(struct ctl *ctl, const struct arg *args)
{
	uint8_t mode = VSEXT_PORT_OFF;

	if (args[SET_SWITCH].number)
		mode = VSEXT_PORT_AUTO + args[SET_MODE].number;
	else if (args[SET_MODE].given)
		return ctl_fail(ctl, EXIT_USAGE, "mode goes with 'on' only");
	return put_port(ctl, args[SET_DEV].number, mode);
}

struct port_walk {
	int (*each)(unsigned int ifindex, void *arg);
	void *arg;
	FILE *to;
};

static int walk_port(struct nlattr **top, void *arg)
{
	struct nlattr *port[VSEXT_PORT_A_MAX + 1];
	struct port_walk *walk = arg;

	if (!nest_parse(top[VSEXT_A_PORT], port, VSEXT_PORT_A_MAX) || !port[VSEXT_PORT_A_IFNAME])
		return -1;
	if (walk->each)
		return walk->each(attr_number(port[VSEXT_PORT_A_IFINDEX]), walk->arg);
	fputs("port set dev ", walk->to);
	words_quote(nla_get_string(port[VSEXT_PORT_A_IFNAME]), walk->to);
	fprintf(walk->to, " on mode %s\n", mode_name(attr_number(port[VSEXT_PORT_A_MODE])));
	return 0;
}

int port_each(struct ctl *ctl, int (*each)(unsigned int ifindex, void *arg), void *arg)
{
	struct port_walk walk = { .each = each, .arg = arg };

	return ctl_get(ctl, session_message(VSEXT_CMD_PORT_GET), true, walk_port, &walk);
}

int port_save(struct ctl *ctl, FILE *to)
{
	struct port_walk walk = { .to = to };

	return ctl_get(ctl, session_message(VSEXT_CMD_PORT_GET), true, walk_port, &walk);
}

static const struct verb verbs[] = {
	{ .name = "show", .usage = "port show [dev IF]", .run = show,
	  .params = (const struct param []){
		[SHOW_DEV] = { "dev", PARAM_DEVICE },
		{ } } },
	{ .name = "set", .usage = "port set dev IF on|off [mode auto|driver|ingress]",
	  .cmd = VSEXT_CMD_PORT_SET, .build = build_set,
	  .params = (const struct param []){
		[SET_DEV] = { "dev", PARAM_DEVICE, .required = true },
		[SET_SWITCH] = { "on|off", PARAM_SWITCH, .required = true, .bare = true },
		[SET_MODE] = { "mode", PARAM_CHOICE, .choices = modes },
		{ } } },
	{ }
};

int port_build_off(struct ctl *ctl, unsigned int ifindex, struct command *command)
{
	int code = ctl_draft(ctl, VSEXT_CMD_PORT_SET);

	*command = (struct command){ .verb = &verbs[1] };
	if (!code)
		code = put_port(ctl, ifindex, VSEXT_PORT_OFF);
	return code ? code : command_finish(ctl, command);
}

const struct object port_object = {
	.name = "port",
	.help = "devices whose packets get a core",
	.verbs = verbs,
	.bare = verbs,
	.more = "\nMode auto is driver where the driver is patched, else ingress.\n",
};
