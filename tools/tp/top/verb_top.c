/*
 * tools/tp/top/verb_top.c - `tp top`: streams, producers and consumers as they go, from shared
 * memory alone.
 */
#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "top/lines.h"
#include "top/look.h"
#include "top/screen.h"
#include "tp_common.h"
#include "verbs.h"

enum { OPT_ONCE = TP_OPTION_FIRST, OPT_INTERVAL };

static const tp_option_t options[] = {
    { OPT_INTERVAL, "interval", "S", "time between two looks, 0.1 to 3600 (1)" },
    { 'n', "count", "N", "end after N tables or objects" },
    { OPT_ONCE, "once", NULL, "one table without a terminal, then end; needs one interval" },
};

static const tp_spec_t spec = {
    .verb = "top",
    .synopsis = "[--interval S] [--count N]\n--once [--interval S]\n--json [--interval S] "
                "[--count N]",
    .about = "Show streams, producers and consumers as they go: rates, leases, lag, drops by "
             "cause, and how many frames are left until\nthe slowest consumer is overwritten. "
             "Counters and header rings are read and nothing else: no process is asked, no lease\n"
             "taken, nothing subscribed to or published.",
    TP_SPEC_OPTIONS(options),
    .notes = "keys: q quit, s next order (stream, rate, drops, lag), p pause, h help\n"
             "Without a terminal it prints one table, or N with --count. A lag of >N is that of a "
             "consumer whose counters stand still.\n"
             "Exit status 1 if there is no media driver directory when it ends.",
};

static const char *const help_lines[] = {
    "q  quit",
    "s  next order: stream, rate, drops, lag",
    "p  pause, and go on",
    "h  this text",
    "",
    "MARGIN    frames until the slowest consumer is overwritten;",
    "          MARGIN S: if it stood still from now on",
    "LAG       frames committed and not read, as the consumer said less than 0.1 s ago;",
    "          >N: its counters stand still, and the stream went on by that much",
    "LEASE S   seconds until the lease ends unless it is kept alive",
};

typedef struct top {
    const tp_args_t *args;
    char aeron_dir[1024];
    int64_t interval_ns;
    uint64_t count; /* 0: until told to stop */
    tp_top_order_t order;
    tp_top_snapshot_t snapshots[2];
    int current;
    bool has_before;
} top_t;

static tp_top_snapshot_t *now_of(top_t *top)
{
    return &top->snapshots[top->current];
}

static double seconds_of(const top_t *top)
{
    return top->has_before ? (double)(top->snapshots[top->current].at_ns -
                                      top->snapshots[!top->current].at_ns) /
                                 1e9
                           : 0;
}

static void look(top_t *top, bool is_first)
{
    top->current = !top->current;
    tp_top_look(now_of(top), top->aeron_dir, tp_now_ns());
    top->has_before = !is_first;
    tp_top_compare(now_of(top), is_first ? NULL : &top->snapshots[!top->current]);
}

/* Until the time is there; false: told to stop. */
static bool wait_until(int64_t due_ns)
{
    enum { SLICE_MS = 50 }; /* a signal that comes right before poll is seen after this long */
    for (int64_t left_ns; (left_ns = due_ns - tp_now_ns()) > 0;) {
        if (tp_stop_requested() != 0) {
            return false;
        }
        const int64_t left_ms = left_ns / 1000000 + 1;
        poll(NULL, 0, left_ms < SLICE_MS ? (int)left_ms : SLICE_MS);
    }
    return tp_stop_requested() == 0;
}

static void print_line(void *clientd, tp_top_line_kind_t kind, const char *text)
{
    (void)clientd;
    (void)kind;
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == ' ') {
        len--;
    }
    tp_out("%.*s\n", (int)len, text);
}

static void run_plain(top_t *top)
{
    look(top, true);
    int64_t due_ns = now_of(top)->at_ns;
    for (uint64_t done = 0; top->count == 0 || done < top->count; done++) {
        due_ns += top->interval_ns;
        if (!wait_until(due_ns)) {
            return;
        }
        look(top, false);
        if (top->args->json) {
            tp_json_line(tp_top_json(now_of(top), top->aeron_dir, seconds_of(top)));
        } else {
            if (done > 0) {
                tp_out("\n");
            }
            tp_top_lines(now_of(top), top->aeron_dir, print_line, NULL);
        }
    }
}

