/* What `explain` says of a finding, and the manual of all findings. */
#include "formats.h"
#include "text_parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Where a finding belongs, for people; the order is that of the manual. */
static const struct {
    enum layer layer;
    const char *words;   /* in running text */
    const char *heading; /* of the manual's section */
    const char *about;
} SECTIONS[] = {
    {LAYER_HOST, "host", "HOST",
     "What is wrong on this side of the cable. Where probes would be in vain, it ends the check at once: "
     "nothing "
     "is sent."},
    {LAYER_L2, "layer 2", "LAYER 2",
     "Frames do not get through: ARP (IPv4) or neighbour discovery (IPv6) fails, or MAC addresses are wrong. "
     "Look at cables: "
     "taps, netdevs, hubs and bridges."},
    {LAYER_L3, "layer 3", "LAYER 3",
     "Frames get through, packets do not. Look at addresses, routes and firewalls, mostly inside of the "
     "guest."},
};

enum { SECTION_COUNT = sizeof SECTIONS / sizeof SECTIONS[0] };

static const char *layer_words(enum layer layer)
{
    for (size_t i = 0; i < SECTION_COUNT; i++)
        if (SECTIONS[i].layer == layer)
            return SECTIONS[i].words;
    return finding_layer_name(layer);
}

static const char *course_words(const struct finding_row *row)
{
    return row->course == ENDS_CHECK ? ", ends the check" : "";
}

/* The names of the findings that a row hides, "a, b"; "" if it hides none. The caller frees it. */
static char *hidden_names(const struct finding_row *row)
{
    struct text_list names = {0};

    for (size_t i = 0; i < FINDING_COUNT; i++)
        if (finding_hides(row, (enum finding_id)i))
            text_list_addf(&names, "%s", FINDINGS[i].name);
    return text_list_join(&names);
}

/* ---- text ---- */

static void explain_row(struct page *page, const struct finding_row *row)
{
    char *hides = hidden_names(row), *fix = finding_fix_text(row->fix, "VM");
    char *kind = text_format(" (%s, %s%s)", finding_severity_name(row->severity), layer_words(row->layer),
                             course_words(row));

    page_paragraph(page, 0, INK_BOLD, row->name, kind);
    page_paragraph(page, 2, INK_PLAIN, "", row->summary);
    page_end_line(page);
    page_paragraph(page, 2, INK_BOLD, "meaning: ", row->meaning);
    page_paragraph(page, 2, INK_BOLD, "proof: ", row->proof);
    page_paragraph(page, 2, INK_BOLD, "fix: ", fix);
    if (*hides)
        page_paragraph(page, 2, INK_BOLD, "hides: ", hides);
    free(kind);
    free(fix);
    free(hides);
}

void explain_text(FILE *out, const bool chosen[FINDING_COUNT], const struct report_style *style)
{
    struct page page = page_of(out, style);

    bool first = true;

    for (size_t i = 0; i < FINDING_COUNT; i++) {
        if (!chosen[i])
            continue;
        if (!first)
            page_end_line(&page);
        explain_row(&page, &FINDINGS[i]);
        first = false;
    }
}

/* ---- mdoc(7) ---- */

/* The code point of well-formed UTF-8 and, in *ret_length, its bytes. The table's words are ours, thus
 * well-formed. */
static unsigned code_point(const unsigned char *s, size_t *ret_length)
{
    size_t length = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    unsigned code = length == 1 ? s[0] : s[0] & (0x7fU >> length);

    for (size_t i = 1; i < length; i++)
        code = code << 6 | (s[i] & 0x3fU);
    *ret_length = length;
    return code;
}

/* Puts one word so that roff takes none of its characters for its own (mdoc(7), roff(7), mandoc_char(7)). A
 * hyphen is one of names and commands here, so it becomes the ASCII one that can be searched and copied. */
