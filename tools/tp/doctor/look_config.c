/*
 * tools/tp/doctor/look_config.c - the configuration files: the driver's sections and those of the
 * roles.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "config/bridge_keys.h"
#include "config/discovery_keys.h"
#include "config/keys.h"
#include "config/rate_limiter_keys.h"
#include "config/supervisor_keys.h"
#include "config/toml_shim.h"
#include "doctor/look.h"
#include "doctor/report.h"

static const char *environment(void *clientd, const char *name)
{
    (void)clientd;
    const char *value = getenv(name);
    if (value == NULL && strcmp(name, "USER") == 0) {
        const struct passwd *user = getpwuid(geteuid()); /* as tp driver does */
        return user != NULL ? user->pw_name : NULL;
    }
    return value;
}

/* Tables of roles are not the driver's, and are looked at here all the same. */
static bool is_of_role(const char *text)
{
    static const char *const ends[] = { " bridge is ignored", " mappings is ignored",
                                        " rate_limiter is ignored" };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const size_t len = strlen(ends[i]);
        const size_t has = strlen(text);
        if (has >= len && strcmp(text + has - len, ends[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void on_warning(void *clientd, const char *text)
{
    tp_doctor_config_t *config = clientd;
    for (size_t i = 0; i < config->nwarnings; i++) {
        if (strncmp(config->warnings[i], text, sizeof config->warnings[i] - 1) == 0) {
            return;
        }
    }
    if (config->nwarnings < TP_DOCTOR_WARNINGS && !is_of_role(text)) {
        snprintf(config->warnings[config->nwarnings++], sizeof config->warnings[0], "%s", text);
    }
}

static void add_channel(tp_doctor_config_t *config, const char *who, const char *uri,
                        int64_t stream_id, bool is_client)
{
    if (uri == NULL || uri[0] == '\0' || stream_id <= 0 ||
        config->nchannels == TP_DOCTOR_CHANNELS) {
        return;
    }
    tp_doctor_channel_t *channel = &config->channels[config->nchannels++];
    snprintf(channel->who, sizeof channel->who, "%s", who);
    snprintf(channel->uri, sizeof channel->uri, "%s", uri);
    channel->stream_id = stream_id;
    channel->is_client = is_client;
}

/* ---- roles ---- */

/* Every "X_channel" that has an "X_stream_id" beside it. */
static void add_role_channels(tp_doctor_config_t *config, const tpi_role_config_t *role)
{
    const tpi_config_item_t *items;
    const size_t count = tpi_role_config_items(role, &items);
    for (size_t i = 0; i < count; i++) {
        char id_key[160];
        const size_t len = strlen(items[i].key);
        if (len < 7 || strcmp(items[i].key + len - 7, "channel") != 0) {
            continue;
        }
        snprintf(id_key, sizeof id_key, "%.*sstream_id", (int)(len - 7), items[i].key);
        for (size_t k = 0; k < count; k++) {
            if (strcmp(items[k].key, id_key) == 0 && items[k].kind == TPI_CONFIG_NUMBER) {
                add_channel(config, items[i].key, items[i].text, (int64_t)items[k].number, false);
            }
        }
    }
}

static void look_at_roles(tp_doctor_config_t *config, tp_doctor_file_t *file,
                          const tpi_toml_node_t *root, bool is_drivers_file)
{
    const tpi_role_source_t source = { .path = file->path,
                                       .getenv_fn = environment,
                                       .warn = on_warning,
                                       .clientd = config,
                                       .is_alone = !is_drivers_file };
    int rc = TP_OK;
    if (tpi_toml_get(root, "bridge") != NULL) {
        tpi_bridge_keys_t keys = { .config = NULL };
        rc = tpi_bridge_keys_load(&keys, &source);
        if (rc == TP_OK) {
            config->has_bridge = true;
            config->bridge_chunk_bytes = keys.options.chunk_bytes;
            add_role_channels(config, keys.config);
            tpi_bridge_keys_free(&keys);
        }
    }
    if (rc == TP_OK && tpi_toml_get(root, "rate_limiter") != NULL) {
        tpi_rate_limiter_keys_t keys = { .config = NULL };
        rc = tpi_rate_limiter_keys_load(&keys, &source);
        if (rc == TP_OK) {
            add_role_channels(config, keys.config);
            tpi_rate_limiter_keys_free(&keys);
        }
    }
    if (rc == TP_OK && tpi_toml_get(root, "supervisor") != NULL) {
        tpi_supervisor_keys_t keys = { .config = NULL };
        rc = tpi_supervisor_keys_load(&keys, &source);
        if (rc == TP_OK) {
            add_role_channels(config, keys.config);
            tpi_supervisor_keys_free(&keys);
        }
    }
    if (rc == TP_OK && tpi_toml_get(root, "discovery") != NULL) {
        tpi_discovery_keys_t keys = { .config = NULL };
        rc = tpi_discovery_keys_load(&keys, &source);
        if (rc == TP_OK) {
            add_role_channels(config, keys.config);
            tpi_discovery_keys_free(&keys);
        }
    }
    if (rc != TP_OK) {
        snprintf(file->trouble, sizeof file->trouble, "%s", tp_errmsg());
    }
}

/* ---- files ---- */

static bool is_drivers(const tpi_toml_node_t *root)
{
    static const char *const names[] = { "driver", "shm", "policies", "profiles", "streams" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (tpi_toml_get(root, names[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool has_token(const tpi_toml_node_t *root)
{
    const tpi_toml_node_t *policies = tpi_toml_get(root, "policies");
    const tpi_toml_node_t *token = policies != NULL && policies->kind == TPI_TOML_TABLE
                                       ? tpi_toml_get(policies, "shutdown_token")
                                       : NULL;
    return token != NULL && token->kind == TPI_TOML_STRING && token->string[0] != '\0';
}

/* Returns whether it is the driver's. */
static bool look_at_file(tp_doctor_config_t *config, tp_doctor_file_t *file)
{
    char *text = NULL;
    size_t len = 0;
    tpi_toml_node_t *root = NULL;
    tpi_toml_error_t error = { 0 };
    struct stat info;
    bool drivers = false;
    if (stat(file->path, &info) != 0) {
        snprintf(file->trouble, sizeof file->trouble, "%s", strerror(errno));
        return false;
    }
    if (tpi_config_read_file(file->path, &text, &len) != TP_OK) {
        snprintf(file->trouble, sizeof file->trouble, "%s", tp_errmsg());
        return false;
    }
    file->mode = info.st_mode & 07777;
    if (tpi_toml_parse(text, len, &root, &error) != TP_OK) {
        snprintf(file->trouble, sizeof file->trouble, "line %u, column %u: %s", error.line,
                 error.column, error.text);
    } else {
        file->has_token = has_token(root);
        drivers = is_drivers(root);
        look_at_roles(config, file, root, drivers);
    }
    tpi_toml_free(root);
    free(text);
    return drivers;
}

static void look_at_driver(tp_doctor_looked_t *looked, const tp_doctor_asked_t *asked,
                           const char *path)
{
    tp_doctor_config_t *config = &looked->facts.config;
    const tp_args_t *args = asked->args;
    const tpi_config_source_t source = {
        .path = path,
        .getenv_fn = environment,
        .aeron_dir = args->has_aeron_dir_option ? args->connection.aeron_dir : NULL,
        .shm_dir = asked->shm_dir,
        .warn = on_warning,
        .clientd = config,
    };
    if (tpi_config_load(&looked->driver, &source) != TP_OK) {
        snprintf(config->trouble, sizeof config->trouble, "%s", tp_errmsg());
        return;
    }
    const tp_driver_options_t *driver = tpi_config_driver_options(looked->driver);
    config->driver = driver;
    config->task_core = tpi_config_task_core(looked->driver);
    add_channel(config, "driver.control_channel", driver->control_channel,
                driver->control_stream_id, false);
    if (driver->announce_stream_id != driver->control_stream_id ||
        strcmp(driver->announce_channel, driver->control_channel) != 0) {
        add_channel(config, "driver.announce_channel", driver->announce_channel,
                    driver->announce_stream_id, false);
    }
    add_channel(config, "driver.qos_channel", driver->qos_channel, driver->qos_stream_id, false);
}

static void look_at_client(tp_doctor_looked_t *looked, const tp_doctor_asked_t *asked)
{
    static const char *const names[] = { "control", "announce", "descriptor", "qos", "metadata" };
    const tp_connection_t *connection = &asked->args->connection;
    tp_doctor_config_t *config = &looked->facts.config;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *uri;
        int32_t id;
        char who[64];
        if (tp_connection_stream(connection, names[i], &uri, &id)) {
            snprintf(who, sizeof who, "clients' %s channel", names[i]);
            add_channel(config, who, uri, id, true);
        }
    }
    snprintf(looked->default_base, sizeof looked->default_base, "/dev/shm");
    looked->default_dirs[0] = looked->default_base;
    looked->facts.clients_say_so = connection->nbase_dirs > 0;
    config->client_dirs = connection->nbase_dirs > 0 ? connection->base_dirs : looked->default_dirs;
    config->nclient_dirs = connection->nbase_dirs > 0 ? connection->nbase_dirs : 1;
}

void tp_doctor_look_config(tp_doctor_looked_t *looked, const tp_doctor_asked_t *asked)
{
    tp_doctor_config_t *config = &looked->facts.config;
    const char *drivers = NULL;
    char word[TP_DOCTOR_WORD];
    config->task_core = -1;
    for (size_t i = 0; i < asked->npaths; i++) {
        tp_doctor_file_t *file = &config->files[config->nfiles++];
        file->path = asked->paths[i];
        if (!look_at_file(config, file)) {
            continue;
        }
        if (drivers != NULL) {
            snprintf(file->trouble, sizeof file->trouble,
                     "a second driver's configuration beside %s: it was not looked at", drivers);
        } else {
            drivers = file->path;
        }
    }
    /* A file that cannot be read may be the driver's: nothing is judged by defaults that nobody
     * meant. */
    for (size_t i = 0; drivers == NULL && i < config->nfiles; i++) {
        if (config->files[i].trouble[0] != '\0') {
            snprintf(config->trouble, sizeof config->trouble, "%s was not read",
                     config->files[i].path);
        }
    }
    if (config->trouble[0] == '\0') {
        look_at_driver(looked, asked, drivers);
    }
    if (drivers != NULL && tp_doctor_word(word, drivers)[0] != '\0') {
        snprintf(looked->config_words, sizeof looked->config_words, "--config %s", word);
    }
    if (asked->shm_dir != NULL && tp_doctor_word(word, asked->shm_dir)[0] != '\0') {
        const size_t used = strlen(looked->config_words);
        snprintf(looked->config_words + used, sizeof looked->config_words - used, "%s--shm-dir %s",
                 used > 0 ? " " : "", word);
    }
    looked->facts.config_words = looked->config_words;
    look_at_client(looked, asked);
}
