/* Where the documents of a text of XML begin and end, and what no parser must see. */
#include "xml_text.h"

#include <stdbool.h>
#include <string.h>

enum { ATTRIBUTES_MAX = 64, DOCUMENT_MAX = 1 << 20 };

/* Behind the next `close`, or at the end of the text. */
static const char *skip_past(const char *at, const char *end, const char *close)
{
    const char *found = memmem(at, (size_t)(end - at), close, strlen(close));
    return found != NULL ? found + strlen(close) : end;
}

/* To the '>' of the tag that starts at `at`, or the end. NULL if it has too many attributes: libxml2 compares
 * each with each, for minutes. */
static const char *skip_tag(const char *at, const char *end)
{
    int attributes = 0;

    for (; at < end && *at != '>'; at++)
        if (*at == '"' || *at == '\'') {
            const char *closing = memchr(at + 1, *at, (size_t)(end - at - 1));
            if (++attributes > ATTRIBUTES_MAX)
                return NULL;
            if (closing == NULL)
                return end;
            at = closing;
        }
    return at;
}

static bool starts(const char *at, const char *end, const char *with)
{
    return (size_t)(end - at) >= strlen(with) && memcmp(at, with, strlen(with)) == 0;
}

/* What stands between `<` and `>` of any kind: behind it. *depth counts the elements that are open. NULL and
 * *danger set where it is not for a parser. */
static const char *skip_markup(const char *at, const char *end, size_t *depth, const char **danger)
{
    if (starts(at, end, "<!--"))
        return skip_past(at + 4, end, "-->");
    if (starts(at, end, "<![CDATA["))
        return skip_past(at + 9, end, "]]>");
    if (starts(at, end, "<?"))
        return skip_past(at + 2, end, "?>");
    if (starts(at, end, "<!")) {
        *danger = "has a document type; libvirt's XML has none"; /* entities that grow */
        return NULL;
    }
    const char *close = skip_tag(at, end);
    if (close == NULL)
        *danger = "has a tag with too many attributes";
    else if (at + 1 < end && at[1] == '/')
        *depth -= *depth > 0;
    else
        *depth += close == end || close[-1] != '/';
    return close == NULL || close == end ? close : close + 1;
}

/* Behind the end tag of the root, or at the end of the text. *has_root: whether there is one. */
static const char *find_end(const char *at, const char *end, bool *has_root, const char **danger)
{
    size_t depth = 0;

    *has_root = false;
    while (at < end && (at = memchr(at, '<', (size_t)(end - at))) != NULL) {
        *has_root |= !starts(at, end, "<!") && !starts(at, end, "<?");
        at = skip_markup(at, end, &depth, danger);
        if (at == NULL)
            return end;
        if (*has_root && depth == 0)
            return at;
    }
    return end;
}

static unsigned count_lines(const char *from, const char *to)
{
    unsigned lines = 0;

    while (from < to && (from = memchr(from, '\n', (size_t)(to - from))) != NULL) {
        from++;
        lines++;
    }
    return lines;
}

struct xml_document xml_next_document(struct xml_text *text)
{
    struct xml_document document = {0};
    const char *start = text->at < text->end ? memchr(text->at, '<', (size_t)(text->end - text->at)) : NULL;
    bool has_root;

    if (start == NULL)
        return document;
    document.line = text->line + count_lines(text->at, start);
    text->at = find_end(start, text->end, &has_root, &document.danger);
    if (!has_root && document.danger == NULL) /* a comment at the end */
        return document;
    text->line = document.line + count_lines(start, text->at);
    document.text = start;
    document.size = (size_t)(text->at - start);
    if (document.danger == NULL && document.size > DOCUMENT_MAX)
        document.danger = "larger than any domain";
    if (document.danger == NULL && memchr(start, '\0', document.size) != NULL)
        document.danger = "not UTF-8";
    return document;
}
