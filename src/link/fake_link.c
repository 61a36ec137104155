/*
 * A link without Aeron. The bus owns lists of everything; sending walks the subscriptions and copies.
 *
 * A subscription keeps an array of images (one per publication it can hear) and one queue of messages in order of sending. A
 * message names its image by a number that is never used twice, so a session id that comes back is another image.
 */
#include "link/fake_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "link/link_internal.h"

typedef struct fake_stream {
    int32_t stream_id;
    tpi_send_t forced;
    int forced_left; /* -1: for ever */
    int lose_left;
    uint64_t sent;
    struct fake_stream *next;
} fake_stream_t;

typedef struct fake_message {
    struct fake_message *next;
    uint64_t image;
    size_t len;
    uint8_t data[];
} fake_message_t;

typedef struct fake_image {
    uint64_t number;
    int32_t session_id;
    int64_t joined_ns;
    bool announced;
    bool gone;
} fake_image_t;

typedef struct fake_link fake_link_t;

typedef struct fake_pub {
    tpi_publication_t base;
    fake_link_t *link;
    struct fake_pub *next;
    char *channel; /* up to '?' */
    int32_t stream_id;
    int32_t session_id;
    uint64_t
        image; /* the number by which subscriptions know this publication; changes with the generation */
    fake_stream_t *stream;
    bool ready;
    uint8_t claim[TPI_FAKE_MAX_CLAIM];
} fake_pub_t;

typedef struct fake_sub {
    tpi_subscription_t base;
    fake_link_t *link;
    struct fake_sub *next;
    char *channel;
    int32_t stream_id;
    tpi_image_handler_t on_image;
    void *clientd;
    bool ready;
    bool closed; /* inside a callback; freed after it */
    fake_image_t *images;
    size_t image_count;
    size_t image_cap;
    fake_message_t *head;
    fake_message_t **tail;
    size_t queued;
} fake_sub_t;

typedef struct fake_counter {
    tpi_counter_t base;
    fake_link_t *link;
    struct fake_counter *next;
    int32_t id;
    int32_t type_id;
    size_t key_len;
    uint8_t key[TPI_COUNTER_KEY_MAX];
    char label[TPI_LABEL_MAX + 1];
    bool ready;
} fake_counter_t;

struct fake_link {
    tpi_link_t base;
    tpi_fake_bus_t *bus;
    tpi_link_state_t state;
    uint64_t generation;
    uint64_t outage; /* bus->outages when the link came up */
};

struct tpi_fake_bus {
    bool up;
    uint64_t outages;
    uint64_t images;
    int32_t sessions;
    int32_t counters_made;
    int links;
    int busy; /* inside callbacks: subscriptions are not freed */
    fake_stream_t *streams;
    fake_pub_t *pubs;
    fake_sub_t *subs;
    fake_counter_t *counters;
};

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

static fake_stream_t *get_stream(tpi_fake_bus_t *bus, int32_t stream_id)
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
    fake_stream_t *stream = get_stream(bus, stream_id);
    if (stream != NULL) {
        stream->forced = result;
        stream->forced_left = count;
    }
}

