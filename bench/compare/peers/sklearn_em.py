"""scikit-learn's GaussianMixture, without its regularisation and its stopping rule."""
import warnings

import numpy as np
import sklearn
from sklearn.mixture import GaussianMixture

import peer

warnings.filterwarnings("ignore")  # "did not converge": it is not to


def fit(problem, n_iterations):
    mixture = GaussianMixture(
        n_components=len(problem.weights), covariance_type="full", tol=0.0, reg_covar=0.0,
        max_iter=n_iterations, init_params="random", random_state=0,
        weights_init=problem.weights, means_init=problem.means,
        precisions_init=np.linalg.inv(problem.covariances))
    return mixture.fit(problem.x)


peer.run(f"scikit-learn {sklearn.__version__}", fit,
         lambda problem, model: (model.weights_, model.means_, model.covariances_),
         lambda problem, model: model.score(problem.x))
