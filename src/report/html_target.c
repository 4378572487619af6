/* One target of the report in HTML. */
#include "html_parts.h"
#include "markup.h"
#include "words.h"

#include <stdlib.h>

const char *html_class_of(enum verdict_status status)
{
    static const char *const classes[] = {[STATUS_HEALTHY] = "good",
                                          [STATUS_WARNING] = "warn",
                                          [STATUS_UNKNOWN] = "unknown",
                                          [STATUS_FAULT] = "bad"};

    return classes[status];
}

/* ---- what is known ---- */

static void put_fact(FILE *out, const char *name, char *owned)
{
    fputs("<dt>", out);
    fputs(name, out);
    fputs("</dt>", out);
    markup_element(out, "dd", NULL, owned);
    fputc('\n', out);
    free(owned);
}

static void put_vm(FILE *out, const struct vm_result *vm)
{
    char mac[MAC_TEXT_SIZE];

    if (vm->name != NULL)
        put_fact(out, "VM", text_format("%s", vm->name));
    if (vm->uuid != NULL)
        put_fact(out, "UUID", text_format("%s", vm->uuid));
    if (vm->pid != 0)
        put_fact(out, "process", text_format("%ld of user %lu", vm->pid, (unsigned long)vm->uid));
    if (vm->has_mac)
        put_fact(out, "MAC", text_format("%s (configured)", mac_format(vm->mac, mac)));
    if (vm->netdev != NULL)
        put_fact(out, "netdev", text_format("%s", vm->netdev));
    if (vm->has_hub)
        put_fact(out, "hub", text_format("%d", vm->hub));
}

static void put_address(FILE *out, const struct address_result *address)
{
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    put_fact(out, "address",
             text_format(
                 "%s%s%s (%s)", ip_format(address->address, ip), address->has_mac ? " at " : ", no MAC known",
                 address->has_mac ? mac_format(address->mac, mac) : "", target_origin_name(address->origin)));
}

static void put_facts(FILE *out, const struct target_report *target)
{
    const struct verdict *verdict = &target->verdict;

    fputs("<dl>\n", out);
    if (target->has_vm)
        put_vm(out, &target->vm);
    if (target->bridge != NULL)
        put_fact(out, "bridge", text_format("%s", target->bridge));
    if (target->file != NULL)
        put_fact(out, "file", text_format("%s", target->file));
    for (size_t i = 0; i < verdict->address_count; i++)
        put_address(out, &verdict->addresses[i]);
    put_fact(out, "took", words_of_duration(target->elapsed_us));
    fputs("</dl>\n", out);
}

/* ---- what was found ---- */

static void put_list(FILE *out, const struct text_list *list)
{
    if (list->count == 0)
        return;
    fputs("<ul>\n", out);
    for (size_t i = 0; i < list->count; i++) {
        markup_element(out, "li", NULL, list->items[i]);
        fputc('\n', out);
    }
    fputs("</ul>\n", out);
}

static void put_frames(FILE *out, const struct finding *finding)
{
    struct text_list numbers = {0};

    if (finding->frame_count == 0)
        return;
    for (size_t i = 0; i < finding->frame_count; i++)
        text_list_addf(&numbers, "%u", finding->frames[i]);
    char *list = text_list_join(&numbers);
    fputs("<p class=\"soft\">", out);
    markup_textf(out, "frames in the file of --pcap: %s", list);
    fputs("</p>\n", out);
    free(list);
}

static void put_finding(FILE *out, const struct finding *finding)
{
    static const char *const classes[] = {
        [SEVERITY_INFO] = "none", [SEVERITY_WARNING] = "warn", [SEVERITY_ERROR] = "bad"};
    const struct finding_row *row = &FINDINGS[finding->id];
    enum severity severity = finding_severity(finding);
    char ip[IP_TEXT_SIZE];

    fprintf(out, "<article class=\"%s\">\n<p><span class=\"tone\">%s</span> <span class=\"soft\">%s, %s%s",
            classes[severity], row->name, finding_severity_name(severity), finding_layer_name(row->layer),
            finding->ignored ? ", ignored" : "");
    if (finding->address.family != IP_NONE)
        fprintf(out, ", %s", ip_format(finding->address, ip));
    fputs("</span></p>\n", out);
    markup_element(out, "p", NULL, finding->summary);
    fputc('\n', out);
    put_list(out, &finding->evidence);
    put_frames(out, finding);
    if (finding->fix != NULL) {
        fputs("<p class=\"soft\">What to do:</p>\n", out);
        markup_element(out, "pre", NULL, finding->fix);
        fputc('\n', out);
    }
    fputs("</article>\n", out);
}

static void put_check(FILE *out, const struct check_result *check)
{
    static const char *const words[] = {[CHECK_PASS] = "ok",
                                        [CHECK_SKIP] = "skip",
                                        [CHECK_WARN] = "warn",
                                        [CHECK_UNKNOWN] = "?",
                                        [CHECK_FAIL] = "FAIL"};
    static const char *const classes[] = {[CHECK_PASS] = "good",
                                          [CHECK_SKIP] = "none",
                                          [CHECK_WARN] = "warn",
                                          [CHECK_UNKNOWN] = "unknown",
                                          [CHECK_FAIL] = "bad"};
    char ip[IP_TEXT_SIZE], *text = words_of_check(check, true);

    fprintf(out, "<tr class=\"%s\"><td><span class=\"tone\">%s</span> %s</td>", classes[check->status],
            words[check->status], check->name);
    markup_element(out, "td", "mono", check->address.family != IP_NONE ? ip_format(check->address, ip) : "");
    markup_element(out, "td", NULL, text);
    fputs("</tr>\n", out);
    free(text);
}

static void put_checks(FILE *out, const struct verdict *verdict)
{
    if (verdict->check_count == 0)
        return;
    fputs("<h3>What was asked</h3>\n<table><tbody>\n", out);
    for (size_t i = 0; i < verdict->check_count; i++)
        put_check(out, &verdict->checks[i]);
    fputs("</tbody></table>\n", out);
}

static void put_section(FILE *out, const char *title, const struct text_list *list)
{
    if (list->count == 0)
        return;
    markup_element(out, "h3", NULL, title);
    fputc('\n', out);
    put_list(out, list);
}

void html_target(FILE *out, const struct target_report *target, size_t index)
{
    const struct verdict *verdict = &target->verdict;

    fprintf(out, "<section id=\"target%zu\" class=\"%s\">\n<h2>", index, html_class_of(verdict->status));
    markup_text(out, report_subject(target));
    fputs(": ", out);
    markup_element(out, "span", "tone", words_of_status(verdict));
    fputs("</h2>\n<div class=\"columns\">\n<div>\n", out);
    html_path(out, target);
    put_facts(out, target);
    fputs("</div>\n<div>\n", out);
    for (size_t i = 0; i < verdict->finding_count; i++)
        put_finding(out, &verdict->findings[i]);
    put_section(out, "What could not be told", &verdict->unknown);
    put_checks(out, verdict);
    html_timeline(out, verdict);
    put_section(out, "Notes", &verdict->notes);
    fputs("</div>\n</div>\n</section>\n", out);
}
