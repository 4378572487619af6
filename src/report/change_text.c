/* A change as a line for people. */
#include "changes.h"
#include "formats.h"
#include "page.h"
#include "words.h"

#include <stdlib.h>
#include <time.h>

/* "02:31:07", where the user is. */
static char *time_of_day(uint64_t wall_us)
{
    time_t since_1970 = (time_t)(wall_us / 1000000);
    char text[16];
    struct tm local;

    if (localtime_r(&since_1970, &local) == NULL || strftime(text, sizeof text, "%H:%M:%S", &local) == 0)
        return text_format("--:--:--");
    return text_format("%s", text);
}

static char *name_of(const struct finding *finding)
{
    const char *name = FINDINGS[finding->id].name;
    char ip[IP_TEXT_SIZE];

    return finding->address.family == IP_NONE ? text_format("%s", name)
                                              : text_format("%s %s", name, ip_format(finding->address, ip));
}

static char *findings_text(const struct verdict *verdict)
{
    struct text_list names = {0};

    for (size_t i = 0; i < verdict->finding_count; i++)
        if (!verdict->findings[i].ignored)
            text_list_add(&names, name_of(&verdict->findings[i]));
    for (size_t i = 0; i < verdict->unknown.count; i++)
        text_list_addf(&names, "%s", verdict->unknown.items[i]);
    return text_list_join_by(&names, ", ");
}

/* How the target is. */
static char *state_text(const struct target_report *target)
{
    const struct verdict *verdict = &target->verdict;
    const char *status = words_of_status(verdict);

    if (verdict->finding_count == 0 && verdict->unknown.count == 0)
        return text_format("%s", status);
    char *why = findings_text(verdict), *text = text_format("%s: %s", status, why);
    free(why);
    return text;
}

static char *vm_text(const struct vm_result *vm)
{
    if (vm->pid == 0)
        return text_format("nobody");
    return text_format("%s (process %ld)", vm->name != NULL ? vm->name : "?", vm->pid);
}

/* ---- what is said of each kind, behind the time and the target; lasted: in words ---- */

static char *state_news(const struct change *change, const char *lasted)
{
    char *state = state_text(change->target);

    if (change->lasted_us == 0)
        return state;
    char *text = text_format("%s (for %s)", state, lasted);
    free(state);
    return text;
}

static char *came_news(const struct change *change, const char *lasted)
{
    char *state = state_text(change->target), *text = text_format("came: %s", state);

    (void)lasted;
    free(state);
    return text;
}

static char *went_news(const struct change *change, const char *lasted)
{
    (void)change;
    (void)lasted;
    return text_format("went");
}

static char *began_news(const struct change *change, const char *lasted)
{
    char *name = name_of(change->finding),
         *text = text_format("%s began: %s", name, change->finding->summary);

    (void)lasted;
    free(name);
    return text;
}

static char *ended_news(const struct change *change, const char *lasted)
{
    char *name = name_of(change->finding), *text = text_format("%s ended after %s", name, lasted);

    free(name);
    return text;
}

static char *unknown_news(const struct change *change, const char *lasted)
{
    char *state = state_text(change->target), *text = text_format("not all can be told: %s", state);

    (void)lasted;
    free(state);
    return text;
}

static char *known_news(const struct change *change, const char *lasted)
{
    char *state = state_text(change->target);
    char *text = text_format("all can be told again after %s: %s", lasted, state);

    free(state);
    return text;
}

static char *vm_news(const struct change *change, const char *lasted)
{
    char *now = vm_text(&change->target->vm), *before = vm_text(change->before);
    char *text = text_format("behind it is %s, before it was %s", now, before);

    (void)lasted;
    free(now);
    free(before);
    return text;
}

static char *(*const NEWS[])(const struct change *change, const char *lasted) = {
    [CHANGE_STATE] = state_news, [CHANGE_CAME] = came_news,   [CHANGE_WENT] = went_news,
    [CHANGE_BEGAN] = began_news, [CHANGE_ENDED] = ended_news, [CHANGE_UNKNOWN] = unknown_news,
    [CHANGE_KNOWN] = known_news, [CHANGE_VM] = vm_news,
};

static enum ink ink_of(const struct change *change)
{
    static const enum ink by_status[] = {
        [STATUS_HEALTHY] = INK_GOOD,
        [STATUS_WARNING] = INK_WARN,
        [STATUS_UNKNOWN] = INK_WARN,
        [STATUS_FAULT] = INK_BAD,
    };
    return by_status[change->target->verdict.status];
}

/* However wide the terminal is: it is one for grep, too. */
void change_text(FILE *out, const struct change *change, const struct report_style *style)
{
    struct page page = {.out = out, .width = SIZE_MAX, .color = style->color, .ascii = style->ascii};
    char *time = time_of_day(change->time_us), *lasted = words_of_duration(change->lasted_us);
    char *text = NEWS[change->kind](change, lasted);

    page_put(&page, INK_PLAIN, time, 0);
    page_put(&page, INK_PLAIN, " ", 0);
    page_put(&page, INK_BOLD, report_subject(change->target), 0);
    page_put(&page, INK_PLAIN, ": ", 0);
    page_put(&page, ink_of(change), text, 0);
    page_end_line(&page);
    free(text);
    free(lasted);
    free(time);
}
