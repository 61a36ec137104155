/* What a user writes first: it must build against the installed tree, and nothing else. */
#include <tensorpool/tensorpool.h>

#include <stdio.h>
#include <string.h>

/* A name which Aeron uses as a global too: the library must neither call this one nor clash with it. */
void on_error(void);
void on_error(void)
{
    puts("on_error of the application was called");
}

int main(void)
{
    if (strcmp(tp_version(), TP_VERSION_STRING) != 0) {
        printf("header %s, library %s\n", TP_VERSION_STRING, tp_version());
        return 1;
    }
    printf("tensorpool %s: %s\n", tp_version(), tp_strerror(TP_EINVAL));
    return 0;
}
