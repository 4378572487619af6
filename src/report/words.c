/* What of a report is said in the same words in several formats. */
#include "words.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *words_of_status(const struct verdict *verdict)
{
    static const char *const by_status[] = {
        [STATUS_HEALTHY] = "healthy",
        [STATUS_WARNING] = "works, with warnings",
        [STATUS_UNKNOWN] = "COULD NOT TELL",
    };
    static const char *const by_layer[] = {
        [LAYER_NONE] = "FAULT",
        [LAYER_L3] = "FAULT in layer 3",
        [LAYER_L2] = "FAULT in layer 2",
        [LAYER_HOST] = "FAULT on the host",
    };
    return verdict->status == STATUS_FAULT ? by_layer[verdict->layer] : by_status[verdict->status];
}

char *words_of_sums(const struct report *report)
{
    static const char *const words[] = {
        [STATUS_HEALTHY] = "healthy",
        [STATUS_WARNING] = "with warnings",
        [STATUS_UNKNOWN] = "could not be told",
        [STATUS_FAULT] = "faulty",
    };
    size_t counts[STATUS_FAULT + 1] = {[STATUS_HEALTHY] = report_target_count(report) - report->target_count};
    struct text_list parts = {0};

    for (size_t i = 0; i < report->target_count; i++)
        counts[report->targets[i].verdict.status]++;
    for (int status = STATUS_FAULT; status >= STATUS_HEALTHY; status--)
        if (counts[status] > 0)
            text_list_addf(&parts, "%zu %s", counts[status], words[status]);
    return text_list_join(&parts);
}

char *words_of_duration(uint64_t us)
{
    double ms = (double)us / 1e3, s = (double)us / 1e6;

    if (us < 1000000)
        return text_format("%.*f ms", us < 1000 ? 3 : us < 10000 ? 2 : us < 100000 ? 1 : 0, ms);
    return text_format("%.*f s", us < 10000000 ? 2 : us < 100000000 ? 1 : 0, s);
}

char *words_of_time(uint64_t wall_us)
{
    char seconds[64];
    time_t since_1970 = (time_t)(wall_us / 1000000);
    struct tm utc;

    if (gmtime_r(&since_1970, &utc) == NULL ||
        strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc) == 0)
        return text_format("%s", "1970-01-01T00:00:00.000000Z"); /* no clock goes on for so long */
    return text_format("%s.%06uZ", seconds, (unsigned)(wall_us % 1000000));
}

static bool names_earlier(const struct verdict *verdict, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (verdict->findings[i].id == verdict->findings[index].id)
            return true;
    return false;
}

char *words_of_deciding(const struct verdict *verdict)
{
    enum severity wanted = verdict->status == STATUS_FAULT ? SEVERITY_ERROR : SEVERITY_WARNING;
    struct text_list names = {0};

    for (size_t i = 0; i < verdict->finding_count; i++) {
        const struct finding_row *row = &FINDINGS[verdict->findings[i].id];
        bool decides = !verdict->findings[i].ignored && finding_severity(&verdict->findings[i]) == wanted &&
                       (wanted == SEVERITY_WARNING || row->layer == verdict->layer);
        if (decides && !names_earlier(verdict, i))
            text_list_addf(&names, "%s", row->name);
    }
    return text_list_join(&names);
}

bool words_guest_mac(const struct target_report *target, struct mac_addr *ret)
{
    const struct verdict *verdict = &target->verdict;

    for (size_t i = 0; i < verdict->address_count; i++)
        if (verdict->addresses[i].has_mac) {
            *ret = verdict->addresses[i].mac;
            return true;
        }
    if (target->vm.has_mac)
        *ret = target->vm.mac;
    return target->vm.has_mac;
}

static char *rtt_text(const struct check_result *check, bool verbose)
{
    char *min = words_of_duration(check->rtt_min_us), *avg = words_of_duration(check->rtt_avg_us),
         *max = words_of_duration(check->rtt_max_us);
    char *text = verbose ? text_format("rtt %s (%s to %s)", avg, min, max) : text_format("rtt %s", avg);

    free(min);
    free(avg);
    free(max);
    return text;
}

char *words_of_check(const struct check_result *check, bool verbose)
{
    struct text_list parts = {0};
    const char *note = check->note ? check->note : "";

    if (check->sent == 0)
        return text_format("%s", check->note ? check->note : "not sent");
    text_list_addf(&parts, "%u/%u answered", check->received, check->sent);
    if (check->duplicates > 0)
        text_list_addf(&parts, "%u %s", check->duplicates,
                       text_plural(check->duplicates, "duplicate", "duplicates"));
    if (check->has_rtt)
        text_list_add(&parts, rtt_text(check, verbose));

    char *figures = text_list_join(&parts);
    char *text = text_format("%s%s%s", figures, *note ? "; " : "", note);
    free(figures);
    return text;
}

static bool is_echo(const struct check_result *check)
{
    return strncmp(check->name, "icmp", strlen("icmp")) == 0;
}

struct figures words_figures(const struct verdict *verdict)
{
    struct figures figures = {0};
    bool of_echo = false;

    for (size_t i = 0; i < verdict->check_count; i++) {
        const struct check_result *check = &verdict->checks[i];
        figures.sent += check->sent;
        figures.received += check->received;
        figures.duplicates += check->duplicates;
        if (!check->has_rtt || (of_echo && !is_echo(check)))
            continue;
        if (!figures.has_rtt || (is_echo(check) && !of_echo) || check->rtt_avg_us > figures.rtt_us)
            figures.rtt_us = check->rtt_avg_us;
        figures.has_rtt = true;
        of_echo |= is_echo(check);
    }
    return figures;
}
