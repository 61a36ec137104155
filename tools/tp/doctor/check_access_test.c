/*
 * configuration, permissions, aeron: each both ways.
 */
#include <string.h>

#include "doctor/test_facts.h"

static tp_doctor_file_t *one_file(uint32_t mode)
{
    make_facts();
    facts.config.nfiles = 1;
    facts.config.files[0] = (tp_doctor_file_t){ .path = "rig.toml", .mode = mode };
    return &facts.config.files[0];
}

TP_TEST(a_token_in_a_file_that_everybody_reads_is_a_warning)
{
    tp_doctor_file_t *file = one_file(0644);
    TP_CHECK_EQ_I64(judge(tp_doctor_check_configuration), TP_DOCTOR_OK);
    file->has_token = true;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_configuration), TP_DOCTOR_WARNING);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_WARNING, "shutdown_token")->fix, "chmod o-rwx rig.toml");
    file->mode = 0640;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_configuration), TP_DOCTOR_OK);
}

TP_TEST(a_file_that_everybody_writes_or_nobody_reads_is_an_error)
{
    tp_doctor_file_t *file = one_file(0666);
    TP_CHECK_EQ_I64(judge(tp_doctor_check_configuration), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "written by everybody")->fix, "chmod o-w rig.toml");
    file->mode = 0640;
    strcpy(file->trouble, "No such file or directory");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_configuration), TP_DOCTOR_ERROR);
    found(TP_DOCTOR_ERROR, "rig.toml: No such file");
}

TP_TEST(what_the_loader_warns_of_is_a_warning)
{
    make_facts();
    strcpy(facts.config.warnings[0], "rig.toml:3: unknown key shm.base_dri is ignored");
    facts.config.nwarnings = 1;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_configuration), TP_DOCTOR_WARNING);
}

TP_TEST(a_base_that_everybody_writes_is_an_error_unless_sticky)
{
    make_facts();
    facts.base.mode = 0777;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "written by everybody")->fix, "chmod o-w /run/shm/tp");
    facts.base.mode = 01777;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_OK);
    facts.base.mode = 0775;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_OK);
}

TP_TEST(the_directory_above_must_not_let_the_base_be_replaced)
{
    make_facts();
    facts.base.above_mode = 0777;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "in its place")->fix, "chmod +t /run/shm");
}

TP_TEST(a_base_has_to_be_a_directory_that_this_user_can_write)
{
    make_facts();
    facts.base.is_usable = facts.base.is_ours = false;
    facts.base.uid = 7;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "uid 1000")->fix,
                    "chown 1000 /run/shm/tp && chmod u+rwx /run/shm/tp");
    facts.base.is_usable = true;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_NOTE);
    found(TP_DOCTOR_NOTE, "belongs to uid 7");
    facts.base.is_dir = false;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_ERROR);
    found(TP_DOCTOR_ERROR, "no directory");
}

TP_TEST(a_base_that_is_missing_has_to_be_makable)
{
    make_facts();
    facts.base.exists = facts.base.is_dir = facts.base.is_usable = false;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_OK);
    facts.base.above_is_usable = false;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "cannot make it")->fix,
                    "install -d -m 2770 -o 1000 /run/shm/tp");
}

TP_TEST(allowed_directories_exist_and_hold_the_base)
{
    make_facts();
    facts.allowed[0].holds_base = false;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "in none of")->fix,
                    "allowed_base_dirs = [ \"/run/shm/tp\" ]");
    facts.allowed[0].exists = false;
    strcpy(facts.allowed[0].path, "/mnt/x");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "/mnt/x is not there")->fix, "mkdir -p /mnt/x");
    /* One that will be made with the base. */
    strcpy(facts.allowed[0].path, "/run/shm/tp/");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_OK);
    strcpy(facts.allowed[0].path, "/run/shm/t");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_ERROR);
}

TP_TEST(clients_that_do_not_allow_the_base_are_said)
{
    make_facts();
    facts.clients_allow_base = false;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_NOTE);
    facts.clients_say_so = true;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_WARNING);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_WARNING, "refuse them")->fix,
                    "TP_ALLOWED_BASE_DIRS=/run/shm/tp");
}

