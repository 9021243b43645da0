"""How often default options find the best known maximum, over seeds; compared with others."""
import json
import os
import shutil
import sys

import harness
import trust

# data, components, largest log-likelihood known of a sound model with full covariances
PROBLEMS = (
    ("faithful", 3, -1114.43987290), ("iris", 3, -180.18547713),
    ("diabetes", 3, -2303.491843160422), ("geyser", 3, -1363.98925533),
    ("iris", 4, -147.75053393),
    ("faithful", 2, -1130.263960184741588), ("iris", 2, -214.354704370512565),
)


def add_arguments(parser):
    parser.add_argument("--seeds", type=int, default=100, help="of each fit (%(default)s)")
    parser.add_argument("--peer-seeds", type=int, default=25,
                        help="of scikit-learn with 32 starts (%(default)s)")
    parser.add_argument("--programs", help="names, separated by commas (all)")


class EmixProgram:
    name = "emix"

    def run(self, emix, data, n_components, seeds):
        for seed in seeds:
            model_path = emix.path("fitted.json")
            fit = emix.fit(data, n_components, "--seed", seed, "-o", model_path)
            with open(model_path) as file:
                model = json.load(file)
            time = fit["time"]
            yield {"seconds": time["init_s"] + time["em_s"], "iterations": fit["n_iterations"],
                   **{key: model[key] for key in ("weights", "means", "covariances")}}


class PeerProgram:
    """A program in peers/, called PROGRAM DATA K SEEDS OPTION...: prints a JSON line of
    parameters, seconds and iterations for each seed."""

    def __init__(self, name, source, *options):
        self.name = name
        interpreter = harness.PYTHON if source.endswith(".py") else "Rscript"
        self.command = [interpreter, os.path.join(trust.HERE, "peers", source)]
        self.options = list(options)

    def run(self, emix, data, n_components, seeds):
        if shutil.which(self.command[0]) is None:
            raise harness.Failure(f"not installed ({self.command[0]} is missing)")
        out, _, _ = harness.run_child(
            self.command + [data, str(n_components), str(len(seeds))] + self.options,
            emix.limit_s, n_threads=emix.threads)
        return [json.loads(line) for line in out.splitlines()]


def programs(arguments):
    """The problems, with the number of seeds for each."""
    known = [(EmixProgram(), arguments.seeds),
             (PeerProgram("scikit-learn", "sklearn_fit.py"), arguments.seeds),
             (PeerProgram("scikit-learn, 32 starts to 1e-10", "sklearn_fit.py", "n_init=32",
                          "tol=1e-10", "max_iter=100000"), arguments.peer_seeds),
             (PeerProgram("mclust", "mclust_fit.R"), 1)]
    wanted = arguments.programs.split(",") if arguments.programs else None
    return [(p, n) for p, n in known if wanted is None or p.name.split(",")[0] in wanted]


def is_sound(emix, model, data):
    """True if emix, from these parameters, reaches the same maximum without a degenerate model."""
    path = emix.path("candidate.json")
    trust.write_model(model, path)
    try:
        fit = emix.fit(data, len(model["weights"]), "--init", path, "--max-iter", 100000)
    except harness.Failure:
        return False
    return fit["log_likelihood"] >= emix.log_likelihood(model, data) - trust.SAME_MAXIMUM


def assess(emix, program, n_seeds, problem):
    """Results of a program's fits to a problem."""
    name, n_components, best = problem
    data = os.path.join(trust.DATA, name + ".csv")
    row = {"data": name, "n_components": n_components, "program": program.name,
           "n_seeds": n_seeds, "n_found": 0, "n_above": 0, "n_above_sound": 0, "best_known": best,
           "log_likelihoods": []}
    fits = list(program.run(emix, data, n_components, range(n_seeds)))
    for fit in fits:
        found = emix.log_likelihood(fit, data)
        row["log_likelihoods"].append(found)
        row["n_found"] += abs(found - best) <= trust.SAME_MAXIMUM
        if found > best + trust.SAME_MAXIMUM:
            row["n_above"] += 1
            row["n_above_sound"] += is_sound(emix, fit, data)
    row["share"] = row["n_found"] / n_seeds
    row["median_seconds"] = trust.quantile([fit["seconds"] for fit in fits], 0.5)
    counts = [fit["iterations"] for fit in fits if fit["iterations"] is not None]
    row["median_iterations"] = trust.quantile(counts, 0.5) if counts else None
    row["highest"] = max(row["log_likelihoods"])
    row["median_short"] = best - trust.quantile(row["log_likelihoods"], 0.5)
    return row


def table_row(row):
    return (f"{row['data']} {row['n_components']}", row["program"], row["n_seeds"],
            f"{100.0 * row['share']:.0f} %", f"{row['n_above']} ({row['n_above_sound']})",
            f"{row['highest']:.4f}", f"{row['median_short']:.4f}",
            "" if row["median_iterations"] is None else row["median_iterations"],
            f"{1e3 * row['median_seconds']:#.3g}")


def mean_share(rows, hard):
    shares = [row["share"] for row in rows
              if row["program"] == "emix" and (row["n_components"] > 2) == hard]
    return sum(shares) / len(shares) if shares else None


def run(emix, arguments):
    rows, skipped = [], {}
    for program, n_seeds in programs(arguments):
        for problem in PROBLEMS:
            try:
                rows.append(assess(emix, program, n_seeds, problem))
            except harness.Failure as failure:
                skipped[f"{program.name}, {problem[0]} {problem[1]}"] = str(failure)
            print(f"{program.name}, {problem[0]} {problem[1]}: done", file=sys.stderr, flush=True)
    lines = trust.markdown_table(
        ("<data, K", "<program", "seeds", "found", "above (sound)", "highest", "median short of",
         "iterations", "ms"), [table_row(row) for row in rows])
    lines += ["", "Found: within 0.01 nats of the largest log-likelihood known. Above: more than "
              "that beyond it, and in brackets how many of these emix, going on from there, does "
              "not call degenerate. Iterations and milliseconds: medians; of emix, iterations of "
              "the winner, time of all starts."]
    lines += [f"Left out: {name}: {reason}." for name, reason in skipped.items()]
    needs = []
    if any(row["program"] == "emix" for row in rows):
        needs = [trust.need("share of fits that find it, K > 2", mean_share(rows, True), ">=", 0.6),
                 trust.need("the same, K = 2", mean_share(rows, False), ">=", 1.0)]
    document = {"threads": arguments.threads, "rows": rows, "skipped": skipped, "needs": needs}
    return trust.report("starts", "Best known maxima from default options", lines, document,
                        arguments.output)
