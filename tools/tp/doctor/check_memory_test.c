/*
 * memory, limits, hugepages: each both ways, at the boundary.
 */
#include <string.h>

#include "doctor/test_facts.h"

TP_TEST(streams_that_do_not_fit_are_an_error_with_the_command)
{
    make_facts();
    facts.base_fs.free_bytes = 2 * RAW_BYTES - 1;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_ERROR);
    const tp_doctor_finding_t *f = found(TP_DOCTOR_ERROR, "largest profile is raw");
    TP_CHECK_CONTAINS(f->text, "2 streams need 128.0 MiB");
    TP_CHECK_EQ_STR(f->fix, "mount -o remount,size=2G /run/shm");
}

TP_TEST(without_room_for_one_epoch_more_it_is_a_warning)
{
    make_facts();
    facts.base_fs.free_bytes = 2 * RAW_BYTES;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_WARNING);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_WARNING, "a producer that comes back")->fix,
                    "mount -o remount,size=2G /run/shm");
    facts.base_fs.free_bytes = 3 * RAW_BYTES - 1;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_WARNING);
    facts.base_fs.free_bytes = 3 * RAW_BYTES;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_OK);
}

TP_TEST(what_live_epochs_of_this_driver_hold_counts_and_nothing_else)
{
    make_facts();
    facts.base_fs.free_bytes = 2 * RAW_BYTES;
    tp_doctor_epoch_t *epoch = add_epoch(7, 1, true, 0);
    epoch->allocated_bytes = RAW_BYTES;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_OK);
    epoch->allocated_bytes = 4 * RAW_BYTES; /* not more than the stream has */
    facts.base_fs.free_bytes = RAW_BYTES - 1;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_ERROR);
    facts.base_fs.free_bytes = 2 * RAW_BYTES;
    epoch->pid_alive = false;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_WARNING);
    epoch->pid_alive = true;
    strcpy(epoch->instance, "another");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_WARNING);
}

TP_TEST(sums_that_overflow_are_more_than_there_is)
{
    static tp_driver_pool_t pools[2] = { { 1, UINT32_MAX }, { 2, UINT32_MAX } };
    make_facts();
    profile.header_nslots = UINT32_MAX;
    profile.pools = pools;
    profile.npools = 2;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_I64(found(TP_DOCTOR_ERROR, "streams need")->fix_kind, TP_DOCTOR_NO_FIX);
}

TP_TEST(another_file_system_is_not_remounted)
{
    make_facts();
    facts.base_fs.kind = TP_DOCTOR_FS_OTHER;
    facts.base_fs.free_bytes = 0;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_I64(found(TP_DOCTOR_ERROR, "streams need")->fix_kind, TP_DOCTOR_NO_FIX);
}

TP_TEST(dynamic_streams_beyond_the_room_are_a_note)
{
    make_facts();
    driver.allow_dynamic_streams = true;
    driver.stream_id_range = (tp_id_range_t){ 100, 102 };
    facts.base_fs.free_bytes = 5 * RAW_BYTES;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_OK);
    facts.base_fs.free_bytes = 5 * RAW_BYTES - 1;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_NOTE);
    found(TP_DOCTOR_NOTE, "there is room for 2");
}

TP_TEST(memory_that_is_not_there_is_a_warning)
{
    make_facts();
    facts.memory.available_bytes = 2 * RAW_BYTES;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_OK);
    facts.memory.available_bytes--;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_WARNING);
    found(TP_DOCTOR_WARNING, "more of memory");
}

TP_TEST(a_control_group_is_an_error_when_it_never_fits_and_a_warning_when_it_does_not_now)
{
    make_facts();
    strcpy(facts.memory.group, "/sys/fs/cgroup/app");
    facts.memory.group_limit_bytes = 2 * RAW_BYTES;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_OK);
    facts.memory.group_used_bytes = 1;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_WARNING);
    facts.memory.group_used_bytes = 0;
    facts.memory.group_limit_bytes--;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_ERROR);
    TP_CHECK_CONTAINS(found(TP_DOCTOR_ERROR, "control group")->fix,
                      "> /sys/fs/cgroup/app/memory.max");
}

TP_TEST(what_cannot_be_read_is_a_note)
{
    make_facts();
    strcpy(facts.memory.trouble, "/proc/meminfo: no");
    strcpy(facts.memory.group_trouble, "/proc/self/cgroup: no");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_memory), TP_DOCTOR_NOTE);
    found(TP_DOCTOR_NOTE, "could not look: memory: /proc/meminfo: no");
    found(TP_DOCTOR_NOTE, "could not look: control group");
    strcpy(facts.base_fs.trouble, "gone");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_hugepages), TP_DOCTOR_NOTE);
    strcpy(facts.limits.trouble, "gone");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_limits), TP_DOCTOR_NOTE);
}

