#!/usr/bin/env python3
"""Standard errors of Gaussian mixtures by finite differences of the log-likelihood at 70 digits.

usage: standard_errors_reference.py DATA_DIR ORACLE_DIR [CASE...]        (needs python3-mpmath)

Reads ORACLE_DIR/<case>.errors.model.json, a fitted model, and writes ORACLE_DIR/<case>.errors.csv:
kind, component, row, column, standard error from the observed information, from the outer product
of the scores. Nothing is known here of scores, Louis's identity or the library's coordinates: the
parameters are the first K - 1 weights, the means and the free covariance entries themselves, second
derivatives are central differences of sum_i log p(x_i) with step 1e-20 (error about 1e-40), and the
last weight's variance is that of a sum. Data and parameters are the doubles a parser reads.
"""
import csv
import json
import sys
from itertools import product

from mpmath import mp, mpf, matrix, log, exp, pi, sqrt, det, inverse

mp.dps = 70
STEP = mpf(10) ** -20
CASES = {"faithful_2_VVV": "faithful", "faithful_2_EEE": "faithful", "faithful_2_VVI": "faithful",
         "faithful_2_VII": "faithful", "iris_2_VVV": "iris", "iris_3_VVV": "iris",
         "iris_3_EEE": "iris", "iris_3_VVI": "iris", "iris_3_VII": "iris"}


class Mixture:
    """log p(x_i) as a function of the free parameters; component densities are remembered."""

    def __init__(self, rows, model):
        self.rows = [[mpf(v) for v in row] for row in rows]
        self.k, self.d = len(model["weights"]), len(rows[0])
        self.structure = model["covariance"]
        self.model = model
        self.names = [("weight", k) for k in range(self.k - 1)]
        self.names += [("mean", k, j) for k in range(self.k) for j in range(self.d)]
        owners = [None] if self.structure == "EEE" else range(self.k)
        entries = [(0, 0)] if self.structure == "VII" else [
            (i, j) for i in range(self.d) for j in range(i + 1)
            if self.structure in ("VVV", "EEE") or i == j]
        self.names += [("covariance", k, i, j) for k in owners for i, j in entries]
        self.memory = {}

    def densities(self, k, moves):
        """f_k(x_i) after the moves {name: amount} that concern component k."""
        mine = tuple(sorted((n, s) for n, s in moves.items()
                            if n[0] != "weight" and n[1] in (k, None)))
        key = (k, mine)
        if key in self.memory:
            return self.memory[key]
        mean = [mpf(v) for v in self.model["means"][k]]
        cov = matrix([[mpf(v) for v in r] for r in self.model["covariances"][k]])
        for name, step in mine:
            if name[0] == "mean":
                mean[name[2]] += step * STEP
            elif self.structure == "VII":
                for j in range(self.d):
                    cov[j, j] += step * STEP
            else:
                i, j = name[2:]
                cov[i, j] += step * STEP
                cov[j, i] = cov[i, j]
        p = inverse(cov)
        norm = 1 / sqrt((2 * pi) ** self.d * det(cov))
        out = []
        for x in self.rows:
            y = [a - b for a, b in zip(x, mean)]
            quad = sum(p[i, i] * y[i] * y[i] + 2 * y[i] * sum(p[i, j] * y[j] for j in range(i))
                       for i in range(self.d))
            out.append(norm * exp(-quad / 2))
        if len(mine) < 2:
            self.memory[key] = out
        return out

    def log_densities(self, moves):
        weights = [mpf(w) for w in self.model["weights"]]
        for name, step in moves.items():
            if name[0] == "weight":
                weights[name[1]] += step * STEP
                weights[-1] -= step * STEP
        f = [self.densities(k, moves) for k in range(self.k)]
        return [log(sum(w * fk[i] for w, fk in zip(weights, f))) for i in range(len(self.rows))]

    def log_likelihood(self, moves):
        return sum(self.log_densities(moves))


def information(mixture):
    p = len(mixture.names)
    at = mixture.log_likelihood({})
    observed, scores = matrix(p, p), []
    for a, name in enumerate(mixture.names):
        up, down = mixture.log_densities({name: 1}), mixture.log_densities({name: -1})
        scores.append([(u - v) / (2 * STEP) for u, v in zip(up, down)])
        observed[a, a] = -(sum(up) - 2 * at + sum(down)) / STEP ** 2
        for b in range(a):
            other = mixture.names[b]
            total = sum(s * t * mixture.log_likelihood({name: s, other: t})
                        for s, t in product((1, -1), repeat=2))
            observed[a, b] = observed[b, a] = -total / (4 * STEP ** 2)
    outer = matrix(p, p)
    for a in range(p):
        for b in range(p):
            outer[a, b] = sum(u * v for u, v in zip(scores[a], scores[b]))
    return observed, outer


def standard_errors(mixture, info):
    c = inverse(info)
    var = {name: c[a, a] for a, name in enumerate(mixture.names)}
    free = range(mixture.k - 1)
    var[("weight", mixture.k - 1)] = sum((c[a, b] for a in free for b in free), mpf(0))
    for k in range(mixture.k):
        for i in range(mixture.d):
            for j in range(i + 1):
                owner = None if mixture.structure == "EEE" else k
                entry = (0, 0) if mixture.structure == "VII" and i == j else (i, j)
                var[("covariance", k, i, j)] = var.get(("covariance", owner) + entry, mpf(0))
    return {name: sqrt(v) for name, v in var.items()}


def main():
    data_dir, oracle_dir = sys.argv[1:3]
    for case in sys.argv[3:] or CASES:
        with open(f"{data_dir}/{CASES[case]}.csv") as file:
            rows = [[float(v) for v in row] for row in list(csv.reader(file))[1:]]
        with open(f"{oracle_dir}/{case}.errors.model.json") as file:
            mixture = Mixture(rows, json.load(file))
        observed, outer = (standard_errors(mixture, info) for info in information(mixture))
        keys = [("weight", k) for k in range(mixture.k)]
        keys += [("mean", k, j) for k in range(mixture.k) for j in range(mixture.d)]
        keys += [("covariance", k, i, j) for k in range(mixture.k) for i in range(mixture.d)
                 for j in range(i + 1)]
        with open(f"{oracle_dir}/{case}.errors.csv", "w") as out:
            out.write("kind,component,row,column,observed,score\n")
            for key in keys:
                place = list(key[1:]) + [0] * (4 - len(key))
                out.write(",".join([key[0]] + [str(v) for v in place] +
                                   [mp.nstr(e[key], 20) for e in (observed, outer)]) + "\n")


main()
