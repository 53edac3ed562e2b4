/* What a step costs when nothing but its arithmetic is left: the limit beside which the study's steps are measured.

       cc -O3 -march=native -ffast-math -o limit limit.c -lm                     one core of a processor
       nvcc -x cu -O3 -use_fast_math -arch=native -o limit limit.c               a GPU
       ./limit measure SECONDS REPLICAS ...                                      time of a step of all replicas
       ./limit check                                                             parameters after ten steps

   A replica is a tied autoencoder of 8 features and 2 hidden units: W row by row, then b. Training is SGD with momentum on
   unit vectors whose weights are read in each step; SGLD is at their uniform distribution, with noise read in each step.
   The processor takes LANES replicas at a time through a block of steps and keeps them in its nearest cache; on the GPU
   each thread keeps one replica in registers. Memory is read as the study lays it out: (step, row, replica).

   `measure` prints kind, activation, replicas and five times in seconds; `check` prints kind, activation and the parameters
   of one replica. benchmarks/width.py and benchmarks/gpu.py build and call it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N 8
#define ROWS 24
enum { TRAINING, SGLD };
enum { RELU, GELU, SOFTMAX };
static const char *const KINDS[] = {"training", "sgld"};
static const char *const ACTIVATIONS[] = {"relu", "gelu", "softmax"};

#define LR 0.01f
#define MOMENTUM 0.9f
#define PULL 1e-3f
#define SLOPE -0.1f
#define SCALE 4.472136e-3f

#ifdef __CUDACC__
#define LANES 1
#define INLINE static __device__ __forceinline__
#define EACH _Pragma("unroll")
#else
#define LANES 32
#define INLINE static inline __attribute__((always_inline))
#define EACH
#endif
#define LOOP(i, n) EACH for (int i = 0; i < (n); i++)

typedef float Lanes[LANES];

/* Replaces pre-activations of one input by the derivative of its loss with respect to them. */
INLINE void through_activation(int activation, int input, Lanes *z, const float *weight) {
    if (activation == RELU) {
        LOOP(j, N) LOOP(l, LANES) {
            float error = (z[j][l] > 0 ? z[j][l] : 0.0f) - (j == input ? 1.0f : 0.0f);
            z[j][l] = z[j][l] > 0 ? error * weight[l] : 0.0f;
        }
    } else if (activation == GELU) {
        LOOP(j, N) LOOP(l, LANES) {
            float cdf = 0.5f + 0.5f * erff(z[j][l] * 0.70710678f);
            float density = 0.39894228f * expf(-0.5f * z[j][l] * z[j][l]);
            float error = z[j][l] * cdf - (j == input ? 1.0f : 0.0f);
            z[j][l] = error * weight[l] * (cdf + z[j][l] * density);
        }
    } else {
        Lanes largest, sum, mean;
        LOOP(l, LANES) largest[l] = z[0][l], sum[l] = 0, mean[l] = 0;
        LOOP(j, N) LOOP(l, LANES) largest[l] = z[j][l] > largest[l] ? z[j][l] : largest[l];
        LOOP(j, N) LOOP(l, LANES) z[j][l] = expf(z[j][l] - largest[l]);
        LOOP(j, N) LOOP(l, LANES) sum[l] += z[j][l];
        LOOP(l, LANES) sum[l] = 1.0f / sum[l];
        LOOP(j, N) LOOP(l, LANES) {
            z[j][l] *= sum[l];
            mean[l] += z[j][l] * (z[j][l] - (j == input ? 1.0f : 0.0f));
        }
        LOOP(j, N) LOOP(l, LANES)
            z[j][l] = z[j][l] * (z[j][l] - (j == input ? 1.0f : 0.0f) - mean[l]) * weight[l];
    }
}