void tpi_fake_bus_lose(tpi_fake_bus_t *bus, int32_t stream_id, int count)
{
    fake_stream_t *stream = get_stream(bus, stream_id);
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

/* ---- who hears whom ---- */

static bool hears(const fake_sub_t *sub, const fake_pub_t *pub)
{
    return !sub->closed && sub->stream_id == pub->stream_id &&
           strcmp(sub->channel, pub->channel) == 0;
}

static fake_image_t *find_image(fake_sub_t *sub, uint64_t number)
{
    for (size_t i = 0; i < sub->image_count; i++) {
        if (sub->images[i].number == number) {
            return &sub->images[i];
        }
    }
    return NULL;
}

static void add_image(fake_sub_t *sub, const fake_pub_t *pub)
{
    if (!pub->ready || !hears(sub, pub) || find_image(sub, pub->image) != NULL) {
        return;
    }
    if (sub->image_count == sub->image_cap) {
        const size_t cap = sub->image_cap == 0 ? 4 : 2 * sub->image_cap;
        fake_image_t *images = realloc(sub->images, cap * sizeof(*images));
        if (images == NULL) {
            return;
        }
        sub->images = images;
        sub->image_cap = cap;
    }
    sub->images[sub->image_count++] =
        (fake_image_t){ .number = pub->image, .session_id = pub->session_id };
}

static void drop_messages(fake_sub_t *sub)
{
    while (sub->head != NULL) {
        fake_message_t *message = sub->head;
        sub->head = message->next;
        free(message);
    }
    sub->tail = &sub->head;
    sub->queued = 0;
}

static void free_sub(fake_sub_t *sub)
{
    fake_sub_t **at = &sub->link->bus->subs;
    while (*at != sub) {
        at = &(*at)->next;
    }
    *at = sub->next;
    drop_messages(sub);
    free(sub->images);
    free(sub->channel);
    free(sub);
}

/* Callbacks may close subscriptions, their own included: those stay in the list until nobody walks it. */
static void enter_callbacks(tpi_fake_bus_t *bus)
{
    bus->busy++;
}

static void leave_callbacks(tpi_fake_bus_t *bus)
{
    if (--bus->busy > 0) {
        return;
    }
    fake_sub_t *sub = bus->subs;
    while (sub != NULL) {
        fake_sub_t *next = sub->next;
        if (sub->closed) {
            free_sub(sub);
        }
        sub = next;
    }
}

static void image_is_gone(tpi_fake_bus_t *bus, uint64_t number)
{
    for (fake_sub_t *sub = bus->subs; sub != NULL; sub = sub->next) {
        fake_image_t *image = find_image(sub, number);
        if (image != NULL) {
            image->gone = true;
        }
    }
}

static bool holds_message_of(const fake_sub_t *sub, uint64_t number)
{
    for (const fake_message_t *message = sub->head; message != NULL; message = message->next) {
        if (message->image == number) {
            return true;
        }
    }
    return false;
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
        if (!image.gone || holds_message_of(sub, image.number)) {
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

static void go_down(fake_link_t *link)
{
    tpi_fake_bus_t *bus = link->bus;
    link->state = TPI_LINK_LOST;
    for (fake_pub_t *pub = bus->pubs; pub != NULL; pub = pub->next) {
        if (pub->link == link && pub->ready) {
            pub->ready = false;
            image_is_gone(bus, pub->image);
        }
    }
    for (fake_counter_t *counter = bus->counters; counter != NULL; counter = counter->next) {
        if (counter->link == link) {
            counter->ready = false;
        }
    }
    for (fake_sub_t *sub = bus->subs; sub != NULL; sub = sub->next) {
        if (sub->link != link) {
            continue;
        }
        sub->ready = false;
        drop_messages(sub);
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
                add_image(sub, pub);
            }
        }
    }
    for (fake_sub_t *sub = bus->subs; sub != NULL; sub = sub->next) {
        if (sub->link == link && !sub->ready) {
            sub->ready = true;
            work++;
            for (const fake_pub_t *pub = bus->pubs; pub != NULL; pub = pub->next) {
                add_image(sub, pub);
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
    enter_callbacks(bus);
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
    leave_callbacks(bus);
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

static bool is_live(const fake_link_t *link)
{
    return link->state == TPI_LINK_UP && link->bus->up && link->outage == link->bus->outages;
}

/* ---- publications ---- */

static bool is_heard(const fake_pub_t *pub, size_t *out_fullest)
{
    bool heard = false;
    *out_fullest = 0;
    for (const fake_sub_t *sub = pub->link->bus->subs; sub != NULL; sub = sub->next) {
        if (hears(sub, pub)) {
            heard = true;
            *out_fullest = sub->queued > *out_fullest ? sub->queued : *out_fullest;
        }
    }
    return heard;
}

static tpi_send_t may_send(fake_pub_t *pub)
{
    if (!pub->ready || !is_live(pub->link)) {
        return TPI_SEND_NOT_READY;
    }
    if (pub->stream->forced_left != 0) {
        pub->stream->forced_left -= pub->stream->forced_left > 0;
        return pub->stream->forced;
    }
    size_t fullest;
    if (!is_heard(pub, &fullest)) {
        return TPI_SEND_NOT_CONNECTED;
    }
    return fullest >= TPI_FAKE_QUEUE_MAX ? TPI_SEND_BACK_PRESSURED : TPI_SEND_OK;
}

static void deliver(fake_pub_t *pub, const void *data, size_t len)
{
    pub->stream->sent++;
    if (pub->stream->lose_left != 0) {
        pub->stream->lose_left -= pub->stream->lose_left > 0;
        return;
    }
    for (fake_sub_t *sub = pub->link->bus->subs; sub != NULL; sub = sub->next) {
        if (!hears(sub, pub)) {
            continue;
        }
        fake_message_t *message = malloc(sizeof(*message) + len);
        if (message != NULL) {
            add_image(sub, pub);
            message->next = NULL;
            message->image = pub->image;
            message->len = len;
            memcpy(message->data, data, len);
            *sub->tail = message;
            sub->tail = &message->next;
            sub->queued++;
        }
    }
}

static tpi_send_t fake_offer(tpi_publication_t *base, const void *data, size_t len)
{
    fake_pub_t *pub = (fake_pub_t *)base;
    if (len > TPI_FAKE_MAX_MESSAGE) {
        return TPI_SEND_ERROR;
    }
    const tpi_send_t result = may_send(pub);
    if (result == TPI_SEND_OK) {
        deliver(pub, data, len);
    }
    return result;
}

static tpi_send_t fake_claim(tpi_publication_t *base, size_t len, tpi_claim_buffer_t *out_claim)
{
    fake_pub_t *pub = (fake_pub_t *)base;
    if (len > TPI_FAKE_MAX_CLAIM) {
        return TPI_SEND_ERROR;
    }
    const tpi_send_t result = may_send(pub);
    if (result == TPI_SEND_OK) {
        *out_claim = (tpi_claim_buffer_t){ .data = pub->claim, .len = len };
    }
    return result;
}

static void fake_commit(tpi_publication_t *base, tpi_claim_buffer_t *claim)
{
    fake_pub_t *pub = (fake_pub_t *)base;
    /* A claim held over an outage went into a log nobody reads any more. */
    if (pub->ready && is_live(pub->link)) {
        deliver(pub, claim->data, claim->len);
    }
    claim->data = NULL;
}

static void fake_abort(tpi_publication_t *base, tpi_claim_buffer_t *claim)
{
    (void)base;
    claim->data = NULL;
}

static void fake_pub_close(tpi_publication_t *base)
{
    fake_pub_t *pub = (fake_pub_t *)base;
    fake_pub_t **at = &pub->link->bus->pubs;
    while (*at != pub) {
        at = &(*at)->next;
    }
    *at = pub->next;
    if (pub->ready) {
        image_is_gone(pub->link->bus, pub->image);
    }
    free(pub->channel);
    free(pub);
}

static bool fake_pub_is_ready(const tpi_publication_t *base)
{
    const fake_pub_t *pub = (const fake_pub_t *)base;
    return pub->ready && is_live(pub->link);
}

static bool fake_is_connected(const tpi_publication_t *base)
{
    size_t fullest;
    return fake_pub_is_ready(base) && is_heard((const fake_pub_t *)base, &fullest);
}

static const char *fake_pub_error(const tpi_publication_t *base)
{
    (void)base;
    return "";
}

static int32_t fake_session_id(const tpi_publication_t *base)
{
    return ((const fake_pub_t *)base)->session_id;
}

static const tpi_publication_ops_t pub_ops = {
    .claim = fake_claim,
    .commit = fake_commit,
    .abort = fake_abort,
    .offer = fake_offer,
    .close = fake_pub_close,
    .is_ready = fake_pub_is_ready,
    .is_connected = fake_is_connected,
    .error = fake_pub_error,
    .session_id = fake_session_id,
};

static char *channel_base(const char *channel)
{
    return strndup(channel, strcspn(channel, "?"));
}

static int fake_add_publication(tpi_link_t *base, tpi_publication_t **out, const char *channel,
                                int32_t stream_id, bool exclusive)
{
    (void)exclusive;
    fake_link_t *link = (fake_link_t *)base;
    fake_pub_t *pub = calloc(1, sizeof(*pub));
    char *name = channel_base(channel);
    fake_stream_t *stream = get_stream(link->bus, stream_id);
    if (pub == NULL || name == NULL || stream == NULL) {
        free(pub);
        free(name);
        return tpi_fail(TP_ENOMEM, "publication on %s stream %d", channel, stream_id);
    }
    const char *session = strstr(channel, "session-id=");
    pub->base.ops = &pub_ops;
    pub->link = link;
    pub->channel = name;
    pub->stream_id = stream_id;
    pub->stream = stream;
    pub->session_id = session != NULL ? (int32_t)strtol(session + strlen("session-id="), NULL, 10)
                                      : ++link->bus->sessions;
    /* At the end: the order of adding is the order in which images appear. */
    fake_pub_t **at = &link->bus->pubs;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = pub;
    *out = &pub->base;
    return TP_OK;
}

/* ---- subscriptions ---- */

static int fake_poll(tpi_subscription_t *base, tpi_message_handler_t handler, void *clientd,
                     int limit)
{
    fake_sub_t *sub = (fake_sub_t *)base;
    if (!sub->ready || !is_live(sub->link)) {
        return 0;
    }
    tpi_fake_bus_t *bus = sub->link->bus;
    int delivered = 0;
    enter_callbacks(bus);
    fake_message_t **at = &sub->head;
    while (*at != NULL && delivered < limit && !sub->closed) {
        fake_message_t *message = *at;
        const fake_image_t *image = find_image(sub, message->image);
        if (image == NULL || !image->announced) {
            at = &message->next;
            continue;
        }
        *at = message->next;
        if (*at == NULL) {
            sub->tail = at;
        }
        sub->queued--;
        const tpi_message_info_t info = { .session_id = image->session_id,
                                          .joined_ns = image->joined_ns };
        handler(clientd, message->data, message->len, &info);
        free(message);
        delivered++;
    }
    leave_callbacks(bus);
    return delivered;
}

static void fake_sub_close(tpi_subscription_t *base)
{
    fake_sub_t *sub = (fake_sub_t *)base;
    sub->closed = true;
    if (sub->link->bus->busy == 0) {
        free_sub(sub);
    }
}

static bool fake_sub_is_ready(const tpi_subscription_t *base)
{
    const fake_sub_t *sub = (const fake_sub_t *)base;
    return sub->ready && is_live(sub->link);
}

static size_t fake_image_count(const tpi_subscription_t *base)
{
    const fake_sub_t *sub = (const fake_sub_t *)base;
    size_t count = 0;
    for (size_t i = 0; i < sub->image_count; i++) {
        count += sub->images[i].announced;
    }
    return fake_sub_is_ready(base) ? count : 0;
}

static const char *fake_sub_error(const tpi_subscription_t *base)
{
    (void)base;
    return "";
}

static const tpi_subscription_ops_t sub_ops = {
    .poll = fake_poll,
    .close = fake_sub_close,
    .is_ready = fake_sub_is_ready,
    .image_count = fake_image_count,
    .error = fake_sub_error,
};

static int fake_add_subscription(tpi_link_t *base, tpi_subscription_t **out, const char *channel,
                                 int32_t stream_id, tpi_image_handler_t on_image, void *clientd)
{
    fake_link_t *link = (fake_link_t *)base;
    fake_sub_t *sub = calloc(1, sizeof(*sub));
    char *name = channel_base(channel);
    if (sub == NULL || name == NULL) {
        free(sub);
        free(name);
        return tpi_fail(TP_ENOMEM, "subscription on %s stream %d", channel, stream_id);
    }
    sub->base.ops = &sub_ops;
    sub->link = link;
    sub->channel = name;
    sub->stream_id = stream_id;
    sub->on_image = on_image;
    sub->clientd = clientd;
    sub->tail = &sub->head;
    fake_sub_t **at = &link->bus->subs;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = sub;
    *out = &sub->base;
    return TP_OK;
}

/* ---- counters ---- */

static void fake_counter_close(tpi_counter_t *base)
{
    fake_counter_t *counter = (fake_counter_t *)base;
    fake_counter_t **at = &counter->link->bus->counters;
    while (*at != counter) {
        at = &(*at)->next;
    }
    *at = counter->next;
    free(counter);
}

static int fake_add_counter(tpi_link_t *base, tpi_counter_t **out, int32_t type_id, const void *key,
                            size_t key_len, const char *label)
{
    fake_link_t *link = (fake_link_t *)base;
    fake_counter_t *counter = calloc(1, sizeof(*counter));
    if (counter == NULL) {
        return tpi_fail(TP_ENOMEM, "counter of type %d", type_id);
    }
    counter->base.close = fake_counter_close;
    counter->base.word = &counter->base.own;
    counter->link = link;
    counter->type_id = type_id;
    counter->key_len = key_len;
    if (key_len > 0) {
        memcpy(counter->key, key, key_len);
    }
    (void)snprintf(counter->label, sizeof(counter->label), "%s", label);
    fake_counter_t **at = &link->bus->counters;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = counter;
    *out = &counter->base;
    return TP_OK;
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
            fake_pub_close(&pub->base);
        }
    }
    fake_sub_t *next_sub;
    for (fake_sub_t *sub = bus->subs; sub != NULL; sub = next_sub) {
        next_sub = sub->next;
        if (sub->link == link) {
            free_sub(sub);
        }
    }
    fake_counter_t *next_counter;
    for (fake_counter_t *counter = bus->counters; counter != NULL; counter = next_counter) {
        next_counter = counter->next;
        if (counter->link == link) {
            fake_counter_close(&counter->base);
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
    .add_publication = fake_add_publication,
    .add_subscription = fake_add_subscription,
    .add_counter = fake_add_counter,
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
