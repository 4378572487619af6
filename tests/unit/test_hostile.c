/* A million frames that no well-behaved guest sends: those of the fuzzer's corpus, which every crash joins,
 * cut short, with bits flipped, spliced, or nothing but chance; the same ones in every run. */
#include "wire.h"

#include "../fuzz/sane.h"
#include "frames.h"

#include <dirent.h>

#define CORPUS "tests/fuzz/corpus/wire"

enum { FRAMES = 1000000, SEEDS_MAX = 1000 };

static struct writer seeds[SEEDS_MAX];
static size_t seed_count;
static uint64_t random_state = 0x9e3779b97f4a7c15;

/* xorshift64*: Marsaglia 2003, Vigna 2016. A number below `limit`. */
static uint32_t chance(uint32_t limit)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 0x2545f4914f6cdd1d) >> 32) % limit;
}

static int read_seeds(void **state)
{
    (void)state;
    struct dirent **names;
    int count = scandir(CORPUS, &names, NULL, alphasort); /* sorted, for equal runs */

    if (count < 0)
        perror(CORPUS);
    for (int i = 0; i < count; i++) {
        char path[sizeof CORPUS + 260];
        snprintf(path, sizeof path, CORPUS "/%s", names[i]->d_name);
        FILE *file = names[i]->d_name[0] == '.' || seed_count == SEEDS_MAX ? NULL : fopen(path, "rb");
        free(names[i]);
        if (file == NULL)
            continue;
        struct writer *seed = &seeds[seed_count++];
        seed->length = fread(seed->bytes, 1, sizeof seed->bytes, file);
        fclose(file);
    }
    if (count >= 0)
        free(names);
    return seed_count == 0;
}

static void flip(struct writer *w)
{
    for (uint32_t bits = 1 + chance(8); bits > 0 && w->length > 0; bits--)
        w->bytes[chance((uint32_t)w->length)] ^= (uint8_t)(1u << chance(8));
}

/* Numbers at which lengths and counts tend to go wrong. */
static void overwrite(struct writer *w)
{
    static const uint8_t numbers[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    for (uint32_t count = 1 + chance(3); count > 0 && w->length > 0; count--)
        w->bytes[chance((uint32_t)w->length)] = numbers[chance(sizeof numbers)];
}

/* The beginning of one frame and the end of another. */
static void splice(struct writer *w)
{
    const struct writer *other = &seeds[chance((uint32_t)seed_count)];
    size_t from = chance((uint32_t)other->length + 1), tail = other->length - from;

    w->length = chance((uint32_t)w->length + 1);
    if (tail > sizeof w->bytes - w->length)
        tail = sizeof w->bytes - w->length;
    put(w, other->bytes + from, tail);
}

static void randomise(struct writer *w)
{
    w->length = chance(200);
    for (size_t i = 0; i < w->length; i++)
        w->bytes[i] = (uint8_t)chance(256);
}

/* Makes lengths and checksums right again, so that what is wrong inside is not refused outside. */
static void repair(struct writer *w)
{
    unsigned ethertype = w->length > 58 ? (unsigned)(w->bytes[12] << 8 | w->bytes[13]) : 0;

    if (ethertype == 0x0800) {
        if (w->bytes[23] == PROTOCOL_UDP)
            udp_end(w, 14, 34);
        else
            icmpv4_end(w, 34);
        ipv4_end(w, 14);
    } else if (ethertype == 0x86dd) {
        ipv6_end(w, 14);
        icmpv6_end(w, 14, 54);
    }
}

static struct writer mutated(void)
{
    struct writer w = seeds[chance((uint32_t)seed_count)];

    switch (chance(5)) {
    case 0:
        w.length = chance((uint32_t)w.length + 1);
        break;
    case 1:
        flip(&w);
        break;
    case 2:
        overwrite(&w);
        break;
    case 3:
        splice(&w);
        break;
    default:
        randomise(&w);
        break;
    }
    if (chance(2) == 0)
        repair(&w);
    return w;
}

/* From memory of just its size, so that the sanitizer sees a read behind it. */
static enum wire_result decode_exactly(const struct writer *w, uint32_t wire_length)
{
    enum wire_result result;
    uint8_t *exact = malloc(w->length ? w->length : 1);

    assert_non_null(exact);
    memcpy(exact, w->bytes, w->length);
    if (!decodes_sanely(exact, w->length, wire_length, &result)) {
        for (size_t i = 0; i < w->length; i++)
            fprintf(stderr, "%02x", w->bytes[i]);
        fail_msg(": this frame of %u bytes", wire_length);
    }
    free(exact);
    return result;
}

static void test_seeds(void **state)
{
    (void)state;
    for (size_t i = 0; i < seed_count; i++)
        decode_exactly(&seeds[i], (uint32_t)seeds[i].length);
}

static void test_million(void **state)
{
    (void)state;
    size_t results[WIRE_UNSUPPORTED + 1] = {0};

    for (int i = 0; i < FRAMES; i++) {
        struct writer w = mutated();
        uint32_t cut_off = chance(4) == 0 ? chance(1500) : 0;
        results[decode_exactly(&w, (uint32_t)w.length + cut_off)]++;
    }
    print_message("of %d frames made from %zu: %zu decoded, %zu malformed, %zu unsupported\n", FRAMES,
                  seed_count, results[WIRE_OK], results[WIRE_MALFORMED], results[WIRE_UNSUPPORTED]);
    for (size_t i = 0; i <= WIRE_UNSUPPORTED; i++)
        assert_true(results[i] > FRAMES / 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_million),
    };
    return cmocka_run_group_tests(tests, read_seeds, NULL);
}
