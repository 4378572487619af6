/* The table of fields, and how each kind of value is taken. A value of the wrong kind is as good as none. */
#include "fields.h"

#include "grow.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

enum {
    ITEMS_MAX = 256, /* of each list of a target: more than any document of ours has, */
    TEXT_MAX = 4096  /* … and as long as no text of it is */
};

/* ---- values ---- */

/* A field of the object that stands in a place: where it is there, and, if it may be missing, where it says
 * so. */
struct field {
    enum document_place in;
    const char *key;
    void (*take)(struct parsed *parsed, const struct field *field, char *object, const struct scalar *value);
    size_t at, known;
};

static bool is_text(const struct scalar *value)
{
    return value->kind == SCALAR_TEXT && value->length > 0;
}

static char *copy(const struct scalar *value)
{
    return text_escape(value->text, value->length < TEXT_MAX ? value->length : TEXT_MAX);
}

/* Into a buffer, as what is no longer than a number, an address, … False if it is longer. */
static bool copy_short(const struct scalar *value, char buffer[64])
{
    if (value->length >= 64 || memchr(value->text, '\0', value->length) != NULL)
        return false;
    memcpy(buffer, value->text, value->length);
    buffer[value->length] = '\0';
    return true;
}

static void take_text(struct parsed *parsed, const struct field *field, char *object,
                      const struct scalar *value)
{
    char **to = (char **)(void *)(object + field->at);
    (void)parsed;

    free(*to);
    *to = is_text(value) ? copy(value) : NULL;
}

/* A whole number; others are as good as none. */
static bool number_of(const struct scalar *value, unsigned long long most, unsigned long long *ret)
{
    char text[64], *end;

    if (value->kind != SCALAR_NUMBER || !copy_short(value, text) || text[0] == '-')
        return false;
    errno = 0;
    *ret = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *ret <= most;
}

static void take_time_span(struct parsed *parsed, const struct field *field, char *object,
                           const struct scalar *value)
{
    unsigned long long number;
    (void)parsed;

    if (number_of(value, UINT64_MAX / 4, &number))
        *(uint64_t *)(void *)(object + field->at) = number;
}

static void take_count(struct parsed *parsed, const struct field *field, char *object,
                       const struct scalar *value)
{
    unsigned long long number;
    (void)parsed;

    if (number_of(value, UINT32_MAX, &number))
        *(unsigned *)(void *)(object + field->at) = (unsigned)number;
}

static void take_long(struct parsed *parsed, const struct field *field, char *object,
                      const struct scalar *value)
{
    unsigned long long number;
    (void)parsed;

    if (number_of(value, LONG_MAX, &number))
        *(long *)(void *)(object + field->at) = (long)number;
}

static void take_hub(struct parsed *parsed, const struct field *field, char *object,
                     const struct scalar *value)
{
    unsigned long long number;
    struct vm_result *vm = (struct vm_result *)(void *)object;
    (void)parsed;
    (void)field;

    vm->has_hub = number_of(value, INT_MAX, &number);
    if (vm->has_hub)
        vm->hub = (int)number;
}

static void take_truth(struct parsed *parsed, const struct field *field, char *object,
                       const struct scalar *value)
{
    (void)parsed;
    *(bool *)(object + field->at) = value->kind == SCALAR_BOOLEAN && value->truth;
}

static void take_mac(struct parsed *parsed, const struct field *field, char *object,
                     const struct scalar *value)
{
    char text[64];
    (void)parsed;

    *(bool *)(object + field->known) =
        is_text(value) && copy_short(value, text) && mac_parse(text, (struct mac_addr *)(object + field->at));
}

static void take_ip(struct parsed *parsed, const struct field *field, char *object,
                    const struct scalar *value)
{
    struct ip_addr *to = (struct ip_addr *)(void *)(object + field->at);
    char text[64];
    (void)parsed;

    if (!is_text(value) || !copy_short(value, text) || !ip_parse(text, to))
        *to = (struct ip_addr){0};
}

static bool is_word(const struct scalar *value, const char *word)
{
    return value->kind == SCALAR_TEXT && value->length == strlen(word) &&
           memcmp(value->text, word, value->length) == 0;
}

/* ISO 8601 in UTC, as words_of_time() writes it; 0: it is none. */
static void take_time(struct parsed *parsed, const struct field *field, char *object,
                      const struct scalar *value)
{
    char text[64];
    struct tm utc = {0};
    unsigned us = 0;
    const char *rest =
        is_text(value) && copy_short(value, text) ? strptime(text, "%Y-%m-%dT%H:%M:%S", &utc) : NULL;
    time_t seconds = rest != NULL && sscanf(rest, ".%6uZ", &us) == 1 ? timegm(&utc) : 0;
    (void)parsed;

    *(uint64_t *)(void *)(object + field->at) = seconds > 0 ? (uint64_t)seconds * 1000000 + us : 0;
}

/* ---- words of tables ---- */

