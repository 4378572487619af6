/* What of DHCP is observed, and how far a client got. */
#include "dhcp_exchange.h"

#include "dhcp_frames.h"

#define CLIENT GUEST_MAC
#define OTHER  "52:54:00:99:99:99"

static struct observations seen;

static bool pass(uint64_t time_us, enum direction direction, struct dhcp_text text)
{
    struct writer w = dhcp_frame(text);
    struct frame frame;

    assert_int_equal(decode(&w, &frame), WIRE_OK);
    frame.time_us = time_us;
    frame.direction = direction;
    return dhcp_observe(&seen, &frame);
}

static bool ask(uint64_t time_us, enum dhcp_type type)
{
    return pass(time_us, DIRECTION_IN, (struct dhcp_text){.type = type, .requested = "10.9.0.9"});
}

static bool answer(uint64_t time_us, enum dhcp_type type, const char *server)
{
    return pass(time_us, DIRECTION_OUT,
                (struct dhcp_text){.type = type, .your_address = "10.9.0.100", .server = server});
}

static struct dhcp_exchange exchange(void)
{
    return dhcp_exchange_of(&seen, mac(CLIENT));
}

/* Which way a message goes tells whose it is: a server behind the target, and clients elsewhere, are of no
 * concern. */
static void test_whose_messages(void **state)
{
    (void)state;
    assert_false(answer(1, DHCP_OFFER, "10.9.0.1")); /* to somebody who was not heard */
    assert_false(pass(1, DIRECTION_OUT, (struct dhcp_text){.type = DHCP_DISCOVER}));
    assert_true(ask(1, DHCP_DISCOVER));
    assert_false(pass(2, DIRECTION_IN, (struct dhcp_text){.type = DHCP_OFFER}));
    assert_false(pass(2, DIRECTION_OUT, (struct dhcp_text){.type = DHCP_OFFER, .client = OTHER}));
    assert_false(pass(2, DIRECTION_UNKNOWN, (struct dhcp_text){.type = DHCP_DISCOVER}));
    assert_true(answer(2, DHCP_OFFER, "10.9.0.1"));
    assert_int_equal(seen.count, 2);
    assert_true(dhcp_is_asked(&seen.items[0]));
    assert_false(dhcp_is_asked(&seen.items[1]));
    assert_ip(seen.items[0].address, "10.9.0.9");
    assert_ip(seen.items[1].address, "10.9.0.100");
    assert_ip(seen.items[1].dhcp.server, "10.9.0.1");
    assert_mac(seen.items[1].mac, CLIENT);
    assert_mac(seen.items[1].dhcp.sender, HOST_MAC);
}

static void test_flood(void **state)
{
    struct observations kept = {0};
    (void)state;
    for (uint64_t i = 0; i < 1000; i++)
        (void)ask(i, DHCP_DISCOVER);
    assert_true(seen.count < 100);
    dhcp_keep(&kept, &seen);
    assert_true(kept.count > 0 && kept.count < seen.count);
    assert_int_equal(kept.items[kept.count - 1].time_us, seen.items[seen.count - 1].time_us);
    dhcp_keep(&kept, &(struct observations){0});
    assert_int_equal(kept.count, 0);
    observations_free(&kept);
}

static void test_unanswered(void **state)
{
    (void)state;
    (void)ask(10, DHCP_DISCOVER);
    (void)ask(20, DHCP_DISCOVER);
    assert_int_equal(exchange().unanswered->time_us, 10);
    assert_int_equal(exchange().discovers, 2);
    (void)pass(21, DIRECTION_OUT, (struct dhcp_text){.type = DHCP_OFFER}); /* of a PXE proxy: no address */
    assert_non_null(exchange().unanswered);
    (void)answer(22, DHCP_OFFER, "10.9.0.1");
    assert_null(exchange().unanswered);
    (void)ask(30, DHCP_DISCOVER);
    assert_int_equal(exchange().unanswered->time_us, 30);
    (void)answer(31, DHCP_NAK, "10.9.0.1");
    assert_null(exchange().unanswered);
}

static void test_untaken(void **state)
{
    (void)state;
    (void)ask(10, DHCP_DISCOVER);
    (void)ask(20, DHCP_DISCOVER);
    (void)answer(21, DHCP_OFFER, "10.9.0.1");
    (void)answer(21, DHCP_OFFER, "10.9.0.1");
    assert_null(exchange().untaken);
    (void)ask(22, DHCP_REQUEST);
    (void)ask(30, DHCP_DISCOVER);
    assert_null(exchange().untaken);
    (void)answer(31, DHCP_OFFER, "10.9.0.1");
    (void)ask(40, DHCP_DISCOVER);
    assert_int_equal(exchange().untaken->time_us, 31);
    assert_int_equal(exchange().again->time_us, 40);
    (void)answer(41, DHCP_ACK, "10.9.0.1");
    assert_null(exchange().untaken);
}

static void test_refused_and_granted(void **state)
{
    (void)state;
    (void)ask(10, DHCP_REQUEST);
    (void)answer(11, DHCP_NAK, "10.9.0.1");
    assert_non_null(exchange().nak);
    assert_null(exchange().ack);
    (void)ask(20, DHCP_REQUEST);
    (void)answer(21, DHCP_ACK, "10.9.0.1");
    assert_null(exchange().nak);
    assert_int_equal(exchange().ack->time_us, 21);
    (void)ask(30, DHCP_DISCOVER);
    assert_null(exchange().ack);
}

static void test_servers(void **state)
{
    (void)state;
    (void)ask(10, DHCP_DISCOVER);
    (void)answer(11, DHCP_OFFER, "10.9.0.1");
    (void)pass(
        12, DIRECTION_OUT, /* the same, by way of another relay */
        (struct dhcp_text){
            .type = DHCP_OFFER, .your_address = "10.9.0.101", .relay = "10.9.0.7", .server = "10.9.0.1"});
    assert_null(exchange().offers[1]);
    (void)answer(13, DHCP_OFFER, "10.9.0.2");
    (void)answer(14, DHCP_OFFER, "10.9.0.3");
    assert_ip(exchange().offers[0]->dhcp.server, "10.9.0.1");
    assert_ip(exchange().offers[1]->dhcp.server, "10.9.0.2");
}

static void test_clients(void **state)
{
    const struct observation *client = NULL;
    (void)state;

    assert_null(dhcp_next_client(&seen, NULL));
    for (unsigned i = 0; i < 3; i++) {
        (void)ask(i, DHCP_DISCOVER);
        (void)pass(i, DIRECTION_IN, (struct dhcp_text){.type = DHCP_DISCOVER, .client = OTHER});
    }
    (void)answer(5, DHCP_OFFER, "10.9.0.1");
    client = dhcp_next_client(&seen, client);
    assert_mac(client->mac, CLIENT);
    client = dhcp_next_client(&seen, client);
    assert_mac(client->mac, OTHER);
    assert_null(dhcp_next_client(&seen, client));
    assert_null(exchange().unanswered);
    assert_non_null(dhcp_exchange_of(&seen, mac(OTHER)).unanswered);
}

static int forget_all(void **state)
{
    (void)state;
    observations_free(&seen);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_whose_messages, forget_all),
        cmocka_unit_test_teardown(test_flood, forget_all),
        cmocka_unit_test_teardown(test_unanswered, forget_all),
        cmocka_unit_test_teardown(test_untaken, forget_all),
        cmocka_unit_test_teardown(test_refused_and_granted, forget_all),
        cmocka_unit_test_teardown(test_servers, forget_all),
        cmocka_unit_test_teardown(test_clients, forget_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
