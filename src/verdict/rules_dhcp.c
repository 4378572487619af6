/* DHCP, where the guest lacks the address that it asks for. */
#include "dhcp_exchange.h"
#include "judgement.h"

#include <stdlib.h>

/* Of a recording in which nobody was named each client is looked at by itself. */
static bool is_of_anybody(const struct judgement *judgement)
{
    return judgement->input->scope.others_asked && judgement->input->target->given_count == 0;
}

/* Whether the guest has no IPv4 address that is good for anything, where it is to have one: of those that
 * were named that, otherwise (IP_NONE) any. Who has another address does not miss the one of DHCP. */
static bool lacks_address(const struct judgement *judgement, struct ip_addr *ret)
{
    const struct verdict *verdict = judgement->verdict;
    const struct observation *claim = NULL;

    *ret = (struct ip_addr){0};
    if (is_of_anybody(judgement))
        return true;
    while ((claim = claim_next(judgement, claim, (struct ip_addr){0})) != NULL)
        if (claim->address.family == IP_V4 && !ip_is_link_local(claim->address))
            return false;
    if (need_is_open(judgement, IP_V4))
        return true;
    for (size_t i = 0; i < verdict->finding_count; i++) {
        const struct finding *finding = &verdict->findings[i];
        if (finding->id == FINDING_ADDRESS_NOT_ASSIGNED && finding->address.family == IP_V4) {
            *ret = finding->address;
            return true;
        }
    }
    return false;
}

/* Where no address was named, others behind the guest that ask in vain are no matter of its. */
static bool may_be_guest(const struct judgement *judgement, struct ip_addr lacking,
                         const struct observation *client)
{
    const struct target *target = judgement->input->target;
    const struct observation *claim = claim_next(judgement, NULL, (struct ip_addr){0});

    if (client->dhcp.one_sided)
        return false;
    if (is_of_anybody(judgement))
        return need_is_open_of(judgement, client->mac);
    if (lacking.family != IP_NONE || (claim == NULL && !target->has_mac))
        return true;
    if (target->has_mac)
        return mac_equal(target->mac, client->mac);
    while (claim != NULL && !mac_equal(claim->mac, client->mac))
        claim = claim_next(judgement, claim, (struct ip_addr){0});
    return claim != NULL;
}

/* The interface of the server's that the guest's questions come in by, as far as that is known. */
static const char *server_side(const struct judgement *judgement)
{
    const struct link_facts *link = target_host_link(judgement->input->target);
    return link != NULL ? link->name : judgement_place(judgement);
}

/* How long it was listened after that message; 0: not that anybody knows. */
static uint64_t heard_since(const struct judgement *judgement, const struct observation *message)
{
    const struct observation *listened = judgement_last(judgement, OBSERVED_LISTENED);

    return listened != NULL && listened->time_us > message->time_us ? listened->time_us - message->time_us
                                                                    : 0;
}

static bool is_never_offered(const struct judgement *judgement, const struct dhcp_exchange *exchange)
{
    return exchange->unanswered != NULL && heard_since(judgement, exchange->unanswered) >= DHCP_OFFER_US;
}

static void add_no_offer(struct judgement *judgement, enum finding_id id, struct ip_addr address,
                         const struct dhcp_exchange *exchange)
{
    const struct observation *asked = exchange->unanswered;
    struct finding *finding = finding_add(judgement, id, address);
    char mac[MAC_TEXT_SIZE];

    finding_summarize(finding, "%s asks for an address by DHCP, and nobody offers it one",
                      mac_format(asked->mac, mac));
    finding_add_evidence(
        finding, "%u %s of %s came in on %s; no offer to it went out there in the %.1f s since %s",
        exchange->discovers, text_plural(exchange->discovers, "DHCPDISCOVER", "DHCPDISCOVERs"), mac,
        judgement_place(judgement), (double)heard_since(judgement, asked) / 1e6,
        exchange->discovers > 1 ? "the first that nobody answered" : "then");
    finding_add_frame(finding, asked->frame);
    if (judgement->input->facts == NULL)
        return;
    finding_set_fix(
        finding,
        "see that a DHCP server runs for the guest's segment and listens on %s (ss -lunp 'sport = :67'; "
        "libvirt: virsh net-list --all), that it has a lease left, and that no firewall drops UDP "
        "port 67",
        server_side(judgement));
}

static void dhcp_no_offer(struct judgement *judgement, enum finding_id id)
{
    const struct observations *seen = judgement->input->seen;
    const struct observation *client = NULL;
    struct ip_addr lacking;

    while (lacks_address(judgement, &lacking) && (client = dhcp_next_client(seen, client)) != NULL) {
        struct dhcp_exchange exchange = dhcp_exchange_of(seen, client->mac);
        if (is_never_offered(judgement, &exchange) && may_be_guest(judgement, lacking, client)) {
            add_no_offer(judgement, id, lacking, &exchange);
            return;
        }
    }
}

/* "10.9.0.1 (52:54:00:00:00:01)": who sent the message. The caller frees it. */
static char *server_text(const struct observation *message)
{
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];
    bool named = message->dhcp.server.family != IP_NONE;

    return text_format("%s (%s)", named ? ip_format(message->dhcp.server, ip) : "a server",
                       mac_format(message->dhcp.sender, mac));
}

