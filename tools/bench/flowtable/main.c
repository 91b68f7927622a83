// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lookups a second and bytes a rule, of our table and of others beside it: the
 * same rules, the same packets, in turns. Prints JSON; report.py reads it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "traffic.h"

#define LIST_MAX	16
#define RUNS_MAX	256
#define KINDS		(EVERY_FIELD + 1)
#define CASES		4	/* traffic x hit or miss */

static const struct table *const all_tables[] = {
#ifdef BENCH_RTE
	&rte_table,
#endif
#ifdef BENCH_OVS
	&dpcls_table, &classifier_table,
#endif
	&vsext_nocache_table, &vsext_table,
};

#define TABLES	(sizeof(all_tables) / sizeof(*all_tables))

/* A table with rules, and the process that it is in. */
struct run {
	const struct table *table;
	struct rules rules;
	int ask, answer;
	struct {
		uint64_t bytes, huge;
	} memory;
	double *ns[CASES];	/* a round each */
};

static struct {
	unsigned int rounds, lookups, warm_up;
	bool last_mask, size;
	unsigned int rules[LIST_MAX], rules_n;
	unsigned int masks[LIST_MAX], masks_n;
	bool table[TABLES];
	bool cases[CASES];
	const char *output;
} options = {
	.rounds = 5, .lookups = 1 << 19, .warm_up = 1 << 20,
	.rules = { 50, 1000, 100000, 1000000 }, .rules_n = 4,
	.masks = { 1, 8, 32 }, .masks_n = 3,
};

static struct run run[RUNS_MAX];
static unsigned int runs;
static struct size sizes[KINDS];
static const char *const case_names[CASES] = {
	"zipf hit", "zipf miss", "uniform hit", "uniform miss"
};

bool bench_small_pages;

static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "bench-flowtable: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(1);
}

void *bench_alloc(size_t size)
{
	const size_t huge = 2ul << 20;
	void *memory;

	size = (size + huge - 1) & ~(huge - 1);
	memory = aligned_alloc(huge, size);
	if (!memory)
		die("no memory");
	madvise(memory, size, bench_small_pages ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
	return memset(memory, 0, size);
}

/* --- measuring --- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Seconds that asking for the time takes. */
static double clock_cost(void)
{
	double least = 1, start;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		start = now();
		start = now() - start;
		if (start < least)
			least = start;
	}
	return least;
}

static unsigned int next_number(const struct rules *rules, enum traffic traffic)
{
	unsigned int number = next_flow(traffic, rules->n);

	if (!options.last_mask)
		return number;
	number += rules->masks - 1 - number % rules->masks;
	return number < rules->n ? number : number - rules->masks;
}

/* Until caches know what they can know: OVS's learns every 100th packet. */
static unsigned int warm_up(const struct rules *rules)
{
	unsigned long enough = rules->n * 256ul / WINDOW * WINDOW + WINDOW;

	return enough < options.warm_up ? enough : options.warm_up;
}

/* ns a lookup. The clock runs only while packets are looked up. */
static double measure(const struct run *r, enum traffic traffic, bool miss)
{
	unsigned int number[WINDOW], i, done, cold = warm_up(&r->rules);
	double start, sum = 0, cost = clock_cost();
	struct packet packet[WINDOW];
	uint32_t found[WINDOW];

	for (done = 0; done < options.lookups + cold; done += WINDOW) {
		for (i = 0; i < WINDOW; i++) {
			number[i] = next_number(&r->rules, traffic);
			flow_of(number[i] + (miss ? r->rules.n : 0), &packet[i]);
		}
		r->table->fill(packet, WINDOW);
		start = now();
		r->table->lookup(WINDOW, found);
		if (done >= cold)
			sum += now() - start - cost;
		for (i = 0; i < WINDOW; i++)
			if (found[i] != (miss ? 0 : number[i] + 1))
				die("%s, %u rules, %u masks: a packet for rule %d found %d",
				    r->table->name, r->rules.n, r->rules.masks,
				    miss ? -1 : (int)number[i], (int)found[i] - 1);
	}
	return sum / options.lookups * 1e9;
}

/* --- processes --- */

static uint64_t huge_bytes(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	unsigned long kib = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "AnonHugePages: %lu kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return (uint64_t)kib << 10;
}

static void build(struct run *r)
{
	if (!r->table->build(&r->rules))
		die("%s cannot hold %u rules with %u masks", r->table->name,
		    r->rules.n, r->rules.masks);
	r->memory.bytes = r->table->bytes();
	r->memory.huge = huge_bytes();
}

static void serve(struct run *r, int in, int out)
{
	unsigned char number;
	double ns;

	build(r);
	if (write(out, &r->memory, sizeof(r->memory)) != sizeof(r->memory))
		exit(1);
	while (read(in, &number, 1) == 1) {
		ns = measure(r, number / 2, number % 2);
		if (write(out, &ns, sizeof(ns)) != sizeof(ns))
			exit(1);
	}
	_exit(0);
}