TP_TEST(rights_for_everybody_are_a_warning)
{
    make_facts();
    driver.permissions_mode = 0664;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_permissions), TP_DOCTOR_WARNING);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_WARNING, "permissions_mode 664")->fix,
                    "permissions_mode = \"660\"");
}

/* ---- aeron ---- */

TP_TEST(an_absent_media_driver_is_a_note_and_an_error_where_all_should_be_up)
{
    const tp_doctor_cnc_t absent[] = { TP_DOCTOR_CNC_NONE, TP_DOCTOR_CNC_CLOSED,
                                       TP_DOCTOR_CNC_STARTING };
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        make_facts();
        facts.aeron.cnc = absent[i];
        facts.config_words = "--config rig.toml";
        strcpy(facts.aeron.cnc_text, "no media driver");
        TP_CHECK_EQ_I64(judge(tp_doctor_check_aeron), TP_DOCTOR_NOTE);
        TP_CHECK_EQ_STR(found(TP_DOCTOR_NOTE, "no media driver")->fix,
                        "tp driver --aeron-dir /run/shm/aeron --config rig.toml");
        facts.must_run = true;
        TP_CHECK_EQ_I64(judge(tp_doctor_check_aeron), TP_DOCTOR_ERROR);
    }
}

TP_TEST(a_media_driver_that_is_silent_foreign_or_not_ours_is_an_error)
{
    const tp_doctor_cnc_t wrong[] = { TP_DOCTOR_CNC_SILENT, TP_DOCTOR_CNC_FOREIGN,
                                      TP_DOCTOR_CNC_FORBIDDEN };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        make_facts();
        facts.aeron.cnc = wrong[i];
        strcpy(facts.aeron.cnc_text, "so it is");
        TP_CHECK_EQ_I64(judge(tp_doctor_check_aeron), TP_DOCTOR_ERROR);
        TP_CHECK_NE_I64(found(TP_DOCTOR_ERROR, "so it is")->fix_kind, TP_DOCTOR_NO_FIX);
    }
}

TP_TEST(a_late_heartbeat_is_a_warning)
{
    make_facts();
    facts.aeron.age_ms = 3000;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_aeron), TP_DOCTOR_OK);
    facts.aeron.age_ms = 3001;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_aeron), TP_DOCTOR_WARNING);
}

TP_TEST(the_aeron_directory_is_on_tmpfs_and_not_everybodys)
{
    make_facts();
    facts.aeron.fs.kind = TP_DOCTOR_FS_OTHER;
    strcpy(facts.aeron.fs.name, "ext4");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_aeron), TP_DOCTOR_WARNING);
    found(TP_DOCTOR_WARNING, "is on ext4");
    make_facts();
    facts.aeron.dir.mode = 0777;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_aeron), TP_DOCTOR_WARNING);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_WARNING, "any user")->fix, "chmod -R o-rwx /run/shm/aeron");
    facts.aeron.dir.is_dir = false;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_aeron), TP_DOCTOR_ERROR);
    strcpy(facts.aeron.dir.trouble, "no");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_aeron), TP_DOCTOR_NOTE);
}

TP_TEST(terms_need_room_though_their_files_are_sparse)
{
    make_facts();
    add_test_channel("driver.control_channel", "aeron:ipc?term-length=4m", 1000, false);
    add_test_channel("client", "aeron:ipc?term-length=4m", 1000, true); /* the same publication */
    facts.aeron.fs.free_bytes = 12 * MIB + 4096;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_aeron), TP_DOCTOR_OK);
    facts.aeron.fs.free_bytes--;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_aeron), TP_DOCTOR_ERROR);
    found(TP_DOCTOR_ERROR, "term buffers");
    /* Two that fit one at a time. */
    add_test_channel("driver.qos_channel", "aeron:ipc?term-length=4m", 1200, false);
    facts.aeron.fs.free_bytes = 12 * MIB + 4096;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_aeron), TP_DOCTOR_WARNING);
    /* They are there already and have all their memory. */
    facts.aeron.logs_bytes = facts.aeron.logs_allocated_bytes = 2 * (12 * MIB + 4096);
    facts.aeron.fs.free_bytes = 0;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_aeron), TP_DOCTOR_OK);
    facts.aeron.logs_allocated_bytes--;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_aeron), TP_DOCTOR_WARNING);
}
