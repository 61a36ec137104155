/*
 * tests/support/driver_scene.h - the real SHM driver on the fake link, and clients beside it, by one stepped clock: for tests of
 * roles that hold several leases. (fake_driver.h plays a driver for one stream, by script.)
 *
 * Two static streams, DRIVER_SCENE_A and _B; profiles "small" (4 slots of 4 KiB) and "two" (8 slots of 4 and of 16 KiB).
 */
#ifndef DRIVER_SCENE_H
#define DRIVER_SCENE_H

#include <string.h>

#include "client/client_internal.h"
#include "link/fake_link.h"
#include "tensorpool/driver.h"
#include "tp_test.h"

#define SCENE_MS INT64_C(1000000)
enum {
    DRIVER_SCENE_CONTROL = 1000,
    DRIVER_SCENE_ANNOUNCE = 1001,
    DRIVER_SCENE_A = 10000,
    DRIVER_SCENE_B = 10100
};

/* Of driver/internal.h, which has names in common with client/. */
int tpi_driver_create_with_link(tp_driver_t **out, const tp_driver_options_t *options,
                                tpi_link_t *link);
bool tpi_driver_settle(tp_driver_t *driver);

typedef struct driver_scene {
    int64_t now_ns;
    tpi_fake_bus_t *bus;
    tpi_link_t *driver_link;
    tpi_link_t *peer_link; /* for what a test sends and hears itself; turned with the driver */
    tp_driver_t *driver;
    tp_driver_options_t options;
    tp_driver_profile_t profiles[2];
    tp_driver_pool_t pools[2];
    tp_driver_stream_t streams[2];
    char base[256];
    uint64_t seeds;
    bool is_stepping;
} driver_scene_t;

/* One duty cycle, and what helper threads do for it, at the same time by the clock. */
static inline void driver_scene_step(driver_scene_t *scene)
{
    if (scene->driver == NULL) {
        return;
    }
    scene->is_stepping = true;
    tp_driver_do_work(scene->driver);
    while (tpi_driver_settle(scene->driver)) {
        tp_driver_do_work(scene->driver);
    }
    tpi_link_do_work(scene->peer_link, scene->now_ns);
    scene->is_stepping = false;
}

static inline int64_t driver_scene_driver_clock(void *clientd)
{
    return ((driver_scene_t *)clientd)->now_ns;
}

static inline int64_t driver_scene_realtime(void *clientd)
{
    return ((driver_scene_t *)clientd)->now_ns + INT64_C(1700000000000000000);
}

/* The clients' clock also turns the driver, so that waits inside the library get their answers. */
static inline int64_t driver_scene_clock(void *clientd)
{
    driver_scene_t *scene = clientd;
    if (!scene->is_stepping) {
        driver_scene_step(scene);
    }
    return scene->now_ns;
}

/* Change scene->options, ->profiles, ->streams after it, then driver_scene_start. */
static inline void driver_scene_prepare(driver_scene_t *scene)
{
    memset(scene, 0, sizeof *scene);
    scene->now_ns = 1000000 * SCENE_MS;
    tp_test_path(scene->base, sizeof scene->base, "base");
    scene->pools[0] = (tp_driver_pool_t){ 1, 4096 };
    scene->pools[1] = (tp_driver_pool_t){ 2, 16384 };
    scene->profiles[0] = (tp_driver_profile_t){ "small", 4, scene->pools, 1 };
    scene->profiles[1] = (tp_driver_profile_t){ "two", 8, scene->pools, 2 };
    scene->streams[0] = (tp_driver_stream_t){ "a", DRIVER_SCENE_A, "two" };
    scene->streams[1] = (tp_driver_stream_t){ "b", DRIVER_SCENE_B, "two" };
    scene->options = (tp_driver_options_t)TP_DRIVER_OPTIONS_INIT;
    scene->options.instance_id = "unit";
    scene->options.base_dir = scene->base;
    scene->options.control_channel = "aeron:ipc";
    scene->options.control_stream_id = DRIVER_SCENE_CONTROL;
    scene->options.announce_stream_id = DRIVER_SCENE_ANNOUNCE;
    scene->options.profiles = scene->profiles;
    scene->options.nprofiles = 2;
    scene->options.streams = scene->streams;
    scene->options.nstreams = 2;
    scene->options.clock = driver_scene_driver_clock;
    scene->options.realtime_clock = driver_scene_realtime;
    scene->options.clock_clientd = scene;
    TP_CHECK_EQ_I64(tpi_fake_bus_create(&scene->bus), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_create_fake(&scene->driver_link, scene->bus), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_create_fake(&scene->peer_link, scene->bus), TP_OK);
}

static inline void driver_scene_start(driver_scene_t *scene)
{
    const int rc = tpi_driver_create_with_link(&scene->driver, &scene->options, scene->driver_link);
    TP_CHECK_MSG(rc == TP_OK, "driver: %s", tp_errmsg());
    for (int i = 0; i < 5; i++) {
        driver_scene_step(scene);
    }
    TP_CHECK_EQ_I64(tp_driver_state(scene->driver), TP_DRIVER_RUNNING);
}

/* Another client on the bus; options may be NULL, or name all but clock and link. */
static inline tp_client_t *driver_scene_client(driver_scene_t *scene,
                                               const tp_client_options_t *options)
{
    const char *dirs[] = { tp_test_shm_dir(), scene->base };
    tp_client_options_t o = TP_CLIENT_OPTIONS_INIT;
    tpi_link_t *link = NULL;
    tp_client_t *client = NULL;
    if (options != NULL) {
        o = *options;
    }
    o.announce_stream_id = DRIVER_SCENE_ANNOUNCE;
    o.allowed_base_dirs = dirs;
    o.allowed_base_dirs_count = 2;
    o.clock = driver_scene_clock;
    o.clock_clientd = scene;
    o.random_seed = 99 + scene->seeds++;
    TP_CHECK_EQ_I64(tpi_link_create_fake(&link, scene->bus), TP_OK);
    const int rc = tpi_client_create_with_link(&client, &o, link);
    TP_CHECK_MSG(rc == TP_OK, "client: %s", tp_errmsg());
    return client;
}

/* Clients first. */
static inline void driver_scene_close(driver_scene_t *scene)
{
    tp_driver_destroy(scene->driver);
    scene->driver = NULL;
    tpi_link_destroy(scene->driver_link);
    tpi_link_destroy(scene->peer_link);
    tpi_fake_bus_destroy(scene->bus);
}

#endif