TP_TEST(locked_memory_is_compared_where_it_is_locked)
{
    make_facts();
    facts.limits.memlock_bytes = 65536;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_limits), TP_DOCTOR_OK);
    driver.mlock_shm = true;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_limits), TP_DOCTOR_ERROR);
    TP_CHECK_CONTAINS(found(TP_DOCTOR_ERROR, "RLIMIT_MEMLOCK of this process")->fix, "ulimit -l ");
    facts.limits.pid = 33;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_limits), TP_DOCTOR_ERROR);
    TP_CHECK_CONTAINS(found(TP_DOCTOR_ERROR, "of the running driver")->fix,
                      "prlimit --pid 33 --memlock=");
    facts.limits.memlock_bytes = 2 * RAW_BYTES - 1;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_limits), TP_DOCTOR_ERROR);
    facts.limits.memlock_bytes++;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_limits), TP_DOCTOR_OK);
    facts.limits.memlock_bytes = 0;
    facts.limits.may_lock = true;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_limits), TP_DOCTOR_OK);
    found(TP_DOCTOR_OK, "CAP_IPC_LOCK");
}

TP_TEST(files_and_mappings_have_to_be_enough)
{
    make_facts();
    facts.limits.nofile = 66;
    facts.limits.max_maps = 1028;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_limits), TP_DOCTOR_OK);
    facts.limits.nofile = 65;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_limits), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "RLIMIT_NOFILE")->fix, "ulimit -n 66");
    facts.limits.nofile = TP_DOCTOR_UNLIMITED;
    facts.limits.max_maps = 1027;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_limits), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "mapped at once")->fix,
                    "sysctl -w vm.max_map_count=1028");
    facts.limits.max_maps = 0; /* not known */
    TP_CHECK_EQ_I64(judge(tp_doctor_check_limits), TP_DOCTOR_OK);
}

static void make_huge(void)
{
    make_facts();
    facts.base_fs.kind = TP_DOCTOR_HUGETLBFS;
    facts.base_fs.page_bytes = 2 * MIB;
    pool.stride_bytes = 2 * 1048576;
    /* ring: 1 page; pool: 64 of 2 MiB and a superblock: 65 pages; two streams */
    facts.hugepages = (tp_doctor_hugepages_t){ .page_bytes = 2 * MIB, .total = 200, .free = 132 };
}

TP_TEST(huge_pages_have_to_be_free_for_all_streams)
{
    make_huge();
    TP_CHECK_EQ_I64(judge(tp_doctor_check_hugepages), TP_DOCTOR_OK);
    found(TP_DOCTOR_OK, "132 are needed");
    facts.hugepages.reserved = 1;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_hugepages), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "131 huge pages")->fix, "sysctl -w vm.nr_hugepages=201");
}

TP_TEST(pages_of_another_size_are_reserved_in_their_own_place)
{
    make_huge();
    facts.base_fs.page_bytes = facts.hugepages.page_bytes = GIB;
    pool.stride_bytes = 1u << 30;
    facts.hugepages.free = 0;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_hugepages), TP_DOCTOR_ERROR);
    TP_CHECK_CONTAINS(found(TP_DOCTOR_ERROR, "huge pages of 1.0 GiB")->fix,
                      "> /sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages");
}

TP_TEST(on_hugetlbfs_strides_are_multiples_and_page_sizes_agree)
{
    make_huge();
    pool.stride_bytes = 1048576;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_hugepages), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "pool 1 has strides")->fix, "stride_bytes = 2097152");
    make_huge();
    driver.page_size_bytes = 1u << 30;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_hugepages), TP_DOCTOR_WARNING);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_WARNING, "shm.page_size_bytes")->fix,
                    "page_size_bytes = 2097152");
}

TP_TEST(huge_pages_that_are_required_have_to_be_mounted)
{
    make_huge();
    driver.require_hugepages = true;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_hugepages), TP_DOCTOR_OK);
    facts.base_fs.kind = TP_DOCTOR_TMPFS;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_hugepages), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "not on hugetlbfs")->fix,
                    "mkdir -p /run/shm/tp && mount -t hugetlbfs -o "
                    "pagesize=2048K,uid=1000,mode=2770 none /run/shm/tp");
}

TP_TEST(a_tmpfs_without_huge_is_a_note_where_it_matters)
{
    make_facts();
    TP_CHECK_EQ_I64(judge(tp_doctor_check_hugepages), TP_DOCTOR_NOTE);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_NOTE, "4 KiB pages")->fix,
                    "mount -o remount,huge=advise /run/shm");
    strcpy(facts.base_fs.huge, "advise");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_hugepages), TP_DOCTOR_OK);
    strcpy(facts.base_fs.huge, "never");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_hugepages), TP_DOCTOR_NOTE);
    driver.no_transparent_hugepages = true;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_hugepages), TP_DOCTOR_OK);
    make_facts();
    pool.stride_bytes = 4096;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_hugepages), TP_DOCTOR_OK);
}
