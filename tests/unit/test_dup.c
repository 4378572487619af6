/* Why a probe is answered more than once: made by hand, and by simulated machines and copiers of all kinds.
 * Where the evidence does not say, or contradicts itself, no cause may be named. */
#include "scene.h"

#include <stdlib.h>

enum { PROBES = 6, REPLIES = 64, NO_ID = -1 };

/* One reply: `id` NO_ID for none. */
struct made {
    unsigned sequence, copy;
    long id;
    unsigned ttl;
    const char *from;
    uint32_t digest;
    uint64_t time_us, after_us;
};

static void see_made(struct scene *s, enum probe_id probe, const char *address, const struct made *made)
{
    see(s, (struct observation){.kind = OBSERVED_REPLY,
                                .time_us = made->time_us,
                                .address = ip(address),
                                .mac = mac(made->from != NULL ? made->from : SCENE_MAC),
                                .reply = {.probe = probe,
                                          .sequence = made->sequence,
                                          .copy = made->copy,
                                          .after_us = made->after_us,
                                          .ttl = (uint8_t)(made->ttl != 0 ? made->ttl : 64),
                                          .has_ip_id = made->id != NO_ID,
                                          .ip_id = made->id == NO_ID ? 0 : (uint32_t)made->id,
                                          .digest = made->digest}});
}

static struct check_observation *see_outcome(struct scene *s, enum probe_id probe, const char *address,
                                             unsigned sent, unsigned duplicates)
{
    see_check(s, probe, address);
    struct check_observation *check = check_in(s, probe, address);
    check->sent = check->received = sent;
    check->duplicates = duplicates;
    return check;
}

/* ---- by hand: two replies to each of six probes ---- */

struct pairs {
    const char *name, *expected;
    const char *address; /* NULL: the IPv4 one */
    long first, copy;    /* ids */
    long step;           /* from one probe to the next */
    unsigned ttl, copy_ttl;
    const char *copy_from;
    bool identical;
    uint64_t late_us; /* the copies */
};

static void see_pairs(struct scene *s, const struct pairs *row)
{
    const char *address = row->address != NULL ? row->address : SCENE_4;

    check_in(s, row->address != NULL ? PROBE_ICMPV6 : PROBE_ICMP, address)->duplicates = 3;
    see_outcome(s, PROBE_ECHO_AGAIN, address, PROBES, PROBES);
    for (unsigned i = 0; i < 2 * PROBES; i++) {
        bool copy = row->late_us > 0 ? i >= PROBES : i % 2;
        unsigned number = row->late_us > 0 ? i % PROBES : i / 2;
        long id = (copy ? row->copy : row->first) + (long)number * row->step;
        see_made(s, PROBE_ECHO_AGAIN, address,
                 &(struct made){.sequence = number + 1,
                                .copy = copy,
                                .id = row->first == NO_ID ? NO_ID : id & 0xffff,
                                .ttl = copy ? row->copy_ttl : row->ttl,
                                .from = copy ? row->copy_from : NULL,
                                .digest = row->identical ? number : i,
                                .time_us = 1000 * i,
                                .after_us = copy ? 20 + row->late_us : 0});
    }
}

