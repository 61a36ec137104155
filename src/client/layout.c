/*
 * client/layout.c - from decoded messages to what shm/region.h maps.
 */
#include <sys/mman.h>

#include "client/client_internal.h"
#include "shm/words.h"

static void pools_of(const tpi_pool_entry_t *entries, size_t npools, tpi_pool_layout_t *out)
{
    for (size_t i = 0; i < npools; i++) {
        out[i] = (tpi_pool_layout_t){
            .pool_id = entries[i].pool_id,
            .nslots = entries[i].nslots,
            .stride_bytes = entries[i].stride_bytes,
            .uri = (const char *)entries[i].region_uri.data,
            .uri_len = entries[i].region_uri.len,
        };
    }
}

void tpi_layout_of_announce(const tpi_shm_pool_announce_t *announce, tpi_pool_layout_t *pools,
                            tpi_stream_layout_t *out)
{
    pools_of(announce->pools, announce->npools, pools);
    *out = (tpi_stream_layout_t){
        .stream_id = announce->stream_id,
        .epoch = announce->epoch,
        .layout_version = announce->layout_version,
        .nslots = announce->header_nslots,
        .header_slot_bytes = announce->header_slot_bytes,
        .header_uri = (const char *)announce->header_region_uri.data,
        .header_uri_len = announce->header_region_uri.len,
        .pools = pools,
        .npools = announce->npools,
    };
}

void tpi_layout_of_response(const tpi_attach_response_t *response, tpi_pool_layout_t *pools,
                            tpi_stream_layout_t *out)
{
    pools_of(response->pools, response->npools, pools);
    *out = (tpi_stream_layout_t){
        .stream_id = response->stream_id,
        .epoch = response->epoch,
        .layout_version = response->layout_version,
        .nslots = response->header_nslots,
        .header_slot_bytes = response->header_slot_bytes,
        .header_uri = (const char *)response->header_region_uri.data,
        .header_uri_len = response->header_region_uri.len,
        .pools = pools,
        .npools = response->npools,
    };
}

static void prefault_region(const tpi_region_t *region, bool is_writable)
{
#if defined(MADV_POPULATE_READ) && defined(MADV_POPULATE_WRITE)
    if (madvise(region->base, region->mapped_len,
                is_writable ? MADV_POPULATE_WRITE : MADV_POPULATE_READ) == 0) {
        return;
    }
#else
    (void)is_writable;
#endif
    /* Older kernels: a load from each page. */
    uint64_t sum = 0;
    for (uint64_t at = 0; at + 8 <= region->needed_len; at += 4096) {
        sum += tpi_shm_load(region->base + at, 0);
    }
    (void)sum;
}

void tpi_mapping_prefault(const tpi_mapping_t *mapping, bool is_writable)
{
    prefault_region(&mapping->ring, is_writable);
    for (size_t i = 0; i < mapping->npools; i++) {
        prefault_region(&mapping->pools[i], is_writable);
    }
}
