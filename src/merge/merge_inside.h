/* What is collected. Inside the merge only. */
#ifndef VMNETCHECK_MERGE_INSIDE_H
#define VMNETCHECK_MERGE_INSIDE_H

#include "document.h"
#include "fleet.h"
#include "registry.h"

enum {
    LISTED_MAX = 10000,     /* of more targets only those are listed that are not healthy */
    TARGETS_MAX = 10000000, /* what a file makes of these would take all memory */
    FAILURES_MAX = 20       /* that are told */
};

/* What else is known of the target of the same number. */
struct merge_member {
    struct target_report *report; /* NULL: it is healthy, and there are too many */
    uint32_t document;
    uint32_t netns_at,
        name_at;  /* where they begin in the label: the netns, if it has one, and the interface */
    char command; /* that made the document: its first letter */
    enum verdict_status status;
    bool is_old;   /* there is a newer one of the same */
    bool is_found; /* it has findings of ours */
};

struct merge {
    const struct check_options *options;
    struct registry registry;
    struct fleet_target *targets;
    struct merge_member *members;
    size_t target_count, member_count;
    struct fleet_sighting *sightings;
    size_t sighting_count;
    uint32_t documents;
    size_t first_target, first_sighting; /* of the document that is being read */
    const char *file;                    /* that is read */
    struct document_reader *reader;
    struct text_list failures;
    size_t failures_left_out;
    bool is_full;
};

void merge_forget_report(struct merge_member *member);

#endif
