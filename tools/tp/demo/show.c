/*
 * tp/demo/show.c - what a run of the demo shows: table, contact sheet, sums.
 */
#include <inttypes.h>
#include <stdio.h>

#include "demo/demo.h"

const tp_demo_reader_t tp_demo_readers[TP_DEMO_READERS] = {
    { "sobel 1", 1001, true, false, 0 },
    { "sobel 2", 1002, true, false, 1 },
    { "sobel 3", 1003, true, false, 2 },
    { "view 2001", 2001, false, false, TP_DEMO_CAMERAS + 0 },
    { "view 2002", 2002, false, false, TP_DEMO_CAMERAS + 1 },
    { "view 2003", 2003, false, false, TP_DEMO_CAMERAS + 2 },
    { "view 1001", 1001, false, false, 0 },
    { "slow 2001", 2001, false, true, TP_DEMO_CAMERAS + 0 },
};

uint64_t tp_demo_published_by(const tp_demo_t *demo, int source)
{
    return source < TP_DEMO_CAMERAS
               ? tp_demo_number(&demo->cameras[source], "frames", NULL)
               : tp_demo_number(&demo->readers[TP_DEMO_STAGE_1 + source - TP_DEMO_CAMERAS],
                                "published", NULL);
}

static uint64_t drops_of(const tp_demo_process_t *process)
{
    uint64_t sum = 0;
    for (int cause = 0; cause < TP_DROP_CAUSES; cause++) {
        sum += tp_demo_number(process, "drops", tp_drop_cause_name((tp_drop_cause_t)cause));
    }
    return sum;
}

uint64_t tp_demo_accounted_by(const tp_demo_process_t *process)
{
    return tp_demo_number(process, "frames", NULL) + tp_demo_number(process, "thinned", NULL) +
           drops_of(process);
}

static void print_causes(const tp_demo_process_t *process)
{
    for (int cause = 0; cause < TP_DROP_CAUSES; cause++) {
        const char *name = tp_drop_cause_name((tp_drop_cause_t)cause);
        const uint64_t n = tp_demo_number(process, "drops", name);
        if (n > 0) {
            printf(" %s %" PRIu64, name, n);
        }
    }
}

/* One table, redrawn over itself on a terminal. */
void tp_demo_show(tp_demo_t *demo, int64_t elapsed_ns, bool in_place)
{
    if (in_place && demo->lines_shown > 0) {
        printf("\033[%dA", demo->lines_shown);
    }
    const char *end = in_place ? "\033[K\n" : "\n";
    int lines = 0;
    printf("%5.1f s   stream  published   accepted      drops  frames/s   MiB/s  p99 latency%s",
           (double)elapsed_ns / 1e9, end);
    lines++;
    for (int i = 0; i < TP_DEMO_CAMERAS; i++, lines++) {
        const tp_demo_process_t *p = &demo->cameras[i];
        printf("camera    %6d %10" PRIu64 "          -          - %9.1f %7.1f            -%s",
               1001 + i, tp_demo_number(p, "frames", NULL), tp_demo_double(p, "frames_per_s"),
               tp_demo_double(p, "mib_per_s"), end);
    }
    for (int i = 0; i < TP_DEMO_READERS; i++, lines++) {
        const tp_demo_process_t *p = &demo->readers[i];
        printf("%-9s %6" PRIu32 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64, tp_demo_readers[i].name,
               tp_demo_readers[i].stream, tp_demo_published_by(demo, tp_demo_readers[i].source),
               tp_demo_number(p, "frames", NULL), drops_of(p));
        if (tp_demo_readers[i].is_stage) {
            printf("         -       -            -%s", end);
        } else {
            printf(" %9.1f %7.1f %9.2f ms%s", tp_demo_double(p, "frames_per_s"),
                   tp_demo_double(p, "mib_per_s"),
                   (double)tp_demo_number(p, "latency_ns", "p99") / 1e6, end);
        }
    }
    const tp_demo_process_t *far = &demo->leg.viewer;
    printf("%-9s %6u %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %9.1f %7.1f %9.2f ms%s", "bridged",
           TP_DEMO_LEG_DEST, tp_demo_leg_bridged(&demo->leg), tp_demo_number(far, "frames", NULL),
           drops_of(far), tp_demo_double(far, "frames_per_s"), tp_demo_double(far, "mib_per_s"),
           (double)tp_demo_number(far, "latency_ns", "p99") / 1e6, end);
    demo->lines_shown = lines + 1;
    fflush(stdout);
}

