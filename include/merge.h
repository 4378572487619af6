/* Documents of several hosts made one report, and what only together they show. What is kept of a target that
 * is healthy is little, if there are many. */
#ifndef VMNETCHECK_MERGE_H
#define VMNETCHECK_MERGE_H

#include "report.h"

struct merge;

/* options: whose ignored findings do not count; they must outlive the merge. */
struct merge *merge_new(const struct check_options *options);
void merge_free(struct merge *merge); /* NULL is fine */

/* A file begins, goes on, and ends; in it documents may stand one behind the other. False: the rest of it is
 * of no use. */
void merge_begin_file(struct merge *merge, const char *name);
bool merge_read(struct merge *merge, const unsigned char *text, size_t size);
void merge_end_file(struct merge *merge);

/* Fills in all that comes of the documents. What is in the report lives as long as the merge. */
void merge_report(struct merge *merge, struct report *report);

#endif