/* Gradient of the loss; `weight` of shape (N, LANES) holds the weights of the inputs times 2 / N. */
INLINE void gradient_of(int activation, const Lanes *w, const Lanes *weight, Lanes *g) {
    LOOP(k, ROWS) LOOP(l, LANES) g[k][l] = 0;
    LOOP(i, N) {
        Lanes z[N], back0, back1;
        LOOP(j, N) LOOP(l, LANES) z[j][l] = w[2 * N + j][l] + w[i][l] * w[j][l] + w[N + i][l] * w[N + j][l];
        through_activation(activation, i, z, weight[i]);
        LOOP(l, LANES) back0[l] = 0, back1[l] = 0;
        LOOP(j, N) LOOP(l, LANES) {
            g[2 * N + j][l] += z[j][l];
            g[j][l] += w[i][l] * z[j][l];
            g[N + j][l] += w[N + i][l] * z[j][l];
            back0[l] += w[j][l] * z[j][l];
            back1[l] += w[N + j][l] * z[j][l];
        }
        LOOP(l, LANES) g[i][l] += back0[l], g[N + i][l] += back1[l];
    }
}

/* Takes the replicas from `first` on through the steps of a block; `state` is the velocity, or the start of a chain. */
INLINE void run_lanes(int kind, int activation, long first, long n, int steps, float *all, float *state, const float *block) {
    Lanes w[ROWS], other[ROWS], g[ROWS], weight[N];
    LOOP(k, ROWS) LOOP(l, LANES) w[k][l] = all[k * n + first + l], other[k][l] = state[k * n + first + l];
    LOOP(i, N) LOOP(l, LANES) weight[i][l] = 2.0f / N / N;
    for (int step = 0; step < steps; step++) {
        const float *row = block + (long)step * (kind == TRAINING ? N : ROWS) * n + first;
        if (kind == TRAINING) {
            LOOP(i, N) LOOP(l, LANES) weight[i][l] = row[i * n + l] * (2.0f / N);
        }
        gradient_of(activation, w, weight, g);
        if (kind == TRAINING) {
            LOOP(k, ROWS) LOOP(l, LANES) {
                other[k][l] = MOMENTUM * other[k][l] + g[k][l];
                w[k][l] -= LR * other[k][l];
            }
        } else {
            LOOP(k, ROWS) LOOP(l, LANES)
                w[k][l] += PULL * (other[k][l] - w[k][l]) + SLOPE * g[k][l] + SCALE * row[k * n + l];
        }
    }
    LOOP(k, ROWS) LOOP(l, LANES) all[k * n + first + l] = w[k][l];
    if (kind == TRAINING) {
        LOOP(k, ROWS) LOOP(l, LANES) state[k * n + first + l] = other[k][l];
    }
}

#ifdef __CUDACC__
#define THREADS 128
template <int KIND, int ACTIVATION>
__global__ void kernel(long n, int steps, float *w, float *state, const float *block) {
    long first = (long)blockIdx.x * THREADS + threadIdx.x;
    if (first < n) run_lanes(KIND, ACTIVATION, first, n, steps, w, state, block);
}
#define RUN(kind, activation) \
    kernel<kind, activation><<<(unsigned)((n + THREADS - 1) / THREADS), THREADS>>>(n, steps, w, state, block)
static void checked(cudaError_t status) {
    if (status == cudaSuccess) return;
    fprintf(stderr, "%s\n", cudaGetErrorString(status));
    exit(1);
}
static void finish(void) {
    checked(cudaGetLastError());
    checked(cudaDeviceSynchronize());
}
static float *allocated(long n, const float *values) {
    float *memory;
    checked(cudaMalloc((void **)&memory, n * sizeof(float)));
    checked(cudaMemcpy(memory, values, n * sizeof(float), cudaMemcpyHostToDevice));
    return memory;
}
static void fetched(float *values, const float *memory, long n) {
    checked(cudaMemcpy(values, memory, n * sizeof(float), cudaMemcpyDeviceToHost));
}
static void released(float *memory) { cudaFree(memory); }
#else
#define RUN(kind, activation) \
    for (long first = 0; first < n; first += LANES) run_lanes(kind, activation, first, n, steps, w, state, block)
static void finish(void) {}
static float *allocated(long n, const float *values) {
    float *memory = (float *)aligned_alloc(64, (n * sizeof(float) + 63) / 64 * 64);
    if (!memory) exit(1);
    memcpy(memory, values, n * sizeof(float));
    return memory;
}
static void fetched(float *values, const float *memory, long n) { memcpy(values, memory, n * sizeof(float)); }
static void released(float *memory) { free(memory); }
#endif

