/* What `lint` says of a text: its exit status, findings and words, and tables of that. */
#ifndef VMNETCHECK_LINT_CASE_H
#define VMNETCHECK_LINT_CASE_H

#include "rights.h"
#include "report.h"
#include "vm_file.h"
#include "vms.h"
#include "vm_index.h"

/* "3 vlan-mismatch; 0": the exit status and the findings of each VM. */
static inline char *summary_of(const struct verdict *verdict, char *before)
{
    char *text = text_format("%s%s%d", before, *before ? "; " : "", report_verdict_status(verdict));

    free(before);
    for (size_t i = 0; i < verdict->finding_count; i++) {
        char *longer = text_format("%s %s", text, FINDINGS[verdict->findings[i].id].name);
        free(text);
        text = longer;
    }
    return text;
}

/* Everything that a verdict says, line by line. */
static inline char *words_of(const struct verdict *verdict, char *before)
{
    struct text_list words = {0};

    text_list_add(&words, before);
    for (size_t i = 0; i < verdict->finding_count; i++) {
        text_list_addf(&words, "%s", verdict->findings[i].summary);
        for (size_t j = 0; j < verdict->findings[i].evidence.count; j++)
            text_list_addf(&words, "  %s", verdict->findings[i].evidence.items[j]);
    }
    for (size_t i = 0; i < verdict->unknown.count; i++)
        text_list_addf(&words, "unknown: %s", verdict->unknown.items[i]);
    for (size_t i = 0; i < verdict->notes.count; i++)
        text_list_addf(&words, "note: %s", verdict->notes.items[i]);
    char *text = text_format("%s", "");
    for (size_t i = 0; i < words.count; i++) {
        char *longer = text_format("%s%s\n", text, words.items[i]);
        free(text);
        text = longer;
    }
    text_list_free(&words);
    return text;
}

/* The VMs of a list, among all of the index. */
static inline void lint_in(const struct vm_list *list, const struct vm_index *index,
                           const struct host_facts *facts, char **summary, char **words)
{
    static const struct check_options options;

    *summary = text_format("%s", "");
    *words = text_format("%s", "");
    for (size_t i = 0; i < list->count; i++) {
        struct target target = {0};
        struct verdict verdict;
        target_vm_set(&target.vm, list->items[i], index);
        if (list->items[i]->pid == 0)
            target_vm_look_at_scripts(&target.vm, &RIGHTS_OF_OURS);
        struct verdict_input input = {
            .facts = facts, .target = &target, .options = &options, .scope = SCOPE_START_UP};
        verdict_evaluate(&input, &verdict);
        *summary = summary_of(&verdict, *summary);
        *words = words_of(&verdict, *words);
        verdict_free(&verdict);
        target_vm_clear(&target.vm);
    }
}

static inline void lint(const struct vm_list *list, const struct host_facts *facts, char **summary,
                        char **words)
{
    struct vm_index *index = vm_index_of(list, list->count);

    lint_in(list, index, facts, summary, words);
    vm_index_free(index);
}

static inline void assert_words(const char *words, const char *said)
{
    if (said != NULL && *said == '!' ? strstr(words, said + 1) != NULL
                                     : said != NULL && strstr(words, said) == NULL)
        fail_msg("%s is %s in:\n%s", said, *said == '!' ? "there" : "not there", words);
}

struct lint_case {
    const char *text;
    const char *expected; /* "3 duplicate-mac; 0", or "no VM" */
    const char *said[4];  /* what must stand in its words; with ! in front: must not */
};

static inline void assert_lint(const struct lint_case *row)
{
    struct vm_list list = {0};
    char *summary, *words, *error = NULL;

    if (vm_file_parse(row->text, strlen(row->text), &list, &error)) {
        lint(&list, NULL, &summary, &words);
    } else {
        summary = text_format("no VM");
        words = error;
    }
    if (strcmp(summary, row->expected) != 0)
        fail_msg("%s\n is: %s\n not: %s\n%s", row->text, summary, row->expected, words);
    for (size_t i = 0; i < 4; i++)
        assert_words(words, row->said[i]);
    free(summary);
    free(words);
    vm_list_free(&list);
}

static inline void assert_lints(const struct lint_case *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_lint(&rows[i]);
}

#endif
