# mclust's default for unrestricted covariances. Called with DATA K SEEDS; prints a JSON line for
# each seed. Its hierarchical start does not use the seed.
suppressPackageStartupMessages(library(mclust))

json <- function(values) {
  if (is.null(dim(values))) {
    paste0("[", paste(sprintf("%.17g", values), collapse = ","), "]")
  } else {
    paste0("[", paste(apply(values, 1, json), collapse = ","), "]")
  }
}

arguments <- commandArgs(trailingOnly = TRUE)
x <- as.matrix(read.csv(arguments[1]))
for (seed in seq_len(as.integer(arguments[3]))) {
  began <- as.numeric(Sys.time())
  model <- Mclust(x, G = as.integer(arguments[2]), modelNames = "VVV", verbose = FALSE)
  seconds <- as.numeric(Sys.time()) - began
  covariances <- apply(model$parameters$variance$sigma, 3, json)
  cat(sprintf('{"seconds":%.9f,"iterations":null,"weights":%s,"means":%s,"covariances":[%s]}\n',
              seconds, json(as.vector(model$parameters$pro)), json(t(model$parameters$mean)),
              paste(covariances, collapse = ",")))
}
