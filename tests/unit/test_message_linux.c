/* Messages of a packet socket, with tags and without. */
#include "message_linux.h"

#include "unit.h"
#include "wire.h"

/* An ARP request, as a packet socket hands it out: its outer tag taken out. */
struct received {
    struct message message;
    struct msghdr header;
    size_t length;
};

static const uint8_t ARP_REQUEST_START[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12,
                                            4,    0x11, 0x08, 0x06, 0,    1,    8,    0,    6, 4};

static struct cmsghdr *put_control(struct cmsghdr *item, int level, int type, const void *data, size_t size)
{
    item->cmsg_level = level;
    item->cmsg_type = type;
    item->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(item), data, size);
    return (struct cmsghdr *)((uint8_t *)item + CMSG_SPACE(size));
}

static void fill(struct received *received, size_t length, struct tpacket_auxdata beside)
{
    static const struct timespec time = {.tv_sec = 2, .tv_nsec = 3999};

    memset(received, 0xee, sizeof *received);
    message_prepare(&received->message, &received->header);
    beside.tp_len = beside.tp_len != 0 ? beside.tp_len : (uint32_t)length;
    received->length = length;
    received->message.from =
        (struct sockaddr_ll){.sll_family = AF_PACKET, .sll_ifindex = 42, .sll_pkttype = PACKET_BROADCAST};
    memcpy(received->header.msg_iov->iov_base, ARP_REQUEST_START,
           length < sizeof ARP_REQUEST_START ? length : sizeof ARP_REQUEST_START);
    struct cmsghdr *item = (struct cmsghdr *)received->message.control;
    item = put_control(item, SOL_SOCKET, SCM_TIMESTAMPNS, &time, sizeof time);
    put_control(item, SOL_PACKET, PACKET_AUXDATA, &beside, sizeof beside);
}

static bool take(struct received *received, struct captured *ret_captured)
{
    return message_read(&received->message, &received->header, received->length, DIRECTION_IN, ret_captured);
}

static void test_untagged(void **state)
{
    struct received received;
    struct captured captured;
    (void)state;

    fill(&received, 60, (struct tpacket_auxdata){0});
    assert_true(take(&received, &captured));
    assert_int_equal(captured.ifindex, 42);
    assert_int_equal(captured.time_us, 2000003);
    assert_ptr_equal(captured.bytes.data, received.header.msg_iov->iov_base);
    assert_int_equal(captured.bytes.length, 60);
    assert_int_equal(captured.wire_length, 60);
}

static void check_tag(uint32_t status, uint16_t tpid, uint16_t control, const uint8_t expected[4])
{
    struct received received;
    struct captured captured;
    uint8_t without[60];

    fill(&received, 60,
         (struct tpacket_auxdata){
             .tp_status = TP_STATUS_VLAN_VALID | status, .tp_vlan_tci = control, .tp_vlan_tpid = tpid});
    memcpy(without, received.header.msg_iov->iov_base, sizeof without);
    assert_true(take(&received, &captured));
    assert_int_equal(captured.bytes.length, 64);
    assert_int_equal(captured.wire_length, 64);
    assert_memory_equal(captured.bytes.data, without, 12);
    assert_memory_equal(captured.bytes.data + 12, expected, 4);
    assert_memory_equal(captured.bytes.data + 16, without + 12, 48);
}

static void test_tags(void **state)
{
    (void)state;
    check_tag(TP_STATUS_VLAN_TPID_VALID, 0x8100, 217, (uint8_t[]){0x81, 0x00, 0x00, 0xd9});
    check_tag(TP_STATUS_VLAN_TPID_VALID, 0x88a8, 0xefff, (uint8_t[]){0x88, 0xa8, 0xef, 0xff});
    check_tag(TP_STATUS_VLAN_TPID_VALID, 0x8100, 0, (uint8_t[]){0x81, 0x00, 0x00, 0x00}); /* a priority tag */
    check_tag(0, 0, 3071, (uint8_t[]){0x81, 0x00, 0x0b, 0xff}); /* kernels that do not say which */
}

