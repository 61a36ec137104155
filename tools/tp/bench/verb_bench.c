/*
 * tools/tp/bench/verb_bench.c - `tp bench`: what a frame costs on this machine, beside what the machine could do at best.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "bench/plan.h"
#include "bench/report/report_html.h"
#include "bench/report/report_json.h"
#include "bench/report/report_table.h"
#include "bench/run.h"
#include "tp_common.h"
#include "verbs.h"

enum {
    OPT_ROUNDS = TP_OPTION_FIRST,
    OPT_QUICK,
    OPT_FULL,
    OPT_ONLY,
    OPT_SUBJECTS,
    OPT_MAX_SIZE,
    OPT_CELL,
    OPT_SEED,
    OPT_HTML,
    OPT_SAVE,
    OPT_WIDE,
    OPT_LIST
};

static const tp_option_t options[] = {
    { OPT_QUICK, "quick", NULL, "fewer and smaller rows; 3 rounds of 100ms" },
    { OPT_FULL, "full", NULL, "every size from 64 B to 64 MiB" },
    { 'r', "rounds", "N", "rounds over all rows, 1 to 64 (default 5; 3 with --quick)" },
    { OPT_CELL, "cell", "TIME",
      "measured time of a row in a round, 1ms to 60s (default 250ms; 100ms with --quick)" },
    { OPT_ONLY, "only", "GROUPS",
      "comma-separated: hand-off, rate, transfer, send, receive, copy, attach, sleep, driver" },
    { OPT_SUBJECTS, "subjects", "NAMES",
      "comma-separated; floors and raw Aeron always stay (see --list)" },
    { OPT_MAX_SIZE, "max-size", "BYTES", "leave larger payloads out, 64 to 67108864" },
    { OPT_SEED, "seed", "N", "of the order of rows (default: drawn)" },
    { OPT_HTML, "html", "FILE", "write the report with plots there: one file, for any browser" },
    { OPT_SAVE, "save", "FILE", "write the JSON object there, beside the table" },
    { OPT_WIDE, "wide", NULL, "all columns" },
    { OPT_LIST, "list", NULL, "print the rows that would be measured, and exit" },
};

static const tp_spec_t spec = {
    .verb = "bench",
    .synopsis = "[--quick | --full] [--rounds N] [--only GROUPS] [--subjects NAMES] [--json] "
                "[--html FILE]",
    .about =
        "Measure tensorpool on this machine beside its floors (a cache line handed over, a raw "
        "flag in shared memory, memcpy,\n"
        "raw Aeron IPC) and, if built in, its rivals. Each round runs every row in an order of "
        "its own; figures are medians over\n"
        "rounds, ratios are taken within rounds. Uses its own media driver, SHM driver and "
        "directory; nothing else is touched.",
    TP_SPEC_OPTIONS(options),
    .notes = "Leave the machine alone meanwhile: what others used is reported. SIGINT ends the run "
             "after the present row and reports what there is.\n"
             "Exit status is 0 when everything was measured, met or not; 1 when a row failed.",
};

typedef struct bench_args {
    tp_bench_plan_options_t plan;
    tp_bench_run_options_t run;
    const char *html;
    const char *save;
    bool is_list, is_wide, has_cell, has_rounds;
} bench_args_t;

/* Short names of the groups on the command line, in the order of tp_bench_group_t. */
static const char *const group_names[TP_BENCH_GROUPS] = { "hand-off", "rate",  "transfer", "send",
                                                          "receive",  "copy",  "attach",   "sleep",
                                                          "driver",   "bridge" };

