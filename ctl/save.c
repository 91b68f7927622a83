// SPDX-License-Identifier: GPL-2.0-only
/* The whole state as a batch file and back, and off. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"

static int collect(struct ctl *ctl, FILE *to)
{
	int code;

	fputs("# vsextctl restore FILE makes it so again\n", to);
	code = config_save(ctl, to);
	if (!code)
		code = core_save(ctl, to);
	if (!code)
		code = vm_save(ctl, to);
	if (!code)
		code = flow_save(ctl, to);
	if (!code)
		code = port_save(ctl, to);
	return code;
}

static bool write_to(FILE *to, const char *text)
{
	return fputs(text, to) >= 0 && !fflush(to);
}

static int write_failed(struct ctl *ctl, const char *path)
{
	return ctl_fail(ctl, EXIT_USAGE, "cannot write '%s': %s", path, strerror(errno));
}

static int write_special(struct ctl *ctl, const char *path, const char *text)
{
	FILE *to = fopen(path, "we");
	bool ok;

	if (!to)
		return write_failed(ctl, path);
	ok = write_to(to, text);
	return fclose(to) || !ok ? write_failed(ctl, path) : EXIT_OK;
}

/* An interrupted save leaves the old file. */
static int write_file(struct ctl *ctl, const char *path, const char *text)
{
	char part[PATH_MAX];
	FILE *to = NULL;
	int fd;

	if (snprintf(part, sizeof(part), "%s.XXXXXX", path) >= (int)sizeof(part))
		return ctl_fail(ctl, EXIT_USAGE, "the name of the file is too long");
	fd = mkostemp(part, 0);
	if (fd < 0)
		return write_failed(ctl, path);
	to = fdopen(fd, "w");
	if (!to) {
		close(fd);
		goto unlink;
	}
	if (!write_to(to, text) || fsync(fd))
		goto close;
	if (fclose(to) || rename(part, path))
		goto unlink;
	return EXIT_OK;

close:
	fclose(to);
unlink:
	write_failed(ctl, path);
	unlink(part);
	return EXIT_USAGE;
}

static bool is_special(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && !S_ISREG(st.st_mode);
}

static int save(struct ctl *ctl, const struct arg *args)
{
	const char *path = args[0].text;
	char *text = NULL;
	size_t size;
	FILE *to;
	int code;

	to = open_memstream(&text, &size);
	if (!to)
		return ctl_fail(ctl, EXIT_KERNEL, "out of memory");
	code = collect(ctl, to);
	if (fclose(to) && !code)
		code = ctl_fail(ctl, EXIT_KERNEL, "out of memory");
	if (code)
		goto free;
	if (!path || !strcmp(path, "-"))
		fputs(text, stdout);
	else if (is_special(path))
		code = write_special(ctl, path, text);
	else
		code = write_file(ctl, path, text);
free:
	free(text);
	return code;
}

static int restore(struct ctl *ctl, const struct arg *args)
{
	return batch_run(ctl, args[0].text, true);
}

static int build_off(struct ctl *ctl, const struct arg *args)
{
	(void)ctl;
	(void)args;
	return EXIT_OK;
}

static const struct verb save_verb = {
	.name = "save", .usage = "save [FILE]", .run = save,
	.params = (const struct param []){ { "FILE", PARAM_FILE, .bare = true }, { } },
};

static const struct verb restore_verb = {
	.name = "restore", .usage = "restore FILE", .run = restore,
	.params = (const struct param []){
		{ "FILE", PARAM_FILE, .bare = true, .required = true }, { } },
};

static const struct verb off_verb = {
	.name = "off", .usage = "off", .cmd = VSEXT_CMD_OFF, .build = build_off,
	.params = (const struct param []){ { } },
};

const struct object save_object = {
	.name = "save",
	.help = "write settings, VMs, rules and ports as a batch file",
	.bare = &save_verb,
};

const struct object restore_object = {
	.name = "restore",
	.help = "make it as a file of save says, all of it or nothing",
	.bare = &restore_verb,
	.more = "\nWhat the file does not name is gone afterwards: rules, VMs, ports, settings.\n",
};

const struct object off_object = {
	.name = "off",
	.help = "detach every port at once; rules, VMs and settings stay",
	.bare = &off_verb,
};
