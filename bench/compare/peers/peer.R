# What all peers in R share; the protocol is that of peer.py.

peer_read <- function(path, n_values) {
  file <- file(path, "rb")
  on.exit(close(file))
  readBin(file, "raw", 8)
  header_bytes <- readBin(file, "integer", 1, size = 2, signed = FALSE, endian = "little")
  readBin(file, "raw", header_bytes)
  readBin(file, "double", n_values, endian = "little")
}

# fit(problem, n_iterations) returns list(weights, means [K x D], covariances [D x D x K],
# log_likelihood, which may be NULL).
peer_run <- function(version, fit) {
  arguments <- commandArgs(trailingOnly = TRUE)
  n <- as.integer(arguments[2])
  d <- as.integer(arguments[3])
  k <- as.integer(arguments[4])
  read <- function(name, n_values) peer_read(file.path(arguments[1], name), n_values)
  problem <- list(
    n = n, d = d, k = k,
    x = matrix(read("data.npy", n * d), n, d, byrow = TRUE),
    weights = read("weights.npy", k),
    means = matrix(read("means.npy", k * d), k, d, byrow = TRUE),
    covariances = array(read("covariances.npy", k * d * d), c(d, d, k)))
  cat("version", version, "\n")
  for (count in arguments[-(1:6)]) {
    began <- as.numeric(Sys.time()) # microseconds; system.time() has milliseconds
    model <- fit(problem, as.integer(count))
    cat("time", count, as.numeric(Sys.time()) - began, "\n")
    flush(stdout())
  }
  out <- file(arguments[6], "wb")
  writeBin(c(model$weights, as.vector(t(model$means)), as.vector(model$covariances)), out)
  close(out)
  if (!is.null(model$log_likelihood)) {
    cat("log_likelihood_per_row", format(model$log_likelihood / n, digits = 17), "\n")
  }
}
