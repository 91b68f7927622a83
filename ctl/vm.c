// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "words.h"

enum { VM_ID, VM_CORES, VM_TENANT, VM_UUID, VM_PRIO };

static int no_memory(struct ctl *ctl)
{
	return ctl_fail(ctl, EXIT_KERNEL, "out of memory");
}

static int put_vm(struct nl_msg *msg, const struct arg *args)
{
	const struct core_set *cores = &args[VM_CORES].cores;

	if (nla_put_u8(msg, VSEXT_VM_A_ID, args[VM_ID].number))
		return -1;
	if (args[VM_CORES].given &&
	    nla_put(msg, VSEXT_VM_A_CORES, 4 * core_set_words(cores), cores->word))
		return -1;
	if (args[VM_TENANT].given &&
	    nla_put_string(msg, VSEXT_VM_A_TENANT, args[VM_TENANT].text))
		return -1;
	if (args[VM_UUID].given && nla_put(msg, VSEXT_VM_A_UUID, UUID_BYTES, args[VM_UUID].uuid))
		return -1;
	if (!args[VM_PRIO].given)
		return 0;
	return nla_put_u8(msg, VSEXT_VM_A_PRIO, args[VM_PRIO].number);
}

static int build_set(struct ctl *ctl, const struct arg *args)
{
	struct nlattr *nest = nla_nest_start(ctl->draft, VSEXT_A_VM);

	if (!nest || put_vm(ctl->draft, args))
		return no_memory(ctl);
	nla_nest_end(ctl->draft, nest);
	return EXIT_OK;
}

static int build_del(struct ctl *ctl, const struct arg *args)
{
	struct nlattr *nest = nla_nest_start(ctl->draft, VSEXT_A_VM);

	if (!nest || nla_put_u8(ctl->draft, VSEXT_VM_A_ID, args[VM_ID].number))
		return no_memory(ctl);
	nla_nest_end(ctl->draft, nest);
	return EXIT_OK;
}

struct vm {
	uint8_t id;
	bool prio;
	const char *tenant;	/* NULL: none, as with the UUID */
	const uint8_t *uuid;
	struct core_set cores;
};

static int read_vm(struct nlattr **top, struct vm *vm)
{
	static const uint8_t no_uuid[UUID_BYTES];
	struct nlattr *attr[VSEXT_VM_A_MAX + 1];
	const struct nlattr *cores, *uuid;

	if (!nest_parse(top[VSEXT_A_VM], attr, VSEXT_VM_A_MAX) || !attr[VSEXT_VM_A_ID])
		return -1;
	memset(vm, 0, sizeof(*vm));
	vm->id = attr_number(attr[VSEXT_VM_A_ID]);
	vm->prio = attr_number(attr[VSEXT_VM_A_PRIO]);
	if (attr[VSEXT_VM_A_TENANT] && *nla_get_string(attr[VSEXT_VM_A_TENANT]))
		vm->tenant = nla_get_string(attr[VSEXT_VM_A_TENANT]);
	uuid = attr[VSEXT_VM_A_UUID];
	if (uuid && nla_len(uuid) == UUID_BYTES && memcmp(nla_data(uuid), no_uuid, UUID_BYTES))
		vm->uuid = nla_data(uuid);
	cores = attr[VSEXT_VM_A_CORES];
	if (cores && (size_t)nla_len(cores) <= sizeof(vm->cores.word))
		memcpy(vm->cores.word, nla_data(cores), nla_len(cores));
	return 0;
}

/* As "vm set" takes it. */
static void write_vm(const struct vm *vm, FILE *to)
{
	char uuid[UUID_TEXT];

	fprintf(to, "id %u cores ", vm->id);
	core_set_print(&vm->cores, to);
	if (vm->tenant) {
		fputs(" tenant ", to);
		words_quote(vm->tenant, to);
	}
	if (vm->uuid) {
		uuid_format(vm->uuid, uuid);
		fprintf(to, " uuid %s", uuid);
	}
	if (vm->prio)
		fputs(" prio on", to);
	fputc('\n', to);
}

static void show_json(struct print *p, const struct vm *vm)
{
	char uuid[UUID_TEXT];
	unsigned int core;

	print_object(p, NULL);
	print_u64(p, "id", NULL, vm->id);
	print_array(p, "cores");
	for (core = 0; core <= CORE_MAX; core++) {
		if (core_set_has(&vm->cores, core))
			print_u64(p, "core", NULL, core);
	}
	print_end(p);
	if (vm->tenant)
		print_string(p, "tenant", NULL, vm->tenant);
	if (vm->uuid) {
		uuid_format(vm->uuid, uuid);
		print_string(p, "uuid", NULL, uuid);
	}
	print_bool(p, "prio", vm->prio);
	print_end(p);
}

