/* Capture files in memory, frame by frame, and what `read` makes of them. */
#ifndef VMNETCHECK_RECORDER_H
#define VMNETCHECK_RECORDER_H

#include "diagnosis.h"
#include "frames.h"

enum { LINK_ETHERNET = 1, LINK_SLL = 113, LINK_SLL2 = 276 };

struct recorder {
    size_t length;
    uint64_t now_us;
    uint8_t bytes[1 << 20];
};

static inline void append(struct recorder *file, const void *bytes, size_t length)
{
    assert_true(file->length + length <= sizeof file->bytes);
    memcpy(file->bytes + file->length, bytes, length);
    file->length += length;
}

static inline void append_word(struct recorder *file, uint32_t word)
{
    append(file, &word, sizeof word);
}

/* Two that stand in the file one after the other, on a machine of either byte order. */
static inline uint32_t word_of(uint16_t first, uint16_t second)
{
    const uint16_t both[] = {first, second};
    uint32_t word;

    memcpy(&word, both, sizeof word);
    return word;
}

static inline void begin_pcap(struct recorder *file, uint32_t link_type)
{
    const uint32_t header[] = {0xa1b2c3d4, word_of(2, 4), 0, 0, 65535, link_type};

    file->length = 0;
    file->now_us = 1700000000000000;
    append(file, header, sizeof header);
}

/* The next frame, so many microseconds after the one before. */
static inline void record(struct recorder *file, uint64_t after_us, const struct writer *frame)
{
    file->now_us += after_us;
    append_word(file, (uint32_t)(file->now_us / 1000000));
    append_word(file, (uint32_t)(file->now_us % 1000000));
    append_word(file, (uint32_t)frame->length);
    append_word(file, (uint32_t)frame->length);
    append(file, frame->bytes, frame->length);
}

static const struct check_options READ_DEFAULTS = {
    .ipv4 = true, .ipv6 = true, .timeout_us = 1000000, .vlan = VLAN_AUTOMATIC};

/* Diagnoses it with these options; `given` is an address or NULL. The caller frees the verdict. */
static inline void diagnose_with(const struct recorder *file, const struct check_options *options,
                                 const char *given, struct verdict *ret)
{
    struct target target = {.name = (char[]){"file.pcap"}};
    FILE *stream = fmemopen((void *)(uintptr_t)file->bytes, file->length, "r");

    assert_non_null(stream);
    if (given != NULL) {
        target.given[0] = ip(given);
        target.given_count = 1;
    }
    diagnosis_of_capture(stream, options, &target, -1, ret);
}

static inline bool list_has(const struct text_list *list, const char *part)
{
    for (size_t i = 0; i < list->count; i++)
        if (strstr(list->items[i], part) != NULL)
            return true;
    return false;
}

static inline const struct check_result *check_named(const struct verdict *verdict, const char *name,
                                                     const char *address)
{
    for (size_t i = 0; i < verdict->check_count; i++)
        if (strcmp(verdict->checks[i].name, name) == 0 && ip_equal(verdict->checks[i].address, ip(address)))
            return &verdict->checks[i];
    return NULL;
}

static inline void assert_check(const struct verdict *verdict, const char *name, const char *address,
                                unsigned sent, unsigned received, unsigned duplicates)
{
    const struct check_result *check = check_named(verdict, name, address);

    if (check == NULL)
        fail_msg("no check %s of %s", name, address);
    if (check->sent != sent || check->received != received || check->duplicates != duplicates)
        fail_msg("%s of %s: sent %u, received %u, duplicates %u", name, address, check->sent, check->received,
                 check->duplicates);
}

/* The names of all findings, each once, in their order, with blanks between them. */
static inline void assert_findings(const struct verdict *verdict, const char *expected)
{
    char names[1000] = "";

    for (size_t i = 0; i < verdict->finding_count; i++) {
        const char *name = FINDINGS[verdict->findings[i].id].name;
        if (i > 0 && verdict->findings[i].id == verdict->findings[i - 1].id)
            continue;
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", *names ? " " : "", name);
    }
    assert_string_equal(names, expected);
}

static inline void assert_diagnosis_of(const struct recorder *file, const char *given, const char *expected)
{
    struct verdict verdict;

    diagnose_with(file, &READ_DEFAULTS, given, &verdict);
    assert_findings(&verdict, expected);
    verdict_free(&verdict);
}

static inline void assert_diagnosis(const struct recorder *file, const char *expected)
{
    assert_diagnosis_of(file, NULL, expected);
}

#endif
