/* Capture files of all kinds, and the one that check --pcap writes. */
#include "evidence.h"
#include "replayed.h"
#include "talk.h"

#include <errno.h>
#include <unistd.h>

static struct recorder file;

static void assert_refused(const char *reason)
{
    struct replay *replay;
    char *error = NULL;

    assert_false(replay_open(fmemopen(file.bytes, file.length, "r"), -1, &replay, &error));
    if (strstr(error, reason) == NULL)
        fail_msg("expected \"%s\", saw \"%s\"", reason, error);
    free(error);
}

static void test_pcap(void **state)
{
    struct writer frame = an_arp_request();

    (void)state;
    begin_pcap(&file, LINK_ETHERNET);
    record(&file, 17, &frame);
    struct replay *replay = open_file(&file, file.length);
    struct recorded_frame recorded = assert_frame(replay, 0);
    assert_int_equal(recorded.as, RECORDED_ETHERNET);
    assert_int_equal(recorded.direction, DIRECTION_UNKNOWN);
    assert_int_equal(recorded.time_us, 1700000000000017);
    assert_memory_equal(recorded.bytes.data, frame.bytes, frame.length);
    assert_int_equal(replay_lost(replay), 0);
    assert_end(replay, NULL);
    replay_close(replay);
    replay_close(NULL);
}

static void test_nanoseconds(void **state)
{
    struct writer frame = an_arp_request();

    (void)state;
    begin_pcap(&file, LINK_ETHERNET);
    memcpy(file.bytes, &(uint32_t){0xa1b23c4d}, 4);
    file.now_us = 1700000000000000 + 900000; /* the fraction is 900000 ns now */
    record(&file, 0, &frame);
    struct replay *replay = open_file(&file, file.length);
    assert_int_equal(assert_frame(replay, 0).time_us, 1700000000000900);
    replay_close(replay);
}

/* A pipe that nothing more comes through: who waits for it is told that it is enough, before the wait or in
 * it. */
static void test_stopped(void **state)
{
    struct writer frame = an_arp_request();
    int pipes[2][2];

    (void)state;
    begin_pcap(&file, LINK_ETHERNET);
    record(&file, 17, &frame);
    for (unsigned frames = 0; frames < 2; frames++) {
        struct replay *replay;
        struct recorded_frame recorded;
        char *error = NULL;
        assert_true(pipe(pipes[0]) == 0 && pipe(pipes[1]) == 0);
        assert_int_equal(write(pipes[0][1], file.bytes, file.length), file.length);
        if (frames == 0)
            assert_int_equal(write(pipes[1][1], "", 1), 1);
        assert_int_equal(replay_open(fdopen(pipes[0][0], "r"), pipes[1][0], &replay, &error), frames > 0);
        if (frames > 0) {
            assert_frame(replay, 0);
            assert_false(replay_was_stopped(replay));
            assert_int_equal(write(pipes[1][1], "", 1), 1);
            assert_false(replay_next(replay, &recorded, &error));
            assert_true(replay_was_stopped(replay));
            replay_close(replay);
        } else {
            assert_string_equal(error, "interrupted");
        }
        free(error);
        close(pipes[0][1]);
        close(pipes[1][0]);
        close(pipes[1][1]);
    }
}

static void test_cut_off(void **state)
{
    struct writer frame = an_arp_request();

    (void)state;
    begin_pcap(&file, LINK_ETHERNET);
    record(&file, 0, &frame);
    record(&file, 0, &frame);
    for (size_t length = 24 + 16 + frame.length + 1; length < file.length; length++) {
        struct replay *replay = open_file(&file, length);
        assert_frame(replay, 0);
        assert_end(replay, "truncated");
        replay_close(replay);
    }
}

static void test_refused(void **state)
{
    (void)state;
    begin_pcap(&file, 105);
    assert_refused("unsupported link type 105 (IEEE802_11)");
    file.length = 10;
    assert_refused("truncated");
    memcpy(file.bytes, "no capture", 10);
    assert_refused("unknown file format");
}

/* ---- cooked ---- */

