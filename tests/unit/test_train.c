/* Which replies are answers, which are copies, which are neither; and when the next probe goes. */
#include "train.h"

#include "fake_session.h"

/* ---- replies that were tampered with ---- */

static bool is_arp_reply(const struct writer *w)
{
    return ethertype_of(w) == 0x0806 && w->bytes[21] == ARP_REPLY;
}

static bool is_advertisement(const struct writer *w)
{
    return ethertype_of(w) == 0x86dd && w->bytes[54] == 136;
}

/* Makes lengths and checksums right again, of a frame without options or tags. */
static void refresh(struct writer *w)
{
    if (ethertype_of(w) == 0x0800) {
        icmpv4_end(w, 34);
        ipv4_end(w, 14);
    } else if (ethertype_of(w) == 0x86dd) {
        ipv6_end(w, 14);
        icmpv6_end(w, 14, 54);
    }
}

/* Changes one byte of those frames that `is`, counted from the ICMP or the ARP header. */
static void change(struct writer *w, bool (*is)(const struct writer *), size_t offset, bool honest)
{
    if (!is(w))
        return;
    size_t header = ethertype_of(w) == 0x0800 ? 34 : ethertype_of(w) == 0x86dd ? 54 : 14;
    w->bytes[header + offset] ^= 0x01;
    if (honest)
        refresh(w);
}

static void insert_tag(struct writer *w, unsigned vid)
{
    memmove(w->bytes + 16, w->bytes + 12, w->length - 12);
    w->length += 4;
    set_be16(w, 12, ETHERTYPE_8021Q);
    set_be16(w, 14, vid);
}

/* clang-format off */
static void wrong_id(struct world *w, struct writer *f) { (void)w; change(f, is_echo_reply, 4, true); }
static void wrong_sequence(struct world *w, struct writer *f) { (void)w; change(f, is_echo_reply, 6, true); }
static void wrong_magic(struct world *w, struct writer *f) { (void)w; change(f, is_echo_reply, 8, true); }
static void wrong_nonce(struct world *w, struct writer *f) { (void)w; change(f, is_echo_reply, 23, true); }
static void wrong_type(struct world *w, struct writer *f) { (void)w; change(f, is_echo_reply, 0, true); }
static void wrong_checksum(struct world *w, struct writer *f) { (void)w; change(f, is_echo_reply, 2, false); }
static void shorter(struct world *w, struct writer *f) { (void)w; if (is_echo_reply(f)) { f->length--; refresh(f); } }
static void longer(struct world *w, struct writer *f) { (void)w; if (is_echo_reply(f)) { put_u8(f, 0); refresh(f); } }
static void cut_off(struct world *w, struct writer *f) { (void)w; if (is_echo_reply(f)) f->length--; }
static void echo_tagged(struct world *w, struct writer *f) { (void)w; if (is_echo_reply(f)) insert_tag(f, 7); }
static void all_tagged(struct world *w, struct writer *f) { (void)w; insert_tag(f, 7); }
static void empty(struct world *w, struct writer *f) { (void)w; f->length = 0; }
static void header_checksum(struct world *w, struct writer *f) { (void)w; if (is_echo_reply(f)) f->bytes[24] ^= 1; }
static void from_another(struct world *w, struct writer *f) { (void)w; if (is_echo_reply(f)) { f->bytes[29] ^= 4; refresh(f); } }
static void arp_to_another_mac(struct world *w, struct writer *f) { (void)w; change(f, is_arp_reply, 23, true); }
static void arp_to_another_ip(struct world *w, struct writer *f) { (void)w; change(f, is_arp_reply, 27, true); }
static void arp_for_another(struct world *w, struct writer *f) { (void)w; change(f, is_arp_reply, 17, true); }
static void arp_is_request(struct world *w, struct writer *f) { (void)w; if (is_arp_reply(f)) f->bytes[21] = ARP_REQUEST; }
static void arp_of_tokens(struct world *w, struct writer *f) { (void)w; change(f, is_arp_reply, 1, true); }
static void na_unsolicited(struct world *w, struct writer *f) { (void)w; if (is_advertisement(f)) { f->bytes[58] = 0; refresh(f); } }
static void na_for_another(struct world *w, struct writer *f) { (void)w; change(f, is_advertisement, 23, true); }
static void na_routed(struct world *w, struct writer *f) { (void)w; if (is_advertisement(f)) f->bytes[21] = 254; }
static void na_to_another(struct world *w, struct writer *f) { (void)w; if (is_advertisement(f)) { f->bytes[53] ^= 1; refresh(f); } }
static void na_wrong_checksum(struct world *w, struct writer *f) { (void)w; change(f, is_advertisement, 3, false); }
static void na_option_of_0(struct world *w, struct writer *f) { (void)w; if (is_advertisement(f)) { f->bytes[79] = 0; refresh(f); } }
static void na_code_1(struct world *w, struct writer *f) { (void)w; if (is_advertisement(f)) { f->bytes[55] = 1; refresh(f); } }
/* clang-format on */