static int parse_groups(tp_args_t *args, const char *list, uint32_t *out)
{
    char word[32];
    if (*list == '\0') {
        return tp_args_wrong(args, "--only: '' names no group");
    }
    for (const char *at = list; *at != '\0';) {
        const size_t len = strcspn(at, ",");
        int group = 0;
        (void)snprintf(word, sizeof word, "%.*s", (int)len, at);
        while (group < TP_BENCH_GROUPS && strcmp(word, group_names[group]) != 0) {
            group++;
        }
        if (group == TP_BENCH_GROUPS) {
            const char *close = tp_suggest(word, group_names, TP_BENCH_GROUPS);
            return tp_args_wrong(args, "--only: '%s' is no group%s%s%s", word,
                                 close != NULL ? "; did you mean '"
                                               : "; tp bench --help lists them",
                                 close != NULL ? close : "", close != NULL ? "'?" : "");
        }
        *out |= UINT32_C(1) << group;
        at += len + (at[len] == ',');
    }
    return TP_EXIT_OK;
}

static void set_level(tp_args_t *args, bench_args_t *out, tp_bench_level_t level)
{
    if (out->plan.level != TP_BENCH_STANDARD && out->plan.level != level) {
        tp_args_wrong(args, "--quick and --full: one of them");
    }
    out->plan.level = level;
}

static int parse(tp_args_t *args, bench_args_t *out)
{
    uint32_t rounds = 5;
    uint64_t max_size = 0;
    int64_t cell_ns = 250000000;
    int id;
    out->plan.level = TP_BENCH_STANDARD;
    while ((id = tp_args_next(args)) != 0) {
        switch (id) {
        case OPT_QUICK:
            set_level(args, out, TP_BENCH_QUICK);
            break;
        case OPT_FULL:
            set_level(args, out, TP_BENCH_FULL);
            break;
        case 'r':
            out->has_rounds = tp_arg_u32(args, 1, TP_BENCH_MAX_ROUNDS, &rounds);
            break;
        case OPT_CELL:
            out->has_cell = tp_arg_duration_ns(args, 1000000, INT64_C(60000000000), &cell_ns);
            break;
        case OPT_ONLY:
            (void)parse_groups(args, args->value, &out->plan.groups);
            break;
        case OPT_SUBJECTS:
            out->plan.subjects = args->value;
            break;
        case OPT_MAX_SIZE:
            (void)tp_arg_u64(args, 64, UINT64_C(64) << 20, &max_size);
            break;
        case OPT_SEED:
            (void)tp_arg_u64(args, 1, UINT64_MAX, &out->run.seed);
            break;
        case OPT_HTML:
            out->html = args->value;
            break;
        case OPT_SAVE:
            out->save = args->value;
            break;
        case OPT_WIDE:
            out->is_wide = true;
            break;
        case OPT_LIST:
            out->is_list = true;
            break;
        default:
            break;
        }
    }
    if (!args->done && args->npositional > 0) {
        tp_args_wrong(args, "unexpected argument '%s'", args->positional[0]);
    }
    if (!args->done && args->has_aeron_dir_option) {
        tp_args_wrong(args, "--aeron-dir: the benchmark starts a media driver of its own");
    }
    const bool is_quick = out->plan.level == TP_BENCH_QUICK;
    out->plan.max_size = (size_t)max_size;
    out->run.rounds = is_quick && !out->has_rounds ? 3 : rounds;
    out->run.measure_ns = is_quick && !out->has_cell ? 1e8 : (double)cell_ns;
    out->run.warm_ns = 3e7;
    return args->done ? args->exit_code : TP_EXIT_OK;
}

static const char *describe(char *out, size_t cap, const tp_bench_row_t *row)
{
    char size[32] = "";
    if (row->size > 0) {
        (void)tp_bench_size_text(size, sizeof size, row->size);
    }
    (void)snprintf(out, cap, "%s: %s %s%s%s", tp_bench_group_name(row->group), row->subject, size,
                   row->detail[0] != '\0' ? ", " : "", row->detail);
    const size_t len = strlen(out);
    if (row->consumers > 1 || row->streams > 1) {
        (void)snprintf(out + len, cap - len, ", %u consumers, %u streams", row->consumers,
                       row->streams);
    }
    return out;
}

/* One line that is overwritten, and only where somebody is looking. */
static void show_progress(void *clientd, unsigned round, int done, int total,
                          const tp_bench_row_t *row)
{
    char text[160];
    const tp_bench_run_options_t *run = clientd;
    fprintf(stderr, "\rround %u of %u, row %d of %d: %-78.78s", round + 1, run->rounds, done + 1,
            total, describe(text, sizeof text, row));
}

