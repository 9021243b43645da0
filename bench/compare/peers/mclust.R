# mclust's em() for VVV.
suppressPackageStartupMessages(library(mclust))
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "peer.R"))

fit <- function(problem, n_iterations) {
  start <- list(
    pro = problem$weights, mean = t(problem$means),
    variance = list(
      modelName = "VVV", d = problem$d, G = problem$k, sigma = problem$covariances,
      cholsigma = array(apply(problem$covariances, 3, chol), c(problem$d, problem$d, problem$k))))
  model <- em(
    data = problem$x, modelName = "VVV", parameters = start,
    control = emControl(eps = 0, tol = c(0, 0), itmax = c(n_iterations, n_iterations)))
  list(weights = model$parameters$pro, means = t(model$parameters$mean),
       covariances = model$parameters$variance$sigma, log_likelihood = model$loglik)
}

peer_run(paste("mclust", packageVersion("mclust")), fit)
