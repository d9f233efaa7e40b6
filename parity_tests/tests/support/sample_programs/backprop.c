/* Forward and backward propagation in C, as a candidate: ReLU layers, softmax, cross-entropy.

     python -m parity_tests export problem.safetensors --network 6-5-4-3
     cc -O2 -o backprop backprop.c -lm && ./backprop problem.safetensors trace.safetensors
     python -m parity_tests check trace.safetensors

   A safetensors file is the length of a JSON header in 8 bytes, the header, and the numbers. */

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS = 16, TENSORS = 200 };

typedef struct {
    char name[16];
    int rows, columns;
    float *x;
} Tensor;

static Tensor given[TENSORS], computed[TENSORS];
static int n_given, n_computed;
static char *metadata; /* "__metadata__":{…}, which the trace repeats */

static void fail(const char *message) {
    fprintf(stderr, "backprop: %s\n", message);
    exit(1);
}

static Tensor *find(const char *name) {
    for (int i = 0; i < n_given; i++)
        if (strcmp(given[i].name, name) == 0) return &given[i];
    return NULL;
}

static float *tensor(const char *letters, int layer, int rows, int columns) {
    Tensor *t = &computed[n_computed++];
    snprintf(t->name, sizeof t->name, layer < 0 ? "%s" : "%s%d", letters, layer);
    t->rows = rows, t->columns = columns;
    return t->x = calloc(rows * columns, sizeof(float));
}

/* The end of the JSON value at p: brackets balance, outside of strings. */
static char *end_of_value(char *p) {
    int depth = 0, string = 0;
    for (; *p; p++) {
        if (string && *p == '\\') p++;
        else if (*p == '"') string = !string;
        else if (!string && (*p == '{' || *p == '[')) depth++;
        else if (!string && (*p == '}' || *p == ']') && --depth == 0) return p + 1;
    }
    fail("the header is cut off");
    return p;
}

static void read_problem(const char *path) {
    FILE *file = fopen(path, "rb");
    uint64_t length;
    if (!file || fread(&length, 8, 1, file) != 1) fail("the problem cannot be read");
    char *header = calloc(length + 1, 1);
    if (fread(header, 1, length, file) != length) fail("the header is cut off");
    for (char *p = header + 1, *end; *p == '"' || *p == ','; p = end) {
        p += *p == ',';
        char *value = strchr(p + 1, '"') + 2;
        end = end_of_value(value);
        if (strncmp(p, "\"__metadata__\"", 14) == 0) {
            metadata = calloc(end - p + 1, 1);
            memcpy(metadata, p, end - p);
            continue;
        }
        Tensor *t = &given[n_given++];
        long begin, after;
        sscanf(p, "\"%15[^\"]\"", t->name);
        sscanf(strstr(value, "\"shape\":"), "\"shape\":[%d,%d]", &t->rows, &t->columns);
        sscanf(strstr(value, "\"data_offsets\":"), "\"data_offsets\":[%ld,%ld]", &begin, &after);
        if (after - begin != 4L * t->rows * t->columns) fail("expected float32");
        t->x = malloc(after - begin);
        fseek(file, 8 + length + begin, SEEK_SET);
        if (fread(t->x, 1, after - begin, file) != (size_t)(after - begin)) fail("cut off");
    }
    fclose(file);
}

static void write_trace(const char *path) {
    FILE *file = fopen(path, "wb");
    if (!file) fail("the trace cannot be written");
    char *header = calloc(256 * TENSORS + strlen(metadata), 1), *p = header;
    long offset = 0;
    p += sprintf(p, "{%s", metadata);
    for (int k = 0; k < n_given + n_computed; k++) {
        Tensor *t = k < n_given ? &given[k] : &computed[k - n_given];
        long after = offset + 4L * t->rows * t->columns;
        p += sprintf(p, ",\"%s\":{\"dtype\":\"F32\",\"shape\":[", t->name);
        if (strcmp(t->name, "J") != 0) p += sprintf(p, "%d,%d", t->rows, t->columns);
        p += sprintf(p, "],\"data_offsets\":[%ld,%ld]}", offset, after);
        offset = after;
    }
    uint64_t length = (p + sprintf(p, "}")) - header;
    fwrite(&length, 8, 1, file);
    fwrite(header, 1, length, file);
    for (int k = 0; k < n_given + n_computed; k++) {
        Tensor *t = k < n_given ? &given[k] : &computed[k - n_given];
        fwrite(t->x, 4, t->rows * t->columns, file);
    }
    if (fclose(file) != 0) fail("the trace cannot be written");
}

int main(int argc, char **argv) {
    if (argc != 3) fail("expected: backprop problem.safetensors trace.safetensors");
    read_problem(argv[1]);
    Tensor *X = find("X"), *Y = find("Y");
    int m = X->columns, L = 0;
    float *A[LAYERS] = {X->x}, *Z[LAYERS];
    char name[16];

    for (int l = 1; snprintf(name, 16, "W%d", l), find(name); l++, L++) {
        Tensor *W = find(name), *b = (snprintf(name, 16, "b%d", l), find(name));
        int n = W->rows, n_prev = W->columns;
        Z[l] = tensor("Z", l, n, m);
        for (int j = 0; j < n; j++)
            for (int i = 0; i < m; i++) {
                float sum = b->x[j];
                for (int k = 0; k < n_prev; k++) sum += W->x[j * n_prev + k] * A[l - 1][k * m + i];
                Z[l][j * m + i] = sum;
            }
        A[l] = tensor("A", l, n, m);
        for (int j = 0; j < n * m; j++) A[l][j] = Z[l][j] > 0 ? Z[l][j] : 0;
    }

    int n_y = Y->rows;
    float *dZ = tensor("dZ", L, n_y, m), *J = tensor("J", -1, 1, 1);
    for (int i = 0; i < m; i++) {
        float largest = Z[L][i], sum = 0;
        for (int k = 1; k < n_y; k++) largest = fmaxf(largest, Z[L][k * m + i]);
        for (int k = 0; k < n_y; k++) sum += expf(Z[L][k * m + i] - largest);
        for (int k = 0; k < n_y; k++) {
            float logarithm = Z[L][k * m + i] - largest - logf(sum);
            A[L][k * m + i] = expf(Z[L][k * m + i] - largest) / sum;
            dZ[k * m + i] = A[L][k * m + i] - Y->x[k * m + i];
            *J -= Y->x[k * m + i] * logarithm;
        }
    }
    *J /= m;

    for (int l = L; l >= 1; l--) {
        Tensor *W = (snprintf(name, 16, "W%d", l), find(name));
        int n = W->rows, n_prev = W->columns;
        float *dW = tensor("dW", l, n, n_prev), *db = tensor("db", l, n, 1);
        float *dA = tensor("dA", l - 1, n_prev, m);
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < m; i++) db[j] += dZ[j * m + i] / m;
            for (int k = 0; k < n_prev; k++) {
                float sum = 0;
                for (int i = 0; i < m; i++) sum += dZ[j * m + i] * A[l - 1][k * m + i];
                dW[j * n_prev + k] = sum / m;
            }
        }
        for (int k = 0; k < n_prev; k++)
            for (int i = 0; i < m; i++)
                for (int j = 0; j < n; j++) dA[k * m + i] += W->x[j * n_prev + k] * dZ[j * m + i];
        if (l == 1) break;
        dZ = tensor("dZ", l - 1, n_prev, m);
        for (int j = 0; j < n_prev * m; j++) dZ[j] = Z[l - 1][j] > 0 ? dA[j] : 0;
    }
    write_trace(argv[2]);
    return 0;
}