/* By "any": a bridge and its port both record everything. */
static void test_cooked(void **state)
{
    struct writer question = an_arp_request(), answer = an_arp_reply();

    (void)state;
    for (unsigned version = 1; version <= 2; version++) {
        struct verdict verdict;
        begin_pcap(&file, version == 1 ? LINK_SLL : LINK_SLL2);
        for (int i = 0; i < 3; i++) {
            struct writer frames[] = {cooked(&question, version, 7, true),
                                      cooked(&question, version, 3, true), cooked(&answer, version, 3, false),
                                      cooked(&answer, version, 7, false)};
            for (int j = 0; j < 4; j++)
                record(&file, j == 0 ? 1000000 : 10, &frames[j]);
        }
        diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
        assert_findings(&verdict, "");
        assert_check(&verdict, "arp", GUEST_4, 3, 3, 0);
        verdict_free(&verdict);
    }
}

static void test_cooked_header(void **state)
{
    struct writer frame = an_arp_reply(), w = cooked(&frame, 2, 9, false);
    struct frame decoded;
    struct cooked where;

    (void)state;
    assert_int_equal(wire_decode_cooked(span_of(w.bytes, w.length), (uint32_t)w.length, 2, &decoded, &where),
                     WIRE_OK);
    assert_int_equal(decoded.kind, FRAME_ARP);
    assert_mac(decoded.source, GUEST_MAC);
    assert_true(mac_is_zero(decoded.destination));
    assert_int_equal(where.ifindex, 9);
    assert_int_equal(where.direction, DIRECTION_IN);
    for (size_t length = 0; length < w.length; length++)
        assert_int_equal(wire_decode_cooked(span_of(w.bytes, length), (uint32_t)length, 2, &decoded, &where),
                         WIRE_MALFORMED);
    w.bytes[9] = 4; /* of another hardware: 772, the loopback interface */
    w.bytes[8] = 3;
    assert_int_equal(wire_decode_cooked(span_of(w.bytes, w.length), (uint32_t)w.length, 2, &decoded, &where),
                     WIRE_UNSUPPORTED);
}

/* ---- evidence ---- */

static struct writer fake_frame;
static int fake_result;

static int fake_receive(void *context, struct captured *ret_captured)
{
    (void)context;
    *ret_captured = (struct captured){.ifindex = 1,
                                      .direction = DIRECTION_IN,
                                      .time_us = 1700000000000001,
                                      .bytes = span_of(fake_frame.bytes, fake_frame.length),
                                      .wire_length = 1000};
    return fake_result;
}

static int fake_send(void *context, int ifindex, const uint8_t *frame, size_t length)
{
    (void)context;
    (void)ifindex;
    (void)frame;
    (void)length;
    return fake_result < 0 ? fake_result : 0;
}

static uint64_t fake_lost(void *context)
{
    (void)context;
    return 42;
}

static int fake_descriptor(void *context)
{
    (void)context;
    return 43;
}

static void fake_close(void *context)
{
    (void)context;
}

static const struct link_operations FAKE = {.receive = fake_receive,
                                            .send = fake_send,
                                            .lost = fake_lost,
                                            .descriptor = fake_descriptor,
                                            .close = fake_close};

static int create(void *context, const char *path)
{
    (void)context;
    return evidence_create(path);
}

static const struct link_means OF_OURS = {.create = create};