static void draw(top_t *top, tp_top_screen_t *screen, bool is_paused, bool shows_help)
{
    char title[160];
    tp_top_screen_begin(screen);
    snprintf(
        title, sizeof title, "tp top, every %.1f s, by %s%s   q quit  s order  p pause  h help",
        (double)top->interval_ns / 1e9, tp_top_order_name(top->order), is_paused ? ", PAUSED" : "");
    tp_top_screen_line(screen, TP_TOP_PLAIN, title);
    if (shows_help) {
        for (size_t i = 0; i < sizeof help_lines / sizeof help_lines[0]; i++) {
            tp_top_screen_line(screen, TP_TOP_PLAIN, help_lines[i]);
        }
        tp_top_screen_line(screen, TP_TOP_PLAIN, "");
    }
    tp_top_sort(now_of(top), top->order);
    tp_top_lines(now_of(top), top->aeron_dir, tp_top_screen_line, screen);
    tp_top_screen_end(screen);
}

static void run_screen(top_t *top, tp_top_screen_t *screen)
{
    bool is_paused = false;
    bool shows_help = false;
    look(top, true);
    int64_t due_ns = now_of(top)->at_ns + top->interval_ns;
    for (uint64_t done = 0; tp_stop_requested() == 0;) {
        draw(top, screen, is_paused, shows_help);
        if (top->count > 0 && done >= top->count) {
            return;
        }
        const int64_t left_ms = (due_ns - tp_now_ns()) / 1000000 + 1;
        const int key = tp_top_screen_key(screen, left_ms < 0     ? 0
                                                  : left_ms < 100 ? (int)left_ms
                                                                  : 100);
        switch (tolower(key)) {
        case 'q':
            return;
        case 's':
            top->order = (top->order + 1) % TP_TOP_ORDERS;
            break;
        case 'p':
            is_paused = !is_paused;
            break;
        case 'h':
        case '?':
            shows_help = !shows_help;
            break;
        default:
            break;
        }
        if (tp_now_ns() >= due_ns) {
            due_ns = tp_now_ns() + top->interval_ns;
            if (!is_paused) {
                look(top, false);
                done++;
            }
        }
    }
}

int tp_verb_top(int argc, char **argv)
{
    tp_args_t args;
    static top_t top;
    bool once = false;
    memset(&top, 0, sizeof top);
    top.args = &args;
    top.interval_ns = INT64_C(1000000000);
    tp_args_begin(&args, &spec, argc, argv);
    for (int id; (id = tp_args_next(&args)) != 0;) {
        switch (id) {
        case OPT_INTERVAL:
            tp_arg_duration_ns(&args, INT64_C(100000000), INT64_C(3600000000000), &top.interval_ns);
            break;
        case 'n':
            tp_arg_u64(&args, 1, UINT32_MAX, &top.count);
            break;
        case OPT_ONCE:
            once = true;
            break;
        default:
            break;
        }
    }
    if (args.done) {
        return args.exit_code;
    }
    if (args.npositional > 0) {
        return tp_args_wrong(&args, "unexpected argument '%s'", args.positional[0]);
    }
    if (once && top.count > 0) {
        return tp_args_wrong(&args, "--once and --count exclude each other");
    }
    if (args.connection.aeron_dir != NULL) {
        snprintf(top.aeron_dir, sizeof top.aeron_dir, "%s", args.connection.aeron_dir);
    } else if (tpi_default_aeron_dir(top.aeron_dir, sizeof top.aeron_dir) != TP_OK) {
        return tp_failed(&spec, "%s", tp_errmsg());
    }
    tp_signals_install();
    const bool on_screen = !once && !args.json && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
    if (on_screen) {
        tp_top_screen_t *screen = tp_top_screen_open();
        if (screen == NULL) {
            return tp_failed(&spec, "this terminal cannot be drawn on (TERM is '%s'); try --once",
                             tp_env("TERM") != NULL ? tp_env("TERM") : "");
        }
        run_screen(&top, screen);
        tp_top_screen_close(screen);
    } else {
        if (once || (!args.json && top.count == 0)) {
            top.count = 1;
        }
        run_plain(&top);
    }
    const tp_top_media_driver_t media = now_of(&top)->media_driver;
    tp_top_fini(&top.snapshots[0]);
    tp_top_fini(&top.snapshots[1]);
    return media.is_readable ? TP_EXIT_OK : tp_failed(&spec, "%s", media.text);
}
