/*
 * tp/demo/demo.h - the parts of one run of the demo, and its three outputs: the live table, the
 * contact sheet, and the sums.
 */
#ifndef TP_TOOL_DEMO_H
#define TP_TOOL_DEMO_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "demo/leg.h"
#include "demo/process.h"
#include "frames/snapshot.h"
#include "tensorpool/tensorpool.h"
#include "tp_common.h"

#define TP_DEMO_CAMERAS 3

/* Who reads what from whom, in starting order of the readers. */
enum {
    TP_DEMO_STAGE_1,
    TP_DEMO_STAGE_2,
    TP_DEMO_STAGE_3,
    TP_DEMO_VIEW_1,
    TP_DEMO_VIEW_2,
    TP_DEMO_VIEW_3,
    TP_DEMO_VIEW_RAW,
    TP_DEMO_VIEW_SLOW,
    TP_DEMO_READERS
};
typedef struct tp_demo_reader {
    const char *name;
    uint32_t stream;
    bool is_stage, is_slow;
    int source; /* camera index, or TP_DEMO_CAMERAS + stage index */
} tp_demo_reader_t;
extern const tp_demo_reader_t tp_demo_readers[TP_DEMO_READERS];

typedef struct tp_demo {
    tp_args_t args;
    int64_t seconds_ns;
    const char *inputs[TP_DEMO_CAMERAS];
    size_t ninputs;
    const char *sheet;
    char self[PATH_MAX];
    char dir[64]; /* everything of this run lies below */
    char aeron_dir[96], shm_dir[96], config[96];

    tp_demo_process_t driver;
    tp_demo_process_t decoders[TP_DEMO_CAMERAS];
    tp_demo_process_t cameras[TP_DEMO_CAMERAS];
    tp_demo_process_t readers[TP_DEMO_READERS];

    tp_demo_leg_t leg; /* of the first camera, to another host */

    tp_client_t *client; /* for the contact sheet */
    tp_consumer_t *lookers[2 * TP_DEMO_CAMERAS];
    tp_picture_t pictures[2 * TP_DEMO_CAMERAS];
    int lines_shown;
} tp_demo_t;

/** Frames published so far by a camera (0..) or a stage (TP_DEMO_CAMERAS + index). */
uint64_t tp_demo_published_by(const tp_demo_t *demo, int source);
/** accepted + thinned + drops by cause of a reader. */
uint64_t tp_demo_accounted_by(const tp_demo_process_t *process);

/** One table; drawn over the one before if `in_place`. */
void tp_demo_show(tp_demo_t *demo, int64_t elapsed_ns, bool in_place);
/** Raw frames above, processed ones below. TP_EXIT_OK, or TP_EXIT_FAILED if a stream showed none.
 */
int tp_demo_write_sheet(const tp_demo_t *demo);
/** Print the totals. TP_EXIT_FAILED if a sum is off or a frame was torn. */
int tp_demo_add_up(const tp_demo_t *demo);

#endif
