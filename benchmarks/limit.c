/* The lesson's training in C: 4-10-3 network, full batch, SGD on the cross-entropy.
 *
 * Samples lie in the last dimension, so that every inner loop runs along 120 rows (padded to 128
 * with rows of weight 0) and the compiler turns it into vector instructions.
 */
#include <math.h>

enum { FEATURES = 4, HIDDEN = 10, CLASSES = 3, ROWS = 128 };

/* Return the loss of the last epoch, before its update.
 *
 * x: FEATURES x ROWS; one_hot: CLASSES x ROWS, zero in padded columns; weight: ROWS, 1 / rows in
 * real columns and 0 in padded ones. w1: HIDDEN x FEATURES, w2: CLASSES x HIDDEN; changed in place.
 */
float train(long epochs, float rate, const float *restrict x, const float *restrict one_hot,
            const float *restrict weight, float *restrict w1, float *restrict b1,
            float *restrict w2, float *restrict b2) {
    static float h[HIDDEN][ROWS], z[CLASSES][ROWS], g[HIDDEN][ROWS], total[ROWS];
    float loss = 0;
    for (long epoch = 0; epoch < epochs; epoch++) {
        for (int j = 0; j < HIDDEN; j++)
            for (int r = 0; r < ROWS; r++) {
                float sum = b1[j];
                for (int i = 0; i < FEATURES; i++) sum += w1[j * FEATURES + i] * x[i * ROWS + r];
                h[j][r] = sum > 0 ? sum : 0;
            }
        for (int k = 0; k < CLASSES; k++)
            for (int r = 0; r < ROWS; r++) {
                float sum = b2[k];
                for (int j = 0; j < HIDDEN; j++) sum += w2[k * HIDDEN + j] * h[j][r];
                z[k][r] = expf(sum);
            }
        for (int r = 0; r < ROWS; r++) total[r] = 1 / (z[0][r] + z[1][r] + z[2][r]);
        if (epoch == epochs - 1)
            for (int k = 0; k < CLASSES; k++)
                for (int r = 0; r < ROWS; r++)
                    loss -= weight[r] * one_hot[k * ROWS + r] * logf(z[k][r] * total[r]);
        for (int k = 0; k < CLASSES; k++)
            for (int r = 0; r < ROWS; r++)
                z[k][r] = (z[k][r] * total[r] - one_hot[k * ROWS + r]) * weight[r];
        for (int j = 0; j < HIDDEN; j++)
            for (int r = 0; r < ROWS; r++) {
                float sum = 0;
                for (int k = 0; k < CLASSES; k++) sum += w2[k * HIDDEN + j] * z[k][r];
                g[j][r] = h[j][r] > 0 ? sum : 0;
            }
        for (int k = 0; k < CLASSES; k++) {
            float bias = 0;
            for (int r = 0; r < ROWS; r++) bias += z[k][r];
            b2[k] -= rate * bias;
            for (int j = 0; j < HIDDEN; j++) {
                float sum = 0;
                for (int r = 0; r < ROWS; r++) sum += z[k][r] * h[j][r];
                w2[k * HIDDEN + j] -= rate * sum;
            }
        }
        for (int j = 0; j < HIDDEN; j++) {
            float bias = 0;
            for (int r = 0; r < ROWS; r++) bias += g[j][r];
            b1[j] -= rate * bias;
            for (int i = 0; i < FEATURES; i++) {
                float sum = 0;
                for (int r = 0; r < ROWS; r++) sum += g[j][r] * x[i * ROWS + r];
                w1[j * FEATURES + i] -= rate * sum;
            }
        }
    }
    return loss;
}