static void receive(const struct run *r, void *data, size_t size)
{
	if (read(r->answer, data, size) != (ssize_t)size)
		die("%s, %u rules, %u masks: failed", r->table->name, r->rules.n,
		    r->rules.masks);
}

static void start(struct run *r)
{
	int ask[2], answer[2];
	pid_t child, parent = getpid();

	if (pipe(ask) || pipe(answer))
		die("pipe: %s", strerror(errno));
	child = fork();
	if (child < 0)
		die("fork: %s", strerror(errno));
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			exit(1);
		close(ask[1]);
		close(answer[0]);
		serve(r, ask[0], answer[1]);
	}
	close(ask[0]);
	close(answer[1]);
	r->ask = ask[1];
	r->answer = answer[0];
	receive(r, &r->memory, sizeof(r->memory));
}

/* In processes of their own, as there is but one table in each. */
static void measure_sizes(void)
{
	unsigned int rules = options.rules[options.rules_n - 1], kind;
	int answer[2];

	for (kind = 0; kind < KINDS; kind++) {
		fprintf(stderr, "measuring the size of rules, %u of %u\n", kind + 1, KINDS);
		if (pipe(answer))
			die("pipe: %s", strerror(errno));
		if (!fork()) {
			sizes[kind] = vsext_size(kind, rules);
			_exit(write(answer[1], &sizes[kind], sizeof(*sizes)) !=
			      sizeof(*sizes));
		}
		close(answer[1]);
		if (read(answer[0], &sizes[kind], sizeof(*sizes)) != sizeof(*sizes))
			die("the size of rules cannot be measured");
		close(answer[0]);
	}
}

static double ask(const struct run *r, unsigned char number)
{
	double ns;

	if (runs == 1)	/* for a profiler: here */
		return measure(r, number / 2, number % 2);
	if (write(r->ask, &number, 1) != 1)
		die("%s has ended", r->table->name);
	receive(r, &ns, sizeof(ns));
	return ns;
}

static void start_all(void)
{
	unsigned int i;

	for (i = 0; i < runs; i++) {
		fprintf(stderr, "building %s, %u rules, %u masks\n", run[i].table->name,
			run[i].rules.n, run[i].rules.masks);
		if (runs == 1)
			build(&run[i]);
		else
			start(&run[i]);
	}
}

/* On a terminal a line that changes, else one a round. */
static void tell(unsigned int round, unsigned int done, unsigned int all, time_t began)
{
	bool terminal = isatty(STDERR_FILENO);

	if (terminal || done == all)
		fprintf(stderr, "%sround %u of %u: %u of %u, %ld s%s", terminal ? "\r" : "",
			round + 1, options.rounds, done, all, (long)(time(NULL) - began),
			done == all ? "\n" : "");
}

static void measure_all(void)
{
	unsigned int round, i, c, done, all = 0;
	time_t began = time(NULL);

	for (c = 0; c < CASES; c++)
		all += options.cases[c] ? runs : 0;
	for (round = 0; round < options.rounds; round++) {
		done = 0;
		for (c = 0; c < CASES; c++)
			for (i = 0; options.cases[c] && i < runs; i++) {
				run[i].ns[c][round] = ask(&run[i], c);
				tell(round, ++done, all, began);
			}
	}
}

/* --- result --- */

static void print_run(FILE *file, const struct run *r, unsigned int c)
{
	unsigned int round;

	fprintf(file, "{\"table\": \"%s\", \"rules\": %u, \"masks\": %u, \"traffic\": \"%s\", "
		"\"bytes\": %llu, \"huge_bytes\": %llu, \"ns\": [", r->table->name,
		r->rules.n, r->rules.masks, case_names[c],
		(unsigned long long)r->memory.bytes, (unsigned long long)r->memory.huge);
	for (round = 0; round < options.rounds; round++)
		fprintf(file, "%s%.2f", round ? ", " : "", r->ns[c][round]);
	fprintf(file, "]}");
}

static void print_sizes(FILE *file)
{
	static const char *const names[] = { "IPv4", "IPv6 in IPv6", "every field" };
	unsigned int i;

	for (i = 0; i < KINDS; i++)
		fprintf(file, "%s\n{\"key\": \"%s\", \"bytes\": %.2f, \"rules\": %u, "
			"\"counters\": %.0f, \"cache\": %zu}", i ? "," : "", names[i],
			sizes[i].bytes, sizes[i].rules, sizes[i].counters, sizes[i].cache);
}

static void print(FILE *file)
{
	const char *separator = "";
	unsigned int i, c;

	fprintf(file, "{\"rounds\": %u, \"lookups\": %u, \"warm_up\": %u, \"batch\": %u, "
		"\"small_pages\": %s,\n\"size\": [", options.rounds, options.lookups,
		options.warm_up, BATCH, bench_small_pages ? "true" : "false");
	if (options.size)
		print_sizes(file);
	fprintf(file, "],\n\"results\": [");
	for (i = 0; i < runs; i++)
		for (c = 0; c < CASES; c++) {
			if (!options.cases[c])
				continue;
			fprintf(file, "%s\n", separator);
			print_run(file, &run[i], c);
			separator = ",";
		}
	fprintf(file, "\n]}\n");
}

