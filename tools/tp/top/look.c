#include "top/look.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"
#include "link/cnc.h"
#include "regions/region_view.h"
#include "tp_common.h"

enum { DRIVER_TIMEOUT_MS = 10000 }; /* Aeron's default: silent for longer is dead */

/* The path came from a counter: what is there counts only if it says that it is that stream's
 * ring. */
static void look_into_ring(tp_top_stream_t *stream)
{
    tp_region_view_t view;
    tp_ring_view_t ring;
    if (stream->header_path[0] != '/' || tp_region_view_open(&view, stream->header_path) != TP_OK) {
        return;
    }
    const tpi_superblock_t *s = &view.superblock;
    if (view.has_superblock && s->stream_id == stream->stream_id && s->epoch == stream->epoch &&
        s->nslots == stream->nslots && tp_ring_view_read(&ring, &view, 0) == TP_OK) {
        stream->has_newest = ring.has_seq;
        stream->newest_seq = ring.newest_seq;
        free(ring.slots);
    }
    tp_region_view_close(&view);
}

static void look_at_media_driver(tp_top_media_driver_t *out, const char *aeron_dir)
{
    tpi_cnc_info_t info;
    int rc = tpi_cnc_read(aeron_dir, &info);
    if (rc == TP_OK) {
        out->is_readable = true;
        out->pid = info.pid;
        out->age_ms = info.age_ms;
        rc = tpi_cnc_check_alive(aeron_dir, &info, DRIVER_TIMEOUT_MS * INT64_C(1000000));
    }
    out->is_alive = rc == TP_OK;
    if (rc != TP_OK) {
        snprintf(out->text, sizeof out->text, "%s", tp_errmsg());
    }
}

void tp_top_look(tp_top_snapshot_t *out, const char *aeron_dir, int64_t now_ns)
{
    tp_top_begin(out, now_ns);
    look_at_media_driver(&out->media_driver, aeron_dir);
    if (!out->media_driver.is_readable) {
        return;
    }
    if (tpi_counters_foreach(aeron_dir, tp_top_add, out) != TP_OK) {
        out->media_driver.is_alive = false;
        snprintf(out->media_driver.text, sizeof out->media_driver.text, "%s", tp_errmsg());
    }
    for (size_t i = 0; i < out->nstreams; i++) {
        if (out->streams[i].has_counter) {
            look_into_ring(&out->streams[i]);
        }
    }
}
