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

x = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1, ndmin=2)
options = {name: json.loads(value) for name, _, value in
           (argument.partition("=") for argument in sys.argv[4:])}
for seed in range(int(sys.argv[3])):
    began = time.perf_counter()
    mixture = GaussianMixture(n_components=int(sys.argv[2]), random_state=seed, **options).fit(x)
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "iterations": mixture.n_iter_,
                      "weights": mixture.weights_.tolist(), "means": mixture.means_.tolist(),
                      "covariances": mixture.covariances_.tolist()}), flush=True)
