/* Who was heard, and when silence proves something. */
#include "dhcp_exchange.h"
#include "judgement.h"
#include "vm.h"

#define CHANCE_MIN 0.001 /* of as much loss by chance: what happens less often is not taken for it */

bool silence_may_be_of_capture(const struct judgement *judgement)
{
    const struct observation *trouble = NULL;

    while ((trouble = judgement_next(judgement, trouble, OBSERVED_TROUBLE, (struct ip_addr){0})) != NULL)
        if (trouble->trouble.kind == TROUBLE_CAPTURE_LOST || trouble->trouble.kind == TROUBLE_FLOOD)
            return true;
    return false;
}

bool silence_is_towards_stranger(const struct judgement *judgement, const struct observation *check)
{
    const struct observation *source = judgement_next(judgement, NULL, OBSERVED_SOURCE, check->check.source);

    return check->check.source.family != IP_NONE && source != NULL && source->source == SOURCE_BORROWED &&
           judgement_next(judgement, NULL, OBSERVED_QUESTION, check->check.source) == NULL &&
           judgement_next(judgement, NULL, OBSERVED_DELIVERY, check->check.source) == NULL;
}

bool silence_is_towards_link_local(const struct judgement *judgement, const struct observation *check)
{
    const struct observation *way = NULL;

    if (!ip_is_link_local(check->check.source) || ip_is_link_local(check->address))
        return false;
    while ((way = judgement_next(judgement, way, OBSERVED_WAY, check->address)) != NULL)
        if (way->way.of == WAY_NEAR && (way->way.asked.family != IP_NONE || way->way.sent))
            return true;
    return false;
}

/* An echo to an address that was found: one that answers for it, and does not want to be pinged by it, may
 * be a firewall's doing, and nobody asked for it; in a recording somebody did. */
static bool is_echo_of_found(const struct judgement *judgement, const struct observation *check)
{
    const struct target_address *found = target_address_of(judgement->input->target, check->address);

    return !judgement->input->scope.others_asked && check->check.probe == probe_of_echo(check->address) &&
           found != NULL && found->origin > ORIGIN_CONFIGURED;
}

/* Echoes to an address of this kind were answered. `mac`: by whom; NULL: by anybody. */
static bool answers_as(const struct judgement *judgement, enum ip_family family, bool link_local,
                       const struct mac_addr *mac)
{
    enum probe_id echo = probe_of_echo((struct ip_addr){.family = family});
    const struct observation *other = NULL;

    while ((other = judgement_next(judgement, other, OBSERVED_CHECK, (struct ip_addr){0})) != NULL)
        if (other->check.probe == echo && ip_is_link_local(other->address) == link_local &&
            other->check.received > 0 && (mac == NULL || mac_equal(other->mac, *mac)))
            return true;
    return false;
}

bool silence_may_be_of_one_address(const struct judgement *judgement, const struct observation *check)
{
    return judgement->input->target->given_count == 0 && is_echo_of_found(judgement, check) &&
           check->address.family == IP_V6 && !ip_is_link_local(check->address) &&
           answers_as(judgement, IP_V6, true, &check->mac);
}

bool silence_is_beside_routable(const struct judgement *judgement, const struct observation *check)
{
    enum ip_family family = check->address.family;

    if (judgement->input->target->given_count > 0)
        return false;
    if (ip_is_link_local(check->address))
        return answers_as(judgement, family, false, NULL);
    return is_echo_of_found(judgement, check) && (answers_as(judgement, family, false, &check->mac) ||
                                                  (silence_may_be_of_one_address(judgement, check) &&
                                                   answers_as(judgement, IP_V4, false, &check->mac)));
}

