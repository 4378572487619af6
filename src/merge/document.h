/* Documents of ours as they come in: JSON, of which nothing is believed, and no more is kept than one target.
 * Inside the merge only. */
#ifndef VMNETCHECK_DOCUMENT_H
#define VMNETCHECK_DOCUMENT_H

#include "report.h"

#include <stdbool.h>
#include <stddef.h>

/* What a document says beside its targets. Strings are owned, NULL where it does not say it. */
struct document {
    long schema;
    char *command;
    struct host_identity host;
    uint64_t started_us, elapsed_us;
    char *error;      /* why that run ended before its end */
    bool has_targets; /* the list is there, empty or not */
};

struct document_events {
    void *context;
    /* All of a target was read. Takes it over. is_one_machine: what answered there is behind that interface,
     * and not anywhere on a bridge. */
    void (*target)(void *context, struct target_report *target, bool is_one_machine);
    /* The document of the targets before is over. flaw: why the rest of it was not read; NULL: it was. */
    void (*end)(void *context, const struct document *document, const char *flaw);
};

struct document_reader;

struct document_reader *document_reader_new(const struct document_events *events);
/* More of the text, in which documents may stand one behind the other. False: it is damaged, and ended. */
bool document_reader_feed(struct document_reader *reader, const unsigned char *text, size_t size);
/* The text is over. */
void document_reader_end(struct document_reader *reader);
void document_reader_free(struct document_reader *reader); /* NULL is fine */

#endif
