/*
 * Subscriptions: images, and messages with their fragments put together.
 *
 * Aeron's callbacks note images in an array; tpi_aeron_tell_images tells the user after aeron_main_do_work has returned. An image
 * is known by its correlation id, as a session id may come back on another image before the old one is gone.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "link/aeron_link.h"

/* Frame flags of Aeron's data header: first and last fragment of a message. */
#define FRAME_BEGIN 0x80
#define FRAME_END 0x40
#define UNFRAGMENTED (FRAME_BEGIN | FRAME_END)
/* A poll for n whole messages reads at most this many fragments beyond n. */
#define EXTRA_FRAGMENTS 1024

typedef struct image {
    int64_t correlation_id;
    int64_t joined_ns;
    int32_t session_id;
    bool told; /* the user knows that it is there */
    bool gone;
} image_t;

typedef struct aeron_sub {
    tpi_subscription_t base;
    aeron_subscription_t *subscription; /* NULL unless READY */
    /* Of the poll that is under way. */
    tpi_message_handler_t handler;
    void *handler_clientd;
    int delivered;
    size_t last; /* index of the image of the last message */
    image_t *images;
    size_t image_count;
    size_t image_cap;
    /* Made for the first fragmented message: most subscriptions never see one. Rule: W-10, D-18 */
    aeron_fragment_assembler_t *assembler;
    tpi_image_handler_t on_image;
    void *clientd;
    tpi_aeron_handle_t handle;
    aeron_async_add_subscription_t *adding;
} aeron_sub_t;

static aeron_sub_t *sub_of(tpi_aeron_handle_t *handle)
{
    return TPI_CONTAINER(handle, aeron_sub_t, handle);
}

/* ---- messages ---- */

static int64_t joined_ns(aeron_sub_t *sub, int32_t session_id)
{
    if (sub->last < sub->image_count && sub->images[sub->last].session_id == session_id) {
        return sub->images[sub->last].joined_ns;
    }
    for (size_t i = sub->image_count; i-- > 0;) {
        if (sub->images[i].session_id == session_id) {
            sub->last = i;
            return sub->images[i].joined_ns;
        }
    }
    /* Its image could not be noted for want of memory: the strictest answer is "only just". */
    return sub->handle.link->now_ns;
}

static void deliver(aeron_sub_t *sub, int32_t session_id, const uint8_t *buffer, size_t length)
{
    /* Closed by its owner in an earlier message of this poll: what is left is nobody's any more. */
    if (sub->handle.dead) {
        return;
    }
    const tpi_message_info_t info = { .session_id = session_id,
                                      .joined_ns = joined_ns(sub, session_id) };
    sub->delivered++;
    sub->handler(sub->handler_clientd, buffer, length, &info);
}

static void on_assembled(void *clientd, const uint8_t *buffer, size_t length,
                         aeron_header_t *header)
{
    aeron_header_values_t values;
    (void)aeron_header_values(header, &values);
    deliver(clientd, values.frame.session_id, buffer, length);
}

static void on_fragment(void *clientd, const uint8_t *buffer, size_t length, aeron_header_t *header)
{
    aeron_sub_t *sub = clientd;
    aeron_header_values_t values;
    (void)aeron_header_values(header, &values);
    if ((values.frame.flags & UNFRAGMENTED) == UNFRAGMENTED) {
        deliver(sub, values.frame.session_id, buffer, length);
        return;
    }
    if (sub->assembler == NULL &&
        aeron_fragment_assembler_create(&sub->assembler, on_assembled, sub) < 0) {
        sub->assembler = NULL;
        return; /* out of memory: the message is lost, as with a slow reader */
    }
    aeron_fragment_assembler_handler(sub->assembler, buffer, length, header);
}

static int sub_poll(tpi_subscription_t *base, tpi_message_handler_t handler, void *clientd,
                    int limit)
{
    aeron_sub_t *sub = (aeron_sub_t *)base;
    if (sub->subscription == NULL || limit <= 0) {
        return 0;
    }
    tpi_aeron_link_t *link = sub->handle.link;
    sub->handler = handler;
    sub->handler_clientd = clientd;
    sub->delivered = 0;
    link->busy++;
    /* Aeron's limit counts fragments, ours messages. More than one round is for messages of several fragments only. */
    int read = 0;
    int fragments;
    do {
        fragments = aeron_subscription_poll(sub->subscription, on_fragment, sub,
                                            (size_t)(limit - sub->delivered));
        read += fragments;
    } while (fragments > 0 && sub->delivered < limit && read > sub->delivered &&
             read < limit + EXTRA_FRAGMENTS && !sub->handle.dead);
    link->busy--;
    return sub->delivered;
}

/* ---- images ---- */

static int64_t correlation_of(aeron_image_t *image, int32_t *out_session_id)
{
    aeron_image_constants_t constants;
    (void)aeron_image_constants(image, &constants);
    *out_session_id = constants.session_id;
    return constants.correlation_id;
}

static void on_available(void *clientd, aeron_subscription_t *subscription, aeron_image_t *image)
{
    (void)subscription;
    aeron_sub_t *sub = clientd;
    if (sub->image_count == sub->image_cap) {
        const size_t cap = sub->image_cap == 0 ? 4 : 2 * sub->image_cap;
        image_t *images = realloc(sub->images, cap * sizeof(*images));
        if (images == NULL) {
            return;
        }
        sub->images = images;
        sub->image_cap = cap;
    }
    image_t *noted = &sub->images[sub->image_count++];
    *noted = (image_t){ .joined_ns = sub->handle.link->now_ns };
    noted->correlation_id = correlation_of(image, &noted->session_id);
    sub->handle.link->image_events++;
}

