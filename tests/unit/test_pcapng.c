/* What pcapng files say beside their frames: interfaces, directions, losses. */
#include "pcapng.h"
#include "replayed.h"

static struct recorder file;

static bool other_order; /* the file is of a machine with the other byte order */

static void append_32(uint32_t value)
{
    append_word(&file, other_order ? __builtin_bswap32(value) : value);
}

static void append_16(uint16_t value)
{
    append(&file, &(uint16_t){other_order ? __builtin_bswap16(value) : value}, sizeof value);
}

static void append_64(uint64_t value)
{
    append(&file, &(uint64_t){other_order ? __builtin_bswap64(value) : value}, sizeof value);
}

static void append_padded(const void *bytes, size_t length)
{
    static const uint8_t padding[3];

    append(&file, bytes, length);
    append(&file, padding, (4 - length % 4) % 4);
}

/* Returns where it begins, for end_block(), which fills in its length once all is behind it. */
static size_t begin_block(uint32_t type)
{
    size_t at = file.length;

    append_32(type);
    append_32(0);
    return at;
}

static void end_block(size_t at)
{
    uint32_t total = (uint32_t)(file.length + 4 - at),
             written = other_order ? __builtin_bswap32(total) : total;

    memcpy(file.bytes + at + 4, &written, sizeof written);
    append_32(total);
}

static void begin_section(void)
{
    size_t at = begin_block(0x0a0d0d0a);

    append_32(0x1a2b3c4d);
    append_16(1);
    append_16(0);
    append_64(UINT64_MAX);
    end_block(at);
}

static void describe_interface(uint16_t link_type)
{
    size_t at = begin_block(1);

    append_16(link_type);
    append_16(0);
    append_32(65535);
    end_block(at);
}

static size_t begin_packet(uint32_t interface, uint32_t time_us, const struct writer *frame)
{
    size_t at = begin_block(6);

    append_32(interface);
    append_32(0);
    append_32(time_us);
    append_32((uint32_t)frame->length);
    append_32((uint32_t)frame->length);
    append_padded(frame->bytes, frame->length);
    return at;
}

static void append_packet(uint32_t interface, const struct writer *frame)
{
    end_block(begin_packet(interface, 0, frame));
}

static void append_packet_at(uint32_t time_us, const struct writer *frame)
{
    end_block(begin_packet(0, time_us, frame));
}

static void append_comment(void)
{
    append_16(1);
    append_16(5);
    append_padded("hello", 5);
}

static void append_option_32(uint16_t code, uint32_t value)
{
    append_16(code);
    append_16(sizeof value);
    append_32(value);
}

static void append_option_64(uint16_t code, uint64_t value)
{
    append_16(code);
    append_16(sizeof value);
    append_64(value);
}

static void append_statistics(uint16_t code, uint64_t value)
{
    size_t at = begin_block(5);

    append_32(0);
    append_64(0);
    append_option_64(code, value);
    append_32(0);
    end_block(at);
}

static void append_end(uint32_t interface, uint64_t time)
{
    size_t at = begin_block(5);

    append_32(interface);
    append_32((uint32_t)(time >> 32));
    append_32((uint32_t)time);
    end_block(at);
}

static void test_interfaces(void **state)
{
    struct writer frame = an_arp_request();

    (void)state;
    file.length = 0;
    begin_section();
    describe_interface(LINK_ETHERNET);
    describe_interface(LINK_ETHERNET);
    end_block(begin_block(4)); /* name resolution: nothing */
    for (uint32_t i = 0; i < 1000; i++)
        append_packet(i % 2, &frame);
    begin_section();
    describe_interface(LINK_ETHERNET);
    append_packet(0, &frame);
    struct replay *replay = open_file(&file, file.length);
    for (uint32_t i = 0; i < 1000; i++)
        assert_frame(replay, 1 << 8 | i % 2);
    assert_frame(replay, 2 << 8); /* the first of another section is another one */
    assert_end(replay, NULL);
    replay_close(replay);
}