bool silence_is_of_no_need(const struct judgement *judgement, const struct observation *check)
{
    const struct verdict_input *input = judgement->input;
    const struct observation *echo =
        judgement_check(judgement, probe_of_echo(check->address), check->address);

    if (input->facts == NULL || input->target->link == NULL || echo == NULL || echo->check.received == 0 ||
        check->check.probe != probe_of_neighbour(check->address))
        return false;
    const struct neighbour_facts *entry =
        facts_permanent(input->facts, target_host_link(input->target)->ifindex, check->address);
    return entry != NULL && mac_equal(entry->mac, echo->mac);
}

bool silence_may_be_of_full_table(const struct judgement *judgement, enum ip_family family)
{
    const struct observation *stack = NULL;

    while ((stack = judgement_next(judgement, stack, OBSERVED_STACK, (struct ip_addr){0})) != NULL)
        if (stack->address.family == family && stack->stack.no_room)
            return true;
    return false;
}

bool silence_may_lack_answer(const struct judgement *judgement, const struct observation *check)
{
    const struct observation *source = judgement_next(judgement, NULL, OBSERVED_SOURCE, check->check.source);

    return check->check.probe == probe_of_echo(check->address) && check->check.received == 0 &&
           source != NULL && source->source == SOURCE_OURS &&
           silence_may_be_of_full_table(judgement, check->address.family);
}

static bool means_something(const struct judgement *judgement, const struct observation *check)
{
    return check != NULL && check->check.concluded && check->check.sent > 0 && !check->check.off_link &&
           check->check.send_failures == 0 && !silence_may_be_of_capture(judgement) &&
           !silence_may_lack_answer(judgement, check);
}