static void run(int kind, int activation, long n, int steps, float *w, float *state, const float *block) {
    if (kind == TRAINING && activation == RELU) { RUN(TRAINING, RELU); }
    if (kind == TRAINING && activation == GELU) { RUN(TRAINING, GELU); }
    if (kind == TRAINING && activation == SOFTMAX) { RUN(TRAINING, SOFTMAX); }
    if (kind == SGLD && activation == RELU) { RUN(SGLD, RELU); }
    if (kind == SGLD && activation == GELU) { RUN(SGLD, GELU); }
    if (kind == SGLD && activation == SOFTMAX) { RUN(SGLD, SOFTMAX); }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* Replica r starts at cos(k + r) / 2; weights and noise are (1 + cos(5 i + r)) / 16 and cos(5 i + r), i counting rows. */
static void prepare(int kind, long n, int steps, float **w, float **state, float **block) {
    long rows = (long)steps * (kind == TRAINING ? N : ROWS), size = (rows > ROWS ? rows : ROWS) * n;
    float *values = (float *)malloc(size * sizeof(float)), wave[64];
    for (long k = 0; k < ROWS; k++)
        for (long r = 0; r < n; r++) values[k * n + r] = 0.5f * cosf((float)(k + r % 1000));
    *w = allocated(ROWS * n, values);
    if (kind == TRAINING) memset(values, 0, ROWS * n * sizeof(float));
    *state = allocated(ROWS * n, values);
    for (long i = 0; i < rows; i++) {
        for (int r = 0; r < 64; r++) {
            float c = cosf((float)(5 * i % 1000 + r));
            wave[r] = kind == TRAINING ? (1 + c) / 16 : c;
        }
        for (long r = 0; r < n; r++) values[i * n + r] = wave[r % 64];
    }
    *block = allocated(rows * n, values);
    free(values);
}

static void check(int kind, int activation) {
    float *w, *state, *block, values[ROWS * 32];
    prepare(kind, 32, 10, &w, &state, &block);
    run(kind, activation, 32, 10, w, state, block);
    finish();
    fetched(values, w, ROWS * 32);
    printf("%s,%s", KINDS[kind], ACTIVATIONS[activation]);
    for (int k = 0; k < ROWS; k++) printf(",%.7g", values[k * 32 + 3]);
    printf("\n");
    released(w), released(state), released(block);
}

static void measure(int kind, int activation, long replicas, double budget) {
    long n = (replicas + 31) / 32 * 32, most = (long)(5e7 / (kind == TRAINING ? N : ROWS) / n);
    int steps = most < 1 ? 1 : most > 256 ? 256 : (int)most;
    float *w, *state, *block;
    prepare(kind, n, steps, &w, &state, &block);
    long calls = 1;
    double taken = 0;
    for (int attempt = 0; attempt < 40 && taken < budget / 10; attempt++) {
        if (attempt) calls = taken > 0 && budget / 8 / taken < 8 ? (long)(calls * budget / 8 / taken) + 1 : calls * 8;
        double start = now();
        for (long i = 0; i < calls; i++) run(kind, activation, n, steps, w, state, block);
        finish();
        taken = now() - start;
    }
    printf("%s,%s,%ld", KINDS[kind], ACTIVATIONS[activation], n);
    for (int repetition = 0; repetition < 5; repetition++) {
        double start = now();
        for (long i = 0; i < calls; i++) run(kind, activation, n, steps, w, state, block);
        finish();
        printf(",%.6g", (now() - start) / calls / steps);
    }
    printf("\n");
    fflush(stdout);
    released(w), released(state), released(block);
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    for (int kind = TRAINING; kind <= SGLD; kind++)
        for (int activation = RELU; activation <= SOFTMAX; activation++) {
            if (!strcmp(argv[1], "check")) check(kind, activation);
            for (int i = 3; i < argc; i++) measure(kind, activation, atol(argv[i]), atof(argv[2]));
        }
    return 0;
}
