/* Takes JSON apart by yajl: places in a document are the rows of a table, and what stands elsewhere is passed
 * over. */
#include "document.h"
#include "fields.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

/* More than any document of ours: what is nested or long without end is none. */
enum { DEPTH_MAX = 32, VALUE_MAX = 1 << 20 };

struct document_reader {
    struct document_events events;
    yajl_handle parser;
    struct level {
        enum document_place place;
        void *object; /* that its values are for */
    } levels[DEPTH_MAX];
    size_t depth;
    char key[24];      /* of the next value; empty: of an element of an array */
    size_t since;      /* bytes that were read since something was understood */
    const char *limit; /* that was broken; static */
    struct parsed parsed;
};

static struct level *top(struct document_reader *reader)
{
    return &reader->levels[reader->depth];
}

static void finish(struct document_reader *reader, const char *flaw)
{
    reader->events.end(reader->events.context, &reader->parsed.document, flaw);
    fields_free(&reader->parsed);
}

static int begin(struct document_reader *reader, bool is_map)
{
    reader->since = 0;
    if (reader->depth + 1 == DEPTH_MAX) {
        reader->limit = "it is nested too deeply";
        return 0;
    }
    struct level *parent = top(reader), *level = parent + 1;
    *level = (struct level){0};
    level->place =
        fields_enter(&reader->parsed, parent->place, reader->key, is_map, parent->object, &level->object);
    reader->depth++;
    reader->key[0] = '\0';
    return 1;
}

static int end(void *context)
{
    struct document_reader *reader = context;
    const struct level *level = top(reader);

    reader->since = 0;
    fields_leave(&reader->parsed, level->place, level->object);
    if (level->place == PLACE_TARGET) {
        reader->events.target(reader->events.context, &reader->parsed.target,
                              fields_is_one_machine(&reader->parsed));
        reader->parsed.target = (struct target_report){0};
    }
    reader->key[0] = '\0';
    if (--reader->depth == 0)
        finish(reader, NULL);
    return 1;
}

static int begin_map(void *context)
{
    return begin(context, true);
}

static int begin_array(void *context)
{
    return begin(context, false);
}

static int take_key(void *context, const unsigned char *text, size_t length)
{
    struct document_reader *reader = context;
    bool known = length < sizeof reader->key && memchr(text, '\0', length) == NULL;

    reader->since = 0;
    memcpy(reader->key, known ? (const char *)text : "?", known ? length : 1);
    reader->key[known ? length : 1] = '\0';
    return 1;
}

static int take(struct document_reader *reader, const struct scalar *value)
{
    const struct level *level = top(reader);

    reader->since = 0;
    if (reader->depth == 0)
        finish(reader, NULL);
    else
        fields_take(&reader->parsed, level->place, reader->key, level->object, value);
    return 1;
}

static int take_null(void *context)
{
    return take(context, &(struct scalar){.kind = SCALAR_NULL});
}

static int take_boolean(void *context, int truth)
{
    return take(context, &(struct scalar){.kind = SCALAR_BOOLEAN, .truth = truth != 0});
}

static int take_number(void *context, const char *text, size_t length)
{
    return take(context, &(struct scalar){.kind = SCALAR_NUMBER, .text = text, .length = length});
}

static int take_string(void *context, const unsigned char *text, size_t length)
{
    return take(context, &(struct scalar){.kind = SCALAR_TEXT, .text = (const char *)text, .length = length});
}

struct document_reader *document_reader_new(const struct document_events *events)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = take_null,
        .yajl_boolean = take_boolean,
        .yajl_number = take_number,
        .yajl_string = take_string,
        .yajl_start_map = begin_map,
        .yajl_map_key = take_key,
        .yajl_end_map = end,
        .yajl_start_array = begin_array,
        .yajl_end_array = end,
    };
    struct document_reader *reader = memory_new(1, sizeof *reader);

    reader->events = *events;
    reader->parser = yajl_alloc(&callbacks, NULL, reader);
    yajl_config(reader->parser, yajl_allow_multiple_values, 1);
    return reader;
}

/* yajl may say what is wrong with a copy of the text. */
static const char *flaw_of(const struct document_reader *reader)
{
    return reader->limit != NULL ? reader->limit : "it is no JSON";
}

bool document_reader_feed(struct document_reader *reader, const unsigned char *text, size_t size)
{
    reader->since += size;
    yajl_status status = yajl_parse(reader->parser, text, size);
    if (reader->since > VALUE_MAX && status == yajl_status_ok)
        reader->limit = "a value in it is too long";
    if (status == yajl_status_ok && reader->limit == NULL)
        return true;
    finish(reader, flaw_of(reader));
    reader->depth = 0;
    return false;
}

void document_reader_end(struct document_reader *reader)
{
    bool complete = yajl_complete_parse(reader->parser) == yajl_status_ok;

    if (reader->depth > 0)
        finish(reader, "it is cut off");
    else if (!complete)
        finish(reader, flaw_of(reader));
    reader->depth = 0;
}

void document_reader_free(struct document_reader *reader)
{
    if (reader == NULL)
        return;
    yajl_free(reader->parser);
    fields_free(&reader->parsed);
    free(reader);
}
