/* Starting probes by what their descriptors need and when they want to start. */
#include "prober.h"
#include "text.h"
#include "verdict.h"

#include <stdlib.h>

#define NEVER UINT64_MAX

bool prober_has_vantages(const struct prober *prober, unsigned needed)
{
    return (needed & ~(prober->vantages | VANTAGE_BIT(AT_TAP))) == 0;
}

/* ---- starting ---- */

static void tell_start(const struct probe *probe)
{
    const struct probe_env *env = probe->env;
    bool of_target = probe->class->of_target;
    char ip[IP_TEXT_SIZE];

    if (env->tell == NULL)
        return;
    char *text = text_format("starts %s%s%s: %s", probe_name(probe->class->id), of_target ? "" : " of ",
                             of_target ? "" : ip_format(probe->address, ip), probe_summary(probe->class->id));
    env->tell(env->context, text);
    free(text);
}

static void start(struct prober *prober, const struct probe_class *class, struct ip_addr address)
{
    struct probe *probe = memory_new(1, sizeof *probe);

    *probe = (struct probe){.class = class, .env = prober->env, .state = memory_new(1, class->state_size)};
    if (!class->of_target)
        probe->address = address;
    prober->items = memory_resize(prober->items, prober->count + 1, sizeof(struct probe *));
    prober->items[prober->count++] = probe;
    tell_start(probe);
    class->start(probe);
}

static bool was_started(const struct prober *prober, const struct probe_class *class, struct ip_addr address)
{
    for (size_t i = 0; i < prober->count; i++)
        if (prober->items[i]->class == class &&
            (class->of_target || ip_equal(prober->items[i]->address, address)))
            return true;
    return false;
}

static bool is_for(const struct probe_class *class, struct ip_addr address)
{
    return class->family == IP_NONE || class->family == address.family;
}

void prober_start_for_target(struct prober *prober, bool unnamed)
{
    unsigned wanted = STARTS_ALWAYS | (unnamed ? (unsigned)STARTS_UNNAMED : 0);

    for (size_t i = 0; PROBES[i] != NULL; i++)
        if (PROBES[i]->of_target && (PROBES[i]->starts & wanted))
            start(prober, PROBES[i], (struct ip_addr){0});
}

void prober_start_for(struct prober *prober, size_t target_address)
{
    struct ip_addr address = prober->env->target->addresses[target_address].address;

    prober->added_us[target_address] = prober->env->now_us;
    prober->silence_due_us = 0;
    for (size_t i = 0; PROBES[i] != NULL; i++)
        if ((PROBES[i]->starts & STARTS_ALWAYS) && !PROBES[i]->of_target && is_for(PROBES[i], address) &&
            prober_has_vantages(prober, PROBES[i]->needs))
            start(prober, PROBES[i], address);
}

/* ---- silence ---- */

static uint64_t lasts_us(const struct prober *prober, const struct probe_class *class)
{
    const struct check_options *options = prober->env->options;

    return class->lasts_us != NULL ? class->lasts_us(options) : options->timeout_us;
}

/* When an address that is silent by then makes a probe start. While others are answered, a slow guest has yet
 * to come to this one. Somebody who waits for the guest to come up does not want that before the end. */
static uint64_t silence_due(const struct prober *prober, const struct probe_class *class, size_t address)
{
    uint64_t added_us = prober->added_us[address], heard_us = prober->env->last_reply_us;
    uint64_t due_us = (heard_us > added_us ? heard_us : added_us) + class->silence_us;
    uint64_t last_us = lasts_us(prober, class), patience_us = prober->env->patience_until_us;

    return patience_us > due_us + last_us ? patience_us - last_us : due_us;
}

static void start_for_silence(struct prober *prober, const struct probe_class *class)
{
    const struct target *target = prober->env->target;

    for (size_t i = 0; i < target->address_count; i++) {
        struct ip_addr address = target->addresses[i].address;
        if (was_started(prober, class, address) || !class->silent(prober->env, address))
            continue;
        uint64_t due_us = silence_due(prober, class, i);
        if (due_us <= prober->env->now_us)
            start(prober, class, address);
        else if (due_us < prober->silence_due_us)
            prober->silence_due_us = due_us;
    }
}

void prober_start_for_silences(struct prober *prober)
{
    if (prober->env->now_us < prober->silence_due_us)
        return;
    prober->silence_due_us = NEVER;
    for (size_t i = 0; PROBES[i] != NULL && !prober->env->holds_back; i++)
        if (PROBES[i]->starts & STARTS_WHEN_SILENT)
            start_for_silence(prober, PROBES[i]);
}

static bool is_somebody_silent(const struct prober *prober, const struct probe_class *class)
{
    const struct target *target = prober->env->target;

    for (size_t i = 0; i < target->address_count; i++)
        if (class->silent(prober->env, target->addresses[i].address))
            return true;
    return false;
}

/* What was started for the silence of a given address has no more to tell when that one speaks after all. */
static bool is_needless(const struct prober *prober, const struct probe *probe)
{
    return (probe->class->starts & STARTS_WHEN_SILENT) && probe->class->of_target &&
           prober->env->target->given_count > 0 && !is_somebody_silent(prober, probe->class);
}

/* ---- diagnosis ---- */

static bool is_asked_by_finding(const struct verdict *verdict, const struct probe_class *class,
                                struct ip_addr address)
{
    for (size_t i = 0; i < verdict->finding_count; i++) {
        const struct finding *finding = &verdict->findings[i];
        if (finding_asks(&FINDINGS[finding->id], class->id) &&
            (class->of_target || finding->address.family == IP_NONE || ip_equal(finding->address, address)))
            return true;
    }
    return false;
}

