/* What holds of every verdict, whatever was seen: findings that exclude each other never stand together,
 * findings, checks, layer and status say the same, and whoever answers everything once is not blamed.
 *
 * A failure names the seed of its case: VERDICT_SEED=N makes that one alone, VERDICT_CASES=N so many from it
 * on. */
#include "verdict.h"

#include "random_case.h"

#include <inttypes.h>
#include <time.h>

#ifdef __SANITIZE_ADDRESS__
enum { CASES = 100000 }; /* it takes five times as long */
#else
enum { CASES = 1000000 };
#endif
enum { SEED = 20261122, FULL_LOGS = 500, EXTRA_MAX = 12 };

static struct start_up start_ups[START_UP_COUNT];

static int prepare(void **state)
{
    (void)state;
    make_universe();
    for (size_t i = 0; i < START_UP_COUNT; i++) {
        script_parse(START_UPS[i], strlen(START_UPS[i]), &start_ups[i].vms);
        start_ups[i].index = vm_index_of(&start_ups[i].vms, start_ups[i].vms.count);
    }
    start_ups[LINK_OFF].vms.items[0]->nics[0].link_down = true;
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < START_UP_COUNT; i++) {
        vm_index_free(start_ups[i].index);
        vm_list_free(&start_ups[i].vms);
    }
    return 0;
}

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void broken(const struct random_case *c, const char *rule)
{
    for (size_t i = 0; i < c->verdict.check_count; i++) {
        const struct check_result *check = &c->verdict.checks[i];
        char text[IP_TEXT_SIZE];
        print_error("%s of %s: %s, sent %u, received %u, duplicates %u\n", check->name,
                    ip_format(check->address, text), check_status_name(check->status), check->sent,
                    check->received, check->duplicates);
    }
    fail_msg("VERDICT_SEED=%" PRIu64 ": %s: %s, \"%s\"", c->seed, rule,
             verdict_status_name(c->verdict.status), findings_text(&c->verdict));
}

/* ---- what excludes what ---- */

