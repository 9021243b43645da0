"""Shared by all peers in Python: reads a problem, times fits, writes the parameters.

A peer is called as  PEER DIR N D K THREADS OUT COUNT...  where DIR holds data.npy and the start,
and fits once for each COUNT of iterations, from the start. It prints lines
    version TEXT
    time COUNT SECONDS              reading and writing excluded
    log_likelihood_per_row VALUE    the peer's own number at the last parameters; may be left out
and writes the last parameters to OUT: doubles, weights, means, covariances, in C order.
"""
import sys
import time

import numpy as np


class Problem:
    def __init__(self, directory, n_threads):
        self.x = np.load(directory + "/data.npy")
        self.means = np.load(directory + "/means.npy")
        n_components, n_features = self.means.shape
        self.weights = np.load(directory + "/weights.npy").reshape(n_components)
        self.covariances = np.load(directory + "/covariances.npy").reshape(
            n_components, n_features, n_features)
        self.n_threads = n_threads


def run(version, fit, parameters, log_likelihood_per_row):
    """fit(problem, n_iterations) -> model; the others take the problem and the model."""
    directory, _, _, _, n_threads, out = sys.argv[1:7]
    problem = Problem(directory, int(n_threads))
    print("version", version, flush=True)
    model = None
    for count in sys.argv[7:]:
        began = time.perf_counter()
        model = fit(problem, int(count))
        print("time", count, time.perf_counter() - began, flush=True)
    with open(out, "wb") as file:
        for array in parameters(problem, model):
            file.write(np.ascontiguousarray(array, dtype=np.float64).tobytes())
    print("log_likelihood_per_row", repr(float(log_likelihood_per_row(problem, model))))
