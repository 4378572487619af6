/* From facts and observations to findings: a pure function. */
#ifndef VMNETCHECK_VERDICT_H
#define VMNETCHECK_VERDICT_H

#include "findings.h"
#include "observation.h"
#include "options.h"
#include "target.h"
#include "text.h"

/* What a verdict may conclude from what it looks at. All false: a check, of the one machine behind a tap. */
struct scope {
    bool start_up_only; /* nothing was asked; the start-up of the whole VM is judged */
    bool others_asked;  /* a recording: the questions were what others wanted to know, not our probes */
    bool many_machines; /* anybody may speak there: who is heard need not be the guest */
};

extern const struct scope SCOPE_START_UP, SCOPE_RECORDING;
struct scope scope_of_check(const struct target *target);

/* Everything that a verdict may look at. */
struct verdict_input {
    const struct host_facts *facts; /* NULL: of the host nothing is known */
    const struct target *target;
    const struct check_options *options;
    const struct observations *seen; /* NULL: nothing */
    struct scope scope;
};

enum verdict_status { STATUS_HEALTHY, STATUS_WARNING, STATUS_UNKNOWN, STATUS_FAULT }; /* the worst wins */

enum { FINDING_FRAMES_MAX = 8 };

struct finding {
    enum finding_id id;
    struct ip_addr address; /* that it is about; IP_NONE: the whole target */
    bool warning;           /* no more than a warning here, whatever its row says */
    char *summary;
    struct text_list evidence;
    char *fix;
    uint32_t frames[FINDING_FRAMES_MAX]; /* numbers of some of those that prove it, in the file that keeps
                                            them; rising */
    size_t frame_count;
    bool ignored; /* it is shown, and does not count */
};

/* How much it counts here. */
enum severity finding_severity(const struct finding *finding);

enum check_status { CHECK_PASS, CHECK_SKIP, CHECK_WARN, CHECK_UNKNOWN, CHECK_FAIL };

struct check_result {
    const char *name; /* of the probe; static */
    struct ip_addr address;
    enum check_status status;
    unsigned sent, received, duplicates;
    bool has_rtt;
    uint64_t rtt_min_us, rtt_avg_us, rtt_max_us;
    char *note; /* why it is not a plain pass or fail; NULL if there is nothing to say */
};

enum moment_kind { MOMENT_ANSWER, MOMENT_COPY, MOMENT_LOSS };

/* Something that happened to the questions of a check. */
struct moment_result {
    const char *name; /* of the probe; static */
    struct ip_addr address;
    enum moment_kind kind;
    uint64_t time_us; /* since the first question: of the answer, of the copy, or when one was asked last that
                         nobody answered */
    uint64_t rtt_us;  /* of an answer */
    unsigned count;   /* how many were not answered; otherwise 1 */
};

/* One address of the guest as reports show it. */
struct address_result {
    struct ip_addr address;
    enum address_origin origin;
    bool has_mac;
    struct mac_addr mac; /* that answered for it */
};

enum passing { PASSING_UNKNOWN, PASSING_SEEN, PASSING_LOST };

/* Where the host's own ping could be seen. */
struct hop_result {
    const char *hop; /* "host", "bridge", "port", "tap"; static */
    char *interface;
    enum passing request, reply;
};

/* From the host's stack to the target. */
struct path_result {
    struct ip_addr host; /* that it pinged from; IP_NONE: that is not known */
    struct hop_result *hops;
    size_t count;
    size_t broken_after; /* so many hops, counted from the host; 0: it is not known where, or nowhere */
};

/* The hops that a target's path has, by facts alone: nothing was looked for there. */
void verdict_path_of(const struct target *target, struct path_result *ret);
void verdict_path_free(struct path_result *path); /* leaves it empty */

enum { SEGMENT_SUBNETS_MAX = 8, SEGMENT_GATEWAYS_MAX = 2 };

/* What tells the target's layer 2 from those of other hosts. */
struct segment_result {
    bool is_known;    /* false: it is not one machine's place on one segment, or nothing is known of it */
    bool is_confined; /* no port of the bridge leads out of the host */
    struct subnet_result {
        struct ip_addr prefix;
        unsigned length;
    } subnets[SEGMENT_SUBNETS_MAX]; /* in which the host has an address there */
    size_t subnet_count;
    struct gateway_result {
        struct ip_addr address;
        bool has_mac;
        struct mac_addr mac; /* as the host's neighbour table has it */
    } gateways[SEGMENT_GATEWAYS_MAX];
    size_t gateway_count;
};

struct verdict {
    enum verdict_status status;
    enum layer layer; /* of the finding that decides */
    struct finding *findings;
    size_t finding_count;
    struct check_result *checks;
    size_t check_count;
    struct address_result *addresses;
    size_t address_count;
    struct moment_result *moments; /* not all, if there are very many */
    size_t moment_count;
    struct path_result path;
    struct segment_result segment;
    struct text_list unknown; /* reasons why something could not be told */
    struct text_list notes;   /* what else is worth knowing: what was searched, … */
};

/* Writes *ret, which the caller frees. */
void verdict_evaluate(const struct verdict_input *input, struct verdict *ret);
void verdict_free(struct verdict *verdict); /* leaves it empty */
/* After findings were added: hides what they explain, and sums up. */
void verdict_conclude(struct verdict *verdict);

/* One target of a run, with the host's facts that it was checked with, and its verdict. */
struct judged {
    const struct target *target;
    const struct host_facts *facts;
    const struct check_options *options;
    struct verdict *verdict;
};

/* Adds to the verdicts what only together they show: one MAC, or one address with two MACs, on two ports of
 * one bridge. */
void verdict_compare(const struct judged *all, size_t count);

/* Only the rules on what the host knows, for deciding whether probing makes sense: true if there is a finding
 * which ends the check, or if the guest cannot be reached there. */
bool verdict_ends_early(const struct verdict_input *input);

/* Only the rules on the VM's start-up and what QEMU says of it, for a guest of which nothing is heard: true
 * if they say why, so that waiting for its answers is in vain. */
bool verdict_explains_silence(const struct verdict_input *input);

const char *verdict_status_name(enum verdict_status status); /* "healthy", "warning", "unknown", "fault" */
const char *check_status_name(enum check_status status);     /* "pass", "skip", … */

#endif
