/* The pictures of the report in HTML: SVG that is part of the page. */
#include "html_parts.h"
#include "markup.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

/* ---- the path, from top to bottom ---- */

enum {
    NODE_HEIGHT = 34,
    NODE_WIDTH = 176,
    EDGE_HEIGHT = 30,
    STEP = NODE_HEIGHT + EDGE_HEIGHT,
    PATH_WIDTH = 330,
    NAME_MOST = 20
};

static const char *guest_name(const struct target_report *target)
{
    return target->vm.name != NULL ? target->vm.name : "guest";
}

static void put_node(FILE *out, size_t number, const char *name)
{
    size_t top = number * STEP + 1;

    fprintf(out, "<rect class=\"node\" x=\"1\" y=\"%zu\" width=\"%d\" height=\"%d\" rx=\"5\"/>", top,
            NODE_WIDTH, NODE_HEIGHT);
    fprintf(out, "<text x=\"%d\" y=\"%zu\" text-anchor=\"middle\">", NODE_WIDTH / 2, top + 22);
    markup_short_text(out, name, NAME_MOST);
    fputs("</text>\n", out);
}

static void put_edge(FILE *out, size_t number, bool breaks)
{
    size_t top = (number - 1) * STEP + NODE_HEIGHT + 1, middle = top + EDGE_HEIGHT / 2;
    int x = NODE_WIDTH / 2;

    fprintf(out, "<line class=\"%s\" x1=\"%d\" y1=\"%zu\" x2=\"%d\" y2=\"%zu\"/>",
            breaks ? "broken" : "whole", x, top, x, top + EDGE_HEIGHT);
    if (breaks)
        fprintf(
            out,
            "<path class=\"cross\" d=\"M%d %zul12 12m0 -12l-12 12\"/><text class=\"lost\" x=\"%d\" y=\"%zu\">"
            "lost here</text>",
            x - 6, middle - 6, x + 16, middle + 5);
    fputc('\n', out);
}

static const char *word_of(enum passing passing)
{
    return passing == PASSING_SEEN ? "seen" : "lost";
}

/* Beside the interface: whether the host's own ping came by. */
static void put_passing(FILE *out, size_t number, const struct hop_result *hop)
{
    size_t top = number * STEP + 1;

    if (hop->request != PASSING_UNKNOWN)
        fprintf(out, "<text class=\"small%s\" x=\"%d\" y=\"%zu\">request %s</text>",
                hop->request == PASSING_LOST ? " lost" : "", NODE_WIDTH + 10, top + 14,
                word_of(hop->request));
    if (hop->reply != PASSING_UNKNOWN)
        fprintf(out, "<text class=\"small%s\" x=\"%d\" y=\"%zu\">reply %s</text>",
                hop->reply == PASSING_LOST ? " lost" : "", NODE_WIDTH + 10, top + 29, word_of(hop->reply));
}

/* For who cannot see it. */
static void put_path_title(FILE *out, const struct path_result *path)
{
    fputs("<title>The path from the host to the guest", out);
    if (path->broken_after > 0)
        markup_textf(out, ", broken behind %s", path->hops[path->broken_after - 1].interface);
    fputs("</title>\n", out);
}

void html_path(FILE *out, const struct target_report *target)
{
    const struct path_result *path = &target->verdict.path;
    char ip[IP_TEXT_SIZE];

    if (path->count == 0)
        return;
    fprintf(out, "<svg class=\"path\" role=\"img\" viewBox=\"0 0 %d %zu\">", PATH_WIDTH,
            path->count * STEP + NODE_HEIGHT + 2);
    put_path_title(out, path);
    for (size_t i = 1; i <= path->count; i++)
        put_edge(out, i, i == path->broken_after);
    char *host = path->host.family != IP_NONE ? text_format("host %s", ip_format(path->host, ip))
                                              : text_format("host");
    put_node(out, 0, host);
    for (size_t i = 1; i <= path->count; i++)
        put_node(out, i, i < path->count ? path->hops[i].interface : guest_name(target));
    for (size_t i = 0; i < path->count; i++)
        put_passing(out, i, &path->hops[i]);
    fputs("</svg>\n", out);
    free(host);
}

