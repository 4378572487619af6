/* libFuzzer: any bytes as a capture file, diagnosed; and, since a fuzzer seldom keeps the records' lengths
 * right, as frames of 64 bytes of a file that is in order. */
#include "diagnosis.h"
#include "sane.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_MAX_READ = 65536, RECORD = 64, LINKTYPES = 3 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void diagnose(const uint8_t *bytes, size_t size, bool given)
{
    struct check_options options = {
        .ipv4 = true, .ipv6 = true, .timeout_us = 1000000, .vlan = VLAN_AUTOMATIC};
    struct target target = {.name = (char[]){"fuzz.pcap"}};
    struct verdict verdict;
    FILE *file = fmemopen((void *)(uintptr_t)bytes, size, "r");

    require(file != NULL);
    if (given) {
        target.given[0] = ip_v4(0x0a090002);
        target.given_count = 1;
    }
    diagnosis_of_capture(file, &options, &target, -1, &verdict);
    require(target.address_count <= TARGET_ADDRESSES_MAX);
    require(verdict.status != STATUS_FAULT || verdict.finding_count > 0);
    require(verdict.status != STATUS_UNKNOWN || verdict.unknown.count > 0);
    for (size_t i = 0; i < verdict.check_count; i++)
        require(verdict.checks[i].received <= verdict.checks[i].sent);
    verdict_free(&verdict);
}

static size_t put(uint8_t *to, size_t at, const void *from, size_t length)
{
    memcpy(to + at, from, length);
    return at + length;
}

/* Each frame has the time of its first two bytes after the one before. */
static void diagnose_frames(const uint8_t *data, size_t size)
{
    static uint8_t file[2 * SIZE_MAX_READ];
    static const uint32_t link_types[LINKTYPES] = {1, 113, 276};
    uint32_t header[6] = {0xa1b2c3d4, 4 << 16 | 2, 0, 0, 65535, link_types[size % LINKTYPES]};
    uint64_t now_us = 1000000;
    size_t length = put(file, 0, header, sizeof header);

    for (size_t at = 0; at + 2 < size; at += RECORD) {
        uint32_t bytes = (uint32_t)(size - at < RECORD ? size - at : RECORD) - 2;
        now_us += (uint64_t)data[at] << 8 | data[at + 1];
        uint32_t record[4] = {(uint32_t)(now_us / 1000000), (uint32_t)(now_us % 1000000), bytes, bytes};
        length = put(file, length, record, sizeof record);
        length = put(file, length, data + at + 2, bytes);
    }
    diagnose(file, length, false);
    diagnose(file, length, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > SIZE_MAX_READ)
        return -1;
    diagnose(data, size, size % 2);
    diagnose_frames(data, size);
    return 0;
}