static void take_vmm(struct parsed *parsed, const struct field *field, char *object,
                     const struct scalar *value)
{
    (void)parsed;
    *(const char **)(void *)(object + field->at) = is_word(value, "qemu") ? "qemu" : NULL;
}

static void take_hop_name(struct parsed *parsed, const struct field *field, char *object,
                          const struct scalar *value)
{
    static const char *const names[] = {"host", "bridge", "port", "tap"};
    (void)parsed;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (is_word(value, names[i]))
            *(const char **)(void *)(object + field->at) = names[i];
}

static void take_probe(struct parsed *parsed, const struct field *field, char *object,
                       const struct scalar *value)
{
    (void)parsed;
    for (size_t i = 0; i < PROBE_COUNT; i++)
        if (is_word(value, probe_name((enum probe_id)i)))
            *(const char **)(void *)(object + field->at) = probe_name((enum probe_id)i);
}

static void take_passing(struct parsed *parsed, const struct field *field, char *object,
                         const struct scalar *value)
{
    (void)parsed;
    *(enum passing *)(void *)(object + field->at) = is_word(value, "seen")   ? PASSING_SEEN
                                                    : is_word(value, "lost") ? PASSING_LOST
                                                                             : PASSING_UNKNOWN;
}

static void take_source(struct parsed *parsed, const struct field *field, char *object,
                        const struct scalar *value)
{
    (void)parsed;
    for (int i = ORIGIN_GIVEN; i <= ORIGIN_SWEEP; i++)
        if (is_word(value, target_origin_name((enum address_origin)i)))
            *(enum address_origin *)(void *)(object + field->at) = (enum address_origin)i;
}

static void take_check_status(struct parsed *parsed, const struct field *field, char *object,
                              const struct scalar *value)
{
    (void)parsed;
    for (int i = CHECK_PASS; i <= CHECK_FAIL; i++)
        if (is_word(value, check_status_name((enum check_status)i)))
            *(enum check_status *)(void *)(object + field->at) = (enum check_status)i;
}

static void take_status(struct parsed *parsed, const struct field *field, char *object,
                        const struct scalar *value)
{
    (void)field;
    (void)object;
    for (int i = STATUS_HEALTHY; i <= STATUS_FAULT; i++)
        if (is_word(value, verdict_status_name((enum verdict_status)i)))
            parsed->status = (enum verdict_status)i;
}

static void take_finding_name(struct parsed *parsed, const struct field *field, char *object,
                              const struct scalar *value)
{
    (void)field;
    (void)object;
    free(parsed->name);
    parsed->name = is_text(value) ? copy(value) : NULL;
}

static void take_severity(struct parsed *parsed, const struct field *field, char *object,
                          const struct scalar *value)
{
    (void)field;
    (void)object;
    for (int i = SEVERITY_INFO; i <= SEVERITY_ERROR; i++)
        if (is_word(value, finding_severity_name((enum severity)i)))
            parsed->severity = (enum severity)i;
}

static void take_no_segment(struct parsed *parsed, const struct field *field, char *object,
                            const struct scalar *value)
{
    (void)field;
    (void)object;
    parsed->has_no_segment = value->kind == SCALAR_NULL;
}

/* ---- elements of lists ---- */

static void add_text(struct parsed *parsed, const struct field *field, char *object,
                     const struct scalar *value)
{
    struct text_list *list = (struct text_list *)(void *)(object + field->at);
    (void)parsed;

    if (is_text(value) && list->count < ITEMS_MAX)
        text_list_add(list, copy(value));
}

static void add_subnet(struct parsed *parsed, const struct field *field, char *object,
                       const struct scalar *value)
{
    struct segment_result *segment = (struct segment_result *)(void *)object;
    char text[64], *slash, *end;
    struct subnet_result subnet;
    (void)parsed;
    (void)field;

    if (segment->subnet_count == SEGMENT_SUBNETS_MAX || !is_text(value) || !copy_short(value, text) ||
        (slash = strchr(text, '/')) == NULL)
        return;
    *slash = '\0';
    unsigned long length = strtoul(slash + 1, &end, 10);
    if (!ip_parse(text, &subnet.prefix) || *end != '\0' || length > 8 * ip_size(subnet.prefix.family))
        return;
    subnet.length = (unsigned)length;
    segment->subnets[segment->subnet_count++] = subnet;
}

/* ---- the table ---- */

#define AT(type, member) offsetof(struct type, member), 0

