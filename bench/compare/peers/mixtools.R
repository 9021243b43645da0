# mixtools' mvnormalmixEM().
suppressPackageStartupMessages(library(mixtools))
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "peer.R"))

fit <- function(problem, n_iterations) {
  components <- seq_len(problem$k)
  model <- NULL
  capture.output(model <- mvnormalmixEM(
    problem$x, lambda = problem$weights, mu = lapply(components, function(k) problem$means[k, ]),
    sigma = lapply(components, function(k) problem$covariances[, , k]), k = problem$k,
    epsilon = -Inf, maxit = n_iterations))
  if (model$restarts > 0) {
    stop("mvnormalmixEM left the given start")
  }
  list(weights = model$lambda, means = do.call(rbind, model$mu),
       covariances = simplify2array(model$sigma), log_likelihood = model$loglik)
}

peer_run(paste("mixtools", packageVersion("mixtools")), fit)
