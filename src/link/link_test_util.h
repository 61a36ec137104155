/*
 * For the tests that need a real media driver: one in the test's own directory, and links driven together with it.
 */
#ifndef TPI_LINK_TEST_UTIL_H
#define TPI_LINK_TEST_UTIL_H

#include <string.h>

#include "link/link.h"
#include "tensorpool/error.h"
#include "tensorpool/media_driver.h"
#include "tp_test.h"

#define CHANNEL "aeron:ipc?term-length=64k"

typedef struct heard {
    int messages;
    size_t bytes;
    uint8_t last[200000];
    size_t last_len;
    tpi_message_info_t info;
    int available;
    int unavailable;
    int32_t session_id;
} heard_t;

static inline void on_message(void *clientd, const uint8_t *data, size_t len,
                              const tpi_message_info_t *info)
{
    heard_t *heard = clientd;
    heard->messages++;
    heard->bytes += len;
    heard->last_len = len < sizeof(heard->last) ? len : sizeof(heard->last);
    memcpy(heard->last, data, heard->last_len);
    heard->info = *info;
}

static inline void on_image(void *clientd, int32_t session_id, bool available)
{
    heard_t *heard = clientd;
    heard->session_id = session_id;
    if (available) {
        heard->available++;
    } else {
        heard->unavailable++;
    }
}

/* The driver is fast: timer 10 ms, a client is dead after 1 s. */
static inline tp_media_driver_t *start_driver(bool invoker)
{
    tp_media_driver_options_t options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    options.aeron_dir = tp_test_aeron_dir();
    options.invoker = invoker;
    options.timer_interval_ns = 10000000;
    options.client_liveness_timeout_ns = 1000000000;
    tp_media_driver_t *driver = NULL;
    const int rc = tp_media_driver_create(&driver, &options);
    TP_CHECK_MSG(rc == TP_OK, "%s", tp_errmsg());
    return driver;
}

static inline tpi_link_t *make_link(int64_t driver_timeout_ns)
{
    const tpi_link_options_t options = { .aeron_dir = tp_test_aeron_dir(),
                                         .client_name = "link test",
                                         .driver_timeout_ns = driver_timeout_ns,
                                         .reconnect_interval_ns = 10000000 };
    tpi_link_t *link = NULL;
    TP_CHECK_EQ_I64(tpi_link_create_aeron(&link, &options), TP_OK);
    return link;
}

/* One turn of everything; either may be NULL. Fails when a call takes longer than 500 ms: nothing here may block. */
static inline int turn(tp_media_driver_t *invoker, tpi_link_t *a, tpi_link_t *b)
{
    const int64_t before = tp_test_now_ns();
    int work = 0;
    if (invoker != NULL) {
        work += tp_media_driver_do_work(invoker);
    }
    if (a != NULL) {
        work += tpi_link_do_work(a, tp_test_now_ns());
    }
    if (b != NULL) {
        work += tpi_link_do_work(b, tp_test_now_ns());
    }
    TP_CHECK_LT_I64(tp_test_now_ns() - before, 500000000);
    return work;
}

#endif
