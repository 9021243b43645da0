"""EM as one would write it with numpy: whitening and moments by matrix products, in row chunks."""
import numpy as np

import peer

CHUNK_DOUBLES = 1 << 18


def whiteners(weights, means, covariances):
    factors = np.linalg.cholesky(covariances)
    inverses = np.linalg.inv(factors)
    n_features = means.shape[1]
    log_norms = (np.log(weights) - 0.5 * n_features * np.log(2.0 * np.pi)
                 - np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1))
    offsets = np.einsum("kij,kj->ki", inverses, means)
    return inverses, offsets, log_norms


def responsibilities(x, inverses, offsets, log_norms):
    joint = np.empty((len(log_norms), len(x)))
    for k in range(len(log_norms)):
        y = x @ inverses[k].T
        y -= offsets[k]
        joint[k] = log_norms[k] - 0.5 * np.einsum("ij,ij->i", y, y)
    peak = joint.max(axis=0)
    joint -= peak
    np.exp(joint, out=joint)
    mass = joint.sum(axis=0)
    joint /= mass
    return joint, (peak + np.log(mass)).sum()


def chunks(x):
    rows = max(256, CHUNK_DOUBLES // x.shape[1])
    return (x[i:i + rows] for i in range(0, len(x), rows))


def fit(problem, n_iterations):
    centre = problem.x.mean(axis=0)
    weights, covariances = problem.weights, problem.covariances
    means = problem.means - centre
    for _ in range(n_iterations):
        counts, sums, products = np.zeros_like(weights), np.zeros_like(means), np.zeros_like(covariances)
        density = whiteners(weights, means, covariances)
        for x in chunks(problem.x):
            x = x - centre
            r, _ = responsibilities(x, *density)
            counts += r.sum(axis=1)
            sums += r @ x
            for k, root in enumerate(np.sqrt(r)):
                z = x * root[:, None]
                products[k] += z.T @ z
        weights = counts / len(problem.x)
        means = sums / counts[:, None]
        covariances = products / counts[:, None, None] - np.einsum("ki,kj->kij", means, means)
    return weights, means + centre, covariances


def log_likelihood_per_row(problem, model):
    density = whiteners(*model)
    return sum(responsibilities(x, *density)[1] for x in chunks(problem.x)) / len(problem.x)


peer.run(f"numpy {np.__version__}", fit, lambda problem, model: model, log_likelihood_per_row)