static const struct field FIELDS[] = {
    {PLACE_DOCUMENT, "schema", take_long, AT(document, schema)},
    {PLACE_DOCUMENT, "command", take_text, AT(document, command)},
    {PLACE_DOCUMENT, "started", take_time, AT(document, started_us)},
    {PLACE_DOCUMENT, "elapsed_us", take_time_span, AT(document, elapsed_us)},
    {PLACE_DOCUMENT, "error", take_text, AT(document, error)},
    {PLACE_HOST, "name", take_text, AT(host_identity, name)},
    {PLACE_HOST, "machine_id", take_text, AT(host_identity, machine_id)},
    {PLACE_HOST, "boot_id", take_text, AT(host_identity, boot_id)},
    {PLACE_HOST, "netns", take_text, AT(host_identity, netns)},
    {PLACE_TARGET, "interface", take_text, AT(target_report, interface)},
    {PLACE_TARGET, "netns", take_text, AT(target_report, netns)},
    {PLACE_TARGET, "file", take_text, AT(target_report, file)},
    {PLACE_TARGET, "bridge", take_text, AT(target_report, bridge)},
    {PLACE_TARGET, "elapsed_us", take_time_span, AT(target_report, elapsed_us)},
    {PLACE_TARGET, "status", take_status, 0, 0},
    {PLACE_TARGET, "segment", take_no_segment, 0, 0},
    {PLACE_VM, "name", take_text, AT(vm_result, name)},
    {PLACE_VM, "uuid", take_text, AT(vm_result, uuid)},
    {PLACE_VM, "pid", take_long, AT(vm_result, pid)},
    {PLACE_VM, "uid", take_long, AT(vm_result, uid)},
    {PLACE_VM, "vmm", take_vmm, AT(vm_result, vmm)},
    {PLACE_VM, "mac", take_mac, offsetof(struct vm_result, mac), offsetof(struct vm_result, has_mac)},
    {PLACE_VM, "netdev", take_text, AT(vm_result, netdev)},
    {PLACE_VM, "hub", take_hub, 0, 0},
    {PLACE_SEGMENT, "confined", take_truth, AT(segment_result, is_confined)},
    {PLACE_SUBNETS, "", add_subnet, 0, 0},
    {PLACE_GATEWAY, "address", take_ip, AT(gateway_result, address)},
    {PLACE_GATEWAY, "mac", take_mac, offsetof(struct gateway_result, mac),
     offsetof(struct gateway_result, has_mac)},
    {PLACE_ADDRESS, "address", take_ip, AT(address_result, address)},
    {PLACE_ADDRESS, "source", take_source, AT(address_result, origin)},
    {PLACE_ADDRESS, "mac", take_mac, offsetof(struct address_result, mac),
     offsetof(struct address_result, has_mac)},
    {PLACE_CHECK, "name", take_probe, AT(check_result, name)},
    {PLACE_CHECK, "address", take_ip, AT(check_result, address)},
    {PLACE_CHECK, "status", take_check_status, AT(check_result, status)},
    {PLACE_CHECK, "sent", take_count, AT(check_result, sent)},
    {PLACE_CHECK, "received", take_count, AT(check_result, received)},
    {PLACE_CHECK, "duplicates", take_count, AT(check_result, duplicates)},
    {PLACE_CHECK, "note", take_text, AT(check_result, note)},
    {PLACE_RTT, "min", take_time_span, AT(check_result, rtt_min_us)},
    {PLACE_RTT, "avg", take_time_span, AT(check_result, rtt_avg_us)},
    {PLACE_RTT, "max", take_time_span, AT(check_result, rtt_max_us)},
    {PLACE_HOP, "hop", take_hop_name, AT(hop_result, hop)},
    {PLACE_HOP, "interface", take_text, AT(hop_result, interface)},
    {PLACE_HOP, "request", take_passing, AT(hop_result, request)},
    {PLACE_HOP, "reply", take_passing, AT(hop_result, reply)},
    {PLACE_FINDING, "name", take_finding_name, 0, 0},
    {PLACE_FINDING, "severity", take_severity, 0, 0},
    {PLACE_FINDING, "ignored", take_truth, AT(finding, ignored)},
    {PLACE_FINDING, "address", take_ip, AT(finding, address)},
    {PLACE_FINDING, "summary", take_text, AT(finding, summary)},
    {PLACE_FINDING, "fix", take_text, AT(finding, fix)},
    {PLACE_EVIDENCE, "", add_text, AT(finding, evidence)},
    {PLACE_REASONS, "", add_text, AT(verdict, unknown)},
    {PLACE_NOTES, "", add_text, AT(verdict, notes)},
};

/* Each place has a few fields, and they stand together. */
static const struct field *first_field(enum document_place place)
{
    static const struct field *first[PLACE_ELSEWHERE];

    if (first[PLACE_DOCUMENT] == NULL)
        for (size_t i = sizeof FIELDS / sizeof FIELDS[0]; i-- > 0;)
            first[FIELDS[i].in] = &FIELDS[i];
    return place < PLACE_ELSEWHERE ? first[place] : NULL;
}

void fields_take(struct parsed *parsed, enum document_place place, const char *key, void *object,
                 const struct scalar *value)
{
    const struct field *end = FIELDS + sizeof FIELDS / sizeof FIELDS[0], *field = first_field(place);

    for (; field != NULL && field < end && field->in == place; field++)
        if (strcmp(field->key, key) == 0) {
            field->take(parsed, field, object, value);
            return;
        }
}