static void put_mdoc_word(FILE *out, const char *word, size_t length, bool begins_line)
{
    if (begins_line && (word[0] == '.' || word[0] == '\''))
        fputs("\\&", out);
    for (size_t i = 0, size; i < length; i += size) {
        unsigned code = code_point((const unsigned char *)word + i, &size);
        if (code == '\\')
            fputs("\\e", out);
        else if (code == '-')
            fputs("\\-", out);
        else if (code >= 0x80)
            fprintf(out, "\\[u%04X]", code);
        else
            fputc((int)code, out);
    }
}

static bool ends_sentence(const char *word, size_t length, const char *next)
{
    return word[length - 1] == '.' && isupper((unsigned char)*next);
}

/* Puts running text: short lines, a new one for each sentence, as mandoc wants it. */
static void put_mdoc_text(FILE *out, const char *text)
{
    enum { WIDTH = 72 };
    size_t column = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        const char *next = text + length + strspn(text + length, " ");

        put_mdoc_word(out, text, length, column == 0);
        column += length + 1;
        bool breaks =
            *next == '\0' || ends_sentence(text, length, next) || column + strcspn(next, " ") > WIDTH;
        fputc(breaks ? '\n' : ' ', out);
        if (breaks)
            column = 0;
        text = next;
    }
}

static void put_mdoc_part(FILE *out, const char *label, const char *text)
{
    fprintf(out, ".Pp\n.Em %s :\n", label);
    put_mdoc_text(out, text);
}

static void put_mdoc_row(FILE *out, const struct finding_row *row)
{
    char *hides = hidden_names(row), *fix = finding_fix_text(row->fix, "VM");
    char *summary =
        text_format("(%s%s) %s.", finding_severity_name(row->severity), course_words(row), row->summary);

    fputs(".It Sy ", out);
    put_mdoc_word(out, row->name, strlen(row->name), false);
    fputc('\n', out);
    put_mdoc_text(out, summary);
    fputs(".Pp\n", out);
    put_mdoc_text(out, row->meaning);
    put_mdoc_part(out, "Proof", row->proof);
    put_mdoc_part(out, "Fix", fix);
    if (*hides)
        put_mdoc_part(out, "Hides", hides);
    free(summary);
    free(fix);
    free(hides);
}

static void put_mdoc_section(FILE *out, size_t section)
{
    fprintf(out, ".Sh %s\n", SECTIONS[section].heading);
    put_mdoc_text(out, SECTIONS[section].about);
    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < FINDING_COUNT; i++)
        if (FINDINGS[i].layer == SECTIONS[section].layer)
            put_mdoc_row(out, &FINDINGS[i]);
    fputs(".El\n", out);
}

void explain_manual(FILE *out, const char *date)
{
    fprintf(out,
            ".\\\" Written by \"vmnetcheck explain\" from include/findings.def; edit that file instead.\n"
            ".Dd %s\n"
            ".Dt VMNETCHECK-FINDINGS 7\n"
            ".Os\n"
            ".Sh NAME\n"
            ".Nm vmnetcheck\\-findings\n"
            ".Nd what vmnetcheck finds wrong with the network of a virtual machine\n"
            ".Sh DESCRIPTION\n"
            "Each finding of\n"
            ".Xr vmnetcheck 8\n"
            "has a stable name, a severity, a layer, its evidence and a fix.\n"
            "This page says what each one means, how it is proved and how it is mended.\n"
            "The same text is printed by\n"
            ".Ic vmnetcheck explain .\n"
            ".Pp\n"
            "An\n"
            ".Em error\n"
            "is a fault, a\n"
            ".Em warning\n"
            "is something that works but should be looked at.\n"
            "A specific finding hides the generic ones that it explains.\n",
            date);
    for (size_t i = 0; i < SECTION_COUNT; i++)
        put_mdoc_section(out, i);
    fputs(".Sh SEE ALSO\n.Xr vmnetcheck 8\n", out);
}