static const struct tamper_case {
    const char *name;
    void (*tamper)(struct world *world, struct writer *frame);
    const char *address, *check; /* that nobody may be found to have answered */
    const char *findings;
    bool malformed;
} TAMPER_CASES[] = {
    {"echo, id", wrong_id, GUEST_4, "icmp", "icmp-no-reply", false},
    {"echo, sequence", wrong_sequence, GUEST_4, "icmp", "icmp-no-reply", false},
    {"echo, magic", wrong_magic, GUEST_4, "icmp", "icmp-no-reply", false},
    {"echo, nonce", wrong_nonce, GUEST_4, "icmp", "icmp-no-reply", false},
    {"echo, type", wrong_type, GUEST_4, "icmp", "icmp-no-reply", false},
    {"echo, one byte less", shorter, GUEST_4, "icmp", "icmp-no-reply", false},
    {"echo, one byte more", longer, GUEST_4, "icmp", "icmp-no-reply", false},
    {"echo, cut off", cut_off, GUEST_4, "icmp", "icmp-no-reply", true},
    {"echo, tag", echo_tagged, GUEST_4, "icmp", "vlan-tag-mismatch", false},
    {"echo, source", from_another, GUEST_4, "icmp", "icmp-no-reply", false},
    {"echo, ICMP checksum", wrong_checksum, GUEST_4, "icmp", "bad-checksum", false},
    {"echo, IPv4 header checksum", header_checksum, GUEST_4, "icmp", "bad-checksum", false},
    {"echo6, id", wrong_id, GUEST_ULA, "icmpv6", "icmpv6-no-reply", false},
    {"echo6, nonce", wrong_nonce, GUEST_ULA, "icmpv6", "icmpv6-no-reply", false},
    {"echo6, checksum", wrong_checksum, GUEST_ULA, "icmpv6", "bad-checksum", false},
    {"echo6, cut off", cut_off, GUEST_ULA, "icmpv6", "icmpv6-no-reply", true},
    {"arp, to another MAC", arp_to_another_mac, GUEST_4, "arp", "arp-no-reply", false},
    {"arp, to another address", arp_to_another_ip, GUEST_4, "arp", "arp-no-reply", false},
    {"arp, another address", arp_for_another, GUEST_4, "arp", "arp-no-reply", false},
    {"arp, request", arp_is_request, GUEST_4, "arp", "arp-no-reply", false},
    {"arp, other hardware", arp_of_tokens, GUEST_4, "arp", "arp-no-reply", true},
    {"arp, tag", all_tagged, GUEST_4, "arp", "vlan-tag-mismatch", false},
    {"arp, nothing", empty, GUEST_4, "arp", "arp-no-reply", true},
    {"nd, unsolicited", na_unsolicited, GUEST_ULA, "ndp", "ndp-no-reply", false},
    {"nd, another address", na_for_another, GUEST_ULA, "ndp", "", false},
    {"nd, hop limit", na_routed, GUEST_ULA, "ndp", "ndp-no-reply", true},
    {"nd, to another", na_to_another, GUEST_ULA, "ndp", "ndp-no-reply", false},
    {"nd, checksum", na_wrong_checksum, GUEST_ULA, "ndp", "ndp-no-reply", true},
    {"nd, option of length 0", na_option_of_0, GUEST_ULA, "ndp", "ndp-no-reply", true},
    {"nd, code", na_code_1, GUEST_ULA, "ndp", "ndp-no-reply", true},
    {"nd, tag", all_tagged, GUEST_ULA, "ndp", "vlan-tag-mismatch", false},
};

