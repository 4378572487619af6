/* What the rules share: looking into facts and observations, and writing findings. Inside the verdict
 * only. */
#ifndef VMNETCHECK_JUDGEMENT_H
#define VMNETCHECK_JUDGEMENT_H

#include "verdict.h"

enum { LOOP_COPIES = 64 }; /* of each reply: more than anything but a loop makes */

enum {
    FINDINGS_OF_A_KIND = 32
}; /* that are listed: what is made to have thousands has no thousands of reports */

struct judgement {
    const struct verdict_input *input;
    struct verdict *verdict;
    size_t of_a_kind[FINDING_COUNT]; /* that were found, one more than are listed at least where there are
                                        more */
    struct finding spare;            /* one that is not listed */
};

/* A finding and the rule that looks for it. A rule may add several, each about another address. */
struct rule {
    enum finding_id id;
    void (*look)(struct judgement *judgement, enum finding_id id);
};

/* Tables end with a row without a function. */
extern const struct rule HOST_RULES[], VM_RULES[], HUB_RULES[], PLUG_RULES[], MAC_RULES[], SEEN_MAC_RULES[],
    LOOP_RULES[], DUP_RULES[], L2_RULES[], L3_RULES[], HORIZON_RULES[], NEED_RULES[], ADDRESS_RULES[],
    DHCP_RULES[], MTU_RULES[], BRIDGE_RULES[], VLAN_RULES[], REPLY_RULES[], PATH_RULES[];