/* By their meaning, that is: the words of findings.def. */
static const struct exclusion {
    enum finding_id one, other;
    bool anywhere; /* not only about the same address */
} EXCLUSIONS[] = {
    /* Nobody answers for the address, or somebody does. */
    {FINDING_ARP_NO_REPLY, FINDING_ICMP_NO_REPLY, false},
    {FINDING_ARP_NO_REPLY, FINDING_ICMP_REJECTED, false},
    {FINDING_ARP_NO_REPLY, FINDING_ADDRESS_CONFLICT, false},
    {FINDING_ARP_NO_REPLY, FINDING_WRONG_SUBNET, false},
    {FINDING_NDP_NO_REPLY, FINDING_ICMPV6_NO_REPLY, false},
    {FINDING_NDP_NO_REPLY, FINDING_ICMP_REJECTED, false},
    {FINDING_NDP_NO_REPLY, FINDING_ADDRESS_CONFLICT, false},
    {FINDING_NDP_NO_REPLY, FINDING_WRONG_SUBNET, false},
    /* The guest does not have the address, or it does. */
    {FINDING_ADDRESS_NOT_ASSIGNED, FINDING_ARP_NO_REPLY, false},
    {FINDING_ADDRESS_NOT_ASSIGNED, FINDING_NDP_NO_REPLY, false},
    {FINDING_ADDRESS_NOT_ASSIGNED, FINDING_ICMP_NO_REPLY, false},
    {FINDING_ADDRESS_NOT_ASSIGNED, FINDING_ICMPV6_NO_REPLY, false},
    {FINDING_ADDRESS_NOT_ASSIGNED, FINDING_ICMP_REJECTED, false},
    {FINDING_ADDRESS_NOT_ASSIGNED, FINDING_ADDRESS_CONFLICT, false},
    {FINDING_ADDRESS_NOT_ASSIGNED, FINDING_WRONG_SUBNET, false},
    {FINDING_ADDRESS_NOT_ASSIGNED, FINDING_BAD_CHECKSUM, false},
    {FINDING_ADDRESS_NOT_ASSIGNED, FINDING_PACKET_LOSS, false},
    {FINDING_ADDRESS_NOT_ASSIGNED, FINDING_DUP_REQUEST_COPIED, false},
    {FINDING_ADDRESS_NOT_ASSIGNED, FINDING_DUP_REPLY_COPIED, false},
    {FINDING_ADDRESS_NOT_ASSIGNED, FINDING_DUP_TWO_GUESTS, false},
    {FINDING_ADDRESS_NOT_ASSIGNED, FINDING_DUP_FORWARDED, false},
    {FINDING_ADDRESS_NOT_ASSIGNED, FINDING_DUP_UNEXPLAINED, false},
    /* No echo request is answered, or some are: damaged, by an error, more than once. */
    {FINDING_ICMP_NO_REPLY, FINDING_ICMP_REJECTED, false},
    {FINDING_ICMP_NO_REPLY, FINDING_BAD_CHECKSUM, false},
    {FINDING_ICMP_NO_REPLY, FINDING_DUP_REQUEST_COPIED, false},
    {FINDING_ICMP_NO_REPLY, FINDING_DUP_REPLY_COPIED, false},
    {FINDING_ICMP_NO_REPLY, FINDING_DUP_TWO_GUESTS, false},
    {FINDING_ICMP_NO_REPLY, FINDING_DUP_FORWARDED, false},
    {FINDING_ICMPV6_NO_REPLY, FINDING_ICMP_REJECTED, false},
    {FINDING_ICMPV6_NO_REPLY, FINDING_BAD_CHECKSUM, false},
    {FINDING_ICMPV6_NO_REPLY, FINDING_DUP_REQUEST_COPIED, false},
    {FINDING_ICMPV6_NO_REPLY, FINDING_DUP_REPLY_COPIED, false},
    {FINDING_ICMPV6_NO_REPLY, FINDING_DUP_TWO_GUESTS, false},
    {FINDING_ICMPV6_NO_REPLY, FINDING_DUP_FORWARDED, false},
    {FINDING_BAD_CHECKSUM, FINDING_PACKET_LOSS, false},
    /* One cause of copies, or another; both ways may copy. */
    {FINDING_DUP_UNEXPLAINED, FINDING_DUP_REQUEST_COPIED, false},
    {FINDING_DUP_UNEXPLAINED, FINDING_DUP_REPLY_COPIED, false},
    {FINDING_DUP_UNEXPLAINED, FINDING_DUP_TWO_GUESTS, false},
    {FINDING_DUP_UNEXPLAINED, FINDING_DUP_FORWARDED, false},
    {FINDING_DUP_TWO_GUESTS, FINDING_DUP_REQUEST_COPIED, false},
    {FINDING_DUP_TWO_GUESTS, FINDING_DUP_REPLY_COPIED, false},
    {FINDING_DUP_TWO_GUESTS, FINDING_DUP_FORWARDED, false},
    {FINDING_DUP_FORWARDED, FINDING_DUP_REQUEST_COPIED, false},
    {FINDING_DUP_FORWARDED, FINDING_DUP_REPLY_COPIED, false},
    {FINDING_DUPLICATE_MAC, FINDING_DUP_TWO_GUESTS, true},
    /* Frames go round, or come back once; what a loop does is no machine's fault. */
    {FINDING_L2_LOOP, FINDING_FRAME_REFLECTION, true},
    {FINDING_L2_LOOP, FINDING_BROADCAST_STORM, true},
    {FINDING_L2_LOOP, FINDING_DUP_UNEXPLAINED, true},
    {FINDING_L2_LOOP, FINDING_DUP_TWO_GUESTS, true},
    {FINDING_L2_LOOP, FINDING_PACKET_LOSS, true},
    {FINDING_L2_LOOP, FINDING_ARP_NO_REPLY, true},
    {FINDING_L2_LOOP, FINDING_ADDRESS_CONFLICT, true},
    {FINDING_FRAME_REFLECTION, FINDING_DUP_UNEXPLAINED, true},
    {FINDING_FRAME_REFLECTION, FINDING_DUP_TWO_GUESTS, true},
    {FINDING_FRAME_REFLECTION, FINDING_ADDRESS_CONFLICT, true},
    /* It is in another VLAN, or silent, or loses frames. */
    {FINDING_VLAN_TAG_MISMATCH, FINDING_ARP_NO_REPLY, false},
    {FINDING_VLAN_TAG_MISMATCH, FINDING_NDP_NO_REPLY, false},
    {FINDING_VLAN_TAG_MISMATCH, FINDING_ICMP_NO_REPLY, false},
    {FINDING_VLAN_TAG_MISMATCH, FINDING_ICMPV6_NO_REPLY, false},
    {FINDING_VLAN_TAG_MISMATCH, FINDING_ADDRESS_NOT_ASSIGNED, false},
    {FINDING_VLAN_TAG_MISMATCH, FINDING_PACKET_LOSS, false},
    /* Nobody offers, or something else becomes of what is offered; either says why there is no address. */
    {FINDING_DHCP_NO_OFFER, FINDING_ADDRESS_NOT_ASSIGNED, false},
    {FINDING_DHCP_NO_OFFER, FINDING_ARP_NO_REPLY, false},
    {FINDING_DHCP_NO_OFFER, FINDING_DHCP_REFUSED, true},
    {FINDING_DHCP_REFUSED, FINDING_ADDRESS_NOT_ASSIGNED, false},
    {FINDING_DHCP_REFUSED, FINDING_ARP_NO_REPLY, false},
    /* Which of both is not connected? */
    {FINDING_VLAN_MISMATCH, FINDING_NIC_UNCONNECTED, true},
};

