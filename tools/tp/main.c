/*
 * tools/tp/main.c - finds the verb.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorpool/version.h"
#include "tp_common.h"
#include "verbs.h"

typedef struct verb {
    const char *name;
    const char *help; /* NULL: an alias */
    int (*run)(int argc, char **argv);
    const char *words; /* of an alias, put before the arguments */
} verb_t;

#define WORDS_MAX 4

static const verb_t verbs[] = {
#define VERB(suffix, name, help) { name, help, tp_verb_##suffix, NULL },
    TP_VERB_LIST(VERB)
#undef VERB
#define ALIAS(name, suffix, words) { name, NULL, tp_verb_##suffix, words },
        TP_VERB_ALIASES(ALIAS)
#undef ALIAS
            { NULL, NULL, NULL, NULL },
};

static void print_help(FILE *to)
{
    fprintf(to,
            "usage: tp VERB [OPTION]... [ARGUMENT]...\n"
            "       tp VERB --help | tp --help | tp --version\n"
            "\n"
            "Tensors between processes: shared memory for the bytes, Aeron for the coordination.\n"
            "\n"
            "verbs:\n");
    for (const verb_t *verb = verbs; verb->name != NULL; verb++) {
        if (verb->help != NULL) {
            fprintf(to, "  %-14s %s\n", verb->name, verb->help);
        }
    }
    fprintf(to,
            "\n"
            "Every verb takes --aeron-dir DIR (else AERON_DIR, else Aeron's default) and --json.\n"
            "exit status: 0 done, 1 it went wrong, 2 malformed command line or input\n");
}

/* argv[0] is the verb's name. */
static int run_verb(const verb_t *verb, int argc, char **argv)
{
    char text[64];
    char *rest = NULL;
    if (verb->words == NULL) {
        return verb->run(argc, argv);
    }
    char **all = calloc((size_t)argc + WORDS_MAX + 1, sizeof *all);
    if (all == NULL) {
        fprintf(stderr, "tp: out of memory\n");
        return TP_EXIT_FAILED;
    }
    int n = 0;
    all[n++] = argv[0];
    snprintf(text, sizeof text, "%s", verb->words);
    for (char *word = strtok_r(text, " ", &rest); word != NULL && n <= WORDS_MAX;
         word = strtok_r(NULL, " ", &rest)) {
        all[n++] = word;
    }
    memcpy(all + n, argv + 1, (size_t)(argc - 1) * sizeof *all);
    const int status = verb->run(n + argc - 1, all);
    free(all);
    return status;
}

/* Installed under the name tp_driver it takes a configuration file as that name always did. */
static int run_driver(int argc, char **argv)
{
    char config[] = "--config";
    char name[] = "driver";
    char *words[] = { name, config, argc == 2 ? argv[1] : NULL, NULL };
    if (argc == 2 && argv[1][0] != '-') {
        return tp_verb_driver(3, words);
    }
    argv[0] = name;
    return tp_verb_driver(argc, argv);
}

int main(int argc, char **argv)
{
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    if (argc > 0 && strcmp(slash != NULL ? slash + 1 : argv[0], "tp_driver") == 0) {
        return run_driver(argc, argv);
    }
    if (argc < 2) {
        print_help(stderr);
        return TP_EXIT_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        print_help(stdout);
        return fflush(stdout) == 0 ? TP_EXIT_OK : TP_EXIT_FAILED;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        printf("tp %s (shared memory layout %u, wire schema version %u)\n", tp_version(),
               TP_LAYOUT_VERSION, TP_WIRE_SCHEMA_VERSION);
        return fflush(stdout) == 0 ? TP_EXIT_OK : TP_EXIT_FAILED;
    }
    const char *names[sizeof(verbs) / sizeof(verbs[0])] = { NULL };
    size_t nnames = 0;
    for (const verb_t *verb = verbs; verb->name != NULL; verb++) {
        if (strcmp(word, verb->name) == 0) {
            return run_verb(verb, argc - 1, argv + 1);
        }
        names[nnames++] = verb->name;
    }
    const char *close = tp_suggest(word, names, nnames);
    if (word[0] == '-') {
        fprintf(stderr, "tp: unknown option '%s': options come after a verb\n", word);
    } else if (close != NULL) {
        fprintf(stderr, "tp: unknown verb '%s'; did you mean '%s'?\n", word, close);
    } else {
        fprintf(stderr, "tp: unknown verb '%s'\n", word);
    }
    fprintf(stderr, "Try 'tp --help'.\n");
    return TP_EXIT_USAGE;
}
