/* What is built is read back twice: by our decoders and, from a capture file, by tshark. */
#include "wire.h"

#include "capture_filter.h"
#include "frames.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <sys/stat.h>

#define CAPTURE "build/tests/wire_build.pcap"

static const struct ethernet_spec untagged = {.destination = {{0x52, 0x54, 0, 0x12, 4, 0x11}},
                                              .source = {{0xfe, 0x54, 0, 0x12, 4, 0x11}},
                                              .vid = VID_NONE};

static struct builder *builder;
static bool no_tshark;

static struct ethernet_spec tagged(int vid)
{
    struct ethernet_spec ethernet = untagged;
    ethernet.vid = vid;
    return ethernet;
}

/* Decodes what was built, and checks the Ethernet header. */
static struct frame decoded(const struct packet *packet, const struct ethernet_spec *ethernet)
{
    struct frame frame;

    assert_true(packet->length >= 60 && packet->length <= FRAME_MAX);
    assert_int_equal(wire_decode(span_of(packet->bytes, packet->length), (uint32_t)packet->length, &frame),
                     WIRE_OK);
    assert_true(mac_equal(frame.destination, ethernet->destination));
    assert_true(mac_equal(frame.source, ethernet->source));
    assert_int_equal(frame.tag_count, ethernet->vid == VID_NONE ? 0 : 1);
    if (ethernet->vid != VID_NONE) {
        assert_int_equal(frame.tags[0].tpid, ETHERTYPE_8021Q);
        assert_int_equal(frame.tags[0].vid, ethernet->vid);
        assert_int_equal(frame.tags[0].pcp, 0);
    }
    return frame;
}

/* ---- one function for each frame ---- */

static void check_arp(const struct ethernet_spec *ethernet, const struct arp_fields *arp, struct packet *ret)
{
    assert_int_equal(build_arp(builder, ethernet, arp, ret), 0);
    struct frame frame = decoded(ret, ethernet);

    assert_int_equal(ret->length, 60);
    assert_int_equal(frame.kind, FRAME_ARP);
    assert_int_equal(frame.arp.operation, arp->operation);
    assert_true(mac_equal(frame.arp.sender_mac, arp->sender_mac));
    assert_true(mac_equal(frame.arp.target_mac, arp->target_mac));
    assert_true(ip_equal(frame.arp.sender, arp->sender));
    assert_true(ip_equal(frame.arp.target, arp->target));
}

static void arp_probe(struct packet *ret)
{
    struct ethernet_spec ethernet = untagged;
    ethernet.destination = MAC_BROADCAST;
    check_arp(&ethernet,
              &(struct arp_fields){.operation = ARP_REQUEST,
                                   .sender_mac = untagged.source,
                                   .sender = ip("0.0.0.0"),
                                   .target = ip(GUEST_4)},
              ret);
}

static void arp_reply(struct packet *ret)
{
    struct ethernet_spec ethernet = tagged(100);
    check_arp(&ethernet,
              &(struct arp_fields){.operation = ARP_REPLY,
                                   .sender_mac = untagged.source,
                                   .target_mac = untagged.destination,
                                   .sender = ip(HOST_4),
                                   .target = ip(GUEST_4)},
              ret);
}

static void check_echo(const struct ethernet_spec *ethernet, const struct echo_spec *echo, struct packet *ret)
{
    uint8_t payload[PROBE_PAYLOAD_SIZE];

    assert_int_equal(build_echo_request(builder, ethernet, echo, ret), 0);
    struct frame frame = decoded(ret, ethernet);
    build_probe_payload(echo->nonce, payload);
    assert_int_equal(frame.kind, FRAME_ECHO_REQUEST);
    assert_true(ip_equal(frame.ip.source, echo->source));
    assert_true(ip_equal(frame.ip.destination, echo->destination));
    assert_int_equal(frame.ip.ttl, echo->ttl);
    assert_false(frame.ip.checksum_bad || frame.ip.fragment);
    assert_int_equal(frame.echo.id, echo->id);
    assert_int_equal(frame.echo.sequence, echo->sequence);
    assert_int_equal(frame.echo.payload_length, echo->payload_length);
    assert_memory_equal(frame.echo.payload, payload, sizeof payload);
    assert_false(frame.echo.checksum_bad || frame.echo.checksum_unknown);
}