/* No cable leads to the guest, or it does not run: then nothing that comes from it is a fault of its own, and
 * its silence none beside that. */
static const enum finding_id CUT_OFF[] = {FINDING_VLAN_MISMATCH, FINDING_NIC_UNCONNECTED, FINDING_LINK_OFF};
static const enum finding_id OF_A_SPEAKER[] = {FINDING_UNEXPECTED_MAC,       FINDING_VLAN_TAG_MISMATCH,
                                               FINDING_DUP_REQUEST_COPIED,   FINDING_DUP_REPLY_COPIED,
                                               FINDING_DUP_TWO_GUESTS,       FINDING_DUP_FORWARDED,
                                               FINDING_DUP_UNEXPLAINED,      FINDING_PROXY_ARP,
                                               FINDING_ADDRESS_CONFLICT,     FINDING_WRONG_SUBNET,
                                               FINDING_ICMP_REJECTED,        FINDING_BAD_CHECKSUM,
                                               FINDING_ARP_NO_REPLY,         FINDING_NDP_NO_REPLY,
                                               FINDING_ICMP_NO_REPLY,        FINDING_ICMPV6_NO_REPLY,
                                               FINDING_ADDRESS_NOT_ASSIGNED, FINDING_PACKET_LOSS};
static const enum finding_id OF_SILENCE[] = {FINDING_ARP_NO_REPLY,         FINDING_NDP_NO_REPLY,
                                             FINDING_ICMP_NO_REPLY,        FINDING_ICMPV6_NO_REPLY,
                                             FINDING_ADDRESS_NOT_ASSIGNED, FINDING_PACKET_LOSS};

static bool stand_together(const struct verdict *verdict, enum finding_id one, enum finding_id other,
                           bool anywhere)
{
    for (size_t i = 0; i < verdict->finding_count; i++)
        for (size_t j = 0; j < verdict->finding_count; j++) {
            const struct finding *a = &verdict->findings[i], *b = &verdict->findings[j];
            if (a->id == one && b->id == other &&
                (anywhere || a->address.family == IP_NONE || b->address.family == IP_NONE ||
                 ip_equal(a->address, b->address)))
                return true;
        }
    return false;
}