static const struct pairs PAIRS[] = {
    {"one counter", "dup-request-copied", .first = 1000, .copy = 1001, .step = 2},
    {"one counter, other traffic", "dup-request-copied", .first = 1000, .copy = 1007, .step = 40},
    {"one counter, wraps", "dup-request-copied", .first = 65530, .copy = 65531, .step = 2},
    {"one counter, wraps in a pair", "dup-request-copied", .first = 65535, .copy = 65536, .step = 2},
    {"one counter, late, out of turn", "dup-unexplained", .first = 500, .copy = 510, .step = 1,
     .late_us = 60000},
    {"one counter, late, out of turn, wraps", "dup-unexplained", .first = 65525, .copy = 65533, .step = 1,
     .late_us = 60000},
    {"one counter, too fast", "dup-unexplained", .first = 1000, .copy = 1001, .step = 4000},
    {"a counter that runs down", "dup-unexplained", .first = 5000, .copy = 4999, .step = -2},
    {"identical", "dup-reply-copied", .first = 9, .copy = 9, .step = 1, .identical = true},
    {"identical, wraps", "dup-reply-copied", .first = 65533, .copy = 65533, .step = 1, .identical = true},
    {"identical, random ids", "dup-reply-copied", .first = 9, .copy = 9, .step = 12345, .identical = true},
    {"identical, late", "dup-reply-copied", .first = 9, .copy = 9, .step = 1, .identical = true,
     .late_us = 60000},
    {"identical, ids are 0", "dup-unexplained", .identical = true},
    {"identical, no ids", "dup-unexplained", SCENE_6, .first = NO_ID, .identical = true},
    {"one id, not identical", "dup-unexplained", .first = 9, .copy = 9, .step = 1},
    {"ids are 0", "dup-unexplained", .first = 0, .copy = 0, .step = 0},
    {"ids are 0 and 1", "dup-unexplained", .first = 0, .copy = 1, .step = 0},
    {"no ids", "dup-unexplained", .first = NO_ID},
    {"two counters", "dup-two-guests", .first = 22524, .copy = 50551, .step = 24},
    {"two counters, the first wraps", "dup-two-guests", .first = 65533, .copy = 30000, .step = 1},
    {"two counters, the second wraps", "dup-two-guests", .first = 30000, .copy = 65533, .step = 1},
    {"two counters, late", "dup-two-guests", .first = 30000, .copy = 9000, .step = 1, .late_us = 8000},
    {"two counters, near each other", "dup-unexplained", .first = 1000, .copy = 1100, .step = 3},
    {"two counters, near, late", "dup-unexplained", .first = 1000, .copy = 1003, .step = 1, .late_us = 8000},
    {"random ids", "dup-unexplained", .first = 1000, .copy = 40000, .step = 12345},
    {"TTLs of two machines", "dup-two-guests", .first = 7, .copy = 8, .step = 2, .ttl = 64, .copy_ttl = 128},
    {"TTLs of two machines, no ids", "dup-two-guests", SCENE_6, .first = NO_ID, .ttl = 255, .copy_ttl = 64},
    {"a hop less", "dup-forwarded", .first = 7, .copy = 7, .step = 1, .ttl = 64, .copy_ttl = 63},
    {"a hop less first", "dup-forwarded", .first = 7, .copy = 7, .step = 1, .ttl = 63, .copy_ttl = 64},
    {"a hop less, another counter", "dup-two-guests", .first = 7, .copy = 900, .step = 1, .ttl = 64,
     .copy_ttl = 63},
    {"a hop less, other MAC and id", "dup-unexplained", .first = 7, .copy = 900, .step = 1, .ttl = 64,
     .copy_ttl = 63, .copy_from = OTHER_MAC},
    {"a hop less, no ids, other MAC", "dup-forwarded", SCENE_6, .first = NO_ID, .ttl = 64, .copy_ttl = 63,
     .copy_from = OTHER_MAC},
    {"a hop less, no ids", "dup-unexplained", SCENE_6, .first = NO_ID, .ttl = 64, .copy_ttl = 63},
    {"TTL 0 and 255", "dup-two-guests", .first = 7, .copy = 8, .step = 2, .ttl = 255, .copy_ttl = 1},
    {"one counter, two MACs", "dup-unexplained", .first = 7, .copy = 8, .step = 2, .copy_from = OTHER_MAC},
};

static void test_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
        struct scene s;
        scene_start(&s);
        see_pairs(&s, &PAIRS[i]);
        scene_judge(&s);
        if (strcmp(findings_text(&s.verdict), PAIRS[i].expected) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", PAIRS[i].name, findings_text(&s.verdict), PAIRS[i].expected);
        scene_end(&s);
    }
}

/* ---- requests in fragments, where ids say nothing ---- */

struct fragments {
    const char *name, *expected;
    unsigned answered, copied; /* of three probes */
    long copy;                 /* ids; those of first replies are 100, 200, … */
    uint64_t late_us, pause_us;
    bool now_and_then; /* not all of the other probes were copied */
};