/* Adds a finding with the words of its row. The pointer is good until the next one is added. */
struct finding *finding_add(struct judgement *judgement, enum finding_id id, struct ip_addr address);
void finding_summarize(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A fix as findings.def writes it, with the name of the judgement's VM. */
void finding_set_fix_of_vm(const struct judgement *judgement, struct finding *finding, const char *fix);
void finding_set_fix(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_add_evidence(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A frame that proves it, by its number in the file that keeps them; 0: it has none. */
void finding_add_frame(struct finding *finding, uint32_t number);
void finding_add_frames(struct finding *finding, const struct frame_numbers *numbers);
/* Says who sent the ICMP error of an OBSERVED_ICMP_ERROR. */
void finding_add_icmp_error(struct finding *finding, const struct observation *error);
/* Quotes an argument: "line 7: -net nic,vlan=1". */
void finding_add_argument(struct finding *finding, const struct vm_source *source);
/* Whether the first, a specific finding, says why the second, a generic one, is there. */
bool finding_explains(const struct finding *specific, const struct finding *generic);
/* Whether another one of the kind would be listed: where not, there is no need to look for it. */
bool finding_wanted(const struct judgement *judgement, enum finding_id id);
void finding_clear(struct finding *finding);
bool finding_exists(const struct judgement *judgement, enum finding_id id, struct ip_addr address);

/* Where it was asked, for evidence: "tap0"; of a recording "the wire". */
const char *judgement_place(const struct judgement *judgement);
const char *judgement_place_at(const struct judgement *judgement, enum vantage at);
/* Whether a subnet of the host's on the link (or its bridge) holds the address. Facts and link are known. */
bool judgement_has_subnet_of(const struct judgement *judgement, struct ip_addr address);
/* The host's address in the subnet of this one, where it talks to the guest; NULL: none, or nobody knows. */
const struct address_facts *judgement_subnet_of(const struct judgement *judgement, struct ip_addr address);
/* The host's addresses of a family where it talks to the guest that are not link-local: "10.9.0.1/24"; NULL:
 * none. The caller frees it. */
char *judgement_own_subnets(const struct judgement *judgement, enum ip_family family);
/* An address of the host's own that it answers for where it talks to the guest; NULL: it has none such. */
const struct address_facts *judgement_host_claim(const struct judgement *judgement, struct ip_addr address);
/* What is known of the VM's start-up; its vm is NULL if nothing is. */
const struct target_vm *judgement_vm(const struct judgement *judgement);
/* The whole VM is judged (`lint`), not only what is behind one tap. */
bool judgement_is_of_whole_vm(const struct judgement *judgement);
/* Whether a network card or a backend of the VM is what is judged. */
bool judgement_concerns_nic(const struct judgement *judgement, size_t nic);
bool judgement_concerns_backend(const struct judgement *judgement, size_t backend);
/* Where QEMU's sockets join the target's segment with others: names them as evidence, with their processes
 * and arguments, and sets the fix. */
void qemu_sockets_add(const struct judgement *judgement, struct finding *finding);
/* The port by which the path comes to the host's bridge, if that filters by VLAN and its end to the host is
 * in another one: then the guest need not be the host's neighbour. NULL: that is not so. */
const struct link_facts *judgement_parted_port(const struct judgement *judgement);
/* On a bridge with a way out (an uplink, a router's veth) the guest need not be a neighbour of the host. */
bool judgement_is_host_only(const struct judgement *judgement);
/* "tap0, tap1": the taps that exist, or all interfaces if there is no tap. The caller frees it. */
char *host_existing_interfaces(const struct host_facts *facts);
/* When what was asked was answered, after the checks. */
void timeline_add(struct judgement *judgement);
/* The segment as reports show it. */
void segment_add(struct judgement *judgement);
/* Addresses and checks as reports show them. Before the rules, which are free of them. */
void checks_add(struct judgement *judgement);
/* What could not be told, and what else is worth knowing. After the rules. */
void notes_add(struct judgement *judgement);
/* What the host's own ping shows, and no rule explains. */
void path_add_doubts(struct judgement *judgement);
/* That it is not known what the bridge forwards. */
void bridge_add_notes(struct judgement *judgement);
/* That it is not known whether large packets come back. */
void mtu_add_notes(struct judgement *judgement);
/* Which replies are for another MAC than asked, or from another one than the address has. */
void reply_add_notes(struct judgement *judgement);
/* Of a recording: who asks DHCP in vain, and may do without. */
void dhcp_add_doubts(struct judgement *judgement);
/* That the guest cannot be asked from here. */
void notes_add_out_of_reach(struct judgement *judgement);
/* For an address that answers no echo request: whom the guest asked for, when it was sent some from sources
 * near and far. */
void horizon_add_ways(const struct judgement *judgement, struct ip_addr address, struct finding *finding);
/* Which processes were not looked at. */
void notes_add_unread(struct judgement *judgement);
/* For `lint`: what was left unknown, as a reason for "could not tell" where it may hide a fault. */
void plug_add_doubts(struct judgement *judgement);

/* ---- looking into what was seen ---- */

/* Walks the observations of a kind, and of an address unless its family is IP_NONE; `after` NULL begins. NULL
 * at the end. */
const struct observation *judgement_next(const struct judgement *judgement, const struct observation *after,
                                         enum observation_kind kind, struct ip_addr address);
const struct observation *judgement_last(const struct judgement *judgement, enum observation_kind kind);
/* The outcome of a probe of an address; NULL if it was not asked. */
const struct observation *judgement_check(const struct judgement *judgement, enum probe_id probe,
                                          struct ip_addr address);

/* The address answers echo requests that are sent to it on the target itself. */
bool judgement_echo_answered(const struct judgement *judgement, struct ip_addr address);

/* The copies of its replies were forwarded by routers, each once more than the one before: a loop of layer 3,
 * not of layer 2. */
bool dup_went_round_routers(const struct judgement *judgement, const struct observation *check);
/* How many copies of each reply there were besides it. */
unsigned judgement_copies_of_each(const struct observation *check);
/* That the bridge learned a MAC on another port, which one: after it had learned it on the target. NULL if it
 * did not. */
const struct observation *judgement_learned_elsewhere(const struct judgement *judgement);
/* There were copies of replies, and nobody else's questions can have caused them. */
bool judgement_proves_duplicates(const struct judgement *judgement, const struct observation *check);

/* ---- need.c ---- */

/* The guest is to have an address of the family that is good for something, and none is known. */
bool need_is_open(const struct judgement *judgement, enum ip_family family);
/* A recording shows of this machine, which asks for an address, none that is good for something, and nothing
 * of IPv6 to be had without asking. */
bool need_is_open_of(const struct judgement *judgement, struct mac_addr machine);
/* The same, but for IPv6, of which it may have an address that it has not used yet. */
bool need_may_be_met_of(const struct judgement *judgement, struct mac_addr machine);
/* That it is not known to have it, as a reason for "could not tell". */
void need_add_doubts(struct judgement *judgement);

/* ---- silence.c ---- */

/* Nobody answered, and that means something: all was sent and had its time, our capture lost nothing, and
 * others are not lost so often that it may be chance. */
bool silence_is_proven(const struct judgement *judgement, const struct observation *check);
/* The probes came from a borrowed address that the guest neither asked for nor sent anything to: it may not
 * want to talk to that one. */
bool silence_is_towards_stranger(const struct judgement *judgement, const struct observation *check);
/* The probes came from a link-local address to one that is not, and the guest answers neighbours in that
 * prefix: it may have no route to link-local ones, and reaches all whom it is there for. */
bool silence_is_towards_link_local(const struct judgement *judgement, const struct observation *check);
/* It is about an echo to an IPv6 address that nobody named, and the guest answers those to its link-local
 * one: a firewall of its own may be for that address alone. */
bool silence_may_be_of_one_address(const struct judgement *judgement, const struct observation *check);
/* It is about an address that nobody named, and a routable one of the same family answers: many a guest only
 * talks to its own prefix. Of one that is not link-local only an echo need not be answered, if it was found
 * with the same MAC; an IPv4 one that answers does as well where that may be for this address alone. */
bool silence_is_beside_routable(const struct judgement *judgement, const struct observation *check);
/* Nobody need answer the question who has the address: the host has a permanent entry for it, and who is
 * there answers echo requests. */
bool silence_is_of_no_need(const struct judgement *judgement, const struct observation *check);
/* Some questions for an address were answered, and the guest answers them by another card of its as well, on
 * the bridge: a bond that balances. What it sends there to the tap's MAC is not seen. */
bool silence_is_by_other_card(const struct judgement *judgement, const struct observation *check);
/* Some but not all were answered, and the queue of the tap dropped as many frames meanwhile: more was sent to
 * the guest than it took, by others or by us. */
bool silence_is_of_queue(const struct judgement *judgement, const struct observation *check);
/* Some but not all were answered, and that means something. */
bool silence_is_partial(const struct judgement *judgement, const struct observation *check);
bool silence_may_be_of_capture(const struct judgement *judgement);
/* So many other probes are lost that all of this check may have been. */
bool silence_may_be_loss(const struct judgement *judgement, const struct observation *check);
/* An echo request that was sent afterwards, to find a cause, was answered. */
bool silence_ended_later(const struct judgement *judgement, const struct observation *check);
/* Anything came in from behind the target; in the name of this address; from this MAC. */
bool heard_anybody(const struct judgement *judgement);
bool heard_as(const struct judgement *judgement, struct ip_addr address);
bool heard_from(const struct judgement *judgement, struct mac_addr mac);
/* Walks the claims of an address (IP_NONE: of any) that came from the target itself. */
const struct observation *claim_next(const struct judgement *judgement, const struct observation *after,
                                     struct ip_addr address);
/* Whether somebody answered for the address, on the target itself and in time. */
bool claim_exists(const struct judgement *judgement, struct ip_addr address);
/* An answer of the guest in the name of another address than this one, of this family or (IP_NONE) any; NULL
 * if there is none. */
const struct observation *claim_of_other(const struct judgement *judgement, struct ip_addr address,
                                         enum ip_family family);
/* The next frame that came from the guest itself without our asking and in nobody's name, or (DHCP) message
 * from behind the target; of this family or (IP_NONE) any. NULL at the end, and where somebody who speaks as
 * an address does not answer for it: who is deaf proves nothing. */
const struct observation *heard_next_sign(const struct judgement *judgement, const struct observation *after,
                                          enum ip_family family);
/* The guest asked for somebody else to send its reply to, not for the borrowed source of this check: that
 * question, or NULL. */
const struct observation *silence_asked_elsewhere(const struct judgement *judgement,
                                                  const struct observation *check);
/* Meanwhile the kernel had no room for another neighbour of this family: it neither sends to who is none yet,
 * nor answers who asks for the host. */
bool silence_may_be_of_full_table(const struct judgement *judgement, enum ip_family family);
/* So the guest may not have been told where to send the answer to an echo request of the host's. */
bool silence_may_lack_answer(const struct judgement *judgement, const struct observation *check);
/* The guest asked who has the host's own address that the echo requests came from, and sent nothing there:
 * did the host answer? */
bool silence_may_be_of_host(const struct judgement *judgement, const struct observation *check);

#endif
