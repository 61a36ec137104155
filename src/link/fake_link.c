/*
 * A link without Aeron: the bus, its faults, and the links on it.
 */
#include "link/fake_link.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "link/fake_bus.h"

/* ---- bus ---- */

int tpi_fake_bus_create(tpi_fake_bus_t **out)
{
    tpi_fake_bus_t *bus = calloc(1, sizeof(*bus));
    if (bus == NULL) {
        return tpi_fail(TP_ENOMEM, "fake bus");
    }
    bus->up = true;
    *out = bus;
    return TP_OK;
}

void tpi_fake_bus_destroy(tpi_fake_bus_t *bus)
{
    if (bus == NULL) {
        return;
    }
    while (bus->streams != NULL) {
        fake_stream_t *stream = bus->streams;
        bus->streams = stream->next;
        free(stream);
    }
    free(bus);
}

static fake_stream_t *find_stream(const tpi_fake_bus_t *bus, int32_t stream_id)
{
    fake_stream_t *stream = bus->streams;
    while (stream != NULL && stream->stream_id != stream_id) {
        stream = stream->next;
    }
    return stream;
}

fake_stream_t *tpi_fake_stream(tpi_fake_bus_t *bus, int32_t stream_id)
{
    fake_stream_t *stream = find_stream(bus, stream_id);
    if (stream == NULL && (stream = calloc(1, sizeof(*stream))) != NULL) {
        stream->stream_id = stream_id;
        stream->next = bus->streams;
        bus->streams = stream;
    }
    return stream;
}

void tpi_fake_bus_set_up(tpi_fake_bus_t *bus, bool up)
{
    if (bus->up && !up) {
        bus->outages++;
    }
    bus->up = up;
}

void tpi_fake_bus_force_send(tpi_fake_bus_t *bus, int32_t stream_id, tpi_send_t result, int count)
{
    fake_stream_t *stream = tpi_fake_stream(bus, stream_id);
    if (stream != NULL) {
        stream->forced = result;
        stream->forced_left = count;
    }
}

void tpi_fake_bus_lose(tpi_fake_bus_t *bus, int32_t stream_id, int count)
{
    fake_stream_t *stream = tpi_fake_stream(bus, stream_id);
    if (stream != NULL) {
        stream->lose_left = count;
    }
}

uint64_t tpi_fake_bus_sent(const tpi_fake_bus_t *bus, int32_t stream_id)
{
    const fake_stream_t *stream = find_stream(bus, stream_id);
    return stream != NULL ? stream->sent : 0;
}

void tpi_fake_bus_foreach_counter(const tpi_fake_bus_t *bus,
                                  void (*handler)(void *clientd, const tpi_counter_view_t *counter),
                                  void *clientd)
{
    for (const fake_counter_t *counter = bus->counters; counter != NULL; counter = counter->next) {
        if (counter->ready) {
            const tpi_counter_view_t view = { .counter_id = counter->id,
                                              .type_id = counter->type_id,
                                              .value = tpi_counter_get(&counter->base),
                                              .key = counter->key,
                                              .key_len = counter->key_len,
                                              .label = counter->label };
            handler(clientd, &view);
        }
    }
}

void tpi_fake_enter_callbacks(tpi_fake_bus_t *bus)
{
    bus->busy++;
}

void tpi_fake_leave_callbacks(tpi_fake_bus_t *bus)
{
    if (--bus->busy > 0) {
        return;
    }
    fake_sub_t *sub = bus->subs;
    while (sub != NULL) {
        fake_sub_t *next = sub->next;
        if (sub->closed) {
            tpi_fake_free_sub(sub);
        }
        sub = next;
    }
}

/* ---- link ---- */

static int announce_images(fake_sub_t *sub, int64_t now_ns)
{
    int work = 0;
    for (size_t i = 0; i < sub->image_count && !sub->closed; i++) {
        fake_image_t *image = &sub->images[i];
        if (!image->announced) {
            image->announced = true;
            image->joined_ns = now_ns;
            work++;
            if (sub->on_image != NULL) {
                sub->on_image(sub->clientd, image->session_id, true);
            }
        }
    }
    for (size_t i = 0; i < sub->image_count && !sub->closed;) {
        const fake_image_t image = sub->images[i];
        if (!image.gone || tpi_fake_holds_message_of(sub, image.number)) {
            i++;
            continue;
        }
        memmove(&sub->images[i], &sub->images[i + 1],
                (sub->image_count - i - 1) * sizeof(sub->images[0]));
        sub->image_count--;
        work++;
        if (sub->on_image != NULL) {
            sub->on_image(sub->clientd, image.session_id, false);
        }
    }
    return work;
}

/* From where the value was to where it lives from now on. */
static void move_word(tpi_counter_t *base, _Atomic int64_t *word)
{
    const int64_t value = tpi_counter_get(base);
    base->word = word;
    tpi_counter_set(base, value);
}

