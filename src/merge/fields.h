/* The fields of a document, and where their values go. Inside the merge only. */
#ifndef VMNETCHECK_FIELDS_H
#define VMNETCHECK_FIELDS_H

#include "document.h"

/* Where in a document something stands. */
enum document_place {
    PLACE_OUTSIDE, /* of any document */
    PLACE_DOCUMENT,
    PLACE_HOST,
    PLACE_TARGETS,
    PLACE_TARGET,
    PLACE_VM,
    PLACE_SEGMENT,
    PLACE_SUBNETS,
    PLACE_GATEWAYS,
    PLACE_GATEWAY,
    PLACE_ADDRESSES,
    PLACE_ADDRESS,
    PLACE_CHECKS,
    PLACE_CHECK,
    PLACE_RTT,
    PLACE_PATH,
    PLACE_HOP,
    PLACE_FINDINGS,
    PLACE_FINDING,
    PLACE_EVIDENCE,
    PLACE_REASONS,
    PLACE_NOTES,
    PLACE_ELSEWHERE, /* in what this version does not know */
};

/* What was read of a document, with its latest target. */
struct parsed {
    struct document document;
    struct target_report target;
    enum verdict_status status; /* that the document says the target has */
    bool has_no_segment;        /* it says that it knows none */
    char *name;                 /* of the latest finding; NULL: it has none */
    enum severity severity;
};

struct scalar {
    enum { SCALAR_NULL, SCALAR_BOOLEAN, SCALAR_NUMBER, SCALAR_TEXT } kind;
    bool truth;
    const char *text; /* of a number or a text; not ended by a NUL */
    size_t length;
};

/* Into an object (is_map) or array in that place, and to what its values belong. */
enum document_place fields_enter(struct parsed *parsed, enum document_place in, const char *key, bool is_map,
                                 void *object, void **ret_object);
/* Its values are complete. */
void fields_leave(struct parsed *parsed, enum document_place place, void *object);
void fields_take(struct parsed *parsed, enum document_place place, const char *key, void *object,
                 const struct scalar *value);
/* Whether what answered is the one machine behind the target. Earlier versions did not say it: who is known
 * to hold the interface is one. */
bool fields_is_one_machine(const struct parsed *parsed);
void fields_free(struct parsed *parsed); /* leaves it empty */

#endif