static void add_refusal(struct judgement *judgement, enum finding_id id, struct ip_addr address,
                        const struct observation *nak)
{
    struct finding *finding = finding_add(judgement, id, address);
    char mac[MAC_TEXT_SIZE], *server = server_text(nak);

    mac_format(nak->mac, mac);
    finding_summarize(finding, "the DHCP server refuses %s the address that it asks for", mac);
    finding_add_evidence(finding, "a DHCPNAK of %s to %s went out on %s, and no DHCPACK after it", server,
                         mac, judgement_place(judgement));
    finding_add_frame(finding, nak->frame);
    finding_set_fix(
        finding,
        "let the guest forget the lease that it has from elsewhere; see that only one DHCP server is on "
        "the segment, and that its range has the guest's address");
    free(server);
}

static void add_untaken(struct judgement *judgement, enum finding_id id, struct ip_addr address,
                        const struct dhcp_exchange *exchange)
{
    const struct observation *offer = exchange->untaken;
    struct finding *finding = finding_add(judgement, id, address);
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE], *server = server_text(offer);

    mac_format(offer->mac, mac);
    finding_summarize(finding, "%s does not take the address that it is offered by DHCP", mac);
    finding_add_evidence(finding,
                         "%s offered %s to %s on %s; it asked for no offer, but for others %.1f s later",
                         server, ip_format(offer->address, ip), mac, judgement_place(judgement),
                         (double)(exchange->again->time_us - offer->time_us) / 1e6);
    finding_add_frame(finding, offer->frame);
    finding_add_frame(finding, exchange->again->frame);
    if (offer->dhcp.checksum_bad)
        finding_add_evidence(finding,
                             "the UDP checksum of the offer is wrong as it goes out (inferred: it is left "
                             "to hardware that is not there, and the guest's client checks it)");
    if (judgement->input->facts != NULL)
        finding_set_fix(
            finding,
            offer->dhcp.checksum_bad
                ? "let the host compute checksums: ethtool -K %s tx off; the guest's client drops what is "
                  "wrong"
                : "look into the log of the guest's DHCP client; see that what goes out on %s reaches the "
                  "guest",
            server_side(judgement));
    free(server);
}

static void dhcp_refused(struct judgement *judgement, enum finding_id id)
{
    const struct observations *seen = judgement->input->seen;
    const struct observation *client = NULL;
    struct ip_addr lacking;

    if (!lacks_address(judgement, &lacking) || finding_exists(judgement, FINDING_DHCP_NO_OFFER, lacking))
        return;
    while ((client = dhcp_next_client(seen, client)) != NULL) {
        struct dhcp_exchange exchange = dhcp_exchange_of(seen, client->mac);
        if (!may_be_guest(judgement, lacking, client))
            continue;
        if (exchange.nak != NULL)
            add_refusal(judgement, id, lacking, exchange.nak);
        else if (exchange.untaken != NULL)
            add_untaken(judgement, id, lacking, &exchange);
        else
            continue;
        return;
    }
}

static void dhcp_two_servers(struct judgement *judgement, enum finding_id id)
{
    const struct observations *seen = judgement->input->seen;
    const struct observation *client = NULL;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    while ((client = dhcp_next_client(seen, client)) != NULL) {
        struct dhcp_exchange exchange = dhcp_exchange_of(seen, client->mac);
        if (exchange.offers[1] == NULL)
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        for (size_t i = 0; i < DHCP_SERVERS_MAX; i++) {
            char *server = server_text(exchange.offers[i]);
            finding_add_evidence(finding, "%s offered %s to %s", server,
                                 ip_format(exchange.offers[i]->address, ip), mac_format(client->mac, mac));
            finding_add_frame(finding, exchange.offers[i]->frame);
            free(server);
        }
        return;
    }
}

void dhcp_add_doubts(struct judgement *judgement)
{
    const struct observations *seen = judgement->input->seen;
    const struct observation *client = NULL;
    char mac[MAC_TEXT_SIZE];

    while (is_of_anybody(judgement) && (client = dhcp_next_client(seen, client)) != NULL) {
        struct dhcp_exchange exchange = dhcp_exchange_of(seen, client->mac);
        bool in_vain =
            is_never_offered(judgement, &exchange) || exchange.nak != NULL || exchange.untaken != NULL;
        if (in_vain && !client->dhcp.one_sided && need_may_be_met_of(judgement, client->mac))
            text_list_addf(
                &judgement->verdict->unknown,
                "%s asks for an IPv4 address by DHCP and gets none; whether it has one of IPv6, which "
                "is there to be had, is not recorded (if that would not do: -4)",
                mac_format(client->mac, mac));
    }
}

const struct rule DHCP_RULES[] = {
    {FINDING_DHCP_NO_OFFER, dhcp_no_offer},
    {FINDING_DHCP_REFUSED, dhcp_refused},
    {FINDING_DHCP_TWO_SERVERS, dhcp_two_servers},
    {FINDING_COUNT, NULL},
};