static void on_unavailable(void *clientd, aeron_subscription_t *subscription, aeron_image_t *image)
{
    (void)subscription;
    aeron_sub_t *sub = clientd;
    int32_t session_id;
    const int64_t correlation_id = correlation_of(image, &session_id);
    for (size_t i = 0; i < sub->image_count; i++) {
        if (sub->images[i].correlation_id == correlation_id && !sub->images[i].gone) {
            sub->images[i].gone = true;
            sub->handle.link->image_events++;
        }
    }
    if (sub->assembler != NULL) {
        (void)aeron_fragment_assembler_delete_session_buffer(sub->assembler, session_id);
    }
}

static int tell_images(aeron_sub_t *sub)
{
    int told = 0;
    for (size_t i = 0; i < sub->image_count && !sub->handle.dead;) {
        /* By value: the user's code runs in between. */
        const image_t image = sub->images[i];
        if (!image.told) {
            sub->images[i].told = true;
            told++;
            if (sub->on_image != NULL) {
                sub->on_image(sub->clientd, image.session_id, true);
            }
        }
        if (!image.gone) {
            i++;
            continue;
        }
        memmove(&sub->images[i], &sub->images[i + 1],
                (sub->image_count - i - 1) * sizeof(sub->images[0]));
        sub->image_count--;
        told++;
        if (sub->on_image != NULL && !sub->handle.dead) {
            sub->on_image(sub->clientd, image.session_id, false);
        }
    }
    return told;
}

static const tpi_aeron_kind_t sub_kind;

int tpi_aeron_tell_images(tpi_aeron_link_t *link)
{
    int told = 0;
    link->image_events = 0;
    for (tpi_aeron_handle_t *handle = link->handles; handle != NULL; handle = handle->next) {
        if (handle->kind == &sub_kind) {
            told += tell_images(sub_of(handle));
        }
    }
    return told;
}

/* ---- state ---- */

static bool sub_is_ready(const tpi_subscription_t *base)
{
    return ((const aeron_sub_t *)base)->subscription != NULL;
}

static size_t sub_image_count(const tpi_subscription_t *base)
{
    const aeron_sub_t *sub = (const aeron_sub_t *)base;
    size_t count = 0;
    for (size_t i = 0; i < sub->image_count; i++) {
        count += !sub->images[i].gone;
    }
    return count;
}

static const char *sub_error(const tpi_subscription_t *base)
{
    return ((const aeron_sub_t *)base)->handle.error;
}

static void sub_close(tpi_subscription_t *base)
{
    tpi_handle_close(&((aeron_sub_t *)base)->handle);
}

/* ---- this kind's part of a handle's life ---- */

static int sub_begin(tpi_aeron_handle_t *handle, aeron_t *client)
{
    aeron_sub_t *sub = sub_of(handle);
    return aeron_async_add_subscription(&sub->adding, client, handle->channel, handle->stream_id,
                                        on_available, sub, on_unavailable, sub);
}

static int sub_add_poll(tpi_aeron_handle_t *handle)
{
    aeron_sub_t *sub = sub_of(handle);
    const int done = aeron_async_add_subscription_poll(&sub->subscription, sub->adding);
    if (done != 0) {
        sub->adding = NULL;
    }
    return done;
}

static void drop_assembler(aeron_sub_t *sub)
{
    (void)aeron_fragment_assembler_delete(sub->assembler);
    sub->assembler = NULL;
}

/* Both of these call on_unavailable for each image, which is still there then. */

static void sub_cancel(tpi_aeron_handle_t *handle, aeron_t *client)
{
    aeron_sub_t *sub = sub_of(handle);
    (void)aeron_async_add_subscription_cancel(client, sub->adding);
    sub->adding = NULL;
}

static void sub_aeron_close(tpi_aeron_handle_t *handle)
{
    aeron_sub_t *sub = sub_of(handle);
    (void)aeron_subscription_close(sub->subscription, NULL, NULL);
    sub->subscription = NULL;
    drop_assembler(sub);
}

static void sub_lost(tpi_aeron_handle_t *handle)
{
    aeron_sub_t *sub = sub_of(handle);
    sub->subscription = NULL;
    sub->adding = NULL;
    drop_assembler(sub);
    /* Aeron says nothing about images when it loses its driver. */
    for (size_t i = 0; i < sub->image_count; i++) {
        sub->images[i].gone = true;
    }
    handle->link->image_events += sub->image_count > 0;
}

static void sub_free(tpi_aeron_handle_t *handle)
{
    aeron_sub_t *sub = sub_of(handle);
    drop_assembler(sub);
    free(sub->images);
    free(sub);
}

static const tpi_aeron_kind_t sub_kind = {
    .begin = sub_begin,
    .poll = sub_add_poll,
    .cancel = sub_cancel,
    .close = sub_aeron_close,
    .lost = sub_lost,
    .free = sub_free,
};

static const tpi_subscription_ops_t sub_ops = {
    .poll = sub_poll,
    .close = sub_close,
    .is_ready = sub_is_ready,
    .image_count = sub_image_count,
    .error = sub_error,
};

int tpi_aeron_add_subscription(tpi_link_t *link, tpi_subscription_t **out, const char *channel,
                               int32_t stream_id, tpi_image_handler_t on_image, void *clientd)
{
    aeron_sub_t *sub = calloc(1, sizeof(*sub));
    if (sub == NULL) {
        return tpi_fail(TP_ENOMEM, "subscription on %s stream %" PRId32, channel, stream_id);
    }
    const int rc =
        tpi_handle_init(&sub->handle, (tpi_aeron_link_t *)link, &sub_kind, channel, stream_id);
    if (rc < 0) {
        free(sub);
        return rc;
    }
    sub->base.ops = &sub_ops;
    sub->on_image = on_image;
    sub->clientd = clientd;
    *out = &sub->base;
    return TP_OK;
}
