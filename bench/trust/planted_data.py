"""Draws the rows of a planted mixture of Gaussians and writes them with its parameters.

Called K D N SEPARATION WEIGHTS KIND SEED DATA.npy MODEL.json. The recipe depends on no library's
random numbers, so that others can draw the same rows:

A uniform number is (the upper 53 bits of z + 1/2) / 2^53, z being number seed 2^32 + i + 1 of
SplitMix64 from state 0, i = 0, 1, 2, ...; a normal one takes two of them, u and v, and is
sqrt(-2 ln u) cos(2 pi v). They are drawn in this order:

    K D normal     means, K x D, times SEPARATION
    K uniform      for the weights
    for each component:
      D D normal   a matrix whose orthonormalised columns are the axes of the covariance
      D uniform    its eigenvalues, log-uniform in 0.1 ... 2
      1 uniform    its volume factor, log-uniform in 0.05 ... 5: of KIND volumes alone
    N uniform      the components of the rows, by the cumulative weights
    N D normal     rows, mean + Cholesky factor of the covariance times these
    of KIND noise: N uniform, a row is noise where it is below 0.05; N D uniform, noise is spread
                   evenly over [-a, a]^D with a = 3 SEPARATION + 3

WEIGHTS: equal; uneven, (-ln u)^1.5 over their sum, not below 0.2 / K; geometric, 1 to 1/100.
KIND: plain; volumes; nested2, nested3: so many components in turn share the mean and the axes of
their first one, each with 9 times the covariance of the one before, the last with 3 times the first
one's drawn covariance; noise: one of the K components of the model stands for it, a Gaussian of
its moments."""
import json
import sys

import numpy as np

NOISE_SHARE = 0.05


class Numbers:
    """The random numbers of a seed, one after another."""

    def __init__(self, seed):
        self.next = seed << 32

    def uniform(self, *shape):
        n = int(np.prod(shape))
        x = np.arange(self.next, self.next + n, dtype=np.uint64)
        self.next += n
        step, first, second = (np.uint64(c) for c in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9,
                                                      0x94D049BB133111EB))
        with np.errstate(over="ignore"):
            x = x * step + step
            x = (x ^ (x >> np.uint64(30))) * first
            x = (x ^ (x >> np.uint64(27))) * second
        x ^= x >> np.uint64(31)
        return (((x >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0 ** 53).reshape(shape)

    def normal(self, *shape):
        pairs = self.uniform(int(np.prod(shape)), 2)
        return (np.sqrt(-2.0 * np.log(pairs[:, 0]))
                * np.cos(2.0 * np.pi * pairs[:, 1])).reshape(shape)

    def log_uniform(self, low, high, *shape):
        return low * (high / low) ** self.uniform(*shape)


def weights_of(name, uniform):
    n = len(uniform)
    if name == "equal":
        weights = np.ones(n)
    elif name == "uneven":
        weights = (-np.log(uniform)) ** 1.5
        weights = np.maximum(weights / weights.sum(), 0.2 / n)
    elif name == "geometric":
        weights = 100.0 ** (-np.arange(n) / (n - 1.0))
    else:
        sys.exit(f"no weights {name}")
    return weights / weights.sum()


def covariance(numbers, n_features, kind):
    axes, _ = np.linalg.qr(numbers.normal(n_features, n_features))
    eigenvalues = numbers.log_uniform(0.1, 2.0, n_features)
    volume = numbers.log_uniform(0.05, 5.0, 1)[0]
    matrix = (axes * eigenvalues) @ axes.T
    return 0.5 * (matrix + matrix.T) * (volume if kind == "volumes" else 1.0)


def nest(means, covariances, n_nested):
    """Groups of n_nested components take the mean and the axes of their first one."""
    for k in range(len(means)):
        first, depth = k - k % n_nested, k % n_nested
        means[k] = means[first]
        if depth > 0:
            covariances[k] = 3.0 * 9.0 ** (depth + 1 - n_nested) * covariances[first]
    covariances[::n_nested] *= 3.0 * 9.0 ** (1 - n_nested)


def draw(n_components, n_features, n_rows, separation, weights_name, kind, seed):
    """Returns the rows, and weights, means and covariances of the components."""
    numbers = Numbers(seed)
    n_clusters = n_components - 1 if kind == "noise" else n_components
    means = separation * numbers.normal(n_clusters, n_features)
    weights = weights_of(weights_name, numbers.uniform(n_clusters))
    covariances = np.array([covariance(numbers, n_features, kind) for _ in range(n_clusters)])
    if kind.startswith("nested"):
        nest(means, covariances, int(kind[len("nested"):]))
    components = np.searchsorted(np.cumsum(weights), numbers.uniform(n_rows), side="right")
    components = np.minimum(components, n_clusters - 1)
    rows = numbers.normal(n_rows, n_features)
    for k, factor in enumerate(np.linalg.cholesky(covariances)):
        own = components == k
        rows[own] = means[k] + rows[own] @ factor.T
    if kind == "noise":
        edge = 3.0 * separation + 3.0
        noise = numbers.uniform(n_rows) < NOISE_SHARE
        rows[noise] = edge * (2.0 * numbers.uniform(n_rows, n_features)[noise] - 1.0)
        weights = np.append((1.0 - NOISE_SHARE) * weights, NOISE_SHARE)
        means = np.vstack([means, np.zeros(n_features)])
        covariances = np.append(covariances, [edge ** 2 / 3.0 * np.eye(n_features)], axis=0)
    return rows, weights, means, covariances


def main():
    sizes, separation, (weights_name, kind) = sys.argv[1:4], sys.argv[4], sys.argv[5:7]
    n_components, n_features, n_rows = map(int, sizes)
    rows, weights, means, covariances = draw(n_components, n_features, n_rows, float(separation),
                                             weights_name, kind, int(sys.argv[7]))
    np.save(sys.argv[8], rows)
    with open(sys.argv[9], "w") as file:
        json.dump({"schema": "emix.model/1", "family": "gaussian", "covariance": "VVV",
                   "n_components": n_components, "n_features": n_features,
                   "weights": weights.tolist(), "means": means.tolist(),
                   "covariances": covariances.tolist()}, file)


if __name__ == "__main__":
    main()