/* Which part of the probes is lost where some are answered: on the whole way to the machine. */
static double loss_beside(const struct judgement *judgement, const struct observation *silent)
{
    bool one_machine = !judgement->input->scope.many_machines;
    const struct observation *check = NULL;
    unsigned sent = 0, received = 0;

    while ((check = judgement_next(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL)
        if (check->check.probe <= PROBE_ICMPV6 && check->check.received > 0 &&
            means_something(judgement, check) && (one_machine || ip_equal(check->address, silent->address))) {
            sent += check->check.sent;
            received += check->check.received;
        }
    return sent == 0 ? 0 : (double)(sent - received) / sent;
}

bool silence_may_be_loss(const struct judgement *judgement, const struct observation *check)
{
    double loss = loss_beside(judgement, check), chance = 1;

    for (unsigned i = 0; i < check->check.sent && chance > CHANCE_MIN; i++)
        chance *= loss;
    return chance > CHANCE_MIN;
}

bool silence_ended_later(const struct judgement *judgement, const struct observation *check)
{
    const struct observation *later = NULL;

    if (check->check.probe != probe_of_echo(check->address))
        return false;
    while ((later = judgement_next(judgement, later, OBSERVED_REPLY, check->address)) != NULL)
        if (later->reply.probe > PROBE_ICMPV6 && later->reply.probe != PROBE_NAMED)
            return true;
    return false;
}

bool silence_is_proven(const struct judgement *judgement, const struct observation *check)
{
    return means_something(judgement, check) && check->check.received == 0 &&
           !silence_is_beside_routable(judgement, check) && !silence_is_of_no_need(judgement, check) &&
           !silence_may_be_of_one_address(judgement, check) &&
           !silence_is_towards_stranger(judgement, check) &&
           !silence_is_towards_link_local(judgement, check) && !silence_ended_later(judgement, check) &&
           !silence_may_be_loss(judgement, check);
}

/* Of all that answered at all. */
static uint64_t count_losses(const struct judgement *judgement)
{
    const struct observation *check = NULL;
    uint64_t lost = 0;

    while ((check = judgement_next(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL)
        if (check->check.probe <= PROBE_ICMPV6 && check->check.received > 0 &&
            check->check.received < check->check.sent)
            lost += check->check.sent - check->check.received;
    return lost;
}

bool silence_is_of_queue(const struct judgement *judgement, const struct observation *check)
{
    const struct observation *trouble = NULL;
    uint64_t dropped = 0, last_us = 0;

    while ((trouble = judgement_next(judgement, trouble, OBSERVED_TROUBLE, (struct ip_addr){0})) != NULL)
        if (trouble->trouble.kind == TROUBLE_QUEUE_FULL) {
            dropped += trouble->trouble.count;
            last_us = trouble->time_us;
        }
    return check->check.received > 0 && check->check.received < check->check.sent &&
           check->check.lost_us <= last_us && dropped >= count_losses(judgement);
}

bool silence_is_by_other_card(const struct judgement *judgement, const struct observation *check)
{
    const struct vm *vm = judgement->input->target->vm.vm;
    const struct observation *own = claim_next(judgement, NULL, check->address), *claim = NULL;

    if (own == NULL || check->check.probe != probe_of_neighbour(check->address) ||
        check->check.received == 0 || check->check.received == check->check.sent)
        return false;
    while ((claim = judgement_next(judgement, claim, OBSERVED_CLAIM, check->address)) != NULL)
        if (claim->at != AT_TAP && !mac_equal(claim->mac, own->mac) && vm_has_mac(vm, claim->mac))
            return true;
    return false;
}

bool silence_is_partial(const struct judgement *judgement, const struct observation *check)
{
    return means_something(judgement, check) && check->check.received < check->check.sent &&
           !silence_is_of_queue(judgement, check) && !silence_is_by_other_card(judgement, check) &&
           (check->check.received > 0 || silence_ended_later(judgement, check));
}

static bool was_silent(const struct judgement *judgement, struct ip_addr address)
{
    return silence_is_proven(judgement, judgement_check(judgement, probe_of_neighbour(address), address));
}

const struct observation *claim_next(const struct judgement *judgement, const struct observation *after,
                                     struct ip_addr address)
{
    do
        after = judgement_next(judgement, after, OBSERVED_CLAIM, address);
    while (after != NULL && after->at != AT_TAP);
    return after;
}

bool claim_exists(const struct judgement *judgement, struct ip_addr address)
{
    struct ip_addr next_hop = target_next_hop(judgement->input->target, address);

    return (claim_next(judgement, NULL, address) != NULL && !was_silent(judgement, address)) ||
           (!ip_equal(next_hop, address) && claim_next(judgement, NULL, next_hop) != NULL);
}

const struct observation *claim_of_other(const struct judgement *judgement, struct ip_addr address,
                                         enum ip_family family)
{
    const struct observation *claim = NULL;

    if (judgement->input->scope.many_machines)
        return NULL;
    while ((claim = claim_next(judgement, claim, (struct ip_addr){0})) != NULL)
        if (!ip_equal(claim->address, address) && (family == IP_NONE || claim->address.family == family) &&
            !was_silent(judgement, claim->address))
            return claim;
    return NULL;
}

/* A frame that came from behind the target, or a check that says that one did. */
static bool is_frame(const struct observation *seen)
{
    switch (seen->kind) {
    case OBSERVED_REPLY:
    case OBSERVED_CLAIM:
    case OBSERVED_PROXY:
    case OBSERVED_HEARD:
    case OBSERVED_ALIVE:
    case OBSERVED_QUESTION:
    case OBSERVED_DELIVERY:
    case OBSERVED_ICMP_ERROR:
    case OBSERVED_TAG:
        return seen->at == AT_TAP;
    case OBSERVED_CHECK:
        return seen->check.received > 0 || seen->check.bad_checksums > 0;
    default:
        return false;
    }
}

bool heard_anybody(const struct judgement *judgement)
{
    const struct observations *seen = judgement->input->seen;

    for (size_t i = 0; i < seen->count; i++)
        if (is_frame(&seen->items[i]))
            return true;
    return false;
}

/* Whose address the frame came from; an address of family IP_NONE if that is not known. */
static struct ip_addr speaker_of(const struct observation *seen)
{
    if (!is_frame(seen) || seen->kind == OBSERVED_TAG || seen->kind == OBSERVED_DELIVERY)
        return (struct ip_addr){0};
    return seen->kind == OBSERVED_QUESTION     ? seen->asker
           : seen->kind == OBSERVED_ICMP_ERROR ? seen->error.sender
                                               : seen->address;
}

bool heard_as(const struct judgement *judgement, struct ip_addr address)
{
    const struct observations *seen = judgement->input->seen;

    for (size_t i = 0; i < seen->count; i++)
        if (ip_equal(speaker_of(&seen->items[i]), address))
            return true;
    return false;
}

bool heard_from(const struct judgement *judgement, struct mac_addr mac)
{
    const struct observations *seen = judgement->input->seen;

    for (size_t i = 0; i < seen->count; i++)
        if (is_frame(&seen->items[i]) && seen->items[i].kind != OBSERVED_CHECK &&
            mac_equal(seen->items[i].mac, mac))
            return true;
    return false;
}

/* Somebody spoke as an address that nobody answers for. */
static bool is_somebody_deaf(const struct judgement *judgement)
{
    const struct observation *heard = NULL;

    while ((heard = judgement_next(judgement, heard, OBSERVED_HEARD, (struct ip_addr){0})) != NULL)
        if (observation_of_silence(judgement->input->seen, heard->address))
            return true;
    return false;
}

static bool is_sign_of_life(const struct target *target, const struct observation *seen,
                            enum ip_family family)
{
    if (target->has_mac && !mac_equal(seen->mac, target->mac))
        return false;
    if (seen->kind == OBSERVED_DHCP)
        return dhcp_is_asked(seen) && family != IP_V6;
    return seen->kind == OBSERVED_ALIVE && (family != IP_V6 || seen->alive.family == IP_V6);
}

const struct observation *heard_next_sign(const struct judgement *judgement, const struct observation *after,
                                          enum ip_family family)
{
    const struct observations *seen = judgement->input->seen;
    size_t first = after == NULL ? 0 : (size_t)(after - seen->items) + 1;

    if (judgement->input->scope.many_machines || is_somebody_deaf(judgement))
        return NULL;
    for (size_t i = first; i < seen->count; i++)
        if (is_sign_of_life(judgement->input->target, &seen->items[i], family))
            return &seen->items[i];
    return NULL;
}

/* It was asked in answer to other sources, of the diagnosis. */
static bool is_of_horizon(const struct judgement *judgement, const struct observation *question)
{
    const struct observation *way = judgement_next(judgement, NULL, OBSERVED_WAY, (struct ip_addr){0});

    return way != NULL && question->time_us >= way->time_us;
}

const struct observation *silence_asked_elsewhere(const struct judgement *judgement,
                                                  const struct observation *check)
{
    struct ip_addr source_address = check->check.source, any = {0};
    const struct observation *source = judgement_next(judgement, NULL, OBSERVED_SOURCE, source_address);
    const struct observation *question = NULL;

    if (source == NULL || source->source != SOURCE_BORROWED ||
        judgement_next(judgement, NULL, OBSERVED_QUESTION, source_address) != NULL)
        return NULL;
    while ((question = judgement_next(judgement, question, OBSERVED_QUESTION, any)) != NULL)
        if (ip_equal(question->asker, check->address) && !ip_equal(question->address, check->address) &&
            !is_of_horizon(judgement, question))
            return question;
    return NULL;
}

bool silence_may_be_of_host(const struct judgement *judgement, const struct observation *check)
{
    struct ip_addr source_address = check->check.source;
    const struct observation *source = judgement_next(judgement, NULL, OBSERVED_SOURCE, source_address);
    const struct observation *question = NULL;

    if (source == NULL || source->source != SOURCE_OURS ||
        judgement_next(judgement, NULL, OBSERVED_DELIVERY, source_address) != NULL ||
        judgement->input->seen->malformed > 0) /* that may have been what it sent there */
        return false;
    while ((question = judgement_next(judgement, question, OBSERVED_QUESTION, source_address)) != NULL)
        if (ip_equal(question->asker, check->address))
            return true;
    return false;
}
