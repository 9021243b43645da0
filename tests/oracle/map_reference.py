#!/usr/bin/env python3
"""EM for the maximum a posteriori at 60 digits, under the conjugate prior of Gaussian mixtures.

usage: map_reference.py DATA_DIR OUT_DIR        (needs python3-mpmath)

Writes OUT_DIR/map_<case>.csv: iteration, log-likelihood and log prior density at the parameters
before that iteration, from the starts of em_reference.py. The M-step is written by component from
responsibilities and the posterior's formulas (Fraley & Raftery 2007, table 1), the density of the
prior from those of its distributions: nothing is shared between the two.
"""
import sys

from mpmath import mp, mpf, matrix, log, exp, pi, loggamma, inverse, det

from em_reference import ITERATIONS, log_densities, read, start_of

mp.dps = 60
DEFAULT = {"kappa": 0.01, "dof": None, "scale": 1.0, "mean": None, "alpha": 1.0}
STRONG = {"kappa": 2.5, "dof": 9.25, "scale": 0.5, "mean": [6.0, 3.0, 4.0, 1.5], "alpha": 3.5}
FLAT = {"kappa": 0.0, "dof": 4.5, "scale": 2.0, "mean": None, "alpha": 1.0}
CASES = [  # name, file, components, structure, prior
    (f"iris_3{name}{suffix}", "iris.csv", 3, structure, prior)
    for name, structure in [("", "VVV"), ("_EEE", "EEE"), ("_VVI", "VVI"), ("_VII", "VII")]
    for suffix, prior in [("", DEFAULT), ("_strong", STRONG), ("_flat", FLAT)]
]


class Prior:
    def __init__(self, x, k_all, structure, given):
        n, d = len(x), len(x[0])
        self.k_all, self.d, self.structure = k_all, d, structure
        self.kappa, self.alpha = mpf(given["kappa"]), mpf(given["alpha"])
        self.dof = mpf(d + 2 if given["dof"] is None else given["dof"])
        average = [sum(r[j] for r in x) / n for j in range(d)]
        self.mean = average if given["mean"] is None else [mpf(v) for v in given["mean"]]
        share = mpf(given["scale"]) / mpf(k_all) ** (mpf(2) / d) / (n - 1)
        self.scale = matrix(d, d)
        for i in range(d):
            for j in range(d):
                self.scale[i, j] = share * sum((r[i] - average[i]) * (r[j] - average[j]) for r in x)
        self.variance = sum(self.scale[j, j] for j in range(d)) / d

    def posterior_means(self, counts, means):
        return [[(n * v + self.kappa * p) / (n + self.kappa) for v, p in zip(m, self.mean)]
                for n, m in zip(counts, means)]

    def covariances(self, counts, means, scatters):
        """Table 1; scatters are about the rows' own means. A flat mean takes one less."""
        d, total, nu = self.d, sum(counts), self.dof
        h = 1 if self.kappa > 0 else 0
        pooled = []
        for n, m, w in zip(counts, means, scatters):
            p = w.copy()
            f = self.kappa * n / (self.kappa + n)
            for i in range(d):
                for j in range(d):
                    p[i, j] += f * (m[i] - self.mean[i]) * (m[j] - self.mean[j])
            pooled.append(p)
        if self.structure == "VVV":
            return [(self.scale + p) / (nu + n + d + 1 + h) for n, p in zip(counts, pooled)]
        if self.structure == "EEE":
            s = self.scale.copy()
            for p in pooled:
                s += p
            return [s / (nu + total + d + 1 + h * self.k_all)] * self.k_all
        if self.structure == "VVI":
            return [mp.diag([(self.variance + p[j, j]) / (nu + n + 2 + h) for j in range(d)])
                    for n, p in zip(counts, pooled)]
        return [mp.diag([(self.variance + sum(p[j, j] for j in range(d))) /
                         (nu + n * d + 2 + h * d)] * d) for n, p in zip(counts, pooled)]

    def inverse_gamma(self, v):
        a, b = self.dof / 2, self.variance / 2
        return a * log(b) - loggamma(a) - (a + 1) * log(v) - b / v

    def inverse_wishart(self, cov):
        d, nu = self.d, self.dof
        gamma = mpf(d * (d - 1)) / 4 * log(pi) + sum(loggamma((nu - j) / 2) for j in range(d))
        product = self.scale * inverse(cov)
        return (nu / 2 * log(det(self.scale)) - nu * d / 2 * log(2) - gamma -
                (nu + d + 1) / 2 * log(det(cov)) - sum(product[j, j] for j in range(d)) / 2)

    def log_density(self, weights, means, covs):
        d, k_all = self.d, self.k_all
        out = loggamma(k_all * self.alpha) - k_all * loggamma(self.alpha)
        out += sum((self.alpha - 1) * log(w) for w in weights)
        if self.kappa > 0:
            for m, cov in zip(means, covs):
                away = matrix([a - b for a, b in zip(m, self.mean)])
                narrow = cov / self.kappa
                out -= (d * log(2 * pi) + log(det(narrow)) +
                        (away.T * inverse(narrow) * away)[0]) / 2
        if self.structure in ("VVV", "EEE"):
            return out + sum(self.inverse_wishart(c) for c in (covs if self.structure == "VVV"
                                                               else covs[:1]))
        if self.structure == "VVI":
            return out + sum(self.inverse_gamma(c[j, j]) for c in covs for j in range(d))
        return out + sum(self.inverse_gamma(c[0, 0]) for c in covs)


def run(rows, start, structure, given):
    n, d = len(rows), len(rows[0])
    x = [[mpf(v) for v in row] for row in rows]
    weights = [mpf(w) / sum(mpf(v) for v in start[0]) for w in start[0]]
    means = [[mpf(v) for v in m] for m in start[1]]
    covs = [matrix([[mpf(v) for v in r] for r in c]) for c in start[2]]
    k_all = len(weights)
    prior = Prior(x, k_all, structure, given)
    trace = []
    for _ in range(ITERATIONS + 1):
        log_joint = log_densities(x, weights, means, covs)
        lse = [log(sum(exp(v) for v in values)) for values in log_joint]
        trace.append((sum(lse), prior.log_density(weights, means, covs)))
        counts, own, scatters = [], [], []
        for k in range(k_all):
            r = [exp(log_joint[i][k] - lse[i]) for i in range(n)]
            counts.append(sum(r))
            own.append([sum(ri * xi[j] for ri, xi in zip(r, x)) / counts[k] for j in range(d)])
            w = matrix(d, d)
            for i in range(d):
                for j in range(d):
                    w[i, j] = sum(ri * (xi[i] - own[k][i]) * (xi[j] - own[k][j])
                                  for ri, xi in zip(r, x))
            scatters.append(w)
        weights = [(c + prior.alpha - 1) / (n + k_all * (prior.alpha - 1)) for c in counts]
        means = prior.posterior_means(counts, own)
        covs = prior.covariances(counts, own, scatters)
    return trace


def main():
    data_dir, out_dir = sys.argv[1:]
    for name, file, k_all, structure, given in CASES:
        rows = read(f"{data_dir}/{file}", 0.0)
        with open(f"{out_dir}/map_{name}.csv", "w") as out:
            out.write("iteration,log_likelihood,log_prior\n")
            for i, (value, prior) in enumerate(run(rows, start_of(rows, k_all, structure),
                                                   structure, given)):
                out.write(f"{i},{mp.nstr(value, 25)},{mp.nstr(prior, 25)}\n")


if __name__ == "__main__":
    main()