static void check_pair(const struct random_case *c, enum finding_id one, enum finding_id other, bool anywhere)
{
    char rule[128];

    if (!stand_together(&c->verdict, one, other, anywhere))
        return;
    snprintf(rule, sizeof rule, "%s beside %s", FINDINGS[one].name, FINDINGS[other].name);
    broken(c, rule);
}

static void check_exclusions(const struct random_case *c)
{
    if (c->verdict.finding_count < 2)
        return;
    for (size_t i = 0; i < sizeof EXCLUSIONS / sizeof EXCLUSIONS[0]; i++)
        check_pair(c, EXCLUSIONS[i].one, EXCLUSIONS[i].other, EXCLUSIONS[i].anywhere);
    for (size_t i = 0; i < sizeof CUT_OFF / sizeof CUT_OFF[0]; i++)
        for (size_t j = 0; j < sizeof OF_A_SPEAKER / sizeof OF_A_SPEAKER[0]; j++)
            check_pair(c, CUT_OFF[i], OF_A_SPEAKER[j], true);
    for (size_t j = 0; j < sizeof OF_SILENCE / sizeof OF_SILENCE[0]; j++)
        check_pair(c, FINDING_VM_NOT_READING, OF_SILENCE[j], true);
}

/* ---- findings and checks ---- */

static const struct check_result *result_of(const struct verdict *verdict, const char *name,
                                            struct ip_addr address)
{
    for (size_t i = 0; i < verdict->check_count; i++)
        if (strcmp(verdict->checks[i].name, name) == 0 && ip_equal(verdict->checks[i].address, address))
            return &verdict->checks[i];
    return NULL;
}

/* That as many probes are lost as of those checks which got some answers happens less than once in a thousand
 * times. */
static bool is_beyond_chance(const struct verdict *verdict, unsigned probes)
{
    unsigned sent = 0, received = 0;
    double chance = 1;

    for (size_t i = 0; i < verdict->check_count; i++) {
        const struct check_result *check = &verdict->checks[i];
        if (check->received > 0 && check->status != CHECK_UNKNOWN) {
            sent += check->sent;
            received += check->received;
        }
    }
    while (probes-- > 0)
        chance *= sent == 0 ? 0 : (double)(sent - received) / sent;
    return chance < 0.001;
}

static bool has_finding(const struct verdict *verdict, enum finding_id id, struct ip_addr address)
{
    for (size_t i = 0; i < verdict->finding_count; i++)
        if (verdict->findings[i].id == id && ip_equal(verdict->findings[i].address, address))
            return true;
    return false;
}

/* "No reply" is about a check that got none; and it is not said where the guest loses as many by chance. */
static void check_silence(const struct random_case *c)
{
    static const struct {
        enum finding_id id;
        const char *name;
    } rows[] = {{FINDING_ARP_NO_REPLY, "arp"},
                {FINDING_NDP_NO_REPLY, "ndp"},
                {FINDING_ICMP_NO_REPLY, "icmp"},
                {FINDING_ICMPV6_NO_REPLY, "icmpv6"}};

    for (size_t i = 0; i < c->verdict.finding_count; i++)
        for (size_t r = 0; r < 4; r++) {
            const struct finding *finding = &c->verdict.findings[i];
            if (finding->id != rows[r].id)
                continue;
            const struct check_result *check = result_of(&c->verdict, rows[r].name, finding->address);
            if (check == NULL || check->received > 0 || check->sent == 0)
                broken(c, "no reply, though there was one, or nothing was asked");
            if (!c->scope.many_machines && !is_beyond_chance(&c->verdict, check->sent))
                broken(c, "no reply where frames are lost");
        }
}