/* Which way a frame went is in an option, among others, in the byte order of the machine that recorded it. */
static void test_directions(void **state)
{
    static const enum direction expected[] = {DIRECTION_IN, DIRECTION_OUT, DIRECTION_UNKNOWN};
    struct writer frame = an_arp_request();

    (void)state;
    for (int order = 0; order < 2; order++) {
        other_order = order;
        file.length = 0;
        begin_section();
        describe_interface(LINK_ETHERNET);
        for (uint32_t way = 1; way <= 3; way++) {
            size_t at = begin_packet(0, 0, &frame);
            append_comment();
            append_option_32(2,
                             0x1e0 | way); /* with other flags, and once with a direction that there is not */
            end_block(at);
        }
        append_packet(0, &frame);
        struct replay *replay = open_file(&file, file.length);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(assert_frame(replay, 1 << 8).direction, expected[i]);
        assert_int_equal(assert_frame(replay, 1 << 8).direction, DIRECTION_UNKNOWN);
        assert_end(replay, NULL);
        replay_close(replay);
        other_order = false;
    }
}

/* How many frames are missing: by the counters of an interface or in front of a frame, whichever says
 * more. */
static void test_lost(void **state)
{
    struct writer frame = an_arp_request();

    (void)state;
    for (int order = 0; order < 2; order++) {
        other_order = order;
        file.length = 0;
        begin_section();
        describe_interface(LINK_ETHERNET);
        size_t at = begin_packet(0, 0, &frame);
        append_option_64(4, 3);
        append_32(0);
        append_option_64(4, 1000); /* behind the end of the options: no option */
        end_block(at);
        append_statistics(4, 9); /* how many were received */
        struct replay *replay = open_file(&file, file.length);
        assert_frame(replay, 1 << 8);
        assert_end(replay, NULL);
        assert_int_equal(replay_lost(replay), 3);
        replay_close(replay);
        append_statistics(5, 6);
        append_statistics(7, 5000000000);
        append_statistics(7, 4);
        replay = open_file(&file, file.length);
        assert_frame(replay, 1 << 8);
        assert_end(replay, NULL);
        assert_int_equal(replay_lost(replay), 5000000000);
        replay_close(replay);
        other_order = false;
    }
}

/* An interface says in which units its times are: microseconds, where it does not. */
static void test_end(void **state)
{
    static const struct {
        uint8_t resolution;
        uint64_t ended_us;
    } rows[] = {{0, 5000000000}, {6, 5000000000}, {9, 5000000}, {0x8a, 0}};

    (void)state;
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        struct pcapng *pcapng = pcapng_new();
        file.length = 0;
        begin_section();
        size_t at = begin_block(1);
        append_16(LINK_ETHERNET);
        append_16(0);
        append_32(65535);
        if (rows[row].resolution != 0) {
            append_16(9);
            append_16(1);
            append_padded(&rows[row].resolution, 1);
        }
        end_block(at);
        append_end(0, 4999999999);
        append_end(0, 5000000000);
        append_end(1, 6000000000); /* no such interface */
        pcapng_see(pcapng, file.bytes, file.length);
        assert_int_equal(pcapng_ended_us(pcapng), rows[row].ended_us);
        pcapng_free(pcapng);
    }
}

static void test_several_link_types(void **state)
{
    struct writer frame = an_arp_request();

    (void)state;
    file.length = 0;
    begin_section();
    describe_interface(LINK_ETHERNET);
    append_packet(0, &frame);
    describe_interface(LINK_SLL);
    append_packet(1, &frame);
    struct replay *replay = open_file(&file, file.length);
    assert_frame(replay, 1 << 8);
    assert_end(replay, "type");
    replay_close(replay);
}

/* Where the capture lost frames, an answer that is missing may be among them. */
static void test_lost_answers(void **state)
{
    static const struct {
        uint64_t lost;
        enum verdict_status status;
        const char *findings;
    } rows[] = {{0, STATUS_WARNING, "packet-loss"}, {1, STATUS_UNKNOWN, ""}};
    struct writer question = an_arp_request(), answer = an_arp_reply();

    (void)state;
    for (size_t row = 0; row < 2; row++) {
        struct verdict verdict;
        file.length = 0;
        begin_section();
        describe_interface(LINK_ETHERNET);
        for (uint32_t i = 0; i < 5; i++) {
            append_packet_at(1000000 * i, &question);
            if (i != 2)
                append_packet_at(1000000 * i + 100, &answer);
        }
        append_statistics(7, rows[row].lost);
        diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
        assert_findings(&verdict, rows[row].findings);
        assert_int_equal(verdict.status, rows[row].status);
        assert_check(&verdict, "arp", GUEST_4, 5, 4, 0);
        verdict_free(&verdict);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interfaces),   cmocka_unit_test(test_directions),
        cmocka_unit_test(test_lost),         cmocka_unit_test(test_several_link_types),
        cmocka_unit_test(test_lost_answers), cmocka_unit_test(test_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
