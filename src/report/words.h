/* What of a report is said in the same words in several formats. Strings of guests in them are not
 * escaped. */
#ifndef VMNETCHECK_WORDS_H
#define VMNETCHECK_WORDS_H

#include "report.h"

/* "healthy", "FAULT in layer 3", … */
const char *words_of_status(const struct verdict *verdict);
/* "1.08 s", "114 ms", "0.041 ms": three digits that say something, or as many as microseconds have. The
 * caller frees it. */
char *words_of_duration(uint64_t us);
/* ISO 8601 in UTC with microseconds, of clock_wall(); the caller frees it. */
char *words_of_time(uint64_t wall_us);
/* How many targets there are of each status, the worst first: "2 faulty, 10 healthy"; "" if there are none.
 * The caller frees it. */
char *words_of_sums(const struct report *report);
/* The names of the findings that make the status what it is, each once: "a, b"; "" if there are none. The
 * caller frees it. */
char *words_of_deciding(const struct verdict *verdict);
/* What came of a check, without its name and status; verbose: with the least and greatest round-trip time.
 * The caller frees it. */
char *words_of_check(const struct check_result *check, bool verbose);
/* The MAC that answered, or that the VM is configured with; false if neither is known. */
bool words_guest_mac(const struct target_report *target, struct mac_addr *ret);

/* What all checks of a target add up to. */
struct figures {
    uint64_t sent, received, duplicates;
    bool has_rtt;
    uint64_t rtt_us; /* the greatest of the averages of the echo requests, or of all where there are none */
};

struct figures words_figures(const struct verdict *verdict);

#endif
