/* What rules look up in facts and observations, and how they write a finding. */
#include "judgement.h"
#include "vm.h"

#include <stdlib.h>
#include <string.h>

/* linux/Documentation/networking/ip-sysctl.rst */
enum { ARP_IGNORE_NONE = 0, ARP_IGNORE_HOST_SCOPE = 3, ARP_IGNORE_ALL = 8 };

bool finding_wanted(const struct judgement *judgement, enum finding_id id)
{
    return judgement->of_a_kind[id] <= FINDINGS_OF_A_KIND;
}

void finding_clear(struct finding *finding)
{
    free(finding->summary);
    free(finding->fix);
    text_list_free(&finding->evidence);
}

struct finding *finding_add(struct judgement *judgement, enum finding_id id, struct ip_addr address)
{
    struct verdict *verdict = judgement->verdict;
    struct finding *finding = &judgement->spare;

    if (judgement->of_a_kind[id]++ < FINDINGS_OF_A_KIND) {
        verdict->findings =
            memory_resize(verdict->findings, verdict->finding_count + 1, sizeof *verdict->findings);
        finding = &verdict->findings[verdict->finding_count++];
    } else {
        finding_clear(finding);
    }
    *finding = (struct finding){.id = id,
                                .address = address,
                                .ignored = judgement->input->options->ignored[id],
                                .summary = text_format("%s", FINDINGS[id].summary)};
    finding_set_fix_of_vm(judgement, finding, FINDINGS[id].fix);
    return finding;
}

void finding_summarize(struct finding *finding, const char *format, ...)
{
    va_list arguments;

    free(finding->summary);
    va_start(arguments, format);
    finding->summary = text_vformat(format, arguments);
    va_end(arguments);
}

void finding_set_fix_of_vm(const struct judgement *judgement, struct finding *finding, const char *fix)
{
    bool has_target = judgement->input->target != NULL; /* what several hosts tell is of none */

    free(finding->fix);
    finding->fix = finding_fix_text(fix, has_target ? vm_command_name(judgement_vm(judgement)->vm) : NULL);
}

void finding_set_fix(struct finding *finding, const char *format, ...)
{
    va_list arguments;

    free(finding->fix);
    va_start(arguments, format);
    finding->fix = text_vformat(format, arguments);
    va_end(arguments);
}

void finding_add_evidence(struct finding *finding, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_list_add(&finding->evidence, text_vformat(format, arguments));
    va_end(arguments);
}

void finding_add_frame(struct finding *finding, uint32_t number)
{
    size_t place = finding->frame_count;

    while (place > 0 && finding->frames[place - 1] > number)
        place--;
    if (number == 0 || finding->frame_count == FINDING_FRAMES_MAX ||
        (place > 0 && finding->frames[place - 1] == number))
        return;
    memmove(&finding->frames[place + 1], &finding->frames[place],
            (finding->frame_count - place) * sizeof finding->frames[0]);
    finding->frames[place] = number;
    finding->frame_count++;
}

void finding_add_frames(struct finding *finding, const struct frame_numbers *numbers)
{
    for (size_t i = 0; i < FRAMES_KEPT; i++)
        finding_add_frame(finding, numbers->of[i]);
}