static void go_down(fake_link_t *link)
{
    tpi_fake_bus_t *bus = link->bus;
    link->state = TPI_LINK_LOST;
    for (fake_pub_t *pub = bus->pubs; pub != NULL; pub = pub->next) {
        if (pub->link == link && pub->ready) {
            pub->ready = false;
            tpi_fake_image_is_gone(bus, pub->image);
        }
    }
    for (fake_counter_t *counter = bus->counters; counter != NULL; counter = counter->next) {
        if (counter->link == link) {
            counter->ready = false;
            move_word(&counter->base, &counter->base.own);
        }
    }
    for (fake_sub_t *sub = bus->subs; sub != NULL; sub = sub->next) {
        if (sub->link != link) {
            continue;
        }
        sub->ready = false;
        tpi_fake_drop_messages(sub);
        const size_t count = sub->image_count;
        for (size_t i = 0; i < count && !sub->closed; i++) {
            if (sub->images[i].announced && sub->on_image != NULL) {
                sub->on_image(sub->clientd, sub->images[i].session_id, false);
            }
        }
        sub->image_count = 0;
    }
}

static int make_ready(fake_link_t *link)
{
    tpi_fake_bus_t *bus = link->bus;
    int work = 0;
    for (fake_counter_t *counter = bus->counters; counter != NULL; counter = counter->next) {
        if (counter->link == link && !counter->ready) {
            counter->ready = true;
            move_word(&counter->base, &counter->shared);
            counter->id = bus->counters_made++;
            work++;
        }
    }
    for (fake_pub_t *pub = bus->pubs; pub != NULL; pub = pub->next) {
        if (pub->link == link && !pub->ready) {
            pub->ready = true;
            pub->image = ++bus->images;
            work++;
            for (fake_sub_t *sub = bus->subs; sub != NULL; sub = sub->next) {
                tpi_fake_add_image(sub, pub);
            }
        }
    }
    for (fake_sub_t *sub = bus->subs; sub != NULL; sub = sub->next) {
        if (sub->link == link && !sub->ready) {
            sub->ready = true;
            work++;
            for (const fake_pub_t *pub = bus->pubs; pub != NULL; pub = pub->next) {
                tpi_fake_add_image(sub, pub);
            }
        }
    }
    return work;
}

static int fake_do_work(tpi_link_t *base, int64_t now_ns)
{
    fake_link_t *link = (fake_link_t *)base;
    tpi_fake_bus_t *bus = link->bus;
    int work = 0;
    tpi_fake_enter_callbacks(bus);
    if (link->state == TPI_LINK_UP && (!bus->up || link->outage != bus->outages)) {
        go_down(link);
        work = 1;
    } else if (bus->up) {
        if (link->state != TPI_LINK_UP) {
            link->state = TPI_LINK_UP;
            link->generation++;
            link->outage = bus->outages;
            work++;
        }
        work += make_ready(link);
        for (fake_sub_t *sub = bus->subs; sub != NULL; sub = sub->next) {
            if (sub->link == link) {
                work += announce_images(sub, now_ns);
            }
        }
    }
    tpi_fake_leave_callbacks(bus);
    return work;
}

static tpi_link_state_t fake_state(const tpi_link_t *base)
{
    return ((const fake_link_t *)base)->state;
}

static uint64_t fake_generation(const tpi_link_t *base)
{
    return ((const fake_link_t *)base)->generation;
}

static const char *fake_link_error(const tpi_link_t *base)
{
    return ((const fake_link_t *)base)->bus->up ? "" : "fake bus is down";
}

static const char *fake_aeron_dir(const tpi_link_t *base)
{
    (void)base;
    return "(fake)";
}

/* ---- life of a link ---- */

static void fake_destroy(tpi_link_t *base)
{
    fake_link_t *link = (fake_link_t *)base;
    tpi_fake_bus_t *bus = link->bus;
    fake_pub_t *next_pub;
    for (fake_pub_t *pub = bus->pubs; pub != NULL; pub = next_pub) {
        next_pub = pub->next;
        if (pub->link == link) {
            tpi_fake_pub_close(&pub->base);
        }
    }
    fake_sub_t *next_sub;
    for (fake_sub_t *sub = bus->subs; sub != NULL; sub = next_sub) {
        next_sub = sub->next;
        if (sub->link == link) {
            tpi_fake_free_sub(sub);
        }
    }
    fake_counter_t *next_counter;
    for (fake_counter_t *counter = bus->counters; counter != NULL; counter = next_counter) {
        next_counter = counter->next;
        if (counter->link == link) {
            tpi_fake_counter_close(&counter->base);
        }
    }
    bus->links--;
    free(link);
}

static const tpi_link_ops_t link_ops = {
    .destroy = fake_destroy,
    .do_work = fake_do_work,
    .state = fake_state,
    .generation = fake_generation,
    .error = fake_link_error,
    .aeron_dir = fake_aeron_dir,
    .add_publication = tpi_fake_add_publication,
    .add_subscription = tpi_fake_add_subscription,
    .add_counter = tpi_fake_add_counter,
    .find_counter = tpi_fake_find_counter,
    .counter_word = tpi_fake_counter_word,
};

int tpi_link_create_fake(tpi_link_t **out, tpi_fake_bus_t *bus)
{
    fake_link_t *link = calloc(1, sizeof(*link));
    if (link == NULL) {
        return tpi_fail(TP_ENOMEM, "fake link");
    }
    link->base.ops = &link_ops;
    link->bus = bus;
    bus->links++;
    *out = &link->base;
    return TP_OK;
}