/* What the decoder makes of it, as of a frame that another kind of capture hands out whole. */
static void test_decoded(void **state)
{
    struct received received;
    struct captured captured;
    struct frame frame;
    (void)state;

    fill(&received, 60,
         (struct tpacket_auxdata){.tp_status = TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID,
                                  .tp_vlan_tci = 3 << 13 | 217,
                                  .tp_vlan_tpid = ETHERTYPE_8021Q});
    assert_true(take(&received, &captured));
    struct span bytes = captured.bytes;
    assert_int_equal(eth_decode(&bytes, &frame), WIRE_OK);
    assert_int_equal(frame.tag_count, 1);
    assert_int_equal(frame.tags[0].vid, 217);
    assert_int_equal(frame.tags[0].pcp, 3);
    assert_int_equal(frame.ethertype, 0x0806);
    assert_mac(frame.source, "52:54:00:12:04:11");
}

static void test_short_frames(void **state)
{
    struct received received;
    struct captured captured;
    (void)state;

    for (size_t length = 0; length < 20; length++) {
        fill(&received, length,
             (struct tpacket_auxdata){.tp_status = TP_STATUS_VLAN_VALID, .tp_vlan_tci = 1});
        assert_true(take(&received, &captured));
        assert_int_equal(captured.bytes.length, length < 12 ? length : length + 4);
    }
}

static void test_cut_off(void **state)
{
    struct received received;
    struct captured captured;
    (void)state;

    fill(&received, SNAPLEN,
         (struct tpacket_auxdata){.tp_status = TP_STATUS_VLAN_VALID, .tp_vlan_tci = 1, .tp_len = 1514});
    assert_true(take(&received, &captured));
    assert_int_equal(captured.bytes.length, SNAPLEN + 4);
    assert_int_equal(captured.wire_length, 1518);
    assert_ptr_equal(captured.bytes.data, received.message.bytes);
    assert_ptr_equal(captured.bytes.data + captured.bytes.length,
                     received.message.bytes + sizeof received.message.bytes);
}

static void test_refused(void **state)
{
    struct captured untouched = {.ifindex = -7}, captured = untouched;
    struct received received;
    (void)state;

    fill(&received, 60, (struct tpacket_auxdata){.tp_len = 59}); /* shorter than what was received of it */
    assert_false(take(&received, &captured));
    fill(&received, 60, (struct tpacket_auxdata){0});
    received.length = SNAPLEN + 1;
    assert_false(take(&received, &captured));
    fill(&received, 60, (struct tpacket_auxdata){0});
    received.message.from.sll_pkttype = PACKET_OUTGOING;
    assert_false(take(&received, &captured));
    fill(&received, 60, (struct tpacket_auxdata){0});
    received.header.msg_controllen = CMSG_SPACE(sizeof(struct timespec)); /* and nothing else */
    assert_false(take(&received, &captured));
    fill(&received, 60, (struct tpacket_auxdata){0});
    received.header.msg_controllen = 0;
    assert_false(take(&received, &captured));
    assert_memory_equal(&captured, &untouched, sizeof captured);
}

/* Which way it went: of a socket that hears only one, what went the other is passed over. */
static void test_directions(void **state)
{
    static const unsigned char types[] = {PACKET_HOST, PACKET_BROADCAST, PACKET_OTHERHOST, PACKET_OUTGOING};
    struct captured captured;
    struct received received;
    (void)state;

    for (size_t i = 0; i < sizeof types; i++)
        for (enum direction direction = DIRECTION_IN; direction <= DIRECTION_OUT; direction++) {
            fill(&received, 60, (struct tpacket_auxdata){0});
            received.message.from.sll_pkttype = types[i];
            bool is_heard = (types[i] == PACKET_OUTGOING) == (direction == DIRECTION_OUT);
            assert_int_equal(
                message_read(&received.message, &received.header, received.length, direction, &captured),
                is_heard);
            assert_true(!is_heard || captured.direction == direction);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_untagged),     cmocka_unit_test(test_tags),    cmocka_unit_test(test_decoded),
        cmocka_unit_test(test_short_frames), cmocka_unit_test(test_cut_off), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_directions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
