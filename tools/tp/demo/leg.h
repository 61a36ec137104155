/*
 * tp/demo/leg.h - the leg of the demo that leaves the host: a camera's stream, bridged to a second
 * media driver and SHM driver, and a verifying viewer there.
 *
 * The hosts are two network namespaces with a veth pair where this machine allows that, else two
 * media drivers over loopback UDP. Namespaces have no names and go with the demo's processes.
 */
#ifndef TP_TOOL_DEMO_LEG_H
#define TP_TOOL_DEMO_LEG_H

#include <stdbool.h>
#include <stdint.h>

#include "demo/process.h"
#include "tp_common.h"

#define TP_DEMO_LEG_SOURCE 1001u
#define TP_DEMO_LEG_DEST 3001u

typedef struct tp_demo_leg {
    int near_ns, far_ns; /* for tp_demo_start_in; -1: the demo's own */
    char what[128];      /* the network it runs over, for people */
    char dir[96], aeron_dir[112], shm_dir[112], driver_config[112], bridge_config[112];
    tp_demo_process_t driver, receiver, sender, viewer;
} tp_demo_leg_t;

/** Make the network and the files, below `dir`, which is the demo's. Never fails for want of
 * namespaces. TP_OK or TP_EIO with a text. */
int tp_demo_leg_prepare(tp_demo_leg_t *leg, const char *dir);
/** Far driver, both halves of the bridge, viewer; the near driver is ready. TP_OK, TP_E* with a
 * text. */
int tp_demo_leg_start(tp_demo_leg_t *leg, const char *self, const char *near_aeron_dir);
/** Both halves and the viewer are attached. Listens. */
bool tp_demo_leg_is_there(tp_demo_leg_t *leg);
void tp_demo_leg_listen(tp_demo_leg_t *leg);
/** Its camera has ended: let what is under way arrive, then end all but the driver. False: one did
 * not end well. */
bool tp_demo_leg_stop(tp_demo_leg_t *leg);
/** End the driver, remove the files. */
void tp_demo_leg_clean_up(tp_demo_leg_t *leg);

/** Frames that arrived on the far side. */
uint64_t tp_demo_leg_bridged(const tp_demo_leg_t *leg);
/** Print the totals, or add them to `summary` if that is not NULL. False: nothing arrived, a frame
 * was corrupt, or the sums are off. */
bool tp_demo_leg_add_up(const tp_demo_leg_t *leg, uint64_t published, json_object *summary);

#endif
