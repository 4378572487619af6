/* Keys and values of an option: commas that are doubled, an implied first key, JSON. */
#include "qemu_option.h"

#include "grow.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* net options nest once (addr.type) and have short names; what lies deeper is none of ours, and hostile
 * nesting must not make long keys. */
enum { JSON_DEPTH = 3, JSON_KEY = 64 };

static void add(struct qemu_options *options, char *key, char *value)
{
    options->items = grow(options->items, &options->count, sizeof *options->items);
    options->items[options->count - 1] = (struct qemu_option){.key = key, .value = value};
}

static void flatten(struct qemu_options *options, char *key, const json_t *value, int depth);

static void flatten_members(struct qemu_options *options, const char *prefix, const json_t *value, int depth)
{
    const char *name = NULL;
    json_t *member = NULL;
    size_t i;

    json_object_foreach((json_t *)value, name, member)
        flatten(options, text_format("%s%s%s", prefix, *prefix ? "." : "", name), member, depth);
    json_array_foreach(value, i, member) flatten(options, text_format("%s.%zu", prefix, i), member, depth);
}

/* Takes the key. */
static void flatten(struct qemu_options *options, char *key, const json_t *value, int depth)
{
    if (json_is_string(value)) {
        add(options, key, text_format("%s", json_string_value(value)));
    } else if (json_is_boolean(value)) {
        add(options, key, text_format("%s", json_is_true(value) ? "on" : "off"));
    } else if (json_is_integer(value)) {
        add(options, key, text_format("%" JSON_INTEGER_FORMAT, json_integer_value(value)));
    } else {
        if (depth < JSON_DEPTH && strlen(key) < JSON_KEY)
            flatten_members(options, key, value, depth + 1);
        free(key);
    }
}

static void parse_json(const char *text, struct qemu_options *options)
{
    json_t *object = json_loads(text, 0, NULL);

    options->json = true;
    if (json_is_object(object))
        flatten_members(options, "", object, 1);
    json_decref(object);
}

/* The text up to the next single comma; *text moves behind it. */
static char *take_value(const char **text)
{
    const char *from = *text, *end = from;

    while (*end != '\0' && (end[0] != ',' || end[1] == ','))
        end += *end == ',' ? 2 : 1;
    char *value = memory_new((size_t)(end - from) + 1, 1), *to = value;
    while (from < end) {
        from += *from == ',';
        *to++ = *from++;
    }
    *text = *end == ',' ? end + 1 : end;
    return value;
}

static void parse_switch(struct qemu_options *options, char *word)
{
    bool off = strncmp(word, "no", 2) == 0;

    add(options, text_format("%s", off ? word + 2 : word), text_format("%s", off ? "off" : "on"));
    free(word);
}

void qemu_options_parse(const char *text, const char *implied, struct qemu_options *ret)
{
    *ret = (struct qemu_options){0};
    if (*text == '{') {
        parse_json(text, ret);
        return;
    }
    for (bool first = true; *text != '\0'; first = false) {
        size_t length = strcspn(text, "=,");
        if (text[length] == '=') {
            char *key = text_format("%.*s", (int)length, text);
            text += length + 1;
            add(ret, key, take_value(&text));
        } else if (first && implied != NULL) {
            add(ret, text_format("%s", implied), take_value(&text));
        } else {
            parse_switch(ret, take_value(&text));
        }
    }
}

void qemu_options_free(struct qemu_options *options)
{
    for (size_t i = 0; i < options->count; i++) {
        free(options->items[i].key);
        free(options->items[i].value);
    }
    free(options->items);
    *options = (struct qemu_options){0};
}

const char *qemu_option(const struct qemu_options *options, const char *key)
{
    for (size_t i = options->count; i-- > 0;)
        if (strcmp(options->items[i].key, key) == 0)
            return options->items[i].value;
    return NULL;
}

char *qemu_option_copy(const struct qemu_options *options, const char *key)
{
    const char *value = qemu_option(options, key);
    return value != NULL ? text_format("%s", value) : NULL;
}

bool qemu_option_on(const struct qemu_options *options, const char *key)
{
    static const char *const words[] = {"on", "yes", "true", "y"}; /* qapi_bool_parse */
    const char *value = qemu_option(options, key);

    for (size_t i = 0; value != NULL && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(value, words[i]) == 0)
            return true;
    return false;
}