/* --- options --- */

static void usage(FILE *file)
{
	unsigned int i;

	fprintf(file,
		"usage: bench-flowtable [OPTION...] >RESULT\n"
		"  -r N,...     rules (50,1000,100000,1000000)\n"
		"  -m N,...     masks, up to %u (1,8,32)\n"
		"  -c CASE,...  of the traffic; all:", MASKS_MAX);
	for (i = 0; i < CASES; i++)
		fprintf(file, " '%s'", case_names[i]);
	fprintf(file, "\n  -t TABLE,... all:");
	for (i = 0; i < TABLES; i++)
		fprintf(file, " '%s'", all_tables[i]->name);
	fprintf(file, "\n"
		"  -R N         rounds (5)\n"
		"  -n N         lookups in a round (%u)\n"
		"  -w N         at most so many before them (%u)\n"
		"  -l           only packets of the last mask's rules\n"
		"  -4           all memory in pages of 4 KiB\n"
		"  -s           bytes a rule, too\n"
		"  -o FILE      the result, instead of standard output\n"
		"A single table with one number of rules and masks is measured in this process.\n",
		options.lookups, options.warm_up);
}

static unsigned int number_in(const char *text, unsigned int most)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || n > most) {
		fprintf(stderr, "bench-flowtable: '%s' is not a number up to %u\n", text, most);
		exit(2);
	}
	return n;
}

static unsigned int numbers_in(char *text, unsigned int *list, unsigned int most)
{
	unsigned int n = 0;
	char *word;

	while ((word = strsep(&text, ",")) && n < LIST_MAX) {
		list[n] = number_in(word, most);
		if (!list[n++]) {
			fprintf(stderr, "bench-flowtable: 0 makes no sense here\n");
			exit(2);
		}
	}
	return n;
}

static const char *table_name(unsigned int i)
{
	return i < TABLES ? all_tables[i]->name : NULL;
}

static const char *case_name(unsigned int i)
{
	return i < CASES ? case_names[i] : NULL;
}

static void choose(char *text, const char *(*name)(unsigned int i), bool *chosen)
{
	unsigned int i;
	char *word;

	while ((word = strsep(&text, ","))) {
		for (i = 0; name(i) && strcmp(name(i), word); i++)
			;
		if (!name(i)) {
			fprintf(stderr, "bench-flowtable: there is no '%s'\n", word);
			exit(2);
		}
		chosen[i] = true;
	}
}

static void all_unless_chosen(bool *chosen, unsigned int n)
{
	if (!memchr(chosen, true, n))
		memset(chosen, true, n);
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "r:m:c:t:R:n:w:l4so:h")) != -1) {
		switch (c) {
		case 'r': options.rules_n = numbers_in(optarg, options.rules, 1 << 20); break;
		case 'm': options.masks_n = numbers_in(optarg, options.masks, MASKS_MAX); break;
		case 'c': choose(optarg, case_name, options.cases); break;
		case 't': choose(optarg, table_name, options.table); break;
		case 'R': options.rounds = number_in(optarg, 1000); break;
		case 'n': options.lookups = number_in(optarg, 1 << 30); break;
		case 'w': options.warm_up = number_in(optarg, 1 << 30); break;
		case 'l': options.last_mask = true; break;
		case '4': bench_small_pages = true; break;
		case 's': options.size = true; break;
		case 'o': options.output = optarg; break;
		case 'h': usage(stdout); exit(0);
		default: usage(stderr); exit(2);
		}
	}
	if (optind < argc) {
		usage(stderr);
		exit(2);
	}
	options.lookups = (options.lookups + WINDOW - 1) / WINDOW * WINDOW;
	options.warm_up = (options.warm_up + WINDOW - 1) / WINDOW * WINDOW;
	all_unless_chosen(options.cases, CASES);
	all_unless_chosen(options.table, TABLES);
}

static void add_run(const struct table *table, unsigned int rules, unsigned int masks)
{
	struct run *r = &run[runs++];
	unsigned int c;

	if (runs > RUNS_MAX)
		die("too much at once");
	r->table = table;
	make_rules(&r->rules, rules, masks);
	for (c = 0; c < CASES; c++)
		r->ns[c] = calloc(options.rounds + 1, sizeof(double));
}

int main(int argc, char **argv)
{
	unsigned int r, m, t;
	FILE *file = stdout;

	parse(argc, argv);
	if (options.size)
		measure_sizes();
	for (r = 0; r < options.rules_n; r++)
		for (m = 0; m < options.masks_n; m++)
			for (t = 0; t < TABLES; t++)
				if (options.table[t] &&
				    (options.masks[m] == 1 || !all_tables[t]->one_mask))
					add_run(all_tables[t], options.rules[r],
						options.masks[m]);
	start_all();
	measure_all();
	if (options.output)
		file = fopen(options.output, "w");
	if (!file)
		die("%s: %s", options.output, strerror(errno));
	print(file);
	if (fclose(file))
		die("%s", strerror(errno));
	return 0;
}
