/* What of a report is said in the same words in several formats. Strings of guests in them are not escaped.
 */
#ifndef VMNETCHECK_WORDS_H
#define VMNETCHECK_WORDS_H

#include "report.h"

/* "healthy", "FAULT in layer 3", … */
const char *status_words(const struct verdict *verdict);
/* "1.08 s", "114 ms", "0.041 ms": three digits that say something, or as many as microseconds have. The
 * caller frees it. */
char *duration_text(uint64_t us);
/* ISO 8601 in UTC with microseconds, of clock_wall(); the caller frees it. */
char *time_text(uint64_t wall_us);
/* The names of the findings that make the status what it is, each once: "a, b"; "" if there are none. The
 * caller frees it. */
char *deciding_names(const struct verdict *verdict);
/* What the report is about: an interface, a file, a VM. */
const char *subject_of(const struct target_report *target);
/* What came of a check, without its name and status; verbose: with the least and greatest round-trip time.
 * The caller frees it. */
char *check_text(const struct check_result *check, bool verbose);
/* The MAC that answered, or that the VM is configured with; false if neither is known. */
bool guest_mac(const struct target_report *target, struct mac_addr *ret);

/* What all checks of a target add up to. */
struct figures {
    uint64_t sent, received, duplicates;
    bool has_rtt;
    uint64_t rtt_us; /* the greatest of the averages of the echo requests, or of all where there are none */
};

struct figures figures_of(const struct verdict *verdict);

#endif
