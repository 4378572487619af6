/* vmnetcheck watch: checks again and again, and says what has changed. */
#include "changes.h"
#include "cli.h"
#include "clock.h"
#include "facts_cache.h"
#include "grow.h"
#include "interrupts.h"
#include "rights.h"
#include "vms.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAUSE_US = 1000000, /* between two checks, whatever is heard, … */
    PAUSE_FACTOR = 4,   /* … and so many times what the last one had to compute */
};

/* A target that was checked. */
struct watched {
    char *name;
    struct standing standing;
    bool listed; /* in the last check, too */
};

struct watcher {
    struct command_line *line;
    struct run *run;
    struct watched *items;
    size_t count;
    size_t next;    /* where the next one is looked for: the order seldom changes */
    bool under_way; /* a check came to its end already */
    bool anew;      /* the user wants it to forget all */
    int status;     /* why it cannot go on; 0: it can */
};

/* ---- what is said ---- */

static void tell(void *context, const struct change *change)
{
    struct watcher *watch = context;
    struct command_line *line = watch->line;
    struct change now = *change;

    if (ferror(line->out)) /* whoever listened has gone */
        return;
    now.time_us = clock_wall();
    line->format->change(output_draft(line), &now, &line->style);
    int status = output_end(line);
    if (watch->status == 0)
        watch->status = status;
}

static void tell_target(struct watcher *watch, enum change_kind kind, const struct standing *standing,
                        uint64_t now_us)
{
    const struct change change = {
        .kind = kind, .target = &standing->last, .lasted_us = now_us - standing->status_since_us};

    tell(watch, &change);
}

static void tell_state(struct watcher *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        if (watch->items[i].standing.known)
            tell_target(watch, CHANGE_STATE, &watch->items[i].standing, clock_now());
}

static void signalled(void *context, int number)
{
    struct watcher *watch = context;

    if (number == ANEW_SIGNAL)
        watch->anew = true;
    else
        tell_state(watch);
}

/* ---- targets ---- */

/* The target of this name, which is new if nothing is known of it. */
static struct watched *find(struct watcher *watch, const char *name)
{
    for (size_t i = 0; i < watch->count; i++) {
        size_t place = (watch->next + i) % watch->count;
        if (strcmp(watch->items[place].name, name) != 0)
            continue;
        watch->next = place + 1;
        return &watch->items[place];
    }
    watch->items = grow(watch->items, &watch->count, sizeof *watch->items);
    watch->items[watch->count - 1].name = text_format("%s", name);
    return &watch->items[watch->count - 1];
}

static void let_go(struct watched *watched)
{
    changes_forget(&watched->standing);
    free(watched->name);
}

/* Those that the last check did not have any more. */
static void let_go_unlisted(struct watcher *watch, bool tells)
{
    size_t kept = 0;

    for (size_t i = 0; i < watch->count; i++) {
        struct watched *watched = &watch->items[i];
        if (watched->listed) {
            watched->listed = false;
            watch->items[kept++] = *watched;
            continue;
        }
        if (tells)
            tell_target(watch, CHANGE_WENT, &watched->standing, clock_now());
        let_go(watched);
    }
    watch->count = kept; /* grow() has room for more than that */
}

/* ---- a check ---- */

static bool looked_for_holders(const struct target_vm *vm)
{
    return vm->looked &&
           (vm->holder_count > 0 || (vm->unreadable == 0 && vm->late == 0 && vm->looking_error == 0));
}

static void compare(struct watcher *watch, const struct selection *selection, struct report *report)
{
    uint64_t now_us = clock_now();

    watch->next = 0;
    for (size_t i = 0; i < selection->count; i++) {
        const struct target *target = &selection->targets[i];
        struct watched *watched = find(watch, target->name);
        bool is_new = !watched->standing.known;
        watched->listed = true;
        changes_take(&watched->standing, &report->targets[i], looked_for_holders(&target->vm), now_us, tell,
                     watch);
        if (is_new)
            tell_target(watch, watch->under_way ? CHANGE_CAME : CHANGE_STATE, &watched->standing, now_us);
    }
    let_go_unlisted(watch, true);
    if (!watch->under_way)
        watch->line->rights->ready(watch->line->rights->context);
    watch->under_way = true;
}

