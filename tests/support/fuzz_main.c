/*
 * Runs a fuzz target once over each file of the directories and files named as arguments, so that the corpus is a
 * plain ctest and needs no libFuzzer.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t runs;

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    struct stat info;
    if (stat(path, &info) != 0) {
        perror(path);
        fclose(file);
        return 1;
    }
    /* Exactly as large as the input: one byte too far is then an error the address sanitizer sees. */
    const size_t size = (size_t)info.st_size;
    uint8_t *data = malloc(size > 0 ? size : 1);
    int result = 1;
    if (data != NULL && fread(data, 1, size, file) == size) {
        LLVMFuzzerTestOneInput(data, size);
        runs++;
        result = 0;
    }
    free(data);
    fclose(file);
    return result;
}

static int run_path(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        perror(path);
        return 1;
    }
    if (!S_ISDIR(info.st_mode)) {
        return run_file(path);
    }
    DIR *dir = opendir(path);
    if (dir == NULL) {
        perror(path);
        return 1;
    }
    int result = 0;
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        char inner[4096];
        const int len = snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && len > 0 && (size_t)len < sizeof(inner)) {
            result |= run_path(inner);
        }
    }
    closedir(dir);
    return result;
}

int main(int argc, char **argv)
{
    int result = 0;
    for (int i = 1; i < argc; i++) {
        result |= run_path(argv[i]);
    }
    printf("%zu inputs\n", runs);
    return result != 0 || runs == 0;
}