static int print_list(const tp_bench_results_t *results)
{
    char text[160];
    for (int i = 0; i < results->nrows; i++) {
        tp_out("%s\n", describe(text, sizeof text, &results->rows[i]));
    }
    return TP_EXIT_OK;
}

static int save_json(FILE *to, const tp_bench_results_t *results)
{
    json_object *object = tp_bench_to_json(results);
    const int written =
        fprintf(to, "%s\n", json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY));
    json_object_put(object);
    return written > 0 ? TP_OK : tpi_fail_errno("write");
}

static int write_file(const char *path, int (*write_fn)(FILE *, const tp_bench_results_t *),
                      const tp_bench_results_t *results)
{
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        return tpi_fail_errno("create %s", path);
    }
    int rc = write_fn(file, results);
    if (fclose(file) != 0 && rc == TP_OK) {
        rc = tpi_fail_errno("write %s", path);
    }
    return rc;
}

/* Before minutes of measuring, not after. What is in the file stays until there is something to put there. */
static int check_writable(const char *path)
{
    FILE *file = path != NULL ? fopen(path, "ae") : NULL;
    if (path != NULL && file == NULL) {
        return tpi_fail_errno("create %s", path);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return TP_OK;
}

static int report(const tp_args_t *args, const bench_args_t *bench,
                  const tp_bench_results_t *results)
{
    if (args->json) {
        tp_json_line(tp_bench_to_json(results));
    } else {
        tp_bench_print_table(stdout, results, bench->is_wide);
        (void)fflush(stdout);
    }
    if ((bench->save != NULL && write_file(bench->save, save_json, results) != TP_OK) ||
        (bench->html != NULL && write_file(bench->html, tp_bench_write_html, results) != TP_OK)) {
        return tp_failed(&spec, "%s", tp_errmsg());
    }
    for (int i = 0; i < results->nrows; i++) {
        if (results->rows[i].failure[0] != '\0') {
            char text[160];
            return tp_failed(&spec, "%s: %s", describe(text, sizeof text, &results->rows[i]),
                             results->rows[i].failure);
        }
    }
    return TP_EXIT_OK;
}

static int run_bench(const tp_args_t *args, bench_args_t *bench, tp_bench_results_t *results)
{
    tp_bench_run_t run;
    const bool is_watched = isatty(STDERR_FILENO) == 1;
    if (check_writable(bench->save) != TP_OK || check_writable(bench->html) != TP_OK) {
        return tp_failed(&spec, "%s", tp_errmsg());
    }
    tp_signals_install();
    bench->run.stop_requested = tp_stop_requested;
    if (is_watched) {
        bench->run.on_row = show_progress;
        bench->run.clientd = &bench->run;
    }
    int rc = tp_bench_run_open(&run, results, &bench->run);
    if (rc == TP_OK) {
        rc = tp_bench_run_rounds(&run, &bench->run);
        tp_bench_run_close(&run);
    }
    if (is_watched) {
        fprintf(stderr, "\r%120s\r", "");
    }
    return rc == TP_OK ? report(args, bench, results) : tp_failed(&spec, "%s", tp_errmsg());
}

int tp_verb_bench(int argc, char **argv)
{
    tp_args_t args;
    bench_args_t bench;
    tp_bench_results_t results;
    memset(&bench, 0, sizeof bench);
    tp_args_begin(&args, &spec, argc, argv);
    int status = parse(&args, &bench);
    if (args.done) {
        return status;
    }
    if (tp_bench_results_init(&results) != TP_OK) {
        return tp_failed(&spec, "%s", tp_errmsg());
    }
    if (tp_bench_plan(&results, &bench.plan) != TP_OK) {
        status = tp_args_wrong(&args, "%s", tp_errmsg());
    } else {
        status = bench.is_list ? print_list(&results) : run_bench(&args, &bench, &results);
    }
    tp_bench_results_fini(&results);
    return status;
}
