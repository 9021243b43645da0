// OpenCV's ml::EM with full covariances. Its floor on eigenvalues is the machine epsilon, far
// below the eigenvalues of these problems.
#include <opencv2/core.hpp>
#include <opencv2/ml.hpp>

#include "peer.hpp"

class OpencvPeer
{
  public:
    explicit OpencvPeer(const Problem &problem)
        : problem(problem), x(view(problem.x, problem.n, problem.d)),
          means(view(problem.start.means, problem.k, problem.d)),
          weights(view(problem.start.weights, 1, problem.k))
    {
        cv::setNumThreads(problem.n_threads);
        for (int k = 0; k < problem.k; ++k) {
            covariances.push_back(
                view(problem.start.covariances, problem.k * problem.d, problem.d)
                    .rowRange(k * problem.d, (k + 1) * problem.d));
        }
    }

    void fit(int n_iterations)
    {
        model = cv::ml::EM::create();
        model->setClustersNumber(problem.k);
        model->setCovarianceMatrixType(cv::ml::EM::COV_MAT_GENERIC);
        // It counts E-steps: no M-step follows the last one.
        model->setTermCriteria({cv::TermCriteria::COUNT, n_iterations + 1, 0.0});
        model->trainE(x, means, covariances, weights, log_likelihoods);
    }

    Parameters result() const
    {
        Parameters p;
        const cv::Mat fitted_weights = model->getWeights();
        const cv::Mat fitted_means = model->getMeans();
        std::vector<cv::Mat> fitted_covariances;
        model->getCovs(fitted_covariances);
        p.weights.assign(fitted_weights.begin<double>(), fitted_weights.end<double>());
        p.means.assign(fitted_means.begin<double>(), fitted_means.end<double>());
        for (const cv::Mat &covariance : fitted_covariances) {
            p.covariances.insert(p.covariances.end(), covariance.begin<double>(),
                                 covariance.end<double>());
        }
        p.log_likelihood_per_row = cv::mean(log_likelihoods)[0];
        return p;
    }

  private:
    static cv::Mat view(const std::vector<double> &values, int n_rows, int n_columns)
    {
        return {n_rows, n_columns, CV_64F, const_cast<double *>(values.data())};
    }

    const Problem &problem;
    const cv::Mat x;
    const cv::Mat means;
    const cv::Mat weights;
    std::vector<cv::Mat> covariances;
    cv::Mat log_likelihoods;
    cv::Ptr<cv::ml::EM> model;
};

int main(int argc, char **argv)
{
    return run_peer<OpencvPeer>(argc, argv, std::string("OpenCV ") + CV_VERSION);
}
