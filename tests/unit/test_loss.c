/* What was lost: on the way, to a limit of the guest, or to a full queue. */
#include "fake_session.h"

static void lose_echo(struct writer *w, unsigned from)
{
    unsigned sequence = w->bytes[41];

    if (is_echo_reply(w) && (sequence == 2 || sequence >= from))
        w->length = 0;
}

static void second_lost(struct world *w, struct writer *f)
{
    (void)w;
    lose_echo(f, 100);
}
static void second_and_ninth_lost(struct world *w, struct writer *f)
{
    (void)w;
    lose_echo(f, 9);
}

/* A limit may let one more pass in the middle of a volley: only who is asked slowly, too, and loses one then,
 * loses any. */
static void test_scattered_losses(void **state)
{
    (void)state;
    for (unsigned lossy = 0; lossy < 2; lossy++) {
        struct world w;
        world_tap(&w);
        give(&w, GUEST_4);
        w.guest.tamper = lossy ? second_and_ninth_lost : second_lost;
        world_run(&w);
        assert_outcome(&w, lossy ? EXIT_WARNING : EXIT_HEALTHY, lossy ? "packet-loss" : "");
        world_end(&w);
    }
}

static struct link_facts flooded;

static void lost_in_a_flood(struct world *w, struct writer *f)
{
    flooded.tx_dropped += 100;
    second_and_ninth_lost(w, f);
}

/* Others send so much to the guest that the queue of its tap drops some, and some of ours: as long as it
 * does, and not of what is sent after that. */
static void test_full_queue(void **state)
{
    enum { NEVER_FULL, FULL_AT_FIRST, FULL };
    (void)state;
    for (unsigned row = NEVER_FULL; row <= FULL; row++) {
        struct world w;
        world_tap(&w);
        give(&w, GUEST_4);
        w.guest.tamper = row == FULL ? lost_in_a_flood : second_and_ninth_lost;
        w.links[0].tx_dropped = 17;
        flooded = w.links[0];
        struct host_facts later = w.facts;
        later.links = &flooded;
        later.link_count = 1;
        flooded.tx_dropped += row == FULL_AT_FIRST ? 100 : 0;
        w.later = &later;
        world_run(&w);
        assert_outcome(&w, row == FULL ? EXIT_HEALTHY : EXIT_WARNING, row == FULL ? "" : "packet-loss");
        world_end(&w);
    }
}

static uint64_t next_answer_us;

static void one_echo_a_second(struct world *w, struct writer *f)
{
    if (!is_echo_reply(f))
        return;
    if (w->now_us < next_answer_us)
        f->length = 0;
    else
        next_answer_us = w->now_us + SECOND;
}

/* A limit for all of its addresses together: what is asked of one takes what another one needs. The first may
 * pass at any moment. */
static void test_one_limit_for_all(void **state)
{
    static const char *const given[] = {GUEST_4, GUEST_ULA, GUEST_LL};
    (void)state;
    for (unsigned free_after_ms = 0; free_after_ms < 1000; free_after_ms += 25)
        for (size_t count = 0; count <= 3; count++) {
            struct world w;
            world_tap(&w);
            for (size_t i = 0; i < count; i++)
                give(&w, given[i]);
            next_answer_us = WORLD_START_US + free_after_ms * MS;
            w.guest.tamper = one_echo_a_second;
            world_run(&w);
            assert_outcome(&w, EXIT_HEALTHY, "");
            world_end(&w);
        }
}

static struct bucket {
    unsigned burst, per_second;
    uint64_t tokens_us; /* the time that it would have taken to fill as far as it is */
    uint64_t filled_us; /* until when */
} bucket;

/* As nftables has it: each that passes takes one, which comes back in time. */
static void echoes_by_the_bucket(struct world *w, struct writer *f)
{
    uint64_t token_us = SECOND / bucket.per_second, full_us = bucket.burst * token_us;

    if (!is_echo_reply(f))
        return;
    bucket.tokens_us += w->now_us - bucket.filled_us;
    bucket.filled_us = w->now_us;
    if (bucket.tokens_us > full_us)
        bucket.tokens_us = full_us;
    if (bucket.tokens_us >= token_us)
        bucket.tokens_us -= token_us;
    else
        f->length = 0;
}

/* Ten a second, of which some are in store; more or less of that was used up before. */
static void test_limits_of_ten_a_second(void **state)
{
    static const char *const given[] = {GUEST_4, GUEST_ULA, GUEST_LL};
    (void)state;
    for (unsigned burst = 1; burst <= 10; burst++)
        for (unsigned tenths = 0; tenths <= 10 * burst; tenths += 3)
            for (size_t count = 0; count <= 3; count++) {
                struct world w;
                world_tap(&w);
                for (size_t i = 0; i < count; i++)
                    give(&w, given[i]);
                bucket = (struct bucket){burst, 10, tenths * SECOND / 100, WORLD_START_US};
                w.guest.tamper = echoes_by_the_bucket;
                world_run(&w);
                assert_outcome(&w, EXIT_HEALTHY, "");
                world_end(&w);
            }
}

static uint64_t other_asks_us;

/* Somebody else is answered, too: the host's own stack, say, which makes sure of its neighbour. */
static void one_echo_a_second_for_all(struct world *w, struct writer *f)
{
    if (w->now_us >= other_asks_us && other_asks_us >= next_answer_us) {
        next_answer_us = other_asks_us + SECOND;
        other_asks_us = UINT64_MAX;
    }
    one_echo_a_second(w, f);
}

/* What others ask takes what we need at any moment, also while we ask slowly. */
static void test_limit_that_others_use(void **state)
{
    (void)state;
    for (unsigned asked_after_ms = 0; asked_after_ms < 9000; asked_after_ms += 25) {
        struct world w;
        world_tap(&w);
        give(&w, GUEST_4);
        next_answer_us = WORLD_START_US;
        other_asks_us = WORLD_START_US + asked_after_ms * MS;
        w.guest.tamper = one_echo_a_second_for_all;
        world_run(&w);
        assert_outcome(&w, EXIT_HEALTHY, "");
        world_end(&w);
    }
}

/* The sender of a question is the target of its answer. */
static void answers_in_nobodys_name(struct world *w, struct writer *f)
{
    static const uint8_t nobody[4];

    (void)w;
    if (ethertype_of(f) == 0x0806 && f->bytes[21] == ARP_REPLY && memcmp(f->bytes + 38, nobody, 4) != 0)
        f->length = 0;
}

static void test_answers_in_nobodys_name_only(void **state)
{
    static const uint64_t delays_us[] = {200, 15 * MS, 40 * MS, 100 * MS, 250 * MS, 700 * MS};
    (void)state;
    for (size_t i = 0; i < sizeof delays_us / sizeof delays_us[0]; i++) {
        struct world w;
        world_tap(&w);
        give(&w, GUEST_4);
        w.guest.delay_us = delays_us[i];
        w.guest.tamper = answers_in_nobodys_name;
        world_run(&w);
        assert_outcome(&w, EXIT_HEALTHY, "");
        world_end(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scattered_losses),      cmocka_unit_test(test_full_queue),
        cmocka_unit_test(test_one_limit_for_all),     cmocka_unit_test(test_limits_of_ten_a_second),
        cmocka_unit_test(test_limit_that_others_use), cmocka_unit_test(test_answers_in_nobodys_name_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
