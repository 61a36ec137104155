/*
 * What the rest of config/ relies on in the shim: order, lines, errors instead of exceptions.
 */
#include "config/toml_shim.h"

#include <stdio.h>
#include <string.h>

#include "tensorpool/error.h"
#include "tp_test.h"

static tpi_toml_node_t *parse(const char *text)
{
    tpi_toml_node_t *root = NULL;
    tpi_toml_error_t error;
    TP_CHECK_MSG(tpi_toml_parse(text, strlen(text), &root, &error) == TP_OK, "%u:%u: %s",
                 error.line, error.column, error.text);
    return root;
}

TP_TEST(members_come_in_the_order_of_the_file_with_their_lines)
{
    tpi_toml_node_t *root =
        parse("z = 1\na = \"x\"\n[t.y]\nb = true\n[t.c]\nd = [3, 1.5,\n\"e\"]\n");
    TP_CHECK_EQ_U64(root->nchildren, 3);
    TP_CHECK_EQ_STR(root->children[0].key, "z");
    TP_CHECK_EQ_I64(root->children[0].integer, 1);
    TP_CHECK_EQ_STR(root->children[1].string, "x");
    TP_CHECK_EQ_U64(root->children[1].line, 2);
    const tpi_toml_node_t *t = tpi_toml_get(root, "t");
    TP_CHECK(t != NULL && t->kind == TPI_TOML_TABLE);
    TP_CHECK_EQ_STR(t->children[0].key, "y");
    TP_CHECK_EQ_U64(t->children[0].line, 3);
    TP_CHECK(t->children[0].children[0].boolean);
    const tpi_toml_node_t *d = tpi_toml_get(tpi_toml_get(t, "c"), "d");
    TP_CHECK_EQ_U64(d->nchildren, 3);
    TP_CHECK_EQ_I64(d->children[0].kind, TPI_TOML_INTEGER);
    TP_CHECK_EQ_I64(d->children[1].kind, TPI_TOML_OTHER);
    TP_CHECK_EQ_STR(d->children[1].type_name, "float");
    TP_CHECK_EQ_U64(d->children[2].line, 7);
    TP_CHECK(tpi_toml_get(root, "nothing") == NULL);
    TP_CHECK(tpi_toml_get(&root->children[0], "z") == NULL);
    tpi_toml_free(root);
    tpi_toml_free(NULL);
}

TP_TEST(what_is_no_toml_is_an_error_with_its_line)
{
    static const struct {
        const char *text;
        uint32_t line;
    } cases[] = {
        { "a = \n", 1 },          { "x = 1\n[y\n", 2 },
        { "a = 1\na = 2\n", 2 },  { "s = \"\\u0000\"\n", 1 },
        { "b = \"\xff\"\n", 1 },  { "n = 9223372036854775808\n", 1 },
        { "a = \"unended\n", 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tpi_toml_node_t *root = NULL;
        tpi_toml_error_t error;
        TP_CHECK_EQ_I64(tpi_toml_parse(cases[i].text, strlen(cases[i].text), &root, &error),
                        TP_ECONFIG);
        TP_CHECK(root == NULL);
        TP_CHECK_EQ_U64(error.line, cases[i].line);
        TP_CHECK(error.text[0] != '\0');
    }
}

TP_TEST(deep_nesting_is_an_error_and_not_a_crash)
{
    static char text[20000];
    memset(text, '[', 9000);
    memcpy(text, "a = ", 4);
    tpi_toml_node_t *root = NULL;
    tpi_toml_error_t error;
    TP_CHECK_EQ_I64(tpi_toml_parse(text, 9000, &root, &error), TP_ECONFIG);
}

TP_TEST_MAIN()