static const struct fragments FRAGMENTS[] = {
    {"one reply each", "dup-request-copied", .answered = 3, .pause_us = 10000},
    {"one reply each, but copies are rare", "dup-unexplained", .answered = 3, .pause_us = 10000,
     .now_and_then = true},
    {"no replies", "dup-unexplained", .answered = 0, .pause_us = 10000},
    {"some replies", "dup-unexplained", .answered = 2, .pause_us = 10000},
    {"the same id", "dup-reply-copied", .answered = 3, .copied = 3, .copy = 0, .pause_us = 10000},
    {"other ids", "dup-two-guests", .answered = 3, .copied = 3, .copy = 7, .pause_us = 10000},
    {"other ids, later than the pause", "dup-unexplained", .answered = 3, .copied = 3, .copy = 7,
     .late_us = 60000, .pause_us = 10000},
    {"other ids, late but within the pause", "dup-two-guests", .answered = 3, .copied = 3, .copy = 7,
     .late_us = 60000, .pause_us = 100000},
    {"other ids, the pause is unknown", "dup-unexplained", .answered = 3, .copied = 3, .copy = 7},
    {"only one was copied, later than the pause", "dup-request-copied", .answered = 3, .copied = 1, .copy = 7,
     .late_us = 60000, .pause_us = 10000},
    {"only one was copied", "dup-unexplained", .answered = 3, .copied = 1, .copy = 7, .pause_us = 10000},
};

static void see_fragments(struct scene *s, const struct fragments *row)
{
    struct check_observation *check = see_outcome(s, PROBE_OVERSIZE, SCENE_6, 3, row->copied);
    check->received = row->answered;
    check->pause_us = row->pause_us;
    for (unsigned i = 0; i < row->answered; i++) {
        struct made made = {.sequence = i + 1, .id = 100 * (long)i, .digest = i, .time_us = 50000 + i};
        see_made(s, PROBE_OVERSIZE, SCENE_6, &made);
        made.copy = 1;
        made.id += row->copy;
        made.after_us = row->late_us + 30;
        if (i < row->copied)
            see_made(s, PROBE_OVERSIZE, SCENE_6, &made);
    }
}

static void test_fragments(void **state)
{
    static const struct pairs no_ids = {.address = SCENE_6, .first = NO_ID};
    (void)state;
    for (size_t i = 0; i < sizeof FRAGMENTS / sizeof FRAGMENTS[0]; i++) {
        struct scene s;
        scene_start(&s);
        see_pairs(&s, &no_ids);
        if (FRAGMENTS[i].now_and_then)
            check_in(&s, PROBE_ECHO_AGAIN, SCENE_6)->sent =
                check_in(&s, PROBE_ECHO_AGAIN, SCENE_6)->received = 8;
        see_fragments(&s, &FRAGMENTS[i]);
        scene_judge(&s);
        if (strcmp(findings_text(&s.verdict), FRAGMENTS[i].expected) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", FRAGMENTS[i].name, findings_text(&s.verdict),
                     FRAGMENTS[i].expected);
        scene_end(&s);
    }
}

/* What is proved for one address of a machine is said of its other one, too, which fragments did not help. */
static void test_other_address_of_the_machine(void **state)
{
    static const struct pairs request = {.first = 1000, .copy = 1001, .step = 2},
                              no_ids = {.address = SCENE_6, .first = NO_ID};
    (void)state;
    for (unsigned asked = 0; asked < 2; asked++) {
        struct scene s;
        scene_start(&s);
        see_pairs(&s, &request);
        see_pairs(&s, &no_ids);
        if (asked)
            see_outcome(&s, PROBE_OVERSIZE, SCENE_6, 3, 0)->received = 0;
        scene_judge(&s);
        assert_string_equal(findings_text(&s.verdict),
                            asked ? "dup-request-copied" : "dup-request-copied dup-unexplained");
        scene_end(&s);
    }
}

/* ---- simulated: machines, their counters, and what copies frames on the way ---- */

static uint64_t random_state;

static unsigned below(unsigned limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % limit;
}

enum counter { COUNTS_UP, COUNTS_RANDOMLY, COUNTS_ZERO, COUNTERS };

struct world {
    unsigned machines, request_copies, reply_copies;
    enum counter counter;
    unsigned busy; /* ids that go to others between two of its replies, at most */
    uint64_t copy_delay_us, second_delay_us;
    uint16_t ids[2];
    struct made replies[REPLIES];
    size_t count;
};