void finding_add_icmp_error(struct finding *finding, const struct observation *error)
{
    char ip[IP_TEXT_SIZE], sender[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    finding_add_evidence(finding, "%s (%s) sent %s type %u code %u (%s), which quotes our echo request to %s",
                         ip_format(error->error.sender, sender), mac_format(error->mac, mac),
                         error->address.family == IP_V4 ? "ICMP" : "ICMPv6", error->error.type,
                         error->error.code,
                         icmp_error_name(error->address.family, error->error.type, error->error.code),
                         ip_format(error->address, ip));
    finding_add_frame(finding, error->frame);
}

void finding_add_argument(struct finding *finding, const struct vm_source *source)
{
    if (source->line > 0)
        finding_add_evidence(finding, "line %u: %s", source->line, source->text);
    else
        finding_add_evidence(finding, "%s", source->text);
}

bool finding_exists(const struct judgement *judgement, enum finding_id id, struct ip_addr address)
{
    for (size_t i = 0; i < judgement->verdict->finding_count; i++)
        if (judgement->verdict->findings[i].id == id &&
            ip_equal(judgement->verdict->findings[i].address, address))
            return true;
    return false;
}

enum severity finding_severity(const struct finding *finding)
{
    enum severity severity = FINDINGS[finding->id].severity;

    return finding->warning && severity > SEVERITY_WARNING ? SEVERITY_WARNING : severity;
}

/* One that the user wants to be left out of account explains nothing away: what it would hide counts. */
bool finding_explains(const struct finding *specific, const struct finding *generic)
{
    return specific != generic && !specific->ignored && finding_hides(&FINDINGS[specific->id], generic->id) &&
           (specific->address.family == IP_NONE || generic->address.family == IP_NONE ||
            ip_equal(specific->address, generic->address));
}

const char *judgement_place(const struct judgement *judgement)
{
    const struct link_facts *link = judgement->input->target->link;
    return link != NULL ? link->name : "the wire";
}

const char *judgement_place_at(const struct judgement *judgement, enum vantage at)
{
    const struct link_facts *link = target_interface_at(judgement->input->target, at);
    return link != NULL ? link->name : judgement_place(judgement);
}

const struct address_facts *judgement_subnet_of(const struct judgement *judgement, struct ip_addr address)
{
    const struct verdict_input *input = judgement->input;

    return input->facts == NULL
               ? NULL
               : facts_subnet_of(input->facts, target_host_link(input->target)->ifindex, address);
}

bool judgement_has_subnet_of(const struct judgement *judgement, struct ip_addr address)
{
    const struct verdict_input *input = judgement->input;

    return facts_subnet_of(input->facts, input->target->link->ifindex, address) != NULL ||
           judgement_subnet_of(judgement, address) != NULL;
}

char *judgement_own_subnets(const struct judgement *judgement, enum ip_family family)
{
    const struct verdict_input *input = judgement->input;
    const struct link_facts *link = target_host_link(input->target);
    const struct address_facts *own = NULL;
    char *subnets = NULL, ip[IP_TEXT_SIZE];

    while ((own = facts_next_address(input->facts, link->ifindex, own)) != NULL) {
        if (own->address.family != family || ip_is_link_local(own->address))
            continue;
        char *longer = text_format("%s%s%s/%u", subnets ? subnets : "", subnets ? ", " : "",
                                   ip_format(own->address, ip), own->prefix_length);
        free(subnets);
        subnets = longer;
    }
    return subnets;
}

const struct link_facts *judgement_parted_port(const struct judgement *judgement)
{
    const struct path *path = &judgement->input->target->path;
    const struct link_facts *port = path->count > 1 ? path->hops[path->count - 2] : NULL;

    return port != NULL && !facts_port_meets_host(judgement->input->facts, port) ? port : NULL;
}

bool judgement_is_host_only(const struct judgement *judgement)
{
    const struct verdict_input *input = judgement->input;

    if (judgement_parted_port(judgement) != NULL)
        return false;
    if (input->target->bridge == NULL)
        return input->target->link->kind == LINK_TAP;
    for (size_t i = 0; i < input->facts->link_count; i++)
        if (input->facts->links[i].master == input->target->bridge->ifindex &&
            input->facts->links[i].kind != LINK_TAP)
            return false;
    return true;
}

/* Whether the host answers ARP or ND for an address of its own that it is asked for on the guest's link: of
 * an interface that is up; for IPv6 only there, for IPv4 elsewhere in its VRF as well unless arp_ignore says
 * otherwise. */
static bool host_answers_for(const struct verdict_input *input, const struct address_facts *own)
{
    const struct link_facts *asked = target_host_link(input->target),
                            *owner = facts_link(input->facts, own->ifindex);

    if (owner == NULL || !owner->up || own->tentative)
        return false;
    if (own->address.family == IP_V6)
        return owner == asked;
    if (owner == asked)
        return asked->arp_ignore < ARP_IGNORE_ALL;
    if (facts_vrf_of(input->facts, owner) != facts_vrf_of(input->facts, asked))
        return false;
    return asked->arp_ignore == ARP_IGNORE_NONE || asked->arp_ignore == ARP_IGNORE_HOST_SCOPE;
}

const struct address_facts *judgement_host_claim(const struct judgement *judgement, struct ip_addr address)
{
    const struct verdict_input *input = judgement->input;
    const struct address_facts *own = NULL;

    while (input->facts != NULL && (own = facts_next_address_at(input->facts, address, own)) != NULL)
        if (host_answers_for(input, own))
            return own;
    return NULL;
}

const struct target_vm *judgement_vm(const struct judgement *judgement)
{
    return &judgement->input->target->vm;
}

bool judgement_is_of_whole_vm(const struct judgement *judgement)
{
    return judgement->input->scope.start_up_only;
}

bool judgement_concerns_nic(const struct judgement *judgement, size_t nic)
{
    const struct target_vm *vm = judgement_vm(judgement);

    if (judgement_is_of_whole_vm(judgement))
        return true;
    return vm->backend != NULL && vm->connections->nics[nic].segment ==
                                      vm->connections->backends[vm->backend - vm->vm->backends].segment;
}

bool judgement_concerns_backend(const struct judgement *judgement, size_t backend)
{
    const struct target_vm *vm = judgement_vm(judgement);

    if (vm->vm->backends[backend].kind == VM_BACKEND_HUBPORT)
        return false;
    return judgement_is_of_whole_vm(judgement) || vm->backend == &vm->vm->backends[backend];
}

const struct observation *judgement_next(const struct judgement *judgement, const struct observation *after,
                                         enum observation_kind kind, struct ip_addr address)
{
    const struct observations *seen = judgement->input->seen;

    for (size_t i = after == NULL ? 0 : (size_t)(after - seen->items) + 1; i < seen->count; i++)
        if (seen->items[i].kind == kind &&
            (address.family == IP_NONE || ip_equal(seen->items[i].address, address)))
            return &seen->items[i];
    return NULL;
}

const struct observation *judgement_last(const struct judgement *judgement, enum observation_kind kind)
{
    const struct observation *last = NULL, *next = NULL;

    while ((next = judgement_next(judgement, next, kind, (struct ip_addr){0})) != NULL)
        last = next;
    return last;
}

const struct observation *judgement_check(const struct judgement *judgement, enum probe_id probe,
                                          struct ip_addr address)
{
    const struct observation *check = NULL;

    while ((check = judgement_next(judgement, check, OBSERVED_CHECK, address)) != NULL)
        if (check->check.probe == probe)
            return check;
    return NULL;
}

bool judgement_echo_answered(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *check = judgement_check(judgement, probe_of_echo(address), address);

    return check != NULL && check->check.received > 0;
}

/* The host's kernel asks from its own address, too. (Our ARP requests are from 0.0.0.0.) */
static bool kernel_may_ask_alike(const struct judgement *judgement, const struct observation *check)
{
    const struct observation *source = judgement_next(judgement, NULL, OBSERVED_SOURCE, check->check.source);

    return check->check.probe == PROBE_NDP && source != NULL && source->source == SOURCE_OURS;
}

unsigned judgement_copies_of_each(const struct observation *check)
{
    return check->check.received > 0 ? check->check.duplicates / check->check.received : 0;
}

/* It learns from whom it takes a frame, even where another one speaks a moment later. */
static bool has_been_learned_here(const struct judgement *judgement, const struct observation *learned)
{
    const struct observation *claim = NULL;

    if (!judgement->input->target->link->learns)
        return false;
    while ((claim = judgement_next(judgement, claim, OBSERVED_CLAIM, (struct ip_addr){0})) != NULL)
        if (claim->at != AT_TAP && claim->time_us < learned->time_us && mac_equal(claim->mac, learned->mac))
            return true;
    return false;
}

const struct observation *judgement_learned_elsewhere(const struct judgement *judgement)
{
    const struct target *target = judgement->input->target;
    const struct observation *learned = NULL;
    bool was_here = false;

    if (target->bridge == NULL)
        return NULL; /* it was taken out of the bridge since */
    while ((learned = judgement_next(judgement, learned, OBSERVED_LEARNED, (struct ip_addr){0})) != NULL) {
        was_here |= learned->port == target->link->ifindex || has_been_learned_here(judgement, learned);
        if (was_here && learned->port != target->link->ifindex &&
            facts_link(judgement->input->facts, learned->port) != NULL)
            return learned;
    }
    return NULL;
}

/* ARP and ND have no id: another program that asks the same at the same time gets answers that look like
 * copies of ours. An echo reply carries our random bits. So copies of answers to ARP or ND prove something
 * only where no echo tells better. */
bool judgement_proves_duplicates(const struct judgement *judgement, const struct observation *check)
{
    if (check->check.duplicates == 0)
        return false;
    if ((check->check.probe != PROBE_ARP && check->check.probe != PROBE_NDP) ||
        judgement_copies_of_each(check) >= LOOP_COPIES)
        return true;
    const struct observation *echo =
        judgement_check(judgement, probe_of_echo(check->address), check->address);
    if (echo == NULL || echo->check.received == 0)
        return !kernel_may_ask_alike(judgement, check);
    return echo->check.duplicates > 0;
}
