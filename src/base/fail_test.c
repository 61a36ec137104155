#include "base/fail.h"

#include <errno.h>
#include <string.h>

#include "tp_test.h"

TP_TEST(fail_returns_its_code_and_keeps_the_text)
{
    TP_CHECK_EQ_I64(tpi_fail(TP_EINVAL, "stream %u: stride %u not a power of two", 7u, 100u),
                    TP_EINVAL);
    TP_CHECK_EQ_STR(tp_errmsg(), "stream 7: stride 100 not a power of two");
}

TP_TEST(fail_errno_maps_no_space_to_its_own_code_and_says_the_reason)
{
    errno = ENOSPC;
    TP_CHECK_EQ_I64(tpi_fail_errno("create %s", "x"), TP_ENOSPC);
    TP_CHECK(strstr(tp_errmsg(), "create x: ") == tp_errmsg());
    errno = EISDIR;
    TP_CHECK_EQ_I64(tpi_fail_errno("open"), TP_EIO);
}

TP_TEST(note_puts_context_in_front_and_never_overruns)
{
    (void)tpi_fail(TP_EIO, "inner");
    tpi_note("outer %d", 1);
    TP_CHECK_EQ_STR(tp_errmsg(), "outer 1: inner");
    char big[2 * TPI_ERRMSG_CAPACITY];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = 0;
    (void)tpi_fail(TP_EIO, "%s", big);
    tpi_note("front");
    TP_CHECK_EQ_I64((long)strlen(tp_errmsg()), TPI_ERRMSG_CAPACITY - 1);
    TP_CHECK(strncmp(tp_errmsg(), "front: xxx", 10) == 0);
}

TP_TEST(every_code_has_a_name_and_a_text)
{
    TP_CHECK_EQ_STR(tp_error_name(TP_EPATH), "TP_EPATH");
    TP_CHECK_EQ_STR(tp_error_name(3), "TP_OK");
    TP_CHECK_EQ_STR(tp_error_name(-9999), "TP_E?");
    TP_CHECK_EQ_STR(tp_strerror(TP_ENOSPC), "no space left");
}

TP_TEST_MAIN()
