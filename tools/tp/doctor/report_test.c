/*
 * Findings, words for a shell, sizes.
 */
#include <string.h>

#include "doctor/test_facts.h"

TP_TEST(with_facts_in_which_all_is_well_no_check_says_anything_else)
{
    make_facts();
    for (size_t i = 0; i < TP_DOCTOR_CHECKS; i++) {
        if (strcmp(tp_doctor_checks[i].name, "live") == 0) {
            continue; /* without counters it says nothing */
        }
        TP_CHECK_MSG(judge(tp_doctor_checks[i].run) <= TP_DOCTOR_NOTE, "%s: %s",
                     tp_doctor_checks[i].name, report.count > 0 ? report.findings[0].text : "");
    }
}

TP_TEST(without_a_configuration_each_check_says_that_or_nothing)
{
    make_facts();
    facts.config.driver = NULL;
    strcpy(facts.config.trouble, "rig.toml:3: no");
    for (size_t i = 0; i < TP_DOCTOR_CHECKS; i++) {
        const bool is_its = strcmp(tp_doctor_checks[i].name, "configuration") == 0;
        TP_CHECK_EQ_I64(judge(tp_doctor_checks[i].run) == TP_DOCTOR_ERROR, is_its);
    }
    judge(tp_doctor_check_memory);
    found(TP_DOCTOR_NOTE, "could not look: there is no valid configuration: rig.toml:3: no");
}

TP_TEST(a_word_for_a_shell_is_quoted_where_it_must_be)
{
    char word[TP_DOCTOR_WORD];
    TP_CHECK_EQ_STR(tp_doctor_word(word, "/dev/shm/a-1_b.c"), "/dev/shm/a-1_b.c");
    TP_CHECK_EQ_STR(tp_doctor_word(word, "/a b"), "'/a b'");
    TP_CHECK_EQ_STR(tp_doctor_word(word, "/a$(b)"), "'/a$(b)'");
    TP_CHECK_EQ_STR(tp_doctor_word(word, "/it's"), "'/it'\\''s'");
    TP_CHECK_EQ_STR(tp_doctor_word(word, "/a\nb"), "");
    TP_CHECK_EQ_STR(tp_doctor_word(word, "/a\x1b[2J"), "");
    TP_CHECK_EQ_STR(tp_doctor_word(word, "-rf"), "");
    char longest[TP_DOCTOR_WORD + 100];
    memset(longest, '\'', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    TP_CHECK_EQ_STR(tp_doctor_word(word, longest), "");
}

TP_TEST(what_a_terminal_would_take_amiss_is_not_printed_and_half_a_command_is_none)
{
    char longest[2000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    tp_doctor_report_fini(&report);
    tp_doctor_finding_t *f = tp_doctor_find(&report, TP_DOCTOR_NOTE, "a\x1b[2Jb");
    TP_CHECK_EQ_STR(f->text, "a?[2Jb");
    tp_doctor_command(f, "rm %s", longest);
    TP_CHECK_EQ_I64(f->fix_kind, TP_DOCTOR_NO_FIX);
    TP_CHECK_EQ_STR(f->fix, "");
    tp_doctor_command(f, "rm a\nrm b");
    TP_CHECK_EQ_I64(f->fix_kind, TP_DOCTOR_NO_FIX);
    tp_doctor_command(f, "rm a");
    TP_CHECK_EQ_STR(f->fix, "rm a");
    TP_CHECK_EQ_U64(report.counts[TP_DOCTOR_NOTE], 1);
}

TP_TEST(sizes_are_readable)
{
    char size[TP_DOCTOR_SIZE];
    TP_CHECK_EQ_STR(tp_doctor_size(size, 1023), "1023 B");
    TP_CHECK_EQ_STR(tp_doctor_size(size, 1024), "1.0 KiB");
    TP_CHECK_EQ_STR(tp_doctor_size(size, 3 * GIB / 2), "1.5 GiB");
    TP_CHECK_EQ_STR(tp_doctor_size(size, UINT64_MAX), "unlimited");
}

TP_TEST(parameters_and_sizes_of_uris)
{
    char text[16];
    uint64_t n;
    TP_CHECK(tp_doctor_uri_param("aeron:ipc?a=1|term-length=4m", "term-length", text, 16));
    TP_CHECK_EQ_STR(text, "4m");
    TP_CHECK(!tp_doctor_uri_param("aeron:ipc?xterm-length=4m", "term-length", text, 16));
    TP_CHECK(!tp_doctor_uri_param("aeron:ipc", "term-length", text, 16));
    TP_CHECK(tp_doctor_uri_param("aeron:ipc?endpoint=0123456789abcdefgh", "endpoint", text, 16));
    TP_CHECK_EQ_STR(text, "0123456789abcde");
    TP_CHECK(tp_doctor_uri_size("64k", &n) && n == 65536);
    TP_CHECK(tp_doctor_uri_size("1G", &n) && n == GIB);
    TP_CHECK(tp_doctor_uri_size("65537", &n) && n == 65537);
    TP_CHECK(!tp_doctor_uri_size("", &n) && !tp_doctor_uri_size("k", &n));
    TP_CHECK(!tp_doctor_uri_size("1kb", &n) && !tp_doctor_uri_size("-1", &n));
    TP_CHECK(!tp_doctor_uri_size("99999999999999999999", &n));
    TP_CHECK(!tp_doctor_uri_size("9223372036854775807g", &n));
}

TP_TEST_MAIN()
