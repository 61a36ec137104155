/*
 * Leases from attach to end, as a peer on the control stream sees them.
 */
#include "driver/driver_test_util.h"

/* Proves: D-21, D-23, D-25, D-31, D-48, D-75, D-86 */
TP_TEST(producer_attach_makes_an_epoch_answers_and_announces_it)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t ok;
    TP_CHECK_EQ_U64(tp_test_count_files(rig.base), 0);
    rig_attach(&rig, STREAM_B, 77, TPI_ROLE_PRODUCER, &ok);
    TP_CHECK_EQ_I64(tpi_attach_response_verify(&ok, TPI_DIALECT_V11, STREAM_B), TP_OK);
    TP_CHECK_EQ_U64(ok.stream_id, STREAM_B);
    TP_CHECK_EQ_U64(ok.max_dims, 8);
    TP_CHECK_EQ_U64(ok.header_nslots, 8);
    TP_CHECK_EQ_U64(ok.npools, 2);
    TP_CHECK_EQ_U64(ok.epoch, (uint64_t)rig.real_ns);
    TP_CHECK_EQ_U64(ok.lease_expiry_timestamp_ns, (uint64_t)(rig.now_ns + 3 * SEC));
    char uri[512];
    snprintf(uri, sizeof(uri), "shm:file?path=%s/stream-%u/unit/epoch-%llu/payload-2.pool", rig.base, STREAM_B,
        (unsigned long long)ok.epoch);
    rig_view_is(ok.pools[1].region_uri, uri);
    tpi_shm_pool_announce_t announce;
    rig_last_announce(&rig, STREAM_B, &announce);
    TP_CHECK_EQ_U64(announce.epoch, ok.epoch);
    TP_CHECK_EQ_U64(announce.producer_id, 77);
    TP_CHECK_EQ_U64(announce.clock_domain, TPI_CLOCK_MONOTONIC);
    TP_CHECK_EQ_U64(announce.announce_timestamp_ns, (uint64_t)rig.now_ns);
    rig_view_is(announce.pools[1].region_uri, uri);
    TP_CHECK_EQ_U64(tp_test_count_files(rig.base), 4); /* ring, two pools, lock */
    rig_close(&rig);
}
TP_TEST_MAIN()