/* What keeps it from beginning ends it; later it may be another time. */
static void note_failure(struct watcher *watch, const struct report *report)
{
    complain("%s", report->failure);
    if (!watch->under_way)
        watch->status = report->failure_exit;
}

/* That there is no tap is no failure: one may come. */
static int select_targets(struct watcher *watch, struct vms *vms, struct selection *selection,
                          struct report *report)
{
    int status = targets_select(watch->line, vms, selection, report);

    if (!watch->line->all || status != EXIT_UNKNOWN)
        return status;
    free(report->failure);
    report->failure = NULL;
    return 0;
}

/* What was true at the last check is what may have changed: on a busy host, whose facts take long to read,
 * they would be good enough for this one, too. */
static void check_once(struct watcher *watch)
{
    struct report report = {.command = "watch"};
    struct selection selection = {.options = &watch->line->check, .facts = watch->line->facts};

    facts_cache_forget(watch->line->facts);
    struct vms *vms = vms_start(watch->line->rights, &watch->line->spaces, 0);
    int status = select_targets(watch, vms, &selection, &report);

    if (status == EXIT_USAGE)
        watch->status = status;
    else if (status == 0)
        run_check(watch->run, vms, selection.targets, selection.count, &report);
    run_forget(watch->run);
    if (report.failure != NULL)
        note_failure(watch, &report);
    else if (status == 0 && !run_was_interrupted(watch->run))
        compare(watch, &selection, &report);
    report_free(&report);
    selection_free(&selection);
    vms_close(vms);
}

/* ---- one after the other ---- */

static void begin_anew(struct watcher *watch)
{
    let_go_unlisted(watch, false);
    watch->under_way = watch->anew = false;
}

static bool goes_on(const struct watcher *watch)
{
    return watch->status == 0 && !run_was_interrupted(watch->run);
}

/* At news not before a time that leaves the processor to others; without, when it is time. */
static void wait_for_next(struct watcher *watch, uint64_t begun_us, uint64_t spent_us)
{
    uint64_t now_us = clock_now(), pause_us = spent_us * PAUSE_FACTOR;
    uint64_t earliest_us = now_us + (pause_us > PAUSE_US ? pause_us : PAUSE_US);
    uint64_t latest_us = begun_us + watch->line->every_us;

    if (latest_us < now_us + pause_us)
        latest_us = now_us + pause_us;
    int came = 0;

    while (came == 0 && goes_on(watch) && !watch->anew)
        came = run_wait(watch->run, earliest_us, latest_us);
    if (came < 0) {
        complain("waiting: %s", strerror(-came));
        watch->status = EXIT_OS;
    }
}

static void watch_on(struct watcher *watch)
{
    while (goes_on(watch)) {
        uint64_t begun_us = clock_now(), spent_us = clock_spent();
        check_once(watch);
        wait_for_next(watch, begun_us, clock_spent() - spent_us);
        if (watch->anew)
            begin_anew(watch);
    }
    if (watch->status == 0)
        tell_state(watch);
}

int command_watch(struct command_line *line)
{
    struct watcher watch = {.line = line};
    const struct run_means means = {
        .spaces = &line->spaces, .facts = line->facts, .rights = line->rights, .stays = true};

    line->check.wait_us = 0; /* that a site may have set: who stays does not wait for a guest */
    watch.run = run_open(&line->check, &means);
    run_on_signal(watch.run, signalled, &watch);
    watch_on(&watch);
    interrupts_are_late();
    for (size_t i = 0; i < watch.count; i++)
        let_go(&watch.items[i]);
    free(watch.items);
    run_close(watch.run);
    if (watch.status != EXIT_USAGE)
        output_said(line, watch.status);
    return watch.status;
}