/* What only silence makes start can tell nothing where there is none. */
static bool is_idle(const struct probe_env *env, const struct probe_class *class, struct ip_addr address)
{
    return class->silent != NULL && !class->silent(env, address);
}

static bool is_wanted(const struct prober *prober, const struct verdict *verdict,
                      const struct probe_class *class, struct ip_addr address)
{
    const struct probe_env *env = prober->env;

    if (!is_for(class, address) || was_started(prober, class, address))
        return false;
    if ((class->starts & STARTS_WHEN_ASKED) && env->options->deep && probe_is_answered(env, address) &&
        !is_idle(env, class, address))
        return true;
    if ((class->starts & STARTS_WHEN_DOUBTFUL) && class->doubtful(env, address))
        return true;
    return (class->starts & (STARTS_WHEN_ASKED | STARTS_LAST)) &&
           is_asked_by_finding(verdict, class, address);
}

static void start_those_for(struct prober *prober, const struct verdict *verdict, bool last, bool of_target,
                            struct ip_addr address)
{
    for (const struct probe_class *const *class = PROBES; *class != NULL; class ++) {
        bool comes_last = (*class)->starts & STARTS_LAST;
        if (comes_last == last && (*class)->of_target == of_target &&
            prober_has_vantages(prober, (*class)->needs) && is_wanted(prober, verdict, *class, address))
            start(prober, *class, address);
    }
}

static size_t start_those(struct prober *prober, const struct verdict *verdict, bool last)
{
    const struct target *target = prober->env->target;
    size_t before = prober->count;

    start_those_for(prober, verdict, last, true, (struct ip_addr){0});
    for (size_t i = 0; i < target->address_count; i++)
        start_those_for(prober, verdict, last, false, target->addresses[i].address);
    return prober->count - before;
}

size_t prober_start_wanted(struct prober *prober, const struct verdict *verdict)
{
    size_t count = start_those(prober, verdict, false);

    return count > 0 ? count : start_those(prober, verdict, true);
}

unsigned prober_wanted_vantages(const struct prober *prober, const struct verdict *verdict)
{
    const struct target *target = prober->env->target;
    unsigned wanted = 0;

    for (size_t i = 0; i < target->address_count; i++)
        for (const struct probe_class *const *class = PROBES; *class != NULL; class ++)
            if (!prober_has_vantages(prober, (*class)->needs) &&
                is_wanted(prober, verdict, *class, target->addresses[i].address))
                wanted |= (*class)->needs & ~prober->vantages;
    return wanted;
}

/* ---- frames and time ---- */

/* A frame is no answer to the probes that it only makes us start. */
bool prober_frame(struct prober *prober, const struct frame *frame)
{
    size_t count = prober->count;
    bool ours = false;

    for (size_t i = prober->finished_count; i < count; i++) {
        struct probe *probe = prober->items[i];
        unsigned heard = frame->direction == DIRECTION_OUT ? probe->class->hears_out : probe->class->hears;
        if (heard & VANTAGE_BIT(frame->at))
            ours |= probe->class->frame(probe, frame);
    }
    return ours;
}

void prober_told(struct prober *prober, const struct trace_answer *answer)
{
    for (size_t i = prober->finished_count; i < prober->count; i++)
        if (prober->items[i]->class->told != NULL)
            prober->items[i]->class->told(prober->items[i], answer);
}

void prober_timer(struct prober *prober)
{
    for (size_t i = 0; i < prober->count; i++) {
        struct probe *probe = prober->items[i];
        if (!probe->done && probe->due_us != 0 && prober->env->now_us >= probe->due_us)
            probe->class->timer(probe);
    }
}

static void sooner(uint64_t *due_us, uint64_t other_us)
{
    if (other_us != 0 && (*due_us == 0 || other_us < *due_us))
        *due_us = other_us;
}

uint64_t prober_due(const struct prober *prober)
{
    uint64_t due_us = prober->silence_due_us == NEVER ? 0 : prober->silence_due_us;

    for (size_t i = 0; i < prober->count; i++)
        if (!prober->items[i]->done)
            sooner(&due_us, prober->items[i]->due_us);
    return due_us;
}

bool prober_done(const struct prober *prober)
{
    for (size_t i = 0; i < prober->count; i++)
        if (!prober->items[i]->done && !is_needless(prober, prober->items[i]))
            return false;
    return true;
}

/* ---- the host's facts of now ---- */

static bool is_doubtful(const struct prober *prober, const struct probe_class *class)
{
    const struct target *target = prober->env->target;

    for (size_t i = 0; i < target->address_count; i++)
        if (class->doubtful(prober->env, target->addresses[i].address))
            return true;
    return false;
}

bool prober_wants_glance(const struct prober *prober)
{
    for (size_t i = 0; PROBES[i] != NULL; i++)
        if (PROBES[i]->look != NULL && is_doubtful(prober, PROBES[i]))
            return true;
    return false;
}

void prober_glance(struct prober *prober, const struct host_facts *now)
{
    for (size_t i = 0; PROBES[i] != NULL; i++)
        if (PROBES[i]->look != NULL)
            PROBES[i]->look(prober->env, now);
}

/* ---- the end ---- */

void prober_finish(struct prober *prober)
{
    for (; prober->finished_count < prober->count; prober->finished_count++) {
        struct probe *probe = prober->items[prober->finished_count];
        if (probe->class->finish != NULL)
            probe->class->finish(probe);
        probe->done = true;
    }
}

void prober_free(struct prober *prober)
{
    for (size_t i = 0; i < prober->count; i++) {
        free(prober->items[i]->state);
        free(prober->items[i]);
    }
    free(prober->items);
}
