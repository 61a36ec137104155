/*
 * config/toml_shim.cpp - see toml_shim.h. Everything that may throw is inside one try block.
 */
#include "config/toml_shim.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "tensorpool/error.h"

namespace {

/* toml++ knows other errors than those of the grammar; this one is ours. */
struct Refused {
    std::uint32_t line;
    const char *text;
};

char *copy_string(const std::string &from)
{
    char *copy = static_cast<char *>(std::malloc(from.size() + 1));
    if (copy == nullptr) {
        throw std::bad_alloc();
    }
    std::memcpy(copy, from.c_str(), from.size() + 1);
    return copy;
}

void clear(tpi_toml_node_t *node)
{
    for (size_t i = 0; i < node->nchildren; i++) {
        clear(&node->children[i]);
    }
    std::free(node->children);
    std::free(node->key);
    std::free(node->string);
}

struct Child {
    const toml::node *value;
    toml::source_position at;
    bool has_key;
    std::string key;
};

std::string checked(const std::string &text, std::uint32_t line)
{
    if (text.find('\0') != std::string::npos) {
        throw Refused{ line, "a string holds a NUL byte" };
    }
    return text;
}

void convert(const toml::node &from, tpi_toml_node_t *to, std::uint32_t line);

void convert_children(std::vector<Child> &children, tpi_toml_node_t *to)
{
    if (children.empty()) {
        return;
    }
    /* toml++ sorts tables by name; the order of the file means something here (the first profile is the default). */
    std::stable_sort(children.begin(), children.end(), [](const Child &a, const Child &b) {
        return a.at.line != b.at.line ? a.at.line < b.at.line : a.at.column < b.at.column;
    });
    to->children =
        static_cast<tpi_toml_node_t *>(std::calloc(children.size(), sizeof *to->children));
    if (to->children == nullptr) {
        throw std::bad_alloc();
    }
    /* Counted from the start: zeroed nodes are empty ones, so a half-made tree can be freed. */
    to->nchildren = children.size();
    for (size_t i = 0; i < children.size(); i++) {
        tpi_toml_node_t *node = &to->children[i];
        if (children[i].has_key) {
            node->key = copy_string(checked(children[i].key, children[i].at.line));
        }
        convert(*children[i].value, node, children[i].at.line);
    }
}

void convert(const toml::node &from, tpi_toml_node_t *to, std::uint32_t line)
{
    to->line = line;
    std::vector<Child> children;
    if (const toml::table *table = from.as_table()) {
        to->kind = TPI_TOML_TABLE;
        to->type_name = "table";
        for (auto &&[key, value] : *table) {
            children.push_back({ &value, key.source().begin, true, std::string(key.str()) });
        }
        convert_children(children, to);
    } else if (const toml::array *array = from.as_array()) {
        to->kind = TPI_TOML_ARRAY;
        to->type_name = "array";
        for (auto &&value : *array) {
            children.push_back({ &value, value.source().begin, false, std::string() });
        }
        convert_children(children, to);
    } else if (const toml::value<std::string> *text = from.as_string()) {
        to->kind = TPI_TOML_STRING;
        to->type_name = "string";
        to->string = copy_string(checked(text->get(), line));
    } else if (const toml::value<int64_t> *integer = from.as_integer()) {
        to->kind = TPI_TOML_INTEGER;
        to->type_name = "integer";
        to->integer = integer->get();
    } else if (const toml::value<bool> *boolean = from.as_boolean()) {
        to->kind = TPI_TOML_BOOLEAN;
        to->type_name = "boolean";
        to->boolean = boolean->get();
    } else {
        to->kind = TPI_TOML_OTHER;
        to->type_name = from.is_floating_point() ? "float" : "date or time";
    }
}

} // namespace

extern "C" int tpi_toml_parse(const char *text, size_t len, tpi_toml_node_t **out,
                              tpi_toml_error_t *out_error)
{
    std::memset(out_error, 0, sizeof *out_error);
    tpi_toml_node_t *root = nullptr;
    int result = TP_ECONFIG;
    try {
        const toml::table document = toml::parse(std::string_view(text, len));
        root = static_cast<tpi_toml_node_t *>(std::calloc(1, sizeof *root));
        if (root == nullptr) {
            throw std::bad_alloc();
        }
        convert(document, root, 1);
        *out = root;
        return TP_OK;
    } catch (const toml::parse_error &error) {
        out_error->line = error.source().begin.line;
        out_error->column = error.source().begin.column;
        const std::string_view description = error.description();
        std::snprintf(out_error->text, sizeof out_error->text, "%.*s",
                      static_cast<int>(description.size()), description.data());
    } catch (const Refused &refused) {
        out_error->line = refused.line;
        std::snprintf(out_error->text, sizeof out_error->text, "%s", refused.text);
    } catch (const std::bad_alloc &) {
        std::snprintf(out_error->text, sizeof out_error->text, "out of memory");
        result = TP_ENOMEM;
    } catch (...) {
        std::snprintf(out_error->text, sizeof out_error->text, "the parser failed");
    }
    tpi_toml_free(root);
    return result;
}

extern "C" void tpi_toml_free(tpi_toml_node_t *root)
{
    if (root != nullptr) {
        clear(root);
        std::free(root);
    }
}

extern "C" const tpi_toml_node_t *tpi_toml_get(const tpi_toml_node_t *table, const char *key)
{
    for (size_t i = 0; table != nullptr && table->kind == TPI_TOML_TABLE && i < table->nchildren;
         i++) {
        if (std::strcmp(table->children[i].key, key) == 0) {
            return &table->children[i];
        }
    }
    return nullptr;
}