/* ---- the time line ---- */

/* Some room at both ends, for what is drawn around a moment. */
static double place_of(uint64_t time_us, uint64_t end_us)
{
    return 1.5 + 97.0 * (double)time_us / (double)(end_us > 0 ? end_us : 1);
}

static void put_moment(FILE *out, const struct moment_result *moment, uint64_t end_us)
{
    double at = place_of(moment->time_us, end_us), asked = place_of(moment->time_us - moment->rtt_us, end_us);

    switch (moment->kind) {
    case MOMENT_ANSWER:
        fprintf(
            out,
            "<line class=\"wait\" x1=\"%.2f%%\" y1=\"5\" x2=\"%.2f%%\" y2=\"5\"/><line class=\"wait\" "
            "x1=\"%.2f%%\" "
            "y1=\"2\" x2=\"%.2f%%\" y2=\"14\"/><circle class=\"answer\" cx=\"%.2f%%\" cy=\"14\" r=\"4\"/>",
            asked, at, asked, asked, at);
        break;
    case MOMENT_COPY:
        fprintf(out, "<circle class=\"copy\" cx=\"%.2f%%\" cy=\"14\" r=\"6\"/>", at);
        break;
    case MOMENT_LOSS:
        fprintf(out, "<text class=\"mark\" x=\"%.2f%%\" y=\"19\" text-anchor=\"middle\">\u2715</text>", at);
        break;
    }
}

static bool is_of(const struct moment_result *moment, const struct check_result *check)
{
    return strcmp(moment->name, check->name) == 0 && ip_equal(moment->address, check->address);
}

static void put_row(FILE *out, const struct verdict *verdict, const struct check_result *check,
                    uint64_t end_us)
{
    char ip[IP_TEXT_SIZE], *text = words_of_check(check, false);

    fputs("<div class=\"row\"><span class=\"mono\">", out);
    markup_textf(out, "%s %s", check->name, ip_format(check->address, ip));
    fputs("</span> <span class=\"soft\">", out);
    markup_text(out, text);
    fputs(
        "</span><svg height=\"24\" aria-hidden=\"true\"><line class=\"axis\" x1=\"0\" y1=\"14\" x2=\"100%\" "
        "y2=\"14\"/>",
        out);
    for (size_t i = 0; i < verdict->moment_count; i++)
        if (is_of(&verdict->moments[i], check))
            put_moment(out, &verdict->moments[i], end_us);
    fputs("</svg></div>\n", out);
    free(text);
}

static bool has_moments(const struct verdict *verdict, const struct check_result *check)
{
    for (size_t i = 0; i < verdict->moment_count; i++)
        if (is_of(&verdict->moments[i], check))
            return true;
    return false;
}

void html_timeline(FILE *out, const struct verdict *verdict)
{
    uint64_t end_us = 0;

    if (verdict->moment_count == 0)
        return;
    for (size_t i = 0; i < verdict->moment_count; i++)
        end_us = verdict->moments[i].time_us > end_us ? verdict->moments[i].time_us : end_us;
    fputs("<h3>Questions and answers in time</h3>\n", out);
    for (size_t i = 0; i < verdict->check_count; i++)
        if (has_moments(verdict, &verdict->checks[i]))
            put_row(out, verdict, &verdict->checks[i], end_us);
    char *end = words_of_duration(end_us);
    fputs("<p class=\"ends\"><span>first question</span><span>", out);
    markup_text(out, end);
    fputs("</span></p>\n<p class=\"soft\">A bar is a question, and the dot the answer to it; a ring is a "
          "copy of an "
          "answer, and a cross the last question that nobody answered.</p>\n",
          out);
    free(end);
}
