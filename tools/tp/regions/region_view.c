/*
 * tools/tp/regions/region_view.c - see region_view.h.
 *
 * pread instead of mmap: a file that is cut short while we look is a short read and not a SIGBUS. A word may be rewritten while
 * it is copied; the slot's seqCommit is therefore read before and after, as any reader does.
 */
#include "regions/region_view.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "tensorpool/tensor.h"

enum { BATCH = 128 };

static void fault(tp_region_view_t *view, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void fault(tp_region_view_t *view, const char *format, ...)
{
    if (view->nfaults < TP_VIEW_FAULTS) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(view->faults[view->nfaults], TP_VIEW_FAULT_LEN, format, arguments);
        va_end(arguments);
        view->nfaults++;
    }
}

static bool is_power_of_two(uint64_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

/* The rules of wire.md 2.1 that can be told from one file. */
static void judge(tp_region_view_t *view)
{
    const tpi_superblock_t *s = &view->superblock;
    if (s->magic != TPI_SUPERBLOCK_MAGIC) {
        fault(view, "magic is 0x%016llx, expected 0x%016llx", (unsigned long long)s->magic,
              (unsigned long long)TPI_SUPERBLOCK_MAGIC);
        return;
    }
    if (s->layout_version != TPI_LAYOUT_VERSION) {
        fault(view, "layoutVersion is %u, expected %u", s->layout_version, TPI_LAYOUT_VERSION);
    }
    if (!is_power_of_two(s->nslots)) {
        fault(view, "nslots is %u, expected a power of two", s->nslots);
    }
    uint64_t slot_bytes = 0;
    if (s->region_type == TPI_REGION_HEADER_RING) {
        slot_bytes = TPI_SLOT_BYTES;
        if (s->slot_bytes != TPI_SLOT_BYTES) {
            fault(view, "slotBytes is %u, expected %u in a header ring", s->slot_bytes,
                  TPI_SLOT_BYTES);
        }
        if (s->pool_id != 0) {
            fault(view, "poolId is %u, expected 0 in a header ring", s->pool_id);
        }
    } else if (s->region_type == TPI_REGION_PAYLOAD_POOL) {
        slot_bytes = s->stride_bytes;
        if (!is_power_of_two(s->stride_bytes) || s->stride_bytes < 64) {
            fault(view, "strideBytes is %u, expected a power of two from 64 on", s->stride_bytes);
        }
        if (s->slot_bytes != s->stride_bytes) {
            fault(view, "slotBytes is %u, expected strideBytes %u in a payload pool", s->slot_bytes,
                  s->stride_bytes);
        }
    } else {
        fault(view, "regionType is %d, expected 1 (header ring) or 2 (payload pool)",
              s->region_type);
    }
    if (slot_bytes > 0) {
        view->needed_bytes = TPI_SUPERBLOCK_BYTES + slot_bytes * s->nslots;
        if (view->file_bytes < view->needed_bytes) {
            fault(view, "the file has %llu bytes, %u slots need %llu",
                  (unsigned long long)view->file_bytes, s->nslots,
                  (unsigned long long)view->needed_bytes);
        }
    }
    if ((view->mode & 07) != 0) {
        fault(view, "mode 0%03o gives rights to others, which peers refuse", (unsigned)view->mode);
    }
    view->owner_alive =
        s->pid > 0 && s->pid <= INT32_MAX && (kill((pid_t)s->pid, 0) == 0 || errno == EPERM);
}

int tp_region_view_open_fd(tp_region_view_t *out, int fd, const char *path)
{
    struct stat status;
    uint8_t bytes[TPI_SUPERBLOCK_BYTES];
    memset(out, 0, sizeof *out);
    out->fd = fd;
    if (fstat(fd, &status) != 0) {
        const int rc = tpi_fail_errno("%s", path);
        tp_region_view_close(out);
        return rc;
    }
    if (!S_ISREG(status.st_mode)) {
        tp_region_view_close(out);
        return tpi_fail(TP_EPATH, "%s: no regular file", path);
    }
    out->file_bytes = (uint64_t)status.st_size;
    out->mode = status.st_mode & 0777;
    const ssize_t got = pread(fd, bytes, sizeof bytes, 0);
    if (got < 0) {
        const int rc = tpi_fail_errno("%s", path);
        tp_region_view_close(out);
        return rc;
    }
    if ((size_t)got < sizeof bytes) {
        fault(out, "the file has %llu bytes, a superblock alone has %u",
              (unsigned long long)out->file_bytes, TPI_SUPERBLOCK_BYTES);
        return TP_OK;
    }
    out->has_superblock = true;
    tpi_superblock_decode(bytes, &out->superblock);
    judge(out);
    return TP_OK;
}

int tp_region_view_open(tp_region_view_t *out, const char *path)
{
    /* O_NONBLOCK: a fifo must not hold us up. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return tpi_fail_errno("%s", path);
    }
    return tp_region_view_open_fd(out, fd, path);
}

void tp_region_view_close(tp_region_view_t *view)
{
    if (view->fd >= 0) {
        close(view->fd);
    }
    view->fd = -1;
}

/* ---- rings ---- */

static void view_slot(const tp_region_view_t *view, uint32_t index, const tpi_slot_image_t *image,
                      uint64_t again, tp_slot_view_t *out)
{
    *out = (tp_slot_view_t){ .index = index, .word = image->words[0] };
    out->seq = tpi_word_seq(out->word);
    if (again != out->word) {
        out->state = TP_SLOT_MOVING;
        return;
    }
    if (out->word == 0) {
        /* 0 is also the in-progress word of the very first frame: told apart by nothing, and of no consequence. */
        out->state = TP_SLOT_EMPTY;
        return;
    }
    if (!tpi_word_is_committed(out->word)) {
        out->state = TP_SLOT_IN_PROGRESS;
        return;
    }
    tpi_slot_header_t judged;
    out->state = TP_SLOT_COMMITTED;
    out->has_header = tpi_slot_decode_raw(image, &out->header);
    out->verdict = tpi_slot_decode(image, index, &judged);
    if (out->verdict == TPI_SLOT_OK && (out->seq & (view->superblock.nslots - 1)) != index) {
        out->verdict = TPI_SLOT_IDENTITY; /* Rule: W-41 the index follows from seq */
    }
}

/* Keep the newest `cap` slots. */
static void keep_slot(tp_slot_view_t *slots, size_t *count, size_t cap, const tp_slot_view_t *slot)
{
    if (*count < cap) {
        slots[(*count)++] = *slot;
        return;
    }
    size_t oldest = 0;
    for (size_t i = 1; i < cap; i++) {
        oldest = slots[i].seq < slots[oldest].seq ? i : oldest;
    }
    if (cap > 0 && slot->seq > slots[oldest].seq) {
        slots[oldest] = *slot;
    }
}

static void count_slot(tp_ring_view_t *ring, const tp_slot_view_t *slot)
{
    ring->empty += slot->state == TP_SLOT_EMPTY;
    ring->moving += slot->state == TP_SLOT_MOVING;
    ring->in_progress += slot->state == TP_SLOT_IN_PROGRESS;
    if (slot->state == TP_SLOT_COMMITTED) {
        ring->committed++;
        ring->refused += slot->verdict != TPI_SLOT_OK;
        ring->oldest_seq =
            !ring->has_seq || slot->seq < ring->oldest_seq ? slot->seq : ring->oldest_seq;
        ring->newest_seq =
            !ring->has_seq || slot->seq > ring->newest_seq ? slot->seq : ring->newest_seq;
        ring->has_seq = true;
    }
}

static int newest_first(const void *a, const void *b)
{
    const tp_slot_view_t *x = a;
    const tp_slot_view_t *y = b;
    return x->seq < y->seq ? 1 : x->seq > y->seq ? -1 : 0;
}

int tp_ring_view_read(tp_ring_view_t *out, const tp_region_view_t *view, size_t newest)
{
    memset(out, 0, sizeof *out);
    const tpi_superblock_t *s = &view->superblock;
    if (!view->has_superblock || s->magic != TPI_SUPERBLOCK_MAGIC ||
        s->region_type != TPI_REGION_HEADER_RING || !is_power_of_two(s->nslots)) {
        return tpi_fail(TP_ELAYOUT, "not a header ring");
    }
    /* A superblock may promise anything: go by the file. */
    uint64_t count = (view->file_bytes - TPI_SUPERBLOCK_BYTES) / TPI_SLOT_BYTES;
    count = count < s->nslots ? count : s->nslots;
    const size_t cap = newest < count ? newest : count;
    tp_slot_view_t *slots = calloc(cap + 1, sizeof *slots);
    tpi_slot_image_t *images = malloc(2 * sizeof *images * BATCH);
    int rc = TP_OK;
    if (slots == NULL || images == NULL) {
        rc = tpi_fail(TP_ENOMEM, "no memory for %zu slots", cap);
    }
    for (uint64_t i = 0; i < count && rc == TP_OK; i += BATCH) {
        /* Twice: what has another seqCommit the second time was being written the first time. */
        const size_t n = count - i < BATCH ? (size_t)(count - i) : (size_t)BATCH;
        const size_t bytes = n * sizeof *images;
        const off_t at = (off_t)(TPI_SUPERBLOCK_BYTES + i * TPI_SLOT_BYTES);
        if (pread(view->fd, images, bytes, at) != (ssize_t)bytes ||
            pread(view->fd, images + BATCH, bytes, at) != (ssize_t)bytes) {
            rc = tpi_fail(TP_EIO, "slots %llu to %llu cannot be read", (unsigned long long)i,
                          (unsigned long long)(i + n - 1));
            break;
        }
        for (size_t j = 0; j < n; j++) {
            tp_slot_view_t slot;
            view_slot(view, (uint32_t)(i + j), &images[j], images[BATCH + j].words[0], &slot);
            count_slot(out, &slot);
            if (slot.state != TP_SLOT_EMPTY) {
                keep_slot(slots, &out->nslots, cap, &slot);
            }
        }
    }
    free(images);
    if (rc != TP_OK) {
        free(slots);
        memset(out, 0, sizeof *out);
        return rc;
    }
    qsort(slots, out->nslots, sizeof *slots, newest_first);
    out->slots = slots;
    return TP_OK;
}

const char *tp_slot_state_name(const tp_slot_view_t *slot)
{
    switch (slot->state) {
    case TP_SLOT_EMPTY:
        return "empty";
    case TP_SLOT_IN_PROGRESS:
        return "in_progress";
    case TP_SLOT_COMMITTED:
        return "committed";
    case TP_SLOT_MOVING:
        return "moving";
    }
    return "?";
}

const char *tp_slot_verdict_name(tpi_slot_verdict_t verdict)
{
    switch (verdict) {
    case TPI_SLOT_OK:
        return "ok";
    case TPI_SLOT_ODD:
        return "odd";
    case TPI_SLOT_CHANGED:
        return "changed";
    case TPI_SLOT_IDENTITY:
        return "identity";
    case TPI_SLOT_HEADER:
        return "header";
    case TPI_SLOT_PAYLOAD:
        return "payload";
    }
    return "?";
}