static void test_what_is_no_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TAMPER_CASES / sizeof TAMPER_CASES[0]; i++) {
        const struct tamper_case *row = &TAMPER_CASES[i];
        struct world w;
        world_tap(&w);
        give(&w, row->address);
        w.guest.tamper = row->tamper;
        world_run(&w);
        const struct check_result *check = check_named(&w, row->check, row->address);
        if (check->received != 0 || check->duplicates != 0 || check->status != CHECK_FAIL ||
            (*row->findings != '\0' && strcmp(findings_text(&w.verdict), row->findings) != 0) ||
            (row->malformed && w.seen.malformed < 3))
            fail_msg("%s: received %u, duplicates %u, foreign %llu, malformed %llu, %s \"%s\"", row->name,
                     check->received, check->duplicates, (unsigned long long)w.seen.foreign,
                     (unsigned long long)w.seen.malformed, check_status_name(check->status),
                     findings_text(&w.verdict));
        world_end(&w);
    }
}

/* ---- copies ---- */

static void test_copies_are_counted_apart(void **state)
{
    static const unsigned copies[] = {1, 2, 5};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct world w;
        world_tap(&w);
        give(&w, GUEST_4);
        w.guest.copies = copies[i];
        w.guest.copy_after_us = 7;
        world_run(&w);
        const char *const names[] = {"arp", "icmp"};
        for (size_t j = 0; j < 2; j++) {
            const struct check_result *check = check_named(&w, names[j], GUEST_4);
            assert_int_equal(check->sent, 3);
            assert_int_equal(check->received, 3);
            assert_int_equal(check->duplicates, 3 * copies[i]);
            assert_int_equal(check->status, CHECK_FAIL);
        }
        assert_int_equal(check_named(&w, "icmp", GUEST_4)->rtt_min_us, 200);
        world_end(&w);
    }
}

/* A reply that comes late is observed, but neither answer nor copy. ARP has no sequence: too late for the
 * first probe is in time for a later one, so the limit is only as sharp as the train is short. */
static void test_late_replies(void **state)
{
    static const uint64_t delays_us[] = {900 * MS, 990 * MS, SECOND, 2400 * MS, 2600 * MS};
    (void)state;
    for (size_t i = 0; i < sizeof delays_us / sizeof delays_us[0]; i++) {
        uint64_t delay_us = delays_us[i];
        struct world w;
        world_tap(&w);
        give(&w, GUEST_4);
        give(&w, GUEST_ULA);
        w.guest.delay_us = delay_us;
        world_run(&w);
        bool in_time = delay_us <= w.options.timeout_us;
        const struct check_result *checks[] = {check_named(&w, "arp", GUEST_4),
                                               check_named(&w, "ndp", GUEST_ULA)};
        for (size_t j = 0; j < 2; j++)
            assert_int_equal(checks[j]->received, in_time ? checks[j]->sent : 0);
        for (size_t j = 0; j < w.verdict.check_count; j++)
            assert_int_equal(w.verdict.checks[j].duplicates, 0);
        world_end(&w);
    }
}