static struct echo_spec echo_spec(enum ip_family family, uint16_t payload_length)
{
    return (struct echo_spec){.source = ip(family == IP_V4 ? HOST_4 : HOST_6),
                              .destination = ip(family == IP_V4 ? GUEST_4 : GUEST_6),
                              .id = 0xabcd,
                              .sequence = 0x1234,
                              .ttl = 64,
                              .nonce = 0x0123456789abcdef,
                              .payload_length = payload_length};
}

static void echo_v4(struct packet *ret)
{
    struct echo_spec echo = echo_spec(IP_V4, PROBE_PAYLOAD_SIZE);
    check_echo(&untagged, &echo, ret);
}

static void echo_v4_large(struct packet *ret)
{
    struct echo_spec echo = echo_spec(IP_V4, 1472);
    struct ethernet_spec ethernet = tagged(VID_MAX);
    check_echo(&ethernet, &echo, ret);
}

static void echo_v6(struct packet *ret)
{
    struct echo_spec echo = echo_spec(IP_V6, 17);
    echo.ttl = 1;
    check_echo(&untagged, &echo, ret);
}

static void echo_v6_priority(struct packet *ret)
{
    struct echo_spec echo = echo_spec(IP_V6, 1452);
    struct ethernet_spec ethernet = tagged(0);
    check_echo(&ethernet, &echo, ret);
}

static void check_neighbour(const struct packet *packet, const struct ethernet_spec *ethernet,
                            enum frame_kind kind, struct ip_addr source, struct ip_addr destination,
                            const struct neighbour_fields *neighbour)
{
    struct frame frame = decoded(packet, ethernet);

    assert_int_equal(frame.kind, kind);
    assert_true(ip_equal(frame.ip.source, source));
    assert_true(ip_equal(frame.ip.destination, destination));
    assert_int_equal(frame.ip.ttl, 255);
    assert_true(ip_equal(frame.neighbour.target, neighbour->target));
    assert_int_equal(frame.neighbour.router, neighbour->router);
    assert_int_equal(frame.neighbour.solicited, neighbour->solicited);
    assert_int_equal(frame.neighbour.override, neighbour->override);
    assert_int_equal(frame.neighbour.has_link_address, neighbour->has_link_address);
    assert_true(mac_equal(frame.neighbour.link_address, neighbour->link_address));
}

static void check_solicitation(const char *source, const struct neighbour_fields *neighbour,
                               struct packet *ret)
{
    struct ip_addr group = ip_solicited_node(neighbour->target);
    struct ethernet_spec ethernet = untagged;

    ethernet.destination = mac_of_multicast(group);
    assert_int_equal(build_neighbour_solicitation(builder, &ethernet, ip(source), group, neighbour, ret), 0);
    check_neighbour(ret, &ethernet, FRAME_NEIGHBOUR_SOLICITATION, ip(source), group, neighbour);
}

static void solicitation(struct packet *ret)
{
    struct neighbour_fields neighbour = {
        .target = ip(GUEST_6), .has_link_address = true, .link_address = untagged.source};
    check_solicitation(HOST_6, &neighbour, ret);
}

static void solicitation_of_unspecified(struct packet *ret)
{
    check_solicitation("::", &(struct neighbour_fields){.target = ip(GUEST_6)}, ret);
}

