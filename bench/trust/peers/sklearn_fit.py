"""scikit-learn's GaussianMixture with its defaults except for the options given, once for each
seed.

Called DATA K SEEDS NAME=VALUE...; prints a JSON line for each seed."""
import json
import sys
import time
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

warnings.filterwarnings("ignore")  # "did not converge": the log-likelihood shows it

data = sys.argv[1]
x = np.load(data) if data.endswith(".npy") else np.loadtxt(data, delimiter=",", skiprows=1, ndmin=2)
options = {name: json.loads(value) for name, _, value in
           (argument.partition("=") for argument in sys.argv[4:])}
for seed in range(int(sys.argv[3])):
    began, cpu_began = time.perf_counter(), time.process_time()
    mixture = GaussianMixture(n_components=int(sys.argv[2]), random_state=seed, **options).fit(x)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
    print(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "iterations": mixture.n_iter_,
                      "weights": mixture.weights_.tolist(), "means": mixture.means_.tolist(),
                      "covariances": mixture.covariances_.tolist()}), flush=True)
