/*
 * What a user writes first: it must build against the installed tree and nothing else. It runs Aeron's media driver
 * inside itself, so that the code of Aeron which the libraries carry is linked and at work.
 */
#include <tensorpool/tensorpool.h>

#include <stdio.h>
#include <string.h>

/* A global of Aeron's has this name too: the library must neither call ours nor clash with it. */
void on_error(void);
static int on_error_calls;
void on_error(void)
{
    on_error_calls++;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        puts("usage: consumer AERON_DIR");
        return 2;
    }
    if (strcmp(tp_version(), TP_VERSION_STRING) != 0) {
        printf("header %s, library %s\n", TP_VERSION_STRING, tp_version());
        return 1;
    }
    tp_media_driver_options_t options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    options.aeron_dir = argv[1];
    options.invoker = true;
    tp_media_driver_t *driver = NULL;
    if (tp_media_driver_create(&driver, &options) != TP_OK) {
        printf("media driver: %s\n", tp_errmsg());
        return 1;
    }
    for (int i = 0; i < 100; i++) {
        tp_media_driver_do_work(driver);
    }
    printf("tensorpool %s, media driver in %s\n", tp_version(), tp_media_driver_dir(driver));
    tp_media_driver_destroy(driver);

    options.size = 1;
    if (tp_media_driver_create(&driver, &options) == TP_OK) {
        puts("options of size 1 were accepted");
        return 1;
    }
    printf("an error reads: %s\n", tp_errmsg());
    return on_error_calls;
}
