/*
 * What one frame costs on each side, without Aeron: prints ns per operation. No gate, numbers to look at.
 *
 *   ring_cost [frames]
 */
#include <stdio.h>
#include <stdlib.h>

#include "consumer/ring_reader.h"
#include "ring_fixture.h"

static const uint32_t strides[] = { 4096, 65536 };

static double ns_each(int64_t from, uint64_t n)
{
    return (double)(tp_test_now_ns() - from) / (double)n;
}

static void publish(tpi_ring_writer_t *writer, const tp_frame_info_t *info)
{
    tp_claim_t claim;
    if (tpi_ring_writer_claim(writer, 0, &claim) != TP_OK ||
        tpi_ring_writer_commit(writer, &claim, 4096, info, claim.seq) != TP_OK) {
        abort();
    }
    ring_drain_announcements(writer);
}

int main(int argc, char **argv)
{
    const uint64_t frames = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000000;
    const uint32_t nslots = 64;
    ring_fixture_t ring;
    tpi_ring_writer_t writer;
    tpi_ring_reader_t reader;
    tp_consumer_stats_t stats = { .accepted = 0 };
    tp_frame_t frame = { .seq = 0 };
    const tpi_ring_reader_options_t options = { .gap_patience_ns = 1000000000 };
    ring_fixture_init(&ring, nslots, strides, 2);
    tpi_ring_writer_init(&writer, &ring.rw);
    tp_frame_info_t info = ring_frame_info(0, 4096);

    int64_t from = tp_test_now_ns();
    for (uint64_t i = 0; i < frames; i++) {
        publish(&writer, &info);
    }
    printf("claim, commit, announce, same tensor      %6.1f ns\n", ns_each(from, frames));

    from = tp_test_now_ns();
    for (uint64_t i = 0; i < frames; i++) {
        info.tensor.dims[0] = 4096 - (int32_t)(i & 1);
        publish(&writer, &info);
    }
    printf("claim, commit, announce, another tensor   %6.1f ns\n", ns_each(from, frames));

    if (tpi_ring_reader_init(&reader, &ring.ro, &options, &stats) != TP_OK) {
        return 1;
    }
    const int64_t now = tp_test_now_ns();
    uint64_t got = 0;
    from = tp_test_now_ns();
    for (uint64_t i = 0; i < frames; i++) {
        got += (uint64_t)tpi_ring_reader_next(&reader, now, &frame);
    }
    printf("next, nothing there                       %6.1f ns\n", ns_each(from, frames));

    from = tp_test_now_ns();
    for (uint64_t i = 0; i < frames; i++) {
        got += tpi_ring_reader_try(&reader, now, &frame) == 1;
    }
    printf("try, nothing there                        %6.1f ns\n", ns_each(from, frames));

    from = tp_test_now_ns();
    for (uint64_t i = 0; i < frames; i++) {
        publish(&writer, &info);
        got += (uint64_t)tpi_ring_reader_next(&reader, now, &frame);
    }
    printf("publish and next, one for one             %6.1f ns\n", ns_each(from, frames));

    for (int changes = 0; changes < 2; changes++) {
        double sum = 0;
        for (uint64_t i = 0; i < frames / 32; i++) {
            for (int k = 0; k < 32; k++) {
                info.tensor.dims[0] = 4096 - (k & changes);
                publish(&writer, &info);
            }
            from = tp_test_now_ns();
            for (int k = 0; k < 32; k++) {
                got += tpi_ring_reader_try(&reader, now, &frame) == 1;
            }
            sum += ns_each(from, 32);
        }
        printf("try, 32 at a time, %s tensor     %6.1f ns\n", changes ? "another " : "the same",
               sum / (double)(frames / 32));
    }

    from = tp_test_now_ns();
    for (uint64_t i = 0; i < frames; i++) {
        got += tpi_ring_reader_confirm(&reader, &frame);
    }
    printf("confirm                                   %6.1f ns\n", ns_each(from, frames));
    tpi_ring_reader_fini(&reader);
    ring_fixture_fini(&ring);
    return got > frames ? 0 : 1;
}
