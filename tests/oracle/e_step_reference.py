#!/usr/bin/env python3
"""Incremental, hard and annealed EM for Gaussian mixtures at 60 digits.

usage: e_step_reference.py DATA_DIR OUT_DIR        (needs python3-mpmath)

Writes OUT_DIR/e_steps_<case>.csv: kind of E-step, pass, and the bound F after it, from the start
that em_reference.py makes of the same case. Everything is by definition, from responsibilities
that are kept for every row: F = sum_i sum_k q_ik log(pi_k f_k(x_i)) + temperature H(q), and the
M-step takes means and scatters of all rows anew.
"""
import sys

from mpmath import mp, mpf, matrix, log, exp

from em_reference import constrain, log_densities, read, start_of

CASES = [("iris_3", "iris.csv", 3, "VVV"), ("iris_3_EEE", "iris.csv", 3, "EEE"),
         ("iris_3_VVI", "iris.csv", 3, "VVI"), ("iris_3_VII", "iris.csv", 3, "VII")]
BLOCKS = 4
SWEEPS = 2
PASSES = 5
POWER = mpf("0.5")


def m_step(x, q, structure):
    n, d = len(x), len(x[0])
    weights, means, covs = [], [], []
    for k in range(len(q[0])):
        count = sum(row[k] for row in q)
        mean = [sum(row[k] * xi[j] for row, xi in zip(q, x)) / count for j in range(d)]
        cov = matrix(d, d)
        for i in range(d):
            for j in range(d):
                cov[i, j] = sum(row[k] * (xi[i] - mean[i]) * (xi[j] - mean[j])
                                for row, xi in zip(q, x)) / count
        weights.append(count / n)
        means.append(mean)
        covs.append(cov)
    return weights, means, constrain(covs, weights, structure)


def bound(log_joint, q, temperature):
    total = mpf(0)
    for values, row in zip(log_joint, q):
        for a, r in zip(values, row):
            if r > 0:
                total += r * a - temperature * r * log(r)
    return total


def posterior(values, power):
    shift = max(values)
    terms = [exp(power * (v - shift)) for v in values]
    return [t / sum(terms) for t in terms]


def one_hot(values):
    best = values.index(max(values))
    return [mpf(k == best) for k in range(len(values))]


def incremental(x, theta, structure):
    n = len(x)
    first = [b * (n // BLOCKS) + min(b, n % BLOCKS) for b in range(BLOCKS + 1)]
    q = [posterior(values, 1) for values in log_densities(x, *theta)]
    out = [bound(log_densities(x, *theta), q, 1)]
    for _ in range(SWEEPS):
        for b in range(BLOCKS):
            theta = m_step(x, q, structure)
            log_joint = log_densities(x, *theta)
            for i in range(first[b], first[b + 1]):
                q[i] = posterior(log_joint[i], 1)
            out.append(bound(log_joint, q, 1))
    return out


def whole(x, theta, structure, responsibilities, temperature):
    out = []
    for _ in range(PASSES):
        log_joint = log_densities(x, *theta)
        q = [responsibilities(values) for values in log_joint]
        out.append(bound(log_joint, q, temperature))
        theta = m_step(x, q, structure)
    return out


def main():
    data_dir, out_dir = sys.argv[1:]
    for name, file, n_components, structure in CASES:
        rows = read(f"{data_dir}/{file}", 0.0)
        weights, means, covs = start_of(rows, n_components, structure)
        x = [[mpf(v) for v in row] for row in rows]
        theta = ([mpf(1) / n_components] * n_components, [[mpf(v) for v in m] for m in means],
                 [matrix([[mpf(v) for v in r] for r in c]) for c in covs])
        runs = {
            "incremental": incremental(x, theta, structure),
            "hard": whole(x, theta, structure, one_hot, 0),
            "annealed": whole(x, theta, structure, lambda v: posterior(v, POWER), 1 / POWER),
        }
        with open(f"{out_dir}/e_steps_{name}.csv", "w") as out:
            out.write("e_step,pass,bound\n")
            for kind, values in runs.items():
                for i, value in enumerate(values):
                    out.write(f"{kind},{i},{mp.nstr(value, 25)}\n")


if __name__ == "__main__":
    main()