static int show_vm(struct nlattr **top, void *arg)
{
	struct ctl *ctl = arg;
	struct vm vm;

	if (read_vm(top, &vm))
		return -1;
	if (print_is_json(ctl->print))
		show_json(ctl->print, &vm);
	else
		write_vm(&vm, stdout);
	return 0;
}

static int show(struct ctl *ctl, const struct arg *args)
{
	uint8_t id = args[VM_ID].number;
	bool one = args[VM_ID].given;
	int code;

	print_array(ctl->print, NULL);
	code = ctl_get(ctl, ctl_get_message(VSEXT_CMD_VM_GET, VSEXT_A_VM, VSEXT_VM_A_ID,
					    one ? &id : NULL, sizeof(id)),
		       !one, show_vm, ctl);
	print_end(ctl->print);
	return code;
}

static int save_vm(struct nlattr **top, void *arg)
{
	FILE *to = arg;
	struct vm vm;

	if (read_vm(top, &vm))
		return -1;
	fputs("vm set ", to);
	write_vm(&vm, to);
	return 0;
}

int vm_save(struct ctl *ctl, FILE *to)
{
	return ctl_get(ctl, session_message(VSEXT_CMD_VM_GET), true, save_vm, to);
}

struct ids {
	size_t n;
	uint8_t id[256];
};

static int collect_id(struct nlattr **top, void *arg)
{
	struct ids *ids = arg;
	struct vm vm;

	if (read_vm(top, &vm) || ids->n == sizeof(ids->id))
		return -1;
	ids->id[ids->n++] = vm.id;
	return 0;
}

static int del_one(struct ctl *ctl, uint8_t id)
{
	return ctl_get(ctl, ctl_get_message(VSEXT_CMD_VM_DEL, VSEXT_A_VM, VSEXT_VM_A_ID,
					    &id, sizeof(id)), false, NULL, NULL);
}

/* There is no command for all: one transaction makes it one step. */
static int flush(struct ctl *ctl, const struct arg *args)
{
	struct ids ids = { 0 };
	int code;
	size_t i;

	(void)args;
	code = ctl_get(ctl, session_message(VSEXT_CMD_VM_GET), true, collect_id, &ids);
	if (!code)
		code = ctl_get(ctl, session_message(VSEXT_CMD_TXN_BEGIN), false, NULL, NULL);
	for (i = 0; !code && i < ids.n; i++)
		code = del_one(ctl, ids.id[i]);
	if (!code)
		code = ctl_get(ctl, session_message(VSEXT_CMD_TXN_COMMIT), false, NULL, NULL);
	return code;
}

static const struct verb verbs[] = {
	{ .name = "show", .usage = "vm show [id N]", .run = show,
	  .params = (const struct param []){ { "id", PARAM_U8 }, { } } },
	{ .name = "set", .usage = "vm set id N [cores LIST|none] [tenant T] [uuid U] [prio on|off]",
	  .cmd = VSEXT_CMD_VM_SET, .build = build_set,
	  .params = (const struct param []){
		[VM_ID] = { "id", PARAM_U8, .required = true },
		[VM_CORES] = { "cores", PARAM_CORES },
		[VM_TENANT] = { "tenant", PARAM_TEXT, .max = VSEXT_TENANT_MAX },
		[VM_UUID] = { "uuid", PARAM_UUID },
		[VM_PRIO] = { "prio", PARAM_SWITCH },
		{ } } },
	{ .name = "del", .usage = "vm del id N", .cmd = VSEXT_CMD_VM_DEL, .build = build_del,
	  .params = (const struct param []){ { "id", PARAM_U8, .required = true }, { } } },
	{ .name = "flush", .usage = "vm flush", .run = flush,
	  .params = (const struct param []){ { } } },
	{ }
};

const struct object vm_object = {
	.name = "vm",
	.help = "virtual machines and the cores they are pinned to",
	.verbs = verbs,
	.bare = verbs,
	.more =
	"\nLIST is a list of cores such as 0-3,5: those that a vCPU or vhost worker is\n"
	"pinned to. What is not given stays as it is. An empty tenant (\"\" in a file) and\n"
	"a UUID of zeros remove what was there.\n",
};
