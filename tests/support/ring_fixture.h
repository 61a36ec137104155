/*
 * tests/support/ring_fixture.h - a stream's regions in anonymous shared memory, without files: one
 * writable view for a writer, one read-only view for readers, in this process and in forked ones.
 *
 * Frames carry their seq in every payload word, so that any reader can verify every byte.
 */
#ifndef RING_FIXTURE_H
#define RING_FIXTURE_H

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "producer/ring_writer.h"
#include "shm/region.h"
#include "shm/slot.h"
#include "shm/words.h"
#include "tensorpool/tensorpool.h"
#include "tp_test.h"

typedef struct ring_fixture {
    tpi_mapping_t rw;
    tpi_mapping_t ro;
} ring_fixture_t;

static inline void ring_fixture_map(ring_fixture_t *fixture, tpi_region_t *rw, tpi_region_t *ro,
                                    const tpi_superblock_t *superblock)
{
    (void)fixture;
    const uint32_t slot_bytes = superblock->slot_bytes;
    const size_t len = TPI_SUPERBLOCK_BYTES + (size_t)superblock->nslots * slot_bytes;
    const int fd = memfd_create("ring-fixture", MFD_CLOEXEC);
    TP_CHECK_GE_I64(fd, 0);
    TP_CHECK_EQ_I64(ftruncate(fd, (off_t)len), 0);
    void *writable = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    void *readable = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    TP_CHECK(writable != MAP_FAILED && readable != MAP_FAILED);
    close(fd);
    tpi_superblock_publish(writable, superblock);
    *rw = (tpi_region_t){ .base = writable,
                          .mapped_len = len,
                          .needed_len = len,
                          .page_bytes = 4096,
                          .superblock = *superblock };
    *ro = *rw;
    ro->base = readable;
}

/** Pools get the ids 1.., strides ascending. Zeroed, as a driver leaves them. */
static inline void ring_fixture_init(ring_fixture_t *fixture, uint32_t nslots,
                                     const uint32_t *strides, size_t npools)
{
    memset(fixture, 0, sizeof(*fixture));
    tpi_superblock_t superblock = {
        .magic = TPI_SUPERBLOCK_MAGIC,
        .layout_version = TPI_LAYOUT_VERSION,
        .epoch = 7,
        .stream_id = 1001,
        .region_type = TPI_REGION_HEADER_RING,
        .nslots = nslots,
        .slot_bytes = TPI_SLOT_BYTES,
        .pid = 1,
    };
    fixture->rw.stream_id = superblock.stream_id;
    fixture->rw.epoch = superblock.epoch;
    fixture->rw.nslots = nslots;
    fixture->rw.mask = nslots - 1;
    fixture->rw.npools = npools;
    fixture->ro = fixture->rw;
    ring_fixture_map(fixture, &fixture->rw.ring, &fixture->ro.ring, &superblock);
    for (size_t i = 0; i < npools; i++) {
        superblock.region_type = TPI_REGION_PAYLOAD_POOL;
        superblock.pool_id = (uint16_t)(i + 1);
        superblock.slot_bytes = strides[i];
        superblock.stride_bytes = strides[i];
        ring_fixture_map(fixture, &fixture->rw.pools[i], &fixture->ro.pools[i], &superblock);
    }
}

static inline void ring_fixture_unmap(tpi_mapping_t *mapping)
{
    munmap(mapping->ring.base, mapping->ring.mapped_len);
    for (size_t i = 0; i < mapping->npools; i++) {
        munmap(mapping->pools[i].base, mapping->pools[i].mapped_len);
    }
}

static inline void ring_fixture_fini(ring_fixture_t *fixture)
{
    ring_fixture_unmap(&fixture->rw);
    ring_fixture_unmap(&fixture->ro);
}

/** The word in the slot of `seq`. */
static inline uint64_t ring_fixture_word(const ring_fixture_t *fixture, uint64_t seq)
{
    return tpi_slot_load_word(tpi_mapping_slot(&fixture->ro, (uint32_t)seq & fixture->ro.mask));
}

static inline void ring_fixture_set_word(ring_fixture_t *fixture, uint64_t seq, uint64_t word)
{
    tpi_slot_store_word(tpi_mapping_slot(&fixture->rw, (uint32_t)seq & fixture->rw.mask), word);
}

/* ---- frames ---- */

static inline tp_frame_info_t ring_frame_info(uint64_t seq, size_t length)
{
    tp_frame_info_t info = { .meta_version = (uint32_t)seq & 3u, .trace_id = seq * 3 };
    const int32_t dim = (int32_t)length;
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, &dim), TP_OK);
    return info;
}

static inline uint64_t ring_payload_word(uint64_t seq, size_t i)
{
    return (seq + 1) * UINT64_C(0x9E3779B97F4A7C15) + i;
}

/* By words, so that neither tearing inside a word nor ThreadSanitizer has to be thought of. */
static inline void ring_fill_payload(uint8_t *data, size_t length, uint64_t seq)
{
    for (size_t i = 0; i < length / 8; i++) {
        tpi_shm_store(data, i, ring_payload_word(seq, i));
    }
}

static inline bool ring_payload_holds(const uint8_t *data, size_t length, uint64_t seq)
{
    for (size_t i = 0; i < length / 8; i++) {
        if (tpi_shm_load(data, i) != ring_payload_word(seq, i)) {
            return false;
        }
    }
    return true;
}

static inline void ring_drain_announcements(tpi_ring_writer_t *writer)
{
    tpi_ring_claim_t announced;
    while (tpi_ring_writer_next_announce(writer, &announced)) {
    }
}

static inline int ring_commit(tpi_ring_writer_t *writer, const tp_claim_t *claim, size_t length)
{
    const tp_frame_info_t info = ring_frame_info(claim->seq, length);
    ring_fill_payload(claim->data, length, claim->seq);
    return tpi_ring_writer_commit(writer, claim, length, &info, 1000 + claim->seq);
}

/** Claim, fill, commit, drain; returns the seq. */
static inline uint64_t ring_publish(tpi_ring_writer_t *writer, size_t length)
{
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tpi_ring_writer_claim(writer, 0, &claim), TP_OK);
    TP_CHECK_EQ_I64(ring_commit(writer, &claim, length), TP_OK);
    ring_drain_announcements(writer);
    return claim.seq;
}

/** Is the frame what ring_publish made of its seq? Valid only while the slot is not overwritten. */
static inline bool ring_frame_holds(const tp_frame_t *frame)
{
    return frame->timestamp_ns == 1000 + frame->seq &&
           frame->meta_version == ((uint32_t)frame->seq & 3u) && frame->tensor.ndims == 1 &&
           (size_t)frame->tensor.dims[0] == frame->length &&
           ring_payload_holds(frame->data, frame->length, frame->seq);
}

#endif
