/* libFuzzer: any bytes as a file of documents, merged, and what comes of it printed. */
#include "merge.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* In two pieces, that a value may be cut anywhere. */
static void read_file(struct merge *merge, const uint8_t *data, size_t size)
{
    size_t cut = size > 0 ? data[0] % (size + 1) : 0;

    merge_begin_file(merge, "fuzz.json");
    if (merge_read(merge, data, cut))
        (void)merge_read(merge, data + cut, size - cut);
    merge_end_file(merge);
}

static void print(const struct report *report)
{
    for (size_t i = 0; REPORT_FORMATS[i] != NULL; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        require(out != NULL);
        REPORT_FORMATS[i]->report(out, report, &(struct report_style){.verbose = true});
        require(fclose(out) == 0);
        free(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct check_options options;
    struct merge *merge = merge_new(&options);
    struct report report = {.command = "merge", .fail_on = STATUS_WARNING};

    read_file(merge, data, size);
    merge_report(merge, &report);
    require(report.target_count <= report_target_count(&report) || report.merged.documents == 0);
    for (size_t i = 0; i < report.target_count; i++) {
        const struct verdict *verdict = &report.targets[i].verdict;
        require(verdict->status != STATUS_FAULT || verdict->finding_count > 0);
        require(verdict->status != STATUS_UNKNOWN || verdict->unknown.count > 0);
    }
    print(&report);
    report_free(&report);
    merge_free(merge);
    return 0;
}