/* Five, to who asks in nobody's name by the tap's MAC. */
static void answers_to_others(struct world *w)
{
    struct writer answer = arp_frame(ARP_REPLY, mac(TAP_MAC), mac(GUEST_MAC), VID_NONE, ip(GUEST_4),
                                     mac(TAP_MAC), ip("0.0.0.0"));

    for (unsigned i = 0; i < 5; i++)
        comes_in(w, WORLD_START_US + 1 + i * 10 * MS, &answer);
}

/* Somebody else asks the same at the same time: more answers than questions, but echo shows no copies. */
static void test_answers_to_others(void **state)
{
    struct world w;
    (void)state;
    world_tap(&w);
    give(&w, GUEST_4);
    answers_to_others(&w);
    world_run(&w);
    assert_outcome(&w, EXIT_HEALTHY, "");
    assert_int_equal(check_named(&w, "arp", GUEST_4)->received, 3);
    assert_int_equal(check_named(&w, "arp", GUEST_4)->duplicates, 5);
    assert_non_null(check_named(&w, "arp", GUEST_4)->note);
    world_end(&w);
}

/* The bridge has the tap's MAC: what is asked through it for another port, the guest answers as what is asked
 * on its own. */
static void test_answers_to_the_bridge(void **state)
{
    struct world w;
    (void)state;
    world_bridge(&w);
    w.links[1].mac = mac(TAP_MAC);
    give(&w, GUEST_4);
    answers_to_others(&w);
    world_run(&w);
    assert_outcome(&w, EXIT_HEALTHY, "");
    assert_int_equal(check_named(&w, "arp", GUEST_4)->duplicates, 0);
    world_end(&w);
}

/* ---- when the next one goes ---- */

/* The times of the echo requests, or ARP requests for the guest, since the start; without those with a
 * tag. */
static size_t times_of(const struct world *w, enum frame_kind kind, uint64_t *times_us, size_t limit)
{
    size_t count = 0;
    for (size_t i = 0; i < w->sent_count && count < limit; i++) {
        const struct frame *frame = &w->sent[i].frame;
        if (frame->kind == kind && frame->tag_count == 0 &&
            (kind != FRAME_ARP || ip_equal(frame->arp.target, ip(GUEST_4))))
            times_us[count++] = w->sent[i].time_us - WORLD_START_US;
    }
    return count;
}

static void test_intervals(void **state)
{
    static const struct {
        bool given, deaf;
        uint64_t interval_us, delay_us;
        uint64_t gap_us; /* that is wanted between two */
    } rows[] = {
        {false, false, 20 * MS, 200, 200},         {false, false, 20 * MS, 15 * MS, 15 * MS},
        {false, false, 20 * MS, 30 * MS, 20 * MS}, {true, false, 20 * MS, 200, 20 * MS},
        {true, false, 200 * MS, 200, 200 * MS},    {false, true, 20 * MS, 200, 20 * MS},
        {true, true, 300 * MS, 200, 300 * MS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world w;
        uint64_t times_us[8];
        world_tap(&w);
        give(&w, GUEST_4);
        w.options.interval_given = rows[i].given;
        w.options.interval_us = rows[i].interval_us;
        w.guest.delay_us = rows[i].delay_us;
        w.guest.deaf = rows[i].deaf;
        w.guest.no_echo = true;
        world_run(&w);
        assert_true(times_of(&w, FRAME_ARP, times_us, 8) >= 3);
        assert_int_equal(times_us[0], 0);
        assert_int_equal(times_us[1] - times_us[0], rows[i].gap_us);
        if (rows[i].delay_us < rows[i].interval_us)
            assert_int_equal(times_us[2] - times_us[1], rows[i].gap_us);
        world_end(&w);
    }
}

static void test_counts(void **state)
{
    static const unsigned counts[] = {1, 2, 3, 10, 1000};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        for (unsigned deaf = 0; deaf < 2; deaf++) {
            struct world w;
            world_tap(&w);
            give(&w, GUEST_4);
            w.options.count = counts[i];
            w.options.interval_us = 100;
            w.guest.deaf = deaf;
            world_run(&w);
            assert_int_equal(check_named(&w, "arp", GUEST_4)->sent,
                             counts[i] + (deaf ? 5 : 0)); /* loss or silence? */
            assert_int_equal(check_named(&w, "arp", GUEST_4)->received, deaf ? 0 : counts[i]);
            assert_int_equal(count_sent(&w, FRAME_ECHO_REQUEST), deaf ? 4 : counts[i]); /* 4: all-nodes */
            world_end(&w);
        }
}

/* In the name of nobody first, and as long as somebody answers; otherwise in our own. */
static void test_arp_senders(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= 3; count++)
        for (unsigned deaf = 0; deaf < 2; deaf++) {
            struct world w;
            world_tap(&w);
            give(&w, GUEST_4);
            w.options.count = count;
            w.guest.deaf = deaf;
            world_run(&w);
            unsigned asked = 0;
            for (size_t i = 0; i < w.sent_count; i++) {
                const struct frame *frame = &w.sent[i].frame;
                if (frame->kind != FRAME_ARP || frame->tag_count > 0 ||
                    !ip_equal(frame->arp.target, ip(GUEST_4)))
                    continue;
                assert_ip(frame->arp.sender, ++asked > 1 && deaf ? HOST_4 : "0.0.0.0");
            }
            world_end(&w);
        }
}