int tp_demo_write_sheet(const tp_demo_t *demo)
{
    const uint32_t w = 320, h = 180, gap = 8;
    tp_picture_t sheet;
    if (tp_picture_create(&sheet, TP_DEMO_CAMERAS * (w + gap) + gap, 2 * (h + gap) + gap, 24) !=
        TP_OK) {
        return tp_failed(demo->args.spec, "%s", tp_errmsg());
    }
    int shown = 0;
    for (uint32_t i = 0; i < 2 * TP_DEMO_CAMERAS; i++) {
        if (demo->pictures[i].rgb != NULL) {
            tp_picture_place(&sheet, gap + (i % TP_DEMO_CAMERAS) * (w + gap),
                             gap + (i / TP_DEMO_CAMERAS) * (h + gap), w, h, &demo->pictures[i]);
            shown++;
        }
    }
    const int rc = tp_picture_write_png(&sheet, demo->sheet);
    tp_picture_destroy(&sheet);
    if (rc != TP_OK) {
        return tp_failed(demo->args.spec, "%s", tp_errmsg());
    }
    return shown == 2 * TP_DEMO_CAMERAS
               ? TP_EXIT_OK
               : tp_failed(demo->args.spec, "only %d of %d streams showed a frame", shown,
                           2 * TP_DEMO_CAMERAS);
}

int tp_demo_add_up(const tp_demo_t *demo)
{
    int status = TP_EXIT_OK;
    uint64_t accepted = 0, torn = 0, corrupt = 0, bytes = 0;
    json_object *rows = json_object_new_array();
    if (!demo->args.json) {
        printf("\ntotals\n");
    }
    for (int i = 0; i < TP_DEMO_READERS; i++) {
        const tp_demo_process_t *p = &demo->readers[i];
        const uint64_t published = tp_demo_published_by(demo, tp_demo_readers[i].source);
        const uint64_t frames = tp_demo_number(p, "frames", NULL);
        const bool ok = p->has_summary && published > 0 && published == tp_demo_accounted_by(p);
        accepted += frames;
        bytes += tp_demo_number(p, "bytes", NULL);
        torn += tp_demo_number(p, "torn", NULL);
        corrupt += tp_demo_number(p, "corrupt", NULL);
        status |= ok ? TP_EXIT_OK : TP_EXIT_FAILED;
        if (demo->args.json) {
            json_object *row = json_object_new_object();
            tp_json_add_string(row, "reader", tp_demo_readers[i].name);
            tp_json_add_u64(row, "stream", tp_demo_readers[i].stream);
            tp_json_add_u64(row, "published", published);
            tp_json_add_u64(row, "accepted", frames);
            tp_json_add_u64(row, "drops", drops_of(p));
            tp_json_add_bool(row, "adds_up", ok);
            json_object_array_add(rows, row);
        } else {
            printf("  %-10s %" PRIu64 " published = %" PRIu64 " accepted + %" PRIu64 " dropped%s",
                   tp_demo_readers[i].name, published, frames, drops_of(p),
                   drops_of(p) > 0 ? " (" : "");
            print_causes(p);
            printf("%s%s\n", drops_of(p) > 0 ? " )" : "", ok ? "" : "   DOES NOT ADD UP");
        }
    }
    json_object *summary = demo->args.json ? json_object_new_object() : NULL;
    if (!tp_demo_leg_add_up(&demo->leg, tp_demo_published_by(demo, 0), summary)) {
        status = TP_EXIT_FAILED;
    }
    status |= torn + corrupt > 0 || accepted == 0 ? TP_EXIT_FAILED : TP_EXIT_OK;
    if (demo->args.json) {
        json_object *o = summary;
        tp_json_add_string(o, "event", "summary");
        tp_json_add_u64(o, "accepted", accepted);
        tp_json_add_u64(o, "bytes", bytes);
        tp_json_add_u64(o, "torn", torn);
        tp_json_add_u64(o, "corrupt", corrupt);
        tp_json_add_bool(o, "adds_up", status == TP_EXIT_OK);
        tp_json_add_string(o, "sheet", demo->sheet);
        json_object_object_add(o, "readers", rows);
        tp_json_line(o);
    } else {
        json_object_put(rows);
        printf("  %" PRIu64 " frames, %.1f MiB verified: %" PRIu64 " torn, %" PRIu64
               " corrupt; contact sheet: %s\n",
               accepted, (double)bytes / 1048576.0, torn, corrupt, demo->sheet);
    }
    return status;
}