static void add_replies(struct world *w, unsigned machine, unsigned sequence, uint64_t time_us)
{
    w->ids[machine] = (uint16_t)(w->counter == COUNTS_UP         ? w->ids[machine] + 1 + below(w->busy + 1)
                                 : w->counter == COUNTS_RANDOMLY ? below(65536)
                                                                 : 0);
    for (unsigned copy = 0; copy < w->reply_copies && w->count < REPLIES; copy++)
        w->replies[w->count++] =
            (struct made){.sequence = sequence,
                          .id = w->ids[machine],
                          .digest = w->counter == COUNTS_ZERO ? sequence : sequence << 16 | w->ids[machine],
                          .time_us = time_us + copy * w->copy_delay_us};
}

static int by_time(const void *a, const void *b)
{
    const struct made *x = a, *y = b;
    return x->time_us != y->time_us ? (x->time_us > y->time_us) - (x->time_us < y->time_us)
                                    : (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

/* Each machine gets what comes in the order in which it comes. */
static void simulate(struct world *w)
{
    struct {
        uint64_t time_us;
        unsigned sequence;
    } requests[REPLIES];
    unsigned count = 0;

    for (unsigned copy = 0; copy < w->request_copies; copy++)
        for (unsigned i = 0; i < PROBES; i++) {
            unsigned place = count++;
            uint64_t time_us = 1000 * i + copy * (w->copy_delay_us + 1);
            for (; place > 0 && requests[place - 1].time_us > time_us; place--)
                requests[place] = requests[place - 1];
            requests[place].time_us = time_us;
            requests[place].sequence = i + 1;
        }
    for (unsigned m = 0; m < w->machines; m++)
        for (unsigned i = 0; i < count; i++)
            add_replies(w, m, requests[i].sequence, requests[i].time_us + 10 + m * w->second_delay_us);
    qsort(w->replies, w->count, sizeof w->replies[0], by_time);
}

static void see_world(struct scene *s, struct world *w)
{
    uint64_t first_us[PROBES + 1] = {0};
    unsigned copies[PROBES + 1] = {0};

    for (size_t i = 0; i < w->count; i++) {
        struct made *reply = &w->replies[i];
        reply->copy = copies[reply->sequence]++;
        if (reply->copy == 0)
            first_us[reply->sequence] = reply->time_us;
        reply->after_us = reply->time_us - first_us[reply->sequence];
        see_made(s, PROBE_ECHO_AGAIN, SCENE_4, reply);
    }
    unsigned duplicates = (unsigned)w->count - PROBES;
    check_in(s, PROBE_ICMP, SCENE_4)->duplicates = duplicates;
    see_outcome(s, PROBE_ECHO_AGAIN, SCENE_4, PROBES, duplicates);
}

static bool names(const struct scene *s, enum finding_id id)
{
    return finding_in(s, id) != NULL;
}

/* Each cause that is named is one. */
static bool is_true(const struct scene *s, const struct world *w)
{
    return (!names(s, FINDING_DUP_TWO_GUESTS) || w->machines == 2) &&
           (!names(s, FINDING_DUP_REQUEST_COPIED) || w->request_copies > 1) &&
           (!names(s, FINDING_DUP_REPLY_COPIED) || w->reply_copies > 1) && !names(s, FINDING_DUP_FORWARDED) &&
           !names(s, FINDING_L2_LOOP);
}

/* There is one cause, or one machine with copies both ways, and the ids tell. */
static bool can_be_told(const struct world *w)
{
    bool late = w->copy_delay_us >= 400 || w->second_delay_us >= 400;

    return w->counter == COUNTS_UP && !late && (w->machines == 1 || w->request_copies * w->reply_copies == 1);
}

static void test_simulated(void **state)
{
    unsigned told = 0, tellable = 0;
    (void)state;
    random_state = 1;
    for (unsigned round = 0; round < 60000; round++) {
        static const uint64_t delays_us[] = {0, 5, 400, 3000, 60000};
        struct world w = {.machines = 1 + below(2),
                          .request_copies = 1 + below(3),
                          .reply_copies = 1 + below(3),
                          .counter = below(COUNTERS),
                          .busy = below(2) ? below(60) : 0,
                          .copy_delay_us = delays_us[below(5)],
                          .second_delay_us = 1 + delays_us[below(5)],
                          .ids = {(uint16_t)below(65536), (uint16_t)below(65536)}};
        if (w.machines * w.request_copies * w.reply_copies == 1)
            continue;
        if (below(3) ==
            0) /* clones of one image; nearer to each other, they give the same ids to the same replies */
            w.ids[1] = (uint16_t)(w.ids[0] + 64 + below(2000));
        struct scene s;
        simulate(&w);
        scene_start(&s);
        see_world(&s, &w);
        scene_judge(&s);
        bool unexplained = names(&s, FINDING_DUP_UNEXPLAINED);
        if (s.verdict.finding_count == 0 || !is_true(&s, &w))
            fail_msg("round %u: %u machines, %u and %u copies, counter %u, delays %lu and %lu: %s", round,
                     w.machines, w.request_copies, w.reply_copies, w.counter, (unsigned long)w.copy_delay_us,
                     (unsigned long)w.second_delay_us, findings_text(&s.verdict));
        tellable += can_be_told(&w);
        told += can_be_told(&w) && !unexplained;
        scene_end(&s);
    }
    assert_true(told * 10 > tellable * 9);
}

/* ---- hostile: values that no probe ever makes ---- */

static void test_hostile(void **state)
{
    (void)state;
    random_state = 7;
    for (unsigned round = 0; round < 20000; round++) {
        struct scene s;
        scene_start(&s);
        check_in(&s, PROBE_ICMP, SCENE_4)->duplicates = below(3) ? below(10) : 0xffffffffu;
        for (unsigned p = PROBE_ECHO_AGAIN; p <= PROBE_OVERSIZE; p++) {
            struct check_observation *check = see_outcome(&s, p, SCENE_4, below(4), below(4));
            check->received = below(5);
            check->pause_us = below(2) * 10000;
            for (unsigned i = below(90); i > 0; i--)
                see_made(&s, p, SCENE_4,
                         &(struct made){.sequence = below(4) ? below(4) : 0xffffffffu,
                                        .copy = below(4) ? below(3) : 0xffffffffu,
                                        .id = below(4) ? (long)(below(65536) + below(2) * 65536) : NO_ID,
                                        .ttl = below(256),
                                        .from = below(3) ? NULL : OTHER_MAC,
                                        .digest = below(8),
                                        .time_us = below(2) ? below(1000) : UINT64_MAX - below(1000),
                                        .after_us = below(2) ? below(1000) : UINT64_MAX});
        }
        scene_judge(&s);
        for (size_t i = 0; i < s.verdict.finding_count; i++) {
            assert_complete(&s.verdict.findings[i]);
            assert_true(s.verdict.findings[i].evidence.count < 200);
        }
        scene_end(&s);
    }
}

/* ---- one reply that goes round ---- */

/* More copies of each than a mirror makes. It goes round between routers if its TTL goes down. */
static void test_round(void **state)
{
    enum { EACH = 5 };
    static const struct {
        const char *expected, *address;
        unsigned id_step, ttl_step;
    } rows[] = {
        {"dup-forwarded", SCENE_4, 0, 1}, {"dup-forwarded", SCENE_4, 0, 2}, /* not all routers are seen */
        {"l2-loop", SCENE_4, 0, 0},                                         /* no router took part */
        {"l2-loop", SCENE_4, 1, 1},                                         /* other packets */
        {"dup-forwarded", SCENE_6, 0, 1}, {"l2-loop", SCENE_6, 0, 2}, /* or machines with TTLs of their own */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scene s;
        scene_start(&s);
        bool v6 = rows[i].address[0] != '1';
        check_in(&s, v6 ? PROBE_ICMPV6 : PROBE_ICMP, rows[i].address)->duplicates = 3 * 64;
        for (unsigned sequence = 1; sequence <= 3; sequence++)
            for (unsigned copy = 0; copy < EACH; copy++)
                see_made(&s, v6 ? PROBE_ICMPV6 : PROBE_ICMP, rows[i].address,
                         &(struct made){.sequence = sequence,
                                        .copy = copy,
                                        .id = v6 ? NO_ID : (long)(700 + sequence + copy * rows[i].id_step),
                                        .ttl = 64 - copy * rows[i].ttl_step,
                                        .from = copy > 0 ? OTHER_MAC : NULL,
                                        .digest = 100 * sequence + copy,
                                        .time_us = 1000 * sequence + copy,
                                        .after_us = copy});
        scene_judge(&s);
        assert_string_equal(findings_text(&s.verdict), rows[i].expected);
        scene_end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_other_address_of_the_machine),
        cmocka_unit_test(test_simulated),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