/* The other address that proves the guest to be there is not itself one that nobody answers for; or it was
 * heard in nobody's name. */
static void check_not_assigned(const struct random_case *c)
{
    const struct verdict *verdict = &c->verdict;
    bool there = false, wanted = false;

    for (size_t i = 0; i < verdict->finding_count; i++)
        wanted |= verdict->findings[i].id == FINDING_ADDRESS_NOT_ASSIGNED;
    for (size_t i = 0; wanted && i < c->seen.count; i++) {
        const struct observation *seen = &c->seen.items[i];
        bool speaks = seen->kind == OBSERVED_CLAIM || seen->kind == OBSERVED_ICMP_ERROR ||
                      seen->kind == OBSERVED_ALIVE || seen->kind == OBSERVED_DHCP;
        there |= speaks && (seen->kind != OBSERVED_CLAIM ||
                            (!has_finding(verdict, FINDING_ADDRESS_NOT_ASSIGNED, seen->address) &&
                             !has_finding(verdict, FINDING_ARP_NO_REPLY, seen->address) &&
                             !has_finding(verdict, FINDING_NDP_NO_REPLY, seen->address)));
    }
    if (wanted && !there)
        broken(c, "address-not-assigned, and no address that is");
}

/* ---- the sum ---- */

static void check_sum(const struct random_case *c)
{
    const struct verdict *verdict = &c->verdict;
    enum severity worst = SEVERITY_INFO;
    enum layer layer = LAYER_NONE;

    for (size_t i = 0; i < verdict->finding_count; i++) {
        const struct finding_row *row = &FINDINGS[verdict->findings[i].id];
        enum severity severity = finding_severity(&verdict->findings[i]);
        if (severity > worst || (severity == worst && row->layer > layer))
            layer = row->layer;
        worst = severity > worst ? severity : worst;
    }
    enum verdict_status status = worst == SEVERITY_ERROR      ? STATUS_FAULT
                                 : verdict->unknown.count > 0 ? STATUS_UNKNOWN
                                 : worst == SEVERITY_WARNING  ? STATUS_WARNING
                                                              : STATUS_HEALTHY;
    if (verdict->status != status)
        broken(c, "the status is not that of the findings");
    if (verdict->layer != (status == STATUS_FAULT || status == STATUS_WARNING ? layer : LAYER_NONE))
        broken(c, "the layer is not that of the findings");
}

/* What a check did not get is said: as a finding, or as "could not tell". */
static void check_results(const struct random_case *c)
{
    static const enum verdict_status least[] = {
        [CHECK_PASS] = STATUS_HEALTHY,    [CHECK_SKIP] = STATUS_HEALTHY, [CHECK_WARN] = STATUS_WARNING,
        [CHECK_UNKNOWN] = STATUS_UNKNOWN, [CHECK_FAIL] = STATUS_UNKNOWN,
    };

    for (size_t i = 0; i < c->verdict.check_count; i++)
        if (c->verdict.status < least[c->verdict.checks[i].status])
            broken(c, "a check says worse than the verdict");
}

/* Of silence that a fault explains it is not said that it could not be told. */
static void check_doubts(const struct random_case *c)
{
    static const enum finding_id causes[] = {FINDING_VM_NOT_READING, FINDING_VLAN_MISMATCH,
                                             FINDING_NIC_UNCONNECTED, FINDING_LINK_OFF, FINDING_L2_LOOP};
    const struct text_list *unknown = &c->verdict.unknown;

    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
        for (size_t j = 0; j < unknown->count; j++)
            if (has_finding(&c->verdict, causes[i], (struct ip_addr){0}) &&
                strncmp(unknown->items[j], "interrupted", 11) != 0 &&
                strncmp(unknown->items[j], "the interface", 13) != 0)
                broken(c, unknown->items[j]);
}

static void check_all(const struct random_case *c)
{
    check_exclusions(c);
    check_silence(c);
    check_not_assigned(c);
    check_sum(c);
    check_results(c);
    check_doubts(c);
}

