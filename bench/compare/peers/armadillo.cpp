// Armadillo's gmm_full, with OpenMP and without its variance floor.
#include <armadillo>

#include "peer.hpp"

class ArmadilloPeer
{
  public:
    explicit ArmadilloPeer(const Problem &problem)
        : problem(problem),
          x(const_cast<double *>(problem.x.data()), problem.d, problem.n, false, true),
          means(problem.start.means.data(), problem.d, problem.k),
          covariances(problem.start.covariances.data(), problem.d, problem.d, problem.k),
          weights(problem.start.weights.data(), problem.k)
    {
    }

    void fit(int n_iterations)
    {
        model.set_params(means, covariances, weights);
        if (!model.learn(x, problem.k, arma::maha_dist, arma::keep_existing, 0, n_iterations, 0.0,
                         false)) {
            throw std::runtime_error("gmm_full::learn() failed");
        }
    }

    Parameters result() const
    {
        return {{model.hefts.begin(), model.hefts.end()},
                {model.means.begin(), model.means.end()},
                {model.fcovs.begin(), model.fcovs.end()},
                model.avg_log_p(x)};
    }

  private:
    const Problem &problem;
    const arma::mat x;
    const arma::mat means;
    const arma::cube covariances;
    const arma::rowvec weights;
    arma::gmm_full model;
};

int main(int argc, char **argv)
{
    return run_peer<ArmadilloPeer>(argc, argv, "Armadillo " + arma::arma_version::as_string());
}
