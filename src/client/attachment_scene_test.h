/* client/attachment_scene_test.h - one scripted driver, one client, one attachment whose role records what it is told. */
#ifndef TPI_CLIENT_ATTACHMENT_SCENE_H
#define TPI_CLIENT_ATTACHMENT_SCENE_H

#include "base/fail.h"
#include "client/attachment.h"
#include "fake_driver.h"

/* ---- a role that records ---- */

typedef struct dummy {
    tpi_attachment_t attachment;
    int map_result;
    int maps, unmaps, announces, notices, configs, ticks;
    uint64_t mapped_epoch;
} dummy_t;

static inline int dummy_map(void *role, const tpi_stream_layout_t *layout, int64_t now_ns)
{
    dummy_t *r = role;
    (void)now_ns;
    r->maps++;
    r->mapped_epoch = layout->epoch;
    return r->map_result == TP_OK ? TP_OK : tpi_fail(r->map_result, "the dummy does not like it");
}

static inline void dummy_unmap(void *role, int64_t now_ns)
{
    (void)now_ns;
    ((dummy_t *)role)->unmaps++;
    ((dummy_t *)role)->mapped_epoch = 0;
}

static inline void dummy_announce(void *role, const tpi_shm_pool_announce_t *announce,
                                  const uint8_t *data, size_t len, int64_t now_ns)
{
    (void)announce, (void)data, (void)len, (void)now_ns;
    ((dummy_t *)role)->announces++;
}

static inline void dummy_producer_revoked(void *role, const tpi_lease_revoked_t *notice,
                                          int64_t now_ns)
{
    (void)notice, (void)now_ns;
    ((dummy_t *)role)->notices++;
}

static inline void dummy_config(void *role, const tpi_consumer_config_t *config, int64_t now_ns)
{
    (void)config, (void)now_ns;
    ((dummy_t *)role)->configs++;
}

static inline int dummy_tick(void *role, int64_t now_ns)
{
    (void)now_ns;
    ((dummy_t *)role)->ticks++;
    return 0;
}

/* Has nothing to do by itself: the lease alone decides when it is looked at. */
static inline int64_t dummy_next_tick(const void *role, int64_t now_ns)
{
    (void)role, (void)now_ns;
    return TPI_NEVER;
}

static const tpi_role_ops_t dummy_ops = { .map = dummy_map,
                                          .unmap = dummy_unmap,
                                          .announce = dummy_announce,
                                          .producer_revoked = dummy_producer_revoked,
                                          .config = dummy_config,
                                          .tick = dummy_tick,
                                          .next_tick = dummy_next_tick };

/* ---- one driver, one client, one attachment ---- */

typedef struct scene {
    fake_driver_t driver;
    tp_client_t *client;
    dummy_t role;
} scene_t;

static scene_t scene;

static inline void set_up_as(uint8_t role_id, uint32_t client_id,
                             const tp_client_options_t *options)
{
    memset(&scene, 0, sizeof scene);
    fake_driver_init(&scene.driver);
    scene.client = fake_driver_client(&scene.driver, options);
    const tpi_attachment_options_t attach = { .role_id = role_id,
                                              .stream_id = FAKE_STREAM,
                                              .client_id = client_id };
    TP_CHECK_EQ_I64(
        tpi_attachment_init(&scene.role.attachment, scene.client, &attach, &dummy_ops, &scene.role),
        TP_OK);
}

static inline void set_up(void)
{
    set_up_as(TPI_ROLE_CONSUMER, 0, NULL);
}

static inline void tear_down(void)
{
    scene.driver.tick_ns = 10 * FAKE_MS;
    tpi_attachment_fini(&scene.role.attachment);
    tp_client_destroy(scene.client);
    fake_driver_fini(&scene.driver);
}

static inline void run_ms(int64_t ms)
{
    fake_driver_run(&scene.driver, scene.client, ms);
}

static inline tp_attach_status_t status(void)
{
    tp_attach_status_t out;
    tpi_attachment_status(&scene.role.attachment, &out);
    return out;
}

#define CHECK_STATE(name) TP_CHECK_EQ_I64(scene.role.attachment.state, TPI_LEASE_##name)

static inline void attach(void)
{
    for (int i = 0; i < 100 && scene.role.attachment.state != TPI_LEASE_ATTACHED; i++) {
        run_ms(10);
    }
    CHECK_STATE(ATTACHED);
}

/* ---- on the way through the states ---- */

static inline void go_to(tpi_lease_state_t state)
{
    fake_driver_t *d = &scene.driver;
    set_up();
    switch (state) {
    case TPI_LEASE_UNATTACHED: /* given up */
        d->answer = FAKE_REFUSE;
        d->code = TPI_CODE_UNSUPPORTED;
        d->text = "unsupported driver schema version";
        run_ms(30);
        break;
    case TPI_LEASE_ATTACHING:
        d->answer = FAKE_SILENT;
        run_ms(30);
        TP_CHECK_EQ_U64(d->requests, 1);
        break;
    case TPI_LEASE_ATTACHED:
        attach();
        break;
    case TPI_LEASE_DETACHING:
        attach();
        d->answer = FAKE_SILENT;
        tpi_attachment_close(&scene.role.attachment, d->now_ns);
        run_ms(20);
        TP_CHECK_EQ_U64(d->detaches, 1);
        break;
    case TPI_LEASE_BACKOFF:
        d->answer = FAKE_REFUSE;
        d->code = TPI_CODE_REJECTED;
        d->text = "no";
        run_ms(30);
        break;
    }
    TP_CHECK_EQ_I64(scene.role.attachment.state, state);
    d->answer = FAKE_SILENT;
    scene.role.maps = 0;
    scene.role.unmaps = 0;
}

static inline void break_response(fake_driver_t *d, tpi_attach_response_t *response)
{
    (void)d;
    response->header_nslots = 15; /* no power of two */
}

static inline void respond(fake_answer_t answer, int32_t code, bool is_broken)
{
    fake_driver_t *d = &scene.driver;
    d->answer = answer;
    d->code = code;
    d->text = "for reasons";
    d->edit_response = is_broken ? break_response : NULL;
    fake_driver_respond(d);
    d->edit_response = NULL;
    d->answer = FAKE_SILENT;
}

#endif
