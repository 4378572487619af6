/* The parts of the text for people. */
#ifndef VMNETCHECK_TEXT_PARTS_H
#define VMNETCHECK_TEXT_PARTS_H

#include "page.h"
#include "report.h"

extern const enum ink TEXT_STATUS_INKS[], TEXT_SEVERITY_INKS[];

/* An empty page for this style. */
struct page page_of(FILE *out, const struct report_style *style);

/* Notes that several targets have: they are about the host, and are said once. */
struct shared_notes;

struct shared_notes *shared_notes_of(const struct report *report);
bool shared_notes_have(const struct shared_notes *shared, const char *note);
void shared_notes_print(const struct shared_notes *shared, struct page *page);
void shared_notes_free(struct shared_notes *shared);

/* All that there is to say of one target. `shared` may be NULL. */
void text_target(struct page *page, const struct target_report *target, const struct shared_notes *shared,
                 bool verbose);
/* A line for each target that was named, is not healthy or, with -v, for all; the others in one paragraph. */
void text_overview(struct page *page, const struct report *report, bool verbose);
/* What was found in targets that nobody named, each finding once, and what to do. */
void text_groups(struct page *page, const struct report *report);
/* "3 interfaces in 1.08 s: 1 faulty, 2 healthy" */
void text_summary(struct page *page, const struct report *report);

#endif
