#!/usr/bin/env python3
"""Plain EM for Gaussian mixtures at 60 digits: the reference the oracle tests compare with.

usage: em_reference.py DATA_DIR OUT_DIR        (needs python3-mpmath)

Writes for each case OUT_DIR/<case>.start.json, the initial model (doubles), and
OUT_DIR/<case>.csv: iteration, log-likelihood at the parameters before that iteration, and the
log-likelihood of the start's density summed over rows in absolute value, for error bounds.
The start is as plain as can be: equal weights, K rows spread evenly over the file as means, and
the covariance of the data, rounded to doubles. Data are taken as the doubles a parser reads.
"""
import csv
import json
import sys

from mpmath import mp, mpf, matrix, log, exp, pi, cholesky

mp.dps = 60
ITERATIONS = 10
CASES = [  # name, file, components, offset added to every value in double arithmetic, structure,
           # and, where some components are known, of every how manieth row
    ("faithful_2", "faithful.csv", 2, 0.0, "VVV"),
    ("faithful_2_1e6", "faithful.csv", 2, 1e6, "VVV"),
    ("faithful_2_1e8", "faithful.csv", 2, 1e8, "VVV"),
    ("iris_3", "iris.csv", 3, 0.0, "VVV"),
    ("two_component_2", "two_component.csv", 2, 0.0, "VVV"),
    ("iris_3_EEE", "iris.csv", 3, 0.0, "EEE"),
    ("iris_3_VVI", "iris.csv", 3, 0.0, "VVI"),
    ("iris_3_VII", "iris.csv", 3, 0.0, "VII"),
    ("faithful_2_EEE_1e6", "faithful.csv", 2, 1e6, "EEE"),
    ("faithful_2_VVI_1e6", "faithful.csv", 2, 1e6, "VVI"),
    ("faithful_2_VII_1e6", "faithful.csv", 2, 1e6, "VII"),
    ("iris_3_known", "iris.csv", 3, 0.0, "VVV", 5),
    ("iris_3_EEE_known", "iris.csv", 3, 0.0, "EEE", 2),
    ("iris_3_VVI_known", "iris.csv", 3, 0.0, "VVI", 1),
]


def read(path, offset):
    with open(path) as file:
        rows = list(csv.reader(file))[1:]
    return [[float(field) + offset for field in row] for row in rows]


def start_of(rows, n_components, structure):
    """Doubles: weights, means, covariances of that structure."""
    n, d = len(rows), len(rows[0])
    x = [[mpf(v) for v in row] for row in rows]
    mean = [sum(r[j] for r in x) / n for j in range(d)]
    cov = [[float(sum((r[i] - mean[i]) * (r[j] - mean[j]) for r in x) / n) for j in range(d)]
           for i in range(d)]
    if structure in ("VVI", "VII"):
        cov = [[cov[i][j] if i == j else 0.0 for j in range(d)] for i in range(d)]
    if structure == "VII":
        cov = [[cov[0][0] if i == j else 0.0 for j in range(d)] for i in range(d)]
    means = [rows[(2 * k + 1) * n // (2 * n_components)] for k in range(n_components)]
    return [1.0 / n_components] * n_components, means, [cov] * n_components


def factor(cov):
    """log|L| and the rows of L for cov = L L'."""
    lower = cholesky(cov)
    return sum(log(lower[i, i]) for i in range(cov.rows)), lower


def log_densities(x, weights, means, covs):
    d = len(x[0])
    factors = [factor(c) for c in covs]
    out = []
    for row in x:
        values = []
        for w, mean, (log_det, lower) in zip(weights, means, factors):
            z = []
            for i in range(d):
                s = row[i] - mean[i]
                for j in range(i):
                    s -= lower[i, j] * z[j]
                z.append(s / lower[i, i])
            values.append(log(w) - d * log(2 * pi) / 2 - log_det - sum(v * v for v in z) / 2)
        out.append(values)
    return out


def constrain(covs, weights, structure):
    """The maximiser of Q with that structure, from the unconstrained one (Celeux & Govaert)."""
    d = covs[0].rows
    if structure == "EEE":
        shared = matrix(d, d)
        for w, cov in zip(weights, covs):
            shared += w * cov
        return [shared.copy() for _ in covs]
    if structure == "VVI":
        return [mp.diag([cov[i, i] for i in range(d)]) for cov in covs]
    if structure == "VII":
        return [mp.diag([sum(cov[i, i] for i in range(d)) / d] * d) for cov in covs]
    return covs


def known_component(row, n_rows, n_components, step):
    """That of a row where it is known, which is every step-th one: files are sorted by component."""
    return row * n_components // n_rows if step and row % step == 0 else None


def complete(values, known):
    """Log density of a row and its responsibilities, where its component may be known."""
    if known is not None:
        return values[known], [mpf(int(k == known)) for k in range(len(values))]
    lse = log(sum(exp(v) for v in values))
    return lse, [exp(v - lse) for v in values]


def run(rows, start, structure, step=0):
    weights, means, covs = start
    n, d, k_all = len(rows), len(rows[0]), len(weights)
    x = [[mpf(v) for v in row] for row in rows]
    weights = [mpf(w) / sum(mpf(v) for v in weights) for w in weights]
    means = [[mpf(v) for v in m] for m in means]
    covs = [matrix([[mpf(v) for v in r] for r in c]) for c in covs]
    trace = []
    for _ in range(ITERATIONS + 1):
        log_joint = log_densities(x, weights, means, covs)
        lse, resp = zip(*(complete(values, known_component(i, n, k_all, step))
                          for i, values in enumerate(log_joint)))
        trace.append((sum(lse), sum(abs(v) for v in lse)))
        for k in range(k_all):
            r = [resp[i][k] for i in range(n)]
            count = sum(r)
            weights[k] = count / n
            means[k] = [sum(ri * xi[j] for ri, xi in zip(r, x)) / count for j in range(d)]
            covs[k] = matrix(d, d)
            for i in range(d):
                for j in range(d):
                    covs[k][i, j] = sum(ri * (xi[i] - means[k][i]) * (xi[j] - means[k][j])
                                        for ri, xi in zip(r, x)) / count
        covs = constrain(covs, weights, structure)
    return trace


def main():
    data_dir, out_dir = sys.argv[1:]
    for name, file, n_components, offset, structure, *step in CASES:
        rows = read(f"{data_dir}/{file}", offset)
        weights, means, covs = start = start_of(rows, n_components, structure)
        with open(f"{out_dir}/{name}.start.json", "w") as out:
            json.dump({"schema": "emix.model/1", "covariance": structure, "weights": weights, "means": means,
                       "covariances": covs}, out)
            out.write("\n")
        with open(f"{out_dir}/{name}.csv", "w") as out:
            out.write("iteration,log_likelihood,sum_abs_log_density\n")
            for i, (value, total) in enumerate(run(rows, start, structure, *step)):
                out.write(f"{i},{mp.nstr(value, 25)},{mp.nstr(total, 6)}\n")


if __name__ == "__main__":
    main()