static void check_advertisement(const struct ethernet_spec *ethernet,
                                const struct neighbour_fields *neighbour, struct packet *ret)
{
    assert_int_equal(
        build_neighbour_advertisement(builder, ethernet, ip(HOST_6), ip(GUEST_6), neighbour, ret), 0);
    check_neighbour(ret, ethernet, FRAME_NEIGHBOUR_ADVERTISEMENT, ip(HOST_6), ip(GUEST_6), neighbour);
}

static void advertisement(struct packet *ret)
{
    struct ethernet_spec ethernet = tagged(7);
    check_advertisement(&ethernet,
                        &(struct neighbour_fields){.target = ip(HOST_6),
                                                   .solicited = true,
                                                   .override = true,
                                                   .has_link_address = true,
                                                   .link_address = untagged.source},
                        ret);
}

static void advertisement_of_router(struct packet *ret)
{
    check_advertisement(&untagged, &(struct neighbour_fields){.target = ip(HOST_6), .router = true}, ret);
}

/* Each frame, and what tshark's display filter must find in it. */
static const struct {
    const char *name;
    void (*build)(struct packet *ret);
    const char *filter;
} cases[] = {
    {"arp_probe", arp_probe,
     "!vlan && eth.dst==ff:ff:ff:ff:ff:ff && arp.opcode==1 && arp.isprobe==1 && arp.src.hw_mac==" HOST_MAC
     " && arp.dst.hw_mac==00:00:00:00:00:00 && arp.src.proto_ipv4==0.0.0.0 && arp.dst.proto_ipv4==" GUEST_4},
    {"arp_reply", arp_reply,
     "vlan.id==100 && vlan.priority==0 && vlan.etype==0x0806 && arp.opcode==2 && arp.dst.hw_mac==" GUEST_MAC
     " && arp.src.proto_ipv4==" HOST_4 " && arp.dst.proto_ipv4==" GUEST_4},
    {"echo_v4", echo_v4,
     "!vlan && eth.src==" HOST_MAC " && eth.dst==" GUEST_MAC " && ip.src==" HOST_4 " && ip.dst==" GUEST_4
     " && ip.ttl==64 && ip.len==44 && ip.checksum.status==1 && icmp.type==8 && icmp.code==0 && "
     "icmp.ident==0xabcd"
     " && icmp.seq==0x1234 && icmp.checksum.status==1 && data.len==16 && icmp contains \"vmnetchk\""},
    {"echo_v4_large", echo_v4_large,
     "vlan.id==4094 && frame.len==1518 && ip.len==1500 && ip.checksum.status==1 && icmp.checksum.status==1"
     " && data.len==1472"},
    {"echo_v6", echo_v6,
     "!vlan && ipv6.src==" HOST_6 " && ipv6.dst==" GUEST_6
     " && ipv6.hlim==1 && ipv6.plen==25 && icmpv6.type==128"
     " && icmpv6.checksum.status==1 && icmpv6.echo.identifier==0xabcd && icmpv6.echo.sequence_number==0x1234"
     " && data.len==17"},
    {"echo_v6_priority", echo_v6_priority,
     "vlan.id==0 && frame.len==1518 && ipv6.plen==1460 && icmpv6.checksum.status==1 && data.len==1452"},
    {"solicitation", solicitation,
     "eth.dst==33:33:ff:00:00:02 && ipv6.dst==ff02::1:ff00:2 && ipv6.hlim==255 && icmpv6.type==135"
     " && icmpv6.checksum.status==1 && icmpv6.nd.ns.target_address==" GUEST_6
     " && icmpv6.opt.type==1 && icmpv6.opt.length==1 && icmpv6.opt.linkaddr==" HOST_MAC},
    {"solicitation_of_unspecified", solicitation_of_unspecified,
     "ipv6.src==:: && ipv6.plen==24 && icmpv6.type==135 && icmpv6.checksum.status==1 && !icmpv6.opt"},
    {"advertisement", advertisement,
     "vlan.id==7 && ipv6.hlim==255 && icmpv6.type==136 && icmpv6.checksum.status==1"
     " && icmpv6.nd.na.target_address==" HOST_6
     " && icmpv6.nd.na.flag.r==0 && icmpv6.nd.na.flag.s==1 && icmpv6.nd.na.flag.o==1 && icmpv6.opt.type==2"
     " && icmpv6.opt.linkaddr==" HOST_MAC},
    {"advertisement_of_router", advertisement_of_router,
     "icmpv6.type==136 && icmpv6.checksum.status==1 && icmpv6.nd.na.flag.r==1 && icmpv6.nd.na.flag.s==0"
     " && icmpv6.nd.na.flag.o==0 && !icmpv6.opt"},
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* ---- tests ---- */

/* Twice each, in turn: nothing of a frame must stay in the builder. */
static void test_decode_back(void **state)
{
    (void)state;
    static struct packet first, second;

    for (size_t i = 0; i < 2 * CASES; i++) {
        print_message("%s\n", cases[i % CASES].name);
        cases[i % CASES].build(&first);
        cases[i % CASES].build(&second);
        assert_int_equal(first.length, second.length);
        assert_memory_equal(first.bytes, second.bytes, first.length);
    }
}

static void write_capture(void)
{
    pcap_t *pcap = pcap_open_dead(DLT_EN10MB, FRAME_MAX);
    struct packet packet;

    mkdir("build", 0777);
    mkdir("build/tests", 0777);
    pcap_dumper_t *dumper = pcap_dump_open(pcap, CAPTURE);
    if (dumper == NULL)
        fail_msg("%s", pcap_geterr(pcap));
    for (size_t i = 0; i < CASES; i++) {
        cases[i].build(&packet);
        struct pcap_pkthdr header = {
            .ts = {.tv_sec = (time_t)i}, .caplen = (uint32_t)packet.length, .len = (uint32_t)packet.length};
        pcap_dump((u_char *)dumper, &header, packet.bytes);
    }
    pcap_dump_close(dumper);
    pcap_close(pcap);
}

/* One run for all: its filter takes frame i if it is as case i says, and tshark has nothing to complain
 * of. */
static FILE *run_tshark(void)
{
    static char command[8192];
    size_t length =
        (size_t)snprintf(command, sizeof command,
                         "tshark -r " CAPTURE " -o ip.check_checksum:TRUE -T fields -e frame.number "
                         "-Y '!_ws.malformed && !(_ws.expert.severity == error) && (");

    for (size_t i = 0; i < CASES; i++)
        length += (size_t)snprintf(command + length, sizeof command - length, "%s(frame.number==%zu && %s)",
                                   i ? " || " : "", i + 1, cases[i].filter);
    length += (size_t)snprintf(command + length, sizeof command - length, ")' 2>&1");
    assert_true(length < sizeof command);
    return popen(command, "r");
}

static void test_tshark(void **state)
{
    (void)state;
    bool found[CASES] = {false};
    char line[256];

    write_capture();
    if (system("tshark --version >/dev/null 2>&1") != 0) {
        no_tshark = true;
        skip();
    }
    FILE *tshark = run_tshark();
    assert_non_null(tshark);
    while (fgets(line, sizeof line, tshark) != NULL) {
        char *end;
        unsigned long number = strtoul(line, &end, 10);
        if (number >= 1 && number <= CASES && *end == '\n')
            found[number - 1] = true;
        else
            print_message("%s", line); /* such as a warning, or what is wrong with a filter */
    }
    assert_int_equal(pclose(tshark), 0);
    for (size_t i = 0; i < CASES; i++)
        if (!found[i])
            fail_msg("%s is not as it should be", cases[i].name);
}

/* The packet is the same, and so is the frame where it is that long already. */
static void test_padding(void **state)
{
    (void)state;
    struct ethernet_spec spec = tagged(5);
    struct echo_spec echo = echo_spec(IP_V4, PACKET_MAX - 28);
    struct packet packet;
    struct frame frame;

    assert_int_equal(build_echo_request(builder, &spec, &echo, &packet), 0);
    assert_int_equal(packet.length, FRAME_MAX);
    build_padding(&packet, FRAME_MAX + 1);
    build_padding(&packet, 60);
    assert_int_equal(packet.length, FRAME_MAX);

    echo.payload_length = PROBE_PAYLOAD_SIZE;
    assert_int_equal(build_echo_request(builder, &spec, &echo, &packet), 0);
    memset(packet.bytes + packet.length, 0xff, sizeof packet.bytes - packet.length);
    build_padding(&packet, 1500);
    assert_int_equal(packet.length, 1500);
    assert_int_equal(packet.bytes[1499], 0);
    assert_int_equal(wire_decode(span_of(packet.bytes, packet.length), 1500, &frame), WIRE_OK);
    assert_int_equal(frame.echo.payload_length, PROBE_PAYLOAD_SIZE);
    assert_false(frame.echo.checksum_bad);
    assert_int_equal(frame.padding, 1500 - 18 - 28 - PROBE_PAYLOAD_SIZE);
}

static void test_refused(void **state)
{
    (void)state;
    struct packet packet;
    struct ethernet_spec bad_vid[] = {tagged(-2), tagged(4095), tagged(65536 + 5)};
    struct echo_spec echo = echo_spec(IP_V4, PROBE_PAYLOAD_SIZE);
    struct arp_fields arp = {.operation = ARP_REQUEST};
    struct neighbour_fields neighbour = {.target = ip(GUEST_6), .has_link_address = true};

    for (size_t i = 0; i < sizeof bad_vid / sizeof bad_vid[0]; i++) {
        assert_int_equal(build_arp(builder, &bad_vid[i], &arp, &packet), -EINVAL);
        assert_int_equal(build_echo_request(builder, &bad_vid[i], &echo, &packet), -EINVAL);
        assert_int_equal(
            build_neighbour_solicitation(builder, &bad_vid[i], ip(HOST_6), ip(GUEST_6), &neighbour, &packet),
            -EINVAL);
    }
    echo.payload_length = PROBE_PAYLOAD_SIZE - 1;
    assert_int_equal(build_echo_request(builder, &untagged, &echo, &packet), -EINVAL);
    echo.payload_length = PACKET_MAX;
    assert_int_equal(build_echo_request(builder, &untagged, &echo, &packet), -EMSGSIZE);
    echo.payload_length = 65535;
    assert_int_equal(build_echo_request(builder, &untagged, &echo, &packet), -EMSGSIZE);
    echo = echo_spec(IP_V4, PROBE_PAYLOAD_SIZE);
    echo.destination = ip(GUEST_6);
    assert_int_equal(build_echo_request(builder, &untagged, &echo, &packet), -EINVAL);
    echo.source = echo.destination = (struct ip_addr){0};
    assert_int_equal(build_echo_request(builder, &untagged, &echo, &packet), -EINVAL);

    echo_v4(&packet); /* the builder is as good as new */
}

static int open_builder(void **state)
{
    (void)state;
    builder = builder_open();
    return builder == NULL;
}

static int close_builder(void **state)
{
    (void)state;
    builder_close(builder);
    builder_close(NULL);
    return 0;
}

/* The filters of the capture and of the host's socket know the host's own echo by these two words. */
static void test_host_mark(void **state)
{
    (void)state;
    const uint32_t mark[] = {htonl(HOST_MARK_1), htonl(HOST_MARK_2)};
    uint8_t payload[PROBE_PAYLOAD_SIZE];

    build_host_payload(0, payload);
    assert_memory_equal(payload, mark, sizeof mark);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode_back), cmocka_unit_test(test_padding),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_tshark),      cmocka_unit_test(test_host_mark),
    };
    int failed = cmocka_run_group_tests(tests, open_builder, close_builder);
    return failed == 0 && no_tshark ? EXIT_SKIPPED : failed;
}