/* After an hour of knocking the 16 bits of the sequence have gone round. */
static void test_sequences_go_round(void **state)
{
    struct world w;
    (void)state;
    world_tap(&w);
    give(&w, GUEST_4);
    w.options.wait_us = UINT64_C(4000) * SECOND;
    w.guest.up_us = WORLD_START_US + UINT64_C(3600) * SECOND;
    w.target.has_mac = true;
    w.target.mac = w.guest.mac;
    world_run(&w);
    assert_outcome(&w, EXIT_HEALTHY, "");
    assert_true(w.sendings > 2 * 65536);
    assert_int_equal(check_named(&w, "icmp", GUEST_4)->sent, 3);
    world_end(&w);
}

/* One question does not count, as none of its kind is answered: one more than a volley is asked, before it is
 * asked with pauses. Each keeps the time that it was sent. */
static void test_longer_volley(void **state)
{
    struct check_options options = {.count = 3, .interval_us = 20 * MS, .timeout_us = 1000 * MS};
    struct observations seen = {0};
    struct probe_env env = {.options = &options, .observations = &seen, .now_us = 3600 * UINT64_C(1000000)};
    struct probe probe = {.class = PROBES[0], .env = &env, .address = ip(GUEST_4)};
    struct frame reply = {.source = mac(GUEST_MAC)};
    struct train train;
    (void)state;

    train_start(&train, &env);
    for (unsigned sent = 1; sent <= 5; env.now_us += MS) {
        if (train_ready(&train, &env)) {
            train.kind = sent++ > 1;
            train_sent(&train, &env, 0, 0);
        }
        reply.time_us = env.now_us;
        if (train.last == 2 && train.tally.received == 0)
            train_reply_of_kind(&train, &probe, 1, &reply);
        train_schedule(&train, &probe);
    }
    assert_int_equal(train.stage, TRAIN_MORE);
    for (unsigned left = 3; left > 0; left--)
        train_reply_of_kind(&train, &probe, 1, &reply);
    for (size_t i = 0; i < seen.count; i++)
        assert_true(seen.items[i].reply.rtt_us < options.timeout_us);
    assert_int_equal(train.tally.received, 4);
    train_free(&train);
    observations_free(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_answer),
        cmocka_unit_test(test_copies_are_counted_apart),
        cmocka_unit_test(test_late_replies),
        cmocka_unit_test(test_answers_to_others),
        cmocka_unit_test(test_answers_to_the_bridge),
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_arp_senders),
        cmocka_unit_test(test_sequences_go_round),
        cmocka_unit_test(test_longer_volley),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