static void test_evidence(void **state)
{
    char path[] = "/tmp/evidence-XXXXXX", *error = NULL;
    struct evidence *evidence;
    struct captured captured;
    struct replay *replay;

    (void)state;
    close(mkstemp(path));
    fake_frame = an_arp_request();
    assert_int_equal(evidence_open(&OF_OURS, path, UINT64_MAX, &evidence, &error), 0);
    struct link *link = link_with_evidence(link_new(&FAKE, NULL), evidence, 0);
    assert_int_equal(link_lost(link), 42);
    assert_int_equal(link_descriptor(link), 43);
    fake_result = -ENETDOWN; /* what was neither sent nor received is not kept */
    assert_int_equal(link_send(link, 1, fake_frame.bytes, fake_frame.length), -ENETDOWN);
    assert_int_equal(link_receive(link, &captured), -ENETDOWN);
    fake_result = 0;
    assert_int_equal(link_receive(link, &captured), 0);
    fake_result = 1; /* otherwise its number is known at once */
    assert_int_equal(link_send(link, 1, fake_frame.bytes, fake_frame.length), 1);
    assert_int_equal(link_receive(link, &captured), 1);
    assert_int_equal(captured.number, 2);
    link_close(link);
    evidence_close(evidence, &error);
    assert_null(error);

    assert_true(replay_open(fopen(path, "r"), -1, &replay, &error));
    assert_int_equal(assert_frame(replay, 1 << 8).direction, DIRECTION_OUT);
    /* What is sent and what is seen is of one interface. */
    struct recorded_frame frame = assert_frame(replay, 1 << 8);
    assert_int_equal(frame.direction, DIRECTION_IN);
    assert_int_equal(frame.time_us, 1700000000000001);
    assert_int_equal(frame.wire_length, 1000);
    assert_end(replay, NULL);
    assert_int_equal(replay_lost(replay), 42);
    replay_close(replay);
    unlink(path);
}

/* It becomes no larger than it may; and what is missing then is lost, not silence. */
static void test_evidence_limit(void **state)
{
    enum { LIMIT = 10000, SENT = 1000 };
    char path[] = "/tmp/evidence-XXXXXX", *error = NULL;
    struct evidence *evidence;
    struct recorded_frame frame;
    struct replay *replay;
    unsigned kept = 0;

    (void)state;
    close(mkstemp(path));
    fake_frame = an_arp_request();
    fake_result = 1;
    assert_int_equal(evidence_open(&OF_OURS, path, LIMIT, &evidence, &error), 0);
    struct link *link = link_with_evidence(link_new(&FAKE, NULL), evidence, 0);
    for (int i = 0; i < SENT; i++)
        assert_in_range(link_send(link, 1, fake_frame.bytes, fake_frame.length), 0, i + 1);
    assert_int_equal(link_send(link, 1, fake_frame.bytes, fake_frame.length), 0); /* it is not kept */
    link_close(link);
    evidence_close(evidence, &error);
    assert_non_null(strstr(error, "--pcap-limit"));
    free(error);

    FILE *written = fopen(path, "r");
    assert_int_equal(fseek(written, 0, SEEK_END), 0);
    assert_in_range(ftell(written), LIMIT / 2, LIMIT + 100);
    rewind(written);
    assert_true(replay_open(written, -1, &replay, &error));
    while (replay_next(replay, &frame, &error))
        kept++;
    assert_null(error);
    assert_in_range(kept, 1, SENT - 1);
    assert_int_equal(replay_lost(replay), 42 + SENT + 1 - kept);
    replay_close(replay);
    unlink(path);
}

static void test_evidence_fails(void **state)
{
    struct evidence *evidence;
    char *error = NULL;

    (void)state;
    assert_int_equal(evidence_open(&OF_OURS, "/nonexistent/file", UINT64_MAX, &evidence, &error), -ENOENT);
    assert_non_null(error);
    free(error);
    assert_int_equal(evidence_open(&OF_OURS, "/dev/full", UINT64_MAX, &evidence, &error), 0);
    struct link *link = link_with_evidence(link_new(&FAKE, NULL), evidence, 0);
    fake_result = 1;
    for (int i = 0; i < 1000; i++) /* what is kept does not matter to who sends */
        assert_true(link_send(link, 1, fake_frame.bytes, fake_frame.length) >= 0);
    link_close(link);
    evidence_close(evidence, &error);
    assert_non_null(strstr(error, "/dev/full: No space left on device"));
    free(error);
    evidence_close(NULL, &error);
    assert_null(error);
    link = link_new(&FAKE, NULL);
    assert_ptr_equal(link_with_evidence(link, NULL, 0), link);
    link_close(link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pcap),           cmocka_unit_test(test_nanoseconds),
        cmocka_unit_test(test_stopped),        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_refused),        cmocka_unit_test(test_cooked),
        cmocka_unit_test(test_cooked_header),  cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_evidence_limit), cmocka_unit_test(test_evidence_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