static void test_no_contradiction(void **state)
{
    uint64_t seed = number_from("VERDICT_SEED", SEED);
    uint64_t cases = number_from("VERDICT_CASES", getenv("VERDICT_SEED") ? 1 : CASES);
    struct random_case c;
    (void)state;
    for (; cases > 0; cases--, seed++) {
        make_case(&c, seed, start_ups, (unsigned)(seed % EXTRA_MAX));
        judge_case(&c);
        check_all(&c);
        end_case(&c);
    }
}

/* ---- a guest that does all that is asked of it ---- */

/* It may also speak by itself, ask, be heard with a tag of another VLAN, send errors; our capture may lose
 * frames. */
static void see_harmless(struct random_case *c)
{
    static const enum observation_kind kinds[] = {
        OBSERVED_HEARD, OBSERVED_QUESTION, OBSERVED_DELIVERY, OBSERVED_ICMP_ERROR,
        OBSERVED_TAG,   OBSERVED_SOURCE,   OBSERVED_SEARCH,   OBSERVED_TROUBLE,
    };

    for (unsigned i = below(c, 8); i > 0; i--) {
        see_any_of(c, kinds[below(c, sizeof kinds / sizeof kinds[0])]);
        c->seen.items[c->seen.count - 1].mac = guest_mac;
    }
}

static void answer_all(struct random_case *c)
{
    c->seen.count = 0;
    for (size_t i = 0; i < c->target.address_count; i++) {
        struct ip_addr address = c->target.addresses[i].address;
        const enum probe_id probes[] = {neighbour_probe(address), echo_probe(address)};
        c->target.addresses[i].route = (struct route_facts){.kind = ROUTE_ON_LINK, .ifindex = CASE_TAP};
        see_any(c, (struct observation){.kind = OBSERVED_CLAIM, .address = address, .mac = guest_mac});
        for (size_t p = 0; p < 2; p++)
            see_any(c, (struct observation){.kind = OBSERVED_CHECK,
                                            .address = address,
                                            .mac = guest_mac,
                                            .check = {.probe = probes[p],
                                                      .sent = 3,
                                                      .received = 3,
                                                      .concluded = true,
                                                      .source = any_address(c)}});
    }
}

static void test_answered_once_is_no_error(void **state)
{
    uint64_t seed = number_from("VERDICT_SEED", SEED);
    uint64_t cases = number_from("VERDICT_CASES", getenv("VERDICT_SEED") ? 1 : CASES / 10);
    struct random_case c;
    (void)state;
    for (; cases > 0; cases--, seed++) {
        make_case(&c, seed, start_ups, 0);
        if (c.target.address_count == 0)
            add_target_address(&c, any_address(&c));
        c.target.vm = (struct target_vm){0};
        c.facts.address_count = 2; /* and has no address of the host's */
        answer_all(&c);
        see_harmless(&c);
        judge_case(&c);
        check_all(&c);
        if (c.verdict.status == STATUS_FAULT)
            broken(&c, "all was answered once");
        end_case(&c);
    }
}

/* ---- time ---- */

/* However much a hostile guest says, it is judged in no time: processor time, so that others' load does not
 * count. */
static void test_full_logs_take_no_time(void **state)
{
    struct random_case c;
    (void)state;
    for (uint64_t seed = SEED; seed < SEED + FULL_LOGS; seed++) {
        make_case(&c, seed, start_ups, 2 * OBSERVATIONS_MAX);
        clock_t began = clock();
        judge_case(&c);
        if (clock() - began > CLOCKS_PER_SEC)
            broken(&c, "it took more than a second");
        check_all(&c);
        end_case(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_contradiction),
        cmocka_unit_test(test_answered_once_is_no_error),
        cmocka_unit_test(test_full_logs_take_no_time),
    };
    return cmocka_run_group_tests(tests, prepare, clean_up);
}
